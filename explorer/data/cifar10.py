"""CIFAR-10, found on disk in one of two layouts or downloaded, and scikit-learn's digits."""

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
MAX_CLASSES = 20  # shown in the gallery
BATCHES = "cifar-10-batches-py"  # the folder of torchvision's layout
SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif",
    ".ppm", ".pgm", ".pbm", ".pnm",
)  # fmt: skip


@dataclass(frozen=True)
class DataFolder:
    """A data set on disk: in torchvision's layout (`path` is the folder around it), or one folder per class."""

    kind: Literal["torchvision", "folders"]
    path: Path
    classes: tuple[str, ...]

    @property
    def is_cifar10(self) -> bool:
        return self.classes == CIFAR10_CLASSES


def find_cifar10(root: Path | None = None) -> DataFolder | None:
    """Find test pictures in `root`; None searches the folder named by EXPLORER_DATA, then `./data`.

    Searches for torchvision's layout first, then `cifar10/test/<class>/`, `test/<class>/` and `<class>/`. Folders named
    otherwise than CIFAR-10's classes are accepted too: the first 20 become the classes.
    """
    roots = [root] if root is not None else search_roots()
    return next((folder for each in roots if (folder := _search(each))), None)


def find_whole_cifar10() -> DataFolder | None:
    """Find CIFAR-10 with its training pictures in `search_roots()`; folders of other classes are not accepted.

    For class folders, `path` is the folder around `train/<class>/` and `test/<class>/`.
    """
    for root in search_roots():
        if os.path.isfile(root / BATCHES / "data_batch_1"):
            return DataFolder("torchvision", root, CIFAR10_CLASSES)
        for folder in (root / "cifar10", root):
            if all(_class_folders(folder / part) == CIFAR10_CLASSES for part in ("train", "test")):
                return DataFolder("folders", folder, CIFAR10_CLASSES)
    return None


def batches_root(path: Path) -> Path | None:
    """The folder around cifar-10-batches-py if `path` is either of them, else None."""
    root = path.absolute()
    root = root.parent if root.name == BATCHES else root
    return root if os.path.isfile(root / BATCHES / "data_batch_1") else None


def search_roots() -> list[Path]:
    """Folders to search for data sets: the one named by EXPLORER_DATA, then `./data`."""
    named = os.environ.get("EXPLORER_DATA")
    return [*([Path(named)] if named else []), Path("data")]


def _search(root: Path) -> DataFolder | None:
    if os.path.isfile(root / BATCHES / "test_batch"):  # Path.is_file raises if the name is too long
        return DataFolder("torchvision", root, CIFAR10_CLASSES)
    for folder in (root / "cifar10" / "test", root / "test", root):
        if classes := _class_folders(folder):
            return DataFolder("folders", folder, classes)
    return None


def _class_folders(folder: Path) -> tuple[str, ...]:
    """Names of the subfolders that contain pictures, sorted, at most MAX_CLASSES."""
    try:
        inside = sorted(entry.name for entry in os.scandir(folder) if _is(os.DirEntry.is_dir, entry, folder))
    except OSError:  # missing, not a folder, or not readable
        return ()
    return tuple(name for name in inside if name[0] not in "._" and _pictures(folder / name))[:MAX_CLASSES]


@lru_cache(maxsize=64)
def _pictures(folder: Path) -> tuple[str, ...]:
    """Names of the picture files of a class, sorted; empty if the folder is not readable."""
    try:
        entries = [entry for entry in os.scandir(folder) if Path(entry.name).suffix.lower() in SUFFIXES]
    except OSError:
        return ()
    return tuple(sorted(entry.name for entry in entries if _is(os.DirEntry.is_file, entry, folder)))


def _is(kind: Callable[["os.DirEntry[str]"], bool], entry: "os.DirEntry[str]", folder: Path) -> bool:
    """Whether `entry` is of `kind`; False for broken or circular links and links out of `folder`."""
    try:
        stays = not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(folder.resolve())
        return stays and kind(entry)
    except (OSError, RuntimeError):
        return False


def test_picture(folder: DataFolder, name: str, k: int, at_most: int) -> bytes:
    """Picture file number `k`, modulo their count, of class `name`; at most its first `at_most` bytes.

    Raises DataError if the data set is damaged or has no such class.
    """
    if name not in folder.classes:
        raise DataError("errors.data_no_class", name=name, allowed=", ".join(folder.classes))
    if folder.kind == "torchvision":
        return _from_torchvision(folder.path, name, k)
    try:
        names = _pictures(folder.path / name)
        with (folder.path / name / names[k % len(names)]).open("rb") as file:
            return file.read(at_most)
    except OSError as error:
        raise DataError("errors.data_unreadable", name=name, folder=str(folder.path)) from error


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
    """Pixels (N, 32, 32, 3) uint8 and labels. torchvision verifies the files' md5 before it unpickles them.

    Raises DataError if a file is damaged or missing.
    """
    from torchvision.datasets import CIFAR10

    try:
        part = CIFAR10(root, train=train)
    except (RuntimeError, OSError) as error:
        raise DataError("errors.data_damaged", folder=str(root / CIFAR10.base_folder)) from error
    return part.data, part.targets


def cifar10_checksums() -> list[str]:
    """md5 of the files in torchvision's layout; they identify the content."""
    from torchvision.datasets import CIFAR10

    return [md5 for _, md5 in (*CIFAR10.train_list, *CIFAR10.test_list)]


def digits() -> tuple[Any, Any]:
    """scikit-learn's digits: pixels (1797, 8, 8) uint8, scaled from 0..16 to 0..255, and labels (1797,) int64.

    Reads the file directly: importing scikit-learn takes a second and 100 MB.
    """
    import numpy as np

    spec = importlib.util.find_spec("sklearn")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    with gzip.open(Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",")
    return np.round(rows[:, :-1] * 255 / 16).astype(np.uint8).reshape(-1, 8, 8), rows[:, -1].astype(np.int64)


def download_cifar10(root: Path, progress: Callable[[int, int | None], None] | None = None) -> None:
    """Download CIFAR-10 (170 MB) from its authors' server to `root`, in torchvision's layout. Raises DataError."""
    from torchvision.datasets import CIFAR10

    from explorer.core.download import fetch

    archive = fetch(CIFAR10.url, root / CIFAR10.filename, md5=CIFAR10.tgz_md5, progress=progress)
    try:
        CIFAR10(root, download=True)  # verifies the archive and unpacks it
    except OSError as error:
        folder = str(archive.parent.resolve())
        raise DataError("errors.download_unwritable", file=CIFAR10.base_folder, folder=folder) from error
