"""The app's style sheet, and colours of the current theme."""

import streamlit as st
from markupsafe import Markup

from explorer.core.palette import BROWN_TEAL, FOCUS, RIGHT, ROLE_COLOURS, WITH_SHORTCUTS, WITHOUT_SHORTCUTS, WRONG, Role
from explorer.ui.widgets import markup
from explorer.ui.words import language


def inject() -> None:
    """Apply assets/css/app.css, with the theme's colours as custom properties."""
    root = " ".join(f"--{name}: {value};" for name, value in custom_properties().items())
    markup.show(Markup("<style>:root {{ {} }}</style>").format(root))
    markup.apply_css("app")
    if language() == "zh":
        markup.apply_css("chinese")


def custom_properties() -> dict[str, str]:
    """CSS custom properties of the current theme: name without dashes -> value. Used as `var(--shortcut)`."""
    theme = st.context.theme.type or "light"
    return {role: pair[theme == "dark"] for role, pair in ROLE_COLOURS.items()} | {
        "signed": f"linear-gradient(90deg, {', '.join(BROWN_TEAL)})",
        "magnitude": f"linear-gradient(90deg, {', '.join(BROWN_TEAL[5:])})",
        "page": background(),
        "shade": str(st.get_option(f"theme.{theme}.secondaryBackgroundColor")),
        "ink": text_colour(),
        "right": RIGHT[theme == "dark"],
        "wrong": WRONG[theme == "dark"],
        "focus": FOCUS[theme == "dark"],
        "with": WITH_SHORTCUTS,
        "without": WITHOUT_SHORTCUTS,
        "quiet": str(st.get_option(f"theme.{theme}.borderColor")),
    }


def background() -> str:
    """The theme's background colour."""
    return str(st.get_option(f"theme.{st.context.theme.type or 'light'}.backgroundColor"))


def is_dark() -> bool:
    """Whether the current theme is dark."""
    return st.context.theme.type == "dark"


def role_colour(role: Role) -> str:
    return ROLE_COLOURS[role][is_dark()]


def text_colour() -> str:
    """The theme's text colour."""
    return str(st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor"))
