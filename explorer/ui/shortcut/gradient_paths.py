"""Gradients along single paths: by the number of branches on them, and through the shortcuts alone."""

from functools import partial

import streamlit as st

from explorer.analysis import gradients, labels, path_gradients, paths
from explorer.analysis.path_gradients import PathGradients
from explorer.codegen import path_gradients as script
from explorer.plots import gradients as drawing
from explorer.ui.finetune import run_monitor
from explorer.ui.layout import header
from explorer.ui.state import cache, memory, shared_task
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, html_figures, paper_comparison
from explorer.ui.words import class_names, escaped, sentences, t

AT_ONCE_S = 5.0  # estimated; what takes longer waits for a button
PAPERS_BLOCKS = 54


def target(view: View) -> tuple[int, str]:
    """The target class of the loss, and a sentence on it."""
    logits = cache.prediction(view.key, view.network, view.x).logits
    wanted, is_true = gradients.target(view.network, view.picture.label, logits)
    name = escaped(class_names(view.network.labels)[wanted])
    return wanted, t("gradients.picture_true" if is_true else "gradients.picture_predicted", name=name)


def draw_lengths(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    if not view.network.graph.is_chain:
        st.info(t("gradients.paths_no_chain"), icon=":material/info:")
        return
    wanted, about_loss = target(view)
    blocks = len(view.network.graph.blocks)
    chosen = path_gradients.choose(blocks)
    seconds = memory.get_or_compute(
        ("path_gradients_s", view.key), lambda: path_gradients.estimate(view.network, view.x, chosen)
    )
    found = shared_task.offer(
        ("path_gradients", view.key, wanted),
        lambda: path_gradients.measure(view.network, view.x, wanted, chosen),
        t("gradients.paths_compute", paths=sum(map(len, chosen)), time=run_monitor.duration(seconds)),
        at_once=seconds < AT_ONCE_S,
    )
    if found is None:
        return
    if not 0 < sum(found.totals) < float("inf"):
        st.info(t("gradients.paths_nothing"), icon=":material/info:")
        return
    draw_charts(found)
    rectified = all(block.rectified for block in view.network.graph.blocks.values())
    st.markdown(sentences(about_loss, t("gradients.paths_how"), t("gradients.paths_relu") if rectified else ""))
    times = html_figures.number(sum(found.totals) / found.norm)
    few = t("gradients.paths_few", blocks=blocks) if blocks < PAPERS_BLOCKS / 2 else ""
    st.caption(sentences(t("gradients.paths_sum", total=f"{2**blocks:,}", times=times), few))
    compare_lengths(found, is_trained=view.network.weights != "random")
    code_export.offer(view, lambda file: script.lengths(view.network, wanted, file))


def draw_charts(found: PathGradients) -> None:
    counts, shares = found.counts, found.shares
    blocks, total, measured = len(counts) - 1, sum(counts), sum(map(len, found.norms))
    means = found.means
    low, high = path_gradients.effective(shares)
    left, right = st.columns(2, gap="medium")
    with left:
        ends = {"first": html_figures.number(means[0]), "last": html_figures.number(means[-1])}
        values = ", ".join(f"{length}: {html_figures.number(mean)}" for length, mean in enumerate(means))
        spec = chart_view.themed_spec(drawing.path_norms(found.norms, t))
        title = t("gradients.paths_norm_title", blocks=blocks, **ends)
        chart_view.show(title, spec, key="gradients_path_norms", alt=t("gradients.paths_norm_alt", values=values))
        most = path_gradients.most_per_length(blocks)
        key = "gradients.paths_all" if measured == total else "gradients.paths_some"
        st.caption(t(key, measured=measured, total=f"{total:,}", most=most))
    with right:
        held, share = f"{sum(shares[low : high + 1]):.0%}", percent(paths.share(blocks, low, high))
        spec = chart_view.themed_spec(drawing.path_shares([count / total for count in counts], shares, t))
        title = t("gradients.paths_share_title", held=held, low=low, high=high, share=share)
        peaks = {"paths": counts.index(max(counts)), "gradient": shares.index(max(shares))}
        chart_view.show(title, spec, key="gradients_path_shares", alt=t("gradients.paths_share_alt", **peaks))


def compare_lengths(found: PathGradients, *, is_trained: bool) -> None:
    """Compare with the paper: whether shorter paths hold more of the gradient than their number."""
    blocks, means = len(found.norms) - 1, found.means
    average = sum(length * share for length, share in enumerate(found.shares))
    takes = {"paths": html_figures.fixed(blocks / 2, 1), "gradient": html_figures.fixed(average, 1)}
    here = t("gradients.here_paths", **takes)
    if all(means):
        factor = html_figures.number((means[-1] / means[0]) ** (1 / blocks))
        here = sentences(here, t("gradients.here_factor", factor=factor))
    if is_trained:
        paper_comparison.compare(t("gradients.paper_paths"), here, average < blocks / 2)
    else:
        paper_comparison.compare(t("gradients.paper_paths"), sentences(here, t("gradients.paths_untrained")), None)


def draw_alone(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    wanted, about_loss = target(view)
    found = memory.get_or_compute(
        ("shortcuts_alone", view.key, wanted), lambda: path_gradients.shortcuts_alone(view.network, view.x, wanted)
    )
    graph, compared = view.network.graph, list(found.values())
    first, last = compared[0], compared[-1]
    if not 0 < first.whole < float("inf"):
        st.info(t("gradients.paths_nothing"), icon=":material/info:")
        return
    left, right = st.columns([7, 5], gap="medium")
    short = labels.of_blocks(graph)
    with left:
        ratios, cosines = ({path: getattr(one, name) for path, one in found.items()} for name in ("ratio", "cosine"))
        spec = chart_view.themed_spec(drawing.alone(ratios, cosines, t, short))
        values = ", ".join(f"{short[path]} {one.ratio:.0%}, {one.cosine:.2f}" for path, one in found.items())
        title = t("gradients.alone_title", first=percent(first.ratio), last=percent(last.ratio))
        chart_view.show(title, spec, key="gradients_alone", alt=t("gradients.alone_alt", values=values))
    with right:
        st.markdown(sentences(about_loss, t("gradients.alone_how")))
        if all(block.rectified for block in graph.blocks.values()):
            st.markdown(t("gradients.alone_relu"))
        elif all((block.identity or block.resizes) and not block.activation for block in graph.blocks.values()):
            st.markdown(t("gradients.alone_unchanged"))
    numbers = {"alone_first": first.norm, "alone_last": last.norm, "whole_first": first.whole, "whole_last": last.whole}
    here = t("gradients.here_alone", **{name: html_figures.number(norm) for name, norm in numbers.items()})
    paper_comparison.compare(t("gradients.paper_alone"), here, None)
    code_export.offer(view, partial(script.alone, view.network, wanted))


def percent(share: float) -> str:
    return f"{html_figures.number(100 * share)}%"
