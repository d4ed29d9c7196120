"""Networks of this machine that its command line named: folders of transformers models.

A link or a session must never name a path, so the app knows such a network by `hf:<folder's name>-<hash>`, and only
after the command line has offered its folder.
"""

import hashlib
import re
from pathlib import Path
from typing import Final

from explorer.core import settings
from explorer.core.errors import WeightsError

HF: Final = "hf:"
_offered: dict[str, Path] = {}


def offer(spec: str) -> str:
    """The name under which the folder of `hf:<folder>` is known from now on. For the command line only.

    Raises WeightsError on a public server, and if the folder is not one of an image classifier with safetensors.
    """
    folder = Path(spec.removeprefix(HF)).absolute()
    if settings.is_public():
        raise WeightsError("errors.hf_public")
    has_weights = any((folder / name).is_file() for name in ("model.safetensors", "model.safetensors.index.json"))
    if not ((folder / "config.json").is_file() and has_weights):
        raise WeightsError("errors.hf_folder", folder=str(folder))
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    name = f"{HF}{re.sub(r'[^A-Za-z0-9_.-]+', '-', folder.name)[:60]}-{digest}"
    _offered[name] = folder
    return name


def offered() -> tuple[str, ...]:
    """The names of the offered networks."""
    return () if settings.is_public() else tuple(_offered)


def folder_of(name: str) -> Path:
    """The folder of an offered network."""
    return _offered[name]
