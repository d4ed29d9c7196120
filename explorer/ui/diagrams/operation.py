"""One operation: kernel, sizes and costs as formulas with numbers, and the receptive field of one value."""

from collections.abc import Hashable
from math import prod

import streamlit as st

from explorer.analysis.model_costs import Cost, ModelCosts
from explorer.plots import diagram_operation, pictures
from explorer.ui.diagrams import shared
from explorer.ui.layout import style
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view
from explorer.ui.widgets.html_figures import facts
from explorer.ui.widgets.markup import show
from explorer.ui.words import sentences, t


def draw(view: View, costs: ModelCosts, block: str, op: str) -> None:
    cost = costs.calls.get(f"{block}.{op}") or costs.calls[op]
    st.header(f"{op} · {cost.kind}")
    st.markdown(t(f"diagrams.does_{cost.kind.lower()}"))
    for row in fact_rows(cost):
        show(facts((t(f"diagrams.{name}"), value) for name, value in row.items()))
    for words, formula in formulas(cost):
        st.markdown(f"{t(words)}  \n{formula}")
    left, right = st.columns([1, 1], gap="medium") if cost.kernel else (None, st.container())
    if left:
        with left:
            draw_window(costs, cost)
    with right:
        draw_receptive_field(view, costs, cost)


def fact_rows(cost: Cost) -> list[dict[str, str]]:
    """Two rows (shapes, settings) of word key -> text, without entries that the operation does not have."""
    shapes = {"input": cost.input, "output": cost.output, "weight": cost.weight}
    settings = {
        "kernel": f"{cost.kernel}×{cost.kernel}" if cost.kernel else None,
        "stride": cost.stride,
        "padding": cost.padding,
        "groups": cost.groups,
        "field": cost.field.size,
    }
    return [
        {name: shared.shape(sizes) for name, sizes in shapes.items() if sizes},
        {name: str(value) for name, value in settings.items() if value is not None},
    ]


def formulas(cost: Cost) -> list[tuple[str, str]]:
    """(word key, formula with this operation's numbers) pairs."""
    found = []
    if cost.kernel is not None:
        side = f"⌊({cost.input[-1]} + 2·{cost.padding} − {cost.kernel}) / {cost.stride}⌋ + 1 = **{cost.output[-1]}**"
        found.append(("diagrams.formula_side", side))
    if cost.weight:
        count = " · ".join(map(str, cost.weight))
        bias = cost.parameters - prod(cost.weight)
        found.append(
            ("diagrams.formula_parameters", count + (f" + {bias}" if bias else "") + f" = **{cost.parameters:,}**")
        )
        places = " · ".join(map(str, cost.output[1:])) if cost.kernel else ""
        words = "diagrams.formula_multiply_adds" if cost.kernel else "diagrams.formula_other"
        found.append(
            (words, f"{cost.parameters:,}" + (f" · {places}" if places else "") + f" = **{cost.multiply_adds:,}**")
        )
    return found


def draw_window(costs: ModelCosts, cost: Cost) -> None:
    window = (cost.kernel, cost.stride, cost.padding, cost.input[-1], cost.output[-1])
    spec = chart_view.cached_spec(window, diagram_operation.window, cost, t, dark=style.is_dark())
    words = t("diagrams.window_alt", kernel=cost.kernel, input=cost.input[-1], stride=cost.stride, padding=cost.padding)
    chart_view.show(t("diagrams.window_title"), spec, key="diagram_window", alt=words, width="content")
    one = cost.output[-1] == 1
    st.caption(t("diagrams.window_one") if one else t("diagrams.window_said", stride=cost.stride))


def draw_receptive_field(view: View, costs: ModelCosts, cost: Cost) -> None:
    side, field = costs.input_px, cost.field
    spec = chart_view.cached_spec(
        (view.key, field, cost.output), diagram_operation.receptive_field, input_uri(view), side, cost, t
    )
    words = t("diagrams.seen_alt", size=field.size)
    chart_view.show(t("diagrams.seen_title"), spec, key="diagram_seen", alt=words, width="content")
    one = len(cost.output) == 1 or cost.output[-1] == 1
    seen = t("diagrams.seen_one" if one else "diagrams.seen_said", size=field.size, side=side, jump=field.jump)
    st.caption(sentences(seen, t("diagrams.seen_all") if field.size > side else ""))


def input_uri(view: View) -> str:
    return _input_uri(view.key, view)


@memory.shared
def _input_uri(key: Hashable, _view: View) -> str:
    """The network's input as a colour picture, as a data URI."""
    return pictures.data_uri(pictures.rgb_png(_view.network.preprocess.pixels(_view.x)[0]))
