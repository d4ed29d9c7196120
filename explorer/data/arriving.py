"""Pictures that threads are still decoding while training begins with the first of them."""

from collections.abc import Callable, Iterable
from threading import Condition, Thread
from typing import Final

import torch
from torch import Tensor

Decoded = Iterable[tuple[int, Tensor]]  # row, and its picture (3, S, S)
TOLD: Final = 64  # pictures between two that wake those who wait


class Unforeseen(Exception):
    """A picture cannot be decoded, or is larger than assumed, so which pictures there are is not yet known."""


class Arriving:
    """Pictures `stored` (N, 3, S, S) uint8 that a thread decodes; those who need some wait for them.

    `decode` yields the pictures of the rows that it is given, in that order. `finish` is called after the last one; it
    returns how many test pictures equal a training picture.
    """

    def __init__(self, stored: Tensor, decode: Callable[[list[int]], Decoded], finish: Callable[[], int]) -> None:
        self.stored = stored
        self._decode, self._finish = decode, finish
        self._here = torch.zeros(len(stored), dtype=torch.bool)
        self._repeated: int | None = None
        self._error: BaseException | None = None
        self._cancelled = False
        self._changed = Condition()
        self._thread: Thread | None = None

    def start(self, rows: Tensor) -> None:
        """Begin to decode, in the order of `rows` (N,)."""
        self._thread = Thread(target=self._run, args=(rows.tolist(),), name="decoding")
        self._thread.start()

    def wait(self, rows: Tensor) -> None:
        """Return once the pictures `rows` (n,) are stored. Raises what ended the thread before."""
        with self._changed:
            while not self._here[rows].all():
                if self._error:
                    raise self._error
                self._changed.wait()

    def finished(self) -> int:
        """Wait for all pictures and return what `finish` did. Raises what ended the thread before."""
        with self._changed:
            self._changed.wait_for(lambda: self._error or self._repeated is not None)
            if self._repeated is None and self._error:
                raise self._error
            return self._repeated or 0

    def cancel(self) -> None:
        """End the thread after its current picture; if it has stored all, after `finish`."""
        self._cancelled = True
        if self._thread:
            self._thread.join()

    def _run(self, rows: list[int]) -> None:
        try:
            stored: list[int] = []
            for row, picture in self._decode(rows):
                self.stored[row] = picture
                stored.append(row)
                if len(stored) == TOLD:
                    self._tell(stored)
                    stored = []
                if self._cancelled:
                    return
            self._tell(stored)
            self._repeated = self._finish()
        except BaseException as error:  # raised again by those who wait
            self._error = error
        finally:
            self._tell([])

    def _tell(self, rows: list[int]) -> None:
        with self._changed:
            self._here[rows] = True
            self._changed.notify_all()
