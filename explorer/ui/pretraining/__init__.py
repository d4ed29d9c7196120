"""The parts of the page Pretraining, one on screen at a time."""
