"""The lab's measurements of networks other than ResNets, against hooks on a copy and forward passes written out."""

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import ConvNeXt, VisionTransformer
from torchvision.models.convnext import CNBlockConfig

from explorer.analysis import ablation, gradients, interventions, iterative_inference, labels, paths, residual
from explorer.analysis.ablation import INTACT
from explorer.analysis.interventions import Intervention
from explorer.analysis.trace import scale, trace
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import Preprocessing
from tests.analysis.test_ablation import finished
from tests.models.small import noisy

PX = 32
X = torch.randn(3, 3, PX, PX, generator=torch.Generator().manual_seed(2))


def network_of(module: nn.Module) -> Network:
    module.eval().requires_grad_(False)
    prepare = Preprocessing(PX, PX, (0.5, 0.5, 0.5), (0.3, 0.3, 0.3))
    graph = Graph.of(module, (1, 3, PX, PX))
    return Network("own", "random", module, ("red", "green", "blue"), prepare, graph, "network.origin_random")


def vit() -> Network:
    torch.manual_seed(1)
    module = VisionTransformer(PX, 8, 2, 2, 16, 32, num_classes=3)
    nn.init.normal_(module.heads.head.weight)  # zeros in torchvision
    return network_of(module)


def convnext() -> Network:
    torch.manual_seed(1)
    return network_of(ConvNeXt([CNBlockConfig(8, 16, 2), CNBlockConfig(16, None, 2)], layer_scale=0.7, num_classes=3))


class Nested(nn.Module):
    """x + F(x), where F holds a residual block of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.tanh(self.outer(x))
        y = y + self.inner(y)
        return x + F.relu(y)


class Streams(nn.Module):
    """Two streams of residual blocks of different resolution that exchange nothing until the end; then a U's arm."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.fine, self.coarse = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.nested, self.last, self.head = Nested(), nn.Conv2d(8, 8, 1), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.stem(x)
        coarse = F.avg_pool2d(fine, 2)
        fine = fine + torch.tanh(self.fine(fine))
        coarse = coarse + torch.tanh(self.coarse(coarse))
        both = torch.cat([self.nested(fine), F.interpolate(coarse, scale_factor=2.0)], 1)
        both = both + torch.tanh(self.last(both))
        return self.head(both.mean((2, 3)))  # type: ignore[no-any-return]


def streams() -> Network:
    torch.manual_seed(1)
    return network_of(Streams())


class Row(nn.Module):
    """Tokens first, pictures second, as torch's attention takes them by default; a class token is x."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.mlp, self.head = nn.Linear(12, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.attention = nn.MultiheadAttention(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.embed(F.pixel_unshuffle(x, 2).flatten(2).permute(2, 0, 1))
        tokens = tokens + self.attention(tokens, tokens, tokens, need_weights=False)[0]
        tokens = tokens + torch.tanh(self.mlp(tokens))
        return self.head(tokens.mean(0))  # type: ignore[no-any-return]


def row() -> Network:
    torch.manual_seed(1)
    return network_of(Row())


ALL: dict[str, Callable[[], Network]] = {"vit": vit, "convnext": convnext, "streams": streams, "row": row}


@pytest.fixture(scope="module", params=ALL)
def own(request: pytest.FixtureRequest) -> Network:
    return ALL[request.param]()


def by_hand(network: Network, x: Tensor, cut: str) -> Tensor:
    """Logits of a copy in which the branch of one block gives zeros."""
    module: Any = copy.deepcopy(network.module)
    place = dict(zip(network.graph.blocks, BRANCHES[type(module)], strict=True))[cut]
    silenced = module.get_submodule(place)
    silenced.register_forward_hook(
        lambda _, given, out: (torch.zeros_like(out[0]), *out[1:]) if isinstance(out, tuple) else torch.zeros_like(out)
    )
    return module(x)


BRANCHES = {
    VisionTransformer: [
        f"encoder.layers.encoder_layer_{k}.{part}" for k in (0, 1) for part in ("self_attention", "mlp")
    ],
    ConvNeXt: ["features.1.0.block", "features.1.1.block", "features.3.0.block", "features.3.1.block"],
    Row: ["attention", "mlp"],
}  # fmt: skip


def test_which_blocks_are_chains() -> None:
    assert {name: make().graph.is_chain for name, make in ALL.items()} == {
        "vit": True, "convnext": True, "streams": False, "row": True,
    }  # fmt: skip
    assert len(streams().graph.blocks) == 5


@pytest.mark.parametrize("name", ["vit", "convnext", "row"])
def test_a_lesion_is_a_silent_branch(name: str) -> None:
    network, several = ALL[name](), noisy(6, PX)
    cuts = [INTACT, *(frozenset({path}) for path in network.graph.blocks)]
    found = finished(ablation.predict_under_cuts(network, several, cuts))
    x = torch.cat(list(several.inputs(network)))
    assert torch.equal(found[INTACT], network.module(x).argmax(1))
    for path in network.graph.blocks:
        assert torch.equal(found[frozenset({path})], by_hand(network, x, path).argmax(1)), path


def test_lesions_and_factors_of_blocks_that_are_no_chain() -> None:
    """The whole forward pass, written out with factors."""
    network, several = streams(), noisy(6, PX)
    m: Any = network.module

    def forward(x: Tensor, a: list[float], b: list[float]) -> Tensor:
        fine = m.stem(x)
        coarse = F.avg_pool2d(fine, 2)
        fine = b[0] * fine + a[0] * torch.tanh(m.fine(fine))
        coarse = b[1] * coarse + a[1] * torch.tanh(m.coarse(coarse))
        y = torch.tanh(m.nested.outer(fine))
        y = b[2] * y + a[2] * m.nested.inner(y)
        both = torch.cat([b[3] * fine + a[3] * F.relu(y), F.interpolate(coarse, scale_factor=2.0)], 1)
        return m.head((b[4] * both + a[4] * torch.tanh(m.last(both))).mean((2, 3)))

    blocks = list(network.graph.blocks)
    cuts = [frozenset(blocks[k] for k in chosen) for chosen in ([], [0], [1], [2], [3], [4], [0, 2, 4])]
    found = finished(ablation.predict_under_cuts(network, several, cuts))
    x = torch.cat(list(several.inputs(network)))
    for cut in cuts:
        expected = forward(x, [float(path not in cut) for path in blocks], [1.0] * 5)
        assert torch.equal(found[cut], expected.argmax(1)), cut
    values = interventions.block_inputs(network, X)
    assert torch.equal(interventions.run(network, values, Intervention()), network.module(X))
    change = Intervention({blocks[2]: 0.5, blocks[3]: 2.0}, {blocks[1]: 0.25})
    expected = forward(X, [1, 1, 0.5, 2, 1], [1, 0.25, 1, 1, 1])
    torch.testing.assert_close(interventions.run(network, values, change), expected)
    assert not any(interventions.partners(network, path) for path in blocks)


@pytest.mark.parametrize("name", ["vit", "convnext"])
def test_block_by_block_equals_one_edited_trace(name: str) -> None:
    network = ALL[name]()
    values = interventions.block_inputs(network, X)
    for path in network.graph.blocks:
        found = interventions.run(network, values, Intervention({path: 0.5}, {path: 1.5}))
        edits = {f"{path}.branch": scale(0.5), f"{path}.shortcut": scale(1.5)}
        assert torch.equal(found, trace(network, X, keep=(), edits=edits).logits)


def test_swapped_blocks_of_a_vit() -> None:
    """Attention of layer 0 after the MLP of layer 1, and the other way round."""
    network = vit()
    first, _, _, second = network.graph.blocks
    assert second in interventions.partners(network, first)
    m: Any = network.module
    x = torch.cat([m.class_token.expand(len(X), -1, -1), m._process_input(X)], 1) + m.encoder.pos_embedding
    one, other = m.encoder.layers
    for layer, kind in ((other, "mlp"), (one, "mlp"), (other, "attention"), (one, "attention")):
        if kind == "mlp":
            x = x + layer.mlp(layer.ln_2(x))
        else:
            y = layer.ln_1(x)
            x = x + layer.self_attention(y, y, y, need_weights=False)[0]
    expected = m.heads(m.encoder.ln(x)[:, 0])
    found = interventions.run(network, interventions.block_inputs(network, X), Intervention(swap=(first, second)))
    torch.testing.assert_close(found, expected)


def test_share_and_angle_are_of_each_picture(own: Network) -> None:
    found = residual.over_depth(own, X)
    assert found.share.shape == (len(X), len(own.graph.blocks))
    for k, x in enumerate(X[:, None]):
        kept = trace(own, x, keep=own.graph.role_names())
        for place, path in enumerate(own.graph.blocks):
            one = residual.measure_sum(kept[f"{path}.shortcut"], kept[f"{path}.branch"])
            assert found.share[k, place].item() == pytest.approx(one.ratio / (1 + one.ratio), rel=1e-4)
            assert math.cos(math.radians(found.angle[k, place].item())) == pytest.approx(one.cosine, abs=1e-4)


def test_responses_are_of_norm_layers() -> None:
    network = vit()
    found = residual.over_depth(network, X)
    assert found.layers == tuple(f"encoder.layers.encoder_layer_{k}.ln_{n}" for k in (0, 1) for n in (1, 2))
    seen: list[Tensor] = []
    module: Any = copy.deepcopy(network.module)
    module.encoder.layers[1].ln_2.register_forward_hook(lambda _, given, out: seen.append(out))
    module(X)
    assert found.response[:, 3].tolist() == pytest.approx(seen[0].flatten(1).std(1, correction=0).tolist(), rel=1e-5)
    assert residual.over_depth(row(), X).layers == ()


def test_gradients_are_autograds(own: Network) -> None:
    found = gradients.measure(own, X[:1], 1)
    loss = F.cross_entropy(own.module(X[:1]), torch.tensor([1]))
    assert found.loss == pytest.approx(float(loss), rel=1e-5)
    assert set(found.norms) == set(own.graph.blocks)
    assert min(found.norms.values()) > 0
    path, block = list(own.graph.blocks.items())[-1]  # a difference quotient along the gradient
    step = 1e-2

    def loss_at(direction: Tensor) -> float:
        logits = trace(own, X[:1], keep=(), edits={block.input: lambda value: value + step * direction}).logits
        return float(F.cross_entropy(logits.double(), torch.tensor([1])))

    shape = own.graph.nodes[block.input].shape
    slopes = [loss_at(unit.reshape(shape)) - loss_at(-unit.reshape(shape)) for unit in _units(shape)]
    assert math.hypot(*slopes) / (2 * step) == pytest.approx(_projected(own, path, shape), rel=0.05)


def _units(shape: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(4)
    return torch.linalg.qr(torch.randn(math.prod(shape), 3, generator=generator)).Q.T


def _projected(network: Network, path: str, shape: tuple[int, ...]) -> float:
    """The norm of the gradient in the space of `_units`, from autograd."""
    nudge = torch.zeros(shape, requires_grad=True)
    edits = {network.graph.blocks[path].input: lambda value: value + nudge}
    logits = trace(network, X[:1], keep=(), edits=edits, gradients=True).logits
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, torch.tensor([1])), nudge)
    assert gradients.measure(network, X[:1], 1).norms[path] == pytest.approx(float(gradient.norm()), rel=1e-5)
    return float((_units(shape) @ gradient.flatten()).norm())


def test_the_head_reads_every_block_of_a_vit() -> None:
    network = vit()
    m: Any = network.module
    read = iterative_inference.readouts(network, X)
    assert list(read) == list(network.graph.blocks)
    outs = trace(network, X, keep=[f"{path}.out" for path in read])
    for path, probabilities in read.items():
        expected = m.heads(m.encoder.ln(outs[f"{path}.out"])[:, 0]).softmax(1)
        torch.testing.assert_close(probabilities, expected)


def test_the_head_reads_the_last_stage() -> None:
    assert list(iterative_inference.readouts(convnext(), X)) == ["features.3.0", "features.3.1"]
    network = streams()  # the head reads the last block alone
    last = list(network.graph.blocks)[-1]
    torch.testing.assert_close(iterative_inference.readouts(network, X)[last], network.module(X).softmax(1))


def test_a_set_of_pictures(own: Network) -> None:
    several = noisy(15, PX)
    found = finished(iterative_inference.over_set(own, several))
    assert found.cosines.shape == (15, len(own.graph.blocks))
    x, targets = torch.cat(list(several.inputs(own))), several.true_labels(own)
    assert targets is not None
    one = iterative_inference.cosines(own, x[4:5], targets[4:5])
    torch.testing.assert_close(found.cosines[4:5], one, atol=1e-4, rtol=1e-3)
    assert list(found.heads.values())[-1] == float((own.module(x).argmax(1) == targets).float().mean())


class Projected(nn.Module):
    """Shortcuts of every kind: a 3x3 kernel, grouped, zeros on both sides, a linear layer on tokens."""

    def __init__(self, shortcut: nn.Module, channels: int) -> None:
        super().__init__()
        self.shortcut, self.stem = shortcut, nn.Conv2d(3, 4, 1)
        self.conv, self.more = nn.Conv2d(4, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)
        self.head = nn.Linear(channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        return self.head((self.shortcut(x) + self.more(F.relu(self.conv(x)))).mean((2, 3)))  # type: ignore[no-any-return]


class Sides(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, (0, 0, 0, 0, 2, 2))


def test_the_main_source_by_any_shortcut() -> None:
    torch.manual_seed(1)
    wide, grouped = nn.Conv2d(4, 6, 3, padding=1), nn.Conv2d(4, 4, 1, groups=2)
    for shortcut, channels in ((wide, 6), (grouped, 4), (Sides(), 8)):
        network = network_of(Projected(shortcut, channels))
        (path,) = network.graph.blocks
        found = [residual.main_source(network, path, channel) for channel in range(channels)]
        if shortcut is wide:  # inside, each weight counts once for each pixel
            assert found == wide.weight.abs().sum((2, 3)).argmax(1).tolist()
        elif shortcut is grouped:
            groups = grouped.weight.abs()[:, :, 0, 0].argmax(1).tolist()
            assert found == [2 * (channel // 2) + source for channel, source in enumerate(groups)]
        else:
            assert found == [None, None, 0, 1, 2, 3, None, None]


def test_paths_of_a_transformer_are_sets_of_branches() -> None:
    assert paths.branches(vit().graph) == [1, 4, 6, 4, 1]
    assert paths.layers(vit().graph)[1:] != []


def test_short_names() -> None:
    assert list(labels.of_blocks(vit().graph).values()) == ["L0 attn", "L0 mlp", "L1 attn", "L1 mlp"]
    assert list(labels.of_blocks(convnext().graph).values()) == ["1.0", "1.1", "3.0", "3.1"]
    assert list(labels.of_blocks(row().graph).values()) == list(row().graph.blocks)
    network = convnext()
    assert set(labels.stages(network.graph, residual.layers(network)).values()) == {"stem", "features.1", "features.3"}


class Plain(nn.Module):
    """Convolutions, one of which could not be left out: it makes fewer channels."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 1), nn.Conv2d(6, 6, 3, padding=1), nn.Conv2d(6, 4, 1))
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).mean((2, 3)))  # type: ignore[no-any-return]


def test_parts_of_a_plain_network_that_can_be_left_out() -> None:
    torch.manual_seed(3)
    network = network_of(Plain())
    assert [(part.path, part.resizes) for part in ablation.sections(network)] == [
        ("features.0", True), ("features.1", False),
    ]  # fmt: skip
    several = noisy(9, PX)
    cut = frozenset({"features.1"})
    found = finished(ablation.predict_under_cuts(network, several, [cut]))
    x = torch.cat(list(several.inputs(network)))
    m: Any = network.module
    assert torch.equal(found[cut], m.head(m.features[2](m.features[0](x)).mean((2, 3))).argmax(1))
