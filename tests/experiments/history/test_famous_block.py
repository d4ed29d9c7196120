"""The diagram of a famous block has all of torchvision's module, with its shapes and parameters."""

import inspect
from collections import Counter
from functools import lru_cache

import pytest
import torch
from torch import nn
from torchvision import models

from explorer.experiments.history import famous_block
from explorer.experiments.history.block_layouts import REAL, separable
from explorer.experiments.history.schemes import SCHEMES

# the part of the module that is drawn, if not all of it
PARTS = {"vgg": ("10", "12", "14", "16"), "dense": ("denselayer1", "denselayer2")}


@lru_cache
def module_of(kind: str) -> nn.Module:
    """The block on the CPU, all zeros."""
    found = famous_block.block(kind)
    given = {"init_weights": False} if found.model == "googlenet" else {}
    with torch.device("cpu" if found.model.startswith("regnet") else "meta"):
        whole = models.get_model(found.model, weights=None, **given) if found.model else separable()
    module: nn.Module = whole.get_submodule(found.path).to_empty(device="cpu").eval()
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.detach().zero_()
    return module


def drawn(kind: str, path: str) -> bool:
    return kind not in PARTS or any(path == part or path.startswith(f"{part}.") for part in PARTS[kind])


@pytest.mark.parametrize("kind", REAL)
def test_each_layer_is_drawn_once_and_parameters_sum_up(kind: str) -> None:
    found = famous_block.block(kind)
    module = module_of(kind)
    layers = [
        path
        for path, part in module.named_modules()
        if isinstance(part, nn.Conv2d | nn.Linear | nn.BatchNorm2d | nn.LayerNorm | nn.MaxPool2d) and drawn(kind, path)
    ]
    counted = Counter(path for node in found.nodes.values() for path in node.modules)
    assert {path: counted[path] for path in layers} == dict.fromkeys(layers, 1)
    assert found.parameters == sum(w.numel() for path, w in module.named_parameters() if drawn(kind, path))


@pytest.mark.parametrize("kind", REAL)
def test_cards_say_what_the_modules_are_and_give(kind: str) -> None:
    """A run on the CPU is the reference for the run on the meta device."""
    found = famous_block.block(kind)
    module = module_of(kind)
    shapes: dict[str, list[tuple[int, ...]]] = {}
    for path, part in module.named_modules():
        part.register_forward_hook(
            lambda _m, _x, out, path=path: shapes.setdefault(path, []).append(
                tuple((out[0] if isinstance(out, tuple | list) else out).shape[1:])
            )
        )
    runs = nn.Sequential(*module[10:17]) if kind == "vgg" else module  # type: ignore[index]
    out = runs(torch.zeros(1, *found.input.shape))
    if kind not in PARTS:
        assert found.output.shape == tuple(out.shape[1:])
    for node in found.nodes.values():
        for op, path in zip(node.ops, node.modules, strict=False):
            part = module.get_submodule(path)
            if isinstance(part, nn.Conv2d):
                assert (op.kernel, op.stride, op.groups) == (part.kernel_size[0], part.stride[0], part.groups)
                assert op.depthwise == (part.groups == part.in_channels)
                assert node.channels == part.out_channels
        last = node.modules[-1] if node.modules else ""
        if last and len(shapes.get(last, ())) == 1 and node.ops and kind != "swin":
            assert node.shape == shapes[last][0], node


def test_graphs_flow_from_the_input_to_the_output() -> None:
    for kind in (*REAL, *SCHEMES):
        found = famous_block.block(kind)
        reached = {found.input.id}
        for _ in found.nodes:
            reached |= {edge.target for edge in found.edges if edge.source in reached}
        assert reached == set(found.nodes), kind
        ends = {found.output.id} | {edge.source for edge in found.edges}
        assert ends == set(found.nodes), f"{kind}: nothing ends nowhere"
        for edge in found.edges:
            above, below = found.nodes[edge.source], found.nodes[edge.target]
            assert above.row < below.row or (above.row == below.row and above.column != below.column)


def test_shortcuts_are_drawn_where_torchvision_adds() -> None:
    added = {"basic", "bottleneck", "inverted_residual", "squeezed", "mbconv", "regnet", "convnext"}
    counts = {
        kind: sum(edge.role == "shortcut" for edge in famous_block.block(kind).edges) for kind in (*REAL, *SCHEMES)
    }  # fmt: skip
    assert counts == {
        kind: 2 if kind in ("attention", "swin") else int(kind in added) for kind in (*REAL, *SCHEMES)
    }  # fmt: skip
    for kind in REAL:
        found = famous_block.block(kind)
        for node in found.nodes.values():
            roles = sorted(edge.role or "" for edge in found.edges if edge.target == node.id)
            assert (roles == ["branch", "shortcut"]) == (node.sign == "sum"), (kind, node.id)


def test_concatenations_count_channels() -> None:
    assert famous_block.block("inception").nodes["concat"].values["terms"] == "64 + 128 + 32 + 32"
    assert famous_block.block("dense").nodes["concat2"].values["terms"] == "96 + 32"
    assert famous_block.block("dense").output.channels == 128
    assert famous_block.block("shuffle").output.shape == famous_block.block("shuffle").input.shape


def test_attention_in_numbers() -> None:
    vit, swin = famous_block.block("attention").nodes, famous_block.block("swin").nodes
    assert vit["scores"].shape == (12, 197, 197)
    assert vit["qkv"].parameters == 3 * 768 * 768 + 3 * 768
    assert swin["windows"].shape == (64, 49, 96), "56×56 places in windows of 7×7"
    assert swin["windows"].values == {"side": 7, "shift": 3}
    assert swin["scores"].shape == (64 * 3, 49, 49)
    assert swin["scores"].parameters == 13 * 13 * 3, "a bias for each offset and head"


def test_lenet_has_the_papers_parameters() -> None:
    found = famous_block.block("lenet")
    assert found.parameters == 60_000, "LeCun et al. 1998, section II.B"
    assert found.parameters < famous_block.block("basic").parameters
    c1, c5, f6 = (nn.Conv2d(1, 6, 5), nn.Conv2d(16, 120, 5), nn.Linear(120, 84))
    for name, layer in (("c1", c1), ("c5", c5), ("f6", f6)):
        assert found.nodes[name].parameters == sum(weight.numel() for weight in layer.parameters())


def test_factorised_kernels_have_torchvisions_parameters() -> None:
    with torch.device("meta"):
        module = models.inception_v3(weights=None, init_weights=False).Mixed_6b
    found = famous_block.block("factorized")
    assert found.parameters == sum(weight.numel() for weight in module.parameters())
    assert found.output.shape == found.input.shape == (768, 17, 17)
    assert module(torch.empty(1, 768, 17, 17, device="meta")).shape[1:] == found.output.shape


def test_what_the_words_claim() -> None:
    assert famous_block.block("bottleneck").parameters < famous_block.block("basic").parameters
    assert famous_block.block("bottleneck").input.channels == 4 * famous_block.block("basic").input.channels
    narrow = famous_block.block("inverted_residual")
    assert max(node.channels for node in narrow.nodes.values()) == 6 * narrow.input.channels
    convnext = famous_block.block("convnext")
    assert max(node.channels for node in convnext.nodes.values()) == 4 * convnext.input.channels
    assert famous_block.block("dense").parameters < 3 * 9 * 64 * 64


def test_sources_are_torchvisions_lines() -> None:
    for kind in REAL:
        for listing in famous_block.block(kind).sources:
            with open(listing.file, encoding="utf-8") as file:
                lines = file.read().splitlines()
            assert tuple(lines[listing.first - 1 : listing.last]) == listing.lines
            assert listing.link
            assert listing.link.startswith("https://github.com/pytorch/vision/blob/v")
    (first, *_) = famous_block.block("bottleneck").sources
    assert "\n".join(first.lines) == inspect.getsource(models.resnet.Bottleneck.forward).rstrip("\n")
    assert [kind for kind in SCHEMES if famous_block.block(kind).sources] == ["factorized"]


def test_every_model_of_the_history_has_a_block() -> None:
    history = pytest.importorskip("explorer.experiments.history.catalog")
    kinds = {id: famous_block.kind_of(id) for id in history.MODELS}
    assert set(kinds.values()) == {*REAL, *SCHEMES}
    assert kinds["resnet50"] == "bottleneck"
    assert kinds["resnet34"] == "basic"
    with pytest.raises(KeyError):
        famous_block.kind_of("perceptron")
