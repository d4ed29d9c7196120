"""Costs against torchinfo and torch's own counts; receptive fields against nonzero input gradients."""

import copy
from typing import Any

import pytest
import torch
import torchinfo
from torch import nn

from explorer.analysis import model_costs
from explorer.analysis.model_costs import Field
from explorer.core.errors import RecipeError
from explorer.models import loading
from explorer.models.network import Network
from explorer.models.registry import NETWORKS


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_costs_what_torchinfo_says(name: str) -> None:
    outline = loading.outline(name, 10)
    found = model_costs.compute(outline, 64)
    with torch.device("meta"):
        summary = torchinfo.summary(outline.module, input_size=(1, 3, 64, 64), device="meta", verbose=0, depth=4)
    names = {id(module): path for path, module in outline.module.named_modules()}
    theirs: dict[str, Any] = {names[id(layer.module)]: layer for layer in summary.summary_list if layer.is_leaf_layer}
    weighted = [cost for cost in found.calls.values() if cost.weight]
    assert {cost.name for cost in weighted} == {path for path, layer in theirs.items() if layer.num_params}
    for cost in weighted:
        layer = theirs[cost.name]
        assert (cost.parameters, cost.multiply_adds) == (layer.num_params, layer.macs), cost.name
        assert (cost.input, cost.output) == (tuple(layer.input_size[1:]), tuple(layer.output_size[1:]))
    assert (found.total.parameters, found.total.multiply_adds) == (summary.total_params, summary.total_mult_adds)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_account_adds_up(name: str) -> None:
    network = loading.outline(name)
    found = model_costs.compute(network, 32)
    assert sum(part.parameters for part in found.parts.values()) == found.total.parameters
    assert sum(part.multiply_adds for part in found.parts.values()) == found.total.multiply_adds
    for part in ("layer1", "layer2", "layer3", "layer4"):
        blocks = [block for block in found.blocks.values() if block.part == part]
        assert sum(block.parameters for block in blocks) == found.parts[part].parameters
        assert blocks[-1].output == found.parts[part].output
        assert [block.projection for block in blocks[1:]] == [False] * (len(blocks) - 1)
    assert list(found.parts) == ["stem", "layer1", "layer2", "layer3", "layer4", "head"]
    assert found.total.parameters == sum(p.numel() for p in network.module.parameters())


@pytest.mark.parametrize("name", ["cifar-resnet20", "cifar-plain20", "cifar-preact8-exclusive-w4"])
def test_a_cifar_network_costs_what_torchinfo_says(name: str) -> None:
    outline = loading.outline(name, 10)
    found = model_costs.compute(outline, 32)
    with torch.device("meta"):
        summary = torchinfo.summary(outline.module, input_size=(1, 3, 32, 32), device="meta", verbose=0)
    assert (found.total.parameters, found.total.multiply_adds) == (summary.total_params, summary.total_mult_adds)
    assert list(found.parts) == ["stem", "layer1", "layer2", "layer3", "head"]
    assert list(found.blocks) == list(outline.graph.parts)
    kinds = [block.shortcut for block in found.blocks.values()]
    if name == "cifar-plain20":
        assert not any(kinds)
    elif name == "cifar-resnet20":
        assert kinds == ["identity"] * 3 + ["padding", *["identity"] * 2] * 2
        assert found.calls["layer2.0.downsample.getitem"].field == Field(15, 2, 0.0), "every second pixel"
    else:
        assert set(kinds) == {"exclusive"}
        assert list(found.inside(None))[-5:] == ["last.0", "last.1", "avgpool", "flatten", "fc"]
    assert model_costs.without_shortcuts(found).total.parameters == sum(
        cost.parameters for name, cost in found.calls.items() if not (cost.block and "variant.conv" in name)
    )


def test_shapes_are_those_of_a_run(resnet18: Network) -> None:
    found = model_costs.compute(resnet18, 40)
    module = copy.deepcopy(resnet18.module)
    seen: dict[str, list[tuple[int, ...]]] = {name: [] for name, _ in module.named_modules()}
    for name, part in module.named_modules():
        part.register_forward_hook(lambda *call, name=name: seen[name].append(tuple(call[2].shape[1:])))
    module(torch.zeros(1, 3, 40, 40))
    for name, cost in found.calls.items():
        if name in seen:
            assert cost.output == seen[name][0], name


def test_a_call_in_full() -> None:
    found = model_costs.compute(loading.outline("resnext50_32x4d"), 224)
    cost = found.inside("layer2.0")["conv2"]
    assert (cost.kernel, cost.stride, cost.padding, cost.groups) == (3, 2, 1, 32)
    assert (cost.weight, cost.input, cost.output) == ((256, 8, 3, 3), (256, 56, 56), (256, 28, 28))
    assert cost.parameters == 256 * 8 * 9
    assert cost.multiply_adds == 256 * 8 * 9 * 28 * 28
    assert list(found.inside(None)) == ["conv1", "bn1", "relu", "maxpool", "avgpool", "flatten", "fc"]


def test_the_receptive_fields_of_resnet18() -> None:
    calls = model_costs.compute(loading.outline("resnet18"), 224).calls
    assert calls["conv1"].field == Field(7, 2, 0.0)
    assert calls["maxpool"].field == Field(11, 4, 0.0)
    assert calls["layer1.0.conv2"].field == Field(27, 4, 0.0)
    assert calls["layer4.1.relu_1"].field == Field(435, 32, 0.0)
    assert Field(7, 2, 0.0).span(3) == (3, 9)


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_a_receptive_field_is_what_the_gradient_reaches(name: str) -> None:
    module: Any = copy.deepcopy(loading.load(name, "random").module)
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.fill_(1 / layer.weight[0].numel())  # all positive: nothing cancels, every ReLU is active
    module.maxpool = nn.AvgPool2d(3, 2, 1)  # same window; max pooling has a gradient at one input only
    found = model_costs.compute(loading.outline(name), 160).calls
    x = torch.ones(1, 3, 160, 160, requires_grad=True)
    value = x
    for part in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2"):
        value = getattr(module, part)(value)
        place = value.shape[-1] // 2
        (gradient,) = torch.autograd.grad(value[0, 0, place, place], x, retain_graph=True)
        reached = gradient[0].abs().sum((0, 1)).nonzero()[:, 0].tolist()
        low, high = found[last_of(name, part) if part.startswith("layer") else part].field.span(place)
        assert (reached[0], reached[-1]) == (max(low, 0), min(high, 159)), part


def last_of(name: str, part: str) -> str:
    blocks = loading.outline(name).graph.blocks
    return [block.out for path, block in blocks.items() if path.startswith(part)][-1]


class _Plain(nn.Module):
    """torchvision's block without `out += identity`."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        for name, part in block.named_children():
            if name != "downsample":
                setattr(self, name, part)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for k in (1, 2, 3):
            if hasattr(self, f"conv{k}"):
                x = getattr(self, f"bn{k}")(getattr(self, f"conv{k}")(x)).relu()
        return x


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_the_plain_twin_costs_what_torchinfo_says(name: str) -> None:
    found = model_costs.without_shortcuts(model_costs.compute(loading.outline(name), 64))
    module = copy.deepcopy(loading.outline(name).module)
    for path in found.blocks:
        module.set_submodule(path, _Plain(module.get_submodule(path)))
    with torch.device("meta"):
        summary = torchinfo.summary(module, input_size=(1, 3, 64, 64), device="meta", verbose=0)
    assert (found.total.parameters, found.total.multiply_adds) == (summary.total_params, summary.total_mult_adds)
    assert not any(block.shortcut or block.projection for block in found.blocks.values())


def test_an_account_leaves_the_shared_network_as_it_is(resnet18: Network) -> None:
    before = {name: id(tensor) for name, tensor in resnet18.module.state_dict(keep_vars=True).items()}
    model_costs.compute(resnet18, 32)
    assert {name: id(tensor) for name, tensor in resnet18.module.state_dict(keep_vars=True).items()} == before
    assert all(tensor.device.type == "cpu" for tensor in resnet18.module.state_dict().values())


def test_an_outline_has_no_weights_and_a_known_name() -> None:
    outline = loading.outline("resnet34", 7)
    assert all(weight.is_meta for weight in outline.module.parameters())
    assert len(outline.labels) == 7
    with pytest.raises(RecipeError):
        loading.outline("resnet19")
