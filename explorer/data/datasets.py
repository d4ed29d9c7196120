"""The pictures of a fine-tune: pictures decoded once to uint8 tensors, kept on disk, then chosen from."""

import contextlib
import hashlib
import json
import os
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

from explorer.core import files
from explorer.core.errors import DataError, PictureError
from explorer.data import cifar10, class_folders, images
from explorer.data.selection import MAX_CLASSES, Selection

_T = TypeVar("_T")

VERSION: Final = 1  # of a cache file
CACHE_BYTES: Final = 4 << 30  # of all cache files; the ones not used for longest go first
MAX_STORED_BYTES: Final = 4 << 30  # of one data set: 28,000 pictures at 224 px
TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
DIGITS_PX: Final = 32
WORKERS: Final = min(4, os.cpu_count() or 1)  # each may hold a picture of 50 million pixels, 300 MB
GROUP_BYTES: Final = 1 << 18  # decoded in one go: handing 1 KB pictures over one by one takes longer than decoding them


class Interrupted(Exception):
    """Loading was told to stop."""


@dataclass(frozen=True)
class Split:
    """Pictures (N, 3, S, S) uint8 and their classes (N,) int64."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, places: Tensor | slice) -> "Split":
        """Those at `places`: indices, or a mask (N,). A slice does not copy."""
        return Split(self.images[places], self.labels[places])


@dataclass(frozen=True)
class DataSet:
    """The pictures that a selection chose. Labels count through `classes`, which are sorted.

    `validation` is a tenth of the training pictures, kept aside where the selection's best epoch is told by it.
    `digest` names the cache file. `unreadable` are display names of files that were skipped. `repeated` counts the test
    pictures whose pixels are those of a training picture of the source too.
    """

    classes: tuple[str, ...]
    train: Split
    test: Split
    validation: Split | None
    digest: str
    unreadable: tuple[str, ...]
    repeated: int

    @property
    def side(self) -> int:
        """S, the pixels a side of every picture."""
        return self.test.images.shape[-1]


def load(
    selection: Selection,
    *,
    cache: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] | None = None,
) -> DataSet:
    """The pictures that `selection` names: the same ones in the same order for the same selection and source.

    They are stored at S pixels a side, `selection.image_size` or the shorter side of the largest picture where that is
    less: the shorter side is resized (bilinear, antialiased) to S and the centre cut out, as a picture is for
    prediction. Digits (8 px) are enlarged so to 32, which is what prediction shows a network, and lets them be turned
    and shifted by less than a stroke.

    Folders and zips are read as `sources.parts` says; without a test part, a fifth of each class is kept for it, by the
    selection's seed (of the digits always the same fifth). The folder `cache` keeps what was decoded, whole, until the
    source changes (`sources.Source.digest` says how that is told); what comes from there is mapped into memory.
    `stop` is asked ten times a second; `progress(pictures so far, in all)` is called as often while decoding.
    Raises DataError with what is wrong and what to do, and Interrupted.
    """
    return _chosen(_whole(selection, cache, _Pulse(stop, progress)), selection)


def cached_test(digest: str, cache: Path, selection: Selection) -> Split | None:
    """The test pictures that `selection` chose of the data set `digest`, where `cache` still has them.

    Where it has all of them nothing is read before it is looked at: the file is mapped into memory.
    """
    whole = _read(cache, digest) if re.fullmatch("[0-9a-f]{64}", digest) else None
    if whole is None or not set(selection.classes) <= set(whole.classes):
        return None
    return whole.of(selection.classes).tested(selection.test_limit).test


@dataclass(frozen=True)
class _Whole:
    """All of a source, as a cache file has it. `repeated` (test pictures,) bool."""

    classes: tuple[str, ...]
    train: Split
    test: Split
    repeated: Tensor
    unreadable: tuple[str, ...]
    digest: str

    def of(self, classes: tuple[str, ...]) -> "_Whole":
        """Only `classes`; none named means all."""
        if not classes:
            return self
        numbers = torch.tensor(sorted({self.classes.index(name) for name in classes}))
        kept = tuple(self.classes[number] for number in numbers.tolist())
        train, test = (torch.isin(split.labels, numbers) for split in (self.train, self.test))
        chosen = [self.train.at(train), self.test.at(test)]
        renamed = [Split(split.images, torch.searchsorted(numbers, split.labels)) for split in chosen]
        return _Whole(kept, renamed[0], renamed[1], self.repeated[test], self.unreadable, self.digest)

    def tested(self, limit: int | None) -> "_Whole":
        """With at most `limit` test pictures, evenly by class and evenly spread over each: the same ones each time."""
        if limit is None:
            return self
        ranks, of = _ranks(self.test.labels), self.test.labels.bincount()
        most = self.test.labels[ranks.argsort(stable=True)[:limit]].bincount(minlength=len(of))
        kept = (ranks * most[self.test.labels]) % of[self.test.labels] < most[self.test.labels]
        return replace(self, test=self.test.at(kept), repeated=self.repeated[kept])


def _chosen(whole: _Whole, selection: Selection) -> DataSet:
    if unknown := [name for name in selection.classes if name not in whole.classes]:
        some = ", ".join(whole.classes[:12]) + (", …" if len(whole.classes) > 12 else "")
        raise DataError("errors.data_no_class", name=images.display_name(unknown[0]), allowed=some)
    whole = whole.of(selection.classes).tested(selection.test_limit)
    _check_class_count(len(whole.classes), Path(selection.data))
    train, validation = whole.train, None
    if selection.limit or selection.limit_per_class:
        ranks = _ranks(train.labels, selection.seed)
        order = ranks.argsort(stable=True)
        order = order[ranks[order] < (selection.limit_per_class or len(train))][: selection.limit]
        train = train.at(order.sort().values)
    if selection.best_by == "validation":
        aside = _kept_aside(train.labels, VALIDATION_SHARE, selection.seed)
        if not aside.any():
            raise DataError("errors.data_no_validation")
        train, validation = train.at(~aside), train.at(aside)
    if not len(whole.test):
        raise DataError("errors.data_no_test")
    repeated = int(whole.repeated.sum())
    return DataSet(whole.classes, train, whole.test, validation, whole.digest, whole.unreadable, repeated)


def _ranks(labels: Tensor, seed: int | None = None) -> Tensor:
    """(N,): the place of each picture among those of its class, in their order, or shuffled by `seed`."""
    order = torch.arange(len(labels))
    if seed is not None:
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    by_class = order[labels[order].argsort(stable=True)]
    counts = labels.bincount()
    first = (counts.cumsum(0) - counts)[labels[by_class]]
    return torch.empty_like(labels).scatter_(0, by_class, torch.arange(len(labels)) - first)


def _kept_aside(labels: Tensor, share: float, seed: int) -> Tensor:
    """(N,) bool: `share` of each class, at least one picture, but none of a class that has a single one."""
    counts = labels.bincount()
    aside = (counts * share).round().clamp(min=1).long() * (counts > 1)
    return _ranks(labels, seed) < aside[labels]


def _whole(selection: Selection, cache: Path | None, pulse: "_Pulse") -> _Whole:
    if selection.data == "digits":
        return _cached(cache, ["digits"], partial(_digits, pulse))
    path = Path(os.path.expanduser(selection.data))
    if selection.data == "cifar10":
        found = cifar10.find_whole_cifar10()
        if found is None:
            raise DataError("errors.data_no_cifar10", folder=str(cifar10.roots()[0]))
        if found.kind == "torchvision":
            return _cached(cache, ["cifar10", cifar10.cifar10_checksums()], partial(_cifar10, found.path, pulse))
        path = found.path
    with class_folders.opened(path, pulse) as source:
        parts = class_folders.parts(source.names)
        pulse()
        _check_class_count(len({name for name, _ in parts.train}), path)
        seed = selection.seed if parts.test is None else None
        key = ["pictures", selection.image_size, seed, source.digest(pulse)]
        return _cached(cache, key, partial(_decoded, source, parts, selection, pulse))


def check(path: Path) -> None:
    """Raises DataError for a folder or zip that no run could take as its pictures."""
    with class_folders.opened(path, lambda: None) as source:
        _check_class_count(len({label for label, _ in class_folders.parts(source.names).train}), path)


def _check_class_count(count: int, path: Path) -> None:
    if not 2 <= count <= MAX_CLASSES:
        raise DataError("errors.data_class_count", file=class_folders.name(path), count=count, limit=MAX_CLASSES)


def _cifar10(root: Path, pulse: "_Pulse", digest: str) -> _Whole:
    train, test = (_split(*cifar10.cifar10_batches(root, train=train)) for train in (True, False))
    return _Whole(cifar10.CIFAR10_CLASSES, train, test, _repeated(train, test, pulse), (), digest)


def _split(pixels: NDArray[np.uint8], labels: Sequence[int] | NDArray[np.int64]) -> Split:
    """Of pixels (N, S, S, 3)."""
    return Split(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), torch.as_tensor(labels))


def _digits(pulse: "_Pulse", digest: str) -> _Whole:
    pixels, labels = cifar10.digits()
    whole = _split(np.stack([_squared(Image.fromarray(digit).convert("RGB"), DIGITS_PX) for digit in pixels]), labels)
    aside = _kept_aside(whole.labels, TEST_SHARE, seed=0)
    train, test = whole.at(~aside), whole.at(aside)
    return _Whole(tuple("0123456789"), train, test, _repeated(train, test, pulse), (), digest)


def _decoded(
    source: class_folders.Source, parts: class_folders.Parts, selection: Selection, pulse: "_Pulse", digest: str
) -> _Whole:
    classes = {name: k for k, name in enumerate(sorted({name for name, _ in parts.train}))}
    if strange := [name for name, _ in parts.test or () if name not in classes]:
        raise DataError("errors.data_class_only_in_test", name=strange[0])
    listed = [*parts.train, *(parts.test or ())]
    unreadable, labels, kept = list(source.skipped), [], deque[NDArray[np.uint8]]()
    side, kept_bytes, in_train = 1, 0, 0
    pictures = _pictures(source, [name for _, name in listed], selection.image_size, pulse)
    for k, ((label, name), picture) in enumerate(zip(listed, pictures, strict=True)):
        if picture is None:
            unreadable.append(f"{label}/{images.display_name(name)}")
            continue
        side, kept_bytes = max(side, min(picture.shape[:2])), kept_bytes + picture.nbytes
        if max(kept_bytes, len(listed) * 3 * side**2) > MAX_STORED_BYTES:
            limit_gb = MAX_STORED_BYTES >> 30
            raise DataError("errors.data_too_large", count=len(listed), side=side, limit_gb=limit_gb)
        kept.append(picture)
        labels.append(classes[label])
        in_train += k < len(parts.train)
    if missing := set(classes.values()) - set(labels[:in_train]):
        raise DataError("errors.data_class_empty", name=list(classes)[min(missing)])
    whole = Split(_stacked(kept, side, pulse), torch.tensor(labels))
    if parts.test is None:
        aside = _kept_aside(whole.labels, TEST_SHARE, selection.seed)
        train, test = whole.at(~aside), whole.at(aside)
    else:
        train, test = whole.at(slice(in_train)), whole.at(slice(in_train, None))
    return _Whole(tuple(classes), train, test, _repeated(train, test, pulse), tuple(unreadable), digest)


def _stacked(kept: deque[NDArray[np.uint8]], side: int, pulse: "_Pulse") -> Tensor:
    """(N, 3, side, side). Empties `kept` on the way, so that no picture is held twice."""
    stored = np.empty((len(kept), 3, side, side), np.uint8)
    for place in stored:
        pulse()
        pixels = kept.popleft()
        if pixels.shape[:2] != (side, side):
            pixels = _squared(Image.fromarray(pixels), side)
        place[:] = pixels.transpose(2, 0, 1)
    return torch.from_numpy(stored)


def _pictures(
    source: class_folders.Source, names: list[str], side: int, pulse: "_Pulse"
) -> Iterator[NDArray[np.uint8] | None]:
    """The pictures in order, (H, W, 3), as `_shrunk` says; None in the place of one that cannot be read."""
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        futures = (pool.submit(_all_shrunk, group, side) for group in _groups(source, names))
        for ready in _in_order(futures, WORKERS):
            yield from ready
            done += len(ready)
            pulse(done, len(names))


def _in_order(futures: Iterator[Future[_T]], ahead: int) -> Iterator[_T]:
    """Their results; no more than `ahead` are under way, so that memory stays flat."""
    waiting = deque[Future[_T]]()
    for future in futures:
        waiting.append(future)
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()


def _groups(source: class_folders.Source, names: list[str]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for name in names:
        group.append(source.read(name))
        size += len(group[-1]) + 1024  # a picture takes its time, however few bytes it has
        if size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    yield group


def _all_shrunk(contents: list[bytes], side: int) -> list[NDArray[np.uint8] | None]:
    return [_shrunk(content, side) for content in contents]


def _shrunk(content: bytes, side: int) -> NDArray[np.uint8] | None:
    """The picture (H, W, 3), made `side` x `side` where both sides have that much, else as it is."""
    try:
        picture = images.decode(content).image
    except PictureError:
        return None
    short = min(picture.size)
    if short >= side and picture.size != (side, side):
        return _squared(picture, side)
    return np.array(_not_too_long(picture))


def _squared(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """(side, side, 3): what `Preprocessing` shows a network of a picture, before it is normalised."""
    small = TF.resize(_not_too_long(picture), [side], InterpolationMode.BILINEAR, antialias=True)
    return np.array(TF.center_crop(small, [side]))


def _not_too_long(picture: Image.Image) -> Image.Image:
    """The middle of a strip: of 1x30000 pixels, far more would be kept, or enlarged, than is ever shown."""
    limit = 8 * min(picture.size)
    if max(picture.size) <= limit:
        return picture
    cut: Image.Image = TF.center_crop(picture, [min(length, limit) for length in (picture.height, picture.width)])
    return cut


def _repeated(train: Split, test: Split, pulse: "_Pulse") -> Tensor:
    """(test pictures,) bool: is there a training picture with the same pixels?"""
    seen = set(_digests(train.images, pulse))
    return torch.tensor([digest in seen for digest in _digests(test.images, pulse)], dtype=torch.bool)


def _digests(pictures: Tensor, pulse: "_Pulse") -> Iterator[bytes]:
    for picture in pictures.numpy():
        pulse()
        yield hashlib.sha256(picture.data).digest()


class _Pulse:
    """Asks whether to stop and tells how far it got, ten times a second at most and at the end."""

    def __init__(self, stop: Callable[[], bool], progress: Callable[[int, int], None] | None) -> None:
        self._stop, self._progress, self._last = stop, progress, -1.0

    def __call__(self, done: int = 0, total: int = 0) -> None:
        if time.monotonic() - self._last < 0.1 and not 0 < done == total:
            return
        self._last = time.monotonic()
        if self._stop():
            raise Interrupted
        if self._progress and total:
            self._progress(done, total)


def _cached(cache: Path | None, key: list[Any], make: Callable[[str], _Whole]) -> _Whole:
    """What `cache` keeps under `key`, or else `make(digest)`, which is then kept there."""
    digest = hashlib.sha256(json.dumps([VERSION, *key]).encode()).hexdigest()
    if cache is None:
        return make(digest)
    whole = _read(cache, digest)
    if whole is None:
        whole = make(digest)
        _write(cache, whole)
    return whole


def _file(cache: Path, digest: str) -> Path:
    return cache / f"{digest}.safetensors"


def _read(cache: Path, digest: str) -> _Whole | None:
    """None where there is no such file, or a damaged one."""
    file = _file(cache, digest)
    try:
        with safe_open(file, "pt") as opened:
            facts = json.loads(opened.metadata()["facts"])
            train, test = (
                Split(opened.get_tensor(f"{part}_images"), opened.get_tensor(f"{part}_labels"))
                for part in ("train", "test")
            )
            repeated = opened.get_tensor("repeated")
        os.utime(file)  # was used now
        return _Whole(tuple(facts["classes"]), train, test, repeated, tuple(facts["unreadable"]), digest)
    except (OSError, SafetensorError, ValueError, TypeError, KeyError):
        return None


def _write(cache: Path, whole: _Whole) -> None:
    """Atomic. Where it cannot be written (a full disk, a read-only folder) the next start decodes again, no more."""
    file = _file(cache, whole.digest)
    part = file.with_name(f".{uuid.uuid4().hex}.part")
    tensors = {"repeated": whole.repeated}
    for name, split in (("train", whole.train), ("test", whole.test)):
        tensors |= {f"{name}_images": split.images, f"{name}_labels": split.labels}
    facts = json.dumps({"classes": whole.classes, "unreadable": whole.unreadable})
    try:
        cache.mkdir(parents=True, exist_ok=True)
        save_file(tensors, part, {"facts": facts})
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        files.replace(part, file)
        _drop_oldest(cache)
    except (OSError, SafetensorError):
        return
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _drop_oldest(cache: Path) -> None:
    """Parts that a killed process left are among them; one that is being written is the youngest."""
    room, youngest_first = CACHE_BYTES, []
    for file in (*cache.glob("*.safetensors"), *cache.glob(".*.part")):
        with contextlib.suppress(FileNotFoundError):  # another process drops too
            youngest_first.append((file.stat().st_mtime_ns, file.stat().st_size, file))
    for _, size, file in sorted(youngest_first, reverse=True):
        room -= size
        if room < 0:
            with contextlib.suppress(PermissionError):  # Windows: a run has it mapped; it goes after a later one
                file.unlink(missing_ok=True)
