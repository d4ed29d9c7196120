"""Available devices; a card that torch cannot use is reported with the command that fixes it."""

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision

from explorer.core import hardware
from explorer.core.errors import RecipeError
from explorer.core.i18n import LANGUAGES, t
from explorer.models import inventory
from explorer.training import trainer
from explorer.training.recipe import Recipe

TORCH, VISION = (each.__version__.partition("+")[0] for each in (torch, torchvision))
BUILT_FOR = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"]  # get_arch_list() of torch 2.14.1 for CUDA 13.0


@pytest.fixture(autouse=True)
def _no_card(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the CPU and no card, unless a test adds one."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(hardware, "_from_driver", lambda: None)
    hardware.find_card.cache_clear()
    yield
    hardware.find_card.cache_clear()


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a fake nvidia-smi with this output on the PATH."""

    def put(answer: str, script: str = "") -> None:
        file = tmp_path / "nvidia-smi"
        file.write_text(script or f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return put


def built_with(monkeypatch: pytest.MonkeyPatch, cuda: str | None) -> None:
    monkeypatch.setattr(torch.version, "cuda", cuda)


def problem() -> tuple[str, str]:
    """Key and command of the reported problem."""
    found = hardware.gpu_problem()
    assert found is not None
    for language in LANGUAGES:
        assert t(found.key, language, **found.values)
    return found.key.removeprefix("errors.gpu_"), str(found.values.get("command", ""))


def install(build: str) -> str:
    return (
        f"python -m pip install torch=={TORCH}+{build} torchvision=={VISION}+{build} "
        f"--index-url https://download.pytorch.org/whl/{build}"
    )


def test_without_a_card_nothing_is_wrong() -> None:
    assert hardware.gpu_problem() is None
    assert inventory.device()["unused_gpu"] is None


@pytest.mark.parametrize(
    ("answer", "cuda", "expected"),
    [
        ("NVIDIA GeForce RTX 3060, 591.44, 8.6", None, ("cpu_build", install("cu130"))),  # pip's torch on Windows
        ("NVIDIA GeForce RTX 3060, 551.23, 8.6", None, ("cpu_build", install("cu126"))),
        ("NVIDIA GeForce GTX 1060, 580.95, 6.1", None, ("cpu_build", install("cu126"))),
        ("NVIDIA GeForce RTX 3060, 551.23, 8.6", "13.0", ("other_build", install("cu126"))),
        ("Tesla V100, 580.95, 7.0", "13.0", ("other_build", install("cu126"))),
        ("NVIDIA GeForce RTX 5090, 591.44, 12.0", "12.6", ("other_build", install("cu130"))),
        ("NVIDIA GeForce RTX 5090, 570.10, 12.0", "13.0", ("driver", "")),
        ("NVIDIA GeForce RTX 2060, 470.82, 7.5", None, ("driver", "")),
        ("GeForce GT 710, 470.82, 3.5", None, ("too_old", "")),
        ("NVIDIA Next, 700.10, 13.0", "13.0", ("too_new", "")),
        ("NVIDIA H200, 580.95, 9.0", "13.0", ("fails", "nvidia-smi")),
        ("some other words", None, ("cpu_build", install("cu130"))),
    ],
)
def test_why_a_card_is_not_used(
    answer: str, cuda: str | None, expected: tuple[str, str], smi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    built_with(monkeypatch, cuda)
    smi(answer)
    assert problem() == expected
    message = inventory.device()["unused_gpu"]
    assert message
    assert answer.partition(",")[0] in message
    assert message in inventory.lines(inventory.inventory())


def test_a_card_whose_kernels_torch_lacks_is_not_computed_on(
    smi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    built_with(monkeypatch, "13.0")
    smi("Tesla P100, 580.95, 6.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: BUILT_FOR)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (6, 0))
    assert hardware.device_types() == ["cpu"]
    assert trainer.select_device(Recipe()).type == "cpu", "“auto” does not fail at its first step"
    assert problem() == ("other_build", install("cu126"))
    with pytest.raises(RecipeError, match=r"Tesla P100 \(driver 580.95\), which cannot run .*cu126"):
        trainer.select_device(Recipe(device="cuda"))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (8, 9))
    assert hardware.device_types() == ["cuda", "cpu"]
    assert hardware.gpu_problem() is None


@pytest.mark.parametrize(
    ("capability", "built_for", "expected"),
    [
        ((7, 5), BUILT_FOR, True),
        ((8, 9), BUILT_FOR, True),
        ((12, 1), BUILT_FOR, True),
        ((7, 0), BUILT_FOR, False),
        ((6, 1), BUILT_FOR, False),
        ((13, 0), BUILT_FOR, False),
        ((13, 0), [*BUILT_FOR, "compute_120"], True),
        ((9, 0), ["sm_90a"], True),
        ((8, 0), [], True),
        ((11, 0), ["gfx1100"], True),
    ],
)
def test_which_cards_a_build_serves(capability: tuple[int, int], built_for: list[str], expected: bool) -> None:
    assert hardware.supports(built_for, capability) is expected


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_card_that_a_variable_hides(hidden: str, smi: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    built_with(monkeypatch, "13.0")
    smi("NVIDIA H200, 580.95, 9.0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert problem() == ("hidden", "unset CUDA_VISIBLE_DEVICES")


def test_an_old_nvidia_smi_does_not_know_the_cards_age(smi: Callable[..., None]) -> None:
    smi("", '#!/bin/sh\ncase "$1" in *compute_cap*) exit 2;; esac\necho "GeForce GTX 960, 390.12"\n')
    assert hardware.find_card() == hardware.Card("GeForce GTX 960", "390.12", None)


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 9\n", "#!/no/such/program\n", "#!/bin/sh\nsleep 60\n"])
def test_an_nvidia_smi_that_does_not_answer_is_no_card(
    script: str, smi: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "SMI_TIMEOUT_S", 0.2)
    smi("", script)
    assert hardware.find_card() is None


def test_a_card_that_only_the_drivers_library_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_from_driver", lambda: hardware.Card("NVIDIA T4", "", None))
    built_with(monkeypatch, None)
    assert problem() == ("cpu_build", install("cu130"))


def test_the_processor_is_asked_what_it_computes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = Path("/proc/cpuinfo").read_text(encoding="utf-8") if os.path.exists("/proc/cpuinfo") else ""
    if "flags" in listed:
        assert hardware.has_bfloat16() == any(flag in listed.split() for flag in ("avx512_bf16", "amx_bf16"))
        name, _, found = hardware.processor().partition(" (")
        assert set(name.split()) <= set(listed.replace("(R)", "").split()), "torch omits the suffix"
        flags = {"AVX2": "avx2", "AVX-512": "avx512f", "AMX": "amx_tile"}
        assert {each: each in found for each in flags} == {each: flag in listed for each, flag in flags.items()}
    known: dict[str, Any] = {"avx2": True, "avx512_f": True, "avx512_bf16": False, "cpu_name": ""}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)
    assert not hardware.has_bfloat16()
    assert hardware.processor().endswith(" (AVX2, AVX-512)"), "the architecture if the processor has no name"
    known["amx_bf16"] = True
    assert hardware.has_bfloat16()


def test_nvidia_smi_opens_no_window(smi: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x08000000, raising=False)

    def run(*_: Any, **options: Any) -> "subprocess.CompletedProcess[str]":
        given.update(options)
        return subprocess.CompletedProcess([], 0, "NVIDIA T4, 580.95, 7.5\n", "")

    smi("")
    monkeypatch.setattr(subprocess, "run", run)
    assert hardware.find_card() == hardware.Card("NVIDIA T4", "580.95", (7, 5))
    assert given["creationflags"] == 0x08000000
    assert given["stdin"] == subprocess.DEVNULL
