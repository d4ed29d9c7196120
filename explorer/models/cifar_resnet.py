"""Residual networks for CIFAR-10 (He et al. 2015, section 4.2; 2016, arXiv 1603.05027), and their plain counterparts.

A `Design` holds the options of one network and converts them to and from its name: `cifar-resnet56`,
`cifar-plain20-w8`, `cifar-resnet110-gate`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PREFIX: Final = "cifar-"
DEPTHS: Final = (20, 32, 44, 56, 110)  # the paper's table 6: n = 3, 5, 7, 9, 18
DEEPEST: Final = 110
WIDTHS: Final = range(4, 65)  # channels of the first stage; the paper uses 16
CLASSES: Final = 10
SHORTCUTS: Final = ("identity", "none", "half", "gate", "exclusive", "conv", "dropout")
"""The shortcut of every block (He et al. 2016, table 1), beside the branch F: x; none (the plain network); x / 2, with
F / 2; (1 - g(x)) x, with a learned gate g; the same, with g(x) F; a 1x1 convolution of x; x under dropout of 0.5."""
GATE_BIAS: Final = -6.0  # the best value in the paper: the gate starts almost closed and passes the shortcut
_NAME: Final = re.compile(
    r"cifar-(resnet|plain|preact)(\d{1,3})(?:-(half|gate|exclusive|conv|dropout))?(-b)?(?:-w(\d{1,2}))?"
)


@dataclass(frozen=True)
class Design:
    """The options of one network. `depth` = 6n + 2 layers: n blocks in each of three stages.

    `shortcut` is one of SHORTCUTS. A block that changes the shape subsamples x and pads it with zero channels (option
    A), or applies a 1x1 convolution if `projection` (option B). `preact` puts BatchNorm and ReLU before each
    convolution and none after the sum (He et al. 2016, figure 4e). The stages have `width`, 2x and 4x channels.
    Raises ValueError for invalid options.
    """

    depth: int = 20
    shortcut: str = "identity"
    projection: bool = False
    preact: bool = False
    width: int = 16

    def __post_init__(self) -> None:
        if self.depth % 6 != 2 or not 8 <= self.depth <= DEEPEST:
            raise ValueError(f"depth is 6n + 2, from 8 to {DEEPEST}, not {self.depth}")
        if self.shortcut not in SHORTCUTS or self.width not in WIDTHS:
            raise ValueError(f"no shortcut {self.shortcut!r}, or width {self.width}")
        if self.shortcut == "none" and (self.preact or self.projection):
            raise ValueError("a plain network has no shortcut to vary")

    @property
    def residual(self) -> bool:
        return self.shortcut != "none"

    @property
    def pads(self) -> bool:
        """Whether shortcuts are padded with zero channels (option A), of which files do not say where they are."""
        return self.residual and not self.projection and self.shortcut in ("identity", "half", "dropout")

    @property
    def name(self) -> str:
        """The name in the registry and in recipes."""
        kind = "preact" if self.preact else "resnet" if self.residual else "plain"
        shortcut = "" if self.shortcut in ("identity", "none") else f"-{self.shortcut}"
        width = "" if self.width == 16 else f"-w{self.width}"
        return f"{PREFIX}{kind}{self.depth}{shortcut}{'-b' if self.projection else ''}{width}"

    @classmethod
    def named(cls, name: str) -> Self | None:
        """The design with this name, or None."""
        match = _NAME.fullmatch(name)
        if not match:
            return None
        kind, depth, shortcut, projection, width = match.groups()
        try:
            found = cls(
                int(depth), shortcut or ("none" if kind == "plain" else "identity"), bool(projection),
                kind == "preact", int(width or 16),
            )  # fmt: skip
        except ValueError:
            return None
        return found if found.name == name else None

    def build(self, num_classes: int = CLASSES) -> "CifarResNet":
        return CifarResNet(
            self.depth, shortcut=self.shortcut, projection=self.projection, preact=self.preact, width=self.width,
            num_classes=num_classes,
        )  # fmt: skip


class Subsample(nn.Module):
    """The paper's option A, a shortcut without parameters: every `stride`-th pixel, padded with zero channels."""

    def __init__(self, inplanes: int, planes: int, stride: int) -> None:
        super().__init__()
        self.stride, self.added = stride, planes - inplanes

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))


def with_padding_moved(state: Mapping[str, Tensor], design: Design) -> dict[str, Tensor]:
    """The weights that compute the same with `Subsample`, for `state` of a network that pads on both sides.

    Option A says nothing of where its zero channels are. Here they follow the others; in akamaster's networks, which
    others copy, half of them come first. A permutation of each stage's channels makes up for that.
    """
    orders = [torch.arange(design.width)]  # of each stage: our channel -> theirs
    for width in (2 * design.width, 4 * design.width):
        kept = orders[-1] + (width - len(orders[-1])) // 2
        zeros = torch.ones(width, dtype=torch.bool).index_fill(0, kept, value=False)
        orders.append(torch.cat([kept, zeros.nonzero().flatten()]))

    def moved(name: str, value: Tensor) -> Tensor:
        first, *inner = name.split(".")
        if first in ("fc", "last") and value.ndim:
            return value.index_select(1 if name == "fc.weight" else 0, orders[2]) if name != "fc.bias" else value
        if not first.startswith("layer") or not value.ndim:
            return value
        stage, (block, layer) = int(first[-1]) - 1, inner[:2]
        before = orders[stage - 1 if block == "0" and stage else stage]
        if layer == "conv1":
            return value.index_select(1, before)
        if layer == "bn1" and design.preact:
            return value.index_select(0, before)
        return (
            value.index_select(0, orders[stage])
            if layer == "conv2" or (layer == "bn2" and not design.preact)
            else value
        )

    return {name: moved(name, value) for name, value in state.items()}


class Half(nn.Module):
    """Multiplies the shortcut and the branch by 0.5."""

    def forward(self, x: Tensor, identity: Tensor, out: Tensor) -> tuple[Tensor, Tensor]:
        return identity * 0.5, out * 0.5


class Gate(nn.Module):
    """Scales the shortcut by 1 - g(x), g a sigmoid of a 1x1 convolution; if `exclusive`, also the branch by g(x)."""

    def __init__(self, inplanes: int, planes: int, stride: int, *, exclusive: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes, 1, stride)
        self.exclusive = exclusive

    def forward(self, x: Tensor, identity: Tensor, out: Tensor) -> tuple[Tensor, Tensor]:
        gate = torch.sigmoid(self.conv(x))
        return identity * (1 - gate), out * gate if self.exclusive else out


class Drop(nn.Module):
    """Dropout of 0.5 on the shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor, identity: Tensor, out: Tensor) -> tuple[Tensor, Tensor]:
        return self.dropout(identity), out


class CifarBlock(nn.Module):
    """torchvision's BasicBlock with any of SHORTCUTS; "none" only omits the addition."""

    def __init__(
        self, inplanes: int, planes: int, stride: int, *, shortcut: str = "identity", projection: bool = False,
        norm: type[nn.Module] = nn.BatchNorm2d,
    ) -> None:  # fmt: skip
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, padding=1, bias=False)
        self.bn1 = norm(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = norm(planes)
        self.residual = shortcut != "none"
        self.downsample: nn.Module | None = None
        resized = stride != 1 or inplanes != planes
        if shortcut == "conv" or (projection and resized):
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), norm(planes))
        elif self.residual and resized:
            self.downsample = Subsample(inplanes, planes, stride)
        self.variant: nn.Module | None = None
        if shortcut in ("gate", "exclusive"):
            self.variant = Gate(inplanes, planes, stride, exclusive=shortcut == "exclusive")
        elif shortcut in ("half", "dropout"):
            self.variant = Half() if shortcut == "half" else Drop()

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
            if self.variant is not None:
                identity, out = self.variant(x, identity, out)
            out += identity
        return self.relu(out)  # type: ignore[no-any-return]


class PreactBlock(CifarBlock):
    """CifarBlock with BatchNorm and ReLU before each convolution and none after the sum (He et al. 2016, figure 4e)."""

    def __init__(
        self, inplanes: int, planes: int, stride: int, *, shortcut: str = "identity", projection: bool = False,
        norm: type[nn.Module] = nn.BatchNorm2d,
    ) -> None:  # fmt: skip
        super().__init__(inplanes, planes, stride, shortcut=shortcut, projection=projection, norm=norm)
        self.bn1 = norm(inplanes)

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.bn1(x)
        out = self.relu(out)
        out = self.conv1(out)
        out = self.bn2(out)
        out = self.relu(out)
        out = self.conv2(out)
        if self.downsample is not None:
            identity = self.downsample(x)
        if self.variant is not None:
            identity, out = self.variant(x, identity, out)
        out += identity
        return out  # type: ignore[no-any-return]


class CifarResNet(nn.Module):
    """A 3x3 stem, three stages of blocks and a linear head: (N, 3, 32, 32) -> (N, num_classes).

    `norm=False` omits BatchNorm. `zero_init` sets the last gamma of each branch to 0, so that every block starts as its
    shortcut (Goyal et al. 2017, section 5.1). Weights are initialised as in the paper. Options and ValueError as in
    `Design`.
    """

    def __init__(
        self, depth: int = 20, *, shortcut: str = "identity", projection: bool = False, preact: bool = False,
        norm: bool = True, zero_init: bool = False, width: int = 16, num_classes: int = CLASSES,
    ) -> None:  # fmt: skip
        super().__init__()
        Design(depth, shortcut, projection, preact, width)
        blocks = (depth - 2) // 6
        kind = nn.BatchNorm2d if norm else nn.Identity
        block = PreactBlock if preact else CifarBlock

        def stage(inplanes: int, planes: int) -> nn.Sequential:
            given = [inplanes, *[planes] * (blocks - 1)]
            return nn.Sequential(
                *(block(n, planes, planes // n, shortcut=shortcut, projection=projection, norm=kind) for n in given)
            )

        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = kind(width)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = stage(width, width)
        self.layer2 = stage(width, 2 * width)
        self.layer3 = stage(2 * width, 4 * width)
        self.last = nn.Sequential(kind(4 * width), nn.ReLU(inplace=True)) if preact else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4 * width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, Gate):
                nn.init.constant_(module.conv.bias, GATE_BIAS)  # type: ignore[arg-type]
            elif zero_init and isinstance(module, CifarBlock) and norm:
                nn.init.zeros_(module.bn2.weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        if self.last is not None:
            x = self.last(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)  # type: ignore[no-any-return]
