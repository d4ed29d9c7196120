"""Parts of the page Predict: one picture and its answer, and a batch of files."""
