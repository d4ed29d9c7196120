"""Devices that torch can use on this machine, and a diagnosis if it cannot use an NVIDIA card that is present."""

import ctypes
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import torch
import torchvision

from explorer.core.errors import RecipeError

INDEX: Final = "https://download.pytorch.org/whl/"  # PyTorch's builds, one folder each
INSTRUCTIONS: Final = {
    "AVX2": ("avx2",),
    "AVX-512": ("avx512_f",),
    "SVE": ("sve",),
    "AMX": ("amx_tile",),
    "bf16": ("avx512_bf16", "amx_bf16", "avx10_2", "bf16", "sve_bf16"),
}
"""Vector instructions -> their keys in `torch.cpu.get_capabilities()`."""

SMI_TIMEOUT_S: Final = 10.0  # for nvidia-smi: a driver that hangs must not block a page


class Build(NamedTuple):
    """A CUDA build of torch: its name, oldest driver version, oldest and newest compute capability."""

    name: str
    driver: int
    oldest: tuple[int, int]
    newest: tuple[int, int]


BUILDS: Final = (Build("cu130", 580, (7, 5), (12, 9)), Build("cu126", 525, (5, 0), (9, 0)))
"""Builds of the pinned torch, from PyTorch's release matrix for 2.14, the last release with a CUDA 12 build."""


@dataclass(frozen=True)
class Card:
    """An NVIDIA card. `driver` is the driver version ("" if unknown), `capability` the compute capability."""

    name: str
    driver: str
    capability: tuple[int, int] | None


def processor() -> str:
    """The CPU's name, or its architecture if the name is unknown, and its instructions: "AMD EPYC (AVX2)".

    Processors of one name may differ in their instructions, and by a factor in speed.
    """
    name = str(torch.cpu.get_capabilities().get("cpu_name") or platform.processor() or platform.machine())
    return f"{name} ({', '.join(found)})" if (found := instructions()) else name


def instructions() -> list[str]:
    """The CPU's vector instructions that decide the speed, of INSTRUCTIONS."""
    capabilities = torch.cpu.get_capabilities()
    return [name for name, keys in INSTRUCTIONS.items() if any(capabilities.get(key) for key in keys)]


def has_bfloat16() -> bool:
    """Whether the CPU has bfloat16 instructions; without them bfloat16 takes 6 to 11 times as long as float32."""
    return "bf16" in instructions()


def device_types() -> list[str]:
    """Types of the available devices, fastest first: cuda, mps, cpu."""
    available = {"cuda": cuda_works(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, is_available in available.items() if is_available]


def free_memory(device: torch.device) -> None:
    """Give the memory of a GPU that this process keeps for later back to other processes."""
    if device.type != "cpu":
        torch.accelerator.empty_cache()


def cuda_works() -> bool:
    """Whether torch sees an NVIDIA card and contains kernels for it."""
    return torch.cuda.is_available() and supports(torch.cuda.get_arch_list(), torch.cuda.get_device_capability())


def supports(built_for: list[str], capability: tuple[int, int]) -> bool:
    """Whether a torch built for the architectures `built_for` runs on a card of this compute `capability`.

    `built_for` is `torch.cuda.get_arch_list()`, such as sm_75 or compute_120. Machine code (sm) runs on the same major
    version from its own minor version on; PTX (compute) runs on all later ones. A list with only other names, such as
    AMD's gfx1100, counts as supported.
    """
    architectures = [name.split("_") for name in built_for if name.startswith(("sm_", "compute_"))]
    for kind, number in architectures:
        digits = "".join(letter for letter in number if letter.isdigit())
        major, minor = int(digits[:-1]), int(digits[-1])
        same = kind == "sm" and major == capability[0] and minor <= capability[1]
        if same or (kind == "compute" and (major, minor) <= capability):
            return True
    return not architectures


def gpu_problem() -> RecipeError | None:
    """Why torch does not use an NVIDIA card that is present, as an error; its value `command`, if any, fixes it.

    None if nothing is wrong. The first call queries the driver, which takes up to a second.
    """
    card = find_card() if device_types()[0] == "cpu" else None
    if card is None:
        return None
    if torch.version.cuda and os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        unset = "Remove-Item Env:CUDA_VISIBLE_DEVICES" if os.name == "nt" else "unset CUDA_VISIBLE_DEVICES"
        return RecipeError("errors.gpu_hidden", name=card.name, command=unset)
    facts = {"name": card.name, "driver": card.driver or "?", "torch": torch.__version__.partition("+")[0]}
    generation = card.capability or (8, 0)
    if generation < BUILDS[-1].oldest:
        return RecipeError("errors.gpu_too_old", **facts)
    if generation > BUILDS[0].newest:
        return RecipeError("errors.gpu_too_new", **facts)
    build = next((each.name for each in BUILDS if _fits(card, each)), None)
    if build is None:
        return RecipeError("errors.gpu_driver", **facts)
    if torch.version.cuda and build == f"cu{torch.version.cuda.replace('.', '')}" and not torch.cuda.is_available():
        return RecipeError("errors.gpu_fails", reason=_reason(), command="nvidia-smi", **facts)
    versions = " ".join(
        f"{each.__name__}=={each.__version__.partition('+')[0]}+{build}" for each in (torch, torchvision)
    )
    command = f"python -m pip install {versions} --index-url {INDEX}{build}"
    if torch.version.cuda is None:
        return RecipeError("errors.gpu_cpu_build", command=command, **facts)
    return RecipeError("errors.gpu_other_build", command=command, cuda=torch.version.cuda, **facts)


def _fits(card: Card, build: Build) -> bool:
    """Whether `build` supports the card; unknown properties count as supported."""
    major = card.driver.partition(".")[0]
    new_enough = not major.isdigit() or int(major) >= build.driver
    return new_enough and build.oldest <= (card.capability or build.oldest) <= build.newest


def _reason() -> str:
    """First line of torch's error when a tensor is placed on the card, at most 200 characters."""
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as error:
        return str(error).partition("\n")[0][:200]
    return "torch.cuda.is_available() is False"


@lru_cache(maxsize=1)
def find_card() -> Card | None:
    """The first NVIDIA card of this machine, whether or not torch can use it."""
    return _from_smi() or _from_driver()


def _from_smi() -> Card | None:
    """Query nvidia-smi, which is installed with the driver; None if it is missing or fails."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    for fields in ("name,driver_version,compute_cap", "name,driver_version"):  # old drivers do not know the last
        try:
            done = subprocess.run(
                [program, f"--query-gpu={fields}", "--format=csv,noheader"], stdin=subprocess.DEVNULL,
                capture_output=True, encoding="utf-8", errors="replace", timeout=SMI_TIMEOUT_S,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode == 0 and done.stdout.strip():
            name, driver, capability = [each.strip() for each in f"{done.stdout.splitlines()[0]},,".split(",")][:3]
            major, _, minor = capability.partition(".")
            generation = (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None
            return Card(name[:80], driver[:20], generation)
    return None


def _from_driver() -> Card | None:
    """Query the driver's library: cuInit, cuDeviceGetCount, cuDeviceGetName of the CUDA driver API."""
    try:
        library = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
        count, device, name = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(80)
        if library.cuInit(0) or library.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
            return None
        library.cuDeviceGet(ctypes.byref(device), 0)
        library.cuDeviceGetName(name, len(name), device)
    except (OSError, AttributeError):
        return None
    return Card(name.value.decode(errors="replace"), "", None)
