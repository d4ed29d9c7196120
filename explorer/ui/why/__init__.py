"""Parts of the page Why residual; one is on screen at a time."""
