import torch
from a_package_that_nobody_has.layers import Block

net = Block()
