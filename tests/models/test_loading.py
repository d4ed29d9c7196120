"""Networks are loaded by name with the requested weights."""

import gzip
from pathlib import Path

import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

from explorer.analysis.trace import trace
from explorer.core.errors import ExplorerError, WeightsError
from explorer.data import images
from explorer.models import loading, weight_files
from explorer.models.network import Network, top_guesses
from explorer.models.preprocessing import IMAGENET_PREPROCESSING


def noise(width: int, height: int) -> Image.Image:
    generator = torch.Generator().manual_seed(width)
    pixels = torch.randint(0, 256, (height, width, 3), generator=generator, dtype=torch.uint8)
    return Image.fromarray(pixels.numpy())


def test_random_is_the_constructor_right_after_the_seed() -> None:
    torch.manual_seed(7)
    expected = torchvision.models.resnet34().state_dict()
    torch.manual_seed(99)
    state = torch.get_rng_state()
    network = loading.load("resnet34", "random", seed=7)
    found = network.module.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(value, found[name]) for name, value in expected.items())
    assert torch.equal(torch.get_rng_state(), state), "torch's generator is unchanged"
    assert (network.origin, network.facts["seed"], len(network.labels)) == ("network.origin_random", 7, 1000)


def test_a_network_is_plain_and_ready(network: Network) -> None:
    assert not network.module.training
    for value in network.module.state_dict().values():
        assert value.is_contiguous()
        assert value.dtype in (torch.float32, torch.int64)
    assert not any(parameter.requires_grad for parameter in network.module.parameters())


@pytest.mark.parametrize(
    ("name", "weights", "words"),
    [
        ("resnet19", "random", "no network called “resnet19”"),
        ("resnet50", "cifar10", "no “cifar10” weights for resnet50"),
        ("resnet34", "imagenet-v2", "no “imagenet-v2” weights for resnet34"),
        ("resnet18", "nowhere.pt", "“nowhere.pt” is neither the name of weights nor a file"),
    ],
)
def test_unknown_networks_and_weights_are_reported(name: str, weights: str, words: str) -> None:
    with pytest.raises(ExplorerError, match=words):
        loading.load(name, weights)


@pytest.mark.parametrize(
    ("name", "weights", "classes"),
    [
        ("resnet18", "cifar10", 10),
        ("resnet18", "upstream", 200),
        ("mobilenet_v3_small", "upstream", 200),
        ("shufflenet_v2_x0_5", "upstream", 200),
    ],
)
def test_bundled_weights_are_the_file_widened(name: str, weights: str, classes: int) -> None:
    from safetensors.torch import load

    network = loading.load(name, weights)
    file = weight_files.bundled(name, weights)
    stored = load(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes())
    found = network.module.state_dict()
    assert found.keys() == stored.keys()
    assert all(torch.equal(found[name], value.to(found[name].dtype)) for name, value in stored.items())
    assert len(network.labels) == classes == len(set(network.labels))


def test_bundled_weights_recognise_their_classes() -> None:
    """Scikit-learn's picture of a temple: a building for Tiny-ImageNet's weights, no animal for CIFAR-10's."""
    picture = images.open_sample("china").image
    top = {}
    for weights in ("cifar10", "upstream"):
        network = loading.load("resnet18", weights)
        logits = trace(network, network.preprocess(picture), keep=()).logits[0]
        top[weights] = [guess.label for guess in top_guesses(network, logits)]
    assert top["cifar10"][:2] == ["truck", "ship"]
    assert "barn" in top["upstream"]


def test_imagenet_weights_from_torchvisions_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    torch.manual_seed(11)
    module = torchvision.models.resnet18()
    file, _ = weight_files.published("resnet18")
    assert file == tmp_path / "checkpoints" / "resnet18-f37072fd.pth"
    file.parent.mkdir()
    torch.save(module.state_dict(), file)
    network = loading.load("resnet18", "imagenet")
    assert torch.equal(network.module.state_dict()["fc.weight"], module.fc.weight)
    assert network.preprocess == IMAGENET_PREPROCESSING
    assert network.facts["member"] == "IMAGENET1K_V1"
    assert network.labels[0] == "tench"


def test_half_a_download_in_the_cache_is_said_and_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    file, _ = weight_files.published("resnet18")
    file.parent.mkdir()
    torch.save(torchvision.models.resnet18().state_dict(), file)
    whole = file.read_bytes()
    for half in (whole[: len(whole) // 2], b""):
        file.write_bytes(half)
        with pytest.raises(WeightsError, match="incomplete, so it is not used"):
            loading.load("resnet18", "imagenet")


def test_imagenet_weights_that_are_not_there_are_fetched_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def fetch(url: str, target: Path, **options: object) -> Path:
        asked.update(url=url, target=target, **options)
        target.parent.mkdir()
        torch.save(torchvision.models.resnet50().state_dict(), target)
        return target

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(weight_files, "fetch", fetch)
    loading.load("resnet50", "imagenet-v2")
    assert asked["url"] == torchvision.models.ResNet50_Weights.IMAGENET1K_V2.url
    assert asked["target"].name == "resnet50-11ad3fa6.pth"
    assert asked["sha256_prefix"] == "11ad3fa6"


def test_a_checkpoint_by_its_path(tmp_path: Path) -> None:
    save_file(torchvision.models.resnet18(num_classes=10).state_dict(), tmp_path / "mine.safetensors")
    network = loading.load("resnet18", str(tmp_path / "mine.safetensors"))
    assert (network.weights, network.origin) == ("own", "network.origin_own_known")
    assert network.labels[0] == "airplane"
