"""Untrained networks: gradients and shares against one backward pass with hooks; statistics of noise."""

import io
import math
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis import at_init, picture_set
from explorer.analysis.at_init import AtInit, Twin
from explorer.codegen import gradients as script
from explorer.models.cifar_resnet import CifarBlock

T = TypeVar("T")
X = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(3))
WANTED = torch.tensor([0, 3, 9, 1])


def ended(steps: Generator[tuple[int, int], None, T]) -> tuple[T, list[tuple[int, int]]]:
    progress = []
    while True:
        try:
            progress.append(next(steps))
        except StopIteration as end:
            return end.value, progress


def hooked(twin: Twin, x: Tensor, wanted: Tensor) -> tuple[list[float], list[float]]:
    """Oracle: one forward and backward pass of the whole network; norms, and shares from the inputs of each sum."""
    module = at_init.build(twin).requires_grad_()
    inputs: list[Tensor] = []
    branches: list[float] = []
    for block in module.modules():
        if isinstance(block, nn.ReLU):
            block.inplace = False
        if isinstance(block, CifarBlock):
            block.register_forward_pre_hook(lambda _, given: (given[0].retain_grad(), inputs.append(given[0]))[0])
            block.bn2.register_forward_hook(lambda _, given, out: branches.append(out.detach().square().mean().item()))
    F.cross_entropy(module(x), wanted).backward()
    blocks = [block for block in module.modules() if isinstance(block, CifarBlock)]
    shares = [
        branch / (branch + (block.downsample or nn.Identity())(given).square().mean().item())
        for branch, block, given in zip(branches, blocks, inputs, strict=True)
    ]
    return [given.grad.norm().item() for given in inputs], shares if twin.residual else []


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("residual", [True, False])
def test_block_by_block_is_one_backward_pass(residual: bool, norm: bool) -> None:
    twin = Twin(14, 2, residual=residual, norm=norm)
    (found,), progress = ended(at_init.measure([twin], X, WANTED))
    norms, shares = hooked(twin, X, WANTED)
    assert found.norms == pytest.approx(norms, rel=1e-3)
    assert found.shares == pytest.approx(shares, rel=1e-3)
    assert progress == [(k, 12) for k in range(1, 13)], "six blocks, forwards and backwards"


def test_progress_continues_over_several_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.random.get_rng_state()
    found, progress = ended(at_init.measure([Twin(8, 0), Twin(8, 0, residual=False)], X, WANTED))
    assert progress == [(k, 12) for k in range(1, 13)]
    assert [len(one.norms) for one in found] == [3, 3]
    assert [len(one.shares) for one in found] == [3, 0]
    assert torch.equal(torch.random.get_rng_state(), before), "torch's generator is unchanged"


def test_every_depth_is_one_of_the_papers() -> None:
    assert (at_init.DEPTHS[0], at_init.DEPTHS[-1]) == (8, 110)
    assert all((depth - 2) % 6 == 0 for depth in at_init.DEPTHS)


@pytest.fixture(scope="module")
def deep() -> list[AtInit]:
    return ended(at_init.measure([Twin(44, 0), Twin(44, 0, norm=False), Twin(8, 0, zero_init=True)], X, WANTED))[0]


def test_batch_norm_makes_the_branch_small_as_theory_says(deep: list[AtInit]) -> None:
    normed, bare, zero = deep
    assert all(1 / (block + 1) < share < 1.2 / block for block, share in enumerate(normed.shares[:7], 1))
    assert normed.shares[7] > 1.4 * normed.shares[6], "new channels that are zero halve the shortcut"
    assert np.mean(bare.shares) == pytest.approx(2 / 3, abs=0.1)
    assert at_init.growth(bare.squares) > 1.5 > at_init.growth(normed.squares)
    assert zero.shares == [0, 0, 0]


def test_growth_is_the_geometric_mean() -> None:
    assert at_init.growth([3, 1, 12]) == pytest.approx(2)


def test_autocorrelation_of_a_sine_and_of_noise() -> None:
    count, period = 240, 24
    sine = torch.sin(torch.arange(count) * 2 * math.pi / period)
    noise = torch.randn(4000, generator=torch.Generator().manual_seed(1))
    lags = torch.arange(60)
    expected = (1 - lags / count) * torch.cos(lags * 2 * math.pi / period)
    found = at_init.autocorrelation(sine, 60)
    assert found.numpy() == pytest.approx(expected.numpy(), abs=0.02)
    white = at_init.autocorrelation(noise, 60)
    assert white[0] == 1
    assert white[1:].abs().max() < 4 / math.sqrt(4000)
    for values in (sine, noise):
        centred = values.double().numpy() - values.double().numpy().mean()
        full = np.correlate(centred, centred, "full")[len(centred) - 1 :][:60]
        assert at_init.autocorrelation(values, 60).numpy() == pytest.approx(full / full[0], abs=1e-5)
    rows = at_init.autocorrelation(torch.stack([sine, 5 * sine + 3]), 60)
    assert rows[1].numpy() == pytest.approx(rows[0].numpy(), abs=1e-4), "neither shift nor scale matters"


def test_how_far_a_correlation_reaches() -> None:
    assert at_init.correlation_length(torch.tensor([1.0, 0.7, 0.4, 0.9])) == 2
    assert at_init.correlation_length(torch.ones(5)) == 5


def by_autograd(depth: int, keep: float, beta: float, seed: int) -> Tensor:
    """Oracle: one network, written out, differentiated by autograd."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.linspace(-2, 2, at_init.GRID).requires_grad_()
    h = x[:, None] @ torch.randn(1, at_init.UNITS, generator=generator)
    for _ in range(depth - 2):
        weight = torch.randn(at_init.UNITS, at_init.UNITS, generator=generator) * math.sqrt(2 / at_init.UNITS)
        mean, var = h.detach().mean(0), h.detach().var(0, correction=0)
        h = keep * h + beta * (F.batch_norm(h, mean, var).relu() @ weight)
    y = h @ torch.randn(at_init.UNITS, 1, generator=generator)
    return torch.autograd.grad(y.sum(), x)[0]


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_slopes_are_autograds(depth: int) -> None:
    found, progress = ended(at_init.shatter(depth, 5, runs=2))
    assert progress == [(k, depth - 2) for k in range(1, depth - 1)]
    for kind, (keep, beta) in at_init.KEEP_BETA.items():
        expected = torch.stack([by_autograd(depth, keep, beta, seed) for seed in (5, 6)])
        off = (found.gradients[kind] - expected[0]).abs() / expected[0].abs().max()
        assert off.median() < 1e-4, "rounding turns a unit on or off at an input or two"
        if depth > 2:
            correlations = at_init.autocorrelation(expected).mean(0)
            assert found.correlations[kind].numpy() == pytest.approx(correlations.numpy(), abs=0.02)


def test_plain_gradients_shatter_and_residual_ones_do_not() -> None:
    found, progress = ended(at_init.shatter(26, 0, runs=2))
    assert progress[-1] == (24, 24)
    plain, residual, scaled = (found.correlations[kind] for kind in ("plain", "residual", "scaled"))
    assert abs(plain[1]) < 0.25 < 0.6 < residual[1] < scaled[1]
    assert (
        at_init.correlation_length(plain)
        == 1
        < at_init.correlation_length(residual)
        < at_init.correlation_length(scaled)
    )
    shallow, _ = ended(at_init.shatter(8, 0, runs=2))
    assert shallow.correlations["plain"][1] > plain[1] + 0.3, "depth is what shatters"


def run(code: str) -> dict[str, Any]:
    assert len(code.splitlines()) <= 40
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    return names


@pytest.mark.parametrize(
    "pair", [(Twin(14, 3), Twin(14, 3, residual=False)), (Twin(8, 1, zero_init=True), Twin(8, 1, norm=False))]
)
def test_the_script_of_the_twins(pair: tuple[Twin, Twin], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    several = picture_set.find(at_init.PICTURES)
    zipfile.ZipFile(io.BytesIO(picture_set.to_zip(several, "my pictures"))).extractall()
    x, wanted = at_init.batch(several)
    found = run(script.twins(pair, "my pictures"))
    assert torch.equal(found["images"], x)
    assert torch.equal(found["labels"] % 10, wanted)
    expected, _ = ended(at_init.measure(pair, x, wanted))
    for (norms, shares), one in zip(found["found"], expected, strict=True):
        assert norms == pytest.approx(one.norms, rel=1e-3)
        if one.shares:
            assert shares == pytest.approx(one.shares, rel=1e-3)


def test_the_script_of_shattered_gradients() -> None:
    found = run(script.shattered(8, 4))
    expected, _ = ended(at_init.shatter(8, 4))
    for curve, correlation, kind in zip(found["curves"], found["correlations"], at_init.KEEP_BETA, strict=True):
        assert torch.equal(curve, expected.gradients[kind])
        assert torch.equal(correlation, expected.correlations[kind])
