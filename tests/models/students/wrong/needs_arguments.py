from torch import nn


class Net(nn.Module):
    def __init__(self, width, depth, classes=10):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Conv2d(3 if i == 0 else width, width, 3) for i in range(depth)])
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(self.layers(x).mean((2, 3)))
