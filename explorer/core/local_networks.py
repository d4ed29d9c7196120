"""Networks of this machine that its command line named: folders of transformers models, and the user's Python files.

A link or a session must never name a path, so the app knows such a network by `hf:<folder's name>-<hash>` or
`own:<name>-<hash>`, and only after the command line has offered it. Processes that the app starts inherit the offers.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from explorer.core import settings
from explorer.core.errors import WeightsError

HF: Final = "hf:"
OWN: Final = "own:"
_OFFERED: Final = "EXPLORER_LOCAL_NETWORKS"  # set by the app itself
_NAME = re.compile(r"\b(?:own|hf):([\w-]+)-[0-9a-f]{8}\b")
_FILE = re.compile(r"(?P<file>.+?\.py)(:(?P<wanted>.+))?", re.DOTALL)


@dataclass(frozen=True)
class Local:
    """A folder of a transformers model, or a Python file: `wanted` is which of its networks, `weights` a file."""

    path: str
    wanted: str = ""
    weights: str = ""

    @property
    def title(self) -> str:
        """`my_net.py: Net`, without the folder."""
        return f"{Path(self.path).name}: {self.wanted}" if self.wanted else Path(self.path).name


def label(name: str) -> str:
    """The name of a network for display, `my_net.py: Net`; without its hash if it is not offered here."""
    if name in offered():
        return named(name).title
    return without_hashes(name)


def without_hashes(text: str) -> str:
    """`text` in which the names of local networks, such as `own:Net-1a2b3c4d`, have neither prefix nor hash."""
    return _NAME.sub(r"\1", text)


def is_file(spec: str) -> bool:
    """Whether `spec` names a Python file, such as "my_net.py:Net(num_blocks=3)"."""
    return not spec.startswith(HF) and _FILE.fullmatch(spec) is not None


def is_local(spec: str) -> bool:
    """Whether `spec` is one that `offer` takes."""
    return spec.startswith(HF) or is_file(spec)


def offer(spec: str, weights: str = "") -> str:
    """The name under which the network of `hf:<folder>` or `my_net.py:Net` is known from now on.

    For the command line only. Raises WeightsError on a public server, and if there is no such file or model.
    """
    if settings.is_public():
        raise WeightsError("errors.own_public" if is_file(spec) else "errors.hf_public")
    found = _file(spec, weights) if is_file(spec) else _folder(spec)
    label = re.sub(r"\W+", "-", found.wanted.partition("(")[0] or Path(found.path).stem)[:60]
    digest = hashlib.sha256("\0".join(asdict(found).values()).encode()).hexdigest()[:8]
    name = f"{OWN if is_file(spec) else HF}{label}-{digest}"
    os.environ[_OFFERED] = json.dumps(_all() | {name: asdict(found)})
    return name


def _folder(spec: str) -> Local:
    folder = Path(spec.removeprefix(HF)).absolute()
    has_weights = any((folder / name).is_file() for name in ("model.safetensors", "model.safetensors.index.json"))
    if not ((folder / "config.json").is_file() and has_weights):
        raise WeightsError("errors.hf_folder", folder=str(folder))
    return Local(str(folder))


def file_and_wanted(spec: str) -> tuple[str, str]:
    """The path of a Python file and which of its networks is meant. Raises WeightsError if there is no such file."""
    match = _FILE.fullmatch(spec)
    if not match or not os.path.isfile(match["file"]):
        raise WeightsError("errors.own_missing", file=match["file"] if match else spec)
    return match["file"], (match["wanted"] or "").strip()


def _file(spec: str, weights: str) -> Local:
    path, wanted = file_and_wanted(spec)
    return Local(os.path.abspath(path), wanted, weights and os.path.abspath(weights))


def _all() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(os.environ.get(_OFFERED) or "{}")
    return found


def offered() -> tuple[str, ...]:
    """The names of the offered networks."""
    return () if settings.is_public() else tuple(_all())


def is_own(name: str) -> bool:
    """Whether `name` is that of an offered Python file."""
    return name.startswith(OWN) and name in offered()


def named(name: str) -> Local:
    """An offered network."""
    return Local(**_all()[name])
