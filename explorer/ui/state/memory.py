"""What viewers share, read by all and changed by none: results that are computed once, all together bounded in bytes.

`st.cache_resource` bounds the number of entries, and what a stranger uploads decides how large one is.
"""

import gc
import inspect
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar
from weakref import WeakValueDictionary

import numpy as np
import torch
from PIL import Image

from explorer.core import settings

P = ParamSpec("P")
T = TypeVar("T")

MISSING: Final = object()

_NOT_OURS: Final = (type, ModuleType, CodeType)  # what the process has anyway


class _Entry(NamedTuple):
    value: object
    size: int  # bytes


class _Turn:
    """Held by whoever computes a result; who wants the same one waits."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_changing = threading.Lock()
_kept: OrderedDict[Hashable, _Entry] = OrderedDict()  # the longest unused first
_held = 0  # bytes of all of them
_computing: WeakValueDictionary[Hashable, _Turn] = WeakValueDictionary()


def shared(function: Callable[P, T]) -> Callable[P, T]:
    """`function` with its results shared, by all arguments whose parameter does not begin with an underscore.

    They name the others whole, and no browser can choose one that is another thing's: an upload goes by its sha256, in
    a tuple that begins with its kind. What the function raises is not kept.
    """
    names = list(inspect.signature(function).parameters)
    named = [not name.startswith("_") for name in names]

    @wraps(function)
    def found(*args: P.args, **more: P.kwargs) -> T:
        given = (value for value, is_named in zip(args, named, strict=False) if is_named)
        others = ((name, value) for name, value in sorted(more.items()) if not name.startswith("_"))
        return once((function.__module__, function.__qualname__, *given, *others), lambda: function(*args, **more))

    return found


def once(key: Hashable, compute: Callable[[], T]) -> T:
    """What is kept as `key`, or else what `compute` returns, which is kept then."""
    found: Any = get(key)
    if found is not MISSING:
        return found  # type: ignore[no-any-return]
    with _changing:
        turn = _computing.get(key) or _computing.setdefault(key, _Turn())
    with turn.lock:
        found = get(key)
        if found is MISSING:
            found = compute()
            put(key, found)
    return found  # type: ignore[no-any-return]


def get(key: Hashable) -> object:
    """What is kept as `key`, or MISSING."""
    with _changing:
        if key not in _kept:
            return MISSING
        _kept.move_to_end(key)
        return _kept[key].value


def put(key: Hashable, value: object) -> None:
    """Keep `value` as `key`; the longest unused results go where room is short, all others where it needs more.

    Raises RunError where EXPLORER_CACHE_MB is no number.
    """
    global _held
    entry, room = _Entry(value, size_of((key, value))), settings.limit("EXPLORER_CACHE_MB") * (1 << 20)
    drop(key)
    with _changing:
        _kept[key] = entry
        _held += entry.size
        while _held > room and len(_kept) > 1:
            _held -= _kept.popitem(last=False)[1].size


def drop(key: Hashable) -> None:
    global _held
    with _changing:
        if key in _kept:
            _held -= _kept.pop(key).size


def clear() -> None:
    global _held
    with _changing:
        _kept.clear()
        _held = 0


def held() -> int:
    """Bytes of all that is kept."""
    return _held


def size_of(value: object) -> int:
    """Bytes that go when `value` goes: of tensors, arrays, pictures and all objects below it, each once."""
    left, seen, total = [value], set[int](), 0
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, _NOT_OURS):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        if isinstance(each, torch.Tensor):
            storage = each.untyped_storage()
            if each.device.type != "meta" and storage.data_ptr() not in seen:
                seen.add(storage.data_ptr())
                total += storage.nbytes()
        elif isinstance(each, Image.Image):
            total += each.width * each.height * (1 if each.mode in ("1", "L", "P") else 4)
        elif isinstance(each, np.ndarray) and each.base is not None:
            left.append(each.base)
        if isinstance(each, FunctionType):  # not the module that it is of
            left += [each.__closure__, each.__defaults__, each.__kwdefaults__]
        elif isinstance(each, FrameType):
            left += each.f_locals.values()
        else:
            left += gc.get_referents(each)
    return total
