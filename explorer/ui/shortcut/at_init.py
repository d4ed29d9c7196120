"""Networks at initialisation: gradient norms of the twins, the effect of BatchNorm, shattered gradients."""

import math
from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.analysis import at_init, gradients, picture_set
from explorer.analysis.at_init import AtInit, Shattering, Twin
from explorer.analysis.picture_set import PictureSet
from explorer.codegen import gradients as script
from explorer.plots import gradients as drawing
from explorer.ui.state import memory, shared_task
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, html_figures, linked, markup, paper_comparison
from explorer.ui.words import sentences, t

SEEDS = range(10)
HEALTHY = (0.1, 100)  # ratio of the first to the last block's gradient that counts as neither vanishing nor exploding


@memory.shared
def pictures() -> PictureSet:
    return picture_set.find(at_init.PICTURES)


def draw_norms(view: View) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        depth, seed = choose_depth(), choose_seed()
        norm = choose("normed", ("with", "without")) == "with"
    pair = (Twin(depth, seed, norm=norm), Twin(depth, seed, residual=False, norm=norm))
    result = measure_twins(pair)
    if result is None:
        return
    residual, plain = result
    names = {"residual": residual, "plain": plain}
    left, right = st.columns([7, 5], gap="medium")
    with left:
        spec = chart_view.themed_spec(drawing.norms_at_init(residual.norms, plain.norms, t))
        chart_view.show(t("charts.gradients"), spec, key="gradients_twins", alt=t("gradients.twins_alt"))
    ratios = {kind: number(gradients.first_to_last(one.norms)) for kind, one in names.items()}
    with right:
        for kind, one in names.items():
            name = t(f"gradients.{kind}")
            entries = {
                "first": html_figures.number(one.norms[0]),
                "last": html_figures.number(one.norms[-1]),
                "ratio": ratios[kind],
            }
            markup.show(html_figures.facts((t(f"gradients.{key}", name=name), value) for key, value in entries.items()))
        st.markdown(t("gradients.twins_what", depth=depth, blocks=len(residual.norms)))
        draw_batch_caption(norm)
    plain_ratio = gradients.first_to_last(plain.norms)
    low, high = HEALTHY
    healthy = low <= plain_ratio <= high
    key = "bare" if not norm else "healthy" if healthy else "explodes" if plain_ratio > high else "vanishes"
    here = t(f"gradients.here_{key}", depth=depth, **ratios)
    paper_comparison.compare(t("gradients.paper_healthy"), here, healthy if norm else None)
    code_export.offer(view, partial(script.twins, pair), pictures)


def draw_share(view: View) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        depth, seed = choose_depth(), choose_seed()
        zero = choose("gamma", ("one", "zero")) == "zero"
    pair = (Twin(depth, seed, zero_init=zero), Twin(depth, seed, norm=False))
    result = measure_twins(pair)
    if result is None:
        return
    normed, bare = result
    left, right = st.columns([7, 5], gap="medium")
    with left:
        spec = chart_view.themed_spec(drawing.shares(normed.shares, bare.shares, t))
        chart_view.show(t("charts.branch_share"), spec, key="gradients_share", alt=t("gradients.share_alt"))
        st.caption(t("gradients.share_how"))
    with right:
        names = {t("gradients.with_norm"): normed, t("gradients.without_norm"): bare}
        last = [(t("gradients.share_last", name=name), f"{one.shares[-1]:.1%}") for name, one in names.items()]
        growth = [
            (t("gradients.growth", name=name), f"× {html_figures.number(at_init.growth(one.squares))}")
            for name, one in names.items()
        ]
        markup.show(html_figures.facts([*last, *growth]))
        for key in ("gradients.share_zero",) if zero else ("gradients.share_why", "gradients.share_stages"):
            st.markdown(t(key))
        draw_batch_caption()
    compare_share(normed, bare, zero)
    code_export.offer(view, partial(script.twins, pair), pictures)


def compare_share(normed: AtInit, bare: AtInit, zero: bool) -> None:
    blocks = len(normed.shares)
    if zero:
        most = max(normed.shares)
        here = t("gradients.here_zero", blocks=blocks, most=f"{most:.0%}")
        paper_comparison.compare(t("gradients.paper_zero"), here, most == 0)
        return
    sizes = [math.sqrt(one.shares[-1] / (1 - one.shares[-1])) for one in (normed, bare)]
    root = 1 / math.sqrt(blocks)
    shown = [html_figures.number(size) for size in (*sizes, root)]
    here = t("gradients.here_share", blocks=blocks, normed=shown[0], bare=shown[1], root=shown[2])
    paper_comparison.compare(t("gradients.paper_share"), here, root / 3 < sizes[0] < 3 * root and sizes[1] > sizes[0])


def draw_shattering(view: View) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        depth, seed = choose_depth(), choose_seed()
    steps = partial(at_init.shatter, depth, seed)
    result = shared_task.offer(("shattering", depth, seed), steps, t("gradients.compute"), at_once=True)
    if result is None:
        return
    left, right = st.columns(2, gap="medium")
    with left:
        spec = chart_view.themed_spec(drawing.curves(result.gradients, t))
        chart_view.show(t("gradients.curves_title"), spec, key="gradients_curves", alt=t("gradients.curves_alt"))
    with right:
        spec = chart_view.themed_spec(drawing.correlations(result.correlations, t))
        words = t("gradients.correlations_title")
        chart_view.show(words, spec, key="gradients_correlations", alt=t("gradients.correlations_alt"))
        markup.show(html_figures.facts(reach_facts(result)))
    st.markdown(
        sentences(
            t("gradients.shattering_what", depth=depth, units=at_init.UNITS, grid=at_init.GRID, runs=at_init.RUNS),
            t("gradients.shattering_why"),
        )
    )
    near = {kind: float(correlation[1]) for kind, correlation in result.correlations.items()}
    shown = {kind: html_figures.fixed(value, 2) for kind, value in near.items()}
    noise = f"{1 / math.sqrt(at_init.GRID * at_init.RUNS):.2f}"
    here = t("gradients.here_shattering", depth=depth, noise=noise, **shown)
    paper_comparison.compare(t("gradients.paper_shattering"), here, near["residual"] > near["plain"])
    code_export.offer(view, lambda _: script.shattered(depth, seed))  # opens no picture


def reach_facts(result: Shattering) -> list[tuple[str, str]]:
    entries = []
    for kind, correlation in result.correlations.items():
        steps = at_init.correlation_length(correlation)
        words = t("gradients.far", count=steps) if steps == len(correlation) else str(steps)
        entries.append((t("gradients.reach", name=t(f"gradients.net_{kind}")), words))
    return entries


def number(value: float) -> str:
    """Three significant digits; very large values as a power of ten."""
    if value < 1e5:
        return html_figures.number(value)
    digits, _, power = f"{value:.1e}".partition("e+")
    return f"{digits} × {drawing.power_of_ten(int(power))}"


def measure_twins(twins: Sequence[Twin]) -> list[AtInit] | None:
    chosen = pictures()
    key = ("at_init", tuple(twins), chosen.ids)
    return shared_task.offer(
        key, lambda: at_init.measure(twins, *at_init.batch(chosen)), t("gradients.compute"), at_once=True
    )


def draw_batch_caption(norm: bool = True) -> None:
    chosen = pictures()
    words = t("gradients.batch", source=t(chosen.source), count=len(chosen))
    normed = t("gradients.batch_norm") if norm else ""
    st.markdown(sentences(words, normed, "" if chosen.is_cifar10 else t("gradients.batch_classes")))


def choose_depth() -> int:
    words, help_text = t("gradients.depth"), t("gradients.depth_help")
    return linked.slider(words, at_init.DEPTHS, key="gradients_depth", default=20, help=help_text, width=340)


def choose_seed() -> int:
    return linked.slider(t("gradients.seed"), SEEDS, key="gradients_seed", width=160)


def choose(name: str, options: Sequence[str]) -> str:
    """Draw a segmented control with the key `gradients_<name>`."""
    words = {option: t(f"gradients.{name}_{option}") for option in options}
    return linked.segmented(t(f"gradients.{name}"), options, key=f"gradients_{name}", format_func=words.__getitem__)
