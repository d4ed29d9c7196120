"""Show the code: a view or a run as a short program of plain PyTorch."""
