"""The programs that pages show, run, compute what the pages show."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save
from torch import nn

from explorer.analysis import source
from explorer.analysis.source import WHOLE
from explorer.analysis.trace import trace
from explorer.codegen import views
from explorer.models import loading
from explorer.models.network import Network, top_guesses


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    return names


@pytest.mark.parametrize(("weights", "block"), [("random", "layer1.0"), ("cifar10", "layer2.0"), ("upstream", WHOLE)])
def test_every_step_of_a_walk(picture: Image.Image, weights: str, block: str) -> None:
    network = loading.load("resnet18", weights, seed=4)
    expected = trace(network, network.preprocess(picture))
    steps = source.walk(network, block)
    for step in steps:
        if step.depth == 0 and step.kind != "test":
            found = run(views.walk(network, block, steps, step, "my photo.png"))
            variable = step.variable or step.statement.removeprefix("return ")
            assert torch.equal(found[variable], expected[step.tensor]), step


def test_a_step_of_another_network_comes_from_a_trace(picture: Image.Image) -> None:
    network = loading.load("mobilenet_v2", "random", seed=2)
    block = next(iter(network.graph.blocks))
    steps = source.walk(network, block)
    step = next(step for step in steps if step.kind == "add")
    found = run(views.walk(network, block, steps, step, "my photo.png"))
    expected = trace(network, network.preprocess(picture), keep=[step.tensor])
    assert torch.equal(found["out"], expected[step.tensor])


@pytest.mark.parametrize("name", ["resnet50", "wide_resnet50_2"])
def test_a_bottleneck_up_to_its_end(picture: Image.Image, name: str) -> None:
    network = loading.load(name, "random", seed=2)
    expected = trace(network, network.preprocess(picture), keep=["layer3.0.out"])["layer3.0.out"]
    steps = source.walk(network, "layer3.0")
    assert torch.equal(run(views.walk(network, "layer3.0", steps, steps[-1], "my photo.png"))["out"], expected)


def test_a_step_inside_a_call_ends_with_the_calls_line(picture: Image.Image) -> None:
    network = loading.load("resnet18", "random", seed=1)
    steps = source.walk(network, "layer2.0")
    inside = next(step for step in steps if step.id == "downsample.0")
    found = run(views.walk(network, "layer2.0", steps, inside, "my photo.png"))
    assert torch.equal(found["identity"], trace(network, network.preprocess(picture))["layer2.0.shortcut"])


def test_a_prediction_is_printed(picture: Image.Image, capsys: pytest.CaptureFixture[str]) -> None:
    network = loading.load("resnet18", "cifar10")
    found = run(views.prediction(network, "my photo.png"))
    guesses = top_guesses(network, trace(network, network.preprocess(picture), keep=()).logits[0])
    assert [network.labels[k] for k in found["classes"]] == [guess.label for guess in guesses]
    assert found["probabilities"].tolist() == pytest.approx([guess.probability for guess in guesses])
    assert str(found["classes"].tolist()) in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_a_users_checkpoint_with_a_small_stem(picture: Image.Image, suffix: str) -> None:
    module = torchvision.models.resnet18(num_classes=7)
    module.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    file = Path(f"mine.{suffix}")
    if suffix == "pt":
        torch.save(module.state_dict(), file)
    else:
        file.write_bytes(save(module.state_dict()))
    network = loading.load_checkpoint("resnet18", file.read_bytes(), file.name)
    expected = trace(network, network.preprocess(picture), keep=()).logits
    assert torch.equal(run(views.prediction(network, "my photo.png"))["logits"], expected)


def test_imagenet_weights_are_torchvisions_own() -> None:
    network = loading.load("resnet18", "random")
    named = Network(
        "resnet18", "imagenet", network.module, network.labels, network.preprocess, network.graph,
        "network.origin_imagenet", {"member": "IMAGENET1K_V1"},
    )  # fmt: skip
    code = views.prediction(named, "a.png")
    assert "model = torchvision.models.resnet18(weights='IMAGENET1K_V1').eval()" in code
    assert "load_file" not in code
