"""The tour: from offer to end in both languages, leaving early, by link, not offered again."""

from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, WORDS, Language, t
from explorer.ui.layout import navigation, tour
from explorer.ui.layout.tour_questions import QUESTIONS

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "explorer" / "ui" / "main.py"


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params.update(link)
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception
    assert not app.error


HEAD, ALL = 512 * 200 + 200, 11_689_512 - 513_000 + 512 * 200 + 200  # torchvision's resnet18 with 200 classes
NUMBERS = {"diagrams": ("last", (147_968 / ALL, 8_393_728 / ALL)), "finetune": ("few", (HEAD / ALL,))}


def answered(app: AppTest, page: str, language: Language) -> None:
    """Guess the first option, then the other ones: one is right, and the numbers are those of the network."""
    options, _ = QUESTIONS[page]
    told = []
    for option in options:
        app.button_group(key=f"tour_guess_{page}").set_value(option).run()
        assert not app.exception
        told.append(said(app))
        assert "\\" not in told[-1], "nothing is escaped in code"
    right = [option for option, words in zip(options, told, strict=True) if t("tour.right", language) in words]
    assert len(right) == 1
    if page in NUMBERS:
        assert right == [NUMBERS[page][0]]
        digits = ".2%" if page == "finetune" else ".1%"
        assert all(format(share, digits) in told[0] for share in NUMBERS[page][1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_leads_through_five_views_to_its_end(
    language: Language, started: list[object], no_measuring: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "explorer.ui.words.browser_language", lambda: language
    )  # AppTest reads options between the runs
    app = opened(lang=language, weights="upstream", picture="digit-3")
    assert t("tour.offer", language) in said(app)
    press(app, "tour_take")
    titles = ["source", "diagrams", "shortcut", "features", "finetune"]
    for number, page in enumerate(titles, 1):
        assert [title.value for title in app.title] == [t(f"{page}.title", language)]
        assert t("tour.place", language, number=number, count=5) in said(app)
        assert t(f"tour.stop_{page}", language) in said(app)
        assert app.query_params["tour"] == str(number)
        assert (app.query_params["picture"], app.query_params["weights"]) == ("digit-3", "upstream")
        for name, value in tour.STOPS[page].items():
            assert app.session_state[name] == value
            assert app.query_params[name] == str(value)
        answered(app, page, language)
        if number < 5:
            press(app, "tour_next")
    assert "tour_next" not in keys(app)
    assert app.button(key="tour_leave").label == t("tour.finish", language)
    press(app, "tour_leave")
    assert "tour" not in app.query_params
    assert t("tour.stop_finetune", language) not in said(app)
    assert t("tour.summary", language) in said(app)
    assert t("tour.score", language, right=sum(app.session_state.tour_answers.values()), count=5) in said(app)
    app.switch_page(navigation.path("home")).run()
    assert t("tour.offer", language) not in said(app), "it is offered once"
    assert "tour_take" in keys(app), "who asks can have it again"


def test_tour_can_be_left_and_waits_on_other_pages() -> None:
    app = opened(tour="1")
    assert app.title[0].value == t("source.title"), "a link to the home page leads to the first view"
    press(app, "tour_next")
    app.switch_page(navigation.path("predict")).run()
    assert t("tour.elsewhere") in said(app)
    press(app, "tour_back")
    assert app.title[0].value == t("diagrams.title")
    press(app, "tour_leave")
    assert not {"tour_next", "tour_back", "tour_leave"} & keys(app)
    (written,) = [each.proto for each in app.get("bidi_component") if each.proto.component_name == "cookie"]
    assert f"{tour.COOKIE}=1" in written.json


@pytest.mark.parametrize(("wanted", "notices"), [("6", 1), ("x", 1), ("0", 0)])
def test_a_stop_that_is_none_begins_no_tour(wanted: str, notices: int) -> None:
    app = opened(tour=wanted)
    assert len(app.toast) == notices
    assert app.session_state["tour"] == 0
    assert app.title[0].value == t("home.title")


def test_finished_tour_is_not_offered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ContextProxy, "cookies", {tour.COOKIE: "1"})
    assert t("tour.offer") not in said(opened())


def test_it_takes_about_two_minutes() -> None:
    english, chinese = ("".join(WORDS[f"tour.stop_{page}"][k] for page in tour.STOPS) for k in (0, 1))
    assert 60 < len(english.split()) / 200 * 60 < 120, "seconds at 200 words a minute, without looking"
    assert 60 < len(chinese) / 350 * 60 < 120, "at 350 characters a minute"
