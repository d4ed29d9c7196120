"""Runs on a real Ray cluster equal local runs, and survive the loss of a worker, a node or the driver."""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import ray
import torch
from ray.cluster_utils import Cluster
from ray.exceptions import GetTimeoutError, WorkerCrashedError
from safetensors.torch import load_file
from torch import Tensor

from explorer.core import files
from explorer.core.errors import RunError
from explorer.runs import checkpoints, ray_node, store, sweep, worker
from explorer.runs import ray_cluster as cluster
from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.training import trainer
from explorer.training.recipe import Recipe

TINY = Recipe(
    network="cifar-resnet8", weights="random", data="digits", classes=("0", "1"), limit=32, batch_size=16, epochs=3,
    freeze_epochs=0, optimizer="sgd", keep_every=1, precision="float32", device="cpu",
)  # fmt: skip
SMALL = TINY.changed(network="mobilenet_v3_small")  # checkpoints of 12 MB instead of 90; uses Dropout
LONG = SMALL.changed(epochs=20)  # long enough to interrupt
MEMORY = 300 << 20  # bytes of a node's object store: three checkpoints


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[Cluster]:
    """A head node without cores for training, and two nodes with one core each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # not starved by other tests
        patch.setenv("RAY_memory_monitor_refresh_ms", "0")  # Ray would kill workers if other processes use the memory
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": MEMORY})
        for _ in range(2):
            made.add_node(num_cpus=1, object_store_memory=MEMORY)
        yield made
        made.shutdown()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A runs folder; its driver is killed after the test."""
    yield tmp_path / "runs"
    for entry in store.list_runs(tmp_path / "runs"):
        pid = files.read_json(entry.run.path / store.WORKER).get("pid", os.getpid())
        if pid != os.getpid() and store.is_running(entry.run):
            os.kill(pid, signal.SIGKILL)


@lru_cache
def undisturbed(recipe: Recipe) -> dict[str, Tensor]:
    """Last weights of `recipe` trained in this process on one thread, as on a node."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    *_, end = trainer.train(recipe)
    torch.set_num_threads(before)
    assert end.fields["reason"] == "finished"
    weights: dict[str, Tensor] = end.payload
    return weights


def same_bits(run: Run, recipe: Recipe) -> bool:
    found, expected = load_file(run.path / store.LAST_WEIGHTS), undisturbed(recipe)
    return found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in found)


def log(run: Run) -> Log:
    read = Log(run.path)
    read.update()
    return read


def events(run: Run) -> list[dict[str, Any]]:
    """Events without an incomplete last line."""
    path, found = run.path / "events.jsonl", []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        with contextlib.suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return found


def of_kind(run: Run, kind: str) -> list[dict[str, Any]]:
    return [event for event in events(run) if event["kind"] == kind]


def wait_for(condition: Callable[[], Any], within_s: float = 300.0) -> None:
    give_up = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up, "timed out"
        time.sleep(0.02)


def kinds_after(run: Run, kind: str) -> list[str]:
    """Kinds of the events after the first of `kind`."""
    kinds = [event["kind"] for event in events(run)]
    return kinds[kinds.index(kind) :] if kind in kinds else []


def place(run: Run) -> dict[str, Any]:
    """Node and pid of the run, from its prepare event."""
    return [event for event in of_kind(run, "prepare") if event["what"] == "cluster" and event["done"]][-1]


def state(run: Run) -> str:
    """Status, with the error's key and values and the log if the run failed."""
    found = store.status(run)
    if found.state != "failed" or found.end is None:
        return found.state
    written = run.path / store.LOG
    log_text = written.read_text(encoding="utf-8") if written.exists() else ""
    return f"failed: {found.end['key']} {found.end['values']} {log_text}"


def meanwhile(condition: Callable[[], Any], then: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=lambda: (wait_for(condition), then()))
    thread.start()
    return thread


def test_ray_knows_the_private_option_that_lets_a_node_pause() -> None:
    ray = pytest.importorskip("ray")

    def stream() -> None:
        yield

    with pytest.raises(ValueError, match="_none"):
        ray.remote(num_returns="streaming", _none=cluster.MAX_PENDING_MESSAGES)(stream)
    task = ray.remote(num_returns="streaming", **{cluster._PRIVATE_BACKPRESSURE: cluster.MAX_PENDING_MESSAGES})(stream)
    assert task._default_options[cluster._PRIVATE_BACKPRESSURE] == cluster.MAX_PENDING_MESSAGES


def test_runs_on_two_nodes_equal_those_of_one_process_also_if_one_is_stopped(ray_cluster: Cluster, root: Path) -> None:
    recipes = [TINY.changed(seed=seed) for seed in range(2)]
    planned = sweep.create([LONG, *recipes], "three", root)
    stopped, *whole = planned.runs
    stopping = meanwhile(lambda: of_kind(stopped, "batch"), lambda: worker.stop(stopped))
    statuses = list(cluster.follow(planned, ray_cluster.address))
    stopping.join()
    assert {status.state for run, status in statuses if run == whole[0]} == {"running", "finished"}
    assert [state(run) for run in planned.runs] == ["stopped", "finished", "finished"]
    assert of_kind(stopped, "checkpoint"), "a checkpoint to resume from"
    assert sweep.unfinished(planned) == [stopped]
    assert len({place(run)["pid"] for run in planned.runs}) == 3, "each run has its own process"
    for run, recipe in zip(whole, recipes, strict=True):
        assert same_bits(run, recipe)
        kinds = [event["kind"] for event in events(run)]
        assert [kinds.count(kind) for kind in ("start", "batch", "epoch", "checkpoint", "end")] == [1, 6, 3, 3, 1]
        assert [event["iteration"] for event in of_kind(run, "batch")] == [1, 2, 3, 4, 5, 6]
        assert checkpoints.kept_epochs(run) == [1, 2, 3]
        assert (run.path / store.BEST_WEIGHTS).is_file()
        answers = checkpoints.answers(run, 10)
        assert answers is not None
        best = max(of_kind(run, "epoch"), key=lambda epoch: epoch["test_accuracy"])
        right = (answers["label"] == answers["predicted"]).double().mean().item()
        assert right == pytest.approx(best["test_accuracy"])
    assert not cluster.is_driven(planned)


def test_a_killed_worker_and_a_lost_node_cost_the_steps_since_the_checkpoint(ray_cluster: Cluster, root: Path) -> None:
    planned = sweep.create([LONG], "disturbed", root)
    (run,) = planned.runs

    def disturb() -> None:
        wait_for(lambda: of_kind(run, "checkpoint"))
        os.kill(place(run)["pid"], signal.SIGKILL)
        wait_for(lambda: "checkpoint" in kinds_after(run, "resume"))
        lose_node_of(run, ray_cluster)

    disturbing = threading.Thread(target=disturb)
    disturbing.start()
    for _ in cluster.follow(planned, ray_cluster.address):
        pass
    disturbing.join()
    assert state(run) == "finished"
    assert [warning["key"] for warning in of_kind(run, "warning")] == ["errors.cluster_moved"] * 2
    first, second = (resume["epoch"] for resume in of_kind(run, "resume"))
    assert 1 < first < second, "from its checkpoint, not from the beginning"
    assert same_bits(run, LONG)
    assert [epoch["epoch"] for epoch in log(run).epochs] == list(range(1, LONG.epochs + 1))


def lose_node_of(run: Run, ray_cluster: Cluster) -> None:
    """Kill the raylet of the node on which `run` trains, and with it its workers."""
    parents = {parent.pid for parent in psutil.Process(place(run)["pid"]).parents()}
    (lost,) = [each for each in ray_cluster.worker_nodes if each.all_processes["raylet"][0].process.pid in parents]
    ray_cluster.remove_node(lost, allow_graceful=False)


def test_a_driver_that_is_stopped_or_killed_goes_on_when_started_again(ray_cluster: Cluster, root: Path) -> None:
    planned = sweep.create([LONG], "driven", root)
    (first,) = planned.runs

    cluster.submit(planned, ray_cluster.address)
    assert cluster.is_driven(planned)
    with pytest.raises(RunError) as error:
        cluster.submit(planned, ray_cluster.address)
    assert error.value.key == "errors.cluster_driven"
    wait_for(lambda: of_kind(first, "checkpoint"))
    driver = files.read_json(first.path / store.WORKER)["pid"]
    os.kill(driver, signal.SIGKILL)
    wait_for(lambda: not cluster.is_driven(planned))
    assert state(first) == "interrupted"

    cluster.submit(planned, ray_cluster.address)
    wait_for(lambda: len(of_kind(first, "checkpoint")) > 2)
    sweep.stop_all(planned)
    wait_for(lambda: not cluster.is_driven(planned))
    assert cluster.problem(planned) is None
    assert state(first) == "stopped"
    assert sweep.unfinished(planned) == [first]
    assert of_kind(first, "resume")

    for _ in cluster.follow(planned, ray_cluster.address):
        pass
    assert state(first) == "finished"
    assert same_bits(first, LONG)


def test_what_stands_in_the_way_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = sweep.create([TINY], "alone", root)
    with socket.create_server(("127.0.0.1", 0)) as server:
        unused = f"127.0.0.1:{server.getsockname()[1]}"
    for address in (unused, "nonsense", "127.0.0.1:99999999"):
        with pytest.raises(RunError) as error:
            list(cluster.follow(planned, address))
        assert error.value.key == "errors.cluster_unreachable"
    cluster.submit(planned, unused)
    wait_for(lambda: cluster.problem(planned) and not cluster.is_driven(planned))
    assert str(cluster.problem(planned)).startswith(f"The Ray cluster at {unused} cannot be used")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for act in (lambda: list(cluster.follow(planned)), lambda: cluster.submit(planned, None)):
        with pytest.raises(RunError, match="pip install -r requirements-scale"):
            act()
    assert state(planned.runs[0]) == "stopped"


def test_a_run_that_kills_its_workers_is_not_tried_for_ever(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store.create(TINY, root=root)
    made = object.__new__(cluster.Cluster)  # without a connection
    attempts = []

    def lost(*given: Any) -> Iterator[trainer.Event]:
        attempts.append(given)
        if len(attempts) == 2:
            yield trainer.Event("checkpoint", {"epoch": 2, "seen": 0, "iteration": 2})
        raise WorkerCrashedError

    monkeypatch.setattr(made, "_attempt", lost)
    with pytest.raises(RunError) as error:
        list(made.train(run, TINY, cache=run.cache, state=None, stop=lambda: False))
    assert error.value.key == "errors.cluster_lost"
    assert len(attempts) == 1 + cluster.MAX_LOST_IN_A_ROW, "a checkpoint resets the count"
    *_, end = made.train(run, TINY, cache=run.cache, state=None, stop=lambda: True)
    assert end.fields == {"reason": "stopped"}, "it was asked to stop; a resume continues from disk"


def test_a_message_that_was_lost_with_its_node_is_not_waited_for_ten_minutes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, waited = store.create(TINY, root=root), []

    def get(message: object, timeout: float | None = None) -> object:
        waited.append(timeout)
        raise GetTimeoutError

    monkeypatch.setattr(ray, "wait", lambda refs, timeout: (refs, []))
    monkeypatch.setattr(ray, "get", get)
    monkeypatch.setattr(ray, "cancel", lambda *_, **__: None)
    monkeypatch.setattr(cluster, "_nodes", lambda: [{"CPU": 1.0}])
    made = object.__new__(cluster.Cluster)  # without a connection
    made.cores, made.stop_signal, made.task = (
        1,
        None,
        SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda *_: iter(["of a checkpoint"]))),
    )
    with pytest.raises(RunError) as error:
        list(made.train(run, TINY, cache=run.cache, state=None, stop=lambda: False))
    assert error.value.key == "errors.cluster_lost"
    assert waited == [60.0] * cluster.MAX_LOST_IN_A_ROW


def test_a_runs_share_of_the_nodes() -> None:
    assert [cluster.cores_per_run([2, 2], count) for count in (1, 2, 3, 4, 9)] == [2, 2, 1, 1, 1]
    assert cluster.cores_per_run([16, 4], 3) == 5
    assert cluster.cores_per_run([], 3) == 1
    cpu, gpu = {"CPU": 8.0}, {"CPU": 16.0, "GPU": 2.0}
    assert cluster.resources_for(TINY, 4, [cpu, gpu]) == {"num_cpus": 4}
    assert cluster.resources_for(TINY.changed(threads=2), 4, [cpu]) == {"num_cpus": 2}
    assert cluster.resources_for(TINY.changed(threads=9), 4, [cpu]) == {"num_cpus": 8}
    assert cluster.resources_for(TINY.changed(device="auto"), 4, [cpu, gpu]) == {"num_cpus": 1, "num_gpus": 1}
    assert cluster.resources_for(TINY.changed(device="auto"), 16, [cpu]) == {"num_cpus": 8}, "the larger node has left"
    with pytest.raises(RunError, match="no node"):
        cluster.resources_for(TINY.changed(device="cuda"), 4, [cpu])


def test_events_travel_whole() -> None:
    answers = trainer.Predictions(
        torch.tensor([1, 0]), torch.tensor([1, 1]), torch.tensor([0.9, 0.6]), {"w": torch.ones(2)}
    )
    for event in (trainer.Event("batch", {"loss": 1.0}), trainer.Event("epoch", {"best": True}, answers),
                  trainer.Event("checkpoint", {}, {"model": {"w": torch.zeros(3)}, "best": None})):  # fmt: skip
        found = ray_node.unpack(*ray_node.pack(event))
        assert str(found) == str(event)


def test_a_fault_of_the_run_itself_is_said_and_not_tried_again(ray_cluster: Cluster, root: Path) -> None:
    planned = sweep.create([TINY.changed(data="/nowhere"), TINY.changed(device="cuda")], "wrong", root)
    for _ in cluster.follow(planned, ray_cluster.address):
        pass
    ends = [of_kind(run, "end") for run in planned.runs]
    assert [end[0]["key"] for end in ends] == ["errors.data_no_folder", "errors.cluster_no_gpu"]
    assert [len(end) for end in ends] == [1, 1]
