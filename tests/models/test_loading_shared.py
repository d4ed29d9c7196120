"""Networks that thirty people load at once, from odd places, for pictures of any shape."""

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
from torch.nn import functional as F
from torchvision.transforms import functional as TF

from explorer.analysis.trace import trace
from explorer.core.errors import DataError, WeightsError
from explorer.models import loading, registry, weight_files
from explorer.models.checkpoint import MAX_BYTES
from explorer.models.network import top_guesses
from explorer.models.preprocessing import CIFAR_PREPROCESSING, IMAGENET_PREPROCESSING, TINY_PREPROCESSING, Preprocessing


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
    """torch.manual_seed seeds every GPU too, and fork_rng was told not to put those back."""
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


# Names and places


@pytest.mark.parametrize("name", registry.NETWORKS)
def test_choices_are_what_torchvision_publishes(name: str) -> None:
    members = [weights.name for weights in torchvision.models.get_model_weights(name)]
    published = [key for key, member in registry.IMAGENET.items() if member in members]
    bundled = ["cifar10", "upstream"] if name == "resnet18" else []
    assert list(registry.weights(name)) == [*bundled, *published, "random"]


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
        raise DataError("errors.download_unreachable", file=target.name, folder=str(target.parent))

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(weight_files, "fetch", fetch)
    with pytest.raises(DataError, match="cannot be reached"):
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
def test_a_place_that_is_no_file_is_said(weights: str) -> None:
    with pytest.raises(WeightsError) as caught:
        loading.load("resnet18", weights)
    assert caught.value.key == "errors.weights_unknown"
    assert "cifar10, upstream, imagenet, random" in str(caught.value)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = tmp_path / "huge.safetensors"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a hole: takes no room
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read into memory"))
    with pytest.raises(WeightsError, match=r"huge\.safetensors is larger than 1024 MB"):
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
    assert (first.input, network.graph.nodes["maxpool"].kind) == ("maxpool", "Identity")
    x = network.preprocess(noise(32, 32))
    assert x.shape == (1, 3, 32, 32)
    traced = trace(network, x)
    with torch.no_grad():
        assert torch.equal(traced.logits, module(x))
    assert [tuple(traced[f"layer{n}.0.out"].shape[2:]) for n in (1, 2, 3, 4)] == [(32, 32), (16, 16), (8, 8), (4, 4)]
    assert torch.equal(traced["maxpool"], torch.relu(traced["bn1"]))
    assert network.labels[0] == "airplane"


# Preprocessing


LIKE_TORCHVISION = [
    (224, 224), (256, 256), (255, 257), (640, 480), (480, 640), (33, 47), (47, 33), (8, 64), (64, 8), (1000, 130),
    (130, 1000), (1, 1), (1, 8), (3, 2),
]  # fmt: skip


@pytest.mark.parametrize("size", LIKE_TORCHVISION, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("weights", ["ResNet18_Weights.IMAGENET1K_V1", "Wide_ResNet50_2_Weights.IMAGENET1K_V2"])
def test_imagenet_pixels_are_torchvisions(size: tuple[int, int], weights: str) -> None:
    transforms = torchvision.models.get_weight(weights).transforms()
    ours = Preprocessing(
        transforms.resize_size[0], transforms.crop_size[0], *map(tuple, (transforms.mean, transforms.std))
    )
    assert torch.equal(ours(noise(*size))[0], transforms(noise(*size)))


@pytest.mark.parametrize("size", [(2000, 100), (100, 3000), (40, 800)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_middle_of_a_long_picture_is_torchvisions_too(size: tuple[int, int]) -> None:
    """What is cut away before the resize would have been cut away after it."""
    expected = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.transforms()(noise(*size))
    assert torch.equal(IMAGENET_PREPROCESSING(noise(*size))[0], expected)


@pytest.mark.parametrize("size", [(1, 30_000), (30_000, 1), (20_000, 10), (10, 20_000), (7, 57)])
@pytest.mark.parametrize("preprocess", [IMAGENET_PREPROCESSING, CIFAR_PREPROCESSING], ids=["224 px", "64 px"])
def test_a_long_picture_never_becomes_a_large_one(
    size: tuple[int, int], preprocess: Preprocessing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    resize = Image.Image.resize

    def watched(image: Image.Image, size: tuple[int, int], *args: Any, **kwargs: Any) -> Image.Image:
        made.append(size[0] * size[1])
        return resize(image, size, *args, **kwargs)

    monkeypatch.setattr(Image.Image, "resize", watched)
    x = preprocess(noise(*size))
    assert x.shape == (1, 3, preprocess.input_px, preprocess.input_px)
    assert made
    assert max(made) <= 9 * preprocess.resize_px**2


@pytest.mark.parametrize(
    ("preprocess", "mean", "std"),
    [
        (CIFAR_PREPROCESSING, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
        (TINY_PREPROCESSING, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ],
    ids=["cifar10", "upstream"],
)
@pytest.mark.parametrize("size", [(32, 32), (640, 480), (48, 200)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("input_px", [32, 64, 96])
def test_our_weights_pixels_are_shrunk_normalised_and_enlarged(
    preprocess: Preprocessing, mean: tuple[float, ...], std: tuple[float, ...], size: tuple[int, int], input_px: int
) -> None:
    width, height = size
    picture = noise(width, height)
    shorter = min(size)
    small = picture.resize((int(32 * width / shorter), int(32 * height / shorter)), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(TF.center_crop(small, [32, 32])) / np.float32(255)).permute(2, 0, 1)
    normal = (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    expected = F.interpolate(normal[None], size=(input_px, input_px), mode="bilinear", align_corners=False)
    found = preprocess.sized(input_px)(picture)
    assert torch.equal(found, expected)
    assert found.is_contiguous()


@pytest.mark.parametrize("input_px", [32, 64, 224, 320])
def test_sized_gives_that_size_and_pixels_undo_the_colours(input_px: int) -> None:
    for preprocess in (IMAGENET_PREPROCESSING, TINY_PREPROCESSING, CIFAR_PREPROCESSING):
        sized = preprocess.sized(input_px)
        x = sized(noise(300, 200))
        assert sized.input_px == input_px == x.shape[-1]
        assert (sized.mean, sized.std) == (preprocess.mean, preprocess.std)
        pixels = sized.pixels(x)
        assert (pixels.min() >= 0, pixels.max() <= 1) == (True, True)
        again = TF.normalize(pixels[0], list(sized.mean), list(sized.std))
        torch.testing.assert_close(again, x[0], rtol=1e-5, atol=1e-5)


def test_sized_at_its_own_size_changes_nothing() -> None:
    for preprocess in (IMAGENET_PREPROCESSING, TINY_PREPROCESSING, CIFAR_PREPROCESSING):
        assert preprocess.sized(preprocess.input_px) == preprocess


def test_a_picture_is_only_read() -> None:
    picture = noise(90, 60)
    before = picture.tobytes()
    CIFAR_PREPROCESSING(picture)
    assert picture.tobytes() == before


# Guesses


@pytest.mark.parametrize("count", [1, 5, 10, 99])
def test_guesses_are_sorted_probabilities(count: int) -> None:
    network = loading.load("resnet18", "cifar10")
    logits = torch.randn(10, generator=torch.Generator().manual_seed(15)).double()
    odds = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum()
    order = np.argsort(-odds)[:count]
    found = top_guesses(network, logits, count)
    assert [guess.label for guess in found] == [network.labels[k] for k in order]
    assert [guess.probability for guess in found] == pytest.approx(odds[order].tolist())
