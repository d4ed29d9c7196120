"""Costs of any network against torch's own counter, and receptive fields against nonzero input gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import ConvNeXt, SwinTransformer, VisionTransformer
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.googlenet import Inception
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation

from explorer.analysis import model_costs
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import Preprocessing


def network_of(module: nn.Module, px: int = 32) -> Network:
    """With weights that let every gradient pass: none is 0."""
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.3, generator=torch.Generator().manual_seed(weight.numel()))
    module.eval().requires_grad_(False)
    prepare = Preprocessing(px, px, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return Network("own", "random", module, ("a", "b", "c"), prepare, Graph.of(module, (1, 3, px, px)), "")


class Head(nn.Module):
    """Pools and classifies what `body` makes of a picture."""

    def __init__(self, body: nn.Module, width: int) -> None:
        super().__init__()
        self.body, self.fc = body, nn.Linear(width, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.body(x).mean((2, 3)))  # type: ignore[no-any-return]


class Attention(nn.Module):
    """Tokens of 8 px; scaled_dot_product_attention with a weight that is used twice; einsum; a bias made of weights."""

    def __init__(self) -> None:
        super().__init__()
        self.proj, self.qkv, self.mix = nn.Conv2d(3, 12, 8, 8), nn.Linear(12, 36), nn.Linear(12, 12, bias=False)
        self.place = nn.Parameter(torch.zeros(1, 1, 12))
        self.unused = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.proj(x).flatten(2).transpose(1, 2) + self.place.tanh()
        q, k, v = self.qkv(tokens).unflatten(2, (3, 2, 6)).permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        tokens = tokens + self.mix(self.mix(seen).tanh())
        weights = torch.einsum("n i c, n j c -> n i j", tokens, tokens).softmax(-1)
        tokens = tokens + weights @ tokens
        return tokens.transpose(1, 2).unflatten(2, (4, 4))


def vit() -> nn.Module:
    return VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=3)


def swin() -> nn.Module:
    return SwinTransformer([4, 4], 8, [2, 2], [2, 4], [4, 4], num_classes=3)


def convnext() -> nn.Module:
    return ConvNeXt([CNBlockConfig(8, 16, 2), CNBlockConfig(16, None, 2)], num_classes=3)


def convolutions() -> nn.Module:
    dilated = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4)
    up = nn.ConvTranspose2d(8, 4, 2, 2)
    return Head(nn.Sequential(Conv2dNormActivation(3, 8), SqueezeExcitation(8, 2, nn.GELU), dilated, nn.GELU(), up), 4)


def inception() -> nn.Module:
    return Head(nn.Sequential(nn.Conv2d(3, 8, 3), Inception(8, 4, 4, 4, 4, 4, 4)), 16)


@pytest.mark.parametrize(
    "build", [vit, swin, convnext, convolutions, inception, lambda: Head(Attention(), 12)],
    ids=["vit", "swin", "convnext", "convolutions", "inception", "attention"],
)  # fmt: skip
def test_costs_are_torchs_own(build: Callable[[], nn.Module]) -> None:
    network = network_of(build())
    found = model_costs.compute(network)
    module = network.module.to("meta")
    with FlopCounterMode(display=False) as counter:
        module(torch.empty(1, 3, 32, 32, device="meta"))
    assert sum(cost.products for cost in found.calls.values()) == counter.get_total_flops() / 2
    biases = sum(weight.numel() for weight in module.parameters() if weight.ndim == 1)
    assert found.total.multiply_adds > counter.get_total_flops() / 2 + biases / 2
    assert found.total.parameters + found.unused == sum(weight.numel() for weight in module.parameters())
    assert found.unused == (30 if isinstance(getattr(module, "body", None), Attention) else 0)
    for field in ("parameters", "multiply_adds"):
        assert sum(getattr(part, field) for part in found.parts.values()) == getattr(found.total, field)


def test_weights_count_where_they_are_used() -> None:
    """Class token, position embedding and the projections of attention; a second use counts no parameters."""
    calls = model_costs.compute(network_of(vit())).calls
    assert (calls["expand"].parameters, calls["encoder.add"].parameters) == (16, 17 * 16)
    attention = next(cost for cost in calls.values() if cost.kind == "multi_head_attention_forward")
    assert attention.parameters == 4 * 16 * 16 + 4 * 16
    assert attention.products == 17 * 4 * 16 * 16 + 2 * 17 * 17 * 16
    calls = model_costs.compute(network_of(Head(Attention(), 12))).calls
    first, second = calls["body.mix"], calls["body.mix_1"]
    assert (first.parameters, second.parameters) == (144, 0)
    assert first.multiply_adds == second.multiply_adds == 16 * 144


def test_stem_stages_and_head() -> None:
    found = model_costs.compute(network_of(swin()))
    assert list(found.parts) == ["stem", "features.1", "features.3", "head"]
    assert len(found.blocks) == 8
    block = found.blocks["features.1.0.add"]
    assert (block.mixer, block.shortcut, block.add, block.module) == ("attention", "identity", "add", "features.1.0")
    table = found.calls["features.1.0.attn.getitem"]
    assert (table.block, table.parameters) == ("features.1.0.add", 7 * 7 * 2), "relative position bias: its reader's"
    assert found.calls["features.2.reduction"].part == "features.3"
    block = model_costs.compute(network_of(convnext())).blocks["features.1.0"]
    assert block.scaled == ("features.1.0.layer_scale",)


def reached(network: Network, name: str) -> list[tuple[int, int]]:
    """First and last column of the picture that the middle and the last value of a map (N, C, H, W) depend on."""
    x = torch.rand(network.graph.tape.shape, requires_grad=True)
    values: list[Tensor] = []
    network.module.get_submodule(name).register_forward_hook(lambda *call: values.append(call[2]))
    network.module(x)
    found = []
    for place in (values[0].shape[-1] // 2, -1):
        (gradient,) = torch.autograd.grad(values[0][0, :, place, place].sum(), x, retain_graph=True)
        columns = gradient[0].abs().sum((0, 1)).nonzero()[:, 0].tolist()
        found.append((columns[0], columns[-1]))
    return found


class Strides(nn.Module):
    """Dilation, padding on one side, average pooling, a branch with a larger kernel: no global mixing."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.pool = nn.Conv2d(3, 4, 3, stride=2), nn.AvgPool2d(2, 1)
        self.dilated, self.wide = nn.Conv2d(4, 4, 3, padding=2, dilation=2), nn.Conv2d(4, 4, (1, 5), padding=(0, 2))
        self.last = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.pad(self.first(x), (2, 0, 1, 0)))
        x = torch.cat([self.dilated(x), self.wide(x)], 1)[:, 2:6]
        return self.last(x[:, :, ::2, 1::2])


def test_a_field_without_global_mixing_is_what_the_gradient_reaches() -> None:
    network = network_of(Head(Strides(), 4), 41)
    calls = model_costs.compute(network).calls
    for name in ("body.first", "body.pool", "body.dilated", "body.wide", "body.last"):
        field = calls[name].field
        assert field
        side = calls[name].output[-1]
        spans = [field.span(side // 2), field.span(side - 1)]
        assert reached(network, name) == [(max(low, 0), min(high, 40)) for low, high in spans], name


def test_attention_and_gates_see_the_whole_picture() -> None:
    network = network_of(Head(Attention(), 12))
    calls = model_costs.compute(network).calls
    before, after = calls["body.qkv"].field, calls["body.mix"].field
    assert before
    assert (before.size, before.jump) == (8, 8)
    assert after
    assert (after.whole, after.span(3)) == (True, (0, 31))
    network = network_of(convolutions())
    calls = model_costs.compute(network).calls
    gated = next(cost.field for cost in calls.values() if cost.kind == "mul")
    assert gated
    assert gated.whole
    assert reached(network, "body.1") == [(0, 31), (0, 31)]


def test_a_field_within_windows_is_not_told() -> None:
    calls = model_costs.compute(network_of(swin())).calls
    assert calls["features.1.0.norm1"].field
    assert calls["features.1.0.mlp.0"].field is None
    assert calls["avgpool"].field
    assert calls["avgpool"].field.whole  # type: ignore[union-attr]


class Mixer(nn.Module):
    """An MLP over the tokens, as in MLP-Mixer."""

    def __init__(self) -> None:
        super().__init__()
        self.proj, self.channels, self.tokens = nn.Conv2d(3, 8, 8, 8), nn.Linear(8, 8), nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        x = self.channels(self.proj(x).flatten(2).transpose(1, 2)).transpose(1, 2)
        return self.tokens(x).unflatten(2, (4, 4))


def test_a_layer_over_the_tokens_sees_the_whole_picture() -> None:
    calls = model_costs.compute(network_of(Head(Mixer(), 8))).calls
    fields = [calls[f"body.{name}"].field for name in ("channels", "tokens")]
    assert [field.whole for field in fields if field] == [False, True]
