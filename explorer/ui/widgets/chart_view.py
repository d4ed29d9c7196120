"""Charts on a page, each with a title and a menu to save it as PNG, SVG or CSV.

Vega-Lite specifications are cached: Altair takes up to 0.1 s to make one.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import altair
import streamlit as st

from explorer.plots import chart_files, charts
from explorer.plots.charts import Chart
from explorer.ui.layout import style
from explorer.ui.state import memory
from explorer.ui.widgets import save_menu
from explorer.ui.words import escaped, language, t

Spec = dict[str, Any]

altair.data_transformers.disable_max_rows()  # Altair allows 5,000 rows; our curves may have more


def cached_spec(key: object, draw: Callable[..., Chart], *given: Any, **named: Any) -> Spec:
    """The specification of `draw(*given, **named)`, cached by `key` (determines the arguments), language, theme."""
    return _spec(draw.__module__, draw.__name__, repr(key), language(), style.text_colour(), draw, given, named)


@memory.shared
def _spec(
    module: str, name: str, key: str, language: str, ink: str,
    _draw: Callable[..., Chart], _given: tuple[Any, ...], _named: Mapping[str, Any],
) -> Spec:  # fmt: skip
    return themed_spec(_draw(*_given, **_named), ink)


def themed_spec(chart: Chart, ink: str | None = None) -> Spec:
    """The specification of `chart` with text in the theme's colour. Not cached, since it changes with each view."""
    return charts.legible(chart, ink or style.text_colour())


def show(title: str, spec: Spec, *, key: str, alt: str, headed: bool = False, saved: bool = True, **more: Any) -> Any:
    """Draw `spec` below its `title` with the menu that saves it; `more` goes to `st.vega_lite_chart`.

    `headed`: the page already has a heading with the title. `saved=False` omits the menu, for charts that are redrawn
    each second, because each redraw would replace its buttons.
    """
    with st.container(gap=None, key=f"chart_{key}"):
        with st.container(
            horizontal=True,
            horizontal_alignment="right" if headed else "distribute",
            vertical_alignment="center",
            wrap=False,
        ):
            if not headed:
                st.markdown(f"**{escaped(title)}**")  # takes the width that the menu leaves
            if saved:
                draw_save_menu(title, spec, key)
        return st.vega_lite_chart(spec, key=key, alt=alt, **more)


def draw_save_menu(title: str, spec: Spec, key: str) -> None:
    """Draw the menu."""
    caption = save_menu.caption(title)
    look: dict[str, Any] = {"ink": caption.ink, "paper": caption.paper, "caption": caption}
    images = {kind: (partial(chart_files.image, spec, kind, language(), **look), mime)
              for kind, mime in save_menu.MIME.items()}  # fmt: skip
    table = partial(chart_files.csv, spec, t("charts.name"))
    save_menu.draw({**images, "csv": (table, "text/csv")}, key, t("charts.save"), t("charts.save_help"))
