"""Load test with a class: `python -m benchmarks.load`, thirty sessions for five minutes, while a fine-tune trains.

Each session is a WebSocket that speaks Streamlit's protocol (`benchmarks.visitor`). In its own random order it opens
all pages, steps through the source, opens the parts of pages, and uploads a new photograph in each round. It waits 5 to
10 s (`--think`) between clicks, and meanwhile requests the fragments that a page redraws each second.

    python -m benchmarks.load --sessions 6 --minutes 0.5 --settle 0     a short test
    python -m benchmarks.load --data folder                              CIFAR-10 in a folder; without it, the digits

A page's time runs from the request until the script has finished. The trainer's speed without visitors is measured
before and after. The exit status is 1 if any session had an error.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final

import psutil

from benchmarks import report
from benchmarks.visitor import Problem, Visitor
from explorer.core import files
from explorer.core.i18n import t
from explorer.data import images
from explorer.runs import store, worker
from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.training.recipe import RECIPES
from tests.browser.app import served

PAGES: Final = ("home", "source", "diagrams", "shortcut", "why", "features", "predict", "finetune", "runs", "compare",
                "homework", "pretraining", "history")  # fmt: skip
PARTS: Final = {  # page -> key of its row of buttons, and some of their labels
    "diagrams": ("diagrams_part", ("diagrams.part_compare", "diagrams.part_paths")),
    "shortcut": ("shortcut_part", ("shortcut.part_change", "shortcut.part_gradients", "shortcut.part_inference")),
    "features": ("features_part", ("features.part_compare", "features.part_attribution")),
}
STEPS: Final = ("conv1", "bn1", "relu")  # lines of the source page on which a reader rests


@dataclass
class Crowd:
    """Results of all sessions: seconds by action, and errors."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    redrawn: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    titles: set[tuple[str, str]] = field(default_factory=set)  # (page, the heading on it)

    @property
    def pages(self) -> list[float]:
        return [seconds for each in self.taken.values() for seconds in each]


async def visit(
    crowd: Crowd,
    address: str,
    number: int,
    end: float | None,
    think: tuple[float, float],
    pages: Sequence[str] = PAGES,
    seen: Callable[[bytes], object] = lambda content: None,
) -> None:
    """Run one session until the monotonic time `end`; without it, visit all pages once."""
    chance, rounds = random.Random(number), 0
    try:
        async with Visitor(address, ("en", "zh")[number % 2], seen) as visitor:

            async def read() -> None:
                await visitor.watch(chance.uniform(*think))

            while rounds == 0 or (end and time.monotonic() < end):
                rounds += 1
                for page in chance.sample(pages, len(pages)):
                    crowd.taken[page].append(await visitor.open(page))
                    crowd.titles.add((page, visitor.titles[0]))
                    await read()
                    if page == "source":
                        for step in STEPS:
                            crowd.taken["a step"].append(await visitor.report("scene", step=step))
                            await read()
                    if page in PARTS:
                        key, words = PARTS[page]
                        for part in chance.sample(words, 1 if end else len(words)):
                            crowd.taken[part].append(await visitor.choose(key, t(part, visitor.language)))
                            await read()
                    if page == "predict":
                        picture = photograph(number, rounds)
                        crowd.taken["an upload"].append(
                            await visitor.upload("uploaded", f"{number} {rounds}.jpg", picture)
                        )
                        await read()
                    if end and time.monotonic() > end:
                        break
            crowd.redrawn += visitor.redrawn_s
    except (Problem, OSError, LookupError) as error:
        crowd.errors.append(f"visitor {number}: {type(error).__name__} {error}")


def photograph(number: int, rounds: int) -> bytes:
    """A unique random JPEG of half a megapixel."""
    size, file = (800 + rounds, 600 + number), BytesIO()
    images.open_sample("flower").image.resize(size).save(file, "JPEG")
    return file.getvalue()


async def gather(
    crowd: Crowd,
    address: str,
    sessions: int,
    seconds: float,
    think: tuple[float, float],
    each_minute: Callable[[], object],
) -> None:
    """Run `sessions` for `seconds`. Their starts are spread over one think time, so that they do not click at once."""
    end = time.monotonic() + seconds

    async def come(number: int) -> None:
        await asyncio.sleep(number * think[1] / sessions)
        await visit(crowd, address, number, end, think)

    async def clock() -> None:
        while time.monotonic() < end:
            await asyncio.sleep(min(60.0, max(end - time.monotonic(), 0.01)))
            each_minute()

    await asyncio.gather(clock(), *map(come, range(sessions)))


@contextlib.contextmanager
def training(root: Path, data: str) -> Iterator[Run]:
    """Start a fine-tune of the laptop recipe, without frozen epochs, that outlasts the test."""
    recipe = RECIPES["laptop"].changed(data=data, epochs=1000, freeze_epochs=0, fixed_views=0, freeze_bn=False)
    run = store.create(recipe, "load", root=root)
    worker.submit(run)
    worker.start_queued(root)
    try:
        log = Log(run.path)
        while log.iteration < 20:
            if store.status(run).state not in store.ACTIVE:
                sys.exit(f"the fine-tune did not start: {store.status(run)}")
            time.sleep(0.2)
            log.update()
        yield run
    finally:
        os.kill(files.read_json(run.path / store.WORKER)["pid"], signal.SIGTERM)


def rate(run: Run, seconds: float) -> float:
    """Pictures/s during the next `seconds`."""
    began = progress(run)
    time.sleep(seconds)
    return between(began, progress(run))


def progress(run: Run) -> tuple[float, int]:
    """(time, number of pictures trained so far)."""
    log = Log(run.path)
    log.update()
    return time.monotonic(), log.iteration * run.recipe().batch_size


def between(began: tuple[float, int], ended: tuple[float, int]) -> float:
    return (ended[1] - began[1]) / (ended[0] - began[0])


def memory_mb(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss) // 1_000_000


def kept(address: str) -> str:
    """Memory that Streamlit reports for uploads and media files."""
    with urllib.request.urlopen(f"{address}/_stcore/metrics?families=cache_memory_bytes") as answer:
        lines = [line for line in answer.read().decode().splitlines() if "FileManager" in line or "FileStorage" in line]
    return "; ".join(lines) or "no uploads, no media"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--think", type=float, nargs=2, default=(5, 10), metavar=("FROM", "TO"), help="seconds")
    parser.add_argument("--data", default="digits", help="the fine-tune's data: digits, or a folder with CIFAR-10")
    parser.add_argument("--alone", type=float, default=60, help="seconds to train alone, before and after")
    parser.add_argument("--settle", type=float, default=150, help="seconds to wait until closed sessions are dropped")
    options = parser.parse_args()
    if options.data != "digits":
        os.environ["EXPLORER_DATA"], options.data = options.data, "cifar10"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # otherwise the trainer would outlive this process
    report.hardware()
    crowd, think = Crowd(), tuple(options.think)
    with tempfile.TemporaryDirectory() as folder, served(runs=Path(folder)) as (address, pid):
        app = psutil.Process(pid)
        asyncio.run(visit(crowd, address, 0, None, (0, 0)))
        if crowd.errors:
            sys.exit(crowd.errors[0])
        crowd = Crowd()  # the first visitor fills the caches
        memory = [memory_mb(pid)]
        with training(Path(folder), options.data) as run:
            before = rate(run, options.alone)
            began, busy, own = progress(run), cpu_s(app), cpu_s(psutil.Process())
            seconds = 60 * options.minutes
            asyncio.run(gather(crowd, address, options.sessions, seconds, think, lambda: memory.append(memory_mb(pid))))
            ended, busy, own = progress(run), cpu_s(app) - busy, cpu_s(psutil.Process()) - own
            print(f"memory before, and each minute: {', '.join(map(str, memory))} MB; {kept(address)}", flush=True)
            after = rate(run, options.alone)
        time.sleep(options.settle)
        print(f"memory {options.settle:g} s after they left: {memory_mb(pid)} MB; {kept(address)}")
    for name, taken in crowd.taken.items():
        report.line(name, taken, "s")
    if crowd.redrawn:
        report.line("a fragment's rerun", crowd.redrawn, "s")
    print_report(crowd, options.sessions, ended[0] - began[0], busy, own)
    print(f"memory: {(memory[-1] - memory[0]) / options.sessions:.1f} MB a viewer")
    under = between(began, ended)
    ratio = 2 * under / (before + after)
    print(f"the trainer: {before:.0f} and {after:.0f} pictures/s alone, {under:.0f} with them: {ratio:.2f} x")
    sys.exit(bool(crowd.errors))


def cpu_s(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def print_report(crowd: Crowd, sessions: int, seconds: float, busy_s: float, own_s: float) -> None:
    print("\n".join(crowd.errors))
    taken = sorted(crowd.pages)
    print(f"{sessions} sessions, {len(taken)} clicks, {len(taken) / seconds:.1f} a second; {len(crowd.errors)} errors")
    middle, most = statistics.median(taken), taken[int(0.95 * len(taken))]
    print(f"page: median {middle:.2f} s, p95 {most:.2f} s, longest {taken[-1]:.2f} s")
    share, visitors = 100 * busy_s / seconds, 100 * own_s / seconds
    print(f"the app: {share:.0f} % of a core, {busy_s / len(taken):.3f} s a click; its visitors here: {visitors:.0f} %")


if __name__ == "__main__":
    main()
