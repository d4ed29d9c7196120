"""Train the bundled comparison on CIFAR-10: the pretrained networks, and the same ones from scratch.

    EXPLORER_DATA=FOLDER OMP_NUM_THREADS=1 python -m benchmarks.comparison [--backbones A,B,…] [--weights A,B,…]
        [--runs DIR] [--epochs N] [--limit N]

By default six runs of 5 epochs on 10,000 images at 32 px: about ten minutes on one core. With the same DIR it skips
runs that have finished, so the list can be trained in parts. Then it writes all finished runs in DIR to
assets/comparison.json and assets/comparison.npz.
"""

import argparse
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from explorer.experiments.comparison import gather, pictures, stored
from explorer.models.registry import BACKBONES
from explorer.runs import store, sweep, worker
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Recipe

PRETRAINED = ("shufflenet_v2_x0_5", "mobilenet_v3_small", "resnet18")  # the cheap first
RECIPE = sweep.RECIPE.changed(threads=1)


def plan(recipe: Recipe, backbones: Sequence[str], weights: Sequence[str], seeds: int, root: Path) -> Sweep:
    """Existing runs in `root`, and new runs for the missing ones."""
    wanted = sweep.comparison_recipes(recipe, backbones, weights, range(seeds))
    there = {entry.recipe: entry.run for entry in store.list_runs(root) if entry.recipe is not None}
    missing = [each for each in wanted if each not in there]
    if missing:
        there |= dict(zip(missing, sweep.create(missing, "comparison", root).runs, strict=True))
    return Sweep(root, root, "comparison", tuple(there[each] for each in wanted))


def finished(recipe: Recipe, root: Path) -> Sweep:
    """All successful runs in `root` whose recipe is the same except for network, weights and seed."""
    found = [
        (entry.recipe, entry.run)
        for entry in store.list_runs(root)
        if entry.recipe is not None and entry.status.state == "finished"
        and entry.recipe.changed(network=recipe.network, weights=recipe.weights, seed=recipe.seed) == recipe
    ]  # fmt: skip
    found.sort(key=lambda each: (BACKBONES.index(each[0].network), each[0].weights, each[0].seed))
    made = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    return Sweep(root, root, "CIFAR-10", tuple(run for _, run in found), made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbones", default=",".join(PRETRAINED))
    parser.add_argument("--weights", default="upstream,random")
    parser.add_argument("--runs", type=Path, default=Path("runs-comparison"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs)
    parser.add_argument("--limit", type=int, default=RECIPE.limit)
    arguments = parser.parse_args()
    recipe, root = RECIPE.changed(epochs=arguments.epochs, limit=arguments.limit), arguments.runs.absolute()
    backbones, weights = arguments.backbones.split(","), arguments.weights.split(",")
    to_train = plan(recipe, backbones, weights, arguments.seeds, root)
    with worker.stop_signals() as asked:
        for run, status in sweep.follow(to_train, 5, asked.is_set):
            print(run.id, status.state, status.epoch, flush=True)
    done = finished(recipe, root)
    if done.runs:
        found = gather.comparison(done)
        test = pictures.test_pictures(found, done)
        known = pictures.brightness(test) if isinstance(test, Tensor) else None
        stored.write(dataclasses.replace(found, brightness=known), stored.ASSETS)
        print(f"{len(done.runs)} runs written to {stored.ASSETS}")


if __name__ == "__main__":
    main()
