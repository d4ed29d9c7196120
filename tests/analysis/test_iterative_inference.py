"""Cosines and readouts equal those from hooks and autograd on a copy of the module."""

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis import feature_space, iterative_inference
from explorer.analysis.trace import trace
from explorer.codegen import inference as scripts
from explorer.data import images
from explorer.models import loading
from explorer.models.network import Network
from tests.analysis.test_ablation import finished
from tests.models.small import coloured, noisy, twin, two_steps


def by_hooks(network: Network, x: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Oracle: cosines (N, blocks) from retained gradients, and each block's output."""
    module = copy.deepcopy(network.module)
    given: dict[str, Tensor] = {}
    branches: dict[str, Tensor] = {}
    outs: dict[str, Tensor] = {}

    def keep(path: str, found: dict[str, Tensor]) -> Any:
        def hook(_: nn.Module, inputs: tuple[Tensor], out: Tensor) -> None:
            found[path] = out.detach().clone()

        return hook

    def retain(path: str, value: Tensor) -> None:
        value.retain_grad()
        given[path] = value

    for path in network.graph.blocks:
        block = module.get_submodule(path)
        last = block.bn3 if hasattr(block, "bn3") else block.bn2
        last.register_forward_hook(keep(path, branches))
        block.register_forward_hook(keep(path, outs))
        if block.downsample is None:
            block.register_forward_pre_hook(lambda _, inputs, path=path: retain(path, inputs[0]))
        else:
            block.downsample.register_forward_hook(lambda _, inputs, out, path=path: retain(path, out))
    F.cross_entropy(module(x.clone().requires_grad_()), targets, reduction="sum").backward()
    rows = []
    for path, value in given.items():
        assert value.grad is not None
        g, f = value.grad.flatten(1).double(), branches[path].flatten(1).double()
        rows.append((g * f).sum(1) / (g.norm(dim=1) * f.norm(dim=1)))
    return torch.stack(rows, 1), outs


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "twin"])
def test_cosines_equal_hooks_and_autograd(name: str) -> None:
    network = twin(residual=True) if name == "twin" else loading.load(name, "random", seed=1)
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([2, 0])
    expected, _ = by_hooks(network, x, targets)
    found = iterative_inference.cosines(network, x, targets)
    assert found.shape == (2, len(network.graph.blocks))
    torch.testing.assert_close(found.double(), expected, atol=2e-5, rtol=0)
    assert found.abs().max() > 0.01


def test_a_network_whose_cosines_are_known() -> None:
    """Red (1, 0, 0) becomes (1, 2, 0), then (1, 2, 4): logits (1, 1.5, 6)."""
    x = torch.zeros(1, 3, 8, 8)
    x[:, 0] = 1
    for target, sign in ((0, 1), (2, -1)):
        found = iterative_inference.cosines(two_steps(), x, torch.tensor([target]))[0].tolist()
        scores = [math.exp(logit) for logit in (1, 1.5, 6)]
        r, g, b = (score / sum(scores) - (k == target) for k, score in enumerate(scores))
        second = (r, 0.75 * g + 2 * 1.5 * b, 1.5 * b)  # the gradient at the second step's x: b also takes from g
        # At the first step's g takes from r, and b is 0 after the sum: its ReLU lets no gradient back.
        first = (second[0] + 2 * second[1], second[1], 0)
        assert found == pytest.approx([first[1] / math.hypot(*first), second[2] / math.hypot(*second)], abs=1e-5)
        assert all(value * sign > 0 for value in found), "both steps make blue more probable"


def test_the_head_behind_each_block_of_the_last_stage() -> None:
    network = loading.load("resnet18", "cifar10")
    x = network.preprocess(images.open_sample("china").image)
    _, outs = by_hooks(network, x, torch.tensor([0]))
    found = iterative_inference.readouts(network, x)
    assert list(found) == ["layer4.0", "layer4.1"]
    for path, probabilities in found.items():
        expected = network.module.fc(outs[path].mean((2, 3))).softmax(1)  # type: ignore[operator, union-attr]
        torch.testing.assert_close(probabilities, expected)
    assert torch.equal(found["layer4.1"], trace(network, x, keep=()).logits.softmax(1))


def test_a_set_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    network, several = twin(residual=True), noisy(30)
    monkeypatch.setattr(iterative_inference, "PIXELS", 7 * 8 * 8)  # batches of 7
    found = finished(iterative_inference.over_set(network, several))
    x, targets = torch.cat(list(several.inputs(network))), torch.tensor([0, 1, 2] * 10)
    expected, outs = by_hooks(network, x, targets)
    assert found.true_labels
    assert found.blocks == tuple(network.graph.blocks)
    torch.testing.assert_close(found.cosines.double(), expected, atol=2e-5, rtol=0)
    for path in ("layer3.0", "layer3.1"):
        answers = network.module.fc(outs[path].mean((2, 3))).argmax(1)  # type: ignore[operator, union-attr]
        assert found.heads[path] == pytest.approx(float((answers == targets).float().mean()))
    for path, accuracy in zip(found.blocks, found.probes[1:], strict=True):
        folds = feature_space.probe(outs[path].mean((2, 3)).numpy(), several.labels)
        assert accuracy == pytest.approx(sum(folds) / len(folds), abs=0.04), (
            "noise can change a single picture's prediction"
        )


def test_without_the_sets_classes_the_own_answers_count() -> None:
    network, several = twin(residual=True, labels=("a", "b", "c", "d")), noisy(12)
    found = finished(iterative_inference.over_set(network, several))
    x = torch.cat(list(several.inputs(network)))
    own = trace(network, x, keep=()).logits.argmax(1)
    assert not found.true_labels
    assert found.heads["layer3.1"] == 1
    torch.testing.assert_close(found.cosines.double(), by_hooks(network, x, own)[0], atol=2e-5, rtol=0)


def test_a_probe_reads_colours_where_the_head_does_not() -> None:
    found = finished(iterative_inference.over_set(two_steps(), coloured(*("red", "green", "blue") * 4)))
    assert found.probes == (1, 1, 1)
    assert found.heads == {"layer1.0": pytest.approx(2 / 3), "layer1.1": pytest.approx(1 / 3)}, "red → green → blue"


def test_no_probe_without_classes() -> None:
    found = finished(
        iterative_inference.over_set(twin(residual=True), noisy(4, labels=("red", "green", "blue", "red")))
    )
    assert found.probes == ()


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_the_script_prints_the_same(name: str, as_checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = images.open_sample("flower").image
    picture.save("picture.png")
    network = loading.load(name, "cifar10" if name == "resnet18" else "random", seed=2)
    code = scripts.inference(network, 3, "picture.png")
    assert code.count("\n") <= 40
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    x = network.preprocess(Image.open("picture.png"))
    cosines = iterative_inference.cosines(network, x, torch.tensor([3]))[0]
    assert list(names["cosines"]) == list(network.graph.blocks)
    assert list(names["cosines"].values()) == pytest.approx(cosines.tolist(), abs=1e-5)
    found = iterative_inference.readouts(network, x)
    assert list(names["probabilities"]) == list(found)
    for path, probabilities in names["probabilities"].items():
        torch.testing.assert_close(probabilities, found[path][0])
    assert str(names["cosines"]) in capsys.readouterr().out
