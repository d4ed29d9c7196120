from torch import nn


class Net(nn.Module):
    def __init__(self, stuck=True):
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.stuck = stuck
        while stuck:
            pass

    def forward(self, x):
        while x.shape[-1] > 16:
            pass
        return self.fc(x.mean((2, 3)))
