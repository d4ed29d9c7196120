"""The registry of networks, their weights, and reading of untrusted checkpoints."""
