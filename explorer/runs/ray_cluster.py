"""Runs on a Ray cluster: each is a task on a node, and what it tells comes back into an ordinary run folder here.

Ray is an extra (requirements-scale.txt), imported only when a run is sent. The process that sends runs, the driver,
sits on a node of the cluster itself. All nodes have the same Python, packages and code; each finds data sets where its
own EXPLORER_DATA says, and files that a recipe names under the same path.
"""

import contextlib
import importlib.util
import logging
import os
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from explorer.core import files, processes
from explorer.core.errors import ExplorerError, RunError
from explorer.core.processes import Claim
from explorer.runs import ray_node, store, sweep, worker
from explorer.runs.store import Run, Status
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Recipe

if TYPE_CHECKING:
    from explorer.training.trainer import Event

AT_ONCE: Final = 100  # runs that are sent and not ended: each has two open files, and more would only wait there
LOST_IN_A_ROW: Final = 3  # workers lost without a checkpoint in between: by then it is the run that kills them
STOP_PATIENCE_S: Final = 60.0  # for the checkpoint of a run that is to stop; the one before is on disk
REACH_S: Final = 5.0  # for an address to answer; Ray itself tries for minutes
POLL_S: Final = 0.5
LOCAL: Final = "local"  # the address of a cluster that is made of this machine
AHEAD: Final = 4  # messages that wait for the driver before a node pauses; the largest is a checkpoint
_PRIVATE_AHEAD: Final = "_generator_backpressure_num_objects"  # Ray's private option for it, the only one used here
DRIVER, PROBLEM, LOG = "driver.json", "problem.json", "log.txt"  # in a sweep's folder: who drives it, …


# A sweep and its driver


def follow(
    plan: Sweep, address: str | None = None, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Run, Status]]:
    """Train all unfinished runs, each tried once, on the cluster at `address`: "host:port", or "auto" for the one here.

    None or "local" makes a cluster of this machine for the while. Yields a run whenever its status has changed, until
    all have ended. Once `stop()` says so, or `sweep.halt` was called, each run writes a checkpoint and ends. Raises
    RunError: no Ray, no cluster, another driver, or a run that could not begin, once the others have ended.
    """
    with store.queue_locked(plan.root):
        _give(plan, os.getpid())
    with _claim(plan.path).held():
        yield from _followed(plan, address, stop)


def submit(plan: Sweep, address: str | None) -> None:
    """Start a driver that does what `follow` does, detached from whoever asked. Raises RunError."""
    _check_ray()
    token = uuid.uuid4().hex
    with store.queue_locked(plan.root):
        _check_not_driven(plan)
        with files.writing(plan.path), (plan.path / LOG).open("ab") as log:
            command = [sys.executable, "-m", __name__, str(plan.path.absolute()), address or LOCAL, token]
            process = processes.start_detached(command, log)
        try:
            _give(plan, process.pid, token)
        except RunError:  # nobody would know of it
            process.kill()
            raise
        finally:
            threading.Thread(target=process.wait, daemon=True).start()  # so that it leaves no zombie


def _claim(folder: Path) -> Claim:
    """Who drives the sweep in `folder`."""
    return Claim(folder / DRIVER, folder / ".driver")


def _give(plan: Sweep, pid: int, token: str = "") -> None:
    """Process `pid` drives `plan` from now on; what the one before was asked, and what it ran into, is forgotten.

    Called by whoever holds the queue. Raises RunError.
    """
    _check_not_driven(plan)
    for name in (sweep.STOP, PROBLEM):
        files.remove(plan.path / name)
    _claim(plan.path).take(pid, token)


def _check_not_driven(plan: Sweep) -> None:
    if is_driven(plan):
        raise RunError("errors.cluster_driven", name=plan.name)


def is_driven(plan: Sweep) -> bool:
    """Whether a live driver sends the runs of `plan`."""
    return _claim(plan.path).is_taken()


def problem(plan: Sweep) -> RunError | None:
    """What kept the last driver of `plan` from its work, if anything."""
    found = files.read_json(plan.path / PROBLEM)
    return RunError(found["key"], **found["values"]) if found else None


def _followed(plan: Sweep, address: str | None, stop: Callable[[], bool]) -> Iterator[tuple[Run, Status]]:
    """As `follow`, for whoever holds the sweep."""
    left = _unfinished(plan)
    if not left:
        return
    shown: dict[str, Status] = {}
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(_connected(address, len(left)))
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        stack.callback(cluster.hurry.set)  # before the threads are waited for: someone does not want to wait
        leading = [pool.submit(cluster.lead, run) for run in left]
        going = True
        while going:
            going = not all(each.done() for each in leading)
            if stop() or (plan.path / sweep.STOP).exists():
                cluster.stopping.set()
            for run, lead in zip(left, leading, strict=True):
                begins = (
                    not lead.done()
                )  # asked before the status: until it holds the run, that looks like a stopped one
                status = store.status(run)
                if shown.get(run.id) != status and not (begins and status.state == "stopped"):
                    shown[run.id] = status
                    yield run, status
            if going:
                time.sleep(POLL_S)
        for each in leading:
            each.result()


def _unfinished(plan: Sweep) -> list[Run]:
    """What is left to train; nothing of it waits for this machine any more. Raises ExplorerError."""
    left = sweep.unfinished(plan)
    for run in left:
        worker.check(run)
        worker.cancel(run)
    return left


def main(arguments: Sequence[str]) -> int:
    """What `submit` starts: a sweep's folder, the cluster's address, and the token by which it gets the sweep."""
    path, address, token = Path(arguments[0]), arguments[1], arguments[2]
    claim = _claim(path)
    with worker.stop_signals() as asked:
        if not claim.is_given(token):
            return 1
        with claim.held():
            try:
                for _ in _followed(sweep.find(path.name, path.parents[1]), address, asked.is_set):
                    pass
            except ExplorerError as error:
                plain = {name: str(value) for name, value in error.values.items()}
                files.write_json(path / PROBLEM, {"key": error.key, "values": plain})
                print(error, file=sys.stderr)
                return 2
    return 0


# The driver's side


def _check_ray() -> None:
    if importlib.util.find_spec("ray") is None:
        raise RunError("errors.cluster_no_ray")


@contextlib.contextmanager
def _connected(address: str | None, count: int) -> Iterator["Cluster"]:
    """A cluster for `count` runs. Raises RunError where there is no Ray, or nothing answers at `address`."""
    _check_ray()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")  # a task without a GPU sees none
    import ray

    address = address or LOCAL
    options: dict[str, Any] = {"include_dashboard": False} if address == LOCAL else {}
    try:
        if address not in (LOCAL, "auto"):
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), timeout=REACH_S).close()
        with _own_signals():
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **options)
    except (OSError, ValueError, OverflowError, RuntimeError) as error:
        reason = files.clean(str(error).partition("\n")[0], 200)
        raise RunError("errors.cluster_unreachable", address=address, reason=reason) from error
    try:
        yield Cluster(count)
    finally:
        ray.shutdown()


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Puts the handlers back that Ray replaces: a stop asks for checkpoints first."""
    mine = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in mine.items():
                signal.signal(number, handler)


class Cluster:
    """The connection to Ray. `stopping` asks all runs for a checkpoint and their end, `hurry` does not wait for it."""

    def __init__(self, count: int) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.stopping, self.hurry = threading.Event(), threading.Event()
        self.cores = cores_each([each.get("CPU", 0.0) for each in _nodes()], count)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        remote: Any = ray.remote
        self.bell = remote(num_cpus=0, scheduling_strategy=here)(ray_node.Bell).remote()
        # A process of its own for each run, as on one machine: what a run leaves in memory ends with it.
        options = {"num_returns": "streaming", "max_retries": 0, "max_calls": 1, _PRIVATE_AHEAD: AHEAD}
        self.task = remote(**options)(ray_node.train)

    def lead(self, run: Run) -> None:
        """Train `run` on the cluster; all of its end is in its folder. Raises RunError where it cannot begin."""
        if self.stopping.is_set() or self.hurry.is_set():
            return
        with store.held(run, worker.CLUSTER):
            worker.train(run, lambda event: None, self._is_asked, partial(self.train, run))

    def _is_asked(self) -> bool:
        return self.stopping.is_set() or self.hurry.is_set()

    def train(
        self, run: Run, recipe: Recipe, *, cache: Path, state: Mapping[str, Any] | None, stop: Callable[[], bool]
    ) -> Iterator["Event"]:
        """As `loop.train`, on a node. When that is lost, the run goes on elsewhere from what `run` has on disk.

        Raises RunError where it is lost again and again, or needs what no node has; and whatever `loop.train` does.
        """
        from ray.exceptions import RayError, RayTaskError

        from explorer.training.trainer import Event

        lost = 0
        while True:
            try:
                for event in self._on_a_node(run, recipe, cache, state, stop):
                    lost = 0 if event.kind == "checkpoint" else lost
                    yield event
                return
            except RayTaskError as error:  # of the run's own
                raise (error.cause if isinstance(error.cause, ExplorerError) else error) from None
            except RayError as error:
                if stop():
                    yield Event("end", {"reason": "stopped"})  # it goes on from what is on disk
                    return
                lost += 1
                if lost == LOST_IN_A_ROW:
                    raise RunError("errors.cluster_lost", times=lost, reason=type(error).__name__) from error
            yield Event("warning", {"key": "errors.cluster_moved", "values": {}})
            state, _ = worker.last_state(run)

    def _on_a_node(
        self, run: Run, recipe: Recipe, cache: Path, state: Mapping[str, Any] | None, stop: Callable[[], bool]
    ) -> Iterator["Event"]:
        """One attempt. Raises RayError."""
        import ray

        from explorer.training.trainer import Event

        yield Event("prepare", {"what": "cluster", "done": 0, "total": 1})
        needs = needed(recipe, self.cores, _nodes())
        messages = self.task.options(**needs).remote(recipe, str(cache.absolute()), state, self.bell, run.id)
        begun, asked_s = False, None
        try:
            while True:
                if ray.wait([messages], timeout=POLL_S)[0]:
                    try:
                        message = next(messages)
                    except StopIteration:
                        return
                    begun = True
                    yield from (ray_node.unpacked(*packed) for packed in ray.get(message))
                if asked_s is None and stop():
                    asked_s = time.monotonic()
                    self.bell.ring.remote(run.id)
                late = asked_s is not None and time.monotonic() - asked_s > STOP_PATIENCE_S
                if late or self.hurry.is_set() or (asked_s is not None and not begun):
                    yield Event("end", {"reason": "stopped"})
                    return
        finally:
            ray.cancel(messages, force=True)


def _nodes() -> list[Mapping[str, float]]:
    """What each node that lives has in all."""
    import ray

    nodes: Any = ray.nodes
    return [each["Resources"] for each in nodes() if each["Alive"]]


def cores_each(nodes: Sequence[float], count: int) -> int:
    """The most cores a run can have where `count` runs fit at once on `nodes` of so many cores; 1 where they do not."""
    for each in range(int(max(nodes, default=1)), 1, -1):
        if sum(have // each for have in nodes) >= count:
            return each
    return 1


def needed(recipe: Recipe, cores: int, nodes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """A run's share of a node: a GPU where it trains on one, else its threads or `cores`, or what the largest node has.

    Raises RunError for a GPU that no node has.
    """
    gpus = any(each.get("GPU", 0) >= 1 for each in nodes)
    if recipe.device == "cuda" and not gpus:
        raise RunError("errors.cluster_no_gpu")
    if recipe.device in ("cuda", "auto") and gpus:
        return {"num_cpus": 1, "num_gpus": 1}
    most = max((each.get("CPU", 0) for each in nodes), default=0)
    return {"num_cpus": max(min(recipe.threads or cores, int(most)), 1)}


if __name__ == "__main__":
    from explorer.runs import ray_cluster  # under its own name, by which the nodes know it

    sys.exit(ray_cluster.main(sys.argv[1:]))
