"""The measured answers, shared by all who look at the same picture and network, and how they are drawn."""

import streamlit as st
from markupsafe import Markup

from explorer.analysis import maps
from explorer.experiments.homework import sentences
from explorer.experiments.homework.measures import MEASURES, Answer, Branch, Identity
from explorer.plots import homework as drawing
from explorer.plots.homework import Maps
from explorer.ui.state import cache, shared_task
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, html_figures, markup
from explorer.ui.words import class_names, escaped, t


def measure(question: str, view: View) -> Answer | None:
    """The answer for this picture and network, with a progress bar while it is measured; None if that was stopped."""
    network, x, label = view.network, view.x, view.picture.label
    answer: Answer | None = shared_task.offer(
        ("homework", question, view.key), lambda: MEASURES[question](network, x, label), t("homework.measure"),
        at_once=True,
    )  # fmt: skip
    return answer


def class_name(view: View, index: int) -> str:
    """A class's name as Markdown."""
    return escaped(class_names(view.network.labels)[index])


def maps_of(answer: Answer, view: View) -> Maps | None:
    """The maps of an answer about one block; None for others."""
    if not isinstance(answer, Identity | Branch):
        return None
    kept = cache.block_trace(view.key, answer.block, view.network, view.x)
    graph = view.network.graph
    values = maps.of_block(graph, answer.block, kept.tensors)
    return drawing.maps(answer, values, graph.blocks[answer.block], t)


def draw(question: str, answer: Answer, guess: str, view: View) -> None:
    """Draw whether the guess is right, the numbers in sentences, and the figure."""
    left, right = st.columns([5, 7], gap="medium")
    with left:
        agrees = guess in answer.supports
        icon = ":material/check_circle:" if agrees else ":material/lightbulb:"
        kind = st.success if agrees else st.info
        kind(sentences.verdict(question, answer, guess, t), icon=icon)
        st.markdown("\n\n".join(sentences.said(answer, t, lambda k: class_name(view, k))))
        st.markdown(f"**{t('homework.file_idea')}** · {t(f'homework.idea_{question}')}")
    with right:
        markup.show(html_figures.facts(sentences.facts(answer, t)))
        if found := drawing.drawing(answer, lambda k: class_names(view.network.labels)[k], t):
            spec = chart_view.themed_spec(found.chart)
            chart_view.show(found.title, spec, key=f"hw_see_{question}", alt=found.alt)
        if origin := sentences.origin(answer, t):
            st.caption(origin)


def draw_maps(maps: Maps) -> None:
    """Draw maps side by side, with their scale."""
    terms = []
    for part in maps.parts:
        symbol, _, meaning = part.words.partition("|")
        terms.append(html_figures.term(part.role, part.words, html_figures.picture(part.uri, f"{symbol}: {meaning}")))
    markup.apply_css("shortcut")
    markup.show(html_figures.grid(terms, kind="taken-apart") + html_figures.legend(maps.scale))
    note = f" {maps.note}" if maps.note else ""
    st.caption(t("homework.channel", channel=maps.channel) + note)


def options(question: str, guess: str, supports: tuple[str, ...]) -> Markup:
    """The options with the guess, and with those that the numbers support, marked."""
    items = []
    for choice, words in sentences.options(question, t).items():
        marks = [("guess", t("homework.your_guess"))] if choice == guess else []
        marks += [("said", t("homework.the_numbers"))] if choice in supports else []
        labels = markup.join(Markup('<small class="{}">{}</small>').format(*mark) for mark in marks)
        box = "☒" if choice == guess else "☐"
        items.append(Markup("<li><span>{}</span><div>{}{}</div></li>").format(box, words, labels))
    return Markup('<ul class="homework-options">{}</ul>').format(markup.join(items))
