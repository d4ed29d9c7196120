"""Blocks of several designs on the same pictures: how large F(x) is beside x, and what a missing branch costs."""

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision import models

from explorer.analysis import interventions, labels, residual
from explorer.analysis.interventions import Intervention
from explorer.analysis.picture_set import PictureSet
from explorer.models import loading, registry, weight_files
from explorer.models.network import Network

REFERENCES = {"resnet18": 8, "convnext_tiny": 18, "vit_b_16": 24, "swin_t": 24}  # with their numbers of blocks
LOAD_S = 3.0  # to build a network and read its weights


@dataclass(frozen=True)
class Design:
    """Measurements of one network on N pictures.

    `ratios` (N, blocks): |F(x)| / |x|, where x is the shortcut's output; infinite where x is zero. `moved` (N, blocks):
    the probability, 0..1, that goes to other classes without the branch of a block; None for an untrained network.
    `short` are the blocks' short names.
    """

    network: str
    weights: str
    blocks: tuple[str, ...]
    short: tuple[str, ...]
    mixers: tuple[str, ...]
    ratios: Tensor
    moved: Tensor | None

    @property
    def depths(self) -> list[float]:
        """The relative depth, 0..1, of the middle of each block."""
        return [(k + 0.5) / len(self.blocks) for k in range(len(self.blocks))]


def weights_here(name: str) -> str:
    """The best weights that need no download: ImageNet's, else bundled ones, else `random`."""
    offered = registry.weights(name)
    cached = (each for each in offered if each in registry.IMAGENET and weight_files.published(name, each)[0].is_file())
    return next(cached, offered[0] if offered[0] in registry.BUNDLED else "random")


def is_trained(network: Network) -> bool:
    """Whether the weights were trained, as far as is known: those that a file's code draws were not."""
    return network.origin != "network.origin_code" and not network.origin.startswith("network.origin_random")


def references() -> dict[str, str]:
    """The networks of other designs, and the weights that they have here."""
    return {name: weights_here(name) for name in REFERENCES}


def estimate(own: Network, own_s: float, pictures: int, chosen: Mapping[str, str], speed: float) -> dict[str, float]:
    """Seconds that `compare` may take for each network, `own` last, under its name and weights.

    `own_s` is the time of one run of `own`, `speed` is `machine_speed`.
    """
    found = {}
    for name, weights in chosen.items():
        run_s = models.get_model_weights(name).DEFAULT.meta["_ops"] / speed
        found[_key(name, weights)] = LOAD_S + run_s * _runs(REFERENCES[name], weights != "random", pictures)
    own_key = _key(own.name, own.weights)
    return {own_key: own_s * _runs(len(own.graph.blocks), is_trained(own), pictures)} | found


def compare(
    own: Network, pictures: PictureSet, chosen: Mapping[str, str], estimated: Mapping[str, float]
) -> Generator[tuple[int, int], None, tuple[Design, ...]]:
    """Measure the networks `chosen` (name -> weights), and `own` if it is none of them. Yields (per cent, 100)."""
    opens: dict[str, Callable[[], Network]] = {
        _key(name, weights): partial(loading.load, name, weights) for name, weights in chosen.items()
    }
    opens.setdefault(_key(own.name, own.weights), lambda: own)
    total, before = sum(estimated[key] for key in opens), 0.0
    found: list[Design] = []
    yield 0, 100
    for key, open_network in opens.items():
        steps = measure(open_network(), pictures)
        while True:
            try:
                done, of = next(steps)
            except StopIteration as ended:
                found.append(ended.value)
                break
            yield int(100 * (before + estimated[key] * done / of) / total), 100
        before += estimated[key]
    return tuple(found)


def measure(network: Network, pictures: PictureSet) -> Generator[tuple[int, int], None, Design]:
    """Measure one network. Yields (runs done, total)."""
    blocks, trained = network.graph.blocks, is_trained(network)
    total, done = len(pictures) * (1 + len(blocks) * trained), 0
    ratios, moved = [], []
    for x in pictures.inputs(network, 1):
        share = residual.over_depth(network, x).share[0]
        ratios.append(share / (1 - share))
        done += 1
        yield done, total
        if not trained:
            continue
        values = interventions.block_inputs(network, x)
        costs = []
        for path in blocks:
            after = interventions.run(network, values, Intervention({path: 0}))
            costs.append(interventions.compare(values[network.graph.logits][0], after[0]).moved)
            done += 1
            yield done, total
        moved.append(torch.tensor(costs))
    mixers = tuple(block.mixer for block in blocks.values())
    short = tuple(labels.of_blocks(network.graph).values())
    lost = torch.stack(moved) if moved else None
    return Design(network.name, network.weights, tuple(blocks), short, mixers, torch.stack(ratios), lost)


def _key(name: str, weights: str) -> str:
    return f"{name} {weights}"


def _runs(blocks: int, trained: bool, pictures: int) -> float:
    """Runs of a whole network: a lesion runs, on average, half of it."""
    return pictures * (2 + blocks / 2 if trained else 1.0)


def machine_speed(repeats: int = 5) -> float:
    """10^9 multiply-adds a second that this machine reaches in a network: about half of what a convolution reaches."""
    x, kernel = torch.zeros(1, 64, 56, 56), torch.zeros(64, 64, 3, 3)
    times: list[float] = []
    with torch.no_grad():
        for _ in range(repeats):
            started = time.perf_counter()
            F.conv2d(x, kernel, padding=1)
            times.append(time.perf_counter() - started)
    return 56 * 56 * kernel.numel() / 1e9 / sorted(times)[repeats // 2] / 2
