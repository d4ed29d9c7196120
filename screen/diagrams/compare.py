"""Networks side by side on one scale, also without their shortcuts. None needs weights."""

import pandas as pd
import streamlit as st

from explorer.drawing import diagram_compare
from explorer.network import account as accounts
from explorer.network.account import Account
from explorer.network.scripts import diagrams as scripts
from explorer.network.zoo import NETWORKS
from screen import link, program, specs, style
from screen.cached import View
from screen.diagrams import overview, shared
from screen.words import say

MOST = 4


@st.fragment
def draw(view: View) -> None:
    names = choose(view)
    if not names:
        st.info(say("diagrams.compare_none"))
        return
    classes, side = len(view.network.labels), shared.account(view).input_px
    shown: dict[str, Account] = {name: shared.outline(name, classes, side) for name in names}
    first = shown[names[0]]
    twin = accounts.plain(first)
    if st.session_state.plain:
        shown = {names[0]: first, say("diagrams.plain_name", network=names[0]): twin, **shown}
    spec = specs.made((list(shown), classes, side), diagram_compare.networks, shown, say, dark=style.dark())
    found = table(shown)
    totals = "; ".join(f"{row[0]}: {row[1]}, {row[2]:,}, {row[3]:,}" for row in found.itertuples(index=False))
    st.caption(say("diagrams.compare_said", side=side, classes=classes))
    st.vega_lite_chart(spec, key="diagram_compare", alt=say("diagrams.compare_alt", totals=totals))
    if st.session_state.plain:
        kept = {
            name: getattr(twin.total, name) / getattr(first.total, name) for name in ("parameters", "multiply_adds")
        }
        st.markdown(say("diagrams.compare_plain_said", network=names[0], **kept))
    figures = {say(f"diagrams.{name}"): st.column_config.NumberColumn(format="localized") for name in overview.COUNTS}
    st.dataframe(found, hide_index=True, column_config=figures, alt=say("diagrams.compare_alt", totals=totals))
    program.offer(view, lambda _: scripts.compare(names, classes, side))


def choose(view: View) -> list[str]:
    """The chosen networks, in the order in which torchvision has them; in the link with spaces between."""
    if "versus" not in st.session_state:
        wanted = st.query_params.get("versus", "").split(" ")
        usual = {view.network.name, "resnet50" if view.network.name != "resnet50" else "resnet18"}
        st.session_state.versus = [name for name in NETWORKS if name in wanted][:MOST] or [
            name for name in NETWORKS if name in usual
        ]
    plain = link.restore("plain", (0, 1), 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            say("diagrams.compare_choose"), NETWORKS, key="versus", max_selections=MOST, persist_state="session"
        )
        st.session_state.plain = bool(plain)
        st.toggle(say("diagrams.plain"), key="plain", persist_state="session")
    chosen = [name for name in NETWORKS if name in st.session_state.versus]
    link.keep(versus=" ".join(chosen) or None, plain=int(st.session_state.plain))
    return chosen


def table(shown: dict[str, Account]) -> pd.DataFrame:
    names = [say(f"diagrams.{name}") for name in ("network", "blocks", "parameters", "multiply_adds")]
    rows = [
        (name, len(account.blocks), account.total.parameters, account.total.multiply_adds)
        for name, account in shown.items()
    ]
    return pd.DataFrame(rows, columns=names)
