"""The glossary as a page and in the header of every page."""

from explorer.core.i18n import t
from explorer.core.i18n.glossary import ENTRIES
from tests.ui.test_pages import opened, words


def test_a_search_leaves_the_words_that_it_names() -> None:
    app = opened("glossary", lang="zh")
    assert all(t(f"glossary.says_{word}", "zh") in words(app) for word in ENTRIES)
    app.text_input(key="glossary_search").set_value("skip").run()
    assert t("glossary.says_shortcut", "zh") in words(app)
    assert t("glossary.says_logits", "zh") not in words(app)
    app.text_input(key="glossary_search").set_value("<b>[x](y)").run()
    assert "\\<b\\>" in app.info[0].value


def test_a_word_is_looked_up_without_leaving_the_page_and_leads_to_another() -> None:
    app = opened("predict", lang="en")
    app.selectbox(key="glossary_word").select("ablation").run()
    assert t("glossary.says_ablation") in words(app)
    assert app.title[0].value == t("predict.title")
    app.button(key="looked_up_ablation").click().run()
    assert app.title[0].value == t("shortcut.title")
    assert app.session_state["shortcut_part"] == "lesion"
    assert not app.exception
