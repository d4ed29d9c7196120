import sys

from torch import nn

net = nn.Linear(3, 3)
if len(sys.argv) < 2:
    sys.exit("usage: trains_at_import.py DATA")
