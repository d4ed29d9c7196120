"""kill -9 at random moments: `python -m tests.runs.kills COUNT SEED FOLDER` prints a JSON object for each kill.

Half of the kills happen at system calls that change the disk, also in the middle of a write; the others at random
times. Each run is resumed and its result compared with that of an undisturbed run. Children are forked after torch was
imported: a run takes a third of a second, with a checkpoint before each step.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from explorer.core.errors import RunError
from explorer.runs import checkpoints, store, worker
from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.training import trainer
from explorer.training.recipe import Recipe
from tests.runs.written import killed_at, leftovers

RECIPE = Recipe(
    network="cifar-resnet8-w4", weights="random", data="digits", limit=64, test_limit=32, batch_size=16, epochs=3,
    freeze_epochs=1, freeze_bn=True, fixed_views=1, optimizer="sgd", precision="float32", device="cpu",
    brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, rotation=0.0, image_size=32,
)  # fmt: skip
CALLS = 220  # system calls of one run that change the disk, approximately


def main(count: int, seed: int, root: Path) -> None:
    trainer.CHECKPOINT_EVERY_S = 0.0  # type: ignore[misc] # before each step
    worker.cores.physical_cores = lambda: 1
    torch.set_num_threads(1)
    whole = store.create(RECIPE, "whole", root=root)
    worker.run(whole)
    expected = outcome(whole)
    begun_s = time.monotonic()
    assert not killed_after(300, lambda: worker.run(store.create(RECIPE, root=root)))
    whole_s = time.monotonic() - begun_s
    run = whole
    for number in range(count):
        draw = random.Random(1000 * seed + number)  # one seed per kill, independent of timing
        if number % 5 != 4:  # otherwise kill the resumed run
            run = store.create(RECIPE, "broken", root=root)
        killed, most = None, (CALLS if number % 2 else whole_s)
        while killed is None:  # if the run ended first, try a new one with an earlier kill
            moment = draw.uniform(0, most)
            if store.status(run).state == "finished":
                run, most = store.create(RECIPE, "broken", root=root), moment
            work = lambda run=run: worker.run(run)  # noqa: E731
            if killed_at(1 + int(moment), work) if number % 2 else killed_after(moment, work):
                killed = f"call {1 + int(moment)}" if number % 2 else f"{moment:.3f} s"
        entry = {"killed": killed, "was": state(run)}
        if number % 5 != 3:
            assert not killed_after(300, work)
            entry["differs"] = differing(outcome(run), expected)
        print(json.dumps(entry), flush=True)


def killed_after(seconds: float, work: Callable[[], Any]) -> bool:
    """Run `work` in a child and kill it after `seconds`; False if it ended before."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    give_up = time.monotonic() + seconds
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0 and time.monotonic() < give_up:
        time.sleep(0.001)
    if ended[0] == 0:
        os.kill(pid, signal.SIGKILL)
        ended = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(ended[1])
    assert code in (0, -signal.SIGKILL), "the work itself must not fail"
    return code != 0


def state(run: Run) -> list[str]:
    """State after a kill: progress of the run, and which checkpoint files exist."""
    epoch = store.status(run).epoch
    found = ["not begun" if epoch == 0 else "frozen" if epoch <= RECIPE.freeze_epochs else "after"]
    for part in leftovers(run.path):
        if part.name.startswith(f".{store.LAST}."):
            found.append("renaming" if is_whole(part) else "writing")
    if (run.path / store.PREVIOUS).exists() and not (run.path / store.LAST).exists():
        found.append("between the renames")
    return found


def is_whole(path: Path) -> bool:
    try:
        checkpoints.read_checkpoint(path)
    except RunError:
        return False
    return True


def outcome(run: Run) -> dict[str, Any]:
    """Everything that must be identical bit for bit: without times and the run's id."""
    log = Log(run.path)
    log.update()
    clocks = ("seconds", "spent")
    return {
        "state": store.status(run).state,
        "leftovers": leftovers(run.path),
        "last": load_file(run.path / store.LAST_WEIGHTS),
        "best": load_file(run.path / store.BEST_WEIGHTS),
        "answers": load_file(run.path / store.PREDICTIONS),
        "confusion": (run.path / store.CONFUSION).read_text(encoding="utf-8"),
        "curve": log.batches,
        "epochs": [{name: value for name, value in each.items() if name not in clocks} for each in log.epochs],
        "marks": log.marks,
    }


def differing(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    def same(one: Any, other: Any) -> bool:
        if isinstance(one, dict) and all(isinstance(value, torch.Tensor) for value in one.values()):
            return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
        return bool(one == other)

    return [name for name in expected if not same(found[name], expected[name])]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
