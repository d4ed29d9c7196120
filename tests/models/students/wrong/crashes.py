import os
import signal
import sys

from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for number in range(100_000):
            print("a flood", number, file=sys.stderr)
        os.kill(os.getpid(), signal.SIGSEGV)

    def forward(self, x):
        return x
