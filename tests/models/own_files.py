"""Files as people have them, made of small networks: a width of 8 keeps them at 80 KB."""

import io
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.models import loading

NAME = "cifar-resnet20-w8"
State = dict[str, Tensor]


def saved(content: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def own_state(name: str = NAME) -> State:
    return dict(loading.load(name, "random", seed=3).module.state_dict())


class Block(nn.Module):
    """A block as in akamaster's networks: option A with half of the zero channels on each side."""

    def __init__(self, inplanes: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes)
        self.side = (planes - inplanes) // 2

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.side:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.side, self.side))
        return F.relu(out + x)


class Akamaster(nn.Module):
    """The network that those names and that padding belong to, with weights and statistics drawn at random."""

    def __init__(self, blocks: int = 3, width: int = 8, classes: int = 10) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        widths = [width, width, 2 * width, 4 * width]
        for stage in (1, 2, 3):
            before, planes = widths[stage - 1 : stage + 1]
            rest = (Block(planes, planes, 1) for _ in range(blocks - 1))
            setattr(self, f"layer{stage}", nn.Sequential(Block(before, planes, planes // before), *rest))
        self.linear = nn.Linear(4 * width, classes)
        for value in self.state_dict().values():
            if value.is_floating_point():
                value.copy_(torch.rand_like(value) * 0.5 + (0.5 if value.ndim == 1 else -0.25))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3):
            x = stage(x)
        logits: Tensor = self.linear(x.mean((2, 3)))
        return logits
