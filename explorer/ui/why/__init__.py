"""The parts of the page Why residual, one on screen at a time."""
