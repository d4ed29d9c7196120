"""Words in the language chosen in the header, and escaping for Markdown."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from explorer.core import files, i18n, local_networks, settings
from explorer.core.class_names import in_language
from explorer.core.errors import ExplorerError
from explorer.core.i18n import Language
from explorer.ui.state import access_control

if TYPE_CHECKING:  # importing torch takes seconds; these words are shown meanwhile
    from explorer.models.cifar_resnet import Design


def language() -> Language:
    chosen: Language | None = st.session_state.get("lang")  # also None if a slow browser sends the widget as empty
    return chosen or browser_language()


def browser_language() -> Language:
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def t(key: str, **values: object) -> str:
    return i18n.t(key, language(), **{name: settings.redact(value) for name, value in values.items()})


def sentences(*parts: str) -> str:
    """Join the non-empty sentences as the chosen language does."""
    return i18n.joined(language(), *parts)


def class_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Class names in the chosen language if all of them are known in it, else in English."""
    return in_language(tuple(labels), language())


def network_name(name: str) -> str:
    """A network's name on screen: torchvision's name, a description of a CIFAR network, or the user's file."""
    from explorer.models.cifar_resnet import Design

    design = Design.named(name)
    if design is None:
        return local_networks.label(name)
    width = "" if design.width == Design.width else t("bar.network_width", width=design.width)
    return t("bar.network_cifar", name=design_name(design, width))


def design_name(design: "Design", *more: str) -> str:
    """`plain-56`, `ResNet-56`, then how it differs from the paper of 2015, then `more`."""
    kind = "preact" if design.preact else "resnet" if design.residual else "plain"
    shortcut = "" if design.shortcut in ("identity", "none") else t(f"bar.network_{design.shortcut}")
    parts = (shortcut, t("bar.network_projection") if design.projection else "", *more)
    comma = ", " if language() == "en" else "，"
    return t(f"bar.network_{kind}", depth=design.depth, more="".join(f"{comma}{part}" for part in parts if part))


def weights_name(weights: str) -> str:
    return t(f"bar.weights_{weights.replace('-', '_')}")


_SEPARATOR = ":small[]"  # empty Markdown element
# Streamlit's Markdown makes links, icons and arrows of text even if it is escaped, but not across an element.
_AUTOLINKED = re.compile(r"\\:(?=\\?[\w/+-])|@(?=\w)|\bwww(?=\\\.)|\\[<>~-](?=\\?[<>=-])", re.IGNORECASE)


def escaped(words: object) -> str:
    """Text from outside (file names, class names) escaped for Markdown, on one line."""
    marked = re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", files.one_line(str(words)))
    return _AUTOLINKED.sub(r"\g<0>" + _SEPARATOR, marked)


def error_message(error: ExplorerError) -> str:
    """The error's sentence in the chosen language, as Markdown."""
    return escaped(t(error.key, **{name: access_control.redact(value) for name, value in error.values.items()}))
