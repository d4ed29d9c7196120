"""A server for the public, EXPLORER_PUBLIC=1: what its pages may not do, and its limits. Importing this is light.

The command line is not bound by it: who has one is whoever runs the server.
"""

import math
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from explorer.core import files
from explorer.core.errors import RunError

PUBLIC: Final = "EXPLORER_PUBLIC"
LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "EXPLORER_MAX_QUEUED": (20, 20),  # runs that wait
    "EXPLORER_MAX_EPOCHS": (math.inf, 20),  # of a run
    "EXPLORER_MAX_HOURS": (math.inf, 1),  # of a run, each time it is started
    "EXPLORER_MAX_PER_VISITOR": (math.inf, 6),  # runs that wait or train, of one session
    "EXPLORER_MAX_DISK_MB": (math.inf, 4096),  # of the runs of one session
    "EXPLORER_CACHE_MB": (1024, 1024),  # of results that viewers share, all together
    "EXPLORER_MAX_UPLOADS_MB": (2048, 2048),  # of readers' files, all together
    "EXPLORER_MAX_PX": (1024, 256),  # a side, at which a reader's own checkpoint sees pictures
}
"""By variable: what holds where it is not set, on a server among friends and on a public one."""
UPLOADS: Final = ".uploads"  # in the folder of runs: zips from readers, named by their sha256

_SECRET = re.compile(r".{1,100}-[0-9a-f]{16}")
_NAME = r"""[^\s\\/:;,'"<>()，。；（）“”’]+"""  # of a file or folder in a sentence
_PATH = re.compile(rf"(?<![\w.:/])(?:/{_NAME}){{2,}}/?")
_WINDOWS_PATH = re.compile(rf"(?<!\w)(?:[A-Za-z]:|\\)(?:[\\/]+[^\\/:*?\"<>|\n]+(?=[\\/]))*[\\/]+(?:{_NAME})?[\\/]*")
_HOST = re.compile(r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[A-Za-z][\w-]*(?:\.[\w-]+)*:\d{2,5})(?![\w.])")


def is_public() -> bool:
    """Whether strangers share this server. Whatever EXPLORER_PUBLIC says, but nothing and 0, means yes."""
    return os.environ.get(PUBLIC, "") not in ("", "0")


def limit(name: str) -> float:
    """The limit called `name`, one of LIMITS. Raises RunError for a variable that is no number from 0 on."""
    text = os.environ.get(name) or str(LIMITS[name][is_public()])
    try:
        value = float(text)
        if not value >= 0:
            raise ValueError(text)
    except ValueError as error:
        raise RunError("errors.run_limit", name=name, value=files.clean(text, 40)) from error
    return value


# Runs that only their link shows


def secret() -> str:
    """What makes a new run's id unguessable on a public server: 64 random bits. Nothing elsewhere."""
    return f"-{secrets.token_hex(8)}" if is_public() else ""


def is_secret(run_id: str) -> bool:
    """Whether nobody comes upon `run_id` by guessing."""
    return _SECRET.fullmatch(run_id) is not None


# Folders of the server


def shown(value: object) -> object:
    """What a reader sees of `value`: on a public server no folder and no address of a machine, of words or a path."""
    if not is_public() or not isinstance(value, str | Path):
        return value
    words = str(value)
    if os.path.isabs(words):
        return _last(words) or words
    for pattern in (_WINDOWS_PATH, _PATH):
        words = pattern.sub(lambda path: _last(path[0]), words)
    return _HOST.sub("…", words)


def _last(path: str) -> str:
    """The name at the end of a path of any system."""
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]
