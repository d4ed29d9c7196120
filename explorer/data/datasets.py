"""Data sets for training: decode pictures once to uint8 tensors, cache them on disk, select from them."""

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
from explorer.data import cifar10, class_folders, images, layout
from explorer.data.arriving import Arriving, Unforeseen
from explorer.data.card import TEST_SHARE
from explorer.data.layout import Survey
from explorer.data.names import source_name
from explorer.data.selection import MAX_CLASSES, Selection

_T = TypeVar("_T")

VERSION: Final = 2  # of the cache file format and of how a source is split
CACHE_BYTES: Final = 4 << 30  # all cache files; the least recently used are deleted first
MAX_STORED_BYTES: Final = 4 << 30  # one data set: 28,000 pictures at 224 px
MANY: Final = 2000  # pictures that take longer to decode than a reader likes to wait
VALIDATION_SHARE = 0.1
FEW: Final = 0.25  # of a source: of CIFAR-10 its test pictures and 5,000 others
DIGITS_PX: Final = 32
WORKERS: Final = min(4, os.cpu_count() or 1)  # each may hold 16 million pixels: 250 MB; larger pictures take turns
GROUP_BYTES: Final = 1 << 18  # decoded by one task: for pictures of 1 KB, a task each costs more than decoding


class Interrupted(Exception):
    """`stop` returned True while loading."""


class _Unreadable(Exception):
    """A selected picture cannot be decoded, so the selection must be made among those that can."""


@dataclass(frozen=True)
class Split:
    """Pictures (N, 3, S, S) uint8 and labels (N,) int64."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, places: Tensor | slice) -> "Split":
        """The subset at `places`: indices, a mask (N,) or a slice, which does not copy."""
        return Split(self.images[places], self.labels[places])

    def pictures(self, places: Tensor | slice) -> Tensor:
        """The pictures at `places`, (n, 3, S, S)."""
        return self.images[places]


@dataclass(frozen=True)
class ArrivingSplit(Split):
    """A split of which pictures are still being decoded. `images` are those of all splits, `rows` (N,) this one's."""

    rows: Tensor
    arriving: Arriving

    def at(self, places: Tensor | slice) -> "ArrivingSplit":
        return replace(self, labels=self.labels[places], rows=self.rows[places])

    def pictures(self, places: Tensor | slice) -> Tensor:
        """The pictures at `places`, (n, 3, S, S), once they are decoded. Raises Unforeseen."""
        rows = self.rows[places]
        self.arriving.wait(rows)
        return self.images[rows]


@dataclass(frozen=True)
class DataSet:
    """The selected pictures. Labels are indices into `classes`, which are sorted.

    `validation` is a tenth of the training pictures, held out if the selection has `best_by` "validation", else None.
    `digest` names the cache file. `unreadable` are display names of skipped files. `repeated` counts the test pictures
    whose pixels equal those of a training picture that was decoded. While pictures are `arriving`, these two are not
    yet known, and empty.
    """

    classes: tuple[str, ...]
    train: Split
    test: Split
    validation: Split | None
    digest: str
    unreadable: tuple[str, ...]
    repeated: int
    arriving: Arriving | None = None

    @property
    def side(self) -> int:
        """S, the side of each picture in pixels."""
        return self.test.images.shape[-1]


def load(
    selection: Selection,
    *,
    cache: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] | None = None,
    order: Callable[[int], Tensor] | None = None,
) -> DataSet:
    """Load the pictures that `selection` names, deterministically for the same selection and source.

    The shorter side is resized (bilinear, antialiased) to S pixels and the centre cropped, as for prediction. S is
    `selection.image_size`, or the shorter side of the largest picture if that is less. Digits (8 px) are enlarged to 32
    px, the size that prediction uses; it also allows rotations and shifts of less than a stroke.

    Classes and parts of folders and zips are found by `layout.survey`; without a test part, a fifth of each class
    becomes the test set, drawn with the selection's seed (for digits always the same fifth). A selection of at most FEW
    of a source is decoded alone; otherwise all is decoded, so that the next selection finds it in the cache. The folder
    `cache` stores what was decoded until the source changes (see `class_folders.Source.digest`); cached data is
    memory-mapped.
    `stop()` is called at most ten times a second, and so is `progress(pictures so far, total)` while decoding.
    With `order` a whole source of at least MANY pictures that is not in the cache returns before they are decoded; the
    training pictures arrive in the order `order(N)`, a permutation of them, then the others. The caller ends this by
    `arriving.cancel()`. Raises DataError, or Interrupted once `stop()` returns True.
    """
    watched = _Progress(stop, progress)
    whole = _load_full(selection, cache, watched, early=order is not None)
    data = _select(whole, selection)
    if order is not None and data.arriving:
        train, *others = (
            split.rows for split in (data.train, data.validation, data.test) if isinstance(split, ArrivingSplit)
        )
        data.arriving.start(torch.cat([train[order(len(train))], *others]))
    return data


def cached_test(digest: str, cache: Path, selection: Selection) -> Split | None:
    """The test pictures that `selection` chose from the data set `digest`; None if they are no longer in `cache`.

    The file is memory-mapped; without a subset of classes or a limit, pixels are read only when accessed.
    """
    whole = _read(cache, digest) if re.fullmatch("[0-9a-f]{64}", digest) else None
    if whole is None or not set(selection.classes) <= set(whole.classes):
        return None
    whole = replace(whole, train=whole.train.at(slice(0)))  # choosing classes would copy its pictures
    return whole.with_classes(selection.classes).limit_test(selection.test_limit).test


@dataclass(frozen=True)
class _FullDataSet:
    """Pictures of a source, as stored in a cache file: all, or a selection. `repeated`: (test pictures,) bool.

    `plain`: any selection of these pictures is as if only that had been decoded. None was unreadable, all have the same
    size without having been enlarged, and no test picture is repeated.
    """

    classes: tuple[str, ...]
    train: Split
    test: Split
    repeated: Tensor
    unreadable: tuple[str, ...]
    digest: str
    plain: bool = False
    arriving: Arriving | None = None

    def with_classes(self, classes: tuple[str, ...]) -> "_FullDataSet":
        """Only `classes`; empty means all."""
        if not classes:
            return self
        numbers = torch.tensor(sorted({self.classes.index(name) for name in classes}))
        kept = tuple(self.classes[number] for number in numbers.tolist())
        train, test = (torch.isin(split.labels, numbers) for split in (self.train, self.test))
        chosen = [self.train.at(train), self.test.at(test)]
        renamed = [Split(split.images, torch.searchsorted(numbers, split.labels)) for split in chosen]
        return _FullDataSet(kept, renamed[0], renamed[1], self.repeated[test], self.unreadable, self.digest)

    def limit_test(self, limit: int | None) -> "_FullDataSet":
        """At most `limit` test pictures, balanced over classes and evenly spaced within each; deterministic."""
        if limit is None:
            return self
        ranks, of = _rank_in_class(self.test.labels), self.test.labels.bincount()
        most = self.test.labels[ranks.argsort(stable=True)[:limit]].bincount(minlength=len(of))
        kept = (ranks * most[self.test.labels]) % of[self.test.labels] < most[self.test.labels]
        return replace(self, test=self.test.at(kept), repeated=self.repeated[kept])

    def limit_train(self, limit: int | None, per_class: int | None, seed: int) -> "_FullDataSet":
        """At most `limit` training pictures, balanced over classes, and `per_class` of each, drawn with `seed`."""
        if not (limit or per_class):
            return self
        ranks = _rank_in_class(self.train.labels, seed)
        order = ranks.argsort(stable=True)
        order = order[ranks[order] < (per_class or len(order))][:limit]
        return replace(self, train=self.train.at(order.sort().values))


def _narrowed(whole: _FullDataSet, selection: Selection) -> _FullDataSet:
    """The classes and pictures of `selection`; itself if it has been narrowed before. Raises DataError."""
    # Runs of versions before 2 of the cache named a class by the display name of its folder.
    names = {images.display_name(name): name for name in whole.classes} | {name: name for name in whole.classes}
    if unknown := [name for name in selection.classes if name not in names]:
        some = ", ".join(whole.classes[:12]) + (", …" if len(whole.classes) > 12 else "")
        raise DataError("errors.data_no_class", name=images.display_name(unknown[0]), allowed=some)
    whole = whole.with_classes(tuple(names[name] for name in selection.classes)).limit_test(selection.test_limit)
    _check_class_count(len(whole.classes), Path(selection.data))
    return whole.limit_train(selection.limit, selection.limit_per_class, selection.seed)


def _select(whole: _FullDataSet, selection: Selection) -> DataSet:
    whole = _narrowed(whole, selection)
    train, validation = whole.train, None
    if selection.best_by == "validation":
        aside = _holdout_mask(train.labels, VALIDATION_SHARE, selection.seed)
        if not aside.any():
            raise DataError("errors.data_no_validation")
        train, validation = train.at(~aside), train.at(aside)
    if not len(whole.test):
        raise DataError("errors.data_no_test")
    repeated = int(whole.repeated.sum())
    return DataSet(
        whole.classes, train, whole.test, validation, whole.digest, whole.unreadable, repeated, whole.arriving
    )


def _rank_in_class(labels: Tensor, seed: int | None = None) -> Tensor:
    """(N,): index of each picture within its class, in stored order, or in an order shuffled by `seed`."""
    order = torch.arange(len(labels))
    if seed is not None:
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    by_class = order[labels[order].argsort(stable=True)]
    counts = labels.bincount()
    first = (counts.cumsum(0) - counts)[labels[by_class]]
    return torch.empty_like(labels).scatter_(0, by_class, torch.arange(len(labels)) - first)


def _holdout_mask(labels: Tensor, share: float, seed: int) -> Tensor:
    """(N,) bool: the fraction `share` of each class, at least one picture; none of a class with a single picture."""
    counts = labels.bincount()
    aside = (counts * share).round().clamp(min=1).long() * (counts > 1)
    return _rank_in_class(labels, seed) < aside[labels]


def _load_full(selection: Selection, cache: Path | None, progress: "_Progress", early: bool) -> _FullDataSet:
    if selection.data == "digits":
        return _cached(cache, ["digits"], partial(_digits, progress))
    path = Path(os.path.expanduser(selection.data))
    if selection.data == "cifar10":
        folder = cifar10.find_whole_cifar10()
        if folder is None:
            raise DataError("errors.data_no_cifar10", folder=str(cifar10.search_roots()[0]))
        if folder.kind == "torchvision":
            return _batches(folder.path, cache, progress)
        path = folder.path
    if root := cifar10.batches_root(path):
        return _batches(root, cache, progress)
    with contextlib.ExitStack() as opened:
        source = opened.enter_context(class_folders.open_source(path, progress))
        survey = layout.survey(source, path, progress)
        seed = selection.seed if survey.test is None else None
        key = ["pictures", selection.image_size, seed, source.digest(progress), survey.digest()]
        decode = partial(_decode_source, source, survey, selection, progress)
        chosen = _chosen(survey, selection)
        count, entries = len(chosen.train) + len(chosen.test), _entries(survey)
        if early and count == len(entries) >= MANY and not (cache and _cache_file(cache, _digest(key)).exists()):
            most = selection.image_size
            if whole := _arrive(opened, source, survey, chosen, most, cache, _digest(key)):
                return whole
        if count > FEW * len(entries):
            return _cached(cache, key, decode)
        if cache and (whole := _read(cache, _digest(key))) and whole.plain:
            return whole
        with contextlib.suppress(_Unreadable):
            few = [chosen.classes, chosen.train.images.tolist(), chosen.test.images.tolist()]
            return _cached(cache, [*key, few], partial(decode, chosen=chosen))
        return _cached(cache, key, decode)


def _batches(root: Path, cache: Path | None, progress: "_Progress") -> _FullDataSet:
    """CIFAR-10 in torchvision's layout."""
    return _cached(cache, ["cifar10", cifar10.cifar10_checksums()], partial(_cifar10, root, progress))


def _check_class_count(count: int, path: Path) -> None:
    if not 2 <= count <= MAX_CLASSES:
        raise DataError("errors.data_class_count", file=source_name(path), count=count, limit=MAX_CLASSES)


def _cifar10(root: Path, progress: "_Progress", digest: str) -> _FullDataSet:
    train, test = (_split(*cifar10.cifar10_batches(root, train=train)) for train in (True, False))
    return _FullDataSet(cifar10.CIFAR10_CLASSES, train, test, _duplicates_mask(train, test, progress), (), digest)


def _split(pixels: NDArray[np.uint8], labels: Sequence[int] | NDArray[np.int64]) -> Split:
    """Convert pixels (N, S, S, 3) to a Split."""
    return Split(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), torch.as_tensor(labels))


def _digits(progress: "_Progress", digest: str) -> _FullDataSet:
    pixels, labels = cifar10.digits()
    whole = _split(
        np.stack([resize_and_crop(Image.fromarray(digit).convert("RGB"), DIGITS_PX) for digit in pixels]), labels
    )
    aside = _holdout_mask(whole.labels, TEST_SHARE, seed=0)
    train, test = whole.at(~aside), whole.at(aside)
    return _FullDataSet(tuple("0123456789"), train, test, _duplicates_mask(train, test, progress), (), digest)


def _chosen(survey: Survey, selection: Selection) -> _FullDataSet:
    """What `_narrowed` keeps if every file can be decoded. Instead of images: indices of `_entries(survey)`, (N,)."""
    numbers = {name: k for k, name in enumerate(survey.classes)}
    labels = torch.tensor([numbers[label] for label, _ in _entries(survey)])
    train, test = _parts(Split(torch.arange(len(labels)), labels), survey, len(survey.train), selection.seed)
    unknown = torch.zeros(len(test), dtype=torch.bool)
    return _narrowed(_FullDataSet(survey.classes, train, test, unknown, (), ""), selection)


def _entries(survey: Survey) -> list[tuple[str, str]]:
    """Class and file of each picture: for training, then of the test part if there is one."""
    return [*survey.train, *(survey.test or ())]


def _parts(whole: Split, survey: Survey, in_train: int, seed: int) -> tuple[Split, Split]:
    """Training and test pictures: the first `in_train` and the others, or a fifth of each class."""
    if survey.test is None:
        aside = _holdout_mask(whole.labels, TEST_SHARE, seed)
        return whole.at(~aside), whole.at(aside)
    return whole.at(slice(in_train)), whole.at(slice(in_train, None))


def _decode_source(
    source: class_folders.Source, survey: Survey, selection: Selection, progress: "_Progress", digest: str,
    *, chosen: _FullDataSet | None = None,
) -> _FullDataSet:  # fmt: skip
    """Decode all pictures, or the `chosen` ones; of these, raises _Unreadable at the first that cannot be decoded."""
    if chosen:
        every = _entries(survey)
        train, test = ([every[k] for k in split.images.tolist()] for split in (chosen.train, chosen.test))
        survey = replace(survey, train=train, test=test)
    classes = {name: k for k, name in enumerate(chosen.classes if chosen else survey.classes)}
    entries = _entries(survey)
    unreadable, labels, kept = survey.unreadable(), [], deque[NDArray[np.uint8]]()
    side, smallest, kept_bytes, in_train = 1, selection.image_size, 0, 0
    pictures = _decode_pictures(source, [name for _, name in entries], selection.image_size, progress)
    for k, ((label, name), picture) in enumerate(zip(entries, pictures, strict=True)):
        if picture is None:
            if chosen:
                raise _Unreadable
            unreadable.append(f"{images.display_name(label)}/{images.display_name(name)}")
            continue
        short = min(picture.shape[:2])
        side, smallest, kept_bytes = max(side, short), min(smallest, short), kept_bytes + picture.nbytes
        _check_bytes(len(entries), side, kept_bytes)
        kept.append(picture)
        labels.append(classes[label])
        in_train += k < len(survey.train)
    if not chosen and (missing := set(classes.values()) - set(labels[:in_train])):
        raise DataError("errors.data_class_empty", name=list(classes)[min(missing)])
    whole = Split(_stack(kept, side, progress), torch.tensor(labels))
    learned, tested = _parts(whole, survey, in_train, selection.seed)
    repeated = _duplicates_mask(learned, tested, progress)
    plain = len(labels) == len(entries) and smallest == side and not repeated.any()
    return _FullDataSet(tuple(classes), learned, tested, repeated, tuple(unreadable), digest, bool(plain))


def _arrive(
    opened: contextlib.ExitStack, source: class_folders.Source, survey: Survey, chosen: _FullDataSet, most: int,
    cache: Path | None, digest: str,
) -> _FullDataSet | None:  # fmt: skip
    """All pictures of the source, for a thread to decode, which then closes `opened`; None if that is not possible.

    Assumed: every picture can be decoded, and none is larger than the first if that is smaller than `most` pixels.
    """
    entries = _entries(survey)
    names = [entries[k][1] for split in (chosen.train, chosen.test) for k in split.images.tolist()]
    first = _decode_small(source.read(names[0]), most)
    if first is None or not chosen.train.labels.bincount(minlength=len(chosen.classes)).all():
        return None
    side = min(first.shape[:2])
    _check_bytes(len(names), side)
    stored = torch.empty(len(names), 3, side, side, dtype=torch.uint8)
    train, test = slice(len(chosen.train)), slice(len(chosen.train), None)
    closing, enlarged = opened.pop_all(), list[int]()
    progress = _Progress(lambda: False, None)  # the caller cancels

    def decode(rows: list[int]) -> Iterator[tuple[int, Tensor]]:
        with closing:
            pictures = _decode_pictures(source, [names[row] for row in rows], most, progress)
            for row, picture in zip(rows, pictures, strict=True):
                if picture is None or min(picture.shape[:2]) > side:
                    raise Unforeseen
                if min(picture.shape[:2]) < side:
                    enlarged.append(row)
                yield row, torch.from_numpy(_fitted(picture, side)).permute(2, 0, 1)

    def finish() -> int:
        splits = Split(stored[train], chosen.train.labels), Split(stored[test], chosen.test.labels)
        repeated = _duplicates_mask(*splits, progress)
        plain = not enlarged and not survey.unreadable() and not repeated.any()
        if cache:
            _write(cache, _FullDataSet(chosen.classes, *splits, repeated, unreadable, digest, plain))
        return int(repeated.sum())

    unreadable = tuple(survey.unreadable())
    arriving = Arriving(stored, decode, finish)
    rows, unknown = torch.arange(len(names)), torch.zeros(len(chosen.test), dtype=torch.bool)
    learned = ArrivingSplit(stored, chosen.train.labels, rows[train], arriving)
    tested = ArrivingSplit(stored, chosen.test.labels, rows[test], arriving)
    return _FullDataSet(chosen.classes, learned, tested, unknown, unreadable, digest, arriving=arriving)


def _stack(kept: deque[NDArray[np.uint8]], side: int, progress: "_Progress") -> Tensor:
    """Stack pictures to (N, 3, side, side). Empties `kept` meanwhile, so that no picture is in memory twice."""
    stored = np.empty((len(kept), 3, side, side), np.uint8)
    for place in stored:
        progress()
        pixels = kept.popleft()
        place[:] = _fitted(pixels, side).transpose(2, 0, 1)
    return torch.from_numpy(stored)


def _fitted(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(side, side, 3) of a picture that `_decode_small` returned."""
    return pixels if pixels.shape[:2] == (side, side) else resize_and_crop(Image.fromarray(pixels), side)


def _check_bytes(count: int, side: int, kept_bytes: int = 0) -> None:
    """Raises DataError if `count` pictures of `side` x `side` pixels need too much memory, or those kept so far do."""
    if max(kept_bytes, count * 3 * side**2) > MAX_STORED_BYTES:
        raise DataError("errors.data_too_large", count=count, side=side, limit_gb=MAX_STORED_BYTES >> 30)


def _decode_pictures(
    source: class_folders.Source, names: list[str], side: int, progress: "_Progress"
) -> Iterator[NDArray[np.uint8] | None]:
    """Decode the files in order with `_decode_small`, (H, W, 3) each; None for an unreadable file."""
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        futures = (pool.submit(_decode_group, group, side) for group in _read_groups(source, names))
        for ready in _in_order(futures, WORKERS):
            yield from ready
            done += len(ready)
            progress(done, len(names))


def _in_order(futures: Iterator[Future[_T]], ahead: int) -> Iterator[_T]:
    """Results of `futures` in order. At most `ahead` run at a time, which bounds memory."""
    waiting = deque[Future[_T]]()
    for future in futures:
        waiting.append(future)
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()


def _read_groups(source: class_folders.Source, names: list[str]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for name in names:
        group.append(source.read(name))
        size += len(group[-1]) + 1024  # decoding also has a fixed cost per picture
        if size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    yield group


def _decode_group(contents: list[bytes], side: int) -> list[NDArray[np.uint8] | None]:
    return [_decode_small(content, side) for content in contents]


def _decode_small(content: bytes, side: int) -> NDArray[np.uint8] | None:
    """Decode a picture (H, W, 3), resized to `side` x `side` if it is at least that large; None if unreadable."""
    try:
        picture = images.decode(content).image
    except PictureError:
        return None
    short = min(picture.size)
    if short >= side and picture.size != (side, side):
        return resize_and_crop(picture, side)
    return np.array(_crop_strip(picture))


def resize_and_crop(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """(side, side, 3): the transform of `Preprocessing`, without normalisation."""
    small = TF.resize(_crop_strip(picture), [side], InterpolationMode.BILINEAR, antialias=True)
    return np.array(TF.center_crop(small, [side]))


def _crop_strip(picture: Image.Image) -> Image.Image:
    """Crop to an aspect ratio of at most 8, around the centre.

    Of a strip of 1x30000 pixels, far more would be stored or enlarged than the centre crop uses.
    """
    limit = 8 * min(picture.size)
    if max(picture.size) <= limit:
        return picture
    cut: Image.Image = TF.center_crop(picture, [min(length, limit) for length in (picture.height, picture.width)])
    return cut


def _duplicates_mask(train: Split, test: Split, progress: "_Progress") -> Tensor:
    """(test pictures,) bool: whether a training picture has the same pixels."""
    seen = set(_pixel_digests(train.images, progress))
    return torch.tensor([digest in seen for digest in _pixel_digests(test.images, progress)], dtype=torch.bool)


def _pixel_digests(pictures: Tensor, progress: "_Progress") -> Iterator[bytes]:
    for picture in pictures.numpy():
        progress()
        yield hashlib.sha256(picture.data).digest()


class _Progress:
    """Calls `stop` and `progress`, at most ten times a second and at the end."""

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


def _cached(cache: Path | None, key: list[Any], make: Callable[[str], _FullDataSet]) -> _FullDataSet:
    """Load the data set of `key` from `cache`, or create it with `make(digest)` and store it there."""
    digest = _digest(key)
    if cache is None:
        return make(digest)
    whole = _read(cache, digest)
    if whole is None:
        whole = make(digest)
        _write(cache, whole)
    return whole


def _digest(key: list[Any]) -> str:
    return hashlib.sha256(json.dumps([VERSION, *key]).encode()).hexdigest()


def _cache_file(cache: Path, digest: str) -> Path:
    return cache / f"{digest}.safetensors"


def _read(cache: Path, digest: str) -> _FullDataSet | None:
    """Load a cache file; None if it is missing or damaged."""
    file = _cache_file(cache, digest)
    try:
        with safe_open(file, "pt") as opened:
            facts = json.loads(opened.metadata()["facts"])
            train, test = (
                Split(opened.get_tensor(f"{part}_images"), opened.get_tensor(f"{part}_labels"))
                for part in ("train", "test")
            )
            repeated = opened.get_tensor("repeated")
        os.utime(file)  # for least-recently-used eviction
        names, unreadable = tuple(facts["classes"]), tuple(facts["unreadable"])
        return _FullDataSet(names, train, test, repeated, unreadable, digest, facts.get("plain", False))
    except (OSError, SafetensorError, ValueError, TypeError, KeyError):
        return None


def _write(cache: Path, whole: _FullDataSet) -> None:
    """Write a cache file atomically. Write errors (full disk, read-only folder) are ignored: the next start decodes
    again."""
    file = _cache_file(cache, whole.digest)
    part = file.with_name(f".{uuid.uuid4().hex}.part")
    tensors = {"repeated": whole.repeated}
    for name, split in (("train", whole.train), ("test", whole.test)):
        tensors |= {f"{name}_images": split.images, f"{name}_labels": split.labels}
    facts = json.dumps({"classes": whole.classes, "unreadable": whole.unreadable, "plain": whole.plain})
    try:
        cache.mkdir(parents=True, exist_ok=True)
        save_file(tensors, part, {"facts": facts})
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        files.replace(part, file)
        _evict_oldest(cache)
    except (OSError, SafetensorError):
        return
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _evict_oldest(cache: Path) -> None:
    """Delete the least recently used cache files beyond CACHE_BYTES, and parts of killed processes.

    A part that is being written is the most recent file, so it stays.
    """
    room, entries = CACHE_BYTES, []
    for file in (*cache.glob("*.safetensors"), *cache.glob(".*.part")):
        with contextlib.suppress(FileNotFoundError):  # deleted by another process
            entries.append((file.stat().st_mtime_ns, file.stat().st_size, file))
    for _, size, file in sorted(entries, reverse=True):
        room -= size
        if room < 0:
            with contextlib.suppress(PermissionError):  # Windows: still memory-mapped by a run; a later call deletes it
                file.unlink(missing_ok=True)
