"""Look up a word of the glossary on any page, without leaving it."""

import streamlit as st

from explorer.core.i18n.glossary import ENTRIES
from explorer.ui.layout import navigation
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import t


def draw() -> None:
    """Draw the button that opens the glossary in the header."""
    with st.popover(t("glossary.look_up"), icon=":material/dictionary:", key="glossary_menu"):
        _look_up()


@fragment
def _look_up() -> None:
    chosen = st.selectbox(
        t("glossary.choose"), list(ENTRIES), index=None, key="glossary_word", format_func=names,
        placeholder=t("glossary.search_help"),
    )  # fmt: skip
    if chosen:
        st.markdown(t(f"glossary.says_{chosen}"))
        show_button(chosen, "looked_up")
    st.page_link(navigation.path("glossary"), label=t("glossary.all"), icon=":material/dictionary:")


def names(word: str) -> str:
    """A word with its synonyms."""
    return " · ".join(filter(None, (t(f"glossary.name_{word}"), synonyms(word))))


def synonyms(word: str) -> str:
    return t(f"glossary.also_{word}") if ENTRIES[word].also else ""


def show_button(word: str, key: str) -> None:
    """A button to the page that shows what the word means, with the choices that show it."""
    entry = ENTRIES[word]
    if st.button(
        t("glossary.show", page=t(f"{entry.page}.menu")),
        key=f"{key}_{word}",
        type="tertiary",
        icon=":material/arrow_forward:",
    ):
        st.session_state.update(entry.choices)
        st.switch_page(navigation.path(entry.page))
