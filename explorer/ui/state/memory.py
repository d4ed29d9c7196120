"""A cache shared by all sessions, bounded in total bytes, least recently used first out. Values must not be changed.

`st.cache_resource` bounds only the number of entries, while the size of an entry depends on what visitors upload.
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

_NOT_COUNTED: Final = (type, ModuleType, CodeType)  # the process holds these anyway


class _Entry(NamedTuple):
    value: object
    size: int  # bytes


class _ComputeLock:
    """Lock of one result while it is computed; other threads that need the same result wait for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_lock = threading.Lock()
_entries: OrderedDict[Hashable, _Entry] = OrderedDict()  # least recently used first
_total_bytes = 0  # total bytes of _entries
_computing: WeakValueDictionary[Hashable, _ComputeLock] = WeakValueDictionary()


def shared(function: Callable[P, T]) -> Callable[P, T]:
    """Decorator: cache the results of `function`. The key is every argument whose parameter has no leading underscore.

    These arguments must determine the others, and a browser must not be able to choose one that belongs to something
    else: uploads are identified by sha256, in a tuple that begins with their kind. Exceptions are not cached.
    """
    names = list(inspect.signature(function).parameters)
    named = [not name.startswith("_") for name in names]

    @wraps(function)
    def wrapper(*args: P.args, **more: P.kwargs) -> T:
        given = (value for value, is_named in zip(args, named, strict=False) if is_named)
        others = ((name, value) for name, value in sorted(more.items()) if not name.startswith("_"))
        return get_or_compute(
            (function.__module__, function.__qualname__, *given, *others), lambda: function(*args, **more)
        )

    return wrapper


def get_or_compute(key: Hashable, compute: Callable[[], T]) -> T:
    """The cached value of `key`; if missing, compute and cache it, in one thread while others wait."""
    result: Any = get(key)
    if result is not MISSING:
        return result  # type: ignore[no-any-return]
    with _lock:
        turn = _computing.get(key) or _computing.setdefault(key, _ComputeLock())
    with turn.lock:
        result = get(key)
        if result is MISSING:
            result = compute()
            put(key, result)
    return result  # type: ignore[no-any-return]


def get(key: Hashable) -> object:
    """The cached value of `key`, or MISSING."""
    with _lock:
        if key not in _entries:
            return MISSING
        _entries.move_to_end(key)
        return _entries[key].value


def put(key: Hashable, value: object) -> None:
    """Cache `value`, evicting the least recently used entries above EXPLORER_CACHE_MB; `value` itself always stays.

    Raises RunError if EXPLORER_CACHE_MB is not a number.
    """
    global _total_bytes
    entry, room = _Entry(value, size_of((key, value))), settings.limit("EXPLORER_CACHE_MB") * (1 << 20)
    drop(key)
    with _lock:
        _entries[key] = entry
        _total_bytes += entry.size
        while _total_bytes > room and len(_entries) > 1:
            _total_bytes -= _entries.popitem(last=False)[1].size


def drop(key: Hashable) -> None:
    global _total_bytes
    with _lock:
        if key in _entries:
            _total_bytes -= _entries.pop(key).size


def clear() -> None:
    global _total_bytes
    with _lock:
        _entries.clear()
        _total_bytes = 0


def total_bytes() -> int:
    """Total size of the cache in bytes."""
    return _total_bytes


def size_of(value: object) -> int:
    """Bytes of `value` and everything reachable from it (tensors, arrays, pictures, objects), each counted once."""
    left, seen, total = [value], set[int](), 0
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, _NOT_COUNTED):
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
        if isinstance(each, FunctionType):  # without its globals, the whole module
            left += [each.__closure__, each.__defaults__, each.__kwdefaults__]
        elif isinstance(each, FrameType):
            left += each.f_locals.values()
        else:
            left += gc.get_referents(each)
    return total
