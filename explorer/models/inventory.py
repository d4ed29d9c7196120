"""Inventory of this machine: package versions, device, networks and where their weights are, test pictures."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TypedDict

import torch

from explorer import __version__
from explorer.core import hardware
from explorer.core.i18n import Language, t
from explorer.data import cifar10 as data
from explorer.data import images
from explorer.models import registry, weight_files

PACKAGES = ("torch", "torchvision", "streamlit", "altair", "pillow", "safetensors", "numpy")


class Device(TypedDict):
    """The device that torch computes on.

    `kind` is torch's device type (cuda, mps, cpu), `name` the model of the GPU or processor, `memory_gb` (10^9 bytes)
    the memory of a CUDA GPU, else None. `cores` are the CPU cores that this process may use, `threads` those that torch
    uses. `unused_gpu` explains why torch does not use a GPU that is present, and how to fix that; else None.
    """

    kind: str
    name: str
    memory_gb: float | None
    cores: int
    threads: int
    unused_gpu: str | None


class Data(TypedDict):
    """The folder or file of the test pictures and its layout (None if not found), and the size of the gallery."""

    path: str | None
    layout: str | None
    cifar10: bool
    gallery: int


class Inventory(TypedDict):
    """The whole inventory. `networks`: network name -> weights -> `bundled`, `cached`, `download` or `built`."""

    versions: dict[str, str]
    device: Device
    networks: dict[str, dict[str, str]]
    data: Data


def inventory() -> Inventory:
    """The inventory as JSON types. Weights are `bundled`, `cached`, `download` or `built` (random)."""
    return {
        "versions": _versions(),
        "device": device(),
        "networks": {
            name: {w: _at_hand(name, w) for w in registry.weights(name)}
            for name in (*registry.BACKBONES, *registry.TWINS, *registry.CIFAR_NETWORKS)
        },
        "data": _data(),
    }


def facts(found: Inventory, language: Language = "en") -> dict[str, str]:
    """Label -> text of an inventory, in `language`, without paths and without the networks."""

    def word(key: str, **values: object) -> str:
        return t(f"machine.{key}", language, **values)

    place, pictures = found["device"], found["data"]
    parts = [place["kind"], place["name"], word("cores", count=place["cores"])]
    if place["memory_gb"]:
        parts.append(word("memory", gb=place["memory_gb"]))
    parts.append(word("threads", count=place["threads"]))
    where = word("data_cifar10") if pictures["cifar10"] else word("data_folder")
    return {
        word("versions"): ", ".join(f"{name} {number}" for name, number in found["versions"].items()),
        word("device"): ", ".join(parts),
        word("data"): where if pictures["path"] else word("data_none"),
    }


def lines(found: Inventory, language: Language = "en") -> list[str]:
    """The inventory as lines for a terminal, with the networks and the path of the pictures."""
    versions, place, data = (": ".join(fact) for fact in facts(found, language).items())
    gallery = t("machine.gallery", language, count=found["data"]["gallery"])
    networks = [
        f"{name}: " + ", ".join(f"{w} ({t(f'machine.{hand}', language)})" for w, hand in listed.items())
        for name, listed in found["networks"].items()
    ]
    problem = hardware.gpu_problem()
    unused = [t(problem.key, language, **problem.values)] if problem else []
    return [versions, place, *unused, *networks, f"{data} {found['data']['path'] or ''}".rstrip(), gallery]


def _versions() -> dict[str, str]:
    versions = {"explorer": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def device() -> Device:
    """The best device of this machine."""
    kind = hardware.device_types()[0]
    gpu = torch.cuda.get_device_properties(0) if kind == "cuda" else None
    return {
        "kind": kind,
        "name": gpu.name if gpu else hardware.processor(),
        "memory_gb": round(gpu.total_memory / 1e9, 1) if gpu else None,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "unused_gpu": str(problem) if (problem := hardware.gpu_problem()) else None,
    }


def _at_hand(name: str, weights: str) -> str:
    if weights in registry.BUNDLED:
        return "bundled"
    if weights in registry.IMAGENET:
        return "cached" if os.path.isfile(weight_files.published(name, weights)[0]) else "download"
    return "built"


def _data() -> Data:
    found = data.find_cifar10()
    return {
        "path": str(found.path.resolve()) if found else None,
        "layout": found.kind if found else None,
        "cifar10": bool(found and found.is_cifar10),
        "gallery": len(images.gallery()),
    }
