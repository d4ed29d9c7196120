"""Iterative inference: cosine of each block's change with the loss gradient, and early predictions."""

from collections.abc import Hashable, Mapping
from itertools import pairwise
from statistics import fmean

import streamlit as st
import torch
from markupsafe import Markup
from torch import Tensor

from explorer.analysis import gradients, iterative_inference, labels
from explorer.analysis.iterative_inference import Depth
from explorer.analysis.picture_set import PictureSet
from explorer.codegen import inference as scripts
from explorer.data import cifar10
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import Stored
from explorer.models.network import Network
from explorer.plots import inference as drawing
from explorer.ui.features.space import pictures
from explorer.ui.layout import header
from explorer.ui.state import cache, memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import answers, chart_view, code_export, html_figures, linked, markup, paper_comparison
from explorer.ui.widgets.answers import Answer
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import class_names, escaped, network_name, sentences, t

COUNTS = (100, 200, 500, 1000)
PASSES = 4  # time relative to a forward pass
MAX_READOUTS = 6  # blocks whose predictions are listed


@fragment
def draw(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    st.markdown(t("inference.about"))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        count = linked.select_slider(
            t("inference.pictures"), COUNTS, key="inference_count", default=stored_answers.COUNT, width=260
        )
        picture_set = pictures(count, str(cifar10.find_cifar10()))
    with answers.offered(
        "inference",
        view,
        picture_set,
        lambda: iterative_inference.over_set(view.network, picture_set),
        Stored.inference,
        PASSES,
        row=row,
        by_class=True,
    ) as answer:
        draw_found(view, answer)


def draw_found(view: View, answer: Answer[Depth] | None) -> None:
    """Draw the chosen picture and, if there are any, the results of many."""
    here, target, true = block_cosines(view.key, view)
    left, right = st.columns([7, 5], gap="large")
    with left:
        draw_cosines(view, here, target, true, answer.result if answer else None)
    with right:
        draw_readouts(view)
    if answer:
        draw_readable(answer.result, answer.pictures, labels.of_blocks(view.network.graph))
        compare(view.network, answer.result)
    code_export.offer(view, lambda file: scripts.inference(view.network, target, file))


@memory.shared
def block_cosines(key: Hashable, _view: View) -> tuple[Tensor, int, bool]:
    """Cosines (blocks,), the class of the loss, and whether it is the true class."""
    logits = cache.prediction(key, _view.network, _view.x).logits
    target, true = gradients.target(_view.network, _view.picture.label, logits)
    return iterative_inference.cosines(_view.network, _view.x, torch.tensor([target]))[0], target, true


@memory.shared
def readouts(key: Hashable, _view: View) -> dict[str, Tensor]:
    return iterative_inference.readouts(_view.network, _view.x)


def draw_cosines(view: View, here: Tensor, target: int, true: bool, set_result: Depth | None) -> None:
    blocks = tuple(view.network.graph.blocks)
    graph, band = view.network.graph, None if set_result is None else set_result.cosines
    chart = drawing.cosine(blocks, here, band, t, labels=labels.of_blocks(graph), mixers=labels.mixers(graph))
    spec = chart_view.themed_spec(chart)
    values = ", ".join(
        f"{path} {html_figures.fixed(value, 2)}" for path, value in zip(blocks, here.tolist(), strict=True)
    )
    alt = t("inference.cosine_alt", values=values)
    chart_view.show(t("inference.cosine_title"), spec, key="inference_cosine", alt=alt)
    name, opens = escaped(class_names(view.network.labels)[target]), any(one.resizes for one in graph.blocks.values())
    loss = t("inference.loss_true" if true else "inference.loss_predicted", name=name)
    said = (
        "" if set_result is None else t("inference.band_true" if set_result.true_labels else "inference.band_predicted")
    )
    st.caption(sentences(t("inference.cosine_means"), loss, said, t("inference.projected") if opens else ""))


def draw_readouts(view: View) -> None:
    """Draw the three most probable classes after each block of the last stage."""
    st.markdown(f"**{t('inference.readout_title')}**")
    names, logits = class_names(view.network.labels), readouts(view.key, view)
    final = int(list(logits.values())[-1].argmax())
    paths, short = list(logits), labels.of_blocks(view.network.graph)
    shown = {paths[round(k * (len(paths) - 1) / (MAX_READOUTS - 1))] for k in range(MAX_READOUTS)}
    for path in (path for path in paths if path in shown):
        probabilities = logits[path]
        top = probabilities[0].topk(min(3, len(names)))
        entries = [(names[k], f"{p:.1%}") for p, k in zip(top.values.tolist(), top.indices.tolist(), strict=True)]
        share = t("inference.final", name=escaped(names[final]), share=float(probabilities[0, final]))
        where = Markup("<div style='margin-top:.4rem'>{}</div>").format(t("inference.after_block", path=short[path]))
        markup.show(where + html_figures.facts(entries))
        st.caption(share)
    if all(float(each.amax() - each.amin()) == 0 for each in logits.values()):
        st.info(t("inference.flat"), icon=":material/info:")
    reads_all = len(paths) == len(view.network.graph.blocks)
    means = "inference.readout_means" if "fc" in view.network.modules else "inference.readout_means_stage"
    st.caption(t("inference.readout_means_all" if reads_all else means))


def draw_readable(set_result: Depth, picture_set: PictureSet, short: Mapping[str, str]) -> None:
    spec = chart_view.themed_spec(
        drawing.readable(set_result.blocks, set_result.probes, set_result.heads, set_result.true_labels, t, short)
    )
    values = ", ".join(f"{share:.0%}" for share in set_result.probes)
    alt = t("inference.readable_alt", values=values)
    chart_view.show(t("inference.readable_title"), spec, key="inference_readable", alt=alt)
    st.caption(t("inference.readable_means", count=len(picture_set), source=escaped(t(picture_set.source))))


def compare(network: Network, set_result: Depth) -> None:
    means, short = set_result.cosines.mean(0), labels.of_blocks(network.graph)
    others = means[:-1] if len(means) > 1 else means
    here = t(
        "inference.cosine_here",
        negative=int((means < 0).sum()),
        blocks=len(means),
        last=short[set_result.blocks[-1]],
        last_mean=html_figures.fixed(float(means[-1]), 3),
        others=html_figures.fixed(float(others.mean()), 3),
        low=html_figures.fixed(float(others.min()), 3),
        high=html_figures.fixed(float(others.max()), 3),
    )
    descends = bool((means < 0).all() and means[-1] <= others.min())
    paper_comparison.compare(t("inference.cosine_paper"), here, descends if set_result.true_labels else None)
    blocks, shares = [short[path] for path in set_result.heads], list(set_result.heads.values())
    if set_result.true_labels:
        read = t("inference.stage_here", first=shares[0], first_block=blocks[0], last=shares[-1], last_block=blocks[-1])
    else:
        read = t("inference.stage_here_own", first=shares[0], first_block=blocks[0])
    probed, agrees = "", None
    if set_result.probes:
        gains = {
            path: after - before
            for path, (before, after) in zip(set_result.blocks, pairwise(set_result.probes), strict=True)
        }
        opening, other = (
            [gain for path, gain in gains.items() if network.graph.blocks[path].resizes == opens]
            for opens in (True, False)
        )
        if opening and other:
            added, more = (html_figures.fixed(100 * fmean(each), 1) for each in (opening, other))
            probed = t("inference.probe_here", stem=set_result.probes[0], opening=added, other=more)
            agrees = fmean(opening) > fmean(other) if set_result.true_labels else None
        else:
            each = html_figures.fixed(100 * fmean(gains.values()), 1)
            probed = t("inference.probe_here_all", stem=set_result.probes[0], each=each)
    paper_comparison.compare(t("inference.stage_paper"), sentences(read, probed), agrees)
    counts = ", ".join(str(len(blocks)) for blocks in network.graph.stages.values())
    st.caption(t("inference.honest", network=escaped(network_name(network.name)), counts=counts))
