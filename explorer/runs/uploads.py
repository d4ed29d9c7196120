"""Uploaded zips of pictures, stored beside the runs and named by their sha256."""

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import Final

from explorer.core import files, settings
from explorer.data import layout, names
from explorer.runs import store

MIN_AGE_S: Final = 24 * 3600.0  # younger uploads may be selected on a page without a run yet


def save(content: bytes, name: str, root: Path) -> Path:
    """Store an uploaded zip for the runs in `root`; returns its path.

    Raises DataError if it cannot be used for training, and does not keep it then. Raises RunError on write errors.
    """
    folder = root.absolute() / settings.UPLOADS
    path = folder / f"{hashlib.sha256(content).hexdigest()}.zip"
    with files.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)  # in use again
    remove_unused(root)
    is_new = not path.exists()
    shown = "pictures.zip" if settings.is_public() else files.clean(name, 200)  # visitors may share a zip
    try:
        files.write_json(names.name_file(path), {"name": shown})
        if is_new:
            files.write_atomically(path, content)
        layout.check(path)
    except BaseException:
        if is_new:
            _remove(path)
        raise
    return path


def stored(root: Path) -> dict[str, str]:
    """The uploaded zips: path -> the user's file name, newest first."""
    found = {}
    with contextlib.suppress(OSError):  # no folder yet
        for path in (root.absolute() / settings.UPLOADS).glob("*.zip"):
            with contextlib.suppress(FileNotFoundError):  # removed concurrently
                found[path] = path.stat().st_mtime_ns
    return {str(path): names.source_name(path) for path in sorted(found, key=found.__getitem__, reverse=True)}


def remove_unused(root: Path) -> None:
    """Delete files older than MIN_AGE_S that no run names, not even one in the trash, and parts of killed writers."""
    folder, named = root / settings.UPLOADS, {Path(data).stem for data in store.data_sources(root)}
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):  # deleted concurrently, or not permitted: retried next time
            if path.stem not in named and time.time() - path.stat().st_mtime > MIN_AGE_S:
                path.unlink()


def _remove(path: Path) -> None:
    for each in (path, names.name_file(path)):
        with contextlib.suppress(OSError):
            each.unlink()
