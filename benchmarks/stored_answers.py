"""The results that pages show at once: all measurements of the bundled networks on 200 CIFAR-10 test pictures.

    EXPLORER_DATA=FOLDER python -m benchmarks.stored_answers

Writes assets/stored_answers.json and .npz in about two minutes on one core, and prints the time of each measurement
relative to a forward pass of its pictures. The pages estimate by the same ratios (explorer/ui/widgets/answers.py).
"""

import hashlib
import time
from collections.abc import Callable, Generator
from typing import TypeVar

import torch

from benchmarks import report
from explorer.analysis import ablation, feature_space, features, iterative_inference, picture_set, residual, top5
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.data import cifar10
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import COUNT, DRAWS, NETWORKS, SEED, Made, Results
from explorer.models import inventory, loading, weight_files
from explorer.models.network import Network

T = TypeVar("T")


def finished(steps: Generator[tuple[int, int], None, T]) -> T:
    try:
        while True:
            next(steps)
    except StopIteration as ended:
        result: T = ended.value
        return result


def results(network: Network, several: PictureSet, by_class: PictureSet) -> Results:
    """Measure everything. `by_class` are the same pictures as `several`, sorted by class."""
    passes: dict[str, float] = {}

    def cpu_seconds(run: Callable[[], T]) -> tuple[T, float]:
        started = time.process_time()  # of one thread: whatever else the machine does
        return run(), time.process_time() - started

    def forward() -> None:
        for x in several.inputs(network):
            trace(network, x, keep=())

    forward()
    _, unit = cpu_seconds(forward)

    def timed(name: str, steps: Generator[tuple[int, int], None, T]) -> T:
        found, seconds = cpu_seconds(lambda: finished(steps))
        passes[name] = round(seconds / unit, 2)
        return found

    has_blocks, targets = bool(network.graph.blocks), several.true_labels(network)
    tensors = dict.fromkeys(features.tensor_name(network, place) for place in features.places(network))
    found = Results(
        depth=timed("depth", residual.over_pictures(network, several)),
        singles=timed("singles", ablation.remove_each(network, several)),
        several=timed("several", ablation.remove_random(network, several, DRAWS, SEED)),
        inference=timed("inference", iterative_inference.over_set(network, by_class)) if has_blocks else None,
        space=timed("space", feature_space.measure(network, by_class)),
        ranks=None if targets is None else timed("top5", top5.over_pictures(network, several, targets)),
        exciting={name: timed("exciting", features.top_activations(network, several, name)) for name in tensors},
        passes=passes,
    )
    print(f"{network.name} {network.weights}: {passes}", flush=True)
    return found


def main() -> None:
    report.hardware()
    torch.set_num_threads(1)
    folder, several = cifar10.find_cifar10(), picture_set.find(COUNT)
    by_class = feature_space.labelled_pictures(COUNT)
    if folder is None or not several.is_cifar10 or by_class.ids != stored_answers.pictures(by_class=True).ids:
        raise SystemExit("needs CIFAR-10 in EXPLORER_DATA")
    found, device = inventory.inventory(), inventory.device()
    networks = {f"{name}/{weights}": loading.load(name, weights) for name, weights in NETWORKS}
    made = Made(
        command="python -m benchmarks.stored_answers",
        day=time.strftime("%Y-%m-%d"),
        hardware=f"{device['name']} (cores: {device['cores']}, threads: 1)",
        versions=", ".join(f"{name} {found['versions'][name]}" for name in ("python", "torch")),
        layout=folder.kind,
        pictures=stored_answers.digest(several),
        weights={
            key: hashlib.sha256(weight_files.bundled(network.name, network.weights).read_bytes()).hexdigest()
            for key, network in networks.items()
        },
    )
    stored_answers.save(made, {key: (one, results(one, several, by_class)) for key, one in networks.items()})


if __name__ == "__main__":
    main()
