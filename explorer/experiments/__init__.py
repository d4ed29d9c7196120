"""The experiments of the pages: degradation, pretraining, comparisons, and the history of pretrained networks."""
