from torch import nn


class Net(nn.Module):
    def __init__(self, layers=[1, 2]):
        super().__init__()
        self.conv = nn.Conv2d(3, layers[2], 3)

    def forward(self, x):
        return self.conv(x)
