"""The whole network as a diagram, optionally coloured by live values, and a table of its operations."""

from collections.abc import Callable, Hashable

import pandas as pd
import streamlit as st

from explorer.analysis.model_costs import ModelCosts
from explorer.analysis.residual import measure_sum
from explorer.analysis.trace import statistics, trace
from explorer.core.csv_export import csv_bytes
from explorer.models.network import Network
from explorer.plots import diagrams
from explorer.ui.diagrams import shared
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, linked, tables
from explorer.ui.words import network_name, sentences, t

COUNTS = ("parameters", "multiply_adds")
OVERLAYS = ("none", "norm", "zeros", "ratio")


def draw(view: View, costs: ModelCosts, on_card: Callable[[str, ModelCosts], None]) -> None:
    """Draw the diagram; a click on a card calls `on_card(key, costs)`."""
    plain = not view.network.graph.blocks
    overlays = OVERLAYS[:-1] if plain else OVERLAYS
    overlay = linked.segmented(
        t("diagrams.overlay"),
        overlays,
        key="overlay",
        omit_default=True,
        format_func=lambda name: t(f"diagrams.overlay_{name}"),
        help=t("diagrams.overlay_help"),
    )
    coloured = overlay != "none"
    values = block_values(view.key, view.network, view)[overlay] if coloured else None
    chosen = st.session_state.block
    spec = shared.network_spec(costs, chosen, (view.key, overlay) if coloured else (), values,
                               t(f"diagrams.scale_{overlay}") if coloured else "")  # fmt: skip
    key = "diagram_network"
    chart_view.show(
        title(costs), spec, key=key, alt=alt_text(costs), on_select=lambda: on_card(key, costs),
        selection_mode="card",
    )  # fmt: skip
    hint = t("diagrams.hint_network_plain" if plain else "diagrams.hint_network")
    caption = t(f"diagrams.overlay_{overlay}_said") if coloured else hint
    st.caption(sentences(caption, card_order(costs)))
    draw_table(costs)


@memory.shared
def block_values(key: Hashable, _network: Network, _view: View) -> dict[str, dict[str, float]]:
    """Overlay -> block path -> value: norm and share of zeros of the output, and |F(x)| / |shortcut|."""
    found: dict[str, dict[str, float]] = {name: {} for name in OVERLAYS[1:]}
    graph = _network.graph
    terms = [f"{path}.{role}" for path in graph.blocks for role in ("shortcut", "branch")]
    traced = trace(_network, _view.x, keep=[*terms, *graph.ends.values()])
    for path in graph.parts:
        out = statistics(traced[graph.ends[path]])
        found["norm"][path], found["zeros"][path] = out.norm, out.zeros
    for path in graph.blocks:
        found["ratio"][path] = measure_sum(traced[f"{path}.shortcut"], traced[f"{path}.branch"]).ratio
    return found


def card_order(costs: ModelCosts) -> str:
    """A sentence on the order of small cards, used if a stage has many blocks; else empty."""
    small = [costs.blocks[box.id].part for box in diagrams.place(costs).values() if box.small]
    rows = ", ".join(f"{part} 1–{small.count(part)}" for part in costs.parts if part in small)
    return t("diagrams.hint_rows", rows=rows) if rows else ""


def title(costs: ModelCosts) -> str:
    return t("charts.diagram", network=network_name(costs.network))


def alt_text(costs: ModelCosts) -> str:
    lanes = "; ".join(
        f"{part}, {shared.shape(total.output)}, {sum(block.part == part for block in costs.blocks.values())} ⊕"
        for part, total in costs.parts.items()
    )
    changed = ", ".join(path for path, block in costs.blocks.items() if block.shortcut not in ("", "identity"))
    return t("diagrams.network_alt", network=network_name(costs.network), lanes=lanes, changed=changed or "–")


def draw_table(costs: ModelCosts) -> None:
    st.header(t("diagrams.table"))
    st.caption(t("diagrams.table_said", side=costs.input_px))
    found = table(costs)
    named = found.rename(columns={name: t(f"diagrams.{name}") for name in found.columns})
    figures = {t(f"diagrams.{name}"): st.column_config.NumberColumn(format="localized") for name in COUNTS}
    tables.show(named, height=320, alt=t("diagrams.table_alt"), placeholder="–", column_config=figures)
    st.download_button(
        f"{costs.network}.csv", lambda: csv_bytes(found), f"{costs.network}.csv",
        "text/csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def table(costs: ModelCosts) -> pd.DataFrame:
    """One row per call: the columns of torchinfo, and the receptive field."""
    return pd.DataFrame(
        [
            {
                "name": cost.name, "kind": cost.kind, "kernel": cost.kernel, "stride": cost.stride,
                "padding": cost.padding, "groups": cost.groups, "weight": shared.shape(cost.weight or ()),
                "input": shared.shape(cost.input), "output": shared.shape(cost.output),
                "parameters": cost.parameters, "multiply_adds": cost.multiply_adds,
                "field_size": cost.field.size, "field_jump": cost.field.jump,
            }
            for cost in costs.calls.values()
        ]
    ).astype(dict.fromkeys(("kernel", "stride", "padding", "groups"), "Int64"))  # fmt: skip
