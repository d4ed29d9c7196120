"""The programs that pages show: plain torch and torchvision, at most 40 lines, that compute the numbers on screen."""
