"""A run's duration is estimated from a few steps, measured once."""

import json
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import torch

from explorer.core import cores, hardware
from explorer.training import probe
from explorer.training.probe import Speed
from explorer.training.recipe import Recipe

CPU = torch.device("cpu")
SPEED = Speed(learning=100.0, frozen=400.0, looking=500.0)


class Stopwatch:
    """Fake measurement: bfloat16 is `faster` times as fast; calls are counted."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, int]] = []
        self.kinds: list[str] = []
        self.faster = 2.0

    def __call__(
        self, recipe: Recipe, device: torch.device, names: Sequence[str], kinds: Sequence[str], batch: int
    ) -> dict[str, dict[str, float]]:
        self.looks += [(name, batch) for name in names]
        self.kinds += kinds
        rates = {"learning": 100.0, "frozen": 400.0, "looking": 500.0}
        times = {"float32": 1.0, "bfloat16": self.faster}
        return {name: {kind: rates[kind] * times[name] for kind in kinds} for name in names}


def measured(recipe: Recipe, cache: Path | None = None, name: str = "float32") -> Speed:
    return probe.measure(recipe, CPU, name, cache)


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    found = Stopwatch()
    monkeypatch.setattr(probe, "_measure", found)
    return found


def test_it_is_measured_with_the_runs_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "physical_cores", lambda: 2)
    before = torch.get_num_threads()
    for asked, computed in ((1, 1), (0, 2), (9, 2)):
        with probe.use_threads(Recipe(threads=asked)):
            assert torch.get_num_threads() == computed
        assert torch.get_num_threads() == before


def test_seconds_of_a_run() -> None:
    recipe = Recipe(epochs=10, freeze_epochs=4)
    assert probe.seconds(recipe, SPEED, 1000, 500) == pytest.approx(4 * 1000 / 400 + 6 * 1000 / 100 + 10 * 500 / 500)


@pytest.mark.parametrize(("views", "augmented", "looks"), [(0, False, 1), (1, True, 1), (3, True, 3), (16, True, 4)])
def test_seconds_with_features_computed_once(views: int, augmented: bool, looks: int) -> None:
    none = dict.fromkeys(["crop_padding", "flip", "brightness", "contrast", "saturation", "hue", "rotation"], 0)
    recipe = Recipe(epochs=10, freeze_epochs=4, freeze_bn=True, fixed_views=views, **({} if augmented else none))
    expected = (looks * 1000 + 7 * 500) / 500 + 6 * 1000 / 100
    assert probe.seconds(recipe, SPEED, 1000, 500) == pytest.approx(expected)


def test_auto_takes_the_faster_floats(stopwatch: Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "has_bfloat16", lambda: True)
    assert probe.precision(Recipe(), CPU) == "bfloat16"
    assert [name for name, _ in stopwatch.looks] == ["float32", "bfloat16"]
    assert stopwatch.kinds == ["learning"], "a run that waits needs no other speed"
    stopwatch.faster = 1.0
    assert probe.precision(Recipe(), CPU) == "float32", "at equal speed, float32"


def test_floats_that_the_processor_lacks_are_not_tried(stopwatch: Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "has_bfloat16", lambda: False)
    assert probe.precision(Recipe(), CPU) == "float32"
    assert stopwatch.looks == [], "a starting run does not wait for a measurement"


def test_what_the_recipe_says_is_not_measured(stopwatch: Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [probe.precision(Recipe(precision=name), CPU) for name in ("float32", "bfloat16")] == ["float32", "bfloat16"]
    # As on Turing, where torch emulates it: True unless emulation is excluded
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert probe.precision(Recipe(), torch.device("cuda")) == "float32"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    assert probe.precision(Recipe(), torch.device("cuda")) == "bfloat16"
    assert probe.precision(Recipe(), torch.device("mps")) == "float32"
    assert stopwatch.looks == []


def test_a_measurement_is_remembered(stopwatch: Stopwatch, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    first = measured(Recipe(), cache)
    assert measured(Recipe(seed=9, lr=0.5), cache) == first
    assert len(stopwatch.looks) == 1
    for other in (Recipe(batch_size=32), Recipe(network="resnet34"), Recipe(image_size=64), Recipe(optimizer="sgd")):
        measured(other, cache)
    assert len(stopwatch.looks) == 5
    assert [file.name for file in cache.iterdir()] == ["speed.json"]


def test_what_is_measured_on_a_busy_machine_is_not_kept_and_nothing_is_kept_for_ever(
    stopwatch: Stopwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores.Load, "is_busy", lambda *_: True)
    assert measured(Recipe(), tmp_path).busy
    assert probe.known(Recipe(), CPU, tmp_path) is None
    monkeypatch.setattr(cores.Load, "is_busy", lambda *_: False)
    with probe.use_threads(Recipe()):
        quiet = measured(Recipe(), tmp_path)
        assert measured(Recipe(), tmp_path) == quiet
    assert (len(stopwatch.looks), quiet.busy) == (2, False)
    assert probe.known(Recipe(seed=3, epochs=7), CPU, tmp_path) == quiet
    tomorrow = time.time() + 25 * 3600
    monkeypatch.setattr(probe.time, "time", lambda: tomorrow)
    assert probe.known(Recipe(), CPU, tmp_path) is None
    measured(Recipe(), tmp_path)
    assert len(stopwatch.looks) == 3


def test_what_one_measurement_has_the_next_leaves_out(
    stopwatch: Stopwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "has_bfloat16", lambda: True)
    with probe.use_threads(Recipe()):
        assert probe.precision(Recipe(), CPU, tmp_path) == "bfloat16"
        assert probe.known(Recipe(), CPU, tmp_path) is None, "the other speeds are still missing"
        found = measured(Recipe(), tmp_path, "bfloat16")
        assert (found.learning, found.frozen, found.looking) == (200, 800, 1000)
        assert stopwatch.kinds == ["learning", "frozen", "looking"]
        assert [name for name, _ in stopwatch.looks] == ["float32", "bfloat16", "bfloat16"]
        assert probe.known(Recipe(), CPU, tmp_path) == found
        assert probe.precision(Recipe(), CPU, tmp_path) == "bfloat16"
    assert len(stopwatch.looks) == 3


def test_of_two_precisions_both_are_stored_or_measured_anew(
    stopwatch: Stopwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "has_bfloat16", lambda: True)
    measured(Recipe(), tmp_path)
    probe.precision(Recipe(), CPU, tmp_path)
    assert [name for name, _ in stopwatch.looks] == ["float32", "float32", "bfloat16"]


def test_calls_alternate_and_the_fastest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, order = [0.0], []
    takes = {"a": iter([9.0, 1.0, 2.0, 8.0]), "b": iter([4.0, 5.0, 2.0, 4.0])}

    def call(name: str) -> None:
        order.append(name)
        clock[0] += next(takes[name])

    monkeypatch.setattr(probe.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(probe, "TIMED_S", 15.0)
    assert probe._rates({name: partial(call, name) for name in "ab"}, 10, CPU) == {"a": 10.0, "b": 5.0}
    assert "".join(order) == "abababab"


@pytest.mark.parametrize(
    ("frozen", "pictures_per_s", "is_kept"),
    [(False, 70, True), (False, 145, True), (False, 60, False), (False, 160, False), (True, 300, True), (True, 90, 0)],
)
def test_a_run_of_another_speed_makes_the_stored_one_doubtful(
    frozen: bool, pictures_per_s: float, is_kept: bool, stopwatch: Stopwatch, tmp_path: Path
) -> None:
    with probe.use_threads(Recipe()):
        measured(Recipe(), tmp_path)
        measured(Recipe(batch_size=32), tmp_path)
        probe.check(Recipe(), CPU, "float32", frozen, pictures_per_s, tmp_path)
    assert (probe.known(Recipe(precision="float32"), CPU, tmp_path) is not None) == is_kept
    assert probe.known(Recipe(precision="float32", batch_size=32), CPU, tmp_path) is not None
    probe.check(Recipe(), CPU, "float32", frozen, pictures_per_s, None)


def test_large_batches_are_measured_in_part(stopwatch: Stopwatch) -> None:
    measured(Recipe(batch_size=4096, image_size=224))
    measured(Recipe(batch_size=4096, image_size=32))
    assert [batch for _, batch in stopwatch.looks] == [256 * 64**2 // 224**2, 1024]


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "\xff", '{"another machine": {"learning": 1}}'])
def test_a_broken_file_is_written_anew(content: str, stopwatch: Stopwatch, tmp_path: Path) -> None:
    (tmp_path / "speed.json").write_bytes(content.encode("latin-1"))
    first = measured(Recipe(), tmp_path, name="bfloat16")
    assert measured(Recipe(), tmp_path, name="bfloat16") == first
    assert len(stopwatch.looks) == 1
    assert 200.0 in [
        known["learning"] for known in json.loads((tmp_path / "speed.json").read_text(encoding="utf-8")).values()
    ]


def test_a_folder_that_cannot_be_written_costs_a_measurement(stopwatch: Stopwatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for _ in range(2):
        assert measured(Recipe(), tmp_path / "file") == SPEED
    assert len(stopwatch.looks) == 2


def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMED_S", 0.2)
    before = torch.get_rng_state()
    speed = measured(Recipe(batch_size=16))
    assert torch.equal(torch.get_rng_state(), before), "a measurement does not change a run's random numbers"
    assert 0 < speed.learning < speed.frozen, "a frozen backbone has no backward pass"
    assert speed.learning < speed.looking
