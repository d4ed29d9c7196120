"""Paths and downloads of weight files: bundled, published, or the user's own."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from explorer.core import settings
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
    """The local path of published weights, whether or not the file exists, and their publisher's URL."""
    return family(name).published_file(name, weights)


def get(name: str, weights: str, progress: Progress | None = None) -> Path:
    """The local file of published weights, downloaded if missing; calls `progress(bytes so far, total bytes)`.

    It comes from the publisher, or from the folder of files that EXPLORER_WEIGHTS_URL names. A name of torchvision's
    contains the start of the file's SHA-256, which is checked; timm's names do not. Raises WeightsError.
    """
    file, url = published(name, weights)
    if file.is_file():
        return file
    of_timm, mirror = name.startswith(TIMM), settings.weights_mirror()
    is_offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")  # as huggingface_hub reads
    if of_timm and is_offline and not mirror:
        host = urlsplit(url).netloc
        raise WeightsError("errors.download_unreachable", file=file.name, folder=str(file.parent), server=host)
    url = f"{mirror}{file.name}" if mirror else url
    try:
        return fetch(url, file, sha256_prefix=None if of_timm else file.stem.rpartition("-")[2], progress=progress)
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
