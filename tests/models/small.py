"""Small networks for tests of lesions and iterative inference: one with known outputs, and twins."""

import torch
from PIL import Image
from torch import Tensor, nn

from explorer.analysis.picture_set import PictureSet
from explorer.models.cifar_resnet import CifarResNet
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import Preprocessing

AS_THEY_ARE = Preprocessing(8, 8, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


class Step(nn.Module):
    """relu(x + F(x)), where F adds twice one channel to another."""

    def __init__(self, giver: int, taker: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 3, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        nn.init.zeros_(self.conv1.weight)
        self.conv1.weight.data[taker, giver] = 2

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(x)
        out += x
        return self.relu(out)


class TwoSteps(nn.Module):
    """Logits (r, 0.75 g, 1.5 b) after g += 2 r and b += 2 g.

    Red (1, 0, 0) becomes (1, 2, 4), so blue; without the second step (1, 2, 0), so green; without the first, or
    without both, it stays red.
    """

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(Step(0, 1), Step(1, 2))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(3, 3)
        self.fc.weight.data = torch.diag(torch.tensor([1.0, 0.75, 1.5]))
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.flatten(self.avgpool(self.layer1(self.relu(x))), 1))


def network_of(module: nn.Module, labels: tuple[str, ...] = tuple(COLOURS)) -> Network:
    module.eval().requires_grad_(False)
    return Network("small", "test", module, labels, AS_THEY_ARE, Graph.of(module), "network.origin_random")


def two_steps() -> Network:
    return network_of(TwoSteps())


def twin(*, residual: bool, labels: tuple[str, ...] = tuple(COLOURS)) -> Network:
    """A twin with two blocks per stage and BatchNorm statistics other than 0 and 1."""
    torch.manual_seed(3)
    module = CifarResNet(14, shortcut="identity" if residual else "none", width=4, num_classes=len(labels))
    for inner in module.modules():
        if isinstance(inner, nn.BatchNorm2d):
            inner.running_mean.normal_(0, 0.1)
            inner.running_var.uniform_(0.5, 1.5)
            inner.weight.data.uniform_(0.5, 1.5)
    return network_of(module, labels)


def coloured(*names: str) -> PictureSet:
    pictures = tuple(Image.new("RGB", (8, 8), COLOURS[name]) for name in names)
    return PictureSet(tuple(map(str, range(len(names)))), pictures, names, "picture.source_folder")


def noisy(count: int, side: int = 8, labels: tuple[str | None, ...] = tuple(COLOURS)) -> PictureSet:
    """Pictures of random pixels with labels 0, 1, 2, … in turn."""
    pixels = torch.randint(256, (count, side, side, 3), generator=torch.Generator().manual_seed(7)).byte().numpy()
    pictures = tuple(Image.fromarray(one) for one in pixels)
    named = tuple(labels[k % len(labels)] for k in range(count))
    return PictureSet(tuple(map(str, range(count))), pictures, named, "picture.source_folder")
