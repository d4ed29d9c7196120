"""MNIST as in PyTorch's examples: one channel, one long forward in functional style, F.dropout with training."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=24)
parser.add_argument("--epochs", type=int, default=14)
args = parser.parse_args()


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.drop = nn.Dropout2d(0.25)
        self.fc1 = nn.Linear(8 * 13 * 13, args.hidden)
        self.fc2 = nn.Linear(args.hidden, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = self.drop(F.relu(self.conv2(x), inplace=True) + x)
        x = x.view(-1, 8 * 13 * 13)
        x = F.dropout(F.relu(self.fc1(x)), p=0.5, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


def train(model, loader, optimizer):
    for x, y in loader:
        loss = F.nll_loss(model(x), y)
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    train(Net(), [], None)
