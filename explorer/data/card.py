"""The data card: what a data set holds and how it would be used, before anything is decoded. Does not import torch."""

import contextlib
import io
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from explorer.core.errors import DataError, PictureError
from explorer.core.i18n import t
from explorer.data import cifar10, class_folders, formats, images, layout
from explorer.data.class_folders import Check, Source
from explorer.data.names import source_name

SAMPLE: Final = 200  # pictures whose size is read
EXAMPLES: Final = 4  # of each class
THUMBNAIL_PX: Final = 96
MAX_LISTED: Final = 200  # files that are named
TEST_SHARE: Final = 0.2  # of each class, if the source has no test part
BATCH_BYTES: Final = 10_000 * 3072  # pixels of one of CIFAR-10's files


@dataclass(frozen=True)
class Card:
    """What `look` found.

    `classes`: class -> pictures (train, test), in natural order (2 before 10). `split` is `given`, or `made` if a fifth
    of each class is held out. `parts`: folder of each part -> pictures in it, also of parts that are not used; `used`:
    the folder that is `train`, and that is `test` ("" if the test set is made). `sizes_px`: smallest, median and
    largest shorter side of at most SAMPLE pictures. `skipped`: display name and message key of why, of the files that a
    user would expect to be used first, at most MAX_LISTED; `left_out`: message key of why -> count, of all. `notes` are
    message keys with their values. `examples`: class -> names of at most EXAMPLES files, for the function `examples`.
    """

    name: str
    classes: Mapping[str, tuple[int, int]]
    split: str
    parts: Mapping[str, int]
    used: Mapping[str, str]
    sizes_px: tuple[int, int, int]
    skipped: tuple[tuple[str, str], ...]
    left_out: Mapping[str, int]
    notes: tuple[tuple[str, dict[str, Any]], ...]
    examples: Mapping[str, tuple[str, ...]]

    @property
    def counts(self) -> tuple[int, int]:
        """Pictures in the training and in the test set."""
        return sum(train for train, _ in self.classes.values()), sum(test for _, test in self.classes.values())

    @property
    def remarks(self) -> list[tuple[str, dict[str, Any]]]:
        """Message keys and values: where the test pictures come from, the pictures' sizes, then the notes."""
        low, median, high = self.sizes_px
        given = self.split == "given" and not self.used["train"]  # by the data set itself
        return [
            *([] if given else [(f"data.split_{self.split}", dict(self.used))]),
            ("data.card_size" if low == high else "data.card_sizes", {"low": low, "median": median, "high": high}),
            *self.notes,
        ]

    def left_out_lines(self, most: int) -> Iterator[tuple[str, int, str]]:
        """Of each reason: its message key, the number of files, and the names of at most `most` of them."""
        for why, count in self.left_out.items():
            names = [name for name, each in self.skipped if each == why][:most]
            yield why, count, ", ".join([*names, *(["…"] if count > len(names) else [])])

    def to_json(self) -> dict[str, Any]:
        """JSON values; reasons are in English."""
        return {
            "name": self.name,
            "classes": {name: {"train": train, "test": test} for name, (train, test) in self.classes.items()},
            "split": self.split,
            "parts": dict(self.parts),
            "used": dict(self.used),
            "sizes_px": list(self.sizes_px),
            "skipped": [{"name": name, "why": t(why)} for name, why in self.skipped],
            "left_out": {t(why): count for why, count in self.left_out.items()},
            "notes": [t(key, **values) for key, values in self.notes],
        }


def look(data: Path | str, check: Check = lambda: None) -> Card:
    """The card of a folder or zip, or of `cifar10` or `digits`.

    Reads the names of all files, the first bytes of those whose suffix is not a picture's, and the headers of SAMPLE
    pictures: 60,000 pictures take about a second. `check` is called often and may raise. Raises DataError if the data
    cannot be learned, as loading it would.
    """
    if str(data) == "digits":
        return _digits()
    path = _path(data)
    if root := cifar10.batches_root(path):
        return _batches(root)
    with class_folders.open_source(path, check) as source:
        found_parts = layout.survey(source, path, check)
        train, test = _by_class(found_parts.train), _by_class(found_parts.test or ())
        examples = {name: _spread(train[name], EXAMPLES) for name in train}
        if found_parts.test is None and all(len(names) == 1 for names in train.values()):
            raise DataError("errors.data_no_test")
        sizes = _sizes(source, train, check)
        left_out = sorted(found_parts.left_out, key=lambda each: each[1] not in layout.UNREADABLE)
        return Card(
            name="CIFAR-10" if str(data) == "cifar10" else source_name(path),
            classes={name: _counts(train[name], test.get(name, []), made=found_parts.test is None)
                     for name in sorted(train, key=natural)},
            split="made" if found_parts.test is None else "given",
            parts=found_parts.parts,
            used=found_parts.used,
            sizes_px=sizes,
            skipped=tuple((layout.shown(name), why) for name, why in left_out[:MAX_LISTED]),
            left_out=Counter(why for _, why in left_out),
            notes=tuple(found_parts.notes),
            examples=examples,
        )  # fmt: skip


def examples(
    data: Path | str, card: Card, names: Sequence[str], check: Check = lambda: None
) -> dict[str, list[Image.Image]]:
    """Up to EXAMPLES training pictures of each class in `names`, at most THUMBNAIL_PX on a side.

    `card` is that of `data`. Pictures that cannot be read are left out. For CIFAR-10 in torchvision's layout this
    imports torch, and shows test pictures. Raises DataError if the data is gone.
    """
    if str(data) == "digits":
        return {name: [_small(images.open_sample(f"digit-{name}").image)] for name in names}
    path = _path(data)
    if root := cifar10.batches_root(path):
        folder = cifar10.DataFolder("torchvision", root, cifar10.CIFAR10_CLASSES)
        return {
            name: [_small(images.decode(cifar10.test_picture(folder, name, k, images.MAX_BYTES)).image)
                   for k in range(EXAMPLES)]
            for name in names
        }  # fmt: skip
    found: dict[str, list[Image.Image]] = {name: [] for name in names}
    with class_folders.open_source(path, check) as source:
        for name in names:
            for file in card.examples.get(name, ()):
                check()
                with contextlib.suppress(PictureError):
                    found[name].append(_small(images.decode(source.read(file)).image))
    return found


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Key for sorting names with numbers: img2 before img10."""
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part)
            for part in re.split(r"(\d{1,18})", name.casefold()) if part]  # fmt: skip


def _path(data: Path | str) -> Path:
    if str(data) != "cifar10":
        return Path(os.path.expanduser(data))
    if found := cifar10.find_whole_cifar10():
        return found.path
    raise DataError("errors.data_no_cifar10", folder=str(cifar10.search_roots()[0]))


def _digits() -> Card:
    _, labels = cifar10.digits()
    counts = {str(digit): _counts([""] * int((labels == digit).sum()), [], made=True) for digit in range(10)}
    return _card("digits", counts, "made", 8)


def _batches(root: Path) -> Card:
    """CIFAR-10 in torchvision's layout, which loading verifies by its checksums. Raises DataError if a file is cut."""
    folder = root / cifar10.BATCHES
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    if any(not os.path.isfile(folder / name) or os.path.getsize(folder / name) < BATCH_BYTES for name in names):
        raise DataError("errors.data_damaged", folder=str(folder))
    return _card("CIFAR-10", dict.fromkeys(cifar10.CIFAR10_CLASSES, (5000, 1000)), "given", 32)


def _card(name: str, counts: Mapping[str, tuple[int, int]], split: str, side: int) -> Card:
    return Card(name, counts, split, {}, {"train": "", "test": ""}, (side, side, side), (), {}, (), {})


def _by_class(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, file in pairs:
        found.setdefault(name, []).append(file)
    return found


def _counts(train: Sequence[str], test: Sequence[str], *, made: bool) -> tuple[int, int]:
    """Pictures of a class in the training and in the test set. `made`: as `datasets` holds out TEST_SHARE."""
    aside = max(1, round(len(train) * TEST_SHARE)) if made and len(train) > 1 else 0
    return len(train) - aside, len(test) + aside


def _spread(names: Sequence[str], count: int) -> tuple[str, ...]:
    """At most `count` of `names`, evenly spaced."""
    return tuple(names[k * len(names) // count] for k in range(count)) if len(names) > count else tuple(names)


def _sizes(source: Source, classes: Mapping[str, Sequence[str]], check: Check) -> tuple[int, int, int]:
    """Smallest, median and largest shorter side of a sample. Raises DataError for a class of which no picture opens."""
    sides: list[int] = []
    for name, files in classes.items():
        sample = _spread(files, max(1, SAMPLE // len(classes)))
        before = len(sides)
        for file in sample:
            check()
            sides += _side(source, file)
        for file in files:
            if len(sides) > before:
                break
            check()
            sides += _side(source, file)
        if len(sides) == before:
            raise DataError("errors.data_class_empty", name=name)
    sides.sort()
    return sides[0], sides[len(sides) // 2], sides[-1]


def _side(source: Source, file: str) -> list[int]:
    """The shorter side of a picture from its header; [] if it has none."""
    head = source.read(file, class_folders.HEAD_BYTES)
    try:
        with Image.open(io.BytesIO(head), formats=images.FORMATS) as picture:
            return [min(picture.size)]
    except Exception:  # hostile bytes, or a header at the end of the file
        if len(head) < class_folders.HEAD_BYTES and not formats.is_heif(head):
            return []
    try:
        return [min(images.decode(source.read(file)).image.size)]
    except PictureError:
        return []


def _small(picture: Image.Image) -> Image.Image:
    picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return picture
