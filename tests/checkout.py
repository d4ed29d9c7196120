"""Make a folder look like a checkout, so that a program saved there can import `explorer`."""

from pathlib import Path

from explorer.core.assets import ASSETS, PACKAGE


def link(folder: Path) -> None:
    """Link `explorer` and `assets` into `folder`."""
    (folder / "explorer").symlink_to(PACKAGE)
    (folder / "assets").symlink_to(ASSETS)
