"""How time and memory grow with what users bring: `python -m benchmarks.grow`, about ten minutes.

Pictures (of 48 px, PNG), their size, classes, and runs in the list. Each measurement is a process of its own with an
empty cache: seconds until the pictures of the first batch are decoded, so that training begins, until all are, and peak
memory; then the seconds with a filled cache. The last column relates all to the first of the group: seconds for each
unit; 1 is growth in proportion.
`--only` takes one group. Visitors: `python -m benchmarks.load --sessions N`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from benchmarks import report
from explorer.runs import store
from explorer.training.recipe import Recipe
from tests.runs import written

DIFFERENT = 500  # pictures; the others are further names of these files
LOAD = """
import sys, time
from functools import partial
from pathlib import Path
from explorer.data import datasets
from explorer.training.recipe import Recipe
from explorer.training.trainer import epoch_order
folder, cache, side = sys.argv[1:]
begun = time.perf_counter()
data = datasets.load(Recipe(data=folder, image_size=int(side)), cache=Path(cache), order=partial(epoch_order, 0, 1))
data.train.pictures(epoch_order(0, 1, len(data.train))[:64])
first = time.perf_counter() - begun
if data.arriving:
    data.arriving.finished()
"""
LIST = """
import sys, time
from pathlib import Path
from explorer.runs import store
begun = time.perf_counter()
found = store.list_runs(Path(sys.argv[1]), most=store.NEWEST)
first = time.perf_counter() - begun
"""
TOLD = """
import json
seconds = time.perf_counter() - begun
lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
peak = next((int(line.split()[1]) // 1000 for line in lines if line.startswith("VmHWM")), 0)
print(json.dumps([first, seconds, peak]))
"""


def measured(program: str, *arguments: object) -> tuple[float, float, float]:
    """Seconds to the first and to all, and peak memory of the process in MB (0 where /proc does not tell)."""
    done = subprocess.run(
        [sys.executable, "-c", program + TOLD, *map(str, arguments)], check=True, capture_output=True, encoding="utf-8"
    )
    first_s, seconds, peak_mb = json.loads(done.stdout.splitlines()[-1])
    return first_s, seconds, peak_mb


def pictures(folder: Path, count: int, classes: int, side: int) -> None:
    """`count` pictures of `side` x `side` pixels in `classes` folders, a fifth of them for the test."""
    random = np.random.default_rng(0)
    different = folder / ".different"
    different.mkdir(parents=True)
    for k in range(min(count, DIFFERENT)):
        coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8))
        coarse.resize((side, side), Image.Resampling.BICUBIC).save(different / f"{k}.png")
    for k in range(count):
        place = folder / ("test" if k // classes % 5 == 4 else "train") / f"class{k % classes:04}"
        place.mkdir(parents=True, exist_ok=True)
        os.link(different / f"{k % DIFFERENT}.png", place / f"{k}.png")


def runs(folder: Path, count: int) -> None:
    """`count` finished runs of 20 epochs."""
    for _ in range(count):
        run = store.create(Recipe(data="digits", epochs=20), root=folder)
        epochs = [{**written.epoch(number), "epoch": number} for number in range(1, 21)]
        written.write(run.path, {"kind": "start", **written.OPENING}, *epochs, {"kind": "end", "reason": "finished"})


@dataclass(frozen=True)
class Group:
    """`make` writes what is measured for each of `sizes`; `units` says for how many units of work a size stands."""

    what: str
    sizes: Sequence[int]
    make: Callable[[Path, int], None]
    program: str = LOAD
    side: Callable[[int], int] = lambda size: 32
    units: Callable[[int], float] = float


GROUPS: Final = {
    "pictures": Group("pictures at 32 px", (1_000, 10_000, 50_000, 190_000), lambda f, n: pictures(f, n, 10, 48)),
    "side": Group(
        "pixels a side, 5,000 pictures", (32, 64, 128, 224), lambda f, n: pictures(f, 5_000, 10, n),
        side=lambda size: size, units=lambda size: size**2,
    ),
    "classes": Group(
        "classes, 20,000 pictures", (2, 100, 1_000), lambda f, n: pictures(f, 20_000, n, 48), units=lambda size: 1
    ),
    "runs": Group("runs in the list", (10, 100, 1_000, 10_000), runs, program=LIST),
}  # fmt: skip


def measure(group: Group) -> None:
    first: float | None = None
    for size in group.sizes:
        with tempfile.TemporaryDirectory() as folder:
            made, cache = Path(folder) / "made", Path(folder) / "cache"
            group.make(made, size)
            given = (made,) if group.program == LIST else (made, cache, group.side(size))
            first_s, seconds, peak_mb = measured(group.program, *given)
            _, again_s, again_mb = measured(group.program, *given)
        each = seconds / group.units(size)
        first = first or each
        print(
            f"{size:>7,} {group.what:<30} {first_s:6.2f} of {seconds:6.2f} s, {peak_mb:5,.0f} MB; "
            f"again {again_s:5.2f} s, {again_mb:5,.0f} MB; a unit {each / first:5.2f} x the first",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=GROUPS)
    options = parser.parse_args()
    report.hardware()
    for name, group in GROUPS.items():
        if options.only in (None, name):
            measure(group)


if __name__ == "__main__":
    main()
