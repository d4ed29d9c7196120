"""A folder that looks like a checkout: what a program of ours that a reader saved finds beside it."""

from pathlib import Path

from explorer.core.assets import ASSETS, PACKAGE


def link(folder: Path) -> None:
    """Link `explorer` and `assets` into `folder`."""
    (folder / "explorer").symlink_to(PACKAGE)
    (folder / "assets").symlink_to(ASSETS)
