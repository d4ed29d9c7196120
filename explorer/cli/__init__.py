"""The command line: python -m explorer, residual-explorer."""
