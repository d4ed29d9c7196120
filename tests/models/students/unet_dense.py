"""A U-Net with dense blocks and a head for classes: concatenations, transposed convolutions, odd sizes padded."""

import torch
import torch.nn as nn
import torch.nn.functional as F

SIZE = (30, 50)


class Dense(nn.Module):
    def __init__(self, cin, growth=8, layers=3):
        super().__init__()
        for i in range(layers):
            setattr(self, f"conv{i}", nn.Conv2d(cin + i * growth, growth, 3, padding=1))
        self.layers = layers

    def forward(self, x):
        for i in range(self.layers):
            x = torch.cat((x, F.elu(getattr(self, f"conv{i}")(x))), 1)
        return x


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = Dense(3), Dense(27)
        self.middle = nn.Sequential(Dense(51), nn.Conv2d(75, 51, 1))
        self.up2 = nn.ConvTranspose2d(51, 51, 2, 2)
        self.up1 = nn.ConvTranspose2d(102, 27, 2, 2)
        self.head = nn.Linear(54, 6)

    @staticmethod
    def fit(x, like):
        dy, dx = like.shape[-2] - x.shape[-2], like.shape[-1] - x.shape[-1]
        return F.pad(x, (dx // 2, dx - dx // 2, dy // 2, dy - dy // 2))

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        m = self.middle(F.max_pool2d(b, 2))
        u = torch.cat([b, self.fit(self.up2(m), b)], 1)
        u = torch.cat([a, self.fit(self.up1(u), a)], 1)
        return {"out": self.head(u.amax((2, 3))), "map": u}
