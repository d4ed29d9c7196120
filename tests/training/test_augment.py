"""Batches are augmented as torchvision augments single pictures, with independent parameters per picture."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

from explorer.data import images as pictures
from explorer.training.augment import BRIGHTNESS, CONTRAST, HUE, SATURATION, Augment, Draws
from explorer.training.recipe import RECIPES, Recipe

MEAN, STD = (0.49, 0.48, 0.45), (0.20, 0.21, 0.22)
NOTHING: dict[str, Any] = {
    "crop_padding": 0, "flip": 0, "brightness": 0, "contrast": 0, "saturation": 0, "hue": 0, "rotation": 0,
}  # fmt: skip
STRONG = Recipe(brightness=0.8, contrast=0.8, saturation=1.0, hue=0.5, rotation=180)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bytes_of(n: int, side: int, seed: int = 0) -> Tensor:
    return torch.randint(0, 256, (n, 3, side, side), dtype=torch.uint8, generator=seeded(seed))


def augment(side: int = 32, **fields: Any) -> Augment:
    return Augment(Recipe(**{"image_size": max(side, 32), **fields}), side, MEAN, STD)


def orders(made: Augment, draws: Draws) -> list[tuple[int, ...]]:
    """Jitters of every slot in order."""
    found = [list(map(int, row)) for row in draws.blends]
    places = len(found[0]) + 1
    for slot, row in enumerate(found):
        if made.recipe.hue:
            row.insert(slot * places // len(found), HUE)
    return [tuple(row) for row in found]


def by_torchvision(made: Augment, images: Tensor, draws: Draws) -> Tensor:
    """Reference: one picture and one operation at a time."""
    change = {BRIGHTNESS: TF.adjust_brightness, CONTRAST: TF.adjust_contrast, SATURATION: TF.adjust_saturation}
    side, found = images.shape[-1], []
    for k, image in enumerate(images):
        slot = draws.slots.tolist().index(k) if made.recipe.hue else k
        padded = TF.pad(image, [made.padding])
        x = TF.crop(padded, int(draws.top[slot]), int(draws.left[slot]), side, side) / 255
        x = TF.hflip(x) if draws.flip[slot] else x
        factors = iter(draws.factors[slot].tolist())
        for jitter in orders(made, draws)[slot]:
            x = TF.adjust_hue(x, float(draws.turn[slot])) if jitter == HUE else change[jitter](x, next(factors))
        found.append(TF.rotate(x, math.degrees(float(draws.angle[slot])), InterpolationMode.NEAREST))
    return torch.stack(found)


@pytest.mark.parametrize(("n", "side"), [(1, 32), (2, 8), (21, 32), (3, 96)])
def test_equals_torchvision_with_the_same_draws(n: int, side: int) -> None:
    images, made = bytes_of(n, side), Augment(STRONG.changed(image_size=max(side, 32)), side, MEAN, STD)
    assert made.padding == side // 8  # 4 of 32
    draws = made.draw(n, seeded(1))
    torch.testing.assert_close(made.changed(images, draws), by_torchvision(made, images, draws), rtol=0, atol=2e-5)


@pytest.mark.parametrize("turn", [-0.5, -0.31, 0.0, 0.1, 0.5])
def test_hue_of_every_kind_of_colour(turn: float) -> None:
    """Greys, primaries, ties of two channels, and neighbours of grey, where the hue is ill-conditioned."""
    levels = (0, 1, 127, 128, 254, 255)
    colours = torch.tensor(list(itertools.product(levels, repeat=3)), dtype=torch.float32).div(255)  # (216, 3)
    x = colours.t().reshape(1, 3, 12, 18).clone()
    expected = TF.adjust_hue(x, turn)
    augment()._turn_hue(x, torch.tensor([turn]))
    torch.testing.assert_close(x, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"brightness": 0.5}, [BRIGHTNESS]), ({"contrast": 0.5}, [CONTRAST]), ({"saturation": 0.5}, [SATURATION]),
        ({"contrast": 0.3, "saturation": 0.5}, [CONTRAST, SATURATION]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("hue", [0, 0.5])
def test_operations_of_zero_strength_are_skipped(fields: dict[str, float], expected: list[int], hue: float) -> None:
    images, made = bytes_of(5, 32), augment(**{**NOTHING, **fields, "hue": hue})
    draws = made.draw(5, seeded())
    assert sorted(set(draws.blends.flatten().tolist())) == expected
    torch.testing.assert_close(made.changed(images, draws), by_torchvision(made, images, draws), rtol=0, atol=1e-5)


def test_nothing_is_plain() -> None:
    images = bytes_of(3, 32)
    nothing = augment(**NOTHING)
    assert torch.equal(nothing(images), nothing.plain(images))


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_flip_alone(chance: float) -> None:
    images = bytes_of(4, 16)
    found = augment(16, **{**NOTHING, "flip": chance})
    assert torch.equal(found.changed(images, found.draw(4)), (images.flip(-1) if chance else images) / 255)


@pytest.mark.parametrize(("side", "size"), [(32, 32), (8, 32), (32, 64), (224, 224)])
def test_plain_is_normalised_then_enlarged(side: int, size: int) -> None:
    images = bytes_of(2, side)
    x = TF.normalize(images / 255, list(MEAN), list(STD))
    expected = torch.nn.functional.interpolate(x, (size, size), mode="bilinear", align_corners=False)
    made = Augment(Recipe(image_size=size), side, MEAN, STD)
    before = images.clone()
    for found in (made.plain(images), made(images)):
        assert (found.shape, found.dtype) == ((2, 3, size, size), torch.float32)
        assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(made.plain(images), expected, rtol=0, atol=2e-6)
    assert torch.equal(images, before)  # the input is not modified


def test_borders_are_black_before_they_are_normalised() -> None:
    """On a white picture exactly the area added by crop and rotation is 0."""
    white = torch.full((200, 3, 32, 32), 255, dtype=torch.uint8)
    for fields in ({"crop_padding": 4}, {"rotation": 15.0}):
        made = augment(**{**NOTHING, **fields})
        x = made.changed(white, made.draw(200, seeded()))
        assert set(x.unique().tolist()) == {0.0, 1.0}
        assert (x[:, :, 12:20, 12:20] == 1).all()
        assert (x[:, :, 0, 0] == 0).any()
        normalised = made(white, seeded())
        torch.testing.assert_close(normalised.amin((0, 2, 3)), -torch.tensor(MEAN) / torch.tensor(STD))


@pytest.fixture(scope="module")
def many() -> Draws:
    """40,000 draws of the tutorial's recipe."""
    return augment().draw(40_000, seeded())


def assert_equal_shares(values: Any, outcomes: int) -> None:
    """Chi-square statistic for `outcomes` equally likely values, all of which must occur."""
    _, counts = np.unique(np.asarray(values), return_counts=True)
    assert len(counts) == outcomes
    assert stats.chisquare(counts).pvalue > 1e-3


def assert_uniform(values: Tensor, low: float, high: float) -> None:
    assert stats.kstest(values.double().numpy(), "uniform", (low, high - low)).pvalue > 1e-3


def test_offsets_are_uniform_and_independent(many: Draws) -> None:
    assert (int(many.top.min()), int(many.top.max())) == (0, 8)
    assert_equal_shares(many.top * 9 + many.left, 81)
    assert_equal_shares((many.top * 9 + many.left) * 2 + many.flip, 162)


@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_flips(chance: float) -> None:
    flips = int(augment(flip=chance).draw(40_000, seeded()).flip.sum())
    assert stats.binomtest(flips, 40_000, chance).pvalue > 1e-3


def test_angles_and_turns_are_uniform(many: Draws) -> None:
    assert_uniform(many.angle, -math.radians(15), math.radians(15))
    assert_uniform(many.turn, -0.1, 0.1)


def test_factors_are_uniform_over_each_ones_range() -> None:
    draws = augment(brightness=0.1, contrast=0.4, saturation=1.0).draw(20_000, seeded())
    for blend, (low, high) in {BRIGHTNESS: (0.9, 1.1), CONTRAST: (0.6, 1.4), SATURATION: (0.0, 2.0)}.items():
        assert_uniform(draws.factors[draws.blends == blend], low, high)
        assert int((draws.blends == blend).sum()) == 20_000


def test_no_draw_hangs_on_another(many: Draws) -> None:
    columns = torch.stack(
        [many.slots, many.top, many.left, many.flip, *many.factors.unbind(1), many.turn, many.angle], 1
    )
    correlation = np.corrcoef(columns.double().numpy(), rowvar=False)
    np.fill_diagonal(correlation, 0)
    assert np.abs(correlation).max() < 0.025  # five times 1 / sqrt(40,000)


@pytest.mark.parametrize("n", [40_000, 3])
def test_every_order_of_the_four_jitters_is_as_likely(n: int) -> None:
    """Also with three pictures and four positions of the hue, which needs a spare slot."""
    made, generator, found = augment(), seeded(), []
    for _ in range(1 if n > 3 else 2500):
        draws = made.draw(n, generator)
        found += [
            order for order, picture in zip(orders(made, draws), draws.slots.tolist(), strict=True) if picture < n
        ]
    assert set(found) == set(itertools.permutations(range(4)))
    assert_equal_shares([sum(10**place * jitter for place, jitter in enumerate(order)) for order in found], 24)


def test_a_pictures_place_in_the_batch_does_not_decide_the_place_of_the_hue() -> None:
    made, generator = augment(), seeded()
    assert_equal_shares([int((made.draw(1, generator).slots == 0).nonzero()) for _ in range(2000)], 4)


def test_each_picture_has_its_own_draw_and_a_seed_repeats_them() -> None:
    same = bytes_of(1, 32).expand(50, -1, -1, -1)
    made = augment()
    first, again, other = (made(same, seeded(seed)) for seed in (7, 7, 8))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert len(torch.unique(first.flatten(1), dim=0)) == 50
    torch.manual_seed(7)
    assert torch.equal(made(same), first)  # the device's default generator


def test_the_pipeline_is_distributed_as_torchvisions_on_pil_pictures() -> None:
    """4000 versions of one photograph: means and standard deviations of the channels, and mean pictures.

    The standard error of a channel's mean is its standard deviation over the versions, 0.05 to 0.1, divided by
    sqrt(4000): 0.0015. Four standard errors of a difference are 0.008. PIL truncates to bytes five times per picture,
    which adds at most 0.002.
    """
    n, side = 4000, 32
    photo = pictures.open_sample("china").image.resize((side, side))
    torch.manual_seed(0)
    chain = T.Compose([
        T.RandomCrop(side, padding=4), T.RandomHorizontalFlip(0.5), T.ColorJitter(0.2, 0.2, 0.2, 0.1),
        T.RandomRotation(15), T.ToTensor(),
    ])  # fmt: skip
    expected = torch.stack([chain(photo) for _ in range(n)])
    made = augment()
    found = made.changed(TF.pil_to_tensor(photo).expand(n, -1, -1, -1), made.draw(n, seeded()))
    for statistic in (lambda x: x.mean((0, 2, 3)), lambda x: x.std((2, 3)).mean(0), lambda x: x.mean((2, 3)).std(0)):
        torch.testing.assert_close(statistic(found), statistic(expected), rtol=0, atol=0.01)
    # Standard deviation of a pixel <= 0.5: standard error of a difference 0.011, times five for the maximum of 3072.
    torch.testing.assert_close(found.mean(0), expected.mean(0), rtol=0, atol=0.06)
    assert (found.mean(0) - expected.mean(0)).abs().mean() < 0.01


class Calls(TorchDispatchMode):
    """Records the names of all operations and their devices."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.devices: set[str] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(function.overloadpacket.__name__)
        result = function(*args, **(kwargs or {}))
        given = [each for each in (*args, *(kwargs or {}).values(), result) if isinstance(each, Tensor)]
        self.devices |= {each.device.type for each in given}
        return result


UNSAFE = {"_local_scalar_dense", "item", "nonzero", "lift_fresh", "masked_select", "unique", "_unique2", "randperm",
          "equal", "is_nonzero", "repeat_interleave"}  # fmt: skip


@pytest.mark.parametrize("recipe", [*RECIPES.values(), STRONG], ids=[*RECIPES, "strong"])
def test_a_cuda_graph_could_capture_it(recipe: Recipe) -> None:
    """Graph-capture safety, as far as testable without a GPU: no value is read, no constant comes from the host.

    On the meta device, which has no values, reads and data-dependent shapes raise; every tensor stays on the device.
    """
    made = Augment(recipe, 32, MEAN, STD)
    with Calls() as calls:
        made(bytes_of(5, 32))
        made.plain(bytes_of(5, 32))
    assert not calls.names & UNSAFE
    on_meta = Augment(recipe, 32, MEAN, STD, "meta")
    images = torch.empty(5, 3, 32, 32, dtype=torch.uint8, device="meta")
    with Calls() as calls:
        found = on_meta(images)
    assert found.shape == (5, 3, recipe.image_size, recipe.image_size)
    assert calls.devices == {"meta"}
    assert not calls.names & UNSAFE


def test_the_guard_against_uncapturable_calls_sees_them() -> None:
    with Calls() as calls:
        torch.tensor([1.0, 2.0])[torch.tensor([True, False])].sum().item()
    assert {"_local_scalar_dense", "lift_fresh"} <= calls.names
