"""A long computation that viewers share: it shows how far it is, can be stopped, and goes on where it was."""

import threading
import time
from collections.abc import Callable, Generator, Hashable
from typing import Any, Generic, TypeVar

import streamlit as st

from explorer.ui.server.streamlit_private import Place
from explorer.ui.state import memory
from explorer.ui.words import t

T = TypeVar("T")
Steps = Generator[tuple[int, int], None, T]  # yields (done, in all), returns the result


class Job(Generic[T]):
    """A computation in steps. Each viewer's script advances it; `turn` lets one do so at a time."""

    def __init__(self, steps: Steps[T]) -> None:
        self.steps, self.turn = steps, threading.Lock()
        self.done, self.total, self.seconds = 0, 0, 0.0
        self.ended = False
        self.result: T | None = None
        self.error: Exception | None = None

    def step(self) -> bool:
        """Do the next part, or wait while another viewer's script does it. Whether it has ended.

        Raises what the steps raised, to every viewer who waits.
        """
        with self.turn:
            if not self.ended:
                started = time.monotonic()
                try:
                    self.done, self.total = next(self.steps)
                except StopIteration as ended:
                    self.result, self.ended = ended.value, True
                except Exception as error:
                    self.error, self.ended = error, True
                self.seconds += time.monotonic() - started
            if self.error:
                raise self.error
            return self.ended


def offer(key: Hashable, start: Callable[[], Steps[T]], label: str, *, at_once: bool = False) -> T | None:
    """The result of `start`'s steps, whose arguments `key` names whole; None until a reader asks for it.

    A button with `label` begins them, or nobody needs to with `at_once`. What is under way goes on when the page is
    drawn again, since any click breaks it off without loss; until a reader stops it, who is then offered to go on.
    Raises what the steps raise, each time anew.
    """
    space, stopped = st.empty(), st.session_state.get("stopped_jobs", ())
    found: Any = memory.get(("job", key))
    job: Job[T] | None = None if found is memory.MISSING else found
    if key in stopped and not (job and job.ended):
        words = t("bar.job_go_on", done=job.done, total=job.total) if job and job.total else t("bar.job_start")
        if not space.button(words, f"start {key}", type="primary", icon=":material/play_arrow:"):
            return None
        st.session_state.stopped_jobs = [each for each in stopped if each != key]
    if job is None:
        if not at_once and not space.button(label, f"start {key}", type="primary", icon=":material/play_arrow:"):
            return None
        job = memory.once(("job", key), lambda: Job(start()))
    if not job.ended or job.error:
        _follow(job, key, space)
    return job.result


def need(key: Hashable, start: Callable[[], Steps[T]]) -> T:
    """As `offer` at once, for what all that follows on its part of the page needs: stopped, that part ends here."""
    found = offer(key, start, "", at_once=True)
    if found is None:
        st.stop()
    return found


def _stop(key: Hashable) -> None:
    st.session_state.stopped_jobs = [*st.session_state.get("stopped_jobs", ()), key]


def _follow(job: Job[T], key: Hashable, space: Place) -> None:
    bar: Place | None = None
    try:
        while not job.step():
            left = job.seconds * (job.total - job.done) / max(job.done, 1)
            words = t("bar.job", done=job.done, total=job.total, seconds=left)
            if bar is None:
                with space.container(horizontal=True, vertical_alignment="center"):
                    bar = st.progress(0.0)
                    st.button(t("bar.job_stop"), f"stop {key}", icon=":material/stop:", on_click=_stop, args=(key,))
            bar.progress(job.done / max(job.total, 1), words)
    except Exception:
        memory.drop(("job", key))  # a generator that failed has ended: the next reader begins anew
        raise
    except BaseException:  # a click breaks the script off, and the job has grown
        memory.put(("job", key), job)
        raise
    memory.put(("job", key), job)  # of another size: its steps are gone, its result is here
    space.empty()
