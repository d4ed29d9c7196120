"""Shared tasks: offer, progress, interruption and resumption, sharing, failure."""

from collections.abc import Generator

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import t
from explorer.ui.state import memory, shared_task

MADE: list[int] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    MADE.clear()
    memory.clear()


def counting(total: int, fails_at: int = -1) -> Generator[tuple[int, int], None, str]:
    for k in range(total):
        if k == fails_at:
            raise ZeroDivisionError
        MADE.append(k)
        yield k + 1, total
    return f"result of {total}"


def page(at_once: bool = False, fails_at: int = -1) -> None:
    import streamlit as st

    from explorer.ui.state import shared_task
    from tests.ui.test_shared_task import counting

    st.write(shared_task.offer("key", lambda: counting(4, fails_at), "Compute it", at_once=at_once) or "nothing yet")


def shown(app: AppTest) -> str:
    assert not app.exception
    return str(app.markdown[-1].value)


def test_nothing_is_computed_until_a_reader_asks() -> None:
    app = AppTest.from_function(page).run()
    assert shown(app) == "nothing yet"
    assert MADE == []
    app.button[0].click().run()
    assert shown(app) == "result of 4"
    app.run()
    assert shown(app) == "result of 4", "kept"
    assert MADE == [0, 1, 2, 3], "once"
    assert not app.button


def test_another_viewer_has_the_same_result() -> None:
    AppTest.from_function(page, kwargs={"at_once": True}).run()
    assert shown(AppTest.from_function(page).run()) == "result of 4"
    assert MADE == [0, 1, 2, 3]


def test_what_is_broken_off_is_weighed_with_what_it_holds_by_then() -> None:
    def broken_off() -> None:
        import streamlit as st

        from explorer.ui.state import shared_task

        def growing():  # type: ignore[no-untyped-def]
            held = []
            for k in range(3):
                held.append(bytes(1_000_000))
                yield k, 9
            st.stop()  # as a click does

        shared_task.offer("key", growing, "", at_once=True)

    assert not AppTest.from_function(broken_off).run().exception
    assert memory.total_bytes() < 1_000_000, "a generator that has ended holds nothing"

    def stopped_between() -> None:
        import streamlit as st

        from explorer.ui.state import shared_task

        def growing():  # type: ignore[no-untyped-def]
            held = []
            for k in range(9):
                held.append(bytes(1_000_000))
                yield k, 9

        real, steps = shared_task.Job.step, []

        def step(self):  # type: ignore[no-untyped-def]
            steps.append(1)
            if len(steps) > 4:
                shared_task.Job.step = real
                st.stop()
            return real(self)

        shared_task.Job.step = step  # type: ignore[method-assign]
        shared_task.offer("other", growing, "", at_once=True)

    assert not AppTest.from_function(stopped_between).run().exception
    assert 4_000_000 < memory.total_bytes() < 5_000_000


def test_interrupted_task_resumes() -> None:
    begun: shared_task.Job[str] = shared_task.Job(counting(4))
    begun.step()
    begun.step()
    memory.put(("job", "key"), begun)
    app = AppTest.from_function(page).run()
    assert shown(app) == "result of 4", "without another click"
    assert MADE == [0, 1, 2, 3]


def test_all_who_wait_hear_of_a_failure() -> None:
    broken: shared_task.Job[str] = shared_task.Job(counting(4, fails_at=1))
    assert not broken.step()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            broken.step()


def test_a_failure_is_seen_and_begins_anew() -> None:
    app = AppTest.from_function(page, kwargs={"at_once": True, "fails_at": 2}).run()
    assert len(app.exception) == 1
    assert MADE == [0, 1]
    assert memory.get(("job", "key")) is memory.MISSING
    assert shown(AppTest.from_function(page, kwargs={"at_once": True}).run()) == "result of 4"


def test_stop_and_resume() -> None:
    begun: shared_task.Job[str] = shared_task.Job(counting(4))
    begun.step()
    memory.put(("job", "key"), begun)
    app = AppTest.from_function(page, kwargs={"at_once": True})
    app.session_state["stopped_jobs"] = ["key"]  # what the button beside the bar does
    assert shown(app.run()) == "nothing yet"
    assert MADE == [0]
    (go_on,) = app.button
    assert go_on.label == t("bar.job_go_on", done=1, total=4)
    assert shown(go_on.click().run()) == "result of 4"
    assert MADE == [0, 1, 2, 3]
    assert shown(app.run()) == "result of 4"


def test_what_needs_a_stopped_one_ends_there() -> None:
    def needing() -> None:
        import streamlit as st

        from explorer.ui.state import shared_task, url_state
        from tests.ui.test_shared_task import counting

        with url_state.written():
            st.write("before")
            st.write(shared_task.require("key", lambda: counting(4)))

    app = AppTest.from_function(needing)
    app.session_state["stopped_jobs"] = ["key"]
    assert shown(app.run()) == "before"
    assert shown(app.button[0].click().run()) == "result of 4"
