"""From untrusted bytes to pictures, and from folders, zips and CIFAR-10 to tensors."""
