"""Changed networks against a forward pass written out on a copy, and a two-block network with known answers."""

import copy
from collections.abc import Mapping, Sequence

import pytest
import torch
from torch import Tensor, nn

from explorer.analysis import interventions
from explorer.analysis.interventions import AnswerChange, Intervention
from explorer.analysis.trace import trace
from explorer.core.errors import TraceError
from explorer.models import loading
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import IMAGENET_PREPROCESSING
from tests.conftest import random_network

X, OTHER = torch.randn(2, 1, 3, 32, 32, generator=torch.Generator().manual_seed(3)).unbind()


def by_hand(
    network: Network,
    x: Tensor,
    order: Sequence[str],
    alpha: Mapping[str, float],
    beta: Mapping[str, float],
    borrowed: Mapping[str, Tensor] | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """torchvision's forward, written out on a copy: logits, and each block's shortcut."""
    model = copy.deepcopy(network.module)
    shortcuts = {}
    x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
    for path in order:
        block = model.get_submodule(path)
        shortcut = block.downsample(x) if block.downsample is not None else x
        shortcuts[path] = shortcut
        out = torch.relu(block.bn1(block.conv1(x)))
        out = block.bn2(block.conv2(out))
        if hasattr(block, "conv3"):
            out = block.bn3(block.conv3(torch.relu(out)))
        shortcut = (borrowed or {}).get(path, shortcut)
        x = torch.relu(out * alpha.get(path, 1.0) + shortcut * beta.get(path, 1.0))
    return model.fc(torch.flatten(model.avgpool(x), 1)), shortcuts


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_scaled_branches_and_shortcuts(name: str) -> None:
    network = random_network(name)
    values, paths = interventions.block_inputs(network, X), list(network.graph.blocks)
    for alpha, beta in (
        ({"layer4.1": 0.0}, {"layer4.1": 1.5}),
        ({}, {"layer2.0": 0.0}),
        (dict.fromkeys(paths, 0.5), dict.fromkeys(paths, 0.5)),
    ):
        found = interventions.run(network, values, Intervention(alpha, beta))
        assert torch.equal(found, by_hand(network, X, paths, alpha, beta)[0])


def test_several_pictures_at_once(resnet18: Network) -> None:
    both = torch.cat([X, OTHER])
    found = interventions.run(resnet18, interventions.block_inputs(resnet18, both), Intervention({"layer1.1": 0.2}))
    expected, _ = by_hand(resnet18, both, list(resnet18.graph.blocks), {"layer1.1": 0.2}, {})
    assert torch.equal(found, expected)


def test_nothing_changed_is_the_networks_own_answer(resnet18: Network) -> None:
    values = interventions.block_inputs(resnet18, X)
    for change in (Intervention(), Intervention({"layer1.0": 1.0}, {"layer3.1": 1.0})):
        assert change.blocks() == set()
        assert torch.equal(interventions.run(resnet18, values, change), resnet18.module(X))


def test_the_part_before_the_first_change_is_not_run(resnet18: Network) -> None:
    """Only the input of the first changed block is read; the other values may be anything."""
    change = Intervention({"layer3.1": 0.4})
    values = interventions.block_inputs(resnet18, X)
    needed = {"layer3.0.relu_1": values["layer3.0.relu_1"]}
    assert torch.equal(interventions.run(resnet18, needed, change), interventions.run(resnet18, values, change))


@pytest.mark.parametrize(
    ("name", "swap"), [("resnet18", ("layer1.0", "layer1.1")), ("resnet50", ("layer3.4", "layer3.1"))]
)
def test_swapped_blocks(name: str, swap: tuple[str, str]) -> None:
    network = random_network(name)
    order = list(network.graph.blocks)
    i, j = map(order.index, swap)
    order[i], order[j] = order[j], order[i]
    alpha = {swap[1]: 0.5}
    found = interventions.run(network, interventions.block_inputs(network, X), Intervention(alpha, swap=swap))
    assert torch.equal(found, by_hand(network, X, order, alpha, {})[0])
    assert not torch.equal(found, by_hand(network, X, list(network.graph.blocks), alpha, {})[0])


@pytest.mark.parametrize("block", ["layer1.0", "layer3.0", "layer4.1"])
def test_another_pictures_shortcut(resnet18: Network, block: str) -> None:
    paths = list(resnet18.graph.blocks)
    _, shortcuts = by_hand(resnet18, OTHER, paths, {}, {})
    donor = trace(resnet18, OTHER, keep=[f"{block}.shortcut"])[f"{block}.shortcut"]
    change = Intervention(beta={block: 1.25}, donor=block)
    found = interventions.run(resnet18, interventions.block_inputs(resnet18, X), change, donor)
    expected, _ = by_hand(resnet18, X, paths, {}, {block: 1.25}, {block: shortcuts[block]})
    assert torch.equal(found, expected)


def test_its_own_shortcut_changes_nothing(resnet18: Network) -> None:
    own = trace(resnet18, X, keep=["layer2.0.shortcut"])["layer2.0.shortcut"]
    found = interventions.run(resnet18, interventions.block_inputs(resnet18, X), Intervention(donor="layer2.0"), own)
    assert torch.equal(found, resnet18.module(X))


def test_the_network_is_left_as_it_was(resnet18: Network) -> None:
    before = resnet18.module(X)
    values = interventions.block_inputs(resnet18, X)
    kept = {name: value.clone() for name, value in values.items()}
    donor = trace(resnet18, OTHER, keep=["layer1.1.shortcut"])["layer1.1.shortcut"]
    given = donor.clone()
    interventions.run(
        resnet18, values, Intervention({"layer1.0": 0}, {"layer1.1": 2}, ("layer1.0", "layer1.1"), "layer1.1"), donor
    )
    assert torch.equal(resnet18.module(X), before)
    assert torch.equal(donor, given)
    assert all(torch.equal(values[name], value) for name, value in kept.items())


def test_incompatible_shapes_are_refused(resnet18: Network) -> None:
    values = interventions.block_inputs(resnet18, X)
    for change, key in (
        (Intervention({"layer9.0": 1.0}), "errors.trace_unknown_name"),
        (Intervention(donor="layer9.0"), "errors.trace_unknown_name"),
        (Intervention(swap=("layer1.0", "layer2.1")), "shortcut.error_swap"),
        (Intervention(swap=("layer2.0", "layer2.1")), "shortcut.error_swap"),
        (Intervention(swap=("layer1.0", "layer1.0")), "shortcut.error_swap"),
        (Intervention(donor="layer1.0"), "shortcut.error_donor"),
    ):
        with pytest.raises(TraceError) as raised:
            interventions.run(resnet18, values, change)
        assert raised.value.key == key
        assert str(raised.value)
    with pytest.raises(TraceError) as raised:
        interventions.run(resnet18, values, Intervention(donor="layer1.0"), torch.zeros(1, 64, 3, 3))
    assert raised.value.key == "errors.trace_edit_shape"


def test_partners() -> None:
    resnet34 = loading.outline("resnet34")
    assert interventions.partners(resnet34, "layer1.0") == ("layer1.1", "layer1.2")
    assert interventions.partners(resnet34, "layer2.0") == ()
    assert interventions.partners(resnet34, "layer2.2") == ("layer2.1", "layer2.3")


class Times(nn.Module):
    """A block with the branch F(x) = factor * x + added."""

    def __init__(self, factor: float, added: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1)
        nn.init.constant_(self.conv.weight, factor)
        nn.init.constant_(self.conv.bias, added)  # type: ignore[arg-type]
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.conv(x)
        out += identity
        return self.relu(out)  # type: ignore[no-any-return]


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(Times(2, 0), Times(0, 1))
        self.flatten = nn.Flatten()

    def forward(self, x: Tensor) -> Tensor:
        return self.flatten(self.layer1(x))  # type: ignore[no-any-return]


def two_blocks() -> Network:
    """x -> 3x -> 3x + 1, for positive x."""
    module = Two().eval().requires_grad_(False)
    return Network("two", "random", module, ("a",), IMAGENET_PREPROCESSING, Graph.of(Two()), "network.origin_random")


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (Intervention(), 7.0),
        (Intervention({"layer1.0": 0}), 3.0),  # x + 1
        (Intervention(beta={"layer1.0": 0}), 5.0),  # 2x + 1
        (Intervention(beta={"layer1.0": 2}), 9.0),  # 2x + 2x + 1
        (Intervention({"layer1.0": 0.5}, {"layer1.0": 0.5}), 4.0),  # x + x/2 + 1
        (Intervention({"layer1.1": 2.0}, {"layer1.1": 0.5}), 5.0),  # 3x/2 + 2
        (Intervention(swap=("layer1.0", "layer1.1")), 9.0),  # 3 (x + 1)
        (Intervention({"layer1.1": 0}, swap=("layer1.0", "layer1.1")), 6.0),  # 3x
    ],
)
def test_two_blocks_with_known_answers(change: Intervention, answer: float) -> None:
    network = two_blocks()
    values = interventions.block_inputs(network, torch.full((1, 1, 1, 1), 2.0))
    assert interventions.run(network, values, change).item() == answer


def test_two_blocks_with_a_borrowed_shortcut() -> None:
    network = two_blocks()
    values = interventions.block_inputs(network, torch.full((1, 1, 1, 1), 2.0))
    assert (
        interventions.run(network, values, Intervention(donor="layer1.0"), torch.full((1, 1, 1, 1), 10.0)).item()
        == 15.0
    )
    halved = Intervention(beta={"layer1.0": 0.5}, donor="layer1.0")
    assert interventions.run(network, values, halved, torch.full((1, 1, 1, 1), 10.0)).item() == 10.0


def test_how_far_an_answer_moved() -> None:
    before, after = torch.tensor([0.75, 0.25]).log(), torch.tensor([0.25, 0.75]).log()
    found = interventions.compare(before, after)
    assert found.moved == pytest.approx(0.5)
    assert (found.before, found.after) == (0, 1)
    assert interventions.compare(torch.tensor([3.0, 4.0]), torch.tensor([3.0, 9.0])).change == pytest.approx(1.0)
    assert interventions.compare(before, before) == AnswerChange(0.0, 0.0, 0, 0)
