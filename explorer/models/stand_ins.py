"""Inert objects that take the place of a checkpoint's bookkeeping: arguments, schedulers, paths, numpy's scalars.

`pickle_guard` puts these names into a pickle before torch reads it. No class that a file names is imported or called.
"""

from collections import OrderedDict
from typing import Any


class Record:
    """Stands for any class: a call returns an empty dict, which takes items and attributes as an instance would."""

    def __new__(cls, *args: object) -> Any:
        return OrderedDict()


class Opaque:
    """Stands for numpy's functions and types: takes every argument and every state, and keeps none."""

    def __init__(self, *args: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass
