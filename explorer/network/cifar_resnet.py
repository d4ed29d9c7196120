"""The residual networks of He et al. 2015 for CIFAR-10 (section 4.2), and their plain twins without shortcuts."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Subsample(nn.Module):
    """Option A of the paper, a shortcut without parameters: every second pixel, the new channels filled with zeros."""

    def __init__(self, inplanes: int, planes: int, stride: int) -> None:
        super().__init__()
        self.stride, self.added = stride, planes - inplanes

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))


class CifarBlock(nn.Module):
    """torchvision's BasicBlock with an option A shortcut; a plain one leaves the shortcut out and is else the same."""

    def __init__(self, inplanes: int, planes: int, stride: int, *, residual: bool, norm: type[nn.Module]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, padding=1, bias=False)
        self.bn1 = norm(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = norm(planes)
        self.residual = residual
        resized = stride != 1 or inplanes != planes
        self.downsample = Subsample(inplanes, planes, stride) if residual and resized else None

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.residual:
            if self.downsample is not None:
                identity = self.downsample(x)
            out += identity
        return self.relu(out)  # type: ignore[no-any-return]


class CifarResNet(nn.Module):
    """`depth` = 6n + 2 layers: a 3x3 stem, three stages of n blocks with `width`, 2x and 4x that many channels, a head.

    Takes (N, 3, 32, 32). With `norm=False` there is no BatchNorm. `zero_init` starts the last gamma of each branch at
    0, so that every block begins as its shortcut (Goyal et al. 2017, section 5.1). Weights are drawn as in the paper.
    Raises ValueError for another depth.
    """

    def __init__(
        self, depth: int = 20, *, residual: bool = True, norm: bool = True, zero_init: bool = False, width: int = 16,
        num_classes: int = 10,
    ) -> None:  # fmt: skip
        super().__init__()
        blocks, rest = divmod(depth - 2, 6)
        if rest or blocks < 1:
            raise ValueError(f"depth is 6n + 2, such as 8, 20 or 110, not {depth}")
        kind = nn.BatchNorm2d if norm else nn.Identity
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = kind(width)
        self.relu = nn.ReLU(inplace=True)

        def stage(inplanes: int, planes: int) -> nn.Sequential:
            first = CifarBlock(inplanes, planes, planes // inplanes, residual=residual, norm=kind)
            rest = (CifarBlock(planes, planes, 1, residual=residual, norm=kind) for _ in range(blocks - 1))
            return nn.Sequential(first, *rest)

        self.layer1 = stage(width, width)
        self.layer2 = stage(width, 2 * width)
        self.layer3 = stage(2 * width, 4 * width)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4 * width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif zero_init and isinstance(module, CifarBlock) and norm:
                nn.init.zeros_(module.bn2.weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)  # type: ignore[no-any-return]
