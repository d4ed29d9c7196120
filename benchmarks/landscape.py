"""Loss landscapes: many perturbed networks in one pass against one after the other.

    python -m benchmarks.landscape
    EXPLORER_DATA=FOLDER python -m benchmarks.landscape --store

The second command writes assets/landscape.json, the page's stored result: the surfaces of the twins on CIFAR-10 test
pictures. Each is computed in its own process with one thread, in about eight minutes.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch

from benchmarks import report
from benchmarks.tracing import ratios
from explorer.analysis import landscape, picture_set
from explorer.analysis.landscape import Landscape, Settings
from explorer.models import inventory, twins
from explorer.models.cifar_resnet import Design

REPORT_EVERY_S = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    report.hardware()
    if options.store:
        store()
        return
    for width in (8, 16):
        for places in (2, 4, 8):
            measure(Design(32, width=width), places, options.runs)


def measure(design: Design, places: int, runs: int) -> None:
    """Losses of a batch at some points: `vmap`, and ours (sequential, channels_last), each against a plain loop."""
    torch.manual_seed(0)
    module = design.build().eval().requires_grad_(False)
    x, labels = torch.randn(landscape.BATCH, 3, 32, 32), torch.zeros(landscape.BATCH, dtype=torch.int64)
    alpha, beta = torch.linspace(-1, 1, places), torch.linspace(1, -1, places)
    here = torch.device("cpu")
    loss = landscape.perturbed_loss(module, 0, here)
    faster = landscape.perturbed_loss(module, 0, here, landscape.CPU_LAYOUT)
    laid_out = x.contiguous(memory_format=landscape.CPU_LAYOUT)

    def vmapped() -> None:
        landscape.batched_loss(loss, alpha, beta, x, labels)

    def plain() -> None:
        for k in range(places):
            landscape.batched_loss(loss, alpha[k : k + 1], beta[k : k + 1], x, labels)

    def ours() -> None:
        for k in range(places):
            landscape.batched_loss(faster, alpha[k : k + 1], beta[k : k + 1], laid_out, labels)

    for candidate in (vmapped, plain, ours):
        candidate()
    print(f"{design.name}, {places} places, {landscape.BATCH} pictures")
    report.line("  vmap against a plain loop", ratios(vmapped, plain, runs), "×")
    report.line("  ours against a plain loop", ratios(ours, plain, runs), "×")


def computed(kind: twins.Kind, settings: Settings) -> Landscape:
    torch.set_num_threads(1)
    steps, reported = (
        landscape.of_network(twins.load(kind), picture_set.find(settings.pictures), settings),
        time.monotonic(),
    )
    try:
        while True:
            done, total = next(steps)
            if time.monotonic() - reported > REPORT_EVERY_S:
                reported = time.monotonic()
                print(f"{kind}: {done} of {total}", flush=True)
    except StopIteration as ended:
        found: Landscape = ended.value
        return found


def store() -> None:
    settings, kinds = Settings(), tuple(twins.NAMES)
    several = picture_set.find(1)
    if not several.is_cifar10:
        raise SystemExit("needs CIFAR-10 in EXPLORER_DATA")
    with ProcessPoolExecutor(len(kinds), get_context("spawn")) as pool:
        surfaces = list(pool.map(computed, kinds, [settings] * len(kinds)))
    found = inventory.inventory()
    device = found["device"]
    made = {
        "hardware": f"{device['name']} (cores: {device['cores']}, one thread for each network)",
        "command": "python -m benchmarks.landscape --store",
        "versions": ", ".join(f"{name} {found['versions'][name]}" for name in ("python", "torch")),
        "day": time.strftime("%Y-%m-%d"),
        "source": several.source,
    }
    content = {"made": made, "surfaces": {kind: one.plain() for kind, one in zip(kinds, surfaces, strict=True)}}
    landscape.STORED.write_text(json.dumps(content) + "\n", encoding="utf-8")
    for kind, one in zip(kinds, surfaces, strict=True):
        print(f"{kind}: centre {one.centre:.3f}, within 1 nat {one.near(1):.1%}, downhill {one.downhill():.1%}")


if __name__ == "__main__":
    main()
