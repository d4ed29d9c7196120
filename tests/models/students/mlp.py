"""Only linear layers; pictures are flattened."""

from torch import nn


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def make_mlp(width=16):
    return nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, width), nn.ReLU(),
                         Residual(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)), nn.Linear(width, 10))
