"""The scene's JavaScript modules as one script, its words, and its style sheet. There is no build step."""

import re
from functools import lru_cache
from typing import Literal

from explorer.core.assets import ASSETS
from explorer.core.i18n import LANGUAGES
from explorer.core.i18n.scene import SCENE

MODULES = (
    "numbers", "payload", "arithmetic", "drawing", "elements", "maps", "walk", "operands", "bar", "code_pane",
    "drawing_pane", "map_grid", "factors", "numbers_pane", "presenter", "scene", "sheet",
)  # fmt: skip
"""In order: a module imports only earlier ones. Their top-level names differ, so that they fit into one scope."""

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_COMMENT = re.compile(r"/\*\*(?:(?!\*/).)*\*/ ?", re.DOTALL)  # types, too
_LINE_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)


@lru_cache(maxsize=2)
def script(entry: Literal["component", "page"]) -> str:
    """The modules and `entry` as one module without imports."""
    return "".join(_shortened(_read(f"{name}.js")) for name in (*MODULES, entry))


@lru_cache(maxsize=2)
def style(name: Literal["scene", "page"]) -> str:
    """A style sheet without comments."""
    return re.sub(r"/\*.*?\*/\n?", "", _read(f"{name}.css"), flags=re.DOTALL)


@lru_cache(maxsize=1)
def template() -> str:
    """The HTML of a file, to be filled by `str.format`."""
    return _read("document.html")


@lru_cache(maxsize=1)
def loader() -> str:
    """The script that inflates the others."""
    return _shortened(_read("loader.js"))


def words() -> dict[str, dict[str, str]]:
    """The words that the scripts ask for, by language."""
    return {language: {key: pair[k] for key, pair in SCENE.items()} for k, language in enumerate(LANGUAGES)}


def _shortened(module: str) -> str:
    """A module without imports, exports, JSDoc, whole-line comments and indentation."""
    for pattern in (_LINE_COMMENT, _COMMENT, _IMPORT, _EXPORT):
        module = pattern.sub("", module)
    return re.sub(r"^\s+", "", module, flags=re.MULTILINE)


def _read(name: str) -> str:
    return (ASSETS / "scene" / name).read_text(encoding="utf-8")
