"""Concurrent loading, unusual paths, CIFAR-style stems."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch import Tensor, nn

from explorer.analysis.trace import trace
from explorer.core.errors import DataError, WeightsError
from explorer.models import loading, registry, weight_files
from explorer.models.checkpoint import MAX_BYTES


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


# Random weights


@pytest.mark.parametrize("name", registry.NETWORKS)
def test_random_weights_are_the_constructors(name: str) -> None:
    torch.manual_seed(12)
    expected = getattr(torchvision.models, name)().state_dict()
    torch.manual_seed(13)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    found = loading.load(name, "random", seed=12).module.state_dict()
    assert [key for key, value in expected.items() if not torch.equal(found[key], value)] == []
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states[1:]


def test_random_weights_leave_the_gpus_generators(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.manual_seed would also seed every GPU, which fork_rng(devices=[]) does not restore."""
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    loading.load("resnet18", "random", seed=12)
    assert seeded == []


def test_seeds_do_not_mix_when_many_load_at_once() -> None:
    seeds = [1, 2, 3, 4, 5, 6]

    def draw(seed: int) -> list[Tensor]:
        state = loading.load("resnet18", "random", seed=seed).module.state_dict()
        return [state["conv1.weight"], state["layer4.1.conv2.weight"], state["fc.bias"]]

    alone = [draw(seed) for seed in seeds]
    with ThreadPoolExecutor(len(seeds)) as pool:
        together = list(pool.map(draw, seeds))
    for seed, one, other in zip(seeds, alone, together, strict=True):
        assert all(map(torch.equal, one, other)), seed
    assert not torch.equal(alone[0][0], alone[1][0])


# Names and paths


@pytest.mark.parametrize(
    ("name", "weights"),
    [(name, key) for name in registry.NETWORKS for key in registry.weights(name) if key in registry.IMAGENET],
)
def test_a_download_asks_for_torchvisions_file_and_checksum(
    name: str, weights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(url: str, target: Path, *, sha256_prefix: str, progress: object) -> Path:
        member = torchvision.models.get_model_weights(name)[registry.IMAGENET[weights]]
        assert url == member.url
        assert sha256_prefix == re.fullmatch(r".*-([0-9a-f]{8})\.pth", url)[1]  # type: ignore[index]
        assert target == tmp_path / "hub" / "checkpoints" / url.split("/")[-1]
        assert progress is print
        raise DataError("errors.download_unreachable", file=target.name, folder=str(target.parent), server="x")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(weight_files, "fetch", fetch)
    with pytest.raises(WeightsError, match="cannot be reached"):
        loading.load(name, weights, progress=print)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"half a file", b"PK\x03\x04" + bytes(500)], ids=["empty", "text", "half"])
def test_a_broken_file_in_the_cache_is_named(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    file, _ = weight_files.published("resnet18")
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(WeightsError, match=file.name):
        loading.load("resnet18", "imagenet")
    assert file.read_bytes() == content, "it is torchvision's file, not ours"


def test_another_networks_file_in_the_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    file, _ = weight_files.published("resnet34")
    file.parent.mkdir()
    torch.save(torchvision.models.resnet18().state_dict(), file)
    with pytest.raises(WeightsError, match=f"{file.name} does not fit resnet34"):
        loading.load("resnet34", "imagenet")


@pytest.mark.parametrize(
    "weights",
    [
        "",
        ".",
        "/",
        "/dev/null",
        "/dev/zero",
        "no/such.pt",
        "a" * 5000,
        "a\0b",
        "~",
        "CIFAR10",
        "imagenet ",
        "../..",
        "🙂",
    ],
    ids=lambda weights: repr(weights[:12]),
)
def test_a_path_without_a_file_is_reported(weights: str) -> None:
    with pytest.raises(WeightsError) as caught:
        loading.load("resnet18", weights)
    assert caught.value.key == "errors.weights_unknown"
    assert "cifar10, upstream, imagenet, random" in str(caught.value)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = tmp_path / "huge.safetensors"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a sparse file: takes no disk space
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read into memory"))
    with pytest.raises(WeightsError, match=r"huge\.safetensors is larger than the limit for checkpoints of 1024 MB"):
        loading.load("resnet18", str(huge))


def test_a_path_is_shown_by_its_name_only(tmp_path: Path) -> None:
    (tmp_path / "secret folder").mkdir()
    file = tmp_path / "secret folder" / "mine.pt"
    file.write_text("no weights", encoding="utf-8")
    with pytest.raises(WeightsError) as caught:
        loading.load("resnet18", str(file))
    assert "mine.pt" in str(caught.value)
    assert "secret folder" not in str(caught.value)


# A CIFAR-style stem


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_a_small_stem_is_traced_as_it_runs(name: str, tmp_path: Path) -> None:
    torch.manual_seed(14)
    module: Any = getattr(torchvision.models, name)(num_classes=10)
    module.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    module.maxpool = nn.Identity()
    torch.save(module.eval().state_dict(), tmp_path / "small.pt")
    network = loading.load(name, str(tmp_path / "small.pt"))
    first = network.graph.blocks["layer1.0"]
    assert first.input == "relu"
    x = network.preprocess(noise(32, 32))
    assert x.shape == (1, 3, 32, 32)
    traced = trace(network, x)
    with torch.no_grad():
        assert torch.equal(traced.logits, module(x))
    assert [tuple(traced[f"layer{n}.0.out"].shape[2:]) for n in (1, 2, 3, 4)] == [(32, 32), (16, 16), (8, 8), (4, 4)]
    assert torch.equal(traced["relu"], torch.relu(traced["bn1"]))
    assert network.labels[0] == "airplane"
