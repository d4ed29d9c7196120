"""What a run tells of its pictures, its machine, and how far its weights have moved. All ready for JSON."""

import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

import torch
import torchvision
from torch import Tensor, nn

from explorer import __version__
from explorer.core import hardware, processes
from explorer.data.datasets import DataSet

FORWARDS: Final = 30  # of one picture, timed when a run has ended
STRIP: Final = 12  # test pictures whose predictions are told after each epoch, one a class


def pictures(data: DataSet) -> dict[str, Any]:
    """How many there are of each part, their classes, and which make the strip."""
    return {
        "classes": list(data.classes), "train": len(data.train), "test": len(data.test),
        "validation": len(data.validation) if data.validation else 0, "data": data.digest, "strip": strip(data),
    }  # fmt: skip


def machine_of(device: torch.device) -> dict[str, Any]:
    """Where and with what the run is made, and when."""
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    versions = {"explorer": __version__, "torch": torch.__version__, "torchvision": torchvision.__version__}
    return {
        "device": device.type, "device_name": gpu or hardware.processor(), "threads": torch.get_num_threads(),
        "versions": {**versions, "python": platform.python_version()}, "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip


def warnings(data: DataSet) -> Iterator[dict[str, Any]]:
    """Keys and values of sentences on what is wrong with the data, though the run goes on."""
    if data.unreadable:
        values: dict[str, Any] = {"count": len(data.unreadable), "first": ", ".join(data.unreadable[:3])}
        yield {"key": "errors.data_skipped", "values": values}
    if data.repeated:
        yield {"key": "errors.data_repeated", "values": {"count": data.repeated}}


def strip(data: DataSet) -> list[int]:
    """The first test picture of each class, as many as fit."""
    first = [(data.test.labels == k).nonzero() for k in range(min(len(data.classes), STRIP))]
    return [int(places[0]) for places in first if len(places)]


def moved(
    start: Mapping[str, Tensor], now: Mapping[str, Tensor], parts: Sequence[str], head: str
) -> dict[str, dict[str, float]]:
    """‖w − w₀‖ / ‖w₀‖ of each part's weights (`moved`) and of its BatchNorm statistics (`drift`); w₀ is `start`.

    Parts are the `parts` and the `head` by their path; weights of neither are the stem's.
    """
    sums: dict[str, dict[str, list[Tensor]]] = {"moved": {}, "drift": {}}
    for name, value in now.items():
        if value.is_floating_point():
            of = sums["drift" if name.endswith(("running_mean", "running_var")) else "moved"]
            part = of.setdefault(_part(name, (*parts, head)), [torch.zeros((), device=value.device) for _ in range(2)])
            part[0] += (value - start[name]).float().square().sum()
            part[1] += start[name].float().square().sum()
    return {
        what: {
            part: round((away.sqrt() / whole.sqrt().clamp(min=1e-12)).item(), 6) for part, (away, whole) in of.items()
        }
        for what, of in sums.items()
    }


@torch.no_grad()
def forward_ms(module: nn.Module, image_px: int, device: torch.device) -> float:
    """Milliseconds of one picture's forward pass through `module` (in eval mode): the median of FORWARDS."""
    x = torch.zeros(1, 3, image_px, image_px, device=device)
    took = []
    for _ in range(3 + FORWARDS):  # the first ones warm up
        begun = time.perf_counter()
        module(x)
        if device.type != "cpu":
            torch.accelerator.synchronize()
        took.append(time.perf_counter() - begun)
    return 1000 * median(took[3:])


def peak_gb(device: torch.device) -> float:
    """The most memory, 10^9 bytes, that this process had on a GPU at once; elsewhere, that it had in all."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return processes.peak_memory_bytes() / 1e9


def _part(name: str, parts: Sequence[str]) -> str:
    return next((path for path in parts if name.startswith(f"{path}.")), "stem")
