"""Paths and downloads of weight files: bundled, published, or the user's own."""

import os
from collections.abc import Sequence
from pathlib import Path

from explorer.core.assets import ASSETS
from explorer.core.download import Progress, fetch
from explorer.core.errors import DataError, WeightsError
from explorer.models.checkpoint import MAX_BYTES
from explorer.models.registry import BUNDLED, IMAGENET, TIMM, family


def bundled(name: str, weights: str) -> Path:
    """The file of bundled `weights`; one of several megabytes may be gzipped."""
    file = ASSETS / f"{name}_{weights}.safetensors"
    return file if file.is_file() else file.with_name(f"{file.name}.gz")


def published(name: str, weights: str = "imagenet") -> tuple[Path, str]:
    """The local path of published weights, whether or not the file exists, and their URL."""
    return family(name).published_file(name, weights)


def get(name: str, weights: str, progress: Progress | None = None) -> Path:
    """The local file of published weights, downloaded if missing; calls `progress(bytes so far, total bytes)`.

    Raises WeightsError or DataError.
    """
    file, url = published(name, weights)
    if file.is_file():
        return file
    if not name.startswith(TIMM):
        return fetch(url, file, sha256_prefix=file.stem.rpartition("-")[2], progress=progress)
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):  # as huggingface_hub reads it
        raise WeightsError("errors.download_unreachable", file=file.name, folder=str(file.parent))
    try:
        return fetch(url, file, progress=progress)
    except DataError as error:
        raise WeightsError(error.key, **error.values) from error


def own(name: str, path: str, allowed: Sequence[str]) -> bytes:
    """The bytes of a user's checkpoint for network `name`. Raises WeightsError, which lists `allowed` weights."""
    if path in (*BUNDLED, *IMAGENET):
        raise WeightsError("errors.weights_not_for_network", weights=path, network=name, allowed=", ".join(allowed))
    file = Path(path)
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise WeightsError("errors.weights_unknown", weights=path, allowed=", ".join(allowed))
    if file.stat().st_size > MAX_BYTES:
        raise WeightsError("errors.checkpoint_too_large", file=file.name, limit_mb=MAX_BYTES >> 20)
    try:
        return file.read_bytes()
    except OSError as error:
        raise WeightsError("errors.checkpoint_unreadable", file=file.name) from error
