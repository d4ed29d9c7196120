"""The whole network as a diagram, optionally coloured by live values, and a table of its operations."""

from collections.abc import Callable, Hashable

import pandas as pd
import streamlit as st

from explorer.analysis import paths
from explorer.analysis.counts import ATTEND, PRODUCTS
from explorer.analysis.model_costs import ModelCosts
from explorer.analysis.residual import measure_sum
from explorer.analysis.trace import statistics, trace
from explorer.core import files, local_networks
from explorer.core.csv_export import csv_bytes
from explorer.models.network import Network
from explorer.plots import diagram_stream, diagrams
from explorer.ui.diagrams import others, shared
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
    named = others.restore(view.network.graph)
    lanes = diagram_stream.has_lanes(costs) and not named
    unfolded = None if lanes else unfolded_stages(costs)
    if not lanes and not coloured and diagram_stream.can_fold(costs):
        st.session_state.unfold_all = set(diagram_stream.can_fold(costs)) <= set(unfolded or ())
        words = t("diagrams.unfold_parts" if plain else "diagrams.unfold_all")
        st.toggle(words, key="unfold_all", on_change=toggle_all, args=(costs,))
    spec = shared.network_spec(costs, st.session_state.block, (view.key, overlay) if coloured else (), values,
                               t(f"diagrams.scale_{overlay}") if coloured else "", unfolded, named)  # fmt: skip
    key = "diagram_network"
    chart_view.show(
        title(costs), spec, key=key, alt=alt_text(costs), on_select=lambda: on_card(key, costs),
        selection_mode="card",
    )  # fmt: skip
    hint = t(f"diagrams.hint_{'network' if lanes else 'stream'}{'_plain' if plain else ''}")
    caption = t(f"diagrams.overlay_{overlay}_said") if coloured else hint
    folded = not lanes and not coloured and not set(diagram_stream.can_fold(costs)) <= set(unfolded or ())
    more = card_order(costs) if lanes else t("diagrams.hint_folded") if folded else ""
    st.caption(sentences(caption, more))
    if not lanes:
        st.markdown(sentences(*beside_residuals(view.network, costs)))
    others.draw(view)
    draw_table(costs)


def unfolded_stages(costs: ModelCosts) -> list[str]:
    """The stages that are shown with all their connections; the reader folds and unfolds them."""
    key = "unfolded"
    kept: tuple[str, list[str]] = st.session_state.get(key, ("", []))
    if kept[0] != costs.network:
        st.session_state[key] = kept = (costs.network, diagram_stream.stages_open(costs))
    return kept[1]


def toggle(costs: ModelCosts, part: str) -> None:
    """Fold or unfold a stage."""
    now = unfolded_stages(costs)
    st.session_state.unfolded = (costs.network, [each for each in costs.parts if (each in now) != (each == part)])


def toggle_all(costs: ModelCosts) -> None:
    st.session_state.unfolded = (costs.network, list(costs.parts) if st.session_state.unfold_all else [])


def beside_residuals(network: Network, costs: ModelCosts) -> list[str]:
    """Sentences on concatenations and gates, and, of a network without residual connections, what it has instead."""
    found, name = network.graph.found, network_name(network.name)
    joins = sum(cost.kind == "cat" and len(cost.inputs) > 1 for cost in costs.calls.values())
    dense = found.concatenations
    if network.graph.blocks:
        told = [t("diagrams.concatenations", count=dense) if dense else ""]
    else:
        kind = "dense" if dense else "joined" if joins else "chain"
        told = [t("diagrams.no_residual", network=name), t(f"diagrams.instead_{kind}", count=dense or joins)]
    chain = sum(paths.branches(network.graph)) == 2 ** len(network.graph.blocks)
    told.append("" if chain else t("diagrams.not_one_row"))
    unused = t("diagrams.unused", count=f"{costs.unused:,}") if costs.unused else ""
    return [*told, t("diagrams.gates", count=found.gates) if found.gates else "", unused]


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
    tokens = any(cost.kind in PRODUCTS | ATTEND for cost in costs.calls.values())
    products = sum(cost.products for cost in costs.calls.values())
    st.caption(sentences(
        t("diagrams.table_said", side=costs.input_px), t("diagrams.table_tokens") if tokens else "",
        "" if diagram_stream.has_lanes(costs) else t("diagrams.table_products", count=f"{products:,}"),
    ))  # fmt: skip
    found = table(costs)
    named = found.rename(columns={name: t(f"diagrams.{name}") for name in found.columns})
    figures = {t(f"diagrams.{name}"): st.column_config.NumberColumn(format="localized") for name in COUNTS}
    tables.show(named, height=320, alt=t("diagrams.table_alt"), placeholder="–", column_config=figures)
    file = files.file_stem(local_networks.label(costs.network)) + ".csv"
    st.download_button(
        file, lambda: csv_bytes(found), file,
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
                "field_size": cost.field.size if cost.field else None,
                "field_jump": (cost.field.jump or None) if cost.field else None,
            }
            for cost in costs.calls.values()
        ]
    ).astype(dict.fromkeys(("kernel", "stride", "padding", "groups", "field_size", "field_jump"), "Int64"))  # fmt: skip
