"""Steps against the code as Python executes it: the same lines in the same order, and each variable's real tensor.

The oracle is `sys.settrace`: before each line of the function it copies the local variables. It knows the executed
lines, the results of tests and the values of variables without fx, node names or reading the source. Blocks unlike
torchvision's, in other coding styles, are tested too.
"""
# ruff: noqa: RET504, SIM108 (blocks in various coding styles)

import ast
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from explorer.analysis.source import WHOLE, Listing, Step, listing, listings, output_size, walk
from explorer.analysis.trace import drop, trace
from explorer.models.graph import Graph
from explorer.models.network import Network
from tests.conftest import random_network


def pictures(count: int = 1, side: int = 32) -> Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(4))


@dataclass
class Line:
    """An executed line, with the local tensors before and after it."""

    number: int
    before: dict[str, Tensor]
    after: dict[str, Tensor]


@torch.no_grad()
def run_line_by_line(network: Network, x: Tensor) -> dict[str, list[Line]]:
    """The lines that run in each block's forward (by its path) and in `_forward_impl` (WHOLE), on a real pass."""
    paths = {id(module): path or WHOLE for path, module in network.module.named_modules()}
    codes: set[CodeType] = {type(network.modules[path]).forward.__code__ for path in network.graph.blocks}
    codes.add(type(network.module)._forward_impl.__code__)  # type: ignore[attr-defined]
    seen: dict[str, list[Line]] = {}

    def on_line(frame: FrameType, event: str, _: object) -> Any:
        if event in ("line", "return"):
            values = {name: v.clone() for name, v in frame.f_locals.items() if isinstance(v, Tensor)}
            lines = seen[paths[id(frame.f_locals["self"])]]
            if lines:
                lines[-1].after = values
            if event == "line":
                lines.append(Line(frame.f_lineno, values, {}))
        return on_line

    def on_call(frame: FrameType, event: str, _: object) -> Any:
        path = paths.get(id(frame.f_locals.get("self")))
        if frame.f_code not in codes or path is None or path in seen:  # or a parent's forward inside
            return None
        seen[path] = []
        return on_line

    earlier = sys.gettrace()
    sys.settrace(on_call)
    try:
        network.module(x)
    finally:
        sys.settrace(earlier)
    return seen


def check(network: Network, block: str, ran: list[Line], kept: dict[str, Tensor]) -> list[Step]:
    """Every step of depth 0 is an executed line, in order, and its variable then held the step's tensor."""
    steps = [step for step in walk(network, block) if step.depth == 0]
    assert [step.line for step in steps] == [line.number for line in ran]
    for k, (step, line) in enumerate(zip(steps, ran, strict=True)):
        if step.variable is not None:
            assert torch.equal(kept[step.tensor], line.after[step.variable]), step
        if step.kind == "test":
            assert step.truth is (ran[k + 1].number in body_of_test(step, listings(network, block)[step.listing])), step
        if step.before is not None:
            read = [part.id for part in ast.walk(ast.parse(step.statement)) if isinstance(part, ast.Name)]
            assert any(torch.equal(kept[step.before], line.before[n]) for n in read if n in line.before), step
    return steps


def body_of_test(step: Step, shown: Listing) -> range:
    """The lines executed when a test is true."""
    tree = ast.increment_lineno(ast.parse("if True:\n" + "\n".join(shown.lines)), shown.first - 2)
    test = next(part for part in ast.walk(tree) if isinstance(part, ast.If) and part.test.lineno == step.line)
    return range(test.body[0].lineno, (test.body[-1].end_lineno or 0) + 1)


def test_every_block_of_every_network_is_walked_as_it_runs(network: Network) -> None:
    x = pictures()
    ran = run_line_by_line(network, x)
    kept = trace(network, x).tensors
    assert set(ran) == {*network.graph.blocks, WHOLE}
    for block, lines in ran.items():
        steps = check(network, block, lines, kept)
        last = network.graph.logits if block == WHOLE else network.graph.blocks[block].out
        assert (steps[-1].kind, steps[-1].tensor) == ("return", last)


def test_a_bottleneck_that_opens_a_stage_step_by_step() -> None:
    steps = walk(random_network("resnet50"), "layer2.0")
    assert [(step.id, step.kind, step.depth) for step in steps] == [
        ("identity", "alias", 0),
        ("conv1", "call", 0), ("conv1/conv1x1", "call", 1), ("bn1", "call", 0), ("relu", "call", 0),
        ("conv2", "call", 0), ("conv2/conv3x3", "call", 1), ("bn2", "call", 0), ("relu_1", "call", 0),
        ("conv3", "call", 0), ("conv3/conv1x1", "call", 1), ("bn3", "call", 0),
        ("if", "test", 0),
        ("downsample", "call", 0), ("downsample.0", "call", 1), ("downsample.1", "call", 1),
        ("add", "add", 0), ("relu_2", "call", 0), ("return", "return", 0),
    ]  # fmt: skip
    assert [step.tensor for step in steps if step.depth == 1] == [
        "layer2.0.conv1", "layer2.0.conv2", "layer2.0.conv3", "layer2.0.downsample.0", "layer2.0.downsample.1",
    ]  # fmt: skip
    assert next(step.tensor for step in steps if step.kind == "test") == "layer2.0.bn3", "the last value written"
    assert [step.before for step in steps if step.id in ("conv1", "downsample", "downsample.1", "add")] == [
        "layer1.2.relu_2", "layer1.2.relu_2", "layer2.0.downsample.0", "layer2.0.bn3",
    ]  # fmt: skip


FILE = Path(torchvision.models.resnet.__file__)
SOURCE = FILE.read_text(encoding="utf-8").splitlines()


def line_of(*texts: str) -> int:
    """Number of the line that contains the last text, searching for the texts one after another."""
    found = -1
    for text in texts:
        found = next(k for k in range(found + 1, len(SOURCE)) if text in SOURCE[k])
    return found + 1


@pytest.mark.parametrize(
    ("name", "id", "texts"),
    [
        ("resnet18", "conv1/conv3x3", ("def conv3x3(", "return nn.Conv2d(")),
        ("resnet18", "conv2/conv3x3", ("def conv3x3(", "return nn.Conv2d(")),
        ("resnet50", "conv3/conv1x1", ("def conv1x1(", "return nn.Conv2d(")),
        ("resnet18", "downsample.0", ("def _make_layer(", "downsample = nn.Sequential(", "conv1x1(")),
        ("resnet50", "downsample.1", ("def _make_layer(", "downsample = nn.Sequential(", "norm_layer(")),
        ("resnet18", "add", ("class BasicBlock(", "def forward(", "out += identity")),
        ("resnet50", "add", ("class Bottleneck(", "def forward(", "out += identity")),
        ("resnet50", "relu_1", ("class Bottleneck(", "def forward(", "self.bn2(out)", "self.relu(out)")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_step_stands_where_a_reader_finds_it(name: str, id: str, texts: tuple[str, ...]) -> None:
    network = random_network(name)
    step = next(step for step in walk(network, "layer3.0") if step.id == id)
    assert step.line == line_of(*texts)
    assert step.line <= step.end <= step.line + 9
    shown = listings(network, "layer3.0")[step.listing]
    assert shown.first <= step.line <= step.end <= shown.last


def test_listings_are_the_lines_of_the_installed_file(network: Network) -> None:
    for block in (next(iter(network.graph.blocks)), WHOLE):
        for name, shown in listings(network, block).items():
            assert shown.file == str(FILE)
            assert list(shown.lines) == SOURCE[shown.first - 1 : shown.last]
            assert f"def {name.rpartition('.')[2]}(" in shown.lines[0]
            assert shown.link is not None
            assert shown.link.endswith(f"/torchvision/models/resnet.py#L{shown.first}-L{shown.last}")
            assert "+" not in shown.link, "a tag of the repository, not a local build such as 0.29.2+cpu"


# Blocks unlike torchvision's


def twice(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    first = function(x)
    return function(first)


class PreActivation(BasicBlock):
    """He 2016: BatchNorm and ReLU come first, and nothing follows the sum."""

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(x))
        out = self.conv1(out)
        out = F.relu(self.bn2(out))
        out = self.conv2(out)
        return out + x


class ShortcutFirst(BasicBlock):
    """Operands of the sum swapped, a return that computes, comments and a docstring in between."""

    def forward(self, x: Tensor) -> Tensor:
        """Residual learning."""
        y: Tensor = self.bn1(self.conv1(x))

        # a note
        y = self.relu(
            y,
        )
        z = self.bn2(self.conv2(y))
        kept = x
        z = kept + z
        return self.relu(z)


class LocalCall(BasicBlock):
    """Calls a function of the same file and a nested one."""

    def forward(self, x: Tensor) -> Tensor:
        def squash(value: Tensor) -> Tensor:
            return torch.tanh(value)

        out = twice(self.conv1, x)
        out = squash(out)
        out = out + x
        return out


class ParentCall(BasicBlock):
    """Delegates to the parent."""

    def forward(self, x: Tensor) -> Tensor:
        out = super().forward(x)
        return torch.tanh(out)


class ConstantsAndTests(BasicBlock):
    """A sum with a number (no shortcut), an else, an assertion, tuple assignment, a loop."""

    def forward(self, x: Tensor) -> Tensor:
        assert self.stride == 1
        scale, shift = 0.5, 1
        out = self.conv1(x)
        for _ in range(2):
            out = self.bn1(out)
        out = out + shift
        if self.downsample is None:
            identity = x * scale
        else:
            identity = self.downsample(x)
        out = self.conv2(out)
        out = out + x
        del identity
        out = self.relu(out)
        return out


class SameWordTwice(BasicBlock):
    """A module and functions of one name, each called more than once."""

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.relu(torch.relu(out))
        out = self.bn2(self.conv2(out))
        out = out + x
        out = F.relu(out)
        return self.relu(out)


class ScaledBottleneck(Bottleneck):
    """A Bottleneck with torch.add, as in Inception-ResNet."""

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        residual = 0.2 * out
        out = torch.add(residual, x)
        out = self.relu(out)
        return out


OTHERS = [PreActivation, ShortcutFirst, LocalCall, ParentCall, ConstantsAndTests, SameWordTwice, ScaledBottleneck]


def network_with(kind: type[Any]) -> Network:
    """A ResNet with a block of `kind` as layer1.1."""

    def build() -> nn.Module:
        basic = not issubclass(kind, Bottleneck)
        module = ResNet(BasicBlock, [2, 1, 1, 1]) if basic else ResNet(Bottleneck, [2, 1, 1, 1])
        module.layer1[1] = kind(64, 64) if basic else kind(256, 64)
        return module.eval()

    torch.manual_seed(6)
    usual = random_network("resnet18")
    with torch.device("meta"):
        graph = Graph.of(build())
    return Network("resnet18", "own", build(), usual.labels, usual.preprocess, graph, "network.origin_random")


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.__name__)
def test_a_block_of_others_is_traced_bit_for_bit(kind: type[nn.Module]) -> None:
    network, x = network_with(kind), pictures(2)
    with torch.no_grad():
        expected = network.module(x)
    traced = trace(network, x)
    assert torch.equal(traced.logits, expected)
    calls = network.graph.tape.calls
    assert len(network.graph.nodes) == 1 + sum(len(call.shapes) for call in calls), "each call has a name of its own"
    assert list(network.graph.blocks) == ["layer1.0", "layer1.1", "layer2.0", "layer3.0", "layer4.0"]
    block = network.graph.blocks["layer1.1"]
    assert (block.kind, block.identity, block.input) == (kind.__name__, True, network.graph.blocks["layer1.0"].out)
    assert torch.equal(traced["layer1.1.shortcut"] + traced["layer1.1.branch"], traced[block.add])
    dropped = trace(network, x, edits={"layer1.1.branch": drop()})
    assert torch.equal(dropped[block.add], traced["layer1.1.shortcut"])


@pytest.mark.parametrize("kind", [*OTHERS[:3], *OTHERS[5:]], ids=lambda kind: kind.__name__)
def test_a_block_of_others_is_walked_as_it_runs(kind: type[nn.Module]) -> None:
    network, x = network_with(kind), pictures()
    steps = [step for step in walk(network, "layer1.1") if step.depth == 0]
    statement = {number: step.line for step in steps for number in range(step.line, step.end + 1)}
    ran: list[Line] = []
    for line in run_line_by_line(network, x)["layer1.1"]:
        first = statement.get(line.number)  # None for a definition, which is no step
        if ran and first == ran[-1].number:  # a statement over several lines
            ran[-1].after = line.after
        elif first is not None:
            ran.append(Line(first, line.before, line.after))
    check(network, "layer1.1", ran, trace(network, x).tensors)
    assert steps[-1].tensor == network.graph.nodes["layer2.0.conv1"].inputs[0], "the block's return value"


def test_a_block_whose_parent_adds_is_walked_there() -> None:
    steps = walk(network_with(ParentCall), "layer1.1")
    assert {step.listing for step in steps if step.depth == 0} == {"BasicBlock.forward"}
    assert next(step for step in steps if step.kind == "add").tensor == "layer1.1.add"


def test_statements_that_are_not_understood_are_left_out() -> None:
    network = network_with(ConstantsAndTests)
    steps = [step for step in walk(network, "layer1.1") if step.depth == 0]
    source = inspect.getsource(ConstantsAndTests.forward)
    assert [s.statement for s in steps if s.statement not in source] == ["scale, shift = (0.5, 1)"], "by ast.unparse"
    shown = [(step.id, step.tensor) for step in steps]
    assert ("conv1", "layer1.1.conv1") in shown
    assert ("conv2", "layer1.1.conv2") in shown
    assert shown[-3:] == [("add_1", "layer1.1.add_1"), ("relu", "layer1.1.relu"), ("return", "layer1.1.relu")]
    kept = trace(network, pictures()).tensors
    assert {step.tensor for step in steps} <= set(kept)


def test_listings_of_a_block_of_others_have_no_link() -> None:
    shown = listings(network_with(PreActivation), "layer1.1")
    first = next(iter(shown.values()))
    assert (first.name, first.file, first.link) == ("PreActivation.forward", __file__, None)
    assert {"BasicBlock.__init__", "conv3x3", "conv1x1"} <= set(shown)
    assert listing(nn.ReLU.forward).link is None


# Sizes


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_output_size_is_torchs_for_convolutions_and_pooling(kernel: int, stride: int) -> None:
    for padding in range(4):
        for dilation in (1, 2, 3):
            convolution = nn.Conv2d(2, 2, kernel, stride, padding, dilation, device="meta")
            pooling = nn.MaxPool2d(kernel, stride, padding, dilation) if padding <= kernel // 2 else None
            for size in (7, 8, 32, 65, 224):
                x = torch.empty(1, 2, size, size + 1, device="meta")
                if size + 2 * padding <= dilation * (kernel - 1):
                    continue  # torch raises: the kernel is larger than the picture
                for layer in filter(None, (convolution, pooling)):
                    found = (output_size(size, layer, 0), output_size(size + 1, layer, 1))
                    assert found == tuple(layer(x).shape[2:]), (layer, size)


def test_output_size_takes_each_axis_for_itself() -> None:
    layer = nn.Conv2d(1, 1, (3, 7), (1, 2), (0, 3), (2, 1), device="meta")
    assert (output_size(20, layer, 0), output_size(20, layer, 1)) == tuple(
        layer(torch.empty(1, 1, 20, 20, device="meta")).shape[2:]
    )
    assert output_size(32, nn.MaxPool2d(2)) == 16, "pooling moves by its kernel when no stride is given"


def test_output_size_follows_every_map_of_every_network(network: Network) -> None:
    kept = trace(network, pictures(side=33)).tensors
    for name, node in network.graph.nodes.items():
        layer = network.modules.get(node.module or "")
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            assert output_size(kept[node.inputs[0]].shape[-1], layer) == kept[name].shape[-1], name
