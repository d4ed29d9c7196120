"""A run's log, read once for all sessions that watch it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.ui.state import memory

T = TypeVar("T")

RATE_SPAN_S = 8.0  # window of the speed


class LiveLog:
    """A run's log, shared by all sessions that watch it, with its speed and cached charts."""

    def __init__(self, run: Run) -> None:
        self.log = Log(run.path)
        self.lock = threading.Lock()
        self.samples: deque[tuple[float, int]] = deque(maxlen=64)
        self.sized_at = 0  # steps when its size in `memory` was last updated
        self._version: tuple[int, int, bool] = (0, 0, False)
        self._drawn: dict[Hashable, Any] = {}

    def read(self) -> None:
        """Read new events. Raises RunError."""
        self.log.update()
        now = time.monotonic()
        if not self.samples or self.samples[-1][1] != self.log.iteration:
            self.samples.append((now, self.log.iteration))
        while len(self.samples) > 2 and now - self.samples[1][0] > RATE_SPAN_S:
            self.samples.popleft()

    def cached(self, key: Hashable, draw: Callable[[], T]) -> T:
        """The result of `draw`, cached by `key` (language, theme, settings) until the log grows."""
        version = (self.log.iteration, len(self.log.epochs), self.log.opening is not None)
        if version != self._version:
            self._version, self._drawn = version, {}
        if key not in self._drawn:
            self._drawn[key] = draw()
        found: T = self._drawn[key]
        return found

    def steps_per_s(self) -> float | None:
        if len(self.samples) < 2:
            return None
        (begin, first), (end, last) = self.samples[0], self.samples[-1]
        return (last - first) / (end - begin) if last > first else None


def of(run: Run) -> LiveLog:
    """The log of `run`, shared between sessions."""
    return memory.get_or_compute(("followed", run.path.absolute()), lambda: LiveLog(run))
