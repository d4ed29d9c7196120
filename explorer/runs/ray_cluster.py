"""Train a sweep on a Ray cluster: each run is a task on a node; its events are written to a normal run folder here.

Ray is an optional dependency (requirements-scale.txt), imported lazily. The driver, the process that submits the tasks,
runs on a node of the cluster. All nodes must have the same Python, packages and code. Each node finds data sets through
its own EXPLORER_DATA, and files that a recipe names under the same path.
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

MAX_CONCURRENT: Final = 100  # submitted runs; each has two open files here
MAX_LOST_IN_A_ROW: Final = 3  # workers lost without a checkpoint in between; then the run itself is probably the cause
STOP_TIMEOUT_S: Final = 60.0  # for the last checkpoint of a stopping run
CONNECT_TIMEOUT_S: Final = 5.0  # Ray itself tries for minutes
MESSAGE_TIMEOUT_S: Final = (
    60.0  # for a message, such as a checkpoint; Ray itself looks for a lost node's for ten minutes
)
POLL_S: Final = 0.5
LOCAL: Final = "local"  # address of a temporary cluster on this machine
MAX_PENDING_MESSAGES: Final = 4  # unread messages before a node pauses; the largest contain a checkpoint
_PRIVATE_BACKPRESSURE: Final = "_generator_backpressure_num_objects"  # Ray's private option for it, the only one used
DRIVER, PROBLEM, LOG = "driver.json", "problem.json", "log.txt"  # in a sweep's folder


# A sweep and its driver


def follow(
    plan: Sweep, address: str | None = None, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Run, Status]]:
    """Train all unfinished runs on a cluster, each tried once. Yields a run whenever its status has changed.

    `address` is "host:port", or "auto" for the cluster of this machine; None or "local" starts a temporary cluster on
    this machine. Once `stop()` returns True, or after `sweep.stop_all`, each run writes a checkpoint and ends. Raises
    RunError if Ray is missing, the cluster is unreachable or the sweep has another driver; also if a run could not
    start, after the others have ended.
    """
    with store.queue_locked(plan.root):
        _assign(plan, os.getpid())
    with _claim(plan.path).held():
        yield from _follow(plan, address, stop)


def submit(plan: Sweep, address: str | None) -> None:
    """Start a detached driver process that runs `follow`. Raises RunError."""
    _check_ray()
    token = uuid.uuid4().hex
    with store.queue_locked(plan.root):
        _check_not_driven(plan)
        with files.writing(plan.path), (plan.path / LOG).open("ab") as log:
            command = [sys.executable, "-m", __name__, str(plan.path.absolute()), address or LOCAL, token]
            process = processes.start_detached(command, log)
        try:
            _assign(plan, process.pid, token)
        except RunError:  # the process would be unknown
            process.kill()
            raise
        finally:
            threading.Thread(target=process.wait, daemon=True).start()  # reap it


def _claim(folder: Path) -> Claim:
    """Claim on driving the sweep in `folder`."""
    return Claim(folder / DRIVER, folder / ".driver")


def _assign(plan: Sweep, pid: int, token: str = "") -> None:
    """Make process `pid` the driver of `plan`; removes stop request and problem of the previous driver.

    The caller must hold the queue lock. Raises RunError.
    """
    _check_not_driven(plan)
    for name in (sweep.STOP, PROBLEM):
        files.remove(plan.path / name)
    _claim(plan.path).assign(pid, token)


def _check_not_driven(plan: Sweep) -> None:
    if is_driven(plan):
        raise RunError("errors.cluster_driven", name=plan.name)


def is_driven(plan: Sweep) -> bool:
    """Whether `plan` has a live driver."""
    return _claim(plan.path).is_taken()


def problem(plan: Sweep) -> RunError | None:
    """The error that ended the last driver of `plan`, if any."""
    content = files.read_json(plan.path / PROBLEM)
    return RunError(content["key"], **content["values"]) if content else None


def _follow(plan: Sweep, address: str | None, stop: Callable[[], bool]) -> Iterator[tuple[Run, Status]]:
    """`follow`, after the claim was acquired."""
    left = _unfinished(plan)
    if not left:
        return
    shown: dict[str, Status] = {}
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(_connected(address, len(left)))
        pool = stack.enter_context(ThreadPoolExecutor(MAX_CONCURRENT))
        stack.callback(cluster.abort.set)  # on exceptions: runs before the pool waits for its threads
        supervised = [pool.submit(cluster.supervise, run) for run in left]
        going = True
        while going:
            going = not all(each.done() for each in supervised)
            if stop() or (plan.path / sweep.STOP).exists():
                cluster.stopping.set()
            for run, supervise in zip(left, supervised, strict=True):
                # Checked before the status: until its thread holds the run, a run looks stopped.
                pending = not supervise.done()
                status = store.status(run)
                if shown.get(run.id) != status and not (pending and status.state == "stopped"):
                    shown[run.id] = status
                    yield run, status
            if going:
                time.sleep(POLL_S)
        for each in supervised:
            each.result()


def _unfinished(plan: Sweep) -> list[Run]:
    """The unfinished runs, removed from this machine's queue. Raises ExplorerError."""
    left = sweep.unfinished(plan)
    for run in left:
        worker.check(run)
        worker.cancel(run)
    return left


def main(arguments: Sequence[str]) -> int:
    """Entry point of the driver process. Arguments: sweep folder, cluster address, token of the claim."""
    path, address, token = Path(arguments[0]), arguments[1], arguments[2]
    claim = _claim(path)
    with worker.stop_signals() as asked:
        if not claim.wait_until_assigned(token):
            return 1
        with claim.held():
            try:
                for _ in _follow(sweep.find(path.name, path.parents[1]), address, asked.is_set):
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
    """Connect to a cluster for `count` runs. Raises RunError if Ray is missing or `address` does not answer."""
    _check_ray()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")  # a task without a GPU sees none
    import ray

    address = address or LOCAL
    options: dict[str, Any] = {"include_dashboard": False} if address == LOCAL else {}
    try:
        if address not in (LOCAL, "auto"):
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_S).close()
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
    """Restore the signal handlers that Ray replaces; ours request checkpoints first."""
    mine = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in mine.items():
                signal.signal(number, handler)


class Cluster:
    """Connection to Ray. `stopping` asks all runs to write a checkpoint and end; `abort` ends them without waiting."""

    def __init__(self, count: int) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.stopping, self.abort = threading.Event(), threading.Event()
        self.cores = cores_per_run([each.get("CPU", 0.0) for each in _nodes()], count)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        remote: Any = ray.remote
        self.stop_signal = remote(num_cpus=0, scheduling_strategy=here)(ray_node.StopSignal).remote()
        # max_calls=1: a new process per run, as on one machine, so that no memory is left over.
        options = {
            "num_returns": "streaming", "max_retries": 0, "max_calls": 1, _PRIVATE_BACKPRESSURE: MAX_PENDING_MESSAGES,
        }  # fmt: skip
        self.task = remote(**options)(ray_node.train)

    def supervise(self, run: Run) -> None:
        """Train `run` on the cluster; its result is in its folder. Raises RunError if it cannot start."""
        if self.stopping.is_set() or self.abort.is_set():
            return
        with store.held(run, worker.CLUSTER):
            worker.train(run, lambda event: None, self._is_asked, partial(self.train, run))

    def _is_asked(self) -> bool:
        return self.stopping.is_set() or self.abort.is_set()

    def train(
        self, run: Run, recipe: Recipe, *, cache: Path, state: Mapping[str, Any] | None, stop: Callable[[], bool]
    ) -> Iterator["Event"]:
        """`trainer.train` on a node; if the node is lost, continues on another from the last checkpoint of `run`.

        Raises RunError after MAX_LOST_IN_A_ROW losses or if no node has the required resources, and the exceptions of
        `trainer.train`.
        """
        from ray.exceptions import RayError, RayTaskError

        from explorer.training.trainer import Event

        lost = 0
        while True:
            try:
                for event in self._attempt(run, recipe, cache, state, stop):
                    lost = 0 if event.kind == "checkpoint" else lost
                    yield event
                return
            except RayTaskError as error:  # raised by the training itself
                raise (error.cause if isinstance(error.cause, ExplorerError) else error) from None
            except RayError as error:
                if stop():
                    yield Event("end", {"reason": "stopped"})  # the checkpoint on disk is the latest
                    return
                lost += 1
                if lost == MAX_LOST_IN_A_ROW:
                    raise RunError("errors.cluster_lost", times=lost, reason=type(error).__name__) from error
            yield Event("warning", {"key": "errors.cluster_moved", "values": {}})
            state, _ = worker.resume_state(run)

    def _attempt(
        self, run: Run, recipe: Recipe, cache: Path, state: Mapping[str, Any] | None, stop: Callable[[], bool]
    ) -> Iterator["Event"]:
        """One attempt. Raises RayError."""
        import ray

        from explorer.training.trainer import Event

        yield Event("prepare", {"what": "cluster", "done": 0, "total": 1})
        needs = resources_for(recipe, self.cores, _nodes())
        messages = self.task.options(**needs).remote(recipe, str(cache.absolute()), state, self.stop_signal, run.id)
        begun, asked_s = False, None
        try:
            while True:
                if ray.wait([messages], timeout=POLL_S)[0]:
                    try:
                        message = next(messages)
                    except StopIteration:
                        return
                    begun = True
                    yield from (ray_node.unpack(*packed) for packed in ray.get(message, timeout=MESSAGE_TIMEOUT_S))
                if asked_s is None and stop():
                    asked_s = time.monotonic()
                    self.stop_signal.request.remote(run.id)
                late = asked_s is not None and time.monotonic() - asked_s > STOP_TIMEOUT_S
                if late or self.abort.is_set() or (asked_s is not None and not begun):
                    yield Event("end", {"reason": "stopped"})
                    return
        finally:
            ray.cancel(messages, force=True)


def _nodes() -> list[Mapping[str, float]]:
    """Total resources of each live node."""
    import ray

    nodes: Any = ray.nodes
    return [each["Resources"] for each in nodes() if each["Alive"]]


def cores_per_run(nodes: Sequence[float], count: int) -> int:
    """Maximum cores per run such that `count` runs fit on `nodes` (cores per node) at once; 1 if they do not fit."""
    for each in range(int(max(nodes, default=1)), 1, -1):
        if sum(have // each for have in nodes) >= count:
            return each
    return 1


def resources_for(recipe: Recipe, cores: int, nodes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Ray resources of a run: a GPU if it trains on one, else CPUs: its threads or `cores`, at most the largest node's.

    Raises RunError if it needs a GPU and no node has one.
    """
    gpus = any(each.get("GPU", 0) >= 1 for each in nodes)
    if recipe.device == "cuda" and not gpus:
        raise RunError("errors.cluster_no_gpu")
    if recipe.device in ("cuda", "auto") and gpus:
        return {"num_cpus": 1, "num_gpus": 1}
    most = max((each.get("CPU", 0) for each in nodes), default=0)
    return {"num_cpus": max(min(recipe.threads or cores, int(most)), 1)}


if __name__ == "__main__":
    from explorer.runs import ray_cluster  # not as __main__: nodes import it by name

    sys.exit(ray_cluster.main(sys.argv[1:]))
