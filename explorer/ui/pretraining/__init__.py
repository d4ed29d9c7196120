"""Parts of the page Pretraining; one is on screen at a time."""
