"""The residual defined: H(x) = x + F(x), its terms and their names, with the numbers of one pixel. Needs no torch."""

from collections.abc import Mapping

import streamlit as st
from markupsafe import Markup

from explorer.core.numbers import fixed
from explorer.ui.widgets import markup
from explorer.ui.words import t

TERMS = {"sum": "H(x)", "shortcut": "x", "branch": "F(x)"}  # by role, in the order of the formula
SIGNS = ("", "=", "+")


def draw(numbers: Mapping[str, float]) -> None:
    """Draw the definition, with the `numbers` of a pixel by role, if any."""
    markup.apply_css("definition")
    formula, words = st.columns([4, 9], gap="medium", vertical_alignment="center")
    with formula:
        markup.show(terms(numbers))
    words.markdown(t("home.definition"))


def terms(numbers: Mapping[str, float]) -> Markup:
    """The formula: each term with the sign before it, its name and, if given, its number."""
    parts = []
    for (role, letters), sign in zip(TERMS.items(), SIGNS, strict=True):
        number = Markup("<dd>{}</dd>").format(fixed(numbers[role], 2)) if numbers else ""
        before = Markup("<i>{}</i>").format(sign) if sign else ""
        term = Markup('<div><dt class="role {}">{}{}</dt><dd>{}</dd>{}</div>')
        parts.append(term.format(role, before, letters, t(f"home.term_{role}"), number))
    return Markup('<dl class="definition">{}</dl>').format(markup.join(parts))
