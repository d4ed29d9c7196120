"""A network to fine-tune has the right weights and a new head, and its file holds the classes."""

import json
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms import functional as TF

from explorer.core.errors import RecipeError, WeightsError
from explorer.models import loading
from explorer.models.checkpoint import description
from explorer.models.loading import to_fine_tune
from explorer.models.preprocessing import IMAGENET_PREPROCESSING, Preprocessing

TEN = [str(k) for k in range(10)]
GIVEN = {"picture_px": 32, "input_px": 64, "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
@pytest.mark.parametrize("seed", [0, 7])
def test_random_weights_are_the_constructors_right_after_the_seed(name: str, seed: int) -> None:
    torch.manual_seed(seed)
    expected = torchvision.models.get_model(name)
    expected.fc = nn.Linear(expected.fc.in_features, 3)
    torch.manual_seed(99)
    before = torch.get_rng_state()
    found = to_fine_tune(name, "random", ["a", "b", "c"], 32, 32, seed=seed)
    assert equal(found.module.state_dict(), expected.state_dict())
    assert torch.equal(torch.get_rng_state(), before), "torch's generator is unchanged"
    assert found.labels == ("a", "b", "c")


def test_other_weights_are_kept_but_for_the_head() -> None:
    before = torch.get_rng_state()
    found = to_fine_tune("resnet18", "upstream", TEN, 32, 64, seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    source = loading.load("resnet18", "upstream")
    torch.manual_seed(3)
    head = nn.Linear(512, 10)
    assert equal(found.module.state_dict(), {
        **source.module.state_dict(), "fc.weight": head.weight.data, "fc.bias": head.bias.data,
    })  # fmt: skip
    assert source.labels != found.labels
    assert (found.preprocess.mean, found.preprocess.std) == (source.preprocess.mean, source.preprocess.std)


def test_the_shared_network_stays_as_it_is() -> None:
    shared = loading.load("resnet18", "cifar10")
    before = {name: value.clone() for name, value in shared.module.state_dict().items()}
    mine = to_fine_tune("resnet18", "cifar10", TEN, 32, 64)
    taken = {value.data_ptr() for value in shared.module.state_dict().values()}
    assert not taken & {value.data_ptr() for value in mine.module.state_dict().values()}
    with torch.no_grad():
        for value in mine.module.parameters():
            value.add_(1)
    mine.module(torch.rand(2, 3, 32, 32))  # updates BatchNorm's statistics
    assert equal(shared.module.state_dict(), before)
    assert not shared.module.training
    assert not any(value.requires_grad for value in shared.module.parameters())


def test_it_is_ready_to_learn() -> None:
    found = to_fine_tune("resnet18", "cifar10", TEN, 32, 32)
    assert all(module.training for module in found.module.modules())
    assert all(value.requires_grad for value in found.module.parameters())
    counts = {name: sum(value.numel() for value in part.parameters()) for name, part in found.module.named_children()}
    assert sum(counts.values()) == 11_181_642
    assert sum(counts.values()) - counts["fc"] == 11_176_512


def test_unknown_networks_and_weights_are_reported() -> None:
    with pytest.raises(WeightsError, match="neither the name of weights nor a file"):
        to_fine_tune("resnet18", "nowhere.pt", TEN, 32, 32)
    with pytest.raises(RecipeError, match="no network called"):
        to_fine_tune("resnet19", "random", TEN, 32, 32)


@pytest.mark.parametrize(("picture_px", "input_px"), [(32, 32), (32, 64), (64, 64), (48, 224)])
def test_a_picture_is_seen_as_in_training(picture_px: int, input_px: int) -> None:
    preprocess = IMAGENET_PREPROCESSING.fitted(picture_px, input_px)
    assert preprocess.input_px == input_px
    pixels = torch.randint(256, (3, picture_px, picture_px), generator=torch.Generator().manual_seed(1)).byte()
    x = TF.normalize(pixels / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]).unsqueeze(0)
    if input_px != picture_px:
        x = F.interpolate(x, (input_px, input_px), mode="bilinear", align_corners=False)
    found = preprocess(Image.fromarray(pixels.permute(1, 2, 0).numpy()))
    torch.testing.assert_close(found, x, rtol=0, atol=1e-6)


def file(metadata: dict[str, str] | None, classes: int = 3) -> bytes:
    network = to_fine_tune("resnet18", "random", TEN[:classes], 32, 32)
    return save({name: value.contiguous() for name, value in network.module.state_dict().items()}, metadata)


def test_a_fine_tunes_file_says_its_classes_and_sizes() -> None:
    data = file({"classes": json.dumps(["ant", "bee", "黄蜂"]), "preprocess": json.dumps(GIVEN), "run": '"x"'})
    assert description(data) == {"classes": ["ant", "bee", "黄蜂"], "preprocess": GIVEN}
    network = loading.load_checkpoint("resnet18", data, "best.safetensors")
    assert network.labels == ("ant", "bee", "黄蜂")
    assert network.preprocess == Preprocessing(32, 32, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), 64)
    assert network.origin == "network.origin_own_described"
    assert network.module(network.preprocess(Image.new("RGB", (50, 40)))).shape == (1, 3)


CLASSES = ["ant", "bee", "wasp"]


@pytest.mark.parametrize(
    ("classes", "given"),
    [
        (CLASSES[:2], GIVEN),
        ([*CLASSES, "fly"], GIVEN),
        (["ant", "bee", 3], GIVEN),
        ("ant", GIVEN),
        (None, GIVEN),
        ({"ant": 0, "bee": 1, "wasp": 2}, GIVEN),
        (CLASSES, None),
        (CLASSES, []),
        (CLASSES, "sizes"),
        (CLASSES, {key: value for key, value in GIVEN.items() if key != "std"}),
        (CLASSES, GIVEN | {"std": [0.1, 0.1, 0.0]}),
        (CLASSES, GIVEN | {"std": [0.1, 0.1, -1]}),
        (CLASSES, GIVEN | {"std": [0.1, 0.1]}),
        (CLASSES, GIVEN | {"std": []}),
        (CLASSES, GIVEN | {"mean": [float("nan"), 0, 0]}),
        (CLASSES, GIVEN | {"mean": [float("inf"), 0, 0]}),
        (CLASSES, GIVEN | {"mean": [10**400, 0, 0]}),
        (CLASSES, GIVEN | {"mean": [[1], 0, 0]}),
        (CLASSES, GIVEN | {"mean": "0.1"}),
        (CLASSES, GIVEN | {"mean": 0.1}),
        (CLASSES, GIVEN | {"picture_px": 0}),
        (CLASSES, GIVEN | {"picture_px": 65}),
        (CLASSES, GIVEN | {"picture_px": None}),
        (CLASSES, GIVEN | {"input_px": 1025}),
        (CLASSES, GIVEN | {"input_px": float("inf")}),
        (CLASSES, GIVEN | {"input_px": float("nan")}),
        (CLASSES, GIVEN | {"input_px": "x"}),
    ],
)
def test_an_absurd_description_counts_for_nothing(classes: Any, given: Any) -> None:
    assert loading.described({"classes": classes, "preprocess": given}, 3) is None


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"classes": "["},
        {"classes": "[" * 100_000},
        {"classes": "\x00"},
        {"classes": json.dumps(CLASSES[:2])},
    ],
)
def test_without_a_description_classes_have_numbers(metadata: dict[str, str] | None) -> None:
    network = loading.load_checkpoint("resnet18", file(metadata), "mine.safetensors")
    assert network.labels == ("class 0", "class 1", "class 2")
    assert network.preprocess == IMAGENET_PREPROCESSING
    assert network.origin == "network.origin_own_numbered"


def test_half_a_description_is_taken_too() -> None:
    named = loading.load_checkpoint("resnet18", file({"classes": json.dumps(CLASSES)}), "mine.safetensors")
    assert named.labels == tuple(CLASSES)
    assert named.preprocess == IMAGENET_PREPROCESSING
    seen = loading.load_checkpoint("resnet18", file({"preprocess": json.dumps(GIVEN)}), "mine.safetensors")
    assert seen.labels == ("class 0", "class 1", "class 2")
    assert seen.preprocess == Preprocessing(32, 32, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), 64)


@pytest.mark.parametrize(
    "header", [b"{}", b'{"__metadata__": null}', b'{"__metadata__": []}', b'{"__metadata__": {"classes": 1}}', b"{\xff",
               b'{"__metadata__": "classes"}', b"{" * 100_000]
)  # fmt: skip
def test_no_header_breaks_the_description(header: bytes) -> None:
    assert description(len(header).to_bytes(8, "little") + header) == {}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x02", b"\xff" * 8 + b"{}", b"\x02" + b"\0" * 7 + b"{"])
def test_other_files_have_no_description(data: bytes) -> None:
    assert description(data) == {}


def test_a_long_name_is_cut() -> None:
    described = loading.described({"classes": ["x" * 5000, "b", "c"], "preprocess": GIVEN}, 3)
    assert described is not None
    assert described[0] == ("x" * 200, "b", "c")
