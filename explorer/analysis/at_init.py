"""Untrained networks with and without shortcuts: gradient norms, share of the branch, shattered gradients."""

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
PICTURES = 10  # batch size, over which BatchNorm computes mean and variance
INPUT_PX = 32

GRID = 256  # inputs from -2 to 2
UNITS = 200  # per hidden layer
RUNS = 5  # Balduzzi et al. average 20


@dataclass(frozen=True)
class Twin:
    """Configuration: He et al.'s CIFAR-10 network of `depth` layers or its plain twin, initialised from `seed`."""

    depth: int
    seed: int
    residual: bool = True
    norm: bool = True
    zero_init: bool = False


@dataclass(frozen=True)
class AtInit:
    """Measurements per block, first to last.

    `norms`: Euclidean norm of the loss gradient at the block's input, over the whole batch.
    `shares`: mean square of the branch divided by the sum of the mean squares of branch and shortcut, 0..1.
    `squares`: mean square of the shortcut. `shares` and `squares` are empty for a plain network.
    """

    norms: list[float]
    shares: list[float]
    squares: list[float]


def batch(pictures: PictureSet) -> tuple[Tensor, Tensor]:
    """Inputs (N, 3, 32, 32) and targets (N,), sorted by class.

    Targets are the alphabetical indices of the classes modulo ten; for CIFAR-10 these are the true class indices.
    """
    names = [label or "unknown" for label in pictures.labels]
    order = sorted(range(len(names)), key=lambda k: (names[k], k))
    prepare, numbers = CIFAR_PREPROCESSING.sized(INPUT_PX), sorted(set(names))
    x = torch.cat([prepare(pictures.pictures[k]) for k in order])
    return x, torch.tensor([numbers.index(names[k]) % 10 for k in order])


def build(twin: Twin) -> CifarResNet:
    """The network in train mode, so that BatchNorm uses the statistics of the batch."""
    with drawn_from(twin.seed):
        shortcut = "identity" if twin.residual else "none"
        module = CifarResNet(twin.depth, shortcut=shortcut, norm=twin.norm, zero_init=twin.zero_init)
    return module.requires_grad_(False)


def measure(twins: Sequence[Twin], x: Tensor, wanted: Tensor) -> Generator[tuple[int, int], None, list[AtInit]]:
    """Measure each network on one `batch`. Yields (block passes done, total)."""
    total = sum(twin.depth - 2 for twin in twins)  # two layers per block, one forward and one backward pass each
    results: list[AtInit] = []
    for k, twin in enumerate(twins):
        done = sum(other.depth - 2 for other in twins[:k])
        results.append((yield from _measure_one(build(twin), x, wanted, done, total)))
    return results


def _measure_one(
    module: CifarResNet, x: Tensor, wanted: Tensor, done: int, total: int
) -> Generator[tuple[int, int], None, AtInit]:
    passed: list[tuple[Tensor, Tensor]] = []
    shares, squares = [], []
    out = module.relu(module.bn1(module.conv1(x)))
    for block in (*module.layer1, *module.layer2, *module.layer3):
        given = out.requires_grad_()
        out = block(given)
        if block.residual:
            shortcut, branch = _mean_squares(block, given)
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
def _mean_squares(block: CifarBlock, x: Tensor) -> tuple[float, float]:
    """Mean squares of shortcut and branch. Runs the branch again; BatchNorm in train mode gives the same result."""
    branch = block.bn2(block.conv2(block.relu(block.bn1(block.conv1(x)))))
    shortcut = x if block.downsample is None else block.downsample(x)
    return float(shortcut.square().mean()), float(branch.square().mean())


def growth(squares: Sequence[float]) -> float:
    """Geometric mean of the factor by which a block multiplies the mean square of the shortcut."""
    return float((squares[-1] / squares[0]) ** (1 / (len(squares) - 1)))


# Shattered gradients (Balduzzi et al. 2017): fully connected networks with one input and one output. A layer computes
# keep * h + beta * W ReLU(BN(h)).
KEEP_BETA = {"plain": (0.0, 1.0), "residual": (1.0, 1.0), "scaled": (1.0, 0.1)}


@dataclass(frozen=True)
class Shattering:
    """Results by kind of network, a key of KEEP_BETA.

    `gradients` (GRID,): derivative at each input, of the first run. `correlations` (GRID / 4,): autocorrelation at lags
    0, 1, …, averaged over all runs.
    """

    gradients: dict[str, Tensor]
    correlations: dict[str, Tensor]


def shatter(depth: int, seed: int, runs: int = RUNS) -> Generator[tuple[int, int], None, Shattering]:
    """Derivative of the output with respect to the input at GRID inputs from -2 to 2, for untrained networks.

    The networks have `depth` layers of UNITS units with He initialisation; all kinds share the weights. Runs use the
    seeds `seed`, `seed` + 1, … BatchNorm's mean and variance are those of the grid and treated as constants: the
    derivative is of the function at one input, without that input's effect on the statistics. Values and derivatives
    are propagated forward together, for all networks at once: (kinds, runs, GRID, UNITS). Yields (layers done, total).
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
    slopes = dict(zip(KEEP_BETA, (slope @ drawn(UNITS, 1)).squeeze(-1), strict=True))
    correlations = {kind: autocorrelation(gradients).mean(0) for kind, gradients in slopes.items()}
    return Shattering({kind: gradients[0] for kind, gradients in slopes.items()}, correlations)


def autocorrelation(values: Tensor, lags: int = GRID // 4) -> Tensor:
    """Autocorrelation of each row of `values` (..., N) at lags 0 to `lags` - 1: (..., lags), 1 at lag 0.

    The usual biased estimate: subtracts the mean of the row and divides every lag by the sum of squares of the whole
    row. For white noise it is 0 within about 1/sqrt(N).
    """
    centred = (values - values.mean(-1, keepdim=True)).double()
    count = values.shape[-1]
    sums = [(centred[..., : count - lag] * centred[..., lag:]).sum(-1) for lag in range(lags)]
    return torch.stack(sums, -1) / sums[0][..., None]


def correlation_length(correlation: Tensor) -> int:
    """First lag at which the autocorrelation is below 1/2; the number of lags if there is none."""
    below = (correlation < 0.5).nonzero()
    return int(below[0]) if len(below) else len(correlation)
