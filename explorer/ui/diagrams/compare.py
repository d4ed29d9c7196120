"""Networks side by side on one scale, also without shortcuts; needs no weights."""

import pandas as pd
import streamlit as st

from explorer.analysis import model_costs
from explorer.analysis.model_costs import ModelCosts
from explorer.codegen import diagrams as scripts
from explorer.models.cifar_resnet import DEPTHS, Design
from explorer.plots import diagram_compare, diagram_stream
from explorer.ui.diagrams import overview, shared
from explorer.ui.layout import network_picker, style
from explorer.ui.state import url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, linked, tables
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import network_name, sentences, t

MAX_NETWORKS = 4


@fragment
def draw(view: View) -> None:
    names = choose(view)
    if not names:
        st.info(t("diagrams.compare_none"))
        return
    classes, side = len(view.network.labels), shared.costs_of(view).input_px
    shown: dict[str, ModelCosts] = {name: shared.outline(name, classes, side) for name in names}
    first = shown[names[0]]
    twin = model_costs.without_shortcuts(first)
    shown = {network_name(name): costs for name, costs in shown.items()}
    name = network_name(names[0])
    twinned = st.session_state.plain and any(block.shortcut for block in first.blocks.values())
    if twinned:
        shown = {name: first, t("diagrams.plain_name", network=name): twin, **shown}
    spec = chart_view.cached_spec(
        (list(shown), classes, side), diagram_compare.networks, shown, t, dark=style.is_dark()
    )
    found = table(shown)
    totals = "; ".join(f"{row[0]}: {row[1]}, {row[2]:,}, {row[3]:,}" for row in found.itertuples(index=False))
    other = ", ".join(
        f"{name} {costs.input_px}×{costs.input_px} px" for name, costs in shown.items() if costs.input_px != side
    )
    said = t("diagrams.compare_said", side=side, classes=classes)
    st.caption(sentences(said, t("diagrams.compare_own_size", networks=other) if other else ""))
    alt = t("diagrams.compare_alt", totals=totals)
    chart_view.show(t("charts.block_by_block"), spec, key="diagram_compare", alt=alt)
    if twinned:
        kept = {
            name: getattr(twin.total, name) / getattr(first.total, name) for name in ("parameters", "multiply_adds")
        }
        st.markdown(t("diagrams.compare_plain_said", network=name, **kept))
    figures = {t(f"diagrams.{name}"): st.column_config.NumberColumn(format="localized") for name in overview.COUNTS}
    tables.show(found, column_config=figures, alt=alt)
    if all(map(diagram_stream.has_lanes, shown.values())):
        code_export.offer(view, lambda _: scripts.compare(names, classes, side))
    elif code := scripts.counted(names, classes):
        code_export.offer(view, lambda _: code)


def choose(view: View) -> list[str]:
    """Draw the widget; return the chosen networks in the order of the options."""
    wanted = st.query_params.get("versus", "").split(" ")
    named = filter(network_picker.may_open, [*wanted, *st.session_state.get("versus", [])])
    names = network_picker.network_options("network", *named)
    usual = {view.network.name, default_other(view.network.name)}
    plain = url_state.restore("plain", (0, 1), 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = linked.multiselect(
            t("diagrams.compare_choose"), names, key="versus", default=[name for name in names if name in usual],
            most=MAX_NETWORKS, format_func=network_name,
        )  # fmt: skip
        st.session_state.plain = bool(plain)
        st.toggle(t("diagrams.plain"), key="plain", persist_state="session")
    url_state.keep(plain=int(st.session_state.plain))
    return [name for name in names if name in chosen]


def default_other(name: str) -> str:
    """Default second network: a deeper one, or else one of another kind."""
    if design := Design.named(name):
        depth = DEPTHS[(DEPTHS.index(design.depth) + 1) % len(DEPTHS)] if design.depth in DEPTHS else DEPTHS[0]
        return Design(depth, "identity" if design.residual else "none").name
    return "resnet50" if name != "resnet50" else "resnet18"


def table(shown: dict[str, ModelCosts]) -> pd.DataFrame:
    names = [t(f"diagrams.{name}") for name in ("network", "blocks", "parameters", "multiply_adds")]
    rows = [
        (name, len(costs.blocks), costs.total.parameters, costs.total.multiply_adds) for name, costs in shown.items()
    ]
    return pd.DataFrame(rows, columns=names)
