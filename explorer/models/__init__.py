"""Networks by name, their weights, and checkpoints from anywhere."""
