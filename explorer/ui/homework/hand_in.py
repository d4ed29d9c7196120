"""What is done, and the file to hand in. A file is made on click, outside the script: what it needs is passed along."""

import datetime
import re
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from markupsafe import Markup
from torch import Tensor

from explorer.core import files, i18n, settings
from explorer.core.i18n import Language
from explorer.experiments.homework import sentences
from explorer.experiments.homework.measures import Answer
from explorer.experiments.homework.questions import QUESTIONS, left_out, number
from explorer.models.network import Network
from explorer.plots import homework as drawing
from explorer.plots import homework_report as report
from explorer.plots.homework import Maps
from explorer.plots.homework_report import Cover, Entry
from explorer.scene import document, payload
from explorer.scene.payload import Payload
from explorer.ui.homework import answers, guesses, words
from explorer.ui.layout.network_picker import RUN_PREFIX, weight_options
from explorer.ui.state import cache, memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import html_figures, markup
from explorer.ui.words import class_names, language, network_name, t, weights_name

THUMBNAIL_PX = 240
ARRIVES_S = 0.8  # a text that the click has taken the focus from is here by then


@dataclass(frozen=True)
class Part:
    """What the file says of one question, but for the words, which may change until the click."""

    question: str
    setup: str
    is_left_out: bool
    guess: str | None
    answer: Answer | None
    maps: Maps | None


def draw(view: View) -> None:
    st.markdown(f"## {t('homework.hand_in')}")
    st.markdown(t("homework.hand_in_about"))
    asked = [question for question in QUESTIONS if not left_out(question, view.network)]
    markup.show(status(asked))
    words.draw(words.NAME)
    left = still_open(asked)
    if left:
        which = sentences.LIST.join(left.values())
        st.warning(t("homework.open_count", left=len(left), count=len(asked), which=which), icon=":material/edit_note:")
    else:
        st.success(t("homework.all_done", count=len(asked)), icon=":material/check_circle:")
    parts, classes = [part_of(question, view) for question in QUESTIONS], class_names(view.network.labels)
    with st.container(horizontal=True):
        st.download_button(
            t("homework.download_anyway" if left else "homework.download"),
            partial(build, parts, words.kept(), facts(view), thumbnail(view), classes, scene_of(view), language()),
            file_name(words.kept()), "text/html", key="hw_download", on_click="ignore",
            type="secondary" if left else "primary", icon=":material/assignment_turned_in:",
        )  # fmt: skip
        setups = [(part.question, part.setup) for part in parts if not part.is_left_out]
        st.download_button(
            t("homework.worksheet"), partial(report.worksheet, setups, language()), f"{t('homework.file')}.html",
            "text/html", key="hw_worksheet", on_click="ignore", icon=":material/print:", type="tertiary",
            help=t("homework.worksheet_help"),
        )  # fmt: skip
    if settings.is_public():
        st.caption(t("homework.public"))


def part_of(question: str, view: View) -> Part:
    """Measures the answer if there is a guess."""
    if reason := left_out(question, view.network):
        return Part(question, t(reason), True, None, None, None)
    guess = guesses.of(question)
    answer = answers.measure(question, view) if guess else None
    maps = answers.maps_of(answer, view) if answer else None
    return Part(question, sentences.setup(question, view.network, t), False, guess, answer, maps)


def status(asked: Sequence[str]) -> Markup:
    """A row for each question: whether there is a guess, and whether there are words."""
    row = Markup("<tr><th scope=row>{}. {}</th><td>{}</td><td>{}</td></tr>")
    rows = markup.join(
        row.format(
            number(question),
            report.rich(t(f"homework.ask_{question}")),
            *(_tick(done) for done in (guesses.of(question) is not None, question in words.kept())),
        )
        for question in asked
    )
    head = markup.join(
        Markup("<th scope=col>{}</th>").format(t(f"homework.column_{name}")) for name in ("question", "guess", "words")
    )
    table = Markup('<table class="homework-status" aria-label="{}"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>')
    return table.format(t("homework.status_alt"), head, rows)


def _tick(done: bool) -> Markup:
    return html_figures.tick_or_cross(True) if done else Markup("–")


def still_open(asked: Sequence[str]) -> dict[str, str]:
    """The questions without a guess or without words -> what is missing."""
    found = {}
    for question in asked:
        guess, written = bool(guesses.of(question)), question in words.kept()
        if not (guess and written):
            missing = "both" if not (guess or written) else "words" if guess else "guess"
            found[question] = t(f"homework.open_{missing}", number=number(question))
    return found


def is_own(view: View) -> bool:
    """Whether the picture is the reader's own, not one of the gallery or of a data set."""
    return isinstance(view.picture_key, tuple) and view.picture_key[0] == "upload"


def facts(view: View) -> list[tuple[str, str]]:
    """The lines about network, weights and picture, as plain text."""
    network, picture = view.network, view.picture
    weights = str(st.session_state.weights)
    label = weight_options(network.name, weights).get(weights, weights) if weights.startswith(RUN_PREFIX) else (
        weights_name(weights))  # fmt: skip
    origin = t(network.origin, **network.facts)
    shown = t("homework.file_own" if is_own(view) else "homework.file_gallery", name=picture.name)
    return [
        (t("homework.file_network"), network_name(network.name)),
        (t("homework.file_weights"), f"{label} · {origin}"),
        (t("homework.file_picture"), shown),
    ]


def thumbnail(view: View) -> tuple[str, bool]:
    """The picture as a data URI, and whether it has few pixels."""
    picture = view.picture
    return cache.thumbnail(view.picture_key, picture, THUMBNAIL_PX), max(picture.image.size) < THUMBNAIL_PX


def scene_of(view: View) -> Callable[[], str]:
    """A function that writes the scene of the first questions' block as an HTML document."""
    network, picture = view.network, view.picture
    path = network.graph.main_block if network.graph.blocks else network.graph.parts[0]
    found = scene_payload(view.key, path, network, view.x)
    notes = {each: i18n.joined(each, *(i18n.t(key, each) for key in picture.notes)) for each in i18n.LANGUAGES}
    title = f"{network_name(network.name)} · {picture.name}"
    return partial(document.html, (found,), title, notes, language(), "add" if network.graph.blocks else "")


@memory.shared
def scene_payload(key: Hashable, path: str, _network: Network, _x: Tensor) -> Payload:
    return payload.build(_network, path, _x, cache.block_trace(key, path, _network, _x))


def file_name(written: Mapping[str, str]) -> str:
    """With the reader's name, so that a teacher can tell thirty files apart."""
    name = re.sub(r"[^\w-]+", "-", files.one_line(written.get(words.NAME, ""), 40)).strip("-_")
    return "-".join(filter(None, (t("homework.file"), name))) + ".html"


def build(
    parts: Sequence[Part], written: Mapping[str, str], facts: Sequence[tuple[str, str]], thumbnail: tuple[str, bool],
    classes: Sequence[str], scene: Callable[[], str], of: Language,
) -> str:  # fmt: skip
    """The file, from what the script has prepared and the words as they are now.

    `written` is read last: a text that loses the focus by the click on the download arrives a moment after it.
    """
    until = time.monotonic() + ARRIVES_S
    translate = i18n.translator(of)
    entries, drawn = [_entry(part, classes, of) for part in parts], scene()
    time.sleep(max(0.0, until - time.monotonic()))
    name = files.one_line(written.get(words.NAME, ""), words.NAME_LIMIT)
    cover = [
        (translate("homework.file_name"), name or "–"),
        (translate("homework.file_date"), datetime.date.today().isoformat()),
        *facts,
    ]
    own = {part.question: files.clean(written.get(part.question, ""), words.LIMIT) for part in parts}
    return report.html(
        Cover(cover, *thumbnail), [replace(each, words=own[each.question]) for each in entries], of, drawn
    )


def _entry(part: Part, classes: Sequence[str], of: Language) -> Entry:
    """All but the words."""
    if part.answer is None or part.guess is None:
        return Entry(part.question, part.setup, part.is_left_out, part.guess)
    translate = i18n.translator(of)
    found = (part.maps, drawing.drawing(part.answer, classes.__getitem__, translate))
    return Entry(
        part.question, part.setup, guess=part.guess, supports=part.answer.supports,
        verdict=sentences.verdict(part.question, part.answer, part.guess, translate),
        lines=sentences.said(part.answer, translate, classes.__getitem__),
        facts=sentences.facts(part.answer, translate),
        figures=[report.figure(each, part.question, of) for each in found if each],
        origin=sentences.origin(part.answer, translate),
    )  # fmt: skip
