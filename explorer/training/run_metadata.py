"""Metadata in a run's events, as JSON values: data set, machine, relative change of the weights."""

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
from explorer.training import advice
from explorer.training.recipe import Recipe

FORWARDS: Final = 30  # timed forward passes at the end of a run
STRIP: Final = 12  # test pictures, one per class, whose predictions are part of each epoch event


def data_info(data: DataSet) -> dict[str, Any]:
    """Number of pictures per split, classes, and the indices of the strip."""
    return {
        "classes": list(data.classes), "train": len(data.train), "test": len(data.test),
        "validation": len(data.validation) if data.validation else 0, "data": data.digest, "strip": strip_indices(data),
    }  # fmt: skip


def machine_info(device: torch.device) -> dict[str, Any]:
    """Device, threads, versions and current time."""
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    versions = {"explorer": __version__, "torch": torch.__version__, "torchvision": torchvision.__version__}
    return {
        "device": device.type, "device_name": gpu or hardware.processor(), "threads": torch.get_num_threads(),
        "versions": {**versions, "python": platform.python_version()}, "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip


def warnings(data: DataSet, recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Message keys and values for what spoils the result without stopping the run."""
    if data.unreadable:
        values: dict[str, Any] = {"count": len(data.unreadable), "first": ", ".join(data.unreadable[:3])}
        yield {"key": "errors.data_skipped", "values": values}
    if data.repeated:
        yield repeated(data)
    selected = recipe.changed(classes=())  # the data have only these
    for key, values in advice.advice(_class_counts(data), None, selected):
        yield {"key": key, "values": values}


def repeated(data: DataSet) -> dict[str, Any]:
    """The warning about test pictures that are also training pictures."""
    return {"key": "errors.data_repeated", "values": {"count": data.repeated}}


def _class_counts(data: DataSet) -> advice.Counts:
    """Class -> pictures (train and validation, test)."""
    learned = [data.train.labels, *([data.validation.labels] if data.validation else [])]
    counts = [torch.cat(labels).bincount(minlength=len(data.classes)) for labels in (learned, [data.test.labels])]
    return {name: (int(train), int(test)) for name, train, test in zip(data.classes, *counts, strict=True)}


def strip_indices(data: DataSet) -> list[int]:
    """Index of the first test picture of each class, for at most STRIP classes."""
    first = [(data.test.labels == k).nonzero() for k in range(min(len(data.classes), STRIP))]
    return [int(places[0]) for places in first if len(places)]


def relative_weight_change(
    start: Mapping[str, Tensor], now: Mapping[str, Tensor], parts: Sequence[str], head: str
) -> dict[str, dict[str, float]]:
    """‖w − w₀‖ / ‖w₀‖ of each part's weights ("moved") and of its BatchNorm statistics ("drift"); w₀ is `start`.

    Tensors are grouped by the module paths `parts` and `head`; all others belong to "stem".
    """
    sums: dict[str, dict[str, list[Tensor]]] = {"moved": {}, "drift": {}}
    for name, value in now.items():
        if value.is_floating_point():
            by_part = sums["drift" if name.endswith(("running_mean", "running_var")) else "moved"]
            zeros = [torch.zeros((), device=value.device) for _ in range(2)]
            change, norm = by_part.setdefault(_part(name, (*parts, head)), zeros)
            change += (value - start[name]).float().square().sum()
            norm += start[name].float().square().sum()
    return {
        kind: {
            part: round((change.sqrt() / norm.sqrt().clamp(min=1e-12)).item(), 6)
            for part, (change, norm) in by_part.items()
        }
        for kind, by_part in sums.items()
    }


@torch.no_grad()
def forward_ms(module: nn.Module, image_px: int, device: torch.device) -> float:
    """Milliseconds of a forward pass of one picture through `module` (in eval mode): the median of FORWARDS."""
    x = torch.zeros(1, 3, image_px, image_px, device=device)
    took = []
    for _ in range(3 + FORWARDS):  # three warm-up passes
        begun = time.perf_counter()
        module(x)
        if device.type != "cpu":
            torch.accelerator.synchronize()
        took.append(time.perf_counter() - begun)
    return 1000 * median(took[3:])


def peak_gb(device: torch.device) -> float:
    """Peak memory of this process in 10^9 bytes: on the GPU for a CUDA device, else resident memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return processes.peak_memory_bytes() / 1e9


def _part(name: str, parts: Sequence[str]) -> str:
    return next((path for path in parts if name.startswith(f"{path}.")), "stem")
