"""Effect of pretraining: ResNet18 from our upstream weights and from scratch, same recipe, three seeds each.

    EXPLORER_DATA=FOLDER python -m benchmarks.pretraining

Writes assets/pretraining.json for the page Pretraining: 10,000 training pictures of CIFAR-10 at 32 px, 6 epochs, a test
on all 10,000 test pictures after each; about a quarter of an hour on one core.
"""

import argparse
import dataclasses
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from explorer.analysis import model_costs
from explorer.experiments import pretraining
from explorer.experiments.comparison.results import Comparison, Result
from explorer.models import inventory, loading
from explorer.training import probe, trainer
from explorer.training.recipe import Recipe

CACHE = Path(tempfile.gettempdir()) / "explorer-benchmark"


def one(recipe: Recipe) -> tuple[Result, tuple[str, ...]]:
    """Train one run; returns its result and its class names."""
    accuracy, seconds, started, start = [], [], 0.0, {}
    for event in trainer.train(recipe, cache=CACHE):
        if event.kind == "start":
            started, start = time.perf_counter(), event.fields
        if event.kind == "epoch":
            accuracy.append(event.fields["test_accuracy"])
            seconds.append(round(time.perf_counter() - started, 2))
            progress = f"epoch {len(accuracy)}  {accuracy[-1]:.2%}  {seconds[-1]:.0f} s"
            print(f"{recipe.weights:<9} seed {recipe.seed}  {progress}", flush=True)
    total = model_costs.compute(loading.outline(recipe.network, len(start["classes"])), recipe.image_size).total
    result = Result(
        run=f"{recipe.weights}-{recipe.seed}", network=recipe.network, weights=recipe.weights,
        image_px=recipe.image_size, seed=recipe.seed, state="finished", device=inventory.device()["name"],
        parameters=start["parameters"], multiply_adds=total.multiply_adds, accuracy=tuple(accuracy),
        seconds=tuple(seconds),
    )  # fmt: skip
    return result, tuple(start["classes"])


def compare(recipe: Recipe, seeds: Sequence[int], command: str) -> Comparison:
    """Train both starts with each of `seeds`, alternating, so that other load on the machine affects both."""
    floats = probe.precision(recipe, trainer.select_device(recipe), CACHE)  # measured once, used for all
    recipe = recipe.changed(precision=floats)
    runs = [
        one(recipe.changed(weights=weights, seed=seed)) for seed in seeds for weights in pretraining.STARTS
    ]  # fmt: skip
    found = inventory.inventory()
    device = found["device"]
    shared = {name: value for name, value in dataclasses.asdict(recipe).items() if name not in ("weights", "seed")}
    return Comparison(
        name="pretraining", results=tuple(result for result, _ in runs), recipe=shared, classes=runs[0][1], labels=None,
        hardware=f"{device['name']} (cores: {device['cores']}, threads: {device['threads']})",
        versions={name: found["versions"][name] for name in ("python", "torch", "torchvision")},
        command=command, made=time.strftime("%Y-%m-%d"),
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="cifar10", choices=("cifar10", "digits"))
    parser.add_argument("--epochs", type=int, default=pretraining.RECIPE.epochs)
    parser.add_argument("--limit", type=int, default=pretraining.RECIPE.limit)
    parser.add_argument("--seeds", type=int, default=len(pretraining.SEEDS))
    parser.add_argument("--out", type=Path, default=pretraining.FILE)
    given = parser.parse_args(arguments)
    plain = vars(parser.parse_args([]))
    options = [f"--{name} {value}" for name, value in vars(given).items() if name != "out" and value != plain[name]]
    report.hardware()
    recipe = pretraining.RECIPE.changed(data=given.data, epochs=given.epochs, limit=given.limit)
    found = compare(recipe, range(given.seeds), " ".join(["python -m benchmarks.pretraining", *options]))
    pretraining.save(found, given.out)


if __name__ == "__main__":
    main()
