"""Every word on screen. One file a page, English and Chinese side by side: `"key": ("English", "中文")`.

A word is named `file.key`. Braces are filled by `str.format`. Tests fail on a missing translation, on a key that the
code asks for and no file has, and on a key that no code asks for.
"""

import ctypes
import importlib
import locale
import os
import pkgutil
import sys
from collections.abc import Callable
from functools import partial
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Translate = Callable[..., str]  # `t` with its language chosen: what a chart takes

WORDS: dict[str, tuple[str, str]] = {
    f"{file.name}.{key}": pair
    for file in pkgutil.iter_modules(__path__)
    for key, pair in importlib.import_module(f"{__name__}.{file.name}").WORDS.items()
}


def t(key: str, language: Language = "en", **values: object) -> str:
    """The words named `key` in `language`, filled with `values`.

    Raises KeyError for a key or a value that is missing: a fault of ours, which the tests catch.
    """
    return WORDS[key][LANGUAGES.index(language)].format(**values)


def translator(language: Language) -> Translate:
    """`t` in `language`."""
    return partial(t, language=language)


def joined(language: Language, *parts: str) -> str:
    """Join the non-empty sentences, with a space in English and without one in Chinese."""
    return ("" if language == "zh" else " ").join(filter(None, parts))


def of_terminal() -> Language:
    """The language of whoever started this program, as the environment says it, or else Windows."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    if sys.platform == "win32" and not chosen:
        chosen = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return "zh" if chosen.lower().startswith("zh") else "en"
