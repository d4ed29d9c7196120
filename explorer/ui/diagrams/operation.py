"""One operation: kernel, sizes and costs as formulas with numbers, and the receptive field of one value."""

from collections.abc import Hashable
from math import prod

import streamlit as st

from explorer.analysis.counts import ATTEND
from explorer.analysis.fields import Field
from explorer.analysis.model_costs import Cost, ModelCosts
from explorer.analysis.source import WHOLE
from explorer.models.dataflow import LAYOUT
from explorer.plots import diagram_block, diagram_operation, pictures
from explorer.ui.diagrams import shared
from explorer.ui.layout import style
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view
from explorer.ui.widgets.html_figures import facts
from explorer.ui.widgets.markup import show
from explorer.ui.words import sentences, t

DOES = {  # words -> kinds, in lower case: a module's class or a function
    "conv2d": ("conv2d",), "batchnorm2d": ("batchnorm2d", "batch_norm"), "relu": ("relu",),
    "maxpool2d": ("maxpool2d", "max_pool2d"),
    "add": ("add",), "adaptiveavgpool2d": ("adaptiveavgpool2d", "adaptive_avg_pool2d"), "flatten": ("flatten",),
    "linear": ("linear",), "identity": ("identity",), "dropout": ("dropout",), "getitem": ("getitem",), "pad": ("pad",),
    "mul": ("mul",), "sigmoid": ("sigmoid",), "sub": ("sub", "rsub"),
    "avgpool2d": ("avgpool2d", "avg_pool2d"), "layer_norm": ("layernorm", "layer_norm", "layernorm2d"),
    "group_norm": ("groupnorm", "group_norm"), "activation": (
        "gelu", "silu", "hardswish", "hardsigmoid", "relu6", "tanh", "leakyrelu", "leaky_relu", "elu", "mish"
    ),
    "attention": tuple(ATTEND), "sdpa": ("scaled_dot_product_attention",),
    "product": ("matmul", "bmm", "mm", "einsum", "baddbmm"), "softmax": ("softmax",), "cat": ("cat", "concat", "stack"),
    "slice": ("chunk", "split", "unbind", "narrow", "select"), "roll": ("roll",), "mean": ("mean",),
    "layout": tuple(LAYOUT),
}  # fmt: skip


def draw(view: View, costs: ModelCosts, block: str, op: str) -> None:
    cost = costs.calls[op] if block == WHOLE else costs.inside(block)[op]
    st.header(op if op.endswith(f".{cost.kind}") else f"{op} · {cost.kind}")
    st.markdown(t(f"diagrams.does_{does(costs, cost)}", kind=cost.kind))
    for row in fact_rows(cost):
        show(facts((t(f"diagrams.{name}"), value) for name, value in row.items()))
    for words, formula in formulas(cost):
        st.markdown(f"{t(words)}  \n{formula}")
    left, right = st.columns([1, 1], gap="medium") if diagram_operation.has_window(cost) else (None, st.container())
    if left:
        with left:
            draw_window(costs, cost)
    with right:
        draw_receptive_field(view, costs, cost)


def does(costs: ModelCosts, cost: Cost) -> str:
    """Which sentence says what the call computes."""
    kind, block = cost.kind.lower(), costs.blocks.get(cost.block or "")
    if not cost.inputs:
        return "constant"
    if kind == "add" and not (block and block.calls.get(block.add) == cost.name):
        return "add_other"
    if kind == "mul" and cost.weights:
        return "scale"
    if kind == "linear" and cost is not list(costs.calls.values())[-1]:
        return "linear_inside"
    if kind == "dropout" and not (block and block.shortcut == "dropout"):
        return "dropout_any"
    if kind == "getitem" and (cost.stride or 1) < 2:
        return "slice"
    if kind == "flatten" and prod(cost.input[1:]) > 1:
        return "layout"
    if kind == "adaptiveavgpool2d" and prod(cost.output[1:]) > 1:
        return "avgpool2d"
    return next((words for words, kinds in DOES.items() if kind in kinds), "other")


def fact_rows(cost: Cost) -> list[dict[str, str]]:
    """Two rows (shapes, settings) of word key -> text, without entries that the operation does not have."""
    shapes = {"input": cost.input, "output": cost.output, "weight": cost.weight}
    settings = {
        "kernel": diagram_block.kernel(cost) if cost.kernel else None,
        "stride": cost.stride,
        "padding": cost.padding,
        "groups": cost.groups,
        "field": field_words(cost.field) if cost.inputs else None,
    }
    return [
        {name: shared.shape(sizes) for name, sizes in shapes.items() if sizes},
        {name: str(value) for name, value in settings.items() if value is not None},
    ]


def field_words(field: Field | None) -> str:
    return (
        t("diagrams.field_unknown") if field is None else t("diagrams.field_whole") if field.whole else str(field.size)
    )


def formulas(cost: Cost) -> list[tuple[str, str]]:
    """(word key, formula with this operation's numbers) pairs."""
    found = []
    if diagram_operation.has_window(cost):
        side = f"⌊({cost.input[-1]} + 2·{cost.padding} − {cost.kernel}) / {cost.stride}⌋ + 1 = **{cost.output[-1]}**"
        found.append(("diagrams.formula_side", side))
    count = sum(map(prod, cost.weights))
    if cost.weights and count == cost.parameters:
        sizes = " + ".join(" · ".join(map(str, sizes)) for sizes in cost.weights)
        found.append(("diagrams.formula_parameters", f"{sizes} = **{cost.parameters:,}**"))
    times, rest = divmod(cost.multiply_adds, count) if count else (0, 0)
    if cost.multiply_adds and cost.kind.lower() in ATTEND:
        tokens, width = cost.output[0], cost.output[-1]
        whole = f"{count:,} · {tokens} + 2 · {tokens}² · {width} = **{cost.multiply_adds:,}**"
        if count * tokens + 2 * tokens**2 * width == cost.multiply_adds:
            found.append(("diagrams.formula_attention", whole))
    elif times and not rest:
        places = " · ".join(map(str, cost.output[1:] if cost.kernel else cost.output[:-1])) if times > 1 else ""
        words = "kernel" if cost.kernel else "tokens" if times > 1 else "other"
        places = places or ("1 · 1" if cost.kernel else "")
        key = {"kernel": "multiply_adds", "tokens": "tokens", "other": "other"}[words]
        whole = f"{count:,}" + (f" · {places}" if places else "") + f" = **{cost.multiply_adds:,}**"
        found.append((f"diagrams.formula_{key}", whole))
    elif cost.multiply_adds:
        values = prod(cost.output)
        whole = f"{values:,} · {cost.multiply_adds // values} = **{cost.multiply_adds:,}**"
        found.append(("diagrams.formula_product", whole))
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
    if field is None or field.whole:
        if cost.inputs:
            st.markdown(t("diagrams.seen_whole" if field else "diagrams.seen_unknown"))
        return
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
