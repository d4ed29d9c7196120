"""Every word on screen. One file a page, English and Chinese side by side: `"key": ("English", "中文")`.

A word is named `file.key`. Braces are filled by `str.format`. Tests fail on a missing translation, on a key that the
code asks for and no file has, and on a key that no code asks for.
"""

import ctypes
import locale
import os
import sys
from collections.abc import Callable
from typing import Literal

from explorer.core.i18n import (
    attribution,
    backbones,
    bar,
    charts,
    command,
    comparison,
    diagrams,
    errors,
    famous,
    features,
    figures,
    finetune,
    gradients,
    history,
    home,
    inference,
    landscape,
    lesion,
    machine,
    network,
    picture,
    predict,
    pretraining,
    recipe,
    report,
    runs,
    server,
    shortcut,
    source,
    space,
    tour,
    why,
)

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Say = Callable[..., str]  # `say` with its language chosen: what a chart takes

_PAGES = (
    attribution, backbones, bar, charts, command, comparison, diagrams, errors, famous, features, figures, finetune, gradients, history, home, inference, landscape, lesion, machine, network,
    picture, predict, pretraining, recipe, report, runs, server, shortcut, source, space, tour, why,
)  # fmt: skip
WORDS: dict[str, tuple[str, str]] = {
    f"{page.__name__.rpartition('.')[2]}.{key}": pair for page in _PAGES for key, pair in page.WORDS.items()
}


def say(key: str, language: Language = "en", **values: object) -> str:
    """The words named `key` in `language`, filled with `values`.

    Raises KeyError for a key or a value that is missing: a fault of ours, which the tests catch.
    """
    return WORDS[key][LANGUAGES.index(language)].format(**values)


def of_terminal() -> Language:
    """The language of whoever started this program, as the environment says it, or else Windows."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    if sys.platform == "win32" and not chosen:
        chosen = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return "zh" if chosen.lower().startswith("zh") else "en"
