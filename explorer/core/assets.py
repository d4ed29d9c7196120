"""Paths of the project's files that are not library code, in a checkout and in an installed wheel."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]
"""The `explorer` folder."""

_INSTALLED: Final = PACKAGE / "_app"  # a wheel stores them inside the package, so that it installs no top-level `pages`

ROOT: Final = _INSTALLED if _INSTALLED.is_dir() else PACKAGE.parent
"""Contains `streamlit_app.py`, `pages/`, `assets/` and `.streamlit/`."""

ASSETS: Final = ROOT / "assets"
"""Bundled weights, stored results, CSS, JavaScript, the icon."""

PAGES: Final = ROOT / "pages"
"""One file per page of the app."""


def css(name: str) -> str:
    """The text of assets/css/`name`.css. Raises FileNotFoundError."""
    return (ASSETS / "css" / f"{name}.css").read_text(encoding="utf-8")


def js(name: str) -> str:
    """The text of assets/js/`name`.js, a module whose default export draws a component. Raises FileNotFoundError."""
    return (ASSETS / "js" / f"{name}.js").read_text(encoding="utf-8")
