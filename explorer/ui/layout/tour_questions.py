"""A question at each stop of the tour: a click answers it, and the numbers of the reader's own network explain."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from explorer.analysis import interventions, residual
from explorer.analysis.interventions import AnswerChange, Intervention
from explorer.ui.diagrams import shared
from explorer.ui.layout import network_picker, picture_picker
from explorer.ui.state import cache, memory
from explorer.ui.state.cache import View
from explorer.ui.words import class_names, escaped, sentences, t


@dataclass(frozen=True)
class Answer:
    """The right option, and the numbers in the sentence that explains it, `tour.because_<page>`."""

    right: str
    numbers: Mapping[str, object]


def draw(page: str) -> None:
    """Draw the question of the stop `page`, and below it the answer to the option that was clicked."""
    view = _view()
    if page in OF_BLOCKS and not view.network.graph.blocks:
        return
    options, answer = QUESTIONS[page]
    with st.container(border=True, gap="small", key="tour_question"):
        guess = st.segmented_control(
            t(f"tour.ask_{page}"), options, key=f"tour_guess_{page}", persist_state="session",
            format_func=lambda option: t(f"tour.{page}_{option}"),
        )  # fmt: skip
        if guess:
            found = answer(view)
            is_right = guess == found.right
            st.session_state.setdefault("tour_answers", {}).setdefault(page, is_right)  # the first guess
            verdict = t("tour.right") if is_right else t("tour.wrong", right=t(f"tour.{page}_{found.right}"))
            st.markdown(sentences(verdict, t(f"tour.because_{page}", **found.numbers)))


def _view() -> View:
    """The chosen picture and network. Raises ExplorerError, as the page itself would."""
    open_network, network_key = network_picker.chosen()
    open_picture, picture_key = picture_picker.chosen()
    return View(picture_key, network_key, open_picture, open_network)


def _sum(view: View) -> Answer:
    block = view.network.graph.main_block
    traced = cache.block_trace(view.key, block, view.network, view.x)
    ratio = residual.measure_sum(traced[f"{block}.shortcut"], traced[f"{block}.branch"]).ratio
    right = "smaller" if ratio < 0.8 else "alike" if ratio <= 1.25 else "larger"
    return Answer(right, {"block": block, "ratio": f"{ratio:.2g}"})


def _parameters(view: View) -> Answer:
    costs = shared.costs_of(view)
    parts = {part: total.parameters / costs.total.parameters for part, total in costs.parts.items()}
    stages = list(dict.fromkeys(block.part for block in costs.blocks.values())) or list(parts)
    first, last = parts[stages[0]], parts[stages[-1]]
    right = "last" if last > 1.5 * first else "first" if first > 1.5 * last else "alike"
    return Answer(right, {"first": stages[0], "last": stages[-1], "a": first, "b": last})


def _drop(view: View) -> Answer:
    block, names = view.network.graph.main_block, class_names(view.network.labels)
    change, p_before, p_after = _without_branch(view.key, block, view)
    return Answer(
        "keeps" if change.before == change.after else "loses",
        {"block": block, "before": escaped(names[change.before]), "after": escaped(names[change.after]),
         "p_before": p_before, "p_after": p_after},
    )  # fmt: skip


@memory.shared
def _without_branch(key: Hashable, block: str, _view: View) -> tuple[AnswerChange, float, float]:
    """The change of the prediction without the block's branch, and the two probabilities of what is predicted."""
    network = _view.network
    inputs = interventions.block_inputs(network, _view.x)
    before = inputs[network.graph.logits][0]
    after = interventions.run(network, inputs, Intervention(alpha={block: 0}))[0]
    change = interventions.compare(before, after)
    return change, float(before.softmax(0)[change.before]), float(after.softmax(0)[change.after])


def _maps(view: View) -> Answer:
    costs = shared.costs_of(view)
    stages = list(dict.fromkeys(block.part for block in costs.blocks.values())) or list(costs.parts)[:-1]
    first, last = (costs.parts[stage].output for stage in (stages[0], stages[-1]))
    fewer, more = last[1:] < first[1:], last[0] > first[0]
    right = "trade" if fewer and more else "both" if more else "same"
    return Answer(right, {"first": shared.shape(first), "last": shared.shape(last)})


def _head(view: View) -> Answer:
    costs = shared.costs_of(view)
    last = [cost for cost in costs.calls.values() if cost.parameters][-1]
    share = last.parameters / costs.total.parameters
    right = "few" if share < 0.1 else "half" if share < 0.75 else "most"
    return Answer(right, {"trained": last.parameters, "all": costs.total.parameters, "share": share})


QUESTIONS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[View], Answer]]]] = {
    "source": (("smaller", "alike", "larger"), _sum),
    "diagrams": (("first", "alike", "last"), _parameters),
    "shortcut": (("keeps", "loses"), _drop),
    "features": (("trade", "both", "same"), _maps),
    "finetune": (("few", "half", "most"), _head),
}
"""Page of a stop -> the options, and what finds the right one."""

OF_BLOCKS: Final = ("source", "shortcut")
"""Questions that a network without residual blocks cannot answer."""
