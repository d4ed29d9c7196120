"""A run's duration is estimated from a few steps, measured once."""

import dataclasses
import json
import time
from pathlib import Path

import pytest
import torch

from explorer.core import cores, hardware
from explorer.training import probe
from explorer.training.probe import Speed
from explorer.training.recipe import Recipe
from explorer.training.steps import Precision

CPU = torch.device("cpu")
SPEED = Speed(learning=100.0, frozen=400.0, looking=500.0)


class Stopwatch:
    """Fake measurement: bfloat16 is twice as fast; calls are counted."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, int]] = []

    def __call__(self, recipe: Recipe, device: torch.device, precision: Precision, batch: int) -> Speed:
        self.looks.append((precision.name, batch))
        return dataclasses.replace(SPEED, learning=200.0 if precision.name == "bfloat16" else 100.0)


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    measured = Stopwatch()
    monkeypatch.setattr(probe, "_measure", measured)
    return measured


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
    monkeypatch.setattr(probe, "_measure", lambda *_: SPEED)
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
    first = probe.measure(Recipe(), CPU, "float32", cache)
    assert probe.measure(Recipe(seed=9, lr=0.5), CPU, "float32", cache) == first
    assert len(stopwatch.looks) == 1
    for other in (Recipe(batch_size=32), Recipe(network="resnet34"), Recipe(image_size=64), Recipe(optimizer="sgd")):
        probe.measure(other, CPU, "float32", cache)
    assert len(stopwatch.looks) == 5
    assert [file.name for file in cache.iterdir()] == ["speed.json"]


def test_what_is_measured_on_a_busy_machine_is_not_kept_and_nothing_is_kept_for_ever(
    stopwatch: Stopwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores.Load, "is_busy", lambda *_: True)
    assert probe.measure(Recipe(), CPU, "float32", tmp_path).busy
    assert probe.known(Recipe(), CPU, tmp_path) is None
    monkeypatch.setattr(cores.Load, "is_busy", lambda *_: False)
    with probe.use_threads(Recipe()):
        quiet = probe.measure(Recipe(), CPU, "float32", tmp_path)
        assert probe.measure(Recipe(), CPU, "float32", tmp_path) == quiet
    assert (len(stopwatch.looks), quiet.busy) == (2, False)
    assert probe.known(Recipe(seed=3, epochs=7), CPU, tmp_path) == quiet
    tomorrow = time.time() + 25 * 3600
    monkeypatch.setattr(probe.time, "time", lambda: tomorrow)
    assert probe.known(Recipe(), CPU, tmp_path) is None
    probe.measure(Recipe(), CPU, "float32", tmp_path)
    assert len(stopwatch.looks) == 3


def test_large_batches_are_measured_in_part(stopwatch: Stopwatch) -> None:
    probe.measure(Recipe(batch_size=4096, image_size=224), CPU, "float32")
    probe.measure(Recipe(batch_size=4096, image_size=32), CPU, "float32")
    assert [batch for _, batch in stopwatch.looks] == [256 * 64**2 // 224**2, 1024]


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "\xff", '{"another machine": {"learning": 1}}'])
def test_a_broken_file_is_written_anew(content: str, stopwatch: Stopwatch, tmp_path: Path) -> None:
    (tmp_path / "speed.json").write_bytes(content.encode("latin-1"))
    first = probe.measure(Recipe(), CPU, "bfloat16", tmp_path)
    assert probe.measure(Recipe(), CPU, "bfloat16", tmp_path) == first
    assert len(stopwatch.looks) == 1
    assert 200.0 in [
        known["learning"] for known in json.loads((tmp_path / "speed.json").read_text(encoding="utf-8")).values()
    ]


def test_a_folder_that_cannot_be_written_costs_a_measurement(stopwatch: Stopwatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for _ in range(2):
        assert probe.measure(Recipe(), CPU, "float32", tmp_path / "file") == SPEED
    assert len(stopwatch.looks) == 2


def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMED_S", 0.2)
    before = torch.get_rng_state()
    speed = probe.measure(Recipe(batch_size=16), CPU, "float32")
    assert torch.equal(torch.get_rng_state(), before), "a measurement does not change a run's random numbers"
    assert 0 < speed.learning < speed.frozen, "a frozen backbone has no backward pass"
    assert speed.learning < speed.looking
