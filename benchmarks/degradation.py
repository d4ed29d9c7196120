"""The degradation experiment (He et al. 2015, figure 6): the stored results of the page Why residual.

    EXPLORER_DATA=FOLDER python -m benchmarks.degradation digits     # the preset glance, 5 seeds: minutes on 2 cores
    EXPLORER_DATA=FOLDER python -m benchmarks.degradation cifar10    # 20 and 56 layers, half width: 45 minutes on one
    EXPLORER_DATA=FOLDER python -m benchmarks.degradation shortcuts  # the shortcuts of He et al. 2016
    python -m benchmarks.degradation glance                          # one seed, as the page's button trains it
    EXPLORER_DATA=FOLDER python -m benchmarks.degradation lecture    # on a GPU; bounds: 120 s in all, 0.5 s per epoch
                                                                     # of ResNet-20

With --store, the first three write their part of assets/degradation.json. Finished runs in --runs are not trained
again.
"""

import argparse
import dataclasses
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from explorer.experiments import degradation
from explorer.experiments.comparison import gather
from explorer.experiments.comparison.results import Comparison
from explorer.experiments.degradation import PRESETS, Preset
from explorer.models import inventory
from explorer.models.cifar_resnet import SHORTCUTS, Design
from explorer.runs import sweep

SHORT = PRESETS["lecture"].recipe.changed(epochs=8, threads=1, precision="bfloat16")
VARIED = (*(Design(32, each, width=8) for each in ("none", "identity", *SHORTCUTS[2:])),
          Design(32, preact=True, width=8), Design(32, projection=True, width=8))  # fmt: skip
PLANS = {
    "cifar10": (Preset(PRESETS["glance"].designs, SHORT), 1),
    "digits": (PRESETS["glance"], 5),
    "shortcuts": (Preset(VARIED, SHORT.changed(limit=10_000)), 1),
    "glance": (PRESETS["glance"], 1),
    "lecture": (PRESETS["lecture"], 1),
}
STORED = ("cifar10", "digits", "shortcuts")


def trained(name: str, root: Path) -> Comparison:
    """Train all runs of a plan through the queue that the app uses."""
    preset, seeds = PLANS[name]
    started = time.perf_counter()
    plan = sweep.find_or_create(preset.recipes(range(seeds)), name, root)
    for run, status in sweep.follow(plan):
        if status.end or status.state == "interrupted":
            print(f"{run.about().name:<40} {status.state}", flush=True)
    print(f"{name}: {time.perf_counter() - started:.0f} s for {len(plan.runs)} runs", flush=True)
    device, versions = inventory.inventory()["device"], inventory.inventory()["versions"]
    return dataclasses.replace(
        gather.comparison(plan), labels=None, command=f"python -m benchmarks.degradation {name}",
        hardware=f"{device['name']} (cores: {device['cores']})", made=time.strftime("%Y-%m-%d"),
        versions={each: versions[each] for each in ("python", "torch", "torchvision")},
    )  # fmt: skip


def print_report(found: Comparison) -> None:
    for group in found.groups:
        ended = group.finished
        if not ended:
            continue
        epochs = [b - a for each in ended for a, b in zip((0.0, *each.seconds), each.seconds, strict=False)]
        report.line(f"{group.name}: training loss", [each.train_loss[-1] for each in ended], "")
        report.line(f"{group.name}: training error", [100 * (1 - each.train_accuracy[-1]) for each in ended], "%")
        report.line(f"{group.name}: test error", [100 * (1 - each.accuracy[-1]) for each in ended], "%")
        report.line(f"{group.name}: an epoch, test included", epochs, "s")
    for seen in degradation.findings(found.results):
        deep, shallow = seen.deep.name, seen.shallow.name
        print(f"{deep} has a larger training error than {shallow} in {seen.worse} of {seen.seeds} seeds")
    losses = {(each.network, each.seed): each.train_loss[-1] for each in found.results if each.is_finished}
    for network in dict.fromkeys(name for name, _ in losses if "plain" in name):
        twin = network.replace("plain", "resnet")
        seeds = [seed for name, seed in losses if name == network and (twin, seed) in losses]
        larger = sum(losses[network, seed] > losses[twin, seed] for seed in seeds)
        print(f"{network} has a larger training loss than {twin} in {larger} of {len(seeds)} seeds")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("plan", choices=tuple(PLANS))
    parser.add_argument("--runs", type=Path, help="folder of the runs (default: a new one)")
    parser.add_argument("--store", action="store_true", help="write the results to assets/degradation.json")
    given = parser.parse_args(arguments)
    report.hardware()
    found = trained(given.plan, given.runs or Path(tempfile.mkdtemp(prefix="degradation-")))
    print_report(found)
    if given.store and given.plan in STORED:
        before = degradation.stored() if degradation.FILE.is_file() else {}
        both = {**before, given.plan: found}
        degradation.save({name: both[name] for name in STORED if name in both})


if __name__ == "__main__":
    main()
