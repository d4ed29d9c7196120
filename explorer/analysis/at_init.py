"""Networks that have learned nothing yet, with shortcuts and without: their gradients, and how much a branch adds."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.picture_set import PictureSet
from explorer.models.cifar_resnet import CifarBlock, CifarResNet
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from explorer.models.seeding import drawn_from

DEPTHS = range(8, 111, 6)  # 6n + 2 layers
PICTURES = 10  # in the batch, over which BatchNorm takes its mean and variance
INPUT_PX = 32

GRID = 256  # inputs from -2 to 2
UNITS = 200  # in each hidden layer
RUNS = 5  # Balduzzi et al. average 20


@dataclass(frozen=True)
class Twin:
    """What is built: He et al.'s CIFAR-10 network of `depth` layers, or its plain twin, fresh from `seed`."""

    depth: int
    seed: int
    residual: bool = True
    norm: bool = True
    zero_init: bool = False


@dataclass(frozen=True)
class AtInit:
    """Per block, from the first to the last.

    `norms`: the Euclidean norm of the loss gradient at the block's input, over all values of the whole batch.
    `shares`: of a residual block's sum, the branch's mean square over that of branch and shortcut together, 0..1.
    `squares`: the mean square of what the shortcut carries. Both are empty for a plain network.
    """

    norms: list[float]
    shares: list[float]
    squares: list[float]


def batch(pictures: PictureSet) -> tuple[Tensor, Tensor]:
    """The pictures at 32 px (N, 3, 32, 32) and the classes that the loss asks for (N,), both in the order of classes.

    Classes are numbered by the alphabet, modulo ten; for CIFAR-10 these are the true ones.
    """
    names = [label or "unknown" for label in pictures.labels]
    order = sorted(range(len(names)), key=lambda k: (names[k], k))
    prepare, numbers = CIFAR_PREPROCESSING.sized(INPUT_PX), sorted(set(names))
    x = torch.cat([prepare(pictures.pictures[k]) for k in order])
    return x, torch.tensor([numbers.index(names[k]) % 10 for k in order])


def build(twin: Twin) -> CifarResNet:
    """The network in train mode: its BatchNorm uses the batch's own mean and variance."""
    with drawn_from(twin.seed):
        shortcut = "identity" if twin.residual else "none"
        module = CifarResNet(twin.depth, shortcut=shortcut, norm=twin.norm, zero_init=twin.zero_init)
    return module.requires_grad_(False)


def study(twins: Sequence[Twin], x: Tensor, wanted: Tensor) -> Generator[tuple[int, int], None, list[AtInit]]:
    """Measure each network on one `batch`, block by block. Yields (done, in all), returns the figures of each."""
    total = sum(twin.depth - 2 for twin in twins)  # layers in blocks of two: each block once forwards, once backwards
    found: list[AtInit] = []
    for k, twin in enumerate(twins):
        done = sum(other.depth - 2 for other in twins[:k])
        found.append((yield from _measured(build(twin), x, wanted, done, total)))
    return found


def _measured(
    module: CifarResNet, x: Tensor, wanted: Tensor, done: int, total: int
) -> Generator[tuple[int, int], None, AtInit]:
    passed: list[tuple[Tensor, Tensor]] = []
    shares, squares = [], []
    out = module.relu(module.bn1(module.conv1(x)))
    for block in (*module.layer1, *module.layer2, *module.layer3):
        given = out.requires_grad_()
        out = block(given)
        if block.residual:
            shortcut, branch = _squares(block, given)
            squares.append(shortcut)
            shares.append(branch / (shortcut + branch))
        passed.append((given, out))
        out = out.detach()
        yield (done := done + 1), total
    end = out.requires_grad_()
    loss = F.cross_entropy(module.fc(module.avgpool(end).flatten(1)), wanted)
    (gradient,) = torch.autograd.grad(loss, end)
    norms = []
    while passed:
        given, out = passed.pop()
        (gradient,) = torch.autograd.grad(out, given, gradient)
        norms.append(float(torch.linalg.vector_norm(gradient)))
        yield (done := done + 1), total
    return AtInit(norms[::-1], shares, squares)


@torch.no_grad()
def _squares(block: CifarBlock, x: Tensor) -> tuple[float, float]:
    """Mean squares of shortcut and branch, the latter run again: BatchNorm in train mode gives the same as before."""
    branch = block.bn2(block.conv2(block.relu(block.bn1(block.conv1(x)))))
    shortcut = x if block.downsample is None else block.downsample(x)
    return float(shortcut.square().mean()), float(branch.square().mean())


def growth(squares: Sequence[float]) -> float:
    """By what factor each block multiplies the mean square that the shortcut carries: the geometric mean."""
    return float((squares[-1] / squares[0]) ** (1 / (len(squares) - 1)))


# Shattered gradients (Balduzzi et al. 2017): fully connected networks from one number to one number. A layer makes of h
# keep * h + beta * W ReLU(BN(h)).
KEEP_BETA = {"plain": (0.0, 1.0), "residual": (1.0, 1.0), "scaled": (1.0, 0.1)}


@dataclass(frozen=True)
class Shattering:
    """By kind of network, a key of KEEP_BETA.

    `gradients`: at each input of the first run (GRID,). `correlations`: autocorrelation at lags 0, 1, … (GRID / 4,),
    the mean of all runs.
    """

    gradients: dict[str, Tensor]
    correlations: dict[str, Tensor]


def shatter(depth: int, seed: int, runs: int = RUNS) -> Generator[tuple[int, int], None, Shattering]:
    """The derivative of the output with respect to the input, over GRID inputs from -2 to 2, of fresh networks.

    They have `depth` layers of weights drawn as He et al. do, UNITS wide and the same in all kinds; runs count on from
    `seed`. BatchNorm's mean and variance are those of the grid, and taken as constants: what is asked is how the
    function at one input changes there, not how an input changes the statistics of all others. Values and slopes run
    forwards together, all networks at once: (kinds, runs, GRID, UNITS). Yields (done, in all) after each layer.
    """
    generators = [torch.Generator().manual_seed(seed + run) for run in range(runs)]
    keep, beta = torch.tensor(list(KEEP_BETA.values())).T.reshape(2, -1, 1, 1, 1)

    def drawn(*shape: int) -> Tensor:
        return torch.stack([torch.randn(shape, generator=generator) for generator in generators])

    slope = drawn(1, UNITS).expand(len(KEEP_BETA), runs, GRID, UNITS)
    h = torch.linspace(-2, 2, GRID)[:, None] * slope
    for layer in range(1, depth - 1):
        weight = drawn(UNITS, UNITS) * (2 / UNITS) ** 0.5
        var, mean = torch.var_mean(h, -2, correction=0, keepdim=True)
        spread = (var + 1e-5).sqrt()
        normed = (h - mean) / spread
        h = keep * h + beta * (normed.relu() @ weight)
        slope = keep * slope + beta * ((slope / spread * (normed > 0)) @ weight)
        yield layer, depth - 2
    found = dict(zip(KEEP_BETA, (slope @ drawn(UNITS, 1)).squeeze(-1), strict=True))
    correlations = {kind: autocorrelation(gradients).mean(0) for kind, gradients in found.items()}
    return Shattering({kind: gradients[0] for kind, gradients in found.items()}, correlations)


def autocorrelation(values: Tensor, lags: int = GRID // 4) -> Tensor:
    """Of each row of `values` (..., N) at lags 0 to `lags` - 1: (..., lags), 1 at lag 0.

    The usual estimate: the mean of the row taken off, every lag divided by the sum of squares of the whole row. It is 0
    but for about 1/sqrt(N) for white noise.
    """
    centred = (values - values.mean(-1, keepdim=True)).double()
    count = values.shape[-1]
    sums = [(centred[..., : count - lag] * centred[..., lag:]).sum(-1) for lag in range(lags)]
    return torch.stack(sums, -1) / sums[0][..., None]


def reach(correlation: Tensor) -> int:
    """The first lag at which the autocorrelation is below 1/2; its length where it stays above."""
    below = (correlation < 0.5).nonzero()
    return int(below[0]) if len(below) else len(correlation)
