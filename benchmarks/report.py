"""Output shared by all benchmarks: the machine, then a line per measurement with median and range of n runs."""

import statistics
from collections.abc import Sequence

from explorer.models import inventory


def hardware() -> None:
    found = inventory.inventory()
    device, versions = found["device"], found["versions"]
    print(
        f"{device['name']}, {device['cores']} cores, {device['threads']} threads; "
        + ", ".join(f"{name} {versions[name]}" for name in ("python", "torch", "torchvision", "streamlit"))
    )


def line(what: str, values: Sequence[float], unit: str, note: str = "") -> None:
    middle = statistics.median(values)
    spread = f"{min(values):.4g}..{max(values):.4g}, n={len(values)}"
    print(f"{what:<58} {middle:8.4g} {unit:<3} ({spread}) {note}", flush=True)
