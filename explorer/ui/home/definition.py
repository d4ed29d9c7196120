"""The residual defined: H(x) = x + F(x), its terms and their names, with the numbers of one pixel."""

import streamlit as st
from markupsafe import Markup

from explorer.analysis import residual
from explorer.core.numbers import fixed
from explorer.plots import pictures
from explorer.ui.home import block_sum
from explorer.ui.state.cache import View
from explorer.ui.widgets import markup
from explorer.ui.words import t

TERMS = {"sum": "H(x)", "shortcut": "x", "branch": "F(x)"}  # by role, in the order of the formula
SIGNS = ("", "=", "+")


def draw(view: View) -> None:
    """Draw the definition; the numbers only for a network that has residual blocks."""
    markup.apply_css("definition")
    numbers = pixel(view) if view.network.graph.blocks else {}
    formula, words = st.columns([4, 9], gap="medium", vertical_alignment="center")
    with formula:
        markup.show(terms(numbers))
    words.markdown(t("home.definition"))


def terms(numbers: dict[str, float]) -> Markup:
    """The formula: each term with the sign before it, its name and, if given, its number."""
    parts = []
    for (role, letters), sign in zip(TERMS.items(), SIGNS, strict=True):
        number = Markup("<dd>{}</dd>").format(fixed(numbers[role], 2)) if numbers else ""
        before = Markup("<i>{}</i>").format(sign) if sign else ""
        term = Markup('<div><dt class="role {}">{}{}</dt><dd>{}</dd>{}</div>')
        parts.append(term.format(role, before, letters, t(f"home.term_{role}"), number))
    return Markup('<dl class="definition">{}</dl>').format(markup.join(parts))


def pixel(view: View) -> dict[str, float]:
    """Role -> value of the main block, of the channel drawn below, at the pixel that the drawing begins with."""
    shortcut, branch, _ = block_sum.maps_of_sum(view)
    (channel,) = pictures.leading_channels((shortcut, branch), 1)
    place = residual.clearest_pixel(shortcut[channel], branch[channel])
    x, f = (float(each[channel].flatten()[place]) for each in (shortcut, branch))
    return {"sum": x + f, "shortcut": x, "branch": f}
