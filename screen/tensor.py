"""The tensor of a step: what it is, its channels, its figures, what changed, how its values are spread."""

from collections.abc import Sequence

import streamlit as st
from torch import Tensor

from explorer.drawing import charts
from explorer.drawing.palette import Role
from explorer.drawing.pictures import common_scale
from explorer.network.source import WHOLE, Step
from explorer.network.trace import Trace, statistics
from screen import channels, explain, figures, style
from screen.cached import View
from screen.words import say


def role_of(step: Step, view: View, block: str) -> Role | None:
    if block == WHOLE:
        return None
    anatomy = view.network.anatomy.blocks[block]
    if step.tensor in (anatomy.add, anatomy.out):
        return "sum"
    return "shortcut" if step.tensor == anatomy.input or ".downsample" in step.tensor else "branch"


def draw(view: View, block: str, steps: Sequence[Step], step: Step, traced: Trace) -> None:
    tensor = traced[step.tensor]
    role = role_of(step, view, block)
    variable = step.variable or (step.statement.split()[-1] if step.kind == "return" else "out")
    holds = say("source.holds", variable=f"<code class='role {role or ''}'>{variable}</code>")
    st.html(f"<p style='margin:0'>{holds} <b>{explain.sizes(tensor)}</b></p>")
    st.markdown(explain.story(steps, step))
    if step.kind == "add":
        draw_sum(block, traced)
    else:
        scale = common_scale([tensor])
        st.html(channels.grid(tensor, traced, block, scale, count=12, columns=6) + figures.legend(scale))
    summary = statistics(tensor)
    st.html(
        figures.facts(
            (say(f"source.{name}"), f"{value:.0%}" if name == "zeros" else figures.number(value))
            for name, value in vars(summary).items()
        )
    )
    st.markdown(
        " ".join(filter(None, (explain.shape(view.network, step, traced), explain.change(view.network, step, traced))))
    )
    channels.choose(tensor.shape[1])
    draw_histogram(block, step, traced, role)


def draw_sum(block: str, traced: Trace) -> None:
    """x + F(x) = sum: three tensors, one scale, the same channels."""
    parts: dict[Role, Tensor] = {
        "shortcut": traced[f"{block}.shortcut"],
        "branch": traced[f"{block}.branch"],
        "sum": traced[f"{block}.add"],
    }
    scale = common_scale(parts.values())
    terms = [
        figures.term(
            role,
            f"{name}|{say(f'source.{role}')}",
            channels.grid(tensor, traced, block, scale, count=6, columns=3),
        )
        for (role, tensor), name in zip(parts.items(), ("identity", "out", "out + identity"), strict=True)
    ]
    st.html(figures.sum_row(terms) + figures.legend(scale))


def draw_histogram(block: str, step: Step, traced: Trace, role: Role | None) -> None:
    if step.kind == "add":
        names: dict[Role, str] = {"shortcut": "shortcut", "branch": "branch", "sum": "add"}
        series = {say(f"source.{part}"): traced[f"{block}.{name}"] for part, name in names.items()}
        colours = [style.role_colour(part) for part in names]
    else:
        series = {say("source.now"): traced[step.tensor]}
        colours = [style.role_colour(role) if role else charts.TEAL]
        if step.before:
            series = {say("source.before"): traced[step.before], **series}
            colours = [charts.GREY, *colours]
    table = charts.histogram_table(series)
    chart = charts.histogram(
        table, list(series), colours, value=say("source.histogram_value"), share=say("source.histogram_share")
    )
    st.altair_chart(chart, height=260, key="histogram", alt=say("source.histogram_alt"))
