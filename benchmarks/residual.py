"""Cost of the shortcut lab and the feature maps against a plain implementation: `python -m benchmarks.residual`.

Bounds (from the issue), for resnet18 at 64 px on 2 cores: a slider's effect within 100 ms of compute; the lesion study
over 1,000 pictures x 8 blocks within 30 s; a grid of 512 channels is one image.
"""

import argparse
import io
import time
from collections.abc import Callable, Generator, Iterator

import torch

from benchmarks import report
from benchmarks.tracing import ratios
from explorer.analysis import ablation, interventions, picture_set
from explorer.analysis.interventions import Intervention
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import drop, trace
from explorer.data import images
from explorer.models import loading
from explorer.models.network import Network
from explorer.plots import pictures, sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    report.hardware()
    network = loading.load("resnet18", "cifar10")
    several = picture_set.find(options.pictures)
    print(f"{several.source}, {len(several)} pictures")
    lesions(network, several, options.runs)
    sliders(network)
    channels()


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def finished(steps: Generator[object, None, object]) -> None:
    for _ in steps:
        pass


def lesions(network: Network, several: PictureSet, runs: int) -> None:
    """The lesion study against a whole pass over all pictures for each dropped block."""

    def whole_passes() -> None:
        for x in several.inputs(network):
            for path in (None, *network.graph.blocks):
                trace(network, x, keep=(), edits={f"{path}.branch": drop()} if path else None)

    def ours() -> None:
        finished(ablation.remove_each(network, several))

    ours()
    report.line("lesion study, every block alone", [timed(ours) for _ in range(runs)], "s")
    report.line("  against whole passes", ratios(ours, whole_passes, runs), "×")


def sliders(network: Network) -> None:
    """A new alpha for one block against a plain pass. The earliest block costs most."""
    x = network.preprocess(images.open_sample("china").image)
    values = interventions.block_inputs(network, x)
    for path in list(network.graph.blocks)[::7]:
        steps = iter(range(1, 100_000))

        def move(path: str = path, steps: Iterator[int] = steps) -> None:
            interventions.run(network, values, Intervention(alpha={path: 1 + next(steps) / 1000}))

        def plain() -> None:
            with torch.no_grad():
                network.module(x)

        move()
        report.line(f"slider: alpha of {path}", [timed(move) * 1000 for _ in range(51)], "ms")
        report.line("  against a plain forward pass", ratios(move, plain, 51), "×")


def channels() -> None:
    """512 maps of 7 x 7 as one image against one PNG each."""
    maps = torch.randn(512, 7, 7)
    scale = pictures.common_scale([maps])

    def one() -> None:
        sheet.sheet(maps, scale).save(io.BytesIO(), "PNG")

    def each() -> None:
        for values in maps:
            pictures.map_png(values, scale)

    one()
    report.line("512 channels, one image", [timed(one) * 1000 for _ in range(51)], "ms")
    report.line("  against 512 images", ratios(one, each, 21), "×")


if __name__ == "__main__":
    main()
