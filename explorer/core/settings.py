"""Server settings from environment variables: public mode (EXPLORER_PUBLIC=1), limits, the mirror of published weights.

Does not import torch.

Public mode does not restrict the command line, which only the operator of the server can use.
"""

import math
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from explorer.core import files
from explorer.core.errors import RunError, WeightsError

PUBLIC: Final = "EXPLORER_PUBLIC"
MIRROR: Final = "EXPLORER_WEIGHTS_URL"
LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "EXPLORER_MAX_QUEUED": (20, 20),  # queued runs
    "EXPLORER_MAX_EPOCHS": (math.inf, 20),  # per run
    "EXPLORER_MAX_HOURS": (math.inf, 1),  # per run, counted from each start
    "EXPLORER_MAX_PER_VISITOR": (math.inf, 6),  # queued and training runs per session
    "EXPLORER_MAX_DISK_MB": (math.inf, 4096),  # runs of one session
    "EXPLORER_CACHE_MB": (1024, 1024),  # results shared by all sessions, in total
    "EXPLORER_MAX_UPLOADS_MB": (2048, 2048),  # uploaded files, in total
    "EXPLORER_MAX_PX": (1024, 256),  # input side in pixels of a user's own checkpoint
    "EXPLORER_OWN_SECONDS": (60, 60),  # that code in a user's own file may run: to open it, to record one input
    "EXPLORER_OWN_MEMORY_MB": (8192, 8192),  # that its process may take
}
"""Variable -> (default on a private server, default on a public server)."""
UPLOADS: Final = ".uploads"  # in the runs folder: uploaded zips, named by their sha256

_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
_SECRET = re.compile(r".{1,100}-[0-9a-f]{16}")
_NAME = r"""[^\s\\/:;,'"<>()，。；（）“”’]+"""  # name of a file or folder within a sentence
_PATH = re.compile(rf"(?<![\w.:/])(?:/{_NAME}){{2,}}/?")
_WINDOWS_PATH = re.compile(rf"(?<!\w)(?:[A-Za-z]:|\\)(?:[\\/]+[^\\/:*?\"<>|\n]+(?=[\\/]))*[\\/]+(?:{_NAME})?[\\/]*")
_HOST = re.compile(r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[A-Za-z][\w-]*(?:\.[\w-]+)*:\d{2,5})(?![\w.])")


def is_public() -> bool:
    """Whether this is a public server: EXPLORER_PUBLIC is set to anything but "" or "0"."""
    return os.environ.get(PUBLIC, "") not in ("", "0")


def follows_links() -> bool:
    """Whether links out of a folder of pictures are followed: EXPLORER_FOLLOW_LINKS is set, and not a public server."""
    return not is_public() and os.environ.get("EXPLORER_FOLLOW_LINKS", "") not in ("", "0")


def weights_mirror() -> str:
    """The address of a folder with published weights, named as in torchvision's cache, or "": EXPLORER_WEIGHTS_URL.

    Ends with a slash. Raises WeightsError unless it begins with https://, or with http:// and names this machine.
    """
    address = os.environ.get(MIRROR, "").strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
        is_plain = address.isascii() and address.isprintable() and not set(address) & set(" @?#")
        if not (is_safe and is_plain and parts.hostname and parts.port != 0):  # `port` raises for 99999 and "x"
            raise ValueError(address)
    except ValueError as error:
        shown = files.clean(address.rpartition("@")[2], 100)  # without a password
        raise WeightsError("errors.weights_mirror", name=MIRROR, value=shown) from error
    return f"{address.rstrip('/')}/"


def limit(name: str) -> float:
    """The limit `name`, a key of LIMITS. Raises RunError if the variable is not a number >= 0."""
    text = os.environ.get(name) or str(LIMITS[name][is_public()])
    try:
        value = float(text)
        if not value >= 0:
            raise ValueError(text)
    except ValueError as error:
        raise RunError("errors.run_limit", name=name, value=files.clean(text, 40)) from error
    return value


# Unguessable run ids


def secret_suffix() -> str:
    """A suffix of 64 random bits that makes a run id unguessable on a public server; "" on a private one."""
    return f"-{secrets.token_hex(8)}" if is_public() else ""


def is_secret(run_id: str) -> bool:
    """Whether `run_id` contains an unguessable suffix."""
    return _SECRET.fullmatch(run_id) is not None


# Paths and addresses of the server


def redact(value: object) -> object:
    """Remove folders and host addresses from `value` (text or a path) on a public server; else return it unchanged."""
    if not is_public() or not isinstance(value, str | Path):
        return value
    text = str(value)
    if os.path.isabs(text):
        return _basename(text) or text
    for pattern in (_WINDOWS_PATH, _PATH):
        text = pattern.sub(lambda path: _basename(path[0]), text)
    return _HOST.sub("…", text)


def _basename(path: str) -> str:
    """Last component of a POSIX or Windows path."""
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]
