"""Train two networks at once or one after the other: which is faster? ResNet-20 and ResNet-56, batch 128.

    python -m benchmarks.together              # CPU: a process each, on half the cores
    python -m benchmarks.together --cuda       # GPU: captured steps, each replayed on its own stream

On a CPU the queue runs jobs with few `threads` concurrently; on a GPU it runs one at a time.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import torch

from benchmarks import report
from explorer.core import cores
from explorer.data.datasets import DataSet, Split
from explorer.experiments.degradation import PRESETS
from explorer.training import steps, trainer
from explorer.training.recipe import Recipe

NETWORKS = ("cifar-resnet20-w8", "cifar-resnet56-w8")
STEPS = 30


def training(recipe: Recipe) -> trainer.Training:
    """A training ready for its first step, on random pictures."""
    images = torch.randint(256, (2048, 3, 32, 32), generator=steps.generator(0), dtype=torch.uint8)
    split = Split(images, torch.arange(2048) % 10)
    made = trainer.Training(recipe, DataSet(tuple("0123456789"), split, split, None, "", (), 0))
    made._begin_phase()
    return made


def run(made: trainer.Training, count: int, stream: "torch.cuda.Stream | None" = None) -> None:
    for k in range(count):
        picks = torch.randperm(2048, generator=steps.generator(k))[:128].to(made.device)
        with torch.cuda.stream(stream):  # None: a no-op
            made.steps(picks, None if made.device.type == "cuda" else steps.generator(k))


def on_cpu(networks: Sequence[str], threads: int, *, together: bool) -> float:
    """Seconds for `networks`, one process each, measured by each process; concurrently, those of the slowest."""
    command = [sys.executable, "-m", "benchmarks.together", "--threads", str(threads), "--one"]
    seconds = []
    waiting = [] if not together else [_start(command, each) for each in networks]
    for k, each in enumerate(networks):
        process = waiting[k] if together else _start(command, each)
        seconds.append(float(process.communicate()[0].split()[-1]))
    return max(seconds) if together else sum(seconds)


def _start(command: Sequence[str], network: str) -> "subprocess.Popen[str]":
    threads = command[command.index("--threads") + 1]
    env = {**os.environ, "OMP_NUM_THREADS": threads}
    return subprocess.Popen([*command, network], stdout=subprocess.PIPE, encoding="utf-8", env=env)


def on_cuda(recipes: Sequence[Recipe]) -> tuple[float, float]:
    """Seconds one after the other, and on two streams."""
    made = [training(recipe) for recipe in recipes]
    for each in made:
        run(each, 8)  # warmed up and captured
    seconds = []
    streams = [torch.cuda.Stream() for _ in made]  # type: ignore[no-untyped-call]
    for together in (False, True):
        torch.cuda.synchronize()
        started = time.perf_counter()
        if together:
            for _ in range(STEPS):
                for each, stream in zip(made, streams, strict=True):
                    run(each, 1, stream)
        else:
            for each in made:
                run(each, STEPS)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return seconds[0], seconds[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cuda", action="store_true")
    parser.add_argument("--one", metavar="NETWORK", help="time one network's steps in this process, and print it")
    parser.add_argument("--threads", type=int, default=cores.physical_cores())
    given = parser.parse_args()
    recipe = PRESETS["lecture"].recipe
    if given.one:
        torch.set_num_threads(given.threads)
        made = training(recipe.changed(network=given.one, device="cpu", precision="bfloat16"))
        run(made, 3)
        started = time.perf_counter()
        run(made, STEPS)
        print(time.perf_counter() - started)
        return
    report.hardware()
    if given.cuda:
        turns, both = on_cuda([recipe.changed(network=each.removesuffix("-w8"), device="cuda") for each in NETWORKS])
    else:
        turns = on_cpu(NETWORKS, cores.physical_cores(), together=False)
        both = on_cpu(NETWORKS, max(1, cores.physical_cores() // 2), together=True)
    report.line("one after the other, all cores", [turns], "s")
    report.line("at once", [both], "s", f"{turns / both:.2f}x as fast")


if __name__ == "__main__":
    main()
