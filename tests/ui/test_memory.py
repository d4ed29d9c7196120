"""The shared cache: computes once, is bounded in bytes, never mixes up entries."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.ui.state import memory

MB = 1 << 20


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EXPLORER_CACHE_MB", "10")
    memory.clear()
    yield
    memory.clear()


def block(megabytes: float) -> torch.Tensor:
    return torch.zeros(int(megabytes * MB / 4))


def test_a_size_is_that_of_the_memory_below_it() -> None:
    values = block(2)
    assert memory.size_of(values) == pytest.approx(2 * MB, rel=0.01)
    assert memory.size_of([values, values.view(2, -1), {"again": values}]) == pytest.approx(2 * MB, rel=0.01), "once"
    assert memory.size_of(values[:1]) == pytest.approx(2 * MB, rel=0.01), "a part keeps the whole alive"
    assert memory.size_of(np.zeros(MB)[:2]) == pytest.approx(8 * MB, rel=0.01)
    assert memory.size_of(Image.new("RGB", (1024, 512))) == pytest.approx(2 * MB, rel=0.01), (
        "Pillow has 4 bytes a pixel"
    )
    assert memory.size_of(torch.nn.Linear(1024, 1024)) == pytest.approx(4 * MB, rel=0.02)
    assert memory.size_of(lambda: values) == pytest.approx(2 * MB, rel=0.01)
    assert memory.size_of(threading) < 100, "a module is there anyway"

    def steps() -> Iterator[int]:
        held = block(3)
        yield len(held)

    begun = steps()
    next(begun)
    assert memory.size_of(begun) == pytest.approx(3 * MB, rel=0.01)


def test_all_functions_share_the_limit_and_least_recently_used_is_evicted() -> None:
    made: list[str] = []

    @memory.shared
    def one(name: str, _size: float) -> torch.Tensor:
        made.append(name)
        return block(_size)

    @memory.shared
    def other(name: str) -> torch.Tensor:
        made.append(f"other {name}")
        return block(4)

    one("a", 4)
    one("b", 4)
    one("a", 0)  # its parameter with an underscore names nothing
    other("a")
    assert made == ["a", "b", "other a"]
    assert memory.total_bytes() == pytest.approx(8 * MB, rel=0.01)
    one("a", 0)
    assert made == ["a", "b", "other a"], "b went"
    one("c", 11)
    assert memory.total_bytes() == pytest.approx(11 * MB, rel=0.01), "more than all the room: alone"
    one("d", 1)
    assert memory.total_bytes() == pytest.approx(MB, rel=0.01)


def test_it_is_computed_once_for_who_asks_at_the_same_time() -> None:
    made: list[int] = []

    @memory.shared
    def slow(key: int) -> int:
        made.append(key)
        time.sleep(0.2)
        return 2 * key

    found: list[int] = []
    asking = [threading.Thread(target=lambda: found.append(slow(21))) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert (made, found) == ([21], [42] * 4)


def test_what_fails_is_tried_anew_and_nothing_is_a_result_too() -> None:
    made: list[str] = []

    @memory.shared
    def broken(key: str) -> None:
        made.append(key)
        if len(made) == 1:
            raise ValueError(key)

    with pytest.raises(ValueError, match="a"):
        broken("a")
    assert broken("a") is None
    assert broken("a") is None
    assert made == ["a", "a"]


def test_streamlits_own_caches_which_count_entries_are_not_used() -> None:
    files = (Path(memory.__file__).parent).rglob("*.py")
    assert [file.name for file in files if re.search(r"st\.cache_(data|resource)\b[^`]", file.read_text("utf-8"))] == []


def test_a_key_of_one_kind_is_no_other_kinds() -> None:
    @memory.shared
    def of(key: object) -> object:
        return key

    keys = [
        ("upload", "china"),
        ("sample", "china"),
        "china",
        ("own", "resnet18", "cifar10 0"),
        ("named", "resnet18", "cifar10", 0),
    ]
    assert [of(key) for key in keys] == keys
