"""The inventory of a machine, compared with independent sources."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import altair
import PIL
import pytest
import torch
import torchvision
from PIL import Image

from explorer import __version__
from explorer.core import hardware
from explorer.core.i18n import LANGUAGES, Language
from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.models import inventory, registry, weight_files

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory without `./data`, and an empty cache of weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))


def test_versions_are_those_that_run() -> None:
    versions = inventory.inventory()["versions"]
    assert versions["explorer"] == __version__
    assert versions["python"] == platform.python_version()
    assert versions["pillow"] == PIL.__version__
    assert versions["altair"] == altair.__version__
    assert versions["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert versions["torchvision"].split("+")[0] == torchvision.__version__.split("+")[0]


def test_a_package_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "PACKAGES", ("torch", "no-such-package-at-all"))
    assert list(inventory.inventory()["versions"]) == ["explorer", "python", "torch"]


def test_streamlits_version_is_told_without_importing_it() -> None:
    code = "import sys; from explorer.models import inventory; inventory.inventory(); print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, encoding="utf-8", capture_output=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_this_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    device = inventory.inventory()["device"]
    assert (device["kind"], device["memory_gb"]) == ("cpu", None)
    assert device["name"].strip()
    assert 1 <= device["cores"] <= (os.cpu_count() or 1)
    assert device["threads"] == torch.get_num_threads()


def test_a_gpu_has_a_name_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = SimpleNamespace(name="NVIDIA H200", total_memory=150_039_000_000)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: gpu)
    monkeypatch.setattr(hardware, "supports", lambda *_: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    found = inventory.inventory()
    assert (found["device"]["kind"], found["device"]["name"], found["device"]["memory_gb"]) == (
        "cuda", "NVIDIA H200", 150.0,
    )  # fmt: skip
    assert inventory.lines(found)[1].startswith("Device: cuda, NVIDIA H200, ")
    assert "150 GB of GPU memory" in inventory.lines(found)[1]


def test_a_mac_names_its_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"cpu_name": "Apple M3"})
    device = inventory.inventory()["device"]
    assert (device["kind"], device["name"], device["unused_gpu"]) == ("mps", "Apple M3", None)


def test_weights_are_bundled_cached_to_download_or_built() -> None:
    file, _ = weight_files.published("resnet50", "imagenet-v2")
    file.parent.mkdir(parents=True)
    file.touch()
    networks = inventory.inventory()["networks"]
    assert list(networks) == [*registry.BACKBONES, *registry.TWINS, *registry.CIFAR_NETWORKS]
    assert networks["cifar-plain32-w8"] == {"twin": "bundled", "random": "built"}
    assert networks["cifar-resnet56"] == {"random": "built"}
    assert networks["resnet18"] == {
        "cifar10": "bundled", "upstream": "bundled", "imagenet": "download", "random": "built",
    }  # fmt: skip
    assert networks["resnet50"] == {"imagenet": "download", "imagenet-v2": "cached", "random": "built"}


def test_no_data() -> None:
    assert inventory.inventory()["data"] == {"path": None, "layout": None, "cifar10": False, "gallery": 12}


@pytest.mark.parametrize(
    ("classes", "is_cifar10", "words"),
    [
        (CIFAR10_CLASSES, True, "CIFAR-10 test images found."),
        (("cup", "mug", "pot"), False, "Test images found, one folder per class."),
    ],
)
def test_data_and_where_it_is(
    classes: tuple[str, ...], is_cifar10: bool, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in classes:
        (tmp_path / "pictures" / name).mkdir(parents=True)
        Image.new("RGB", (32, 32)).save(tmp_path / "pictures" / name / "0.png")
    monkeypatch.setenv("EXPLORER_DATA", "pictures")
    found = inventory.inventory()
    where = str((tmp_path / "pictures").resolve())
    count = 12 + 2 * len(classes)
    assert found["data"] == {"path": where, "layout": "folders", "cifar10": is_cifar10, "gallery": count}
    assert inventory.lines(found)[-2:] == [f"Data: {words} {where}", f"Images in the gallery: {count}."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_read_by_people_and_by_programs(language: Language) -> None:
    found = inventory.inventory()
    assert json.loads(json.dumps(found)) == found
    lines = inventory.lines(found, language)
    assert len(lines) == 4 + len(found["networks"])
    assert lines[2].startswith("resnet18: ")
    assert lines[2].endswith({"en": ", random (random, from a seed)", "zh": ", random (按随机种子初始化)"}[language])
