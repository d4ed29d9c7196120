"""The chosen channel: enlarged, over the picture, and its statistics."""

import streamlit as st
from markupsafe import Markup
from torch import Tensor

from explorer.analysis.trace import statistics
from explorer.data import images
from explorer.plots import pictures, sheet
from explorer.plots.pictures import common_scale
from explorer.ui.features import place
from explorer.ui.features.place import Place
from explorer.ui.state.cache import View
from explorer.ui.widgets import html_figures, linked, markup
from explorer.ui.widgets.reports import reported
from explorer.ui.words import t


def choose(count: int) -> int:
    """Draw a number input, for the keyboard and for channels that are not on screen."""
    return linked.number(t("features.channel"), range(count), key="channel")


def pick(key: str, count: int) -> None:
    """Callback: choose the clicked channel of the sheet `key`, one of `count`."""
    picked = reported(key, "picked")
    if picked is not None and picked < count:
        st.session_state.channel = int(picked)


def draw(view: View, here: Place, values: Tensor, count: int) -> None:
    """Draw the chosen channel's map `values` (H, W), one of `count` channels."""
    number, opacity = st.columns(2, vertical_alignment="bottom")
    with number:
        chosen = choose(count)
    with opacity:
        strength = st.slider(
            t("features.opacity"), 0, 100, 70, 5, key="maps_opacity", format="%d %%", persist_state="session"
        )
    scale = common_scale([values])
    x = place.network_input(view.key, here.size, view.picture, view.network)
    under = pictures.data_uri(pictures.rgb_png(view.network.preprocess.pixels(x)[0]))
    over = pictures.data_uri(images.png(sheet.glow(values, scale)))
    alone = pictures.data_uri(pictures.map_png(values, scale))
    side = "×".join(map(str, values.shape))
    both = Markup(
        '<figure><div style="position: relative"><img src="{}" alt="{}">'
        '<img src="{}" alt="{}" style="position: absolute; inset: 0; height: 100%; opacity: {}"></div>'
        "<figcaption>{}</figcaption></figure>"
    ).format(
        under, t("features.picture_alt"), over, t("features.over_alt", channel=chosen), strength / 100,
        t("features.over", size=here.size),
    )  # fmt: skip
    single = html_figures.tile(alone, t("source.channel_alt", channel=chosen), f"#{chosen} · {side}")
    markup.show(html_figures.grid([both, single], "grid-template-columns: 1fr 1fr") + html_figures.legend(scale))
    found = statistics(values)
    mean, largest = html_figures.number(found.mean), html_figures.number(found.max)
    facts = (t("source.mean"), mean), (t("source.max"), largest), (t("source.zeros"), f"{found.zeros:.0%}")
    markup.show(html_figures.facts(facts))
