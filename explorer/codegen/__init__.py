"""Show the code: views and runs as short programs in plain PyTorch."""
