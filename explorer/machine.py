"""What this machine has: versions, device, networks with the weights at hand, data."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypedDict

import torch

from explorer import __version__, images
from explorer.network import zoo
from explorer.training import data

PACKAGES = ("torch", "torchvision", "streamlit", "altair", "pillow", "safetensors", "numpy")


class Device(TypedDict):
    """`kind` is torch's name (cuda, mps, cpu); `memory_gb` is None where it is the machine's own."""

    kind: str
    name: str
    memory_gb: float | None
    threads: int


class Data(TypedDict):
    """Where test pictures were found (None: nowhere), in which layout, and how many pictures the gallery has."""

    path: str | None
    layout: str | None
    cifar10: bool
    gallery: int


class Inventory(TypedDict):
    """All that a machine has; `networks` maps a name and its weights to where these are."""

    versions: dict[str, str]
    device: Device
    networks: dict[str, dict[str, str]]
    data: Data


def inventory() -> Inventory:
    """All of it, ready for JSON. A network's weights are `bundled`, `cached`, `download` or `built` (random)."""
    return {
        "versions": _versions(),
        "device": _device(),
        "networks": {name: {w: _at_hand(name, w) for w in zoo.choices(name)} for name in zoo.NETWORKS},
        "data": _data(),
    }


def _versions() -> dict[str, str]:
    versions = {"explorer": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _device() -> Device:
    threads = torch.get_num_threads()
    if torch.cuda.is_available():
        found = torch.cuda.get_device_properties(0)
        return {"kind": "cuda", "name": found.name, "memory_gb": round(found.total_memory / 1e9, 1), "threads": threads}
    kind = "mps" if torch.backends.mps.is_available() else "cpu"
    return {"kind": kind, "name": _processor(), "memory_gb": None, "threads": threads}


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        for line in listed.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, {os.cpu_count()} cores"
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def _at_hand(name: str, weights: str) -> str:
    if weights in zoo.BUNDLED:
        return "bundled"
    if weights in zoo.IMAGENET:
        return "cached" if zoo.imagenet_file(name, weights)[0].is_file() else "download"
    return "built"


def _data() -> Data:
    found = data.find_cifar10()
    return {
        "path": str(found.path) if found else None,
        "layout": found.kind if found else None,
        "cifar10": bool(found and found.is_cifar10),
        "gallery": len(images.gallery()),
    }
