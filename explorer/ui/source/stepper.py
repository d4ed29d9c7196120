"""Controls to step through a block: select box, buttons with keys, slider. Each only writes to the session."""

import streamlit as st

from explorer.analysis import source
from explorer.analysis.source import WHOLE, Step
from explorer.models.network import Network
from explorer.ui.state import url_state
from explorer.ui.widgets import linked
from explorer.ui.words import t


def draw(network: Network) -> tuple[str, list[Step], Step]:
    """Draw the controls; return the chosen block, its steps and the current step."""
    names = {block: block for block in network.graph.parts} | {WHOLE: t("source.block_network")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="controls"):
        block = linked.selectbox(
            t("source.block"),
            names,
            key="block",
            help=t("source.block_help"),
            width=180,
            format_func=names.__getitem__,
        )
        steps = source.walk(network, block)
        ids = [step.id for step in steps]
        place = ids.index(url_state.restore("step", ids, ids[0]))
        outer = [step.id for step in steps if step.depth == 0]
        here = max(k for k, step in enumerate(steps[: place + 1]) if step.depth == 0)
        now = outer.index(steps[here].id)
        inside = place + 1 < len(steps) and steps[place + 1].depth == 1
        st.button(
            t("source.back"),
            key="back",
            icon=":material/arrow_upward:",
            shortcut="P",
            on_click=go,
            args=(outer[max(now - 1, 0)],),
            disabled=place == 0,
        )
        st.button(
            t("source.next"),
            key="next",
            icon=":material/arrow_downward:",
            shortcut="N",
            type="primary",
            on_click=go,
            args=(outer[min(now + 1, len(outer) - 1)],),
            disabled=now == len(outer) - 1,
        )
        leave = steps[place].depth == 1 and not inside
        st.button(
            t("source.out" if leave else "source.into"),
            key="into",
            icon=":material/logout:" if leave else ":material/login:",
            shortcut="I",
            on_click=go,
            args=(steps[here if leave else min(place + 1, len(steps) - 1)].id,),
            disabled=not (inside or leave),
            width=150,  # the same for both labels, so that the layout does not shift
        )
        linked.select_slider(t("source.step"), ids, key="step", label_visibility="collapsed")
    return block, steps, steps[place]


def go(step: str) -> None:
    st.session_state.step = step
