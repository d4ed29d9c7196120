"""Parts of the page Source: the source lines, the stepper, the tensor of a line."""
