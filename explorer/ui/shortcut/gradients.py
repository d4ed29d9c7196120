"""Gradient norms by depth, for the chosen picture and for networks at initialisation."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.analysis import gradients, labels
from explorer.codegen import gradients as script
from explorer.plots import gradients as drawing
from explorer.ui.layout import header
from explorer.ui.shortcut import at_init, gradient_paths
from explorer.ui.state import shared_task
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, html_figures, linked, markup, paper_comparison
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import sentences, t

KEYS = ("kept", "cut")


@fragment
def draw(view: View) -> None:
    parts = {
        "picture": draw_picture,
        "lengths": gradient_paths.draw_lengths,
        "alone": gradient_paths.draw_alone,
        "norms": at_init.draw_norms,
        "share": at_init.draw_share,
        "shattering": at_init.draw_shattering,
    }
    draw_part = linked.tabs(
        t("gradients.of"),
        {name: partial(draw_below_words, name, part) for name, part in parts.items()},
        key="gradients_of",
        format_func=lambda name: t(f"gradients.of_{name}"),
    )
    draw_part(view)


def draw_below_words(name: str, part: Callable[[View], None], view: View) -> None:
    st.markdown(t(f"gradients.about_{name}"))
    part(view)


def draw_picture(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    wanted, about_loss = gradient_paths.target(view)
    steps = partial(gradients.with_and_without, view.network, view.x, wanted)
    norms = shared_task.offer(("gradients", view.key, wanted), steps, t("gradients.compute"), at_once=True)
    if norms is None:
        return
    kept, cut = norms
    measured = [gradients.first_to_last(one.norms.values()) for one in norms]
    ratios = [html_figures.number(one) for one in measured]
    left, right = st.columns([7, 5], gap="medium")
    with left:
        if not any(norm > 0 for one in norms for norm in one.norms.values()):
            st.info(t("gradients.nothing" if kept.loss < 1e-3 else "gradients.no_way"), icon=":material/info:")
        spec = chart_view.themed_spec(drawing.norms(kept.norms, cut.norms, t, labels.of_blocks(view.network.graph)))
        chart_view.show(t("charts.gradients"), spec, key="gradients_picture", alt=t("gradients.picture_alt"))
    with right:
        st.markdown(about_loss)
        losses = [
            (t(f"gradients.loss_{key}"), html_figures.number(one.loss)) for key, one in zip(KEYS, norms, strict=True)
        ]
        reached = [(t(f"gradients.ratio_{key}"), ratio) for key, ratio in zip(KEYS, ratios, strict=True)]
        markup.show(html_figures.facts([*losses, *reached]))
        st.markdown(t("gradients.picture_how"))
        kinds = {node.kind for node in view.network.graph.nodes.values()}
        untrained = "gradients.picture_untrained" if "BatchNorm2d" in kinds else "gradients.picture_untrained_any"
        st.markdown(t(untrained if view.network.weights == "random" else "gradients.picture_honest"))
    rectified = all(block.rectified for block in view.network.graph.blocks.values())
    paper = sentences(t("gradients.paper_identity"), t("gradients.paper_identity_relu") if rectified else "")
    if all(one > 0 for one in measured):
        here, agrees = t("gradients.here_identity", kept=ratios[0], cut=ratios[1]), measured[0] > measured[1]
        paper_comparison.compare(paper, here, agrees)
    else:
        paper_comparison.compare(paper, t("gradients.here_saturated"), None)
    code_export.offer(view, lambda file: script.picture(view.network, wanted, file))
