"""A run that begins while its pictures are decoded equals one that waits for them."""

import gc
import shutil
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.core.errors import DataError
from explorer.data import arriving, datasets
from explorer.data.datasets import ArrivingSplit
from explorer.training import trainer
from explorer.training.recipe import Recipe
from explorer.training.trainer import Event
from tests.training.test_trainer import BARE, of

RECIPE = Recipe(
    network="cifar-resnet8", weights="random", batch_size=16, epochs=2, freeze_epochs=1, precision="float32",
    device="cpu", seed=3, **BARE,
)  # fmt: skip


def pictures(root: Path, parts: tuple[str, ...], px: int = 40) -> Path:
    """64 different pictures of two classes in each part."""
    random = np.random.default_rng(0)
    for k in range(64 * len(parts)):
        folder = root / parts[k % len(parts)] / f"class{k // len(parts) % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (px, px + 3, 3), np.uint8)).save(folder / f"{k:03}.png")
    return root


def spoil(folder: Path, how: str) -> None:
    """Make the picture that the first epoch sees last a broken or larger one."""
    one = sorted(folder.rglob("*.png"))[trainer.epoch_order(RECIPE.seed, 1, 64)[-1]]
    if how == "broken":
        one.write_bytes(b"\x89PNG and nothing")
    else:
        Image.effect_noise((90, 90), 50).convert("RGB").save(one)


@pytest.fixture(autouse=True)
def _early(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(datasets, "MANY", 2)
    monkeypatch.setattr(arriving, "TOLD", 1)
    yield
    assert "decoding" not in [thread.name for thread in threading.enumerate()]


def events(recipe: Recipe, cache: Path | None = None, **more: Any) -> list[Event]:
    return [event for event in trainer.train(recipe, cache=cache, **more) if event.kind != "prepare"]


def waited_for(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """The events of a run whose pictures were all decoded before."""
    with monkeypatch.context() as patched:
        patched.setattr(datasets, "MANY", 10_000)
        return events(recipe)


def measured(found: list[Event]) -> list[Any]:
    batches = [(fields["iteration"], fields["loss"]) for fields in of(found, "batch")]
    epochs = [(fields["train_loss"], fields["test_loss"], fields["strip"]) for fields in of(found, "epoch")]
    return [*batches, *epochs]


def arrives(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each data set that is loaded is still arriving."""
    load, seen = datasets.load, list[bool]()

    def told(*given: Any, **more: Any) -> datasets.DataSet:
        data = load(*given, **more)
        seen.append(data.arriving is not None)
        return data

    monkeypatch.setattr(datasets, "load", told)
    return seen


@pytest.mark.parametrize("parts", [("train", "test"), ("",)], ids=["a test part", "a fifth for the test"])
@pytest.mark.parametrize("px", [40, 28], ids=["larger than the input", "smaller"])
@pytest.mark.parametrize("best_by", ["test", "validation"])
def test_it_is_the_same_run(
    parts: tuple[str, ...], px: int, best_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pictures(tmp_path / "data", parts, px)
    recipe = RECIPE.changed(data=str(folder), best_by=best_by)
    expected = waited_for(recipe, monkeypatch)
    seen = arrives(monkeypatch)
    found = events(recipe, tmp_path / "cache")
    assert seen == [True]
    assert measured(found) == measured(expected) != []
    assert of(found, "start")[0]["data"] == of(expected, "start")[0]["data"]
    again = events(recipe, tmp_path / "cache")
    assert seen == [True, False], "the second run finds them in the cache"
    assert measured(again) == measured(expected)


def test_a_zip_stays_open_until_all_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures(tmp_path / "data", ("train", "test"))
    recipe = RECIPE.changed(data=shutil.make_archive(str(tmp_path / "data"), "zip", folder), epochs=1)
    expected = waited_for(recipe, monkeypatch)
    seen = arrives(monkeypatch)
    assert measured(events(recipe)) == measured(expected) != []
    assert seen == [True]


def test_a_stored_feature_needs_its_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures(tmp_path / "data", ("train", "test"))
    recipe = RECIPE.changed(data=str(folder), freeze_bn=True, fixed_views=1)
    assert measured(events(recipe)) == measured(waited_for(recipe, monkeypatch))


def test_what_is_stored_is_what_a_whole_decoding_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures(tmp_path / "data", ("",))
    early, late = tmp_path / "early", tmp_path / "late"
    data = datasets.load(RECIPE.changed(data=str(folder)), cache=early, order=torch.arange)
    assert data.arriving is not None
    assert isinstance(data.test, ArrivingSplit)
    data.arriving.finished()
    datasets.load(RECIPE.changed(data=str(folder)), cache=late)
    [one], [other] = early.iterdir(), late.iterdir()
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()
    assert torch.equal(data.test.pictures(slice(None)), datasets.load(RECIPE.changed(data=str(folder))).test.images)


def test_the_first_batch_does_not_wait_for_the_last_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, held = pictures(tmp_path / "data", ("train", "test")), threading.Event()
    decode = datasets._decode_pictures

    def slowly(source: Any, names: list[str], side: int, progress: Any) -> Iterator[Any]:
        for k, picture in enumerate(decode(source, names, side, progress)):
            assert k < 64 or held.wait(30)
            yield picture

    monkeypatch.setattr(datasets, "_decode_pictures", slowly)
    found = []
    for event in trainer.train(RECIPE.changed(data=str(folder))):
        found.append(event.kind)
        if found.count("batch") == 3:  # of four; all test pictures are still to come
            held.set()
    assert "epoch" in found


def test_test_pictures_that_were_learned_are_told_once_all_are_there(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "data", ("train", "test"))
    one, other = (sorted((folder / part).rglob("*.png"))[0] for part in ("train", "test"))
    other.write_bytes(one.read_bytes())
    found = events(RECIPE.changed(data=str(folder), epochs=1))
    assert {"key": "errors.data_repeated", "values": {"count": 1}} in of(found, "warning")


@pytest.mark.parametrize(("how", "px"), [("broken", 40), ("larger", 28)])
def test_a_wrong_assumption_begins_anew(how: str, px: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures(tmp_path / "data", ("train", "test"), px)
    spoil(folder / "train", how)
    recipe = RECIPE.changed(data=str(folder))
    expected = waited_for(recipe, monkeypatch)
    found = events(recipe)
    started = [k for k, event in enumerate(found) if event.kind == "start"]
    assert len(started) == 2
    anew = found[started[1] :]
    assert measured(anew) == measured(expected) != []
    assert [event.kind for event in anew[1:]].count("start") == 0
    keys = [fields["key"] for fields in of(anew, "warning")]
    assert "errors.data_began_again" in keys
    assert ("errors.data_skipped" in keys) == (how == "broken")
    assert of(anew, "checkpoint")[0]["iteration"] == 0, "the checkpoint of the first attempt is replaced"


@pytest.mark.parametrize("at_once", [True, False], ids=["on a CPU", "where a resume waits for all"])
@pytest.mark.parametrize("broken", [None, "test", "train"])
def test_stopped_while_they_arrive(
    broken: str | None, at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped run continues; if it turns out that a picture is missing, it begins anew, and says so."""
    folder = pictures(tmp_path / "data", ("train", "test"))
    if broken:
        spoil(folder / broken, "broken")
    recipe = RECIPE.changed(data=str(folder))
    expected = waited_for(recipe, monkeypatch)
    seen: list[str] = []
    state = None
    for event in trainer.train(recipe, stop=lambda: seen.count("batch") == 2):
        seen.append(event.kind)
        state = event.payload if event.kind == "checkpoint" else state
    assert seen.count("start") == 1
    if not at_once:
        monkeypatch.setattr(datasets, "MANY", 10_000)
    arriving = arrives(monkeypatch)
    found = events(recipe, state=state)
    assert arriving == ([True, False] if broken and at_once else [at_once])
    kinds = [event.kind for event in found]
    assert ("resume" in kinds, kinds.count("start")) == (at_once or not broken, 1 if broken else 0)
    last = found[max(k for k, kind in enumerate(kinds) if kind in ("start", "resume")) :]
    assert of(last, "batch")[0]["iteration"] == (1 if broken else 3)
    assert ("errors.data_began_again" in [fields["key"] for fields in of(last, "warning")]) == bool(broken)
    assert measured(last)[-2:] == measured(expected)[-2:]


def test_a_class_without_a_picture_that_can_be_read(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "data", ("train", "test"))
    for file in (folder / "train" / "class1").iterdir():
        file.write_bytes(b"\x89PNG and nothing")
    with pytest.raises(DataError, match="class1"):
        events(RECIPE.changed(data=str(folder)))


def test_an_attempt_that_was_wrong_leaves_memory_before_all_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, load, left = pictures(tmp_path / "data", ("train", "test")), datasets.load, list[object]()
    spoil(folder / "train", "broken")

    def watched(*given: Any, **more: Any) -> datasets.DataSet:
        gc.collect()
        left.append([each() for each in stored])
        data = load(*given, **more)
        stored.append(weakref.ref(data.train.images))
        return data

    stored: list[weakref.ref[torch.Tensor]] = []
    monkeypatch.setattr(datasets, "load", watched)
    events(RECIPE.changed(data=str(folder), epochs=1))
    assert left == [[], [None]]


def test_too_many_bytes_are_refused_before_anything_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures(tmp_path / "data", ("train", "test"))
    monkeypatch.setattr(datasets, "MAX_STORED_BYTES", 127 * 3 * 32 * 32)
    with pytest.raises(DataError, match="128"):
        events(RECIPE.changed(data=str(folder)))


@pytest.mark.parametrize("fields", [{"limit": 50}, {"limit_per_class": 20}, {"test_limit": 50}])
def test_a_part_of_the_pictures_is_not_begun_early(fields: dict[str, int], tmp_path: Path) -> None:
    """Which ones are taken depends on which can be read."""
    folder = pictures(tmp_path / "data", ("train", "test"))
    assert datasets.load(RECIPE.changed(data=str(folder), **fields), order=torch.arange).arriving is None


def test_a_reader_that_leaves_ends_the_decoding(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "data", ("train", "test"))
    run = trainer.train(RECIPE.changed(data=str(folder)))
    for event in run:
        if event.kind == "batch":
            break
    run.close()  # the fixture looks for the thread
