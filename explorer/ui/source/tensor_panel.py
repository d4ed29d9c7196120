"""The tensor of a step: description, channel maps, statistics, change, histogram."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from markupsafe import Markup, escape
from torch import Tensor

from explorer.analysis.source import WHOLE, Step
from explorer.analysis.trace import Trace, statistics
from explorer.core.palette import Role
from explorer.models.graph import Node
from explorer.plots import charts
from explorer.plots.pictures import common_scale
from explorer.ui.layout import style
from explorer.ui.source import channel_picker, explain
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, html_figures, markup
from explorer.ui.words import class_names, sentences, t


def role_of(step: Step, view: View, block: str) -> Role | None:
    graph = view.network.graph.blocks.get(block)
    if graph is None:
        return None
    if step.tensor in (graph.add, graph.out):
        return "sum"
    return "shortcut" if step.tensor in (graph.input, *graph.carried) else "branch"


def draw(view: View, block: str, steps: Sequence[Step], step: Step, traced: Trace) -> None:
    """Draw a description of the step's tensor and its channel maps."""
    tensor = traced[step.tensor]
    variable = step.variable or ("x" if block == WHOLE else "out")
    if step.kind == "return":
        variable = step.statement.removeprefix("return ")
    code = Markup("<code class='role {}'>{}</code>").format(role_of(step, view, block) or "", variable)
    holds = escape(t("source.holds", variable="{}")).format(code)
    markup.show(Markup("<p style='margin:0'>{} <b>{}</b></p>").format(holds, explain.sizes(tensor)))
    st.markdown(explain.story(view.network, block, steps, step))
    if step.kind == "test":
        if "downsample" in step.statement:
            given = traced[view.network.graph.inside(block)[0]]
            st.markdown(f"**{t('source.compared', x=explain.sizes(given), out=explain.sizes(tensor))}**")
    elif step.tensor == view.network.graph.logits:
        draw_logits(view, tensor[0])
    else:
        channel_picker.choose(tensor.shape[1])
        if step.kind == "add":
            draw_sum(block, traced)
        else:
            draw_maps(block, step, traced, view.network.graph.nodes)
    st.markdown(sentences(explain.shape(view.network, step, traced), explain.change(view.network, step, traced)))


def draw_figures(view: View, block: str, step: Step, traced: Trace) -> None:
    """Draw the statistics and the histogram of the step's tensor."""
    if step.kind == "test":
        return
    summary = vars(statistics(traced[step.tensor]))
    written = {
        name: f"{value:.0%}" if name == "zeros" else html_figures.number(value) for name, value in summary.items()
    }
    markup.show(html_figures.facts((t(f"source.{name}"), value) for name, value in written.items()))
    draw_histogram(view, block, step, traced)


def draw_maps(block: str, step: Step, traced: Trace, nodes: Mapping[str, Node]) -> None:
    tensor = traced[step.tensor]
    scale = common_scale([tensor])
    # Use the scale before ReLU, so that values ReLU passes keep their colour
    if step.node and step.before and nodes[step.node].kind == "ReLU":
        scale = replace(scale, limit=common_scale([traced[step.before]]).limit)
    markup.show(channel_picker.grid(tensor, traced, block, scale, count=12, columns=6) + html_figures.legend(scale))


def draw_logits(view: View, logits: Tensor) -> None:
    """Draw the largest logits with their class names."""
    largest = logits.topk(min(12, len(logits))).indices.tolist()
    scale = common_scale([logits])
    names = class_names(view.network.labels)
    markup.show(html_figures.tiles(logits[:, None, None], largest, scale, 6, names) + html_figures.legend(scale))


def draw_sum(block: str, traced: Trace) -> None:
    """Draw x + F(x) = sum: three tensors, same channels, one scale."""
    parts: dict[Role, Tensor] = {
        "shortcut": traced[f"{block}.shortcut"],
        "branch": traced[f"{block}.branch"],
        "sum": traced[f"{block}.add"],
    }
    scale = common_scale(parts.values())
    terms = [
        html_figures.term(
            role,
            f"{name}|{t(f'source.{role}')}",
            channel_picker.grid(tensor, traced, block, scale, count=6, columns=2),
        )
        for (role, tensor), name in zip(parts.items(), ("identity", "out", "out + identity"), strict=True)
    ]
    markup.show(html_figures.sum_row(terms, scale))


def draw_histogram(view: View, block: str, step: Step, traced: Trace) -> None:
    role = role_of(step, view, block)
    if step.kind == "add":
        names: dict[Role, str] = {"shortcut": "shortcut", "branch": "branch", "sum": "add"}
        series = {t(f"source.{part}"): traced[f"{block}.{name}"] for part, name in names.items()}
        colours = [style.role_colour(part) for part in names]
    else:
        series = {t("source.now"): traced[step.tensor]}
        colours = [style.role_colour(role) if role else charts.TEAL]
        if step.before:
            series = {t("source.before"): traced[step.before], **series}
            colours = [charts.GREY, *colours]
    spec = chart_view.cached_spec((view.key, block, step.id), histogram, series, colours)
    words = t("source.histogram_alt")
    chart_view.show(words, spec, key="histogram", alt=f"{words}: {', '.join(series)}", height=240)


def histogram(series: dict[str, Tensor], colours: Sequence[str]) -> charts.Chart:
    return charts.histogram(
        charts.histogram_table(series),
        list(series),
        colours,
        value=t("source.histogram_value"),
        share=t("source.histogram_share"),
    )
