"""Words in the language of the reader."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from explorer.core import files, i18n, settings
from explorer.core.class_names import in_language
from explorer.core.errors import ExplorerError
from explorer.core.i18n import Language
from explorer.ui.state import access_control

if TYPE_CHECKING:  # torch takes seconds to import, and these words are said meanwhile
    from explorer.models.cifar_resnet import Design


def language() -> Language:
    chosen: Language | None = st.session_state.get("lang")  # None, too, where a slow browser sends the widget as empty
    return chosen or browser_language()


def browser_language() -> Language:
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def t(key: str, **values: object) -> str:
    return i18n.t(key, language(), **{name: settings.redact(value) for name, value in values.items()})


def sentences(*said: str) -> str:
    """Those that are not empty, one after another as the language writes them."""
    return ("" if language() == "zh" else " ").join(filter(None, said))


def class_names(labels: Sequence[str]) -> tuple[str, ...]:
    """The names of a network's classes: in the reader's language where all of them are known in it, else in English."""
    return in_language(tuple(labels), language())


def network_name(name: str) -> str:
    """A network's name on screen: torchvision's own, or what a CIFAR network is."""
    from explorer.models.cifar_resnet import Design

    design = Design.named(name)
    if design is None:
        return name
    width = "" if design.width == Design.width else t("bar.network_width", width=design.width)
    return t("bar.network_cifar", name=design_name(design, width))


def design_name(design: "Design", *more: str) -> str:
    """`plain-56`, `ResNet-56`, then how it differs from the paper's of 2015, and what `more` is to be said."""
    kind = "preact" if design.preact else "resnet" if design.residual else "plain"
    shortcut = "" if design.shortcut in ("identity", "none") else t(f"bar.network_{design.shortcut}")
    parts = (shortcut, t("bar.network_projection") if design.projection else "", *more)
    comma = ", " if language() == "en" else "，"
    return t(f"bar.network_{kind}", depth=design.depth, more="".join(f"{comma}{part}" for part in parts if part))


def weights_name(weights: str) -> str:
    return t(f"bar.weights_{weights.replace('-', '_')}")


_APART = ":small[]"  # draws nothing
# The browser makes addresses, icons and arrows of words whose escapes are gone, but not of words that are apart.
_READ = re.compile(r"\\:(?=\\?[\w/+-])|@(?=\w)|\bwww(?=\\\.)|\\[<>~-](?=\\?[<>=-])", re.IGNORECASE)


def escaped(words: object) -> str:
    """Words from outside (file names, class names) made safe to stand in Markdown, on one line."""
    marked = re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", files.one_line(str(words)))
    return _READ.sub(r"\g<0>" + _APART, marked)


def error_message(error: ExplorerError) -> str:
    """The sentence of an error in the reader's language, as Markdown."""
    return escaped(t(error.key, **{name: access_control.discreet(value) for name, value in error.values.items()}))
