"""Stored results of the bundled networks on 200 CIFAR-10 test pictures; pages show them before anything is computed.

`python -m benchmarks.stored_answers` writes both files: numbers and their origin as JSON, arrays as NPZ. No picture is
stored, only its class and its number within the class.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.analysis import feature_space, iterative_inference, residual
from explorer.analysis.ablation import RandomRemoval, Single, Singles
from explorer.analysis.feature_space import Features, Projection, Space
from explorer.analysis.features import TopActivations
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.top5 import Ranks
from explorer.core.assets import ASSETS
from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.models import registry, twins
from explorer.models.network import Network

NUMBERS: Final = ASSETS / "stored_answers.json"
ARRAYS: Final = ASSETS / "stored_answers.npz"
COUNT: Final = 200  # pictures: 20 of each class
DRAWS, SEED = 5, 0  # of `ablation.remove_random`
NETWORKS: Final = (
    ("resnet18", registry.CIFAR10),
    ("resnet18", registry.UPSTREAM),
    *((name, registry.TWIN) for name in registry.TWINS),
)

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Made:
    """Origin of the stored results.

    `layout` is the `kind` of the data folder, `pictures` the `digest` of its pictures, `weights` the sha256 of each
    network's weight file by `Stored.key`.
    """

    command: str
    day: str
    hardware: str
    versions: str
    layout: str
    pictures: str
    weights: Mapping[str, str]


@dataclass(frozen=True)
class Results:
    """What is measured of one network. Without shortcuts it has no `inference`, without CIFAR-10's classes no `ranks`.

    `exciting` is by tensor name. `passes`: seconds of each measurement relative to a forward pass of its pictures.
    """

    depth: residual.Depth
    singles: Singles
    several: tuple[RandomRemoval, ...]
    inference: iterative_inference.Depth | None
    space: Space
    ranks: Ranks | None
    exciting: Mapping[str, TopActivations]
    passes: Mapping[str, float]


@dataclass(frozen=True)
class StoredSpace:
    """`feature_space.Space` without features: with projections instead, which take a tenth of the space."""

    probes: Mapping[str, tuple[float, ...]]
    own: float | None
    channels: Mapping[str, int]
    stored: "Stored"

    def project(self, place: str, mine: Features, method: str) -> Projection:
        """Project `mine` (1, channels) into the stored projection. t-SNE cannot place new points: then none is."""
        k = list(self.channels).index(place)
        points = self.stored.array(f"space/{method}")[k].astype(np.float32)
        if method != "pca":
            return Projection(points, points[:0], None)
        end = sum(list(self.channels.values())[: k + 1])
        mean, *axes = self.stored.array("space/axes")[:, end - self.channels[place] : end]
        first, second = self.stored.numbers["space"]["shares"][place]
        return Projection(points, (mine - mean) @ np.stack(axes, 1), (first, second))


@dataclass(frozen=True)
class Stored:
    """The stored results of one network; arrays are read when they are asked for."""

    key: str
    numbers: Mapping[str, Any]

    def array(self, name: str) -> NDArray[Any]:
        with np.load(ARRAYS) as arrays:
            found: NDArray[Any] = arrays[f"{self.key}/{name}"]
        return found

    def _tensor(self, name: str) -> Tensor:
        return torch.from_numpy(self.array(name).astype(np.float32))

    def depth(self) -> residual.Depth:
        own = self.numbers["depth"]
        values = (self._tensor(f"depth/{name}") for name in ("share", "angle", "response"))
        return residual.Depth(tuple(own["blocks"]), tuple(own["layers"]), *values)

    def singles(self) -> Singles:
        own = self.numbers["singles"]
        return Singles(own["intact"], tuple(Single(**row) for row in own["rows"]), own["true_labels"], own["count"])

    def several(self) -> tuple[RandomRemoval, ...]:
        return tuple(RandomRemoval(removed, tuple(shares)) for removed, shares in enumerate(self.numbers["several"]))

    def inference(self) -> iterative_inference.Depth | None:
        """None for a network without shortcuts."""
        if "inference" not in self.numbers:
            return None
        own = self.numbers["inference"]
        cosines = self._tensor("inference/cosines")
        return iterative_inference.Depth(
            tuple(own["blocks"]), cosines, own["heads"], tuple(own["probes"]), own["true_labels"]
        )

    def space(self) -> StoredSpace:
        own = self.numbers["space"]
        probes = {place: tuple(folds) for place, folds in own["probes"].items()}
        return StoredSpace(probes, own["own"], own["channels"], self)

    def ranks(self) -> Ranks | None:
        """None for a network without CIFAR-10's classes."""
        if not self.numbers["singles"]["true_labels"]:
            return None
        return Ranks(tuple(self.array("ranks").tolist()), self.numbers["classes"])

    def exciting(self, tensor: str) -> TopActivations | None:
        """None for a tensor that is not stored: shortcuts, branches and sums of blocks."""
        if tensor not in (rows := self.numbers["exciting"]):
            return None
        first, end = rows[tensor]
        indices, values = (torch.from_numpy(self.array(f"exciting/{of}")[first:end]) for of in ("indices", "values"))
        return TopActivations(indices.long(), values.float())


def _numbers() -> dict[str, Any]:
    return _read(NUMBERS)


@lru_cache(maxsize=1)
def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def made() -> Made:
    return Made(**_numbers()["made"])


def find(name: str, weights: str) -> Stored | None:
    """The stored results of a network, None if there are none. `weights` are as in `Network.weights`."""
    key = f"{name}/{weights}"
    numbers = _numbers()["networks"].get(key)
    return None if numbers is None else Stored(key, numbers)


def of_twin(kind: twins.Kind) -> Stored:
    """The stored results of `twins.load(kind)`."""
    key = f"{twins.NAMES[kind]}/{registry.TWIN}"
    return Stored(key, _numbers()["networks"][key])


def pictures(*, by_class: bool) -> PictureSet:
    """Ids and labels of the pictures in the order of `picture_set.find`, or sorted by class; without the pictures."""
    each = len(CIFAR10_CLASSES)
    found = [(CIFAR10_CLASSES[k % each], k // each) for k in range(COUNT)]
    found = sorted(found) if by_class else found
    ids, labels = tuple(f"{name}-{number}" for name, number in found), tuple(name for name, _ in found)
    return PictureSet(ids, (), labels, "picture.source_cifar10")


def digest(several: PictureSet) -> str:
    """sha256 of the pixels of all pictures, whatever their order."""
    each = sorted(hashlib.sha256(picture.tobytes()).digest() for picture in several.pictures)
    return hashlib.sha256(b"".join(each)).hexdigest()


# Writing


def save(origin: Made, results: Mapping[str, tuple[Network, Results]]) -> None:
    """Write both files from results by `Stored.key`."""
    numbers: dict[str, Any] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for key, (network, found) in results.items():
        numbers[key], own = _plain(network, found)
        arrays |= {f"{key}/{name}": values for name, values in own.items()}
    content = {"made": asdict(origin), "networks": numbers}
    NUMBERS.write_text(json.dumps(content) + "\n", encoding="utf-8")
    np.savez_compressed(ARRAYS, allow_pickle=False, **arrays)
    _read.cache_clear()


def _plain(network: Network, found: Results) -> tuple[dict[str, Any], Arrays]:
    """One network's numbers and arrays. float16 keeps three digits, which is what pages show."""
    half, depth, space = np.float16, found.depth, found.space
    fitted = {place: feature_space.fit_pca(values) for place, values in space.features.items()}
    numbers: dict[str, Any] = {
        "passes": dict(found.passes),
        "classes": len(network.labels),
        "depth": {"blocks": depth.blocks, "layers": depth.layers},
        "singles": asdict(found.singles),
        "several": [row.shares for row in found.several],
        "space": {
            "probes": space.probes,
            "own": space.own,
            "channels": {place: values.shape[1] for place, values in space.features.items()},
            "shares": {place: pca.explained_variance_ratio_.tolist() for place, pca in fitted.items()},
        },
        "exciting": {},
    }
    arrays: dict[str, NDArray[Any]] = {
        f"depth/{name}": getattr(depth, name).numpy().astype(half) for name in ("share", "angle", "response")
    }
    arrays["space/axes"] = np.concatenate(
        [np.concatenate([pca.mean_[None], pca.components_]) for pca in fitted.values()], 1
    ).astype(np.float32)
    for method in feature_space.METHODS:
        seen = (feature_space.project(values, values[:0], method) for values in space.features.values())
        arrays[f"space/{method}"] = np.stack([each.points for each in seen]).astype(half)
    if found.inference:
        numbers["inference"] = {
            name: getattr(found.inference, name) for name in ("blocks", "heads", "probes", "true_labels")
        }
        arrays["inference/cosines"] = found.inference.cosines.numpy().astype(half)
    if found.ranks:
        arrays["ranks"] = np.array(found.ranks.ranks, dtype=np.uint16)
    rows = 0
    for tensor, top in found.exciting.items():
        numbers["exciting"][tensor] = (rows, rows := rows + len(top.indices))
    for of, kind in (("indices", np.uint8), ("values", half)):
        parts = [getattr(top, of).numpy() for top in found.exciting.values()]
        arrays[f"exciting/{of}"] = np.concatenate(parts).astype(kind)
    return numbers, arrays
