"""nn.TransformerEncoder on convolutional patches; the network is an object, and prints are everywhere."""

import torch
import torch.nn as nn

print("torch", torch.__version__)


class ConvEncoder(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.patches = nn.Conv2d(3, 32, kernel_size=8, stride=8)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.fc = nn.Linear(32, n_classes)
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, x):
        print("input", x.shape)
        x = self.patches(x)
        print(f"after patches {tuple(x.shape)}")
        x = x.flatten(2).transpose(1, 2)
        x = self.encoder(x)
        print("after encoder", x.size())
        return self.fc(x.mean(1)), x


criterion = nn.CrossEntropyLoss()
model = ConvEncoder(n_classes=5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
print(model)
