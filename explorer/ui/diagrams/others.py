"""The additions that are not counted as residual connections; the reader may count some of them."""

from pathlib import Path

import pandas as pd
import streamlit as st

from explorer.models.graph import Graph
from explorer.models.recorder import Ref
from explorer.ui.diagrams import shared
from explorer.ui.state import url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import linked, tables
from explorer.ui.words import t

KEY = "named"


def names(graph: Graph) -> list[str]:
    return [graph.name_of(Ref(each.add)) for each in graph.found.others]


def restore(graph: Graph) -> list[str]:
    """The additions that the reader counts, as the link or the session has them."""
    allowed = names(graph)
    chosen = url_state.restore_list(KEY, allowed, ())
    return [name for name in chosen if name in allowed]


def draw(view: View) -> None:
    """Draw the list of the other additions, if there are any, and the choice of those to count."""
    graph = view.network.graph
    options = names(graph)
    if not options:
        return
    st.header(t("diagrams.others"))
    st.caption(t("diagrams.others_said"))
    st.session_state[KEY] = restore(graph)  # of another network, perhaps
    chosen = linked.multiselect(t("diagrams.count_as_residual"), options, key=KEY, default=())
    tables.show(table(graph, chosen), alt=t("diagrams.others_alt"))


def table(graph: Graph, chosen: list[str]) -> pd.DataFrame:
    """One row per addition: its name, what it is, its shape, its line, and whether the reader counts it."""
    rows = []
    for found, name in zip(graph.found.others, names(graph), strict=True):
        node = graph.nodes[name]
        frame = node.frames[-1] if node.frames else None
        where = f"{Path(frame.file).name}:{frame.line}" if frame else "–"
        rows.append((name, t(f"diagrams.other_{found.kind}"), shared.shape(node.shape[1:]), where, name in chosen))
    columns = ("addition", "reason", "output", "line", "counted")
    return pd.DataFrame(rows, columns=[t(f"diagrams.{column}") for column in columns])
