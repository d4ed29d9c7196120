"""Time to open a network that was not seen before, against a forward pass: `python -m benchmarks.anynet [network …]`.

Opening: record the calls, find the residual connections, name the nodes. One picture of the network's own size, one
thread. The two alternate; medians of the process's CPU time are compared, so that other programs do not count. Bound
(from the issue): two forward passes and 300 ms.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks import report
from explorer.models import registry
from explorer.models.graph import Graph

NETWORKS = (
    "resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "efficientnet_v2_s",
    "regnet_y_400mf", "convnext_tiny", "densenet121", "inception_v3", "vit_b_16", "swin_t", "swin_v2_t", "maxvit_t",
    "cifar-resnet110",
)  # fmt: skip
MORE_MS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    report.hardware()
    print(f"{'':22} {'px':>4} {'forward':>8} {'open':>8} {'ratio':>6}  bound")
    for name in options.networks:
        measure(name, options.runs)


@torch.no_grad()
def measure(name: str, runs: int) -> None:
    px = registry.preprocessing(name).input_px
    module = registry.build(name, None, px).eval()
    x = torch.randn(1, 3, px, px)
    module(x)  # sets up torch's kernels
    forward, opened = [], []
    for _ in range(runs):
        forward.append(_ms(lambda: module(x)))
        opened.append(_ms(lambda: Graph.of(module, x.shape)))
    plain, taken = statistics.median(forward), statistics.median(opened)
    met = "met" if taken <= 2 * plain + MORE_MS else "MISSED"
    print(f"{name:22} {px:4} {plain:5.0f} ms {taken:5.0f} ms {taken / plain:5.1f}×  {met}", flush=True)


def _ms(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return 1000 * (time.process_time() - started)


if __name__ == "__main__":
    main()
