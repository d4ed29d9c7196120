"""Results over many pictures: stored ones at once for the bundled weights, all others when a reader asks for them."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from explorer.analysis import picture_set
from explorer.analysis.picture_set import PictureSet
from explorer.data import cifar10
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import COUNT, Stored
from explorer.models.network import Network
from explorer.ui.finetune import run_monitor
from explorer.ui.server.streamlit_private import Container
from explorer.ui.state import cache, memory, shared_task
from explorer.ui.state.cache import View
from explorer.ui.state.shared_task import Steps
from explorer.ui.words import sentences, t

T = TypeVar("T")
S = TypeVar("S")
PROMPT_PX = 64  # side of inputs of which a few take no time that a reader would notice


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A result and its pictures. Those of a stored result are opened only if this machine has exactly the same ones."""

    result: T
    pictures: PictureSet
    is_stored: bool

    @property
    def has_pictures(self) -> bool:
        return bool(self.pictures.pictures)


@contextmanager
def offered(
    kind: str,
    view: View,
    pictures: PictureSet,
    start: Callable[[], Steps[T]] | None,
    stored: Callable[[Stored], S | None],
    passes: float,
    *,
    row: Container | None = None,
    key: tuple[Hashable, ...] = (),
    by_class: bool = False,
    again: bool = False,
) -> Iterator[Answer[T | S] | None]:
    """The result of `start` over `pictures` if it was computed, else the stored one, else None.

    `start` is None if these pictures do not allow the computation.

    Draws which of them it is and the button that computes it here, in `row`. The computation runs when the block ends:
    all that the block draws is then on screen and up to date, and the page is redrawn with the result.

    `stored` reads the result that belongs to the page's choices, None if there is none. `passes` is the time of the
    computation relative to a forward pass of all pictures, measured by `python -m benchmarks.stored_answers`; for
    stored results of this `kind` their own ratio is used. `key` holds what else determines the result; `by_class` is
    the order of the stored pictures. `again`: the page has just told the origin of stored results.
    """
    job = (kind, view.network_key, pictures.source, len(pictures), *key)
    space = (row or st).empty()
    answer: Answer[T | S] | None = None
    found = None
    if (fresh := shared_task.finished(job)) is not None:
        answer = Answer(fresh, pictures, is_stored=False)
        st.caption(t("answers.fresh", count=len(pictures), source=t(pictures.source)))
    elif len(pictures) == COUNT or not pictures.is_cifar10:
        found = stored_answers.find(view.network.name, view.network.weights)
        result = None if found is None else stored(found)
        if result is not None:
            answer = Answer(result, _of_stored(pictures, by_class), is_stored=True)
            st.caption(t("answers.stored_too") if again else _origin(pictures, has_pictures=answer.has_pictures))
    if answer is None:
        st.caption(t("answers.waits"))
    yield answer
    is_gallery = pictures.source == "picture.source_gallery"
    if start and fresh is None and not (answer and is_gallery):
        label = ""
        if not shared_task.is_begun(job):
            ratio = found.numbers["passes"].get(kind, passes) if found else passes
            seconds = max(1.0, ratio * len(pictures) * _seconds_per_picture(view))
            words = "again" if answer and pictures.is_cifar10 else "compute" if pictures.is_cifar10 else "compute_other"
            label = t(
                f"answers.{words}", count=len(pictures), source=t(pictures.source), time=run_monitor.duration(seconds)
            )
        if shared_task.offer(job, start, label, space=space, kind="secondary" if answer else "primary") is not None:
            st.rerun()


def _of_stored(pictures: PictureSet, by_class: bool) -> PictureSet:
    if (
        pictures.is_cifar10
        and _digest(str(cifar10.find_cifar10()), len(pictures), pictures) == stored_answers.made().pictures
    ):
        return pictures
    return stored_answers.pictures(by_class=by_class)


@memory.shared
def _digest(root: str, count: int, _pictures: PictureSet) -> str:
    return stored_answers.digest(_pictures)


def _origin(pictures: PictureSet, *, has_pictures: bool) -> str:
    made = stored_answers.made()
    origin = t(
        "answers.stored", count=COUNT, files=t(f"answers.files_{made.layout}"), command=made.command, day=made.day,
        hardware=made.hardware, versions=made.versions,
    )  # fmt: skip
    if has_pictures:
        return origin
    return sentences(origin, t("answers.other_pictures" if pictures.is_cifar10 else "answers.no_pictures"))


def _seconds_per_picture(view: View) -> float:
    if view.network.preprocess.input_px <= PROMPT_PX:
        return _measured_seconds(view.network_key, view.network)
    return cache.prediction(view.key, view.network, view.x).seconds


@memory.shared
def _measured_seconds(network_key: Hashable, _network: Network) -> float:
    return picture_set.seconds_per_picture(_network)
