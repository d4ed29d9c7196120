"""A long computation shared between sessions: it shows its progress, can be stopped, and resumes where it stopped."""

import threading
import time
from collections.abc import Callable, Generator, Hashable
from typing import Any, Generic, Literal, TypeVar

import streamlit as st

from explorer.ui.server.streamlit_private import Container
from explorer.ui.state import memory, url_state
from explorer.ui.words import t

T = TypeVar("T")
Steps = Generator[tuple[int, int], None, T]  # yields (done, total), returns the result


class Job(Generic[T]):
    """A computation in steps. The script of every session that shows it advances it, one at a time (`turn`)."""

    def __init__(self, steps: Steps[T]) -> None:
        self.steps, self.turn = steps, threading.Lock()
        self.done, self.total, self.seconds = 0, 0, 0.0
        self.ended = False
        self.result: T | None = None
        self.error: Exception | None = None

    def step(self) -> bool:
        """Do the next step, after waiting for any other session's step. Return whether the job has ended.

        Raises an exception of the steps in every session that calls this.
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


def offer(
    key: Hashable,
    start: Callable[[], Steps[T]],
    label: str,
    *,
    at_once: bool = False,
    space: Container | None = None,
    kind: Literal["primary", "secondary"] = "primary",
) -> T | None:
    """Draw the job `key` with its progress and return its result; None if it was not started or was stopped.

    A button of this `kind` with `label` starts it; with `at_once` it starts by itself. `space` is an `st.empty` for
    button and progress. `key` must determine the result of `start`. A click anywhere interrupts the script, and the job
    continues with the next run of the page. After a stop a button to resume is shown. Raises any exception of the
    steps, in each run again.
    """
    space, stopped = space or st.empty(), st.session_state.get("stopped_jobs", ())
    found: Any = memory.get(("job", key))
    job: Job[T] | None = None if found is memory.MISSING else found
    if key in stopped and not (job and job.ended):
        words = t("bar.job_go_on", done=job.done, total=job.total) if job and job.total else t("bar.job_start")
        if not space.button(words, f"start {key}", type="primary", icon=":material/play_arrow:"):
            return None
        st.session_state.stopped_jobs = [each for each in stopped if each != key]
    if job is None:
        if not at_once and not space.button(label, f"start {key}", type=kind, icon=":material/play_arrow:"):
            return None
        job = memory.get_or_compute(("job", key), lambda: Job(start()))
    if not job.ended or job.error:
        _run_steps(job, key, space)
    return job.result


def finished(key: Hashable) -> Any:
    """The result of the job `key`; None if it has not ended without an error."""
    found: Any = memory.get(("job", key))
    return None if found is memory.MISSING or not found.ended else found.result


def is_begun(key: Hashable) -> bool:
    return memory.get(("job", key)) is not memory.MISSING


def require(key: Hashable, start: Callable[[], Steps[T]]) -> T:
    """`offer` with `at_once`, for a result that the rest of the page needs: a stopped job stops the script."""
    found = offer(key, start, "", at_once=True)
    if found is None:
        url_state.stop()
    return found


def _stop(key: Hashable) -> None:
    st.session_state.stopped_jobs = [*st.session_state.get("stopped_jobs", ()), key]


def _run_steps(job: Job[T], key: Hashable, space: Container) -> None:
    bar: Container | None = None
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
        memory.drop(("job", key))  # a generator that raised has ended: the next session starts a new job
        raise
    except BaseException:  # a click interrupts the script; the job's size has changed
        memory.put(("job", key), job)
        raise
    memory.put(("job", key), job)  # update its size: it now holds its result, not its steps
    space.empty()
