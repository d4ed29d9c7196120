"""An untrusted run folder: events, recipe, names and notes, read by the list and drawn by the page."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from explorer.runs import store, sweep
from explorer.runs.events import MAX_BATCHES, MAX_EPOCHS, MAX_READ, Log
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from tests.hostile import corpus
from tests.hostile.tried import FUZZ, tried, watched
from tests.runs.written import OPENING, batch, epoch

FIGURES = {"layer1.0": 0.1, "<b>": 1e299, "x": None}
USUAL: list[dict[str, Any]] = [
    {"kind": "prepare", "what": "pictures", "done": 1, "total": 2}, {"kind": "start", **OPENING},
    {"kind": "freeze", "epoch": 1}, batch(1), batch(2),
    epoch(1, strip=[[0, 0.9], [1, 0.2]], spent={"data": 0.1, "test": 0.2}, moved=FIGURES, drift=FIGURES, why_not="x"),
    {"kind": "unfreeze", "epoch": 2, "iteration": 2, "lr": 0.1}, {"kind": "lr", "epoch": 2, "lr": 0.1},
    {"kind": "checkpoint", "epoch": 2, "seen": 0, "iteration": 2},
    {"kind": "warning", "key": "errors.data_skipped", "values": {"count": 3, "first": "a.png"}},
    {"kind": "resume", **OPENING, "epoch": 2, "seen": 3, "iteration": 2}, batch(3, epoch=2), epoch(2, why_not=["x"]),
    {"kind": "end", "reason": "failed", "key": "errors.out_of_memory", "values": {"batch_size": 64, "fits": 32}},
]  # fmt: skip
NUMBERS = st.sampled_from((0, 1, -1, 3, 1 << 52, 1 << 70, 0.5, -2.5, 1e299, 1e308))
LEAVES = st.none() | st.booleans() | NUMBERS | corpus.WILD | st.sampled_from(("\ud800", "finished"))
PARTS = st.sampled_from(("data", "test", "x", "fits", "layer1.0")) | corpus.WILD
VALUES = st.one_of(
    LEAVES, st.lists(LEAVES, max_size=3), st.lists(st.lists(LEAVES, max_size=2), max_size=2),
    st.dictionaries(PARTS, LEAVES, max_size=2),
)  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """Events of a run with wrong fields and with corrupt, missing or duplicate lines."""
    changed = [dict(event) for event in USUAL]
    for _ in range(draw(st.integers(1, 5))):
        event = changed[draw(st.integers(0, len(changed) - 1))]
        name = draw(st.sampled_from(sorted(event)))
        if name != "kind":
            event[name] = draw(VALUES)
    lines = [json.dumps(event).encode() for event in changed]
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(lines) - 1))
        lines[at : at + 1] = draw(st.sampled_from(([], [lines[at]] * 2, [lines[at][:30]], [b"\xff" + lines[at], b""])))
    return b"\n".join(lines) + draw(st.sampled_from((b"", b"\n")))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = store.create(Recipe(data="digits", epochs=3, freeze_epochs=1), root=tmp_path_factory.mktemp("runs"))
    columns = {"label": torch.arange(2), "predicted": torch.arange(2), "probability": torch.rand(2)}
    (made.path / store.PREDICTIONS).write_bytes(save(columns))
    return made


@settings(max_examples=300 * FUZZ)
@given(events())
def test_events(run: Run, content: bytes) -> None:
    (run.path / "events.jsonl").write_bytes(content)
    log = Log(run.path)
    tried("events", log.update)
    assert log.at >= 0
    assert 0 <= log.skipped <= content.count(b"\n") + 1
    json.dumps([log.opening, log.epochs, log.batches, log.end], ensure_ascii=False, allow_nan=False).encode()


def draw(path: str) -> None:
    """Draw the contents of a run's page."""
    from pathlib import Path

    from explorer.runs.store import Run
    from explorer.ui.finetune import results, run_monitor
    from explorer.ui.state import url_state

    run = Run(Path(path))
    with url_state.written():
        run_monitor.draw(run, run.recipe(), {})
        results.draw(run, run.recipe())
        results.draw_expert(run)


@settings(max_examples=8 * FUZZ)
@given(events())
def test_the_page_of_a_run(run: Run, content: bytes) -> None:
    (run.path / "events.jsonl").write_bytes(content)
    app = AppTest.from_function(draw, args=(str(run.path),), default_timeout=60)
    with watched("pages of runs", (run.root,)):
        app.run()
    assert not app.exception
    assert "onerror" not in " ".join(each.value for each in app.get("html"))


FILES = st.sampled_from((store.RECIPE, store.ABOUT, store.WORKER, store.STOP, sweep.FILE))
NAMES = ("name", "note", "created", "parent", "run", "runs", "epoch", "version", "pid", "signal", "lr", "data")
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6).map(json.dumps)


@settings(max_examples=150 * FUZZ)
@given(FILES, st.one_of(OBJECTS.map(str.encode), corpus.broken(OBJECTS.map(str.encode)), st.binary(max_size=99)))
def test_small_files(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    root = tmp_path_factory.getbasetemp() / "small"
    for folder in (root / "a", root / sweep.FOLDER / "b"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for entry in tried("runs", lambda: store.list_runs(root)):
        tried("runs", lambda entry=entry: entry.run.recipe())
        assert entry.about.name.isprintable()
    tried("runs", lambda: sweep.list_sweeps(root))


@settings(max_examples=300 * FUZZ)
@given(corpus.NAMES)
def test_ids_that_come_with_a_link(run: Run, name: str) -> None:
    for find in (store.find, sweep.find, store.restore):
        found = tried("runs", lambda find=find: find(name, run.root), writes=(run.root,))
        assert isinstance(found, store.RunError) or found.path.parent == run.root
    assert list(run.root.glob("*")) == [run.path]


@pytest.mark.parametrize("line", [
    b'{"kind": "batch", "epoch": 1, "iteration": %d, "loss": 1.0, "lr": 0.01}', b'{"kind": "lr", "epoch": %d, "lr": 1}',
    b'{"kind": "warning", "key": "errors.run_crashed", "values": {"x": %d}}',
    b'{"kind": "freeze", "epoch": %d', b'"kind" %d',
], ids=["batches", "rates", "warnings", "broken", "no events"])  # fmt: skip
def test_lines_by_the_million(tmp_path: Path, line: bytes) -> None:
    """Every line claims to be an event, and some are; the last batch is known, drawn or not."""
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(line % k for k in range(1, 1_000_001)) + b"\n")
    log = Log(tmp_path)
    tried("events", log.update)
    assert log.iteration == (1_000_000 if b"batch" in line else 0)
    assert len(log.batches["loss"]) <= MAX_BATCHES
    assert len(log.marks) <= MAX_EPOCHS
    assert log.skipped >= (0 if b"batch" in line else 1_000_000 - MAX_READ)


LINES = {"one line": b"", "blank": b"\n", "binary": bytes(range(256)), "JSON": b'{"a": 1}\n'}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_long_file_of_no_events(tmp_path: Path, line: bytes) -> None:
    lines = (20 << 20) // len(line) if line else 0
    with (tmp_path / "events.jsonl").open("wb") as file:
        file.write(line * lines)
        file.truncate(200 << 20)  # the rest is a hole, which takes no disk space
    log = Log(tmp_path)
    tried("events", log.update)
    assert log.skipped == lines + 1
