"""Cost of a trace relative to a plain forward pass: `python -m benchmarks.tracing [network …]`.

The two alternate. Bounds (from the issue): keeping one block's nodes takes at most 1.15 times a plain forward pass,
keeping all blocks' four tensors at most 2 times.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks import report
from explorer.analysis.trace import trace
from explorer.models import loading
from explorer.models.network import Network


def ratios(candidate: Callable[[], object], baseline: Callable[[], object], runs: int) -> list[float]:
    """Ratios candidate / baseline of pairs run back to back. The order alternates, so that neither is always first."""
    found = []
    for run in range(runs):
        seconds = {}
        for which in (candidate, baseline) if run % 2 else (baseline, candidate):
            started = time.perf_counter()
            which()
            seconds[which] = time.perf_counter() - started
        found.append(seconds[candidate] / seconds[baseline])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=["resnet18", "resnet50"])
    parser.add_argument("--pictures", type=int, default=1)
    parser.add_argument("--runs", type=int, default=101)
    options = parser.parse_args()
    report.hardware()
    for name in options.networks:
        for side in (64, 224):
            measure(loading.load(name, "random"), side, options.pictures, options.runs)


@torch.no_grad()
def measure(network: Network, side: int, pictures: int, runs: int) -> None:
    x = torch.randn(pictures, 3, side, side)
    graph = network.graph
    blocks = list(graph.blocks)
    block = graph.blocks[blocks[len(blocks) // 2]]

    def plain() -> None:
        network.module(x)

    cases = {
        "nothing kept": lambda: trace(network, x, keep=()),
        f"nodes of {block.path}": lambda: trace(network, x, keep=block.nodes),
        "four tensors of all blocks": lambda: trace(network, x, keep=graph.role_names()),
        "every node": lambda: trace(network, x),
    }
    for _ in range(5):
        plain()
    taken = []
    for _ in range(21):
        started = time.perf_counter()
        plain()
        taken.append((time.perf_counter() - started) * 1000)
    print(f"{network.name}, {pictures} × {side} px, plain forward {statistics.median(taken):.1f} ms")
    for words, case in cases.items():
        case()
        report.line(f"  {words}", ratios(case, plain, runs), "×")


if __name__ == "__main__":
    main()
