"""Names of files and data sets for display. Imports neither torch nor numpy."""

import re
from pathlib import Path

from explorer.core import files, settings


def display_name(name: str) -> str:
    """Last component of an untrusted file name, without control and direction characters, at most 60 characters."""
    return files.shortened(files.one_line(re.split(r"[/\\]", name)[-1])) or "picture"


def name_file(path: Path) -> Path:
    """JSON file beside an uploaded zip that stores the user's file name; the zip itself is named by its sha256."""
    return path.with_suffix(".json")


def source_name(path: Path) -> str:
    """Display name of a folder or zip: of an upload, the user's file name."""
    stored = files.read_json(name_file(path)).get("name") if path.parent.name == settings.UPLOADS else None
    return display_name(stored if isinstance(stored, str) else str(path))
