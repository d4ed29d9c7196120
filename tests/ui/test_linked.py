"""Widgets bound to the query string, and fragments."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import t

KEYS = ("letter", "kind", "count", "angle", "seed", "several")
USUAL = {"letter": "a", "kind": "x", "count": 200, "angle": 30, "seed": 0, "several": [2]}


def page() -> None:
    import streamlit as st

    from explorer.ui.state import url_state
    from explorer.ui.widgets import linked

    for key in st.session_state.get("emptied", ()):  # as a browser may send it
        st.session_state[key] = None
    with url_state.written():
        values = [
            linked.selectbox("Letter", {"a": 1, "b": 2}, key="letter", omit_default=True),
            linked.segmented("Kind", ("x", "y"), key="kind"),
            linked.select_slider("Count", (100, 200, 500), key="count", default=200),
            linked.slider("Angle", range(0, 90, 5), key="angle", default=30, omit_default=True),
            linked.number("Seed", range(1000), key="seed"),
            linked.multiselect("Several", (1, 2, 3), key="several", default=[2], most=2, omit_default=True),
        ]
    st.session_state.returned = values


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(page)
    app.query_params.update(link)
    return checked(app)


def checked(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    assert app.session_state["returned"] == [app.session_state[key] for key in KEYS]
    return app


def chosen(app: AppTest) -> dict[str, object]:
    return {key: app.session_state[key] for key in KEYS}


def address(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def test_without_a_link_the_defaults_are_chosen_and_some_are_left_out_of_the_address() -> None:
    app = opened()
    assert chosen(app) == USUAL
    assert address(app) == {"kind": "x", "count": "200", "seed": "0"}


def test_a_link_is_restored_and_stays_in_the_address() -> None:
    link = {"letter": "b", "kind": "y", "count": "500", "angle": "45", "seed": "7", "several": "1 3"}
    app = opened(**link)
    assert chosen(app) == {"letter": "b", "kind": "y", "count": 500, "angle": 45, "seed": 7, "several": [1, 3]}
    assert (app.selectbox(key="letter").value, app.slider(key="angle").value) == ("b", 45)
    assert address(app) == link
    assert not app.toast


@pytest.mark.parametrize("value", ["", "c", "101", "-5", "nan", "9" * 5000])
def test_what_is_no_option_falls_back_and_leaves_the_address(value: str) -> None:
    app = opened(**dict.fromkeys(KEYS, value))
    assert chosen(app) == (USUAL | {"seed": 101} if value == "101" else USUAL)
    assert address(app).keys() == {"kind", "count", "seed"}
    assert len(app.toast) == 1


def test_of_too_many_in_a_link_the_first_are_chosen() -> None:
    assert opened(several="3 2 1").session_state["several"] == [1, 2]


def test_an_empty_widget_is_never_a_choice() -> None:
    app = opened(kind="y", count="500")
    app.session_state["emptied"] = KEYS
    assert chosen(checked(app)) == USUAL | {"kind": "y", "count": 500}, "the address, else the default"


def test_a_choice_is_written_into_the_address_and_the_default_removed_from_it() -> None:
    app = opened(letter="b")
    app.selectbox(key="letter").select("a")
    app.button_group(key="kind").set_value("y")
    app.slider(key="angle").set_value(60)
    app.multiselect(key="several").set_value([3, 1])
    assert address(checked(app)) == {"kind": "y", "count": "200", "seed": "0", "angle": "60", "several": "3 1"}
    app.multiselect(key="several").set_value([2])
    assert "several" not in address(checked(app))


def parts() -> None:
    import streamlit as st

    from explorer.core.errors import RunError
    from explorer.ui.widgets import errors
    from explorer.ui.widgets.fragment import fragment, redraw_page, watch

    state = st.session_state
    state.pages = state.get("pages", 0) + 1

    @fragment
    def fails() -> None:
        st.write("before")
        raise RunError("errors.run_crashed")

    def draw() -> bool:
        state.drawn = state.get("drawn", 0) + 1
        st.button("Redraw", on_click=redraw_page)
        st.button("Refuse", on_click=refuse)
        errors.show_kept("refused")
        return bool(state.get("goes_on")) and state.drawn < 3

    def refuse() -> None:
        with errors.kept("refused"):
            raise RunError("errors.run_crashed")

    fails()
    watch(draw, bool(state.get("goes_on")) and state.get("drawn", 0) < 2)
    st.write("after")


def test_an_error_in_a_part_is_one_sentence_and_what_follows_is_drawn() -> None:
    app = AppTest.from_function(parts).run()
    assert [each.value for each in app.markdown] == ["before", "after"]
    assert [each.value for each in app.error] == [t("errors.run_crashed", "en").replace(".", "\\.")]
    assert not app.exception


def test_the_page_is_drawn_once_more_when_what_is_watched_has_ended() -> None:
    app = AppTest.from_function(parts)
    app.session_state["goes_on"] = True
    app.run()
    assert (app.session_state["pages"], app.session_state["drawn"]) == (1, 1)
    app.run()
    assert (app.session_state["pages"], app.session_state["drawn"]) == (2, 2)
    app.run()
    assert (app.session_state["pages"], app.session_state["drawn"]) == (3, 3)


def test_button_in_a_fragment_redraws_the_page_and_shows_its_error_once() -> None:
    app = AppTest.from_function(parts).run()
    app.button[0].click().run()
    assert app.session_state["pages"] == 3, "drawn, and once more"
    app.button[1].click().run()
    assert len(app.error) == 2
    assert len(app.run().error) == 1
