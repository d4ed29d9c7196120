"""The loss around trained weights, on a plane of two random directions (Li et al. 2018, arXiv 1712.09913)."""

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F

from explorer.analysis.picture_set import PictureSet
from explorer.core import files, hardware
from explorer.core.assets import ASSETS
from explorer.models.network import Network

BATCH = 128  # pictures in one pass: on a CPU, more no longer fit its cache
CPU_LAYOUT = torch.channels_last  # there a fifth faster; under `vmap` a pooling of it has no batched kernel
TOLD_EVERY_S = 0.2
MEMORY = 0.5  # of a GPU's free memory, for the networks that run in one pass
TOGETHER = 64  # networks in one pass of a GPU, at most: with BATCH pictures each they fill it
STORED: Final = ASSETS / "landscape.json"  # of the twins, written by `python -m benchmarks.landscape --store`

Weights = dict[str, Tensor]
Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # alpha, beta, x, labels -> the sum over the pictures


@dataclass(frozen=True)
class Settings:
    """What a surface is computed with: a grid of `points` x `points` over [-span, span]², a mean over `pictures`.

    `points` is odd, so that the trained weights are one of them. `span` 1 moves each filter by a vector of its own
    length. `seed` draws the directions.
    """

    points: int = 31
    pictures: int = 512
    span: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.points < 3 or self.points % 2 == 0:
            raise ValueError(f"points is odd and at least 3, not {self.points}")

    @property
    def places(self) -> NDArray[np.float64]:
        """The values of alpha, and of beta: (points,), the middle one is 0."""
        return np.linspace(-self.span, self.span, self.points)


@dataclass(frozen=True)
class Landscape:
    """Mean cross-entropy in nats, (points, points): a row for each beta, a column for each alpha.

    Infinite where the logits grow past all float32 numbers.
    """

    settings: Settings
    loss: NDArray[np.float64]

    @property
    def centre(self) -> float:
        """The trained network's own loss."""
        middle = self.settings.points // 2
        return float(self.loss[middle, middle])

    def near(self, nats: float) -> float:
        """The share of places whose loss is less than `nats` above the centre's, 0..1."""
        return float((self.loss < self.centre + nats).mean())

    def downhill(self) -> float:
        """The share of places, but the centre, from where the loss falls in the direction of the centre, 0..1."""
        places = self.settings.places
        height = np.where(np.isfinite(self.loss), self.loss, np.nan)
        by_beta, by_alpha = np.gradient(height, places, places)
        outwards = by_alpha * places[None, :] + by_beta * places[:, None]
        return float((outwards > 0).sum() / (outwards.size - 1))

    def plain(self) -> dict[str, Any]:
        """Ready for JSON, with four digits that matter; `read` takes it back."""
        rows = [[float(f"{value:.4g}") if math.isfinite(value) else None for value in row] for row in self.loss]
        return {"settings": dataclasses.asdict(self.settings), "loss": rows}


def read(told: Mapping[str, Any]) -> Landscape:
    """What `Landscape.plain` made. Raises KeyError, TypeError or ValueError for anything else."""
    settings = Settings(**told["settings"])
    loss = np.array([[math.inf if value is None else float(value) for value in row] for row in told["loss"]])
    if loss.shape != (settings.points, settings.points):
        raise ValueError(f"{loss.shape} losses for {settings.points} points a side")
    return Landscape(settings, loss)


# Stored, or kept with a run


@lru_cache(maxsize=1)
def stored() -> tuple[dict[str, Landscape], dict[str, str]]:
    """The surfaces of the twins `residual` and `plain` that we made; hardware, versions, command and day."""
    told = json.loads(STORED.read_text(encoding="utf-8"))
    return {kind: read(one) for kind, one in told["surfaces"].items()}, told["made"]


def kept(folder: Path, settings: Settings, of: str) -> Landscape | None:
    """What `keep` wrote for these settings and weights; None where there is none, or it is damaged."""
    told = files.read_json(_file(folder, settings, of))
    try:
        found = read(told)
    except (KeyError, TypeError, ValueError):
        return None
    return found if found.settings == settings else None


def keep(folder: Path, found: Landscape, of: str) -> None:
    """Write `found` into a run's folder. `of` names the weights and the pictures. Raises RunError where it cannot."""
    files.write_json(_file(folder, found.settings, of), found.plain())


def _file(folder: Path, settings: Settings, of: str) -> Path:
    named = json.dumps([dataclasses.asdict(settings), of])
    return folder / f"landscape-{hashlib.sha256(named.encode()).hexdigest()[:16]}.json"


# Computed


def directions(module: nn.Module, seed: int) -> tuple[Weights, Weights]:
    """Two random directions by the names of the weights that move, each tensor with the shape of its weight.

    Gaussian, then filter-normalised (section 4): each filter of a convolution, and each row of a linear layer, is as
    long as the weights' own. Biases and BatchNorm's parameters stay, and are not named: the authors' `ignore=biasbn`.
    """
    random = torch.Generator().manual_seed(seed)
    moving = {name: weight.detach() for name, weight in module.named_parameters() if weight.ndim > 1}
    return _direction(moving, random), _direction(moving, random)


def _direction(moving: Weights, random: torch.Generator) -> Weights:
    drawn = {name: torch.randn(weight.shape, generator=random) for name, weight in moving.items()}
    return {name: noise * (_lengths(moving[name].cpu()) / _lengths(noise)) for name, noise in drawn.items()}


def _lengths(weight: Tensor) -> Tensor:
    """Of each filter: (out, 1, …)."""
    length: Tensor = torch.linalg.vector_norm(weight, dim=tuple(range(1, weight.ndim)), keepdim=True)
    return length


def around(network: Network, several: PictureSet, settings: Settings) -> Generator[tuple[int, int], None, Landscape]:
    """`surface` of a network on a set of pictures. Where it lacks their classes, its own answers stand for them."""
    labels, _ = several.answers(network)
    return (yield from surface(network.module, torch.cat(list(several.inputs(network))), labels, settings))


def surface(
    module: nn.Module, x: Tensor, labels: Tensor, settings: Settings
) -> Generator[tuple[int, int], None, Landscape]:
    """The loss of `module` (in eval mode) on inputs `x` (N, …) with classes `labels` (N,) over the grid of `settings`.

    Yields how many passes have ended, and of how many. The module is only read: its tensors are replaced for each
    pass, and BatchNorm's running statistics stay. On a GPU many networks of the grid run in one pass (`vmap`; not
    measured, no GPU was at hand); on a CPU that is slower than one after the other (`python -m benchmarks.landscape`).
    """
    device = torch.device("cuda" if hardware.cuda_works() else "cpu")
    layout = CPU_LAYOUT if device.type == "cpu" else torch.contiguous_format
    loss = moved_loss(module, settings.seed, device, layout)
    x, labels = _laid_out(x.to(device), layout), labels.to(device)
    beta, alpha = (torch.tensor(grid.ravel(), dtype=torch.float32, device=device)
                   for grid in np.meshgrid(settings.places, settings.places, indexing="ij"))  # fmt: skip
    at_once = fitting(loss, x[:BATCH], labels[:BATCH]) if device.type == "cuda" else 1
    sums = torch.zeros(len(alpha), dtype=torch.float64)
    done, total, told = 0, -(-len(alpha) // at_once) * -(-len(x) // BATCH), time.monotonic()
    for low in range(0, len(alpha), at_once):
        chunk = slice(low, low + at_once)
        for some, right in zip(torch.split(x, BATCH), torch.split(labels, BATCH), strict=True):
            sums[chunk] += together(loss, alpha[chunk], beta[chunk], some, right).double().cpu()
            done += 1
            if time.monotonic() - told > TOLD_EVERY_S:
                told = time.monotonic()
                yield done, total
    mean = (sums / len(x)).view(settings.points, settings.points).numpy()
    return Landscape(settings, np.where(np.isfinite(mean), mean, np.inf))


def pace(network: Network) -> float:
    """Seconds that a picture takes at one place of the grid, measured with a few of them."""
    x = torch.zeros(16, 3, network.preprocess.input_px, network.preprocess.input_px)
    labels = torch.zeros(len(x), dtype=torch.int64)
    settings = Settings(points=3, pictures=len(x))
    started = time.perf_counter()
    for _ in surface(network.module, x, labels, settings):
        pass
    return (time.perf_counter() - started) / (settings.points**2 * len(x))


def moved_loss(
    module: nn.Module, seed: int, device: torch.device, layout: torch.memory_format = torch.contiguous_format
) -> Loss:
    """The summed cross-entropy of the network at weights + alpha * first + beta * second."""

    def moved_there(tensors: Iterable[tuple[str, Tensor]]) -> Weights:
        return {name: _laid_out(tensor.detach().to(device), layout) for name, tensor in tensors}

    tensors = moved_there((*module.named_parameters(), *module.named_buffers()))
    first, second = (moved_there(direction.items()) for direction in directions(module, seed))

    def loss(alpha: Tensor, beta: Tensor, x: Tensor, labels: Tensor) -> Tensor:
        moved = {name: tensors[name] + alpha * first[name] + beta * second[name] for name in first}
        return F.cross_entropy(functional_call(module, {**tensors, **moved}, (x,)), labels, reduction="sum")

    return loss


@torch.inference_mode()
def together(loss: Loss, alpha: Tensor, beta: Tensor, x: Tensor, labels: Tensor) -> Tensor:
    """The loss (K,) at K places in one pass; a single one without `vmap`, whose grouped convolutions cost."""
    if len(alpha) == 1:
        return loss(alpha[0], beta[0], x, labels)[None]
    found: Tensor = vmap(loss, in_dims=(0, 0, None, None))(alpha, beta, x, labels)
    return found


def fitting(loss: Loss, x: Tensor, labels: Tensor) -> int:
    """How many places fit into the GPU's free memory at once: by what one of them needs."""
    here = torch.zeros(1, device=x.device)
    torch.cuda.reset_peak_memory_stats(x.device)
    before = torch.cuda.memory_allocated(x.device)
    together(loss, here, here, x, labels)
    needed = torch.cuda.max_memory_allocated(x.device) - before
    free, _ = torch.cuda.mem_get_info(x.device)
    return min(TOGETHER, max(1, int(free * MEMORY / needed)))


def _laid_out(tensor: Tensor, layout: torch.memory_format) -> Tensor:
    return tensor.contiguous(memory_format=layout) if tensor.ndim == 4 else tensor
