"""One block used three times, weight_norm, spectral_norm, a parametrization, tied weights, in-place slices, x.data."""

import torch
from torch import nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm, weight_norm


class Symmetric(nn.Module):
    def forward(self, w):
        return (w + w.flip(-1)) / 2


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = weight_norm(nn.Conv2d(3, 12, 3, padding=1))
        self.block = nn.Sequential(spectral_norm(nn.Conv2d(12, 12, 3, padding=1)), nn.ReLU(inplace=True))
        self.again = self.block
        self.smooth = nn.Conv2d(12, 12, 3, padding=1, bias=False)
        parametrize.register_parametrization(self.smooth, "weight", Symmetric())
        self.fc = nn.Linear(12, 12)
        self.out = nn.Linear(12, 12)
        self.out.weight = self.fc.weight
        self.register_buffer("seen", torch.zeros(()))
        self.register_buffer("scale", torch.linspace(0.5, 1.5, 12).view(1, -1, 1, 1), persistent=False)
        self.shift = torch.ones(1, 12, 1, 1) / 3  # neither a parameter nor a buffer

    def forward(self, x):
        self.seen += len(x)
        x = self.stem(x)
        for block in (self.block, self.again, self.block):
            x = x + block(x)
        x[:, :4] = x[:, :4] * 0.5
        x[:, -1].clamp_(max=1.0)
        y = x.data
        y *= self.scale
        x += self.smooth(x) - self.shift
        return self.out(self.fc(x.mean(dim=[2, 3])).tanh()) + self.seen


net = Shared()
