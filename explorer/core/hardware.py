"""What torch can compute on here, and why it does not use a graphics card that is there."""

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

INDEX: Final = "https://download.pytorch.org/whl/"  # of PyTorch's own builds, a folder each
SMI_S: Final = 10.0  # for nvidia-smi to answer; a driver that hangs must not hold a page


class Build(NamedTuple):
    """A build of torch for CUDA: its name, the oldest driver, the oldest and newest card that it serves."""

    name: str
    driver: int
    oldest: tuple[int, int]
    newest: tuple[int, int]


BUILDS: Final = (Build("cu130", 580, (7, 5), (12, 9)), Build("cu126", 525, (5, 0), (9, 0)))
"""Of the torch that is pinned: from PyTorch's release matrix for 2.14, the last one with a build for CUDA 12."""


@dataclass(frozen=True)
class Card:
    """An NVIDIA card. `driver` is the driver's version ("": not told), `capability` the card's generation."""

    name: str
    driver: str
    capability: tuple[int, int] | None


def processor() -> str:
    """The processor's name, or its architecture where that is all that is known."""
    return str(torch.cpu.get_capabilities().get("cpu_name") or platform.processor() or platform.machine())


def has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16; one that does not takes 6 to 11 times as long as in float32."""
    known = torch.cpu.get_capabilities()
    return any(known.get(name) for name in ("avx512_bf16", "amx_bf16", "avx10_2", "bf16", "sve_bf16"))


def kinds() -> list[str]:
    """The devices that torch can compute on, the fastest first: cuda, mps, cpu."""
    there = {"cuda": cuda_works(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, is_there in there.items() if is_there]


def cuda_works() -> bool:
    """Whether this torch has a card, and kernels for it: the first one would fail otherwise."""
    return torch.cuda.is_available() and serves(torch.cuda.get_arch_list(), torch.cuda.get_device_capability())


def serves(built_for: list[str], capability: tuple[int, int]) -> bool:
    """Whether a torch that is `built_for` sm_75, …, compute_120 (`torch.cuda.get_arch_list`) runs on such a card.

    Machine code (sm) serves cards of its generation from its own number on; compute code serves all later ones. Of
    others, such as gfx1100 of AMD's, nothing is known, and they are taken to serve.
    """
    known = [name.split("_") for name in built_for if name.startswith(("sm_", "compute_"))]
    for kind, number in known:
        digits = "".join(letter for letter in number if letter.isdigit())
        major, minor = int(digits[:-1]), int(digits[-1])
        same = kind == "sm" and major == capability[0] and minor <= capability[1]
        if same or (kind == "compute" and (major, minor) <= capability):
            return True
    return not known


def gpu_problem() -> RecipeError | None:
    """Why torch does not use the card that is there; its value `command`, where it has one, mends that.

    None where nothing is wrong. Asks the driver, once: up to a second.
    """
    card = find_card() if kinds()[0] == "cpu" else None
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
    """What is not known of a card is no reason against a build."""
    major = card.driver.partition(".")[0]
    new_enough = not major.isdigit() or int(major) >= build.driver
    return new_enough and build.oldest <= (card.capability or build.oldest) <= build.newest


def _reason() -> str:
    """What torch says when it is asked for the card all the same."""
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as error:
        return str(error).partition("\n")[0][:200]
    return "torch.cuda.is_available() is False"


@lru_cache(maxsize=1)
def find_card() -> Card | None:
    """The first NVIDIA card of this machine, whether torch uses it or not."""
    return _from_smi() or _from_driver()


def _from_smi() -> Card | None:
    """As nvidia-smi tells it, which comes with the driver; None where it does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    for fields in ("name,driver_version,compute_cap", "name,driver_version"):  # old drivers do not know the last
        try:
            done = subprocess.run(
                [program, f"--query-gpu={fields}", "--format=csv,noheader"], stdin=subprocess.DEVNULL,
                capture_output=True, encoding="utf-8", errors="replace", timeout=SMI_S,
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
    """As the driver's library tells it: cuInit, cuDeviceGetCount, cuDeviceGetName of CUDA's driver API."""
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
