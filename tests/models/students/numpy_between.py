"""Numpy decides something: a mask is computed outside torch, and then used."""

import numpy as np
import torch
from torch import nn


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        h = self.conv(x)
        strength = np.abs(h.detach().cpu().numpy()).mean(axis=(0, 2, 3))
        mask = torch.from_numpy((strength > np.median(strength)).astype(np.float32))
        return self.fc((h * mask[None, :, None, None]).mean((2, 3)) * np.float32(2))
