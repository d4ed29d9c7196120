"""Features of a set of pictures after each stage: 2D projections (PCA, t-SNE) and linear probes.

scikit-learn is imported lazily: it takes a second and 100 MB.
"""

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from explorer.analysis import picture_set
from explorer.analysis.features import maps_of, milestones, stem
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.residual import AT_ONCE_PX
from explorer.analysis.trace import Trace, trace
from explorer.data import cifar10
from explorer.models.network import Network, check_finite

METHODS = ("pca", "tsne")
FOLDS = 5
PERPLEXITY = 30.0  # of t-SNE, scikit-learn's default

Features = NDArray[np.float32]


def labelled_pictures(count: int) -> PictureSet:
    """Up to `count` distinct labelled pictures, sorted by class as in ImageFolder.

    If no data set is found these are scikit-learn's digits; the gallery has too few pictures to measure on.
    """
    candidates = picture_set.find(count)
    if candidates.source == "picture.source_gallery":
        pixels, labels = (part[:count] for part in cifar10.digits())
        opened = tuple(Image.fromarray(one).convert("RGB") for one in pixels)
        ids = tuple(map(str, range(len(opened))))
        candidates = PictureSet(ids, opened, tuple(map(str, labels)), "picture.source_digit")
    # `picture_set.find` repeats pictures of a small folder; a probe would be tested on its training pictures.
    first = {picture.tobytes(): k for k, picture in reversed(list(enumerate(candidates.pictures)))}
    order = sorted(first.values(), key=lambda k: (str(candidates.labels[k]), k))
    return PictureSet(
        tuple(candidates.ids[k] for k in order),
        tuple(candidates.pictures[k] for k in order),
        tuple(candidates.labels[k] for k in order),
        candidates.source,
    )


@dataclass(frozen=True)
class Space:
    """Features and accuracies of N pictures.

    `features` (N, channels) by place, averaged over each map. `probes`: accuracies (0..1) of a linear probe per fold,
    by place; empty if a class has fewer than two pictures. `own`: the network's own accuracy, None if it lacks some of
    the classes.
    """

    features: dict[str, Features]
    probes: dict[str, tuple[float, ...]]
    own: float | None


def measure(network: Network, pictures: PictureSet) -> Generator[tuple[int, int], None, Space]:
    """Compute features and probes. Yields (pictures and probes done, total). Keeps one batch of maps at a time."""
    kept = names(network)
    total = len(pictures) + len(kept)
    parts: dict[str, list[Features]] = {place: [] for place in kept}
    answers: list[Tensor] = []
    yield 0, total
    for x in pictures.inputs(network, max(1, AT_ONCE_PX // network.preprocess.input_px**2)):
        run = trace(network, x, keep=kept.values())
        check_finite(run.logits)
        for place, pooled in _pooled(network, x, run).items():
            parts[place].append(pooled)
        answers.append(run.logits.argmax(1))
        yield sum(map(len, answers)), total
    features = {place: np.concatenate(batches) for place, batches in parts.items()}
    probes = {}
    for place, values in features.items():
        probes[place] = probe(values, pictures.labels)
        yield len(pictures) + len(probes), total
    return Space(features, probes, _accuracy(network, torch.cat(answers), pictures.labels))


def features_of(network: Network, x: Tensor) -> dict[str, Features]:
    """Spatially averaged features (N, channels) of `x` (N, 3, H, W) by place."""
    return _pooled(network, x, trace(network, x, keep=names(network).values()))


def places(network: Network) -> tuple[str, ...]:
    """Names of the places: the end of the stem and the stages, or parts at quarters of the depth."""
    return tuple(names(network))


def names(network: Network) -> dict[str, str]:
    """`places` -> tensor names."""
    return {place: place for place in stem(network)[-1:]} | milestones(network, network.graph.parts)


def _pooled(network: Network, x: Tensor, run: Trace) -> dict[str, Features]:
    kept = names(network).items()
    return {place: maps_of(network, x, name, run[name]).mean((2, 3)).numpy() for place, name in kept}


def _accuracy(network: Network, answers: Tensor, labels: Sequence[str | None]) -> float | None:
    if not set(labels) <= set(network.labels):
        return None
    right: list[bool] = [network.labels[k] == label for k, label in zip(answers.tolist(), labels, strict=True)]
    return sum(right) / len(right)


def probe(features: Features, labels: Sequence[str | None]) -> tuple[float, ...]:
    """Cross-validated accuracies of a linear probe, one per fold (Alain & Bengio 2016).

    Logistic regression on standardised features (N, channels), with stratified folds; empty if `folds(labels)` is 0.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if not folds(labels):
        return ()
    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    parts = StratifiedKFold(folds(labels), shuffle=True, random_state=0)
    return tuple(float(one) for one in cross_val_score(line, features, np.array(labels, dtype=str), cv=parts))


def folds(labels: Sequence[str | None]) -> int:
    """Number of folds: min(FOLDS, size of the smallest class); 0 for a single class or a class with one picture."""
    counts = Counter(labels)
    fewest = min(counts.values())
    return min(FOLDS, fewest) if len(counts) > 1 and fewest > 1 else 0


def chance(labels: Sequence[str | None]) -> float:
    """Accuracy of always predicting the largest class, 0..1."""
    return max(Counter(labels).values()) / len(labels)


@dataclass(frozen=True)
class Projection:
    """2D coordinates: `points` (N, 2) of the set and `mine` (1, 2) of the user's picture; (0, 2) if it has no place.

    `shares` are the explained variance ratios (0..1) of PCA's two axes, None for t-SNE.
    """

    points: NDArray[np.float32]
    mine: NDArray[np.float32]
    shares: tuple[float, float] | None


def project(features: Features, mine: Features, method: str) -> Projection:
    """Project features (N, channels) and `mine` (1, channels), or none (0, channels), to 2D by one of METHODS.

    PCA is fitted to the set alone. t-SNE (van der Maaten & Hinton 2008) cannot transform new points, so `mine` is part
    of its input; it is initialised with PCA and a fixed seed.
    """
    from sklearn.manifold import TSNE

    if method == "pca":
        axes = fit_pca(features)
        first, second = axes.explained_variance_ratio_
        placed = axes.transform(mine) if len(mine) else np.empty((0, 2), np.float32)
        return Projection(axes.transform(features), placed, (float(first), float(second)))
    every = np.concatenate([features, mine])
    near = min(PERPLEXITY, (len(every) - 1) / 3)
    points = TSNE(init="pca", perplexity=near, random_state=0).fit_transform(every)
    return Projection(points[: len(features)], points[len(features) :], None)


def fit_pca(features: Features) -> Any:
    """scikit-learn's PCA, fitted to two axes."""
    from sklearn.decomposition import PCA

    return PCA(2, svd_solver="full").fit(features)
