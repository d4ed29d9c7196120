"""What a residual block is, live from the chosen picture; where to go; what this machine has."""

import pandas as pd
import streamlit as st

from explorer import machine
from explorer.drawing import pictures
from explorer.drawing.pictures import common_scale
from explorer.network import residual, zoo
from screen import bar, cached, figures
from screen.cached import View
from screen.words import escaped, language, say, weights_name


def page() -> None:
    st.title(say("home.title"))
    view = bar.view()
    draw_sum(view)
    draw_ways(view)
    shown = st.expander(say("home.machine"), key="machine_shown", on_change="rerun", icon=":material/memory:")
    if shown.open:
        with shown:
            draw_machine()
    st.caption(say("home.read_on"))


def draw_sum(view: View) -> None:
    """The chosen picture, then x + F(x) = sum: one channel of a block whose shortcut is x itself."""
    block = shown_block(view)
    traced = cached.block_trace(view.key, block, view.network, view.x)
    shortcut, branch, total = (traced[f"{block}.{role}"][0] for role in ("shortcut", "branch", "add"))
    (channel,) = pictures.leading_channels([shortcut, branch], 1)
    st.markdown(say("home.claim", channel=channel, channels=len(shortcut), block=block, network=view.network.name))
    maps = {"x": shortcut[channel], "f": branch[channel], "sum": total[channel]}
    scale = common_scale(maps.values())
    seen = pictures.rgb_png(view.network.preprocess.pixels(view.x)[0])
    terms = [figures.term("", say("home.seen"), figures.picture(pictures.data_uri(seen), say("home.picture_alt")))]
    for role, (word, values) in zip(("shortcut", "branch", "sum"), maps.items(), strict=True):
        image = figures.picture(pictures.data_uri(pictures.map_png(values, scale)), say(f"home.{word}_alt"))
        terms.append(figures.term(role, say(f"home.{word}"), image))
    st.html(figures.sum_row(terms, scale))
    st.markdown(say("home.finding", ratio=residual.measure_sum(shortcut, branch).ratio))


def shown_block(view: View) -> str:
    return next(path for path, block in view.network.anatomy.blocks.items() if not block.downsample)


def draw_ways(view: View) -> None:
    walk, predict = st.columns(2)
    with walk.container(border=True, height="stretch"):
        st.markdown(say("home.walk_help"))
        if st.button(say("home.walk"), type="primary", icon=":material/code:"):
            st.session_state.update(block=shown_block(view), step="add")
            st.switch_page("screen/pages/source.py")
    with predict.container(border=True, height="stretch"):
        st.markdown(say("home.predict_help"))
        if st.button(say("home.predict"), icon=":material/bar_chart:"):
            st.switch_page("screen/pages/predict.py")


def draw_machine() -> None:
    found = machine.inventory()
    for name, words in machine.facts(found, language()).items():
        st.markdown(f"**{name}** · {escaped(words)}")
    st.markdown(say("machine.gallery", count=found["data"]["gallery"]))
    columns = (*zoo.BUNDLED, *zoo.IMAGENET, "random")
    rows = [
        {say("machine.network"): name}
        | {weights_name(w): say(f"machine.{weights[w]}") if w in weights else "–" for w in columns}
        for name, weights in found["networks"].items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(say("home.command_line"))


page()
