"""Lazy layers and scripted functions, as some books use them, and always-on dropout."""

import torch
import torch.nn.functional as F
from torch import nn


@torch.jit.script
def swish(x):
    return x * torch.sigmoid(x)


class LeNet(nn.Module):
    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.net = nn.Sequential(
            nn.LazyConv2d(6, kernel_size=5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2, 2), nn.Flatten(), nn.LazyLinear(84)
        )
        self.head = nn.LazyLinear(num_classes)

    def forward(self, X):
        return self.head(F.dropout(swish(self.net(X)), 0.1))
