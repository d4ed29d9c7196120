"""Untrusted bytes to pictures; folders, zips and CIFAR-10 to tensors."""
