"""Readers' zips of pictures: kept beside the runs under names of our own, with the names that their owners know."""

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import Final

from explorer.core import files, settings
from explorer.data import class_folders, datasets
from explorer.runs import store

KEPT_S: Final = 24 * 3600.0  # though no run names it: the settings may


def take(content: bytes, name: str, root: Path) -> Path:
    """Keep a reader's zip for the runs in `root`; where it is now.

    Raises DataError for one that no run could take, which is not kept, and RunError where it cannot be written.
    """
    folder = root.absolute() / settings.UPLOADS
    path = folder / f"{hashlib.sha256(content).hexdigest()}.zip"
    with files.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)  # it is wanted again
    sweep(root)
    is_new = not path.exists()
    shown = "pictures.zip" if settings.is_public() else files.clean(name, 200)  # two strangers may have the same zip
    try:
        files.write_json(class_folders.name_file(path), {"name": shown})
        if is_new:
            files.write_atomically(path, content)
        datasets.check(path)
    except BaseException:
        if is_new:
            _remove(path)
        raise
    return path


def sweep(root: Path) -> None:
    """Remove what came a day ago or earlier and no run names, nor one in the trash; and what killed writers left."""
    folder, named = root / settings.UPLOADS, {Path(data).stem for data in store.sources(root)}
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):  # another sweeps, too, or it is not ours: it is tried again next time
            if path.stem not in named and time.time() - path.stat().st_mtime > KEPT_S:
                path.unlink()


def _remove(path: Path) -> None:
    for each in (path, class_folders.name_file(path)):
        with contextlib.suppress(OSError):
            each.unlink()
