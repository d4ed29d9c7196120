"""A Python file of the user's own as a Network, and as a family of networks in the registry."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from torch import Tensor, nn

from explorer.core import local_networks
from explorer.models import checkpoint, own_file
from explorer.models.families import Family, class_labels
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.own_file import OwnFile
from explorer.models.preprocessing import (
    CIFAR_PREPROCESSING,
    IMAGENET_PREPROCESSING,
    Preprocessing,
    preprocess_in,
)
from explorer.models.recorder import Changes, Tape

CODE: Final = "code"
"""The weights that the file's code, or the checkpoint named beside it, gives."""
_SMALL_PX: Final = 64  # inputs up to this are prepared as CIFAR-10's


def load(name: str) -> Network:
    """The network of an offered file, as the file is now. Raises WeightsError that names file and line."""
    given = local_networks.named(name)
    found = opened(name)
    tape = found.tape_of(_empty(found))
    facts: Mapping[str, object] = {
        "file": given.title, "size": "×".join(map(str, found.input_shape)), "guessed": found.guessed,
        "weights_file": Path(given.weights).name, "version": found.version, **found.facts,
    }  # fmt: skip
    labels, preprocess = class_labels(found.classes), preprocessing(found)
    graph = Graph(tape, _Recording(found))
    origin = "network.origin_code_weights" if given.weights else "network.origin_code"
    return Network(name, CODE, found.module, labels, preprocess, graph, origin, facts, sources=found.sources)


def load_run(name: str, file: str, head: str) -> Network:
    """`load` with the weights that a run of Fine-tune wrote, which gave it the layer `head`. Raises WeightsError."""
    before = load(name)
    found = own_file.open_file(*_spec(name)[:1], weights=file, head=head)
    notes = checkpoint.description(Path(file).read_bytes())
    classes = notes.get("classes")
    known = isinstance(classes, list) and len(classes) == found.classes and all(isinstance(c, str) for c in classes)
    labels = tuple(classes) if known and classes else class_labels(found.classes)
    preprocess = preprocess_in(notes) or before.preprocess
    graph = Graph(found.tape_of(nn.Parameter().new_zeros(preprocess.shape)), _Recording(found))
    return replace(
        before, module=found.module, labels=labels, preprocess=preprocess, graph=graph,
        origin="network.origin_code_run", facts={**before.facts, "guessed": False}, sources=found.sources,
    )  # fmt: skip


def version(name: str) -> str:
    """Changes whenever the file, or one that it imports, is saved. Raises WeightsError as `load`."""
    return opened(name).version


def is_stale(name: str) -> bool:
    """Whether the file was saved since it was opened, or since it could not be opened."""
    return own_file.is_stale(*_spec(name))


def opened(name: str) -> OwnFile:
    """The offered file, as it is now. Raises WeightsError as `load`."""
    return own_file.open_file(*_spec(name))


def _spec(name: str) -> tuple[str, str | None]:
    given = local_networks.named(name)
    return f"{given.path}:{given.wanted}" if given.wanted else given.path, given.weights or None


def preprocessing(found: OwnFile) -> Preprocessing:
    """The preprocessing for a file's input size: CIFAR-10's mean and std for small pictures, else ImageNet's."""
    channels, height, width = found.input_shape
    usual = CIFAR_PREPROCESSING if max(height, width) <= _SMALL_PX else IMAGENET_PREPROCESSING
    resize_px = height if usual is CIFAR_PREPROCESSING else round(height * 256 / 224)
    return Preprocessing(
        resize_px, height, usual.mean, usual.std, width_px=width if width != height else None, channels=channels
    )


class _Recording:
    """Tapes of the user's network, made by the process that runs its code."""

    def __init__(self, found: OwnFile) -> None:
        self.found = found

    def tape(self, x: Tensor) -> Tape:
        """As in `graph.Recording`."""
        return self.found.tape_of(x)

    def live(self, x: Tensor, changes: Changes) -> Tensor:
        """As in `graph.Recording`."""
        return self.found.live(x, changes)


def _empty(found: OwnFile) -> Tensor:
    return nn.Parameter().new_zeros(1, *found.input_shape)


class OwnFiles(Family):
    """Networks in the Python files that the command line has offered (`core.local_networks`)."""

    has_random: ClassVar[bool] = False

    def has(self, name: str) -> bool:
        return local_networks.is_own(name)

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        """A copy of the stand-in for the user's network: it has the weights, and its code is a tape."""
        return copy.deepcopy(opened(name).module)

    def preprocessing(self, name: str) -> Preprocessing:
        return preprocessing(opened(name))

    def labels(self, name: str) -> tuple[str, ...]:
        return class_labels(opened(name).classes)

    def published(self, name: str) -> tuple[str, ...]:
        return (CODE,)
