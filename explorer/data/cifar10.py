"""CIFAR-10 where it is, found on disk in one of two layouts, or downloaded; and the digits, which are always there."""

import gzip
import importlib.util
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from explorer.core.errors import DataError

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
MAX_CLASSES = 20  # a gallery of more is no gallery
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")


@dataclass(frozen=True)
class Found:
    """Test pictures on disk: torchvision's layout (`path` is the folder around it), or a folder a class."""

    kind: Literal["torchvision", "folders"]
    path: Path
    classes: tuple[str, ...]

    @property
    def is_cifar10(self) -> bool:
        return self.classes == CIFAR10_CLASSES


def find_cifar10(root: Path | None = None) -> Found | None:
    """Test pictures in `root`; None looks in the folder that EXPLORER_DATA names, then in `./data`.

    Torchvision's layout comes first, then `cifar10/test/<class>/`, `test/<class>/` and `<class>/`. Folders with other
    names than CIFAR-10's classes are taken too, under their own names, the first 20.
    """
    folders = [root] if root is not None else roots()
    return next((found for folder in folders if (found := _look_in(folder))), None)


def find_whole_cifar10() -> Found | None:
    """CIFAR-10 with its training pictures, where `find_cifar10` looks; other classes are not taken for it.

    In class folders, `path` is the folder around `train/<class>/` and `test/<class>/`.
    """
    for root in roots():
        if os.path.isfile(root / "cifar-10-batches-py" / "data_batch_1"):
            return Found("torchvision", root, CIFAR10_CLASSES)
        for folder in (root / "cifar10", root):
            if all(_class_folders(folder / part) == CIFAR10_CLASSES for part in ("train", "test")):
                return Found("folders", folder, CIFAR10_CLASSES)
    return None


def roots() -> list[Path]:
    """Where data sets are looked for: the folder that EXPLORER_DATA names, then `./data`."""
    named = os.environ.get("EXPLORER_DATA")
    return [*([Path(named)] if named else []), Path("data")]


def _look_in(root: Path) -> Found | None:
    if os.path.isfile(root / "cifar-10-batches-py" / "test_batch"):  # Path.is_file raises for a name that is too long
        return Found("torchvision", root, CIFAR10_CLASSES)
    for folder in (root / "cifar10" / "test", root / "test", root):
        if classes := _class_folders(folder):
            return Found("folders", folder, classes)
    return None


def _class_folders(folder: Path) -> tuple[str, ...]:
    """Names of the folders with pictures, sorted."""
    try:
        inside = sorted(entry.name for entry in os.scandir(folder) if _is(os.DirEntry.is_dir, entry, folder))
    except OSError:  # missing, a file, or not ours to read: nothing is found there
        return ()
    return tuple(name for name in inside if name[0] not in "._" and _pictures(folder / name))[:MAX_CLASSES]


@lru_cache(maxsize=64)
def _pictures(folder: Path) -> tuple[str, ...]:
    """Names of the picture files of a class, sorted; none where the folder is not ours to read."""
    try:
        entries = [entry for entry in os.scandir(folder) if Path(entry.name).suffix.lower() in SUFFIXES]
    except OSError:
        return ()
    return tuple(sorted(entry.name for entry in entries if _is(os.DirEntry.is_file, entry, folder)))


def _is(kind: Callable[["os.DirEntry[str]"], bool], entry: "os.DirEntry[str]", folder: Path) -> bool:
    """A link that leads out of `folder`, to nothing, or round in a circle is of no kind."""
    try:
        stays = not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(folder.resolve())
        return stays and kind(entry)
    except (OSError, RuntimeError):
        return False


def test_picture(found: Found, name: str, k: int, at_most: int) -> bytes:
    """The `k`-th test picture of class `name` (counting round), as (`at_most`) the first bytes of a picture file.

    Raises DataError where the data set is damaged or has no such class.
    """
    if name not in found.classes:
        raise DataError("errors.data_no_class", name=name, allowed=", ".join(found.classes))
    if found.kind == "torchvision":
        return _from_torchvision(found.path, name, k)
    try:
        names = _pictures(found.path / name)
        with (found.path / name / names[k % len(names)]).open("rb") as file:
            return file.read(at_most)
    except OSError as error:
        raise DataError("errors.data_unreadable", name=name, folder=str(found.path)) from error


def _from_torchvision(root: Path, name: str, k: int) -> bytes:
    from PIL import Image

    pixels, labels = _test_batch(root)
    places = [i for i, label in enumerate(labels) if label == CIFAR10_CLASSES.index(name)]
    buffer = io.BytesIO()
    Image.fromarray(pixels[places[k % len(places)]]).save(buffer, "PNG")
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _test_batch(root: Path) -> tuple[Any, list[int]]:
    return cifar10_batches(root, train=False)


def cifar10_batches(root: Path, *, train: bool) -> tuple[Any, list[int]]:
    """Pixels (N, 32, 32, 3) uint8 and labels. torchvision checks the files' md5 before it unpickles them.

    Raises DataError where a file is damaged or missing.
    """
    from torchvision.datasets import CIFAR10

    try:
        part = CIFAR10(root, train=train)
    except (RuntimeError, OSError) as error:
        raise DataError("errors.data_damaged", folder=str(root / CIFAR10.base_folder)) from error
    return part.data, part.targets


def cifar10_checksums() -> list[str]:
    """md5 of the files in torchvision's layout, which tell its content."""
    from torchvision.datasets import CIFAR10

    return [md5 for _, md5 in (*CIFAR10.train_list, *CIFAR10.test_list)]


def digits() -> tuple[Any, Any]:
    """scikit-learn's digits: pixels (1797, 8, 8) uint8, 0..255 (its file has 0..16), and labels (1797,) int64.

    Read as a file: importing scikit-learn takes a second and 100 MB.
    """
    import numpy as np

    spec = importlib.util.find_spec("sklearn")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    with gzip.open(Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",")
    return np.round(rows[:, :-1] * 255 / 16).astype(np.uint8).reshape(-1, 8, 8), rows[:, -1].astype(np.int64)


def download_cifar10(root: Path, progress: Callable[[int, int | None], None] | None = None) -> None:
    """CIFAR-10 from its authors' server into `root`, in torchvision's layout (170 MB). Raises DataError."""
    from torchvision.datasets import CIFAR10

    from explorer.core.download import fetch

    archive = fetch(CIFAR10.url, root / CIFAR10.filename, md5=CIFAR10.tgz_md5, progress=progress)
    try:
        CIFAR10(root, download=True)  # finds the archive, checks it and unpacks it
    except OSError as error:
        folder = str(archive.parent.resolve())
        raise DataError("errors.download_unwritable", file=CIFAR10.base_folder, folder=folder) from error
