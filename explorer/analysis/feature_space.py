"""A set of pictures in each stage's space of features: maps of it in two dimensions, and what a line tells apart.

scikit-learn is imported when it is first used: it takes a second and 100 MB.
"""

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from explorer.analysis import picture_set
from explorer.analysis.features import stages, stem, tensor_name
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.residual import AT_ONCE_PX
from explorer.analysis.trace import Trace, trace
from explorer.data import cifar10
from explorer.models.network import Network, check_finite

METHODS = ("pca", "tsne")
FOLDS = 5
PERPLEXITY = 30.0  # neighbours that t-SNE cares for, as scikit-learn has it

Features = NDArray[np.float32]


def pictures(count: int) -> PictureSet:
    """Up to `count` labelled pictures, each once, class by class in the alphabet's order, as ImageFolder reads them.

    Where no data set is found, scikit-learn's digits: the gallery's dozen is too few to measure on.
    """
    found = picture_set.find(count)
    if found.source == "picture.source_gallery":
        pixels, labels = (part[:count] for part in cifar10.digits())
        opened = tuple(Image.fromarray(one).convert("RGB") for one in pixels)
        ids = tuple(map(str, range(len(opened))))
        found = PictureSet(ids, opened, tuple(map(str, labels)), "picture.source_digit")
    # A small folder's pictures come again to fill the count: a probe would be asked what it was told.
    first = {picture.tobytes(): k for k, picture in reversed(list(enumerate(found.pictures)))}
    order = sorted(first.values(), key=lambda k: (str(found.labels[k]), k))
    return PictureSet(
        tuple(found.ids[k] for k in order),
        tuple(found.pictures[k] for k in order),
        tuple(found.labels[k] for k in order),
        found.source,
    )


@dataclass(frozen=True)
class Space:
    """Of N pictures the `features` (N, channels) by one of `places`, averaged over each map; the accuracies (0..1) of a
    `probe` in each fold, none where a class has fewer than two pictures; and the network's own accuracy, None where its
    classes are others.
    """

    features: dict[str, Features]
    probes: dict[str, tuple[float, ...]]
    own: float | None


def measure(network: Network, several: PictureSet) -> Generator[tuple[int, int], None, Space]:
    """All of it, in steps: yields (pictures and probes done, in all). No more than one batch of maps is kept."""
    names = _names(network)
    total = len(several) + len(names)
    parts: dict[str, list[Features]] = {place: [] for place in names}
    answers: list[Tensor] = []
    yield 0, total
    for x in several.inputs(network, max(1, AT_ONCE_PX // network.preprocess.input_px**2)):
        run = trace(network, x, keep=names.values())
        check_finite(run.logits)
        for place, pooled in _pooled(run, names).items():
            parts[place].append(pooled)
        answers.append(run.logits.argmax(1))
        yield sum(map(len, answers)), total
    features = {place: np.concatenate(found) for place, found in parts.items()}
    probes = {}
    for place, found in features.items():
        probes[place] = probe(found, several.labels)
        yield len(several) + len(probes), total
    return Space(features, probes, _accuracy(network, torch.cat(answers), several.labels))


def features_of(network: Network, x: Tensor) -> dict[str, Features]:
    """Of `x` (N, 3, H, W) the averaged maps (N, channels) by place."""
    names = _names(network)
    return _pooled(trace(network, x, keep=names.values()), names)


def places(network: Network) -> tuple[str, ...]:
    """The stem's end and the stages."""
    return stem(network)[-1], *stages(network)


def _names(network: Network) -> dict[str, str]:
    return {place: tensor_name(network, place) for place in places(network)}


def _pooled(run: Trace, names: dict[str, str]) -> dict[str, Features]:
    return {place: run[name].mean((2, 3)).numpy() for place, name in names.items()}


def _accuracy(network: Network, answers: Tensor, labels: Sequence[str | None]) -> float | None:
    if not set(labels) <= set(network.labels):
        return None
    right: list[bool] = [network.labels[k] == label for k, label in zip(answers.tolist(), labels, strict=True)]
    return sum(right) / len(right)


def probe(features: Features, labels: Sequence[str | None]) -> tuple[float, ...]:
    """Accuracy of a linear probe on each of FOLDS parts that it did not learn from (Alain & Bengio 2016).

    Logistic regression on features (N, channels) of mean 0 and deviation 1, each class spread evenly over the folds.
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
    """FOLDS, or as many as the smallest class has pictures; 0 where there is nothing to tell apart or to test on."""
    counts = Counter(labels)
    fewest = min(counts.values())
    return min(FOLDS, fewest) if len(counts) > 1 and fewest > 1 else 0


def chance(labels: Sequence[str | None]) -> float:
    """The share of the largest class, 0..1: what always answering it scores."""
    return max(Counter(labels).values()) / len(labels)


@dataclass(frozen=True)
class Projection:
    """`points` (N, 2), the reader's picture `mine` (2,) among them, and of PCA the shares of the variance that the two
    axes hold, 0..1.
    """

    points: NDArray[np.float32]
    mine: NDArray[np.float32]
    shares: tuple[float, float] | None


def project(features: Features, mine: Features, method: str) -> Projection:
    """Features (N, channels) and `mine` (1, channels) in two dimensions by one of METHODS.

    PCA's axes come from the set alone. t-SNE (van der Maaten & Hinton 2008) has no axes to put another picture on, so
    there it is one of the set; it starts from PCA, with a fixed seed.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if method == "pca":
        axes = PCA(2, svd_solver="full").fit(features)
        first, second = axes.explained_variance_ratio_
        return Projection(axes.transform(features), axes.transform(mine)[0], (float(first), float(second)))
    every = np.concatenate([features, mine])
    near = min(PERPLEXITY, (len(every) - 1) / 3)
    points = TSNE(init="pca", perplexity=near, random_state=0).fit_transform(every)
    return Projection(points[:-1], points[-1], None)
