"""The programs of the feature maps page, run, compute what the page shows."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from explorer.analysis import features
from explorer.analysis.trace import trace
from explorer.codegen import features as script
from explorer.models import loading
from explorer.models.network import Network


def run(code: str) -> dict[str, Any]:
    assert code.count("\n") <= 40, code
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    return names


@pytest.mark.parametrize(
    ("place", "role"),
    [("relu", "out"), ("maxpool", "out"), ("layer3", "out"), ("layer1.1", "shortcut"), ("layer2.0", "shortcut"),
     ("layer2.0", "branch"), ("layer1.1", "add"), ("layer2.0", "add"), ("layer4.1", "out")],
)  # fmt: skip
def test_maps_and_their_orders(picture: Image.Image, place: str, role: str) -> None:
    network = loading.load("resnet18", "cifar10")
    found = run(script.maps(network, place, role, 40, "my photo.png"))
    x, name = network.preprocess.sized(40)(picture), features.tensor_name(network, place, role)
    shown = trace(network, x, keep=[name])
    assert torch.equal(found["maps"], shown[name][0])
    assert torch.equal(found["logits"].detach(), shown.logits)
    assert torch.equal(found["energy"], features.energies(shown[name][0]))
    expected = features.contributions(network, x, name)
    assert torch.allclose(found["contribution"], expected, atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize(("name", "role"), [("resnet50", "branch"), ("resnext50_32x4d", "add")])
def test_maps_of_a_bottleneck(picture: Image.Image, name: str, role: str) -> None:
    network = loading.load(name, "random", seed=2)
    found = run(script.maps(network, "layer2.0", role, 32, "my photo.png"))
    x = network.preprocess.sized(32)(picture)
    assert torch.equal(found["maps"], trace(network, x, keep=[f"layer2.0.{role}"])[f"layer2.0.{role}"][0])


@pytest.mark.parametrize(("place", "role"), [("layer2", "out"), ("layer2.0", "add"), ("layer2.1", "shortcut")])
def test_exciting_pictures(picture: Image.Image, place: str, role: str, capsys: pytest.CaptureFixture[str]) -> None:
    network = loading.load("resnet18", "cifar10")
    for k, box in enumerate([(0, 0, 200, 200), (100, 50, 300, 250), (150, 100, 350, 300)]):
        Path("pictures", "ab"[k % 2]).mkdir(parents=True, exist_ok=True)
        picture.crop(box).save(f"pictures/{'ab'[k % 2]}/{k:04}.png")
    found = run(script.exciting(network, place, role, 7, "pictures"))
    name = features.tensor_name(network, place, role)
    for (file, _), values in zip(found["data"].samples, found["values"], strict=True):
        x = network.preprocess(Image.open(file))
        assert torch.allclose(values, trace(network, x, keep=[name])[name][0].amax((1, 2)), atol=1e-4)
    assert capsys.readouterr().out.count(".png") == 3


def test_two_networks(picture: Image.Image, capsys: pytest.CaptureFixture[str]) -> None:
    networks: list[Network] = [loading.load("resnet18", "cifar10"), loading.load("resnet18", "upstream")]
    found = run(script.comparison(*networks, 32, "my photo.png"))
    names = features.depths(networks[0])
    runs = [trace(one, one.preprocess.sized(32)(picture), keep=names.values()) for one in networks]
    for place, name in names.items():
        for kept, shown in zip((found["first"], found["second"]), runs, strict=True):
            assert torch.equal(kept[place], shown[name])
    printed = capsys.readouterr().out
    for one in features.similarities(*runs, [names, names]):
        assert f"{one.name} cosine {one.cosine:.3f}, relative difference {one.difference:.3f}" in printed


def test_two_architectures_are_compared_where_their_shapes_agree(
    picture: Image.Image, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(
        script.comparison(loading.load("resnet18", "random"), loading.load("resnet50", "random"), 32, "my photo.png")
    )
    assert found["NAMES"][:3] == ["relu", "maxpool", "layer1.0"]
    printed = capsys.readouterr().out
    assert "maxpool cosine" in printed
    assert "layer1.0 cosine" not in printed
