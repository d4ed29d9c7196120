"""Events are read back as written, despite torn, foreign and replaced lines."""

import contextlib
import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.core.errors import RunError
from explorer.runs import events
from explorer.runs.events import MAX_BATCHES, Log, Writer
from tests.runs.written import OPENING, batch, epoch, largest_file, read, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_what_is_written_is_read(folder: Path) -> None:
    events = [
        {"kind": "start", **OPENING}, {"kind": "freeze", "epoch": 1}, batch(1, 2.0), batch(2, 1.0), epoch(1),
        {"kind": "lr", "epoch": 1, "lr": 0.1}, {"kind": "checkpoint", "epoch": 2, "seen": 0, "iteration": 2},
        {"kind": "warning", "key": "errors.run_fell_back", "values": {}},
        {"kind": "unfreeze", "epoch": 2, "iteration": 2, "lr": 0.2}, batch(3, 0.5, 2), epoch(2),
        {"kind": "end", "reason": "finished"},
    ]  # fmt: skip
    write(folder, *events)
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == events
    assert all(line.startswith(f'{{"kind": "{event["kind"]}"') for line, event in zip(lines, events, strict=True))
    log = read(folder)
    assert log.opening == events[0]
    assert log.batches == {"iteration": [1, 2, 3], "epoch": [1, 1, 2], "loss": [2.0, 1.0, 0.5], "lr": [0.01] * 3}
    assert log.epochs == [events[4], events[10]]
    assert log.marks == [events[1], events[5], events[8]]
    assert (list(log.warnings), log.checkpoint, log.end) == ([events[7]], events[6], events[11])
    assert (log.epoch, log.iteration, log.skipped, log.torn) == (2, 3, 0, False)
    short = read(folder, batches=False)
    assert (short.epochs, short.marks, short.end, short.iteration) == (log.epochs, log.marks, log.end, 3)
    assert short.batches["loss"] == []


def test_every_byte_of_a_torn_last_line(folder: Path) -> None:
    write(folder, {"kind": "start", **OPENING}, batch(1))
    before = (folder / "events.jsonl").read_bytes()
    line = json.dumps(batch(2, 0.25)).encode()
    for cut in range(len(line) + 1):
        (folder / "events.jsonl").write_bytes(before + line[:cut])
        whole = cut == len(line)
        log = read(folder)
        assert (log.iteration, log.torn, log.skipped) == (2 if whole else 1, 0 < cut < len(line), 0)
        write(folder, batch(3))  # the next worker starts a new line
        for found in (read(folder), log):
            found.update()
            assert found.batches["iteration"] == ([1, 2, 3] if whole else [1, 3])
            assert (found.skipped, found.torn) == (int(0 < cut < len(line)), False)


JUNK = [
    b"\xff\xfe\0\0", b"", b"null", b"[]", b"3", b'"start"', b"{}", b'{"kind": 3}', b'{"kind": "nonsense"}',
    b'{"kind": "batch"}', b'{"kind": ["batch"]}', b"[" * 5000, b'{"a":' * 5000, b"1" * 5000,
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": NaN, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": 1e999, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": null, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": "1", "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": 1' + b"0" * 400 + b', "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 1, "loss": 1, "lr": 1}',  # the same step twice
    b'{"kind": "batch", "epoch": 1, "iteration": -9, "loss": 1, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9.5, "loss": 1, "lr": 1}',
    b'{"kind": "batch", "epoch": true, "iteration": 9, "loss": 1, "lr": 1}',
    b'{"kind": "warning", "key": "x"}', b'{"kind": "warning", "key": "x", "values": []}',
    json.dumps(epoch(1)).encode(), json.dumps(epoch(1001)).encode(), json.dumps(epoch(0)).encode(),
    json.dumps(epoch(3, lr="x")).encode(), json.dumps(epoch(3, x=float("inf"))).encode(),
    b'{"kind": "end", "reason": "' + b"x" * (1 << 20) + b'"}', b"x" * (3 << 20),
]  # fmt: skip


@pytest.mark.parametrize("place", ["between", "last"])
@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_skipped_and_counted(folder: Path, junk: bytes, place: str) -> None:
    write(folder, {"kind": "start", **OPENING}, batch(1), epoch(1))
    with (folder / "events.jsonl").open("ab") as file:
        file.write(junk + b"\n")
    if place == "between":
        write(folder, batch(2), epoch(2))
    log = read(folder)
    assert log.skipped == 1
    assert log.batches["iteration"] == ([1, 2] if place == "between" else [1])
    assert [each["epoch"] for each in log.epochs] == ([1, 2] if place == "between" else [1])
    assert (log.torn, log.end) == (False, None)


def test_a_number_that_is_not_finite_is_written_as_null(folder: Path) -> None:
    write(folder, epoch(1, test_loss=float("nan"), moved={"fc": float("inf")}, strip=[[0, float("nan")]]))
    log = read(folder)
    assert log.skipped == 0
    assert (log.epochs[0]["test_loss"], log.epochs[0]["moved"], log.epochs[0]["strip"]) == (
        None, {"fc": None}, [[0, None]],
    )  # fmt: skip


def test_reading_on_is_reading_anew(folder: Path) -> None:
    write(folder, {"kind": "start", **OPENING}, *(batch(k, k % 7) for k in range(1, 300)), epoch(1))
    write(folder, {"kind": "resume", **OPENING, "epoch": 1, "seen": 5, "iteration": 200}, batch(201), epoch(1))
    content = (folder / "events.jsonl").read_bytes().replace(b'"iteration": 50,', b'"iteration": "x",')
    growing = folder / "growing"
    growing.mkdir()
    log = Log(growing)
    assert log.update() is False
    draw, at = random.Random(1), 0
    with (growing / "events.jsonl").open("ab", buffering=0) as file:
        while at < len(content):
            step = draw.choice([1, 7, 60, 61, 62, 63, 500, 3000])
            file.write(content[at : at + step])
            assert log.update() is True
            assert log.update() is False
            at += step
    whole = read(growing)
    for name in ("batches", "epochs", "iteration", "epoch", "skipped", "torn", "opening"):
        assert getattr(log, name) == getattr(whole, name)
    assert whole.skipped == 1
    assert len(whole.batches["iteration"]) == 200


def test_a_resumed_run_voids_what_came_after_its_checkpoint(folder: Path) -> None:
    write(
        folder, {"kind": "start", **OPENING}, {"kind": "freeze", "epoch": 1}, batch(1, 9.0), epoch(1),
        {"kind": "lr", "epoch": 1, "lr": 0.1}, {"kind": "unfreeze", "epoch": 2, "iteration": 1, "lr": 0.2},
        batch(2, 8.0, 2), batch(3, 7.0, 2), epoch(2), {"kind": "lr", "epoch": 2, "lr": 0.05}, batch(4, 6.0, 3),
        {"kind": "unfreeze", "epoch": 3, "iteration": 3, "lr": 0.3}, {"kind": "end", "reason": "stopped"},
        {"kind": "resume", **OPENING, "epoch": 2, "seen": 64, "iteration": 2},
    )  # fmt: skip
    log = read(folder)
    assert (log.batches["loss"], [each["epoch"] for each in log.epochs]) == ([9.0, 8.0], [1])
    assert [(mark["kind"], mark["epoch"]) for mark in log.marks] == [("freeze", 1), ("lr", 1), ("unfreeze", 2)]
    assert (log.end, log.epoch, log.iteration, log.skipped) == (None, 2, 2, 0)
    write(folder, batch(3, 5.0, 2), epoch(2, test_accuracy=0.75))
    log.update()
    assert (log.batches["loss"], log.epochs[1]["test_accuracy"], log.skipped) == ([9.0, 8.0, 5.0], 0.75, 0)
    write(folder, {"kind": "start", **OPENING}, batch(1, 4.0))  # interrupted before its first checkpoint
    log.update()
    assert (log.batches["loss"], log.epochs, log.marks, log.iteration) == ([4.0], [], [], 1)


def test_many_batches_are_averaged_and_no_epoch_is_left_out(folder: Path) -> None:
    count = 3 * MAX_BATCHES + 1
    losses = np.random.default_rng(0).random(count)
    lines = [json.dumps(batch(k, float(loss))) for k, loss in enumerate(losses, start=1)]
    lines[::100] = [f"{line}\n{json.dumps(epoch(k))}" for k, line in enumerate(lines[::100], start=1)]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    log = read(folder)
    bins = log.batches
    assert len(bins["loss"]) == (count + 3) // 4 <= MAX_BATCHES
    assert bins["iteration"] == [*range(4, count, 4), count]
    assert np.allclose(bins["loss"][:-1], losses[:-1].reshape(-1, 4).mean(1), rtol=0, atol=1e-12)
    assert bins["loss"][-1] == losses[-1]
    assert len(log.epochs) == (count + 99) // 100
    write(folder, {"kind": "resume", **OPENING, "epoch": 3, "seen": 0, "iteration": 1000})
    log.update()
    assert log.batches["iteration"] == list(range(4, 1001, 4))


def test_another_file_in_its_place_is_read_from_its_beginning(folder: Path) -> None:
    write(folder, {"kind": "start", **OPENING}, batch(1), batch(2))
    log = read(folder)
    replacement = folder / "new"
    replacement.write_text(f"{json.dumps(batch(7))}\n" + " \n" * 999, encoding="utf-8")
    os.replace(replacement, folder / "events.jsonl")
    assert log.update()
    assert log.batches["iteration"] == [7]
    (folder / "events.jsonl").unlink()
    assert not log.update()
    assert log.batches["iteration"] == []


def test_a_full_disk_stops_the_events_and_no_line_is_mixed_up(folder: Path) -> None:
    with contextlib.closing(Writer(folder)) as writer:
        writer.add("start", OPENING)
        size = (folder / "events.jsonl").stat().st_size
        with largest_file(size + 30):
            with pytest.raises(RunError, match="File too large"):
                writer.add("epoch", epoch(1))
            assert read(folder).torn
        writer.add("end", {"reason": "failed"})
    log = read(folder)
    assert (len(log.epochs), log.end, log.skipped) == (1, {"kind": "end", "reason": "failed"}, 0)


def test_batches_are_written_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with contextlib.closing(Writer(folder)) as writer:
        writer.add("start", OPENING)
        writer.add("batch", batch(1))
        assert read(folder).iteration == 0
        now += 0.25
        writer.add("batch", batch(2))
        assert read(folder).iteration == 2


START, RESUME = {"kind": "start", **OPENING}, {"kind": "resume", **OPENING, "epoch": 2, "seen": 0, "iteration": 5}


@pytest.mark.parametrize("event", [START, RESUME, epoch(1)], ids=["start", "resume", "epoch"])
def test_an_event_that_lacks_what_pages_show_is_skipped_and_counted(folder: Path, event: dict[str, Any]) -> None:
    names = [name for name in event if name != "kind"]
    assert {"batches", "device_name"} <= set(names) or {"frozen", "strip"} <= set(names)
    for name in names:
        write(folder, {key: value for key, value in event.items() if key != name})
    log = read(folder)
    assert (log.skipped, log.opening, log.epochs) == (len(names), None, [])
    write(folder, event)
    log.update()
    assert (log.skipped, log.opening or log.epochs[0]) == (len(names), event)


def test_preparation_is_reported_until_the_next_event(folder: Path) -> None:
    def prepare(done: Any) -> dict[str, Any]:
        return {"kind": "prepare", "what": "pictures", "done": done, "total": 9}

    write(folder, prepare(0), prepare(4))
    log = read(folder)
    assert (log.preparing, log.opening, log.skipped) == (prepare(4), None, 0)
    write(folder, prepare(9), prepare(-1), prepare("9"), {"kind": "prepare", "done": 9, "total": 9})
    log.update()
    assert (log.preparing, log.skipped) == (prepare(9), 3)
    write(folder, START)
    log.update()
    assert log.preparing is None
    write(folder, prepare(5), batch(1))
    log.update()
    assert log.preparing is None
    write(folder, {"kind": "end", "reason": "stopped"}, prepare(1))
    log.update()
    assert (log.preparing, log.end, log.iteration) == (prepare(1), None, 1), "the next process is training"


def test_places_on_the_curve_after_going_on_with_smaller_batches(folder: Path) -> None:
    """64 pictures: an epoch of two batches, then, after 32 pictures of the second, of four."""
    opening = {**OPENING, "train": 64, "batches": 2}
    first = [{"kind": "batch", "epoch": e, "batch": b, "iteration": 2 * e + b - 2, "loss": 1.0, "lr": 1.0}
             for e, b in ((1, 1), (1, 2), (2, 1), (2, 2))]  # fmt: skip
    resume = {"kind": "resume", **opening, "batches": 4, "epoch": 2, "seen": 32, "iteration": 3}
    then = [{"kind": "batch", "epoch": 2, "batch": b, "iteration": b + 1, "loss": 1.0, "lr": 1.0} for b in (3, 4)]
    write(folder, {"kind": "start", **opening}, *first)
    log = read(folder)
    assert (log.places, log.at) == ([0.5, 1.0, 1.5, 2.0], 2.0)
    write(folder, resume)
    log.update()
    assert (log.places, log.at) == ([0.5, 1.0, 1.5], 1.5)
    write(folder, *then)
    log.update()
    assert (log.places, log.at) == ([0.5, 1.0, 1.5, 1.75, 2.0], 2.0)


def test_names_of_classes_are_kept_to_one_line_without_marks(folder: Path) -> None:
    write(folder, {"kind": "start", **OPENING, "classes": ["a\n\tb", "\u202ecat\u200b", "<b>"]})
    log = read(folder)
    assert log.opening is not None
    assert log.opening["classes"] == ["a b", "cat", "<b>"]


@pytest.mark.parametrize("seed", range(20))
def test_of_very_many_lines_those_are_taken_that_one_by_one_would_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    most, draw = 20, random.Random(seed)
    monkeypatch.setattr(events, "MAX_READ", most)
    kinds = {
        "batch": lambda k: json.dumps(batch(k)), "half a batch": lambda k: f'{{"kind": "batch", "epoch": {k}',
        "rate": lambda k: json.dumps({"kind": "lr", "epoch": k, "lr": 0.1}), "no event": lambda k: f'{k} "kind" batch',
        "epoch": lambda k: json.dumps(epoch(k)), "nothing": lambda _: "", "words": lambda _: "batch",
        "end": lambda _: ' {"kind": "batch"',
    }  # fmt: skip
    chosen = [*draw.choices(list(kinds), weights=[draw.choice((0, 1, 9)) for _ in kinds], k=300), "batch"]
    (folder / "events.jsonl").write_text(
        "".join(f"{kinds[kind](k)}\n" for k, kind in enumerate(chosen, 1)), encoding="utf-8"
    )

    batches, others, skipped = 0, 0, 0
    drawn, marks, epochs = [], [], []
    for k, kind in enumerate(chosen, start=1):
        if kind in ("batch", "half a batch"):
            batches += 1
            if batches % (1 + batches // most * 4) == 0:
                drawn += [k] if kind == "batch" else []
                skipped += kind != "batch"
        elif kind in ("nothing", "words") or others == most:
            skipped += 1
        else:
            others += 1
            marks += [k] if kind == "rate" else []
            epochs += [k] if kind == "epoch" else []
            skipped += kind not in ("rate", "epoch")
    log = read(folder)
    assert (log.skipped, log.iteration) == (skipped, len(chosen)), "the last batch gives the run's progress"
    assert log.batches["iteration"] == list(dict.fromkeys([*drawn, len(chosen)]))
    assert ([mark["epoch"] for mark in log.marks], [each["epoch"] for each in log.epochs]) == (marks, epochs)
    short = read(folder, batches=False)
    assert (short.iteration, short.epochs) == (len(chosen), log.epochs)
