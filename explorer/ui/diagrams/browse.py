"""Three levels: network, block, operation. A click goes down; the controls above go back and serve the keyboard."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from explorer.analysis import labels
from explorer.analysis.model_costs import ModelCosts
from explorer.analysis.source import WHOLE
from explorer.codegen import diagrams as scripts
from explorer.codegen.views import is_written_out
from explorer.core.errors import ExplorerError
from explorer.plots import diagram_block, diagram_stream
from explorer.plots.diagram_stream import FOLD
from explorer.ui.diagrams import operation, overview, shared
from explorer.ui.layout import navigation, style
from explorer.ui.state import url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, scene_view
from explorer.ui.widgets.fragment import fragment
from explorer.ui.widgets.html_figures import facts
from explorer.ui.widgets.markup import apply_css, show
from explorer.ui.widgets.reports import reported
from explorer.ui.words import network_name, sentences, t

LEVELS = ("network", "block", "operation")


@fragment
def draw(view: View) -> None:
    costs = shared.costs_of(view)
    level = current_level(view, costs)
    draw_controls(view, costs, level)
    block, op = st.session_state.block, st.session_state.op
    url_state.keep(zoom=level, block=block, op=op if level == "operation" else None)
    if level == "network":
        overview.draw(view, costs, open_card)
    else:
        if level == "operation":
            apply_css("diagrams_operation")
        with st.container(key="zoomed"):
            left, right = st.columns([5, 6], gap="large")
        with left:
            draw_context(view, costs, block, op if level == "operation" else "")
        with right:
            if level == "block":
                draw_block(costs, block)
            else:
                operation.draw(view, costs, block, op)
            draw_links(view, costs, block, op, level)
    if is_written_out(view.network):
        code_export.offer(view, lambda file: scripts.table(view.network, file))
    elif code := scripts.counted([view.network.name], len(view.network.labels)):
        code_export.offer(view, lambda _: code)


def current_level(view: View, costs: ModelCosts) -> str:
    """The level; makes `block` and `op` in the session consistent, since a link may have only one of them."""
    named = st.query_params
    level = url_state.restore(
        "zoom", LEVELS, "operation" if "op" in named else "block" if "block" in named else "network"
    )
    blocks = [*costs.blocks, *([WHOLE] if costs.inside(None) else [])]
    block = url_state.restore("block", blocks, blocks[0])
    ops = list(costs.inside(block_or_none(block)))
    url_state.restore("op", ops, ops[0])
    if level == "block" and block == WHOLE:  # stem and head are not blocks: the network's diagram has their calls
        st.session_state.zoom = level = "network"
    return level


def block_or_none(block: str) -> str | None:
    return None if block == WHOLE else block


def draw_controls(view: View, costs: ModelCosts, level: str) -> None:
    block, op = st.session_state.block, st.session_state.op
    short = labels.of_blocks(view.network.graph)
    names = {"network": network_name(view.network.name), "block": short.get(block, block), "operation": op}
    levels = [found for found in LEVELS if found != "block" or block != WHOLE]
    width = 170 if diagram_stream.has_lanes(costs) else 320
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control(
            t("diagrams.zoom"),
            levels,
            key="zoom",
            required=True,
            format_func=lambda found: ("› " if found != "network" else "") + names[found],
            persist_state="session",
        )
        st.selectbox(
            t("diagrams.choose_block"),
            [*costs.blocks, *([WHOLE] if costs.inside(None) else [])],
            key="block",
            width=width,
            format_func=lambda path: outside(costs) if path == WHOLE else with_label(path, short),
            on_change=on_block_change,
            persist_state="session",
        )
        if level != "network":
            st.selectbox(
                t("diagrams.choose_op"),
                list(costs.inside(block_or_none(block))),
                key="op",
                width=width,
                on_change=set_level,
                args=("operation",),
                persist_state="session",
            )


def with_label(path: str, short: Mapping[str, str]) -> str:
    """`L3 attn · encoder.layers.encoder_layer_3.add`, or the path alone if it is short."""
    label = short.get(path, path)
    return path if label == path else f"{label} · {path}"


def outside(costs: ModelCosts) -> str:
    """What calls outside the blocks are called."""
    return t("diagrams.outside_blocks" if costs.between else "diagrams.stem_and_head")


def set_level(level: str) -> None:
    st.session_state.zoom = level


def on_block_change() -> None:
    set_level("operation" if st.session_state.block == WHOLE else "block")


def open_card(key: str, costs: ModelCosts) -> None:
    """Callback: open the clicked card's block, or call of stem or head, or fold or unfold the clicked stage."""
    if points := reported(key, "selection", "card"):
        id = points[0]["id"]
        if id.startswith(FOLD):
            overview.toggle(costs, id.removeprefix(FOLD))
        elif id in costs.blocks:
            st.session_state.update(block=id, zoom="block")
        else:
            st.session_state.update(block=WHOLE, op=id, zoom="operation")


def draw_context(view: View, costs: ModelCosts, block: str, op: str) -> None:
    """Draw the diagram around the operation: its block, or the network."""
    if block == WHOLE:
        key = "diagram_small"
        spec = shared.network_spec(costs, chosen=op)
        chart_view.show(
            overview.title(costs), spec, key=key, alt=overview.alt_text(costs),
            on_select=lambda: open_card(key, costs), selection_mode="card",
        )  # fmt: skip
        return
    name = costs.blocks[block].calls[op] if op else ""
    try:
        step = shared.step_of(view.network, block, name) if op else ""
        scene_view.restart("sketch")
        opened = partial(open_operation, costs)
        scene_view.draw(view, block, key="sketch", start={"step": step}, on={"operation": opened}, sketch=True)
    except ExplorerError:
        draw_without_pictures(costs, block, op)


def draw_without_pictures(costs: ModelCosts, block: str, op: str) -> None:
    """Draw the block's operations where there is no scene of it."""
    key = "diagram_block"
    spec = chart_view.cached_spec(
        (costs.network, costs.input_px, costs.total, block, op), diagram_block.block, costs, block, t,
        dark=style.is_dark(), chosen=op,
    )  # fmt: skip
    found = costs.blocks[block]
    on_it = ", ".join(found.carried) or "x"
    branch = [name for name in costs.inside(block) if name not in (*found.carried, found.add)]
    alt = t("diagrams.block_alt", block=block, branch=", ".join(branch), shortcut=on_it, after=found.add or "–")
    chart_view.show(
        f"{block} · {found.kind}", spec, key=key, alt=alt, on_select=lambda: open_call(key), selection_mode="card"
    )
    st.caption(t("diagrams.no_scene"))


def open_call(key: str) -> None:
    """Callback: open the clicked call of the block."""
    if points := reported(key, "selection", "card"):
        st.session_state.update(op=points[0]["id"], zoom="operation")


def open_operation(costs: ModelCosts, name: str) -> None:
    """Callback: `name` is that of a tensor, `layer1.0.conv1`."""
    calls = costs.blocks[st.session_state.block].calls
    if op := next((short for short, call in calls.items() if call == name), None):
        st.session_state.update(op=op, zoom="operation")


def draw_block(costs: ModelCosts, path: str) -> None:
    block = costs.blocks[path]
    calls = costs.inside(path)
    given = next((cost for cost in calls.values() if cost.inputs), next(iter(calls.values()))).input
    sizes = {"input": shared.shape(given), "output": shared.shape(block.output)}
    st.markdown(sentences(*said_of(costs, path, sizes)))
    entries = {
        "parameters": f"{block.parameters:,} ({block.parameters / costs.total.parameters:.1%})",
        "multiply_adds": f"{block.multiply_adds:,} ({block.multiply_adds / costs.total.multiply_adds:.1%})",
        "field": operation.field_words(list(calls.values())[-1].field),
    }
    for row in (sizes, entries):
        show(facts((t(f"diagrams.{name}"), value) for name, value in row.items()))
    st.caption(t("diagrams.hint_block" if block.shortcut else "diagrams.hint_block_plain"))


def said_of(costs: ModelCosts, path: str, sizes: Mapping[str, str]) -> list[str]:
    """Sentences on a block: its shortcut, and, unless it is a ResNet's, its branch and what scales it."""
    block, calls = costs.blocks[path], costs.inside(path)
    count = f"{sum(calls[name].parameters for name in block.carried):,}"
    kind = block.shortcut or "plain"
    if diagram_stream.has_lanes(costs) and (kind != "projection" or "downsample.0" in calls):
        kind = "conv" if kind == "projection" and sizes["input"] == sizes["output"] else kind
        return [t(f"diagrams.block_{kind}", block=path, kind=block.kind, parameters=count, **sizes)]
    if kind == "plain":
        return [t("diagrams.part_plain", block=path, kind=block.kind, **sizes)]
    carried = ", ".join(f"`{name}`" for name in block.carried)
    return [
        t("diagrams.connection", block=path, kind=block.kind),
        t(f"diagrams.shortcut_{kind}", parameters=count, calls=carried, **sizes),
        t(f"diagrams.branch_{block.mixer}") if block.mixer else "",
        t("diagrams.scaled_said", factors=", ".join(f"`{name}`" for name in block.scaled)) if block.scaled else "",
    ]


def draw_links(view: View, costs: ModelCosts, block: str, op: str, level: str) -> None:
    """Draw links to the same place on other pages, which share the chosen block."""
    name = op if block == WHOLE else costs.blocks[block].calls[op]
    with st.container(horizontal=True):
        if st.button(t("diagrams.to_source"), icon=":material/code:"):
            if level == "operation":
                st.session_state.step = shared.step_of(view.network, block, name)
            st.switch_page(navigation.path("source"))
        residual = block in view.network.graph.blocks
        if residual and st.button(t("diagrams.to_shortcut"), icon=":material/call_split:"):
            st.switch_page(navigation.path("shortcut"))
