"""What the reader can try in each question: a control with a live figure."""

from collections.abc import Callable, Hashable, Mapping
from typing import Final

import streamlit as st
from torch import Tensor

from explorer.analysis import interventions, maps
from explorer.analysis.interventions import Intervention
from explorer.analysis.trace import trace
from explorer.experiments.homework.measures import DEPTH, SHALLOW, Answer, Arrival, stored_plain
from explorer.experiments.homework.questions import number
from explorer.models import twins
from explorer.models.network import check_finite
from explorer.plots import gradients as gradient_charts
from explorer.plots import homework as drawing
from explorer.plots import shortcut as shortcut_charts
from explorer.ui.homework import answers
from explorer.ui.shortcut.change import block_inputs, class_sentence
from explorer.ui.state import cache, memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, linked, scene_view
from explorer.ui.words import class_names, escaped, t

MEASURED: Final = ("gradient",)  # questions whose figure to try is drawn from the answer
PERCENT = range(0, 101, 10)  # of a scale, since links have integers


def draw(question: str, view: View, answer: Answer | None) -> None:
    """Draw the question's control and figure; those of MEASURED take the `answer`, None while there is none."""
    values = {"depth": DEPTH, "shallow": SHALLOW} if question == "plain" else {}
    st.markdown(t(f"homework.try_{question}", **values))
    if question in MEASURED:
        if isinstance(answer, Arrival):
            _gradient(answer)
    else:
        _TRIES[question](question, view)


def _block(question: str, view: View) -> str:
    """Draw the choice of a block; the question's own comes first."""
    blocks = view.network.graph.blocks
    names = {path: f"{path} ◆" if block.resizes else path for path, block in blocks.items()}
    return linked.selectbox(
        t("source.block"), names, key=f"hw{number(question)}_block", default=view.network.graph.main_block, width=150,
        omit_default=True, format_func=names.__getitem__, help=t("shortcut.block_help"),
    )  # fmt: skip


def _identity(question: str, view: View) -> None:
    path = _block(question, view)
    kept = cache.block_trace(view.key, path, view.network, view.x)
    answers.draw_maps(drawing.identity_maps(maps.of_block(view.network.graph, path, kept.tensors), t))


def _branch(question: str, view: View) -> None:
    scene_view.draw(view, _block(question, view), key="hw_scene", start={"step": "add"}, on={}, only=True)


def _cut(question: str, view: View) -> None:
    _scaled(question, view, "keep", lambda path, factor: Intervention(beta={path: factor}))


def _picture(question: str, view: View) -> None:
    _scaled(question, view, "keep_branch", lambda path, factor: Intervention(alpha={path: factor}))


def _scaled(question: str, view: View, word: str, change: Callable[[str, float], Intervention]) -> None:
    """Draw a block, a slider, and the prediction before and after `change(block, factor)`."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        path = _block(question, view)
        factor = linked.select_slider(
            t(f"homework.{word}"), PERCENT, key=f"hw{number(question)}_scale", default=100, omit_default=True,
            format_func=lambda k: f"{k / 100:.1f}", width=260,
        ) / 100  # fmt: skip
    values = block_inputs(view.key, view)
    before = values[view.network.graph.logits][0]
    after = interventions.run(view.network, values, change(path, factor))[0]
    check_finite(before)
    check_finite(after)
    table = shortcut_charts.answers_table(class_names(view.network.labels), before, after)
    spec = chart_view.themed_spec(shortcut_charts.answers(table, t))
    st.markdown(class_sentence(view, interventions.compare(before, after), before, after))
    chart_view.show(t("charts.before_after"), spec, key=f"hw_try_{question}", alt=t("shortcut.moved_alt"), height=300)


def _gradient(answer: Arrival) -> None:
    cut = st.toggle(t("homework.cut_all"), key="hw4_cut", persist_state="session")
    chart = gradient_charts.norms(answer.kept.norms, answer.cut.norms if cut else {}, t).properties(height=260)
    spec = chart_view.themed_spec(chart)
    chart_view.show(t("charts.gradients"), spec, key="hw_try_gradient", alt=t("gradients.picture_alt"))


def _plain(question: str, view: View) -> None:
    depth = linked.segmented(t("homework.depth"), (SHALLOW, DEPTH), key="hw5_depth", omit_default=True)
    chart, alt = drawing.stored_curves(stored_plain().comparison, depth, t)
    spec = chart_view.themed_spec(chart)
    chart_view.show(t("homework.chart_plain"), spec, key="hw_try_plain", alt=alt)
    seen: dict[str, str | float] = {}
    for kind, logits in twin_logits(view.picture_key, view).items():
        names = class_names(twins.load(kind).labels)
        shares = logits.softmax(0)
        seen[kind] = t("homework.quoted", words=escaped(names[int(shares.argmax())]))
        seen[f"p_{kind}"] = float(shares.max())
    st.caption(t("homework.try_twins", depth=twins.DEPTH, **seen))


@memory.shared
def twin_logits(picture_key: Hashable, _view: View) -> dict[twins.Kind, Tensor]:
    """Logits (classes,) of both twins for the chosen picture."""
    kinds: tuple[twins.Kind, ...] = ("residual", "plain")
    pair = {kind: twins.load(kind) for kind in kinds}
    picture = _view.picture.image
    return {kind: trace(twin, twin.preprocess(picture), keep=()).logits[0] for kind, twin in pair.items()}


_TRIES: Mapping[str, Callable[[str, View], None]] = {
    "identity": _identity, "branch": _branch, "cut": _cut, "plain": _plain, "picture": _picture,
}  # fmt: skip
