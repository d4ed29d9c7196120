"""The walk of networks of any kind: two sums in a function, loops, nested calls, code that is only text."""

import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import DenseNet, SwinTransformer, VisionTransformer

from explorer.analysis import source
from explorer.analysis.source import WHOLE, Step, listings, walk
from explorer.analysis.trace import trace
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import Preprocessing


def network_of(module: nn.Module, *shape: int, sources: dict[str, str] | None = None) -> Network:
    graph = Graph.of(module.eval(), shape or (1, 3, 8, 8))
    labels = tuple(map(str, range(graph.nodes[graph.logits].shape[1])))
    seen = Preprocessing(8, 8, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    return Network("own", "own", module.requires_grad_(False), labels, seen, graph, "x", {}, sources or {})


def outline(steps: list[Step]) -> list[str]:
    return [f"{'  ' * step.depth}{step.id}" for step in steps]


class Residual(nn.Module):
    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        return self.fn(x) + x


class Looped(nn.Module):
    """A loop over a ModuleList with a test inside, a number, an early return, a parameter that scales."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.gain = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        h, count = x, len(self.body)
        for k, layer in enumerate(self.body):
            h = layer(h)
            if k < count - 1:
                h = h.relu()
        if self.training:
            return x
        return x + self.gain * h


class Head(nn.Module):
    def __init__(self, *blocks: nn.Module, width: int = 4) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width, 1)
        self.blocks = nn.ModuleList(blocks)
        self.fc = nn.Linear(width, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.fc(x.mean((2, 3)))


def test_a_function_with_two_sums_is_walked_whole_and_each_block_marks_its_own() -> None:
    network = network_of(VisionTransformer(32, 8, 1, 2, 16, 32, num_classes=5), 1, 3, 32, 32)
    first, second = network.graph.blocks
    steps = {block: walk(network, block) for block in (first, second)}
    assert outline(steps[first]) == [
        "ln_1", "self_attention", "dropout", "add", "ln_2", "mlp", *(f"  mlp.{k}" for k in range(5)), "add_1",
    ]  # fmt: skip
    assert outline(steps[first]) == outline(steps[second])
    sums = [step.tensor for step in steps[first] if step.kind == "add"]
    assert sums == [network.graph.blocks[block].add for block in (first, second)]
    names = {step.listing for step in steps[first]}
    assert names == {"EncoderBlock.forward"}


def test_calls_nested_on_a_line_are_stepped_from_the_inside_out() -> None:
    torch.manual_seed(0)
    network = network_of(SwinTransformer([4, 4], 8, [2], [2], [4, 4], num_classes=5), 1, 3, 32, 32)
    first = next(iter(network.graph.blocks))
    steps = walk(network, first)
    inside = [step for step in steps[1:] if step.depth == 1][:4]
    assert steps[0].statement == "x = x + self.stochastic_depth(self.attn(self.norm1(x)))"
    assert [step.id for step in inside] == [
        "add.norm1", "add.attn.get_relative_position_bias", "add.attn.return", "add.add",
    ]  # fmt: skip
    assert inside[2].listing == "ShiftedWindowAttention.forward"
    assert [name for step in inside for name in step.nodes] == list(steps[0].nodes)


def test_loops_are_unrolled_and_tests_follow_what_ran() -> None:
    network = network_of(Head(Looped(), Looped()))
    steps = walk(network, "blocks.1")
    assert [(step.id, step.round, step.truth) for step in steps] == [
        ("h", None, None), ("for", (0, 2), None),
        ("layer", (1, 2), None), ("if", (1, 2), True), ("relu", (1, 2), None),
        ("layer_1", (2, 2), None), ("if_1", (2, 2), False),
        ("if_2", None, False), ("add", None, None), ("add.mul", None, None), ("add.add", None, None),
    ]  # fmt: skip
    assert [step.tensor for step in steps if step.id.startswith("layer")] == ["blocks.1.body.0", "blocks.1.body.1"]
    whole = walk(network, WHOLE)
    assert [step.id for step in whole] == ["stem", "for", "block", "block_1", "return"]


def test_a_long_loop_shows_the_rounds_around_the_block() -> None:
    class Written(nn.Module):
        """All sums in one function."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Conv2d(3, 3, 1) for _ in range(10))

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = x + layer(x)
            return x.mean((2, 3))

    network = network_of(Written())
    block = list(network.graph.blocks)[8]
    rounds = [step.round for step in walk(network, block) if step.round and step.depth == 0]
    assert rounds == [(0, 10), *((k, 10) for k in range(5, 11))]
    added = [step for step in walk(network, block) if network.graph.blocks[block].add in step.nodes]
    assert added[0].round == (9, 10)


def test_one_module_called_again_is_walked_each_time_by_itself() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Residual(nn.Conv2d(3, 3, 1))

        def forward(self, x: Tensor) -> Tensor:
            for _ in range(3):
                x = self.block(x)
            return x.mean((2, 3))

    network = network_of(Shared())
    for block in network.graph.blocks.values():
        (line, *_) = walk(network, block.path)
        assert line.nodes[-1] == block.add
        assert len(line.nodes) == 2


def test_modules_of_torchs_have_their_calls_listed() -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    network = network_of(nn.Sequential(nn.Flatten(2), layer, nn.Flatten(1), nn.Linear(3 * 4, 5)), 1, 3, 2, 2)
    first = next(iter(network.graph.blocks))
    assert not source.has_source(network, first)
    (shown,) = listings(network, first).values()
    assert shown.lines == (
        "self_attn = self.self_attn(x)  # MultiheadAttention", "dropout1 = self.dropout1(self_attn)  # Dropout",
        "add = x + dropout1",
    )  # fmt: skip
    assert [step.id for step in walk(network, first)] == ["self_attn", "dropout1", "add"]
    assert [step.id for step in walk(network, WHOLE)] == ["0", "1", "2", "3"]


def test_a_network_without_shortcuts_is_walked_by_its_parts() -> None:
    network = network_of(DenseNet(4, (2, 1), 8, num_classes=5), 1, 3, 32, 32)
    assert not network.graph.blocks
    for part in (*network.graph.parts, WHOLE):
        steps = walk(network, part)
        kept = trace(network, torch.zeros(1, 3, 32, 32), source.tensors(network, part)).tensors
        assert {step.tensor for step in steps} <= set(kept)


OWN = """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 3, 3, padding=1),
            nn.ReLU(),
        )

    def forward(self, x):
        with torch.no_grad():
            y = self.body(x)
        # a comment
        return self.mixed(x, y)

    def mixed(self, x, y):
        y = y * 2
        return x + y

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()

    def forward(self, x):
        return self.block(x).mean((2, 3))
"""


def test_a_file_that_is_only_text_is_walked_with_its_lines(tmp_path: Path) -> None:
    """As of a user's file, which ran in another process: no class of it exists here."""
    file = str(tmp_path / "my_net.py")
    known: dict[str, type[nn.Module]] = {}
    exec(compile(OWN, file, "exec"), known)
    network = network_of(known["Net"](), sources={file: OWN})
    assert not Path(file).exists()
    lines = OWN.splitlines()
    (block,) = network.graph.blocks
    for part in (block, WHOLE):
        for step in walk(network, part):
            assert "".join(lines[step.line - 1].split()).startswith("".join(step.statement.split())[:9])
    assert outline(walk(network, block)) == ["call", "add"]
    shown = listings(network, block)
    assert list(shown) == ["Block.mixed", "Block.__init__", "Net.__init__", "Net.forward"]
    assert next(iter(shown.values())).short_path == "my_net.py"
    assert next(iter(shown.values())).link is None


def test_code_without_text_falls_back_to_its_calls() -> None:
    known: dict[str, type[nn.Module]] = {}
    exec(compile(OWN, "<nowhere>", "exec"), known)
    network = network_of(known["Net"]())
    (block,) = network.graph.blocks
    assert not source.has_source(network, block)
    assert walk(network, block)[-1].kind == "add"


@pytest.mark.skipif("timm" not in sys.modules and not __import__("importlib").util.find_spec("timm"), reason="no timm")
def test_timms_source_has_its_version() -> None:
    import timm

    network = network_of(timm.create_model("vit_tiny_patch16_224", num_classes=5, img_size=32, depth=1), 1, 3, 32, 32)
    shown = next(iter(listings(network, next(iter(network.graph.blocks))).values()))
    assert (shown.package, shown.short_path) == ("timm", "timm/models/vision_transformer.py")
    assert shown.link is not None
    assert f"/v{timm.__version__}/timm/models/vision_transformer.py#L" in shown.link
