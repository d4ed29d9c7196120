"""Loss landscape: the loss on a plane of two random directions around trained weights (Li et al. 2018, 1712.09913)."""

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

BATCH = 128  # pictures per pass; more do not fit a CPU's cache
CPU_LAYOUT = torch.channels_last  # a fifth faster on a CPU; under `vmap`, pooling has no batched kernel for it
PROGRESS_EVERY_S = 0.2
MEMORY_SHARE = 0.5  # of a GPU's free memory for one batch of networks
MAX_BATCH = 64  # networks per pass on a GPU; with BATCH pictures each they use it fully
STORED: Final = ASSETS / "landscape.json"  # surfaces of the twins, written by `python -m benchmarks.landscape --store`

Weights = dict[str, Tensor]
Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # alpha, beta, x, labels -> sum over the pictures


@dataclass(frozen=True)
class Settings:
    """Parameters of a surface: a grid of `points` x `points` over [-span, span]², averaged over `pictures`.

    `points` is odd, so that the centre is the trained weights. At distance 1 each filter has moved by a vector of its
    own norm. `seed` draws the directions. Raises ValueError if `points` is even or less than 3.
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
        """Values (points,) of alpha and of beta; the middle one is 0."""
        return np.linspace(-self.span, self.span, self.points)


@dataclass(frozen=True)
class Landscape:
    """Mean cross-entropy in nats, (points, points): one row per beta, one column per alpha.

    Infinite where the logits overflow float32.
    """

    settings: Settings
    loss: NDArray[np.float64]

    @property
    def centre(self) -> float:
        """Loss of the trained network."""
        middle = self.settings.points // 2
        return float(self.loss[middle, middle])

    def near(self, nats: float) -> float:
        """Share (0..1) of grid points whose loss is less than `nats` above the centre's."""
        return float((self.loss < self.centre + nats).mean())

    def downhill(self) -> float:
        """Share (0..1) of grid points, without the centre, at which the loss decreases towards the centre."""
        places = self.settings.places
        height = np.where(np.isfinite(self.loss), self.loss, np.nan)
        by_beta, by_alpha = np.gradient(height, places, places)
        outwards = by_alpha * places[None, :] + by_beta * places[:, None]
        return float((outwards > 0).sum() / (outwards.size - 1))

    def plain(self) -> dict[str, Any]:
        """Convert to JSON types, with four significant digits; inverse of `from_json`."""
        rows = [[float(f"{value:.4g}") if math.isfinite(value) else None for value in row] for row in self.loss]
        return {"settings": dataclasses.asdict(self.settings), "loss": rows}


def from_json(content: Mapping[str, Any]) -> Landscape:
    """Inverse of `Landscape.plain`. Raises KeyError, TypeError or ValueError for invalid content."""
    settings = Settings(**content["settings"])
    loss = np.array([[math.inf if value is None else float(value) for value in row] for row in content["loss"]])
    if loss.shape != (settings.points, settings.points):
        raise ValueError(f"{loss.shape} losses for {settings.points} points a side")
    return Landscape(settings, loss)


# Stored surfaces, and a cache in a run's folder


@lru_cache(maxsize=1)
def stored() -> tuple[dict[str, Landscape], dict[str, str]]:
    """Bundled surfaces of the twins `residual` and `plain`, and how they were made (hardware, versions, command)."""
    content = json.loads(STORED.read_text(encoding="utf-8"))
    return {kind: from_json(one) for kind, one in content["surfaces"].items()}, content["made"]


def load_cached(folder: Path, settings: Settings, of: str) -> Landscape | None:
    """Surface that `save_cached` wrote for these settings and `of`; None if it is missing or damaged."""
    content = files.read_json(_file(folder, settings, of))
    try:
        landscape = from_json(content)
    except (KeyError, TypeError, ValueError):
        return None
    return landscape if landscape.settings == settings else None


def save_cached(folder: Path, landscape: Landscape, of: str) -> None:
    """Write a surface to a run's folder. `of` identifies the weights and the pictures. Raises RunError."""
    files.write_json(_file(folder, landscape.settings, of), landscape.plain())


def _file(folder: Path, settings: Settings, of: str) -> Path:
    named = json.dumps([dataclasses.asdict(settings), of])
    return folder / f"landscape-{hashlib.sha256(named.encode()).hexdigest()[:16]}.json"


# Computation


def directions(module: nn.Module, seed: int) -> tuple[Weights, Weights]:
    """Two random directions: parameter name -> tensor of the parameter's shape.

    Gaussian, then filter-normalised (section 4): each filter of a convolution and each row of a linear layer gets the
    norm of the trained one. Biases and BatchNorm's parameters are excluded, as with the authors' `ignore=biasbn`.
    """
    random = torch.Generator().manual_seed(seed)
    moving = {name: weight.detach() for name, weight in module.named_parameters() if weight.ndim > 1}
    return _direction(moving, random), _direction(moving, random)


def _direction(moving: Weights, random: torch.Generator) -> Weights:
    drawn = {name: torch.randn(weight.shape, generator=random) for name, weight in moving.items()}
    return {name: noise * (_filter_norms(moving[name].cpu()) / _filter_norms(noise)) for name, noise in drawn.items()}


def _filter_norms(weight: Tensor) -> Tensor:
    """Euclidean norm of each filter, (out, 1, …)."""
    norms: Tensor = torch.linalg.vector_norm(weight, dim=tuple(range(1, weight.ndim)), keepdim=True)
    return norms


def of_network(
    network: Network, pictures: PictureSet, settings: Settings
) -> Generator[tuple[int, int], None, Landscape]:
    """`surface` of a network on a set of pictures; if it lacks their classes, its own predictions are the labels."""
    labels, _ = pictures.answers(network)
    return (yield from surface(network.module, torch.cat(list(pictures.inputs(network))), labels, settings))


def surface(
    module: nn.Module, x: Tensor, labels: Tensor, settings: Settings
) -> Generator[tuple[int, int], None, Landscape]:
    """Loss of `module` (in eval mode) on inputs `x` (N, …) with `labels` (N,) over the grid of `settings`.

    Yields (passes done, total). The module is only read: its tensors are replaced for each pass; BatchNorm's running
    statistics do not change. On a GPU many networks of the grid run in one pass (`vmap`; not measured, no GPU was
    available); on a CPU that is slower than one at a time (`python -m benchmarks.landscape`).
    """
    device = torch.device("cuda" if hardware.cuda_works() else "cpu")
    try:
        return (yield from _surface(module, x, labels, settings, device))
    finally:
        hardware.free_memory(device)


def _surface(
    module: nn.Module, x: Tensor, labels: Tensor, settings: Settings, device: torch.device
) -> Generator[tuple[int, int], None, Landscape]:
    layout = CPU_LAYOUT if device.type == "cpu" else torch.contiguous_format
    loss = perturbed_loss(module, settings.seed, device, layout)
    x, labels = _with_layout(x.to(device), layout), labels.to(device)
    beta, alpha = (torch.tensor(grid.ravel(), dtype=torch.float32, device=device)
                   for grid in np.meshgrid(settings.places, settings.places, indexing="ij"))  # fmt: skip
    at_once = max_batch(loss, x[:BATCH], labels[:BATCH]) if device.type == "cuda" else 1
    sums = torch.zeros(len(alpha), dtype=torch.float64)
    done, total, reported = 0, -(-len(alpha) // at_once) * -(-len(x) // BATCH), time.monotonic()
    for low in range(0, len(alpha), at_once):
        chunk = slice(low, low + at_once)
        for some, right in zip(torch.split(x, BATCH), torch.split(labels, BATCH), strict=True):
            sums[chunk] += batched_loss(loss, alpha[chunk], beta[chunk], some, right).double().cpu()
            done += 1
            if time.monotonic() - reported > PROGRESS_EVERY_S:
                reported = time.monotonic()
                yield done, total
    mean = (sums / len(x)).view(settings.points, settings.points).numpy()
    return Landscape(settings, np.where(np.isfinite(mean), mean, np.inf))


def seconds_per_evaluation(network: Network) -> float:
    """Seconds per picture and grid point, measured on a few."""
    x = torch.zeros(16, 3, network.preprocess.input_px, network.preprocess.input_px)
    labels = torch.zeros(len(x), dtype=torch.int64)
    settings = Settings(points=3, pictures=len(x))
    started = time.perf_counter()
    for _ in surface(network.module, x, labels, settings):
        pass
    return (time.perf_counter() - started) / (settings.points**2 * len(x))


def perturbed_loss(
    module: nn.Module, seed: int, device: torch.device, layout: torch.memory_format = torch.contiguous_format
) -> Loss:
    """The function (alpha, beta, x, labels) -> summed cross-entropy at weights + alpha * first + beta * second."""

    def to_device(tensors: Iterable[tuple[str, Tensor]]) -> Weights:
        return {name: _with_layout(tensor.detach().to(device), layout) for name, tensor in tensors}

    tensors = to_device((*module.named_parameters(), *module.named_buffers()))
    first, second = (to_device(direction.items()) for direction in directions(module, seed))

    def loss(alpha: Tensor, beta: Tensor, x: Tensor, labels: Tensor) -> Tensor:
        moved = {name: tensors[name] + alpha * first[name] + beta * second[name] for name in first}
        return F.cross_entropy(functional_call(module, {**tensors, **moved}, (x,)), labels, reduction="sum")

    return loss


@torch.inference_mode()
def batched_loss(loss: Loss, alpha: Tensor, beta: Tensor, x: Tensor, labels: Tensor) -> Tensor:
    """The loss (K,) at K grid points in one pass. Without `vmap` for K = 1: its grouped convolutions are slower."""
    if len(alpha) == 1:
        return loss(alpha[0], beta[0], x, labels)[None]
    losses: Tensor = vmap(loss, in_dims=(0, 0, None, None))(alpha, beta, x, labels)
    return losses


def max_batch(loss: Loss, x: Tensor, labels: Tensor) -> int:
    """Number of grid points that fit into the GPU's free memory at once, from the memory that one needs."""
    here = torch.zeros(1, device=x.device)
    torch.cuda.reset_peak_memory_stats(x.device)
    before = torch.cuda.memory_allocated(x.device)
    batched_loss(loss, here, here, x, labels)
    needed = torch.cuda.max_memory_allocated(x.device) - before
    free, _ = torch.cuda.mem_get_info(x.device)
    return min(MAX_BATCH, max(1, int(free * MEMORY_SHARE / needed)))


def _with_layout(tensor: Tensor, layout: torch.memory_format) -> Tensor:
    return tensor.contiguous(memory_format=layout) if tensor.ndim == 4 else tensor
