"""Pretrained networks since LeNet-5, and the block that made each of them known."""
