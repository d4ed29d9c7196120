"""The page Homework in Streamlit's AppTest: predict, try, see; links; words; what is handed in."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, Language, t
from explorer.data import images
from explorer.experiments.homework.measures import LARGE, SMALL
from explorer.experiments.homework.questions import QUESTIONS
from explorer.models import loading
from explorer.ui.homework import hand_in, words
from explorer.ui.homework.hand_in import Part
from explorer.ui.homework.path import LEADS
from explorer.ui.layout import navigation
from explorer.ui.state.uploads import Upload
from tests.ui.test_pages import MAIN, opened
from tests.ui.test_pages import words as text_of

GUESSES = {f"hw{k}": options[0] for k, options in enumerate(QUESTIONS.values(), 1)}


def homework(**link: str) -> AppTest:
    app = opened("homework", picture="china", **link)
    assert not app.error
    return app


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("language", LANGUAGES)
def test_predict_then_try_then_see(language: Language) -> None:
    app = homework(lang=language)
    assert app.title[0].value == t("homework.title", language)
    assert app.button(key="hw_guess").disabled
    assert t("homework.try_identity", language) not in text_of(app)
    app.radio(key="hw_option_identity").set_value("rest").run()
    assert "hw1" not in app.query_params, "a choice is no guess yet"
    press(app, "hw_guess")
    assert app.query_params["hw1"] == "rest"
    assert t("homework.your_guess", language) in html(app)
    assert t("homework.try_identity", language) in text_of(app)
    assert t("homework.idea_identity", language) not in text_of(app), "not seen yet"
    press(app, "hw_show")
    assert t("homework.said_identity_same", language, block="layer1.0") in text_of(app)
    assert t("homework.said_identity_some", language, blocks=8, exact=5) in text_of(app)
    assert t("homework.identity_same", language) in app.info[0].value, "the numbers say something else"
    assert f"<small class='said'>{t('homework.the_numbers', language)}" in html(app).replace('"', "'")
    press(app, "hw_again")
    assert "hw1" not in app.query_params
    assert app.button(key="hw_guess").disabled


@pytest.mark.usefixtures("no_measuring")
@pytest.mark.parametrize(("question", "k"), [(question, k) for k, question in enumerate(QUESTIONS, 1)])
def test_a_link_opens_a_question_with_its_guess_which_leads_to_another_page(question: str, k: int) -> None:
    guess = QUESTIONS[question][1]
    app = homework(hw=question, **{f"hw{k}": guess})
    assert app.query_params[f"hw{k}"] == guess
    assert t(f"homework.{question}_{guess}") in html(app)
    press(app, "hw_show")
    assert t(f"homework.idea_{question}") in text_of(app)
    assert bool(app.success) or any(t("homework.differs", other="")[:20] in each.value for each in app.info)
    press(app, "hw_go")
    assert app.title[0].value == t(f"{LEADS[question][0]}.title")


def test_the_right_guess_is_told_so() -> None:
    network = loading.load("resnet18", "cifar10")
    picture = images.open_sample("china").image
    found = {}
    network.module.layer1[0].register_forward_pre_hook(lambda _, args: found.update(x=args[0].clone()))  # type: ignore[index, union-attr]
    network.module.layer1[0].bn2.register_forward_hook(lambda _, args, out: found.update(f=out.clone()))  # type: ignore[index, union-attr]
    network.module(network.preprocess(picture))
    ratio = float(found["f"].norm() / found["x"].norm())
    right = "small" if ratio < SMALL else "alike" if ratio < LARGE else "large"
    app = homework(hw="branch", hw2=right)
    press(app, "hw_show")
    assert app.success[0].value == t("homework.agrees")
    assert t("homework.said_branch", block="layer1.0", ratio=ratio) in text_of(app)


def test_a_wrong_guess_in_a_link_is_refused() -> None:
    app = homework(hw1="<b>x</b>", hw2="hardly")
    assert {"hw1", "hw2"} & set(app.query_params) == set()
    assert "hw2" in app.toast[0].value


@pytest.mark.parametrize(("question", "control"), [("cut", "hw3_scale"), ("picture", "hw6_scale")])
def test_a_slider_changes_the_answer(question: str, control: str) -> None:
    app = homework(hw=question, **GUESSES)
    before = text_of(app)
    app.select_slider(key=control).set_value(0).run()
    assert app.query_params[control] == "0"
    assert text_of(app) != before


def test_blocks_and_depths_can_be_tried() -> None:
    app = homework(hw="identity", hw1="same", hw1_block="layer2.0")
    assert app.selectbox(key="hw1_block").value == "layer2.0"
    assert "64×16×16" in text_of(app)
    assert "128×8×8" in text_of(app), "x and its projection have different shapes"
    app = homework(hw="plain", hw5="same")
    app.button_group(key="hw5_depth").set_value(56).run()
    assert not app.exception
    app = homework(hw="gradient", hw4="more")
    app.toggle(key="hw4_cut").set_value(True).run()
    assert not app.exception


def test_a_plain_network_has_one_question_and_its_twin() -> None:
    app = homework(network="cifar-plain20", weights="random", **GUESSES)
    assert t("homework.no_blocks") in text_of(app)
    assert not app.radio
    app.button_group(key="hw").set_value("plain").run()
    press(app, "hw_show")
    app.button_group(key="hw").set_value("hand_in").run()
    assert not app.exception
    assert t("homework.open_count", left=1, count=1, which=t("homework.open_words", number=5)) == app.warning[0].value
    app.button_group(key="hw").set_value("identity").run()
    press(app, "open_twin")
    assert app.session_state["network"] == "cifar-resnet20"
    assert t("homework.your_guess") in html(app)


def test_an_own_picture_is_asked_for_and_named() -> None:
    app = homework(hw="picture")
    assert app.info[0].value == t("homework.gallery")
    own = AppTest.from_file(str(MAIN), default_timeout=60)
    own.query_params.update(picture="upload", hw="picture")
    own.session_state["files"] = {"upload": Upload("my cat.png", images.png(images.open_sample("flower").image))}
    own.switch_page(navigation.path("homework")).run()
    assert not own.exception
    assert not own.info


def test_random_weights_are_said() -> None:
    app = homework(weights="random")
    assert t("homework.untrained") in [each.value for each in app.info]


def test_the_neighbours_lead_through_all_parts() -> None:
    app = homework()
    seen = [app.session_state["hw"]]
    while any(button.key == "hw_next" for button in app.button):
        press(app, "hw_next")
        seen.append(app.session_state["hw"])
    assert seen == [*QUESTIONS, "hand_in"]
    press(app, "hw_previous")
    assert app.query_params["hw"] == "picture"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_open_is_said_before_the_download(language: Language) -> None:
    app = homework(hw="hand_in", lang=language, hw1="same", hw2="small")
    which = " · ".join(
        t(f"homework.open_{'words' if number < 3 else 'both'}", language, number=number) for number in range(1, 7)
    )
    assert app.warning[0].value == t("homework.open_count", language, left=6, count=6, which=which)
    app.session_state["hw_words"] = {"identity": "it is x", "branch": "what to add", "cut": "no guess"}
    app.run()
    left = [t("homework.open_guess", language, number=3)]
    left += [t("homework.open_both", language, number=number) for number in (4, 5, 6)]
    assert app.warning[0].value == t("homework.open_count", language, left=4, count=6, which=" · ".join(left))
    app = homework(hw="hand_in", lang=language, **GUESSES)
    app.session_state["hw_words"] = dict.fromkeys(QUESTIONS, "words")
    app.run()
    assert app.success[0].value == t("homework.all_done", language, count=6)
    labels = [button.label for button in app.get("download_button")]
    assert labels == [t("homework.download", language), t("homework.worksheet", language)]


def test_the_words_of_another_session_are_not_handed_in() -> None:
    first = homework(hw="hand_in", **GUESSES)
    first.session_state["hw_words"] = dict.fromkeys(QUESTIONS, "mine")
    first.run()
    second = homework(hw="hand_in", **GUESSES)
    assert second.session_state["hw_words"] == {}
    assert second.warning


def test_what_a_browser_sends_is_checked() -> None:
    sent = {"identity": "x" * 5000, "name": "n" * 500, "branch": 7, "cut": "  ", "other": "no", "plain": "yes"}
    assert words.checked(sent) == {"name": "n" * words.NAME_LIMIT, "identity": "x" * words.LIMIT, "plain": "yes"}
    for nothing in (None, [], "text", 3):
        assert words.checked(nothing) == {}


def test_the_guess_of_the_browser_gives_way_to_that_of_the_link_and_of_the_reader() -> None:
    def page() -> None:
        import streamlit as st

        from explorer.ui.homework import guesses
        from explorer.ui.state import url_state

        with url_state.written():
            guesses.restore()
        if not st.session_state.get("begun"):
            guesses.make("plain", None)
            st.session_state.begun = True
        for question, option in (("identity", "rest"), ("branch", "small"), ("cut", "<b>"), ("plain", "same")):
            guesses.offer(question, option)
        st.text([guesses.of(question) for question in ("identity", "branch", "cut", "plain")])
        st.text(guesses.decided())

    app = AppTest.from_function(page)
    app.query_params["hw1"] = "same"
    app.run()
    assert [each.value for each in app.text] == ["['same', 'small', None, None]", "{'plain': ''}"]


def test_the_file_takes_the_words_as_they_are_at_the_click(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, str] = {}
    monkeypatch.setattr(hand_in.time, "sleep", lambda _: written.update(identity="late \ud800<b>", name="Ana/../<i>"))
    part = Part("identity", "about", False, "same", None, None)
    file = hand_in.build(
        [part, replace(part, question="cut")],
        written,
        [("Network", "<n>")],
        ("", False),
        (),
        lambda: "<p>scene</p>",
        "en",
    )
    assert "late &lt;b&gt;" in file
    assert "&lt;n&gt;" in file
    assert "Ana/../&lt;i&gt;" in file
    assert 'srcdoc="&lt;p&gt;scene&lt;/p&gt;"' in file
    file.encode()


def test_the_name_of_the_file_has_no_path() -> None:
    def page() -> None:
        import streamlit as st

        from explorer.ui.homework import hand_in

        for name in ("", "Ana / ../..\\x", "张三", "\u202e gnp.exe", "a" * 99):
            st.text(hand_in.file_name({"name": name}))

    names = [each.value for each in AppTest.from_function(page).run().text]
    assert names == [
        "homework-2.html", "homework-2-Ana-x.html", "homework-2-张三.html", "homework-2-gnp-exe.html",
        f"homework-2-{'a' * 40}.html",
    ]  # fmt: skip
