"""As in a well-known repository: blocks as arguments, a function for each depth, a test at the end."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Variable  # noqa: F401

from .many_layers import *  # noqa: F403


class ResNet(nn.Module):
    def __init__(self, block, num_blocks, num_classes=10):
        super().__init__()
        self.in_planes = 8
        self.conv1 = conv3x3(3, 8)  # noqa: F405
        self.layers = nn.Sequential(*[self._make(block, 8 * 2**i, n, 1 + (i > 0)) for i, n in enumerate(num_blocks)])
        self.linear = nn.Linear(8 * 2 ** (len(num_blocks) - 1), num_classes)

    def _make(self, block, planes, count, stride):
        made = []
        for s in [stride] + [1] * (count - 1):
            made.append(block(self.in_planes, planes, s))
            self.in_planes = planes
        return nn.Sequential(*made)

    def forward(self, x):
        out = self.layers(F.relu(self.conv1(x)))
        return self.linear(F.adaptive_avg_pool2d(out, 1).flatten(1))


def ResNet8():
    return ResNet(BasicBlock, [1, 1])  # noqa: F405


def ResNet14():
    return ResNet(BasicBlock, [2, 2])  # noqa: F405


def test():
    net = ResNet8()
    print(net(torch.randn(1, 3, 32, 32)).size())
