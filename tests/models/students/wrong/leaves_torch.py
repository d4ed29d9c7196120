import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)

    def forward(self, x):
        pooled = torch.tensor(x.numpy().mean(axis=(2, 3)))
        return self.fc(pooled)
