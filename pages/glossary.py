"""The words of this app and of the tutorial, each in one sentence, with the page that shows it."""

import streamlit as st

from explorer.core.i18n.glossary import ENTRIES, GROUPS, found
from explorer.ui.layout import glossary_lookup
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import escaped, t


def page() -> None:
    st.title(t("glossary.title"))
    st.markdown(t("glossary.about", count=len(ENTRIES)))
    words()


@fragment
def words() -> None:
    """A fragment, since a search changes only the list."""
    asked = st.text_input(
        t("glossary.search"), key="glossary_search", placeholder=t("glossary.search_help"), max_chars=40, width=420
    )
    shown = found(asked)
    if not shown:
        st.info(t("glossary.none", asked=escaped(asked)), icon=":material/search_off:")
    for group in GROUPS:
        of_group = [word for word in shown if ENTRIES[word].group == group]
        if of_group:
            st.markdown(f"## {t(f'glossary.group_{group}')}")
            with st.container(key=f"terms_{group}"):
                for word in of_group:
                    draw(word)


def draw(word: str) -> None:
    meaning, link = st.columns([3, 1], gap="small", vertical_alignment="center")
    also = glossary_lookup.synonyms(word)
    name = f"**{t(f'glossary.name_{word}')}**" + (f" · :small[{also}]" if also else "")
    meaning.markdown(f"{name}  \n{t(f'glossary.says_{word}')}")
    with link:
        glossary_lookup.show_button(word, "glossary")


page()
