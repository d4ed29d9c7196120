"""Step through torchvision's own source, line by line, with the live tensor of each line."""

import streamlit as st
import torchvision
from torch import Tensor

from explorer.drawing import charts
from explorer.drawing.palette import Role
from explorer.drawing.pictures import common_scale
from explorer.network import script, source
from explorer.network.source import WHOLE, Listing, Step
from explorer.network.trace import Trace, statistics
from screen import bar, cached, channels, explain, figures, link, program, stepper, style
from screen.cached import View
from screen.words import say


def page() -> None:
    st.title(say("source.title"))
    view = bar.view()
    walk(view)
    bar.caption(view)
    st.caption(say("source.sources"))


@st.fragment
def walk(view: View) -> None:
    """Redraws alone: a step touches neither the bar nor the network."""
    blocks = [*view.network.anatomy.blocks, WHOLE]
    block = link.restore("block", blocks, blocks[0])
    steps = source.walk(view.network, block)
    ids = [step.id for step in steps]
    link.restore("step", ids, ids[0])
    controls(blocks, steps)
    block = st.session_state.block
    step = next(step for step in steps if step.id == st.session_state.step)
    link.keep(block=block, step=step.id)

    traced = cached.block_trace(view.key, block, view.network, view.x)
    code, tensor = st.columns([5, 7], gap="medium")
    with code:
        listings = source.listings(view.network, block)
        draw_code(listings, steps, step)
    with tensor:
        draw_tensor(view, block, steps, step, traced)
    program.offer(view, lambda file: script.walk(view.network, block, steps, step, file))
    more = st.expander(say("source.more_source"), key="more", on_change="rerun")
    if more.open:
        for k, (name, listing) in enumerate(list(listings.items())[1:]):
            with more:
                stepper.draw(listing, (), None, label=say("source.listing_label", name=name), key=f"more_{k}")
                st.caption(where(listing))


def controls(blocks: list[str], steps: list[Step]) -> None:
    """Block, buttons and slider: each only writes `step` in the session."""
    place = [step.id for step in steps].index(st.session_state.step)
    outer = [step.id for step in steps if step.depth == 0]
    here = max(k for k, step in enumerate(steps[: place + 1]) if step.depth == 0)
    now = outer.index(steps[here].id)
    inside = place + 1 < len(steps) and steps[place + 1].depth == 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="controls"):
        st.selectbox(
            say("source.block"),
            blocks,
            key="block",
            help=say("source.block_help"),
            width=180,
            persist_state="session",
            format_func={**{block: block for block in blocks}, WHOLE: say("source.block_network")}.__getitem__,
        )
        st.button(
            say("source.back"),
            key="back",
            icon=":material/arrow_upward:",
            shortcut="P",
            on_click=go,
            args=(outer[max(now - 1, 0)],),
            disabled=place == 0,
        )
        st.button(
            say("source.next"),
            key="next",
            icon=":material/arrow_downward:",
            shortcut="N",
            type="primary",
            on_click=go,
            args=(outer[min(now + 1, len(outer) - 1)],),
            disabled=now == len(outer) - 1,
        )
        if steps[place].depth == 1 and not inside:
            st.button(
                say("source.out"),
                key="into",
                icon=":material/logout:",
                shortcut="I",
                on_click=go,
                args=(steps[here].id,),
            )
        else:
            st.button(
                say("source.into"),
                key="into",
                icon=":material/login:",
                shortcut="I",
                on_click=go,
                args=(steps[min(place + 1, len(steps) - 1)].id,),
                disabled=not inside,
            )
        st.select_slider(
            say("source.step"), [step.id for step in steps], key="step", width=300, persist_state="session"
        )


def go(step: str) -> None:
    st.session_state.step = step


def clicked(key: str) -> None:
    if step := st.session_state[key].step:
        go(step)


def draw_code(listings: dict[str, Listing], steps: list[Step], step: Step) -> None:
    walked = next(iter(listings.values()))
    outer = [other for other in steps[: steps.index(step) + 1] if other.depth == 0][-1]
    label = say("source.listing_label", name=walked.name)
    stepper.draw(walked, steps, outer, label=label, key="code", on_step=lambda: clicked("code"))
    st.caption(f"{where(walked)} · {say('source.keys')}")
    if step.depth:
        inner = listings[step.listing]
        label = say("source.listing_label", name=inner.name)
        stepper.draw(inner, steps, step, label=label, key="inner_code", on_step=lambda: clicked("inner_code"))
        st.caption(where(inner))


def where(listing: Listing) -> str:
    words = f"`{listing.name}` · {say('source.version', version=torchvision.__version__.partition('+')[0])}"
    return f"{words} · [{say('source.on_the_web')}]({listing.link})" if listing.link else words


def role_of(step: Step, view: View, block: str) -> Role | None:
    if block == WHOLE:
        return None
    anatomy = view.network.anatomy.blocks[block]
    if step.tensor in (anatomy.add, anatomy.out):
        return "sum"
    return "shortcut" if step.tensor == anatomy.input or ".downsample" in step.tensor else "branch"


def draw_tensor(view: View, block: str, steps: list[Step], step: Step, traced: Trace) -> None:
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


page()
