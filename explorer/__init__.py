"""Residual Explorer: see what a residual block does. The library; it knows nothing of screens."""

__version__ = "0.1.0"
