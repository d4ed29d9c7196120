"""A long computation that viewers share: it shows how far it is, can be stopped, and goes on where it was."""

import threading
import time
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from screen.words import say

T = TypeVar("T")
Steps = Generator[tuple[int, int], None, T]  # yields (done, in all), returns the result


class Job(Generic[T]):
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


@st.cache_resource(max_entries=24, show_spinner=False)
def _jobs(key: str) -> dict[str, Job[object]]:
    return {}


def offer(key: str, start: Callable[[], Steps[T]], label: str, *, at_once: bool = False) -> T | None:
    """The result of `start`'s steps, whose arguments `key` names whole; None until a reader asks for it.

    A button with `label` begins them, or nobody needs to with `at_once`. What is under way goes on when the page is
    drawn again, since any click breaks it off without loss; until a reader stops it, who is then offered to go on.
    Raises what the steps raise, each time anew.
    """
    found, space, stopped = _jobs(key), st.empty(), st.session_state.get("stopped_jobs", ())
    job: Job[T] | None = found.get("job")  # type: ignore[assignment]
    if key in stopped and not (job and job.ended):
        words = say("bar.job_go_on", done=job.done, total=job.total) if job and job.total else say("bar.job_start")
        if not space.button(words, f"start {key}", type="primary", icon=":material/play_arrow:"):
            return None
        st.session_state.stopped_jobs = [each for each in stopped if each != key]
    if job is None:
        if not at_once and not space.button(label, f"start {key}", type="primary", icon=":material/play_arrow:"):
            return None
        job = Job(start())
        found["job"] = job  # type: ignore[assignment]
    if not job.ended or job.error:
        _follow(found, job, key, space)
    return job.result


def need(key: str, start: Callable[[], Steps[T]]) -> T:
    """As `offer` at once, for what all that follows on its part of the page needs: stopped, that part ends here."""
    found = offer(key, start, "", at_once=True)
    if found is None:
        st.stop()
    return found


def _stop(key: str) -> None:
    st.session_state.stopped_jobs = [*st.session_state.get("stopped_jobs", ()), key]


def _follow(found: dict[str, Job[object]], job: Job[T], key: str, space: DeltaGenerator) -> None:
    bar: DeltaGenerator | None = None
    try:
        while not job.step():
            left = job.seconds * (job.total - job.done) / max(job.done, 1)
            words = say("bar.job", done=job.done, total=job.total, seconds=left)
            if bar is None:
                with space.container(horizontal=True, vertical_alignment="center"):
                    bar = st.progress(0.0)
                    st.button(say("bar.job_stop"), f"stop {key}", icon=":material/stop:", on_click=_stop, args=(key,))
            bar.progress(job.done / max(job.total, 1), words)
    except Exception:
        found.clear()  # a generator that failed has ended: the next reader begins anew
        raise
    space.empty()
