"""One question at a time: predict, try, see, and one's own words; then the file to hand in."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from explorer.experiments.homework import sentences
from explorer.experiments.homework.measures import Answer
from explorer.experiments.homework.questions import QUESTIONS, left_out, number
from explorer.ui.homework import answers, guesses, hand_in, tries, words
from explorer.ui.layout import header, navigation
from explorer.ui.state.cache import View
from explorer.ui.widgets import linked, markup
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import t

KEY, HAND_IN = "hw", "hand_in"
PARTS: Final = (*QUESTIONS, HAND_IN)
LEADS: Final[Mapping[str, tuple[str, str, Mapping[str, str]]]] = {
    "identity": ("source", ":material/code:", {"step": "add"}),
    "branch": ("shortcut", ":material/alt_route:", {"shortcut_part": "block"}),
    "cut": ("shortcut", ":material/alt_route:", {"shortcut_part": "change"}),
    "gradient": ("shortcut", ":material/alt_route:", {"shortcut_part": "gradients"}),
    "plain": ("why", ":material/trending_down:", {"why_part": "experiment"}),
    "picture": ("shortcut", ":material/alt_route:", {"shortcut_part": "lesion"}),
}
"""Question -> page where one can go on, icon, and the choices there."""


@fragment
def draw(view: View) -> None:
    markup.apply_css("homework")
    guesses.restore()
    part = linked.segmented(
        t("homework.parts"), PARTS, key=KEY, format_func=_short, label_visibility="collapsed", omit_default=True
    )
    with linked.place(part, PARTS):
        if part == HAND_IN:
            hand_in.draw(view)
        else:
            draw_question(part, view)
            words.draw(part if guesses.of(part) and not left_out(part, view.network) else "")
    draw_neighbours(part)


def _short(part: str) -> str:
    return t("homework.hand_in") if part == HAND_IN else t(f"homework.short_{part}")


def draw_question(question: str, view: View) -> None:
    st.caption(t("homework.number", number=number(question), count=len(QUESTIONS)))
    st.markdown(f"## {t(f'homework.ask_{question}')}")
    if reason := left_out(question, view.network):
        if reason == "homework.no_blocks":
            header.has_shortcuts(view)
        st.markdown(t(reason))
        return
    guess = guesses.of(question)
    if guess is None:
        draw_setup(question, view)
        predict(question)
        return
    seen = guesses.is_seen(question)
    answer = answers.measure(question, view) if seen or question in tries.MEASURED else None
    left, right = st.columns([5, 7], gap="medium")
    with left:
        draw_setup(question, view)
        draw_guess(question, guess, answer if seen else None)
    with right, st.container(border=True):
        st.markdown(f"**{t('homework.try')}**")
        tries.draw(question, view, answer)
        draw_lead(question, view)
    if not seen:
        st.button(t("homework.show"), key="hw_show", type="primary", icon=":material/visibility:",
                  on_click=guesses.see, args=(question,))  # fmt: skip
    elif answer:
        with st.container(border=True):
            st.markdown(f"**{t('homework.see')}**")
            answers.draw(question, answer, guess, view)
    st.markdown(f"**{t('homework.write')}**")


def draw_setup(question: str, view: View) -> None:
    st.markdown(sentences.setup(question, view.network, t))
    if question == "picture" and not hand_in.is_own(view):
        st.info(t("homework.gallery"), icon=":material/add_photo_alternate:")


def predict(question: str) -> None:
    """Draw the options and the button that makes the guess."""
    with st.container(border=True):
        st.markdown(f"**{t('homework.predict')}**")
        found = sentences.options(question, t)
        option = st.radio(
            t("homework.choose"), found, index=None, key=f"hw_option_{question}", format_func=found.__getitem__
        )
        st.button(t("homework.guess"), key="hw_guess", type="primary", icon=":material/front_hand:",
                  disabled=option is None, help=None if option else t("homework.guess_first"),
                  on_click=guesses.make, args=(question, option))  # fmt: skip


def draw_guess(question: str, guess: str, answer: Answer | None) -> None:
    """Draw the options with the guess; with an answer, also what the numbers support."""
    with st.container(border=True):
        st.markdown(f"**{t('homework.predict')}**")
        markup.show(answers.options(question, guess, answer.supports if answer else ()))
        st.button(t("homework.guess_again"), key="hw_again", type="tertiary", icon=":material/undo:",
                  on_click=guesses.make, args=(question, None))  # fmt: skip


def draw_lead(question: str, view: View) -> None:
    """Draw the button to the page where this question goes on."""
    page, icon, _ = LEADS[question]
    if st.button(t(f"homework.go_{question}"), key="hw_go", icon=icon, type="tertiary"):
        block = st.session_state.get(f"hw{number(question)}_block")
        st.session_state.update(LEADS[question][2])
        if question in ("identity", "branch", "cut"):
            st.session_state["block"] = block or view.network.graph.main_block
        st.switch_page(navigation.path(page))


def draw_neighbours(part: str) -> None:
    """Draw the buttons to the previous and the next part."""
    at = PARTS.index(part)
    with st.container(horizontal=True):
        if at:
            st.button(t("homework.previous"), key="hw_previous", icon=":material/arrow_back:", on_click=_go,
                      args=(PARTS[at - 1],))  # fmt: skip
        if at + 1 < len(PARTS):
            last = PARTS[at + 1] == HAND_IN
            st.button(t("homework.to_hand_in" if last else "homework.next"), key="hw_next", on_click=_go,
                      icon=":material/arrow_forward:", args=(PARTS[at + 1],))  # fmt: skip


def _go(part: str) -> None:
    st.session_state[KEY] = part
