"""Gradients along paths against a three-block network written out, with `.detach()` on the side that is not taken."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain, product
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis import path_gradients
from explorer.analysis.path_gradients import PathGradients
from explorer.analysis.trace import trace
from explorer.codegen import path_gradients as scripts
from explorer.core.errors import TraceError
from explorer.models import loading
from explorer.models.network import Network
from tests.analysis.test_ablation import finished
from tests.analysis.test_any_network import Nested, convnext, network_of, vit
from tests.codegen.test_shortcut import small as at_32_px
from tests.codegen.test_views import run

X = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(5))
WANTED = 1
CHOICES = list(product((False, True), repeat=3))  # of each block: whether its branch is taken


class Block(nn.Module):
    def __init__(self, inplanes: int, planes: int, *, rectified: bool) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inplanes, planes, 3, padding=1), nn.BatchNorm2d(planes)
        self.conv2, self.relu = nn.Conv2d(planes, planes, 3, padding=1), nn.ReLU(inplace=True)
        self.downsample = nn.Conv2d(inplanes, planes, 1) if inplanes != planes else None
        self.rectified = rectified

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.conv2(self.relu(self.bn1(self.conv1(x))))
        out += identity
        return self.relu(out) if self.rectified else out  # type: ignore[no-any-return]


class Small(nn.Module):
    """Three blocks, of which the second changes the shape; a pooling layer follows it, on no block's path."""

    def __init__(self, *, rectified: bool) -> None:
        super().__init__()
        self.stem, self.relu, self.pool = nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        self.blocks = nn.ModuleList(Block(*sizes, rectified=rectified) for sizes in ((4, 4), (4, 6), (6, 6)))
        self.fc = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.stem(x))
        x = self.blocks[2](self.pool(self.blocks[1](self.blocks[0](x))))
        return self.fc(x.mean((2, 3)))  # type: ignore[no-any-return]


def small(*, rectified: bool) -> Network:
    torch.manual_seed(8)
    return network_of(Small(rectified=rectified))


def by_hand(network: Network, branches: tuple[bool, ...], shortcuts: tuple[bool, ...]) -> list[Tensor]:
    """The gradients of the loss at each block's input, through those branches and shortcuts only."""
    m: Any = network.module
    x, inputs = torch.relu(m.stem(X)).requires_grad_(), []
    for block, branch, shortcut in zip(m.blocks, branches, shortcuts, strict=True):
        inputs.append(x)
        f = block.conv2(torch.relu(block.bn1(block.conv1(x))))
        s = x if block.downsample is None else block.downsample(x)
        x = (f if branch else f.detach()) + (s if shortcut else s.detach())
        x = torch.relu(x) if block.rectified else x
        x = F.max_pool2d(x, 2) if len(inputs) == 2 else x
    loss = F.cross_entropy(m.fc(x.mean((2, 3))), torch.tensor([WANTED]))
    return list(torch.autograd.grad(loss, inputs, materialize_grads=True))


def path_of(choice: tuple[bool, ...]) -> tuple[int, ...]:
    return tuple(k for k, branch in enumerate(choice) if branch)


@pytest.mark.parametrize("rectified", [True, False])
def test_every_path_is_a_backward_pass_with_one_side_detached(rectified: bool) -> None:
    network = small(rectified=rectified)
    paths = path_gradients.choose(3)
    found = finished(path_gradients.measure(network, X, WANTED, paths))
    expected = {
        path_of(choice): float(by_hand(network, choice, tuple(not branch for branch in choice))[0].norm())
        for choice in CHOICES
    }
    measured = dict(zip(chain(*paths), chain(*found.norms), strict=True))
    assert measured == pytest.approx(expected, rel=1e-5)
    assert len(set(measured.values())) == 8
    assert found.norm == pytest.approx(float(by_hand(network, (True,) * 3, (True,) * 3)[0].norm()), rel=1e-5)


@pytest.mark.parametrize("rectified", [True, False])
def test_the_gradients_of_all_paths_add_up_to_the_gradient(rectified: bool) -> None:
    """Also with a ReLU after the sum: the forward pass fixes what it lets through, for all paths alike."""
    network = small(rectified=rectified)
    backward = path_gradients._Backward(network, X, WANTED)
    total = torch.zeros(())
    for choice in CHOICES:
        gradient = backward.start
        for k in (2, 1, 0):
            gradient = backward.through(k, gradient, branch=choice[k])
        total = total + gradient
    (whole, *_) = by_hand(network, (True,) * 3, (True,) * 3)
    torch.testing.assert_close(total, whole)


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(vit, id="attention and MLP"),
        pytest.param(convnext, id="layer scale, a convolution between the stages"),
        *(
            pytest.param(partial(loading.load, name, "random", seed=1), id=name)
            for name in ("mobilenet_v3_small", "cifar-resnet8-exclusive-w4", "cifar-preact8-b-w4")
        ),
    ],
)
def test_both_ways_at_every_block_add_up_to_the_gradient(network: Callable[[], Network]) -> None:
    """The sum of all paths, block by block, against autograd without pieces."""
    opened = network()
    backward = path_gradients._Backward(opened, X, WANTED)
    gradient = backward.start
    for k in reversed(range(len(backward.blocks))):
        gradient = backward.through(k, gradient, branch=True) + backward.through(k, gradient, branch=False)
    at = next(iter(opened.graph.blocks.values())).input
    given = trace(opened, X, keep=(), until=at).logits.requires_grad_()
    logits = trace(opened, given, keep=(), after=at, gradients=True).logits
    (whole,) = torch.autograd.grad(F.cross_entropy(logits, torch.tensor([WANTED])), given)
    assert whole.any()
    torch.testing.assert_close(gradient, whole, rtol=1e-4, atol=1e-4 * float(whole.abs().max()))


@pytest.mark.parametrize("rectified", [True, False])
def test_the_shortcuts_alone_are_the_path_through_no_branch(rectified: bool) -> None:
    network = small(rectified=rectified)
    found = path_gradients.shortcuts_alone(network, X, WANTED)
    alone, whole = by_hand(network, (False,) * 3, (True,) * 3), by_hand(network, (True,) * 3, (True,) * 3)
    assert list(found) == list(network.graph.blocks)
    for one, a, g in zip(found.values(), alone, whole, strict=True):
        assert (one.norm, one.whole) == pytest.approx((float(a.norm()), float(g.norm())), rel=1e-5)
        assert one.ratio == pytest.approx(float(a.norm() / g.norm()), rel=1e-5)
        assert one.cosine == pytest.approx(float(a.flatten() @ g.flatten() / a.norm() / g.norm()), rel=1e-4)


def test_without_relu_and_projection_the_shortcuts_pass_the_gradient_unchanged() -> None:
    """He et al. 2016, equation 5: within a stage the first term is the same at every block."""
    network = loading.load("cifar-preact20-w4", "random", seed=1)
    found = path_gradients.shortcuts_alone(network, X, WANTED)
    norms = [[found[f"layer{stage}.{k}"].norm for k in range(3)] for stage in (1, 2, 3)]
    for one in norms:
        assert one[1] == one[2], "block 0 of the second and third stage changes the shape"
    assert norms[0][0] == norms[0][1] > 0


def test_nested_blocks_are_no_chain_and_the_outer_shortcut_alone_leads_back() -> None:
    torch.manual_seed(2)
    stem, block, fc = nn.Conv2d(3, 4, 3), Nested(), nn.Linear(4, 3)
    network = network_of(nn.Sequential(stem, block, nn.AdaptiveAvgPool2d(1), nn.Flatten(), fc))
    with pytest.raises(TraceError, match="own"):
        finished(path_gradients.measure(network, X, WANTED, path_gradients.choose(2)))
    x = stem(X).detach().requires_grad_()
    logits = fc((x + (block(x) - x).detach()).mean((2, 3)))
    (alone,) = torch.autograd.grad(F.cross_entropy(logits, torch.tensor([WANTED])), x)
    found = path_gradients.shortcuts_alone(network, X, WANTED)
    assert [one.norm for one in found.values()] == pytest.approx([float(alone.norm())] * 2, rel=1e-5)


def test_all_paths_of_few_blocks_and_a_sample_of_many() -> None:
    every = path_gradients.choose(8)
    assert [len(same) for same in every] == [1, 8, 28, 56, 70, 56, 28, 8, 1]
    assert {path for same in every for path in same} == {path_of(one) for one in product((False, True), repeat=8)}
    some = path_gradients.choose(54)
    assert [len(same) for same in some] == [1, *[16] * 53, 1]
    assert all(len(set(path)) == length for length, same in enumerate(some) for path in same)
    assert some == path_gradients.choose(54)
    assert some != path_gradients.choose(54, seed=1)


def test_branches_at_the_end_of_several_paths_are_passed_once() -> None:
    assert path_gradients.passes(path_gradients.choose(8)) == 2**8 - 1
    assert path_gradients.passes([[()], [(0,), (2,)], [(0, 2), (1, 2)]]) == 4, "0; 2; 0 and 1 after 2"


def test_the_estimate_takes_a_branch_to_run_back_as_fast_as_forth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_gradients, "time", SimpleNamespace(perf_counter=iter((10.0, 13.0)).__next__))
    seconds = path_gradients.estimate(small(rectified=True), X, path_gradients.choose(3))
    assert seconds == 7, "a second per block, and 4 + 2 + 1 branches"


def test_a_length_counts_as_many_paths_as_there_are() -> None:
    sampled = PathGradients(((8.0,), (3.0, 1.0), (2.0, 0.0), (1.0,)), 5.0)
    assert sampled.counts == [1, 3, 3, 1]
    assert sampled.totals == [8, 6, 3, 1]
    assert sampled.shares == [8 / 18, 6 / 18, 3 / 18, 1 / 18]


def test_the_effective_lengths_are_the_fewest_that_hold_nine_tenths() -> None:
    assert path_gradients.effective([0.05, 0.3, 0.4, 0.21, 0.04]) == (1, 3)
    assert path_gradients.effective([0.0, 0.95, 0.05]) == (1, 1)
    assert path_gradients.effective([0.2] * 5) == (0, 4)
    assert path_gradients.effective([0.0, 0.5, 0.42, 0.43, 0.05]) in {(1, 2)}


def scripts_agree(
    network: Network, x: torch.Tensor, wanted: int, run: Callable[[str], Mapping[str, Any]], file: str
) -> None:
    """The two programs for `file`, whose input is `x`, give what `path_gradients` does."""
    expected = finished(path_gradients.measure(network, x, wanted, path_gradients.choose(len(network.graph.blocks))))
    found = run(scripts.lengths(network, wanted, file))
    assert [len(same) for same in found["norms"]] == [len(same) for same in expected.norms]
    for mine, theirs in zip(found["norms"], expected.norms, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-3)
    found = run(scripts.alone(network, wanted, file))
    alone = path_gradients.shortcuts_alone(network, x, wanted).values()
    assert found["ratios"] == pytest.approx([one.ratio for one in alone], rel=1e-3)
    assert found["cosines"] == pytest.approx([one.cosine for one in alone], abs=1e-4)


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(lambda: loading.load("cifar-resnet14-w4", "random", seed=4), id="written out"),
        pytest.param(lambda: loading.load("cifar-preact14-w4", "random", seed=4), id="pre-activation"),
        pytest.param(lambda: loading.load("cifar-resnet8-exclusive-w4", "random", seed=4), id="variant"),
        pytest.param(lambda: at_32_px(loading.load("resnet18", "cifar10")), id="torchvision"),
    ],
)
def test_the_scripts_print_what_the_page_shows(picture: Image.Image, network: Any) -> None:
    opened: Network = network()
    x = opened.preprocess(picture)
    code = scripts.lengths(opened, 3, "my photo.png")
    assert len([line for line in code.splitlines() if line]) <= 40
    assert max(map(len, code.splitlines())) <= 120
    scripts_agree(opened, x, 3, run, "my photo.png")


def test_attention_and_mlp_are_branches_too() -> None:
    network = vit()
    found = finished(path_gradients.measure(network, X, WANTED, path_gradients.choose(4)))
    total = path_gradients.shortcuts_alone(network, X, WANTED)
    (alone,) = found.norms[0]
    assert alone == pytest.approx(next(iter(total.values())).norm, rel=1e-5)
    assert found.counts == [1, 4, 6, 4, 1]
