"""What a residual block is, live from the chosen picture; where to go; what this machine has."""

import pandas as pd
import streamlit as st

from explorer import machine
from explorer.drawing import pictures
from explorer.drawing.pictures import common_scale, energy_map
from explorer.network import residual
from screen import bar, cached, figures
from screen.cached import View
from screen.words import escaped, say


def page() -> None:
    st.title(say("home.title"))
    view = bar.view()
    draw_sum(view)
    draw_ways()
    with st.expander(say("home.machine"), icon=":material/memory:"):
        draw_machine()
    st.caption(say("home.read_on"))


def draw_sum(view: View) -> None:
    """The chosen picture, then x + F(x) = sum of a block whose shortcut is x itself."""
    block = next(block for block in view.network.anatomy.blocks.values() if not block.downsample)
    traced = cached.block_trace(view.key, block.path, view.network, view.x)
    shortcut, branch, total = (traced[f"{block.path}.{role}"][0] for role in ("shortcut", "branch", "add"))
    st.markdown(say("home.claim", block=block.path, network=view.network.name, channels=len(shortcut)))
    maps = [energy_map(tensor) for tensor in (shortcut, branch, total)]
    scale = common_scale(maps)
    seen = pictures.rgb_png(view.network.preprocess.pixels(view.x)[0])
    terms = [figures.term("", say("home.seen"), figures.picture(pictures.data_uri(seen), say("home.picture_alt")))]
    for role, energy, word in zip(("shortcut", "branch", "sum"), maps, ("x", "f", "sum"), strict=True):
        image = figures.picture(pictures.data_uri(pictures.map_png(energy, scale)), say(f"home.{word}_alt"))
        terms.append(figures.term(role, say(f"home.{word}"), image))
    st.html(figures.sum_row(terms) + figures.legend(scale))
    found = residual.measure_sum(shortcut, branch)
    st.markdown(say("home.finding", ratio=found.ratio))


def draw_ways() -> None:
    walk, predict = st.columns(2)
    with walk.container(border=True, height="stretch"):
        st.markdown(say("home.walk_help"))
        if st.button(say("home.walk"), type="primary", icon=":material/code:"):
            st.session_state.update(block="layer2.0", step="add")
            st.switch_page("screen/pages/source.py")
    with predict.container(border=True, height="stretch"):
        st.markdown(say("home.predict_help"))
        if st.button(say("home.predict"), icon=":material/bar_chart:"):
            st.switch_page("screen/pages/predict.py")


def draw_machine() -> None:
    found = machine.inventory()
    device, data = found["device"], found["data"]
    lines = [say("machine.threads", count=device["threads"])]
    if device["memory_gb"]:
        lines.insert(0, say("machine.memory", gb=device["memory_gb"]))
    st.markdown(f"**{say('machine.device')}** · {device['kind']} · {escaped(device['name'])} · {' · '.join(lines)}")
    layout = say("machine.data_cifar10", layout=data["layout"]) if data["cifar10"] else say("machine.data_folder")
    words = layout if data["path"] else say("machine.data_none")
    st.markdown(f"**{say('machine.data')}** · {words} {say('machine.gallery', count=data['gallery'])}")
    versions = " · ".join(f"{name} {version}" for name, version in found["versions"].items())
    st.markdown(f"**{say('machine.versions')}** · {versions}")
    rows = [
        {
            say("machine.network"): name,
            **{say(f"bar.weights_{w.replace('-', '_')}"): say(f"machine.{hand}") for w, hand in weights.items()},
        }
        for name, weights in found["networks"].items()
    ]
    st.dataframe(pd.DataFrame(rows).fillna("–"), hide_index=True)
    st.caption(say("home.command_line"))


page()
