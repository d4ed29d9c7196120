"""Augmentation of a batch on its device, with independent random parameters per picture.

torchvision's transforms.v2 draws parameters once per batch (vision #2929); called once per picture it takes 30 times as
long, half a training step on two cores. kornia takes 4 times as long, and draws the order of the jitter once per batch
(benchmarks/augment.py).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from explorer.training.recipe import Recipe

BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)


class Draws(NamedTuple):
    """Random parameters for M slots, distributed as in torchvision's transforms.

    Slot m holds picture slots[m] during augmentation, or a spare picture if slots[m] >= N. The position of the hue
    adjustment among the jitters depends on the slot: first in the first slots, last in the last ones.
    """

    slots: Tensor  # (M,), int64: a permutation
    top: Tensor  # (M,), int64: the crop's first row in the padded picture, 0 to twice the padding
    left: Tensor  # (M,), int64: the crop's first column
    flip: Tensor  # (M,), bool
    blends: Tensor  # (M, k), int64: the blends in order; a permutation of those in use
    factors: Tensor  # (M, k): their factors, in the same order
    turn: Tensor  # (M,): hue rotation as a fraction of the colour circle
    angle: Tensor  # (M,): rotation in radians, counter-clockwise


class Augment:
    """torchvision's RandomCrop, RandomHorizontalFlip, ColorJitter and RandomRotation, in this order, then Normalize.

    `side` is the side of the stored pictures, at most `recipe.image_size`; `mean` and `std` are RGB, for values 0..1.
    Operations with strength 0 in the recipe are skipped. The distributions are torchvision's; unlike for PIL images,
    values are not rounded to bytes between operations.

    A call copies nothing between host and device and has no data-dependent shapes, so a CUDA graph can capture it.
    """

    def __init__(
        self, recipe: Recipe, side: int, mean: Sequence[float], std: Sequence[float], device: torch.device | str = "cpu"
    ) -> None:
        self.recipe, self.side, self.device = recipe, side, torch.device(device)
        self.padding = round(recipe.crop_padding * side / 32)
        self.mean = torch.tensor(mean, device=device).view(3, 1, 1)
        self.std = torch.tensor(std, device=device).view(3, 1, 1)

        strengths = {BRIGHTNESS: recipe.brightness, CONTRAST: recipe.contrast, SATURATION: recipe.saturation}
        used = {blend: strength for blend, strength in strengths.items() if strength}
        self.blends = torch.tensor(list(used), device=device, dtype=torch.int64)
        self.low = torch.tensor([max(0, 1 - strength) for strength in used.values()], device=device)
        self.high = torch.tensor([1 + strength for strength in used.values()], device=device)

        self.steps = torch.arange(side, device=device)
        self.thirds = torch.arange(3, device=device) / 3
        centres = (2 * self.steps + 1) / side - 1  # pixel centres; the picture spans -1..1
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        self.grid, self.turned_grid = torch.stack((x, y), -1), torch.stack((-y, x), -1)

    def __call__(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        """(N, 3, side, side) uint8 -> (N, 3, image_size, image_size) float32, channels_last, augmented and normalised.

        `generator` must be on the device; None uses the device's default generator.
        """
        return self._finished(self.changed(images, self.draw(len(images), generator)))

    def plain(self, images: Tensor) -> Tensor:
        """Normalise and resize without augmentation."""
        return self._finished(images / 255)

    def draw(self, n: int, generator: Generator | None = None) -> Draws:
        """Random parameters for `n` pictures."""
        recipe, k = self.recipe, len(self.blends)
        # Equally many slots per position of the hue, so that each position has the same probability for every picture.
        count = -(-n // (k + 1)) * (k + 1) if recipe.hue else n
        chance = torch.rand(6 + 2 * k, count, device=self.device, generator=generator)
        slots, top, left, flip, turn, angle = chance[:6]
        order = chance[6 : 6 + k].argsort(0).t()
        low, high = self.low[order], self.high[order]
        offsets = 2 * self.padding + 1
        return Draws(
            slots=slots.argsort(),
            top=(top * offsets).long(),
            left=(left * offsets).long(),
            flip=flip < recipe.flip,
            blends=self.blends[order],
            factors=low + (high - low) * chance[6 + k :].t(),
            turn=(2 * turn - 1) * recipe.hue,
            angle=(2 * angle - 1) * math.radians(recipe.rotation),
        )

    def changed(self, images: Tensor, draws: Draws) -> Tensor:
        """Apply `draws` to `images`; float32, 0..1, not normalised."""
        n = len(images)
        if self.recipe.hue:
            images = images[draws.slots.clamp(max=n - 1)]
        if self.padding or self.recipe.flip:
            images = self._cropped(images, draws)
        x = self._jittered(images / 255, draws)
        if self.recipe.rotation:
            x = self._rotated(x, draws.angle)
        return x[draws.slots.argsort()[:n]] if self.recipe.hue else x

    def _cropped(self, images: Tensor, draws: Draws) -> Tensor:
        """Crop from the picture with a black border, and flip: one gather."""
        side, wide = self.side, self.side + 2 * self.padding
        columns = torch.where(draws.flip[:, None], self.steps.flip(0), self.steps) + draws.left[:, None]
        rows = self.steps + draws.top[:, None]
        places = (rows[:, :, None] * wide + columns[:, None, :]).view(-1, 1, side * side)
        padded = F.pad(images, [self.padding] * 4)
        return padded.flatten(2).gather(2, places.expand(-1, 3, -1)).view_as(images)

    def _jittered(self, x: Tensor, draws: Draws) -> Tensor:
        """Apply each picture's blends in its own order, and the hue at its slot's position. Changes `x` in place."""
        k = draws.blends.shape[1]
        parts, turns = x.chunk(k + 1), draws.turn.chunk(k + 1)
        for place in range(k + 1):
            if self.recipe.hue:
                self._turn_hue(parts[place], turns[place])
            if place < k:
                _blend(x, draws.blends[:, place], draws.factors[:, place])
        return x

    def _turn_hue(self, x: Tensor, turn: Tensor) -> None:
        """TF.adjust_hue in place. `turn` (N,) is -0.5..0.5 of the colour circle.

        Computes HSV's hue without case distinctions: its distance to red, 0..3 sixths, with the sign of green - blue. A
        channel is at its maximum within a sixth of its own hue, at its minimum from two sixths on, linear in between.
        """
        red, green, blue = x.unbind(1)
        high, low = x.amax(1), x.amin(1)
        spread = high - low  # 0 for grey, whose hue is arbitrary; the clamp avoids 0 / 0
        sixths = high.sub_(low, alpha=2).add_(green).add_(blue).sub_(red).div_(spread.clamp(min=1e-5))
        hue = sixths.copysign_(green - blue).div_(6)
        away = hue.unsqueeze(1) + (turn[:, None] - self.thirds)[:, :, None, None]
        level = away.sub_(away.round()).abs_().mul_(-6).add_(2).clamp_(0, 1)
        torch.addcmul(low.unsqueeze(1), spread.unsqueeze(1), level, out=x)

    def _rotated(self, x: Tensor, angle: Tensor) -> Tensor:
        """TF.rotate with nearest interpolation and black fill."""
        cos, sin = angle.cos().view(-1, 1, 1, 1), angle.sin().view(-1, 1, 1, 1)
        grid = torch.addcmul(self.grid * cos, self.turned_grid, sin)
        return F.grid_sample(x, grid, mode="nearest", align_corners=False)

    def _finished(self, x: Tensor) -> Tensor:
        """Normalise, then resize to the recipe's image size."""
        x = (x - self.mean).div_(self.std).contiguous(memory_format=torch.channels_last)
        size = self.recipe.image_size
        return x if size == self.side else F.interpolate(x, (size, size), mode="bilinear", align_corners=False)


def _blend(x: Tensor, blend: Tensor, factor: Tensor) -> None:
    """TF.adjust_brightness, adjust_contrast or adjust_saturation in place, chosen per picture by `blend` (N,).

    All three are x * factor + other * (1 - factor), with `factor` (N,); `other` is black, the mean grey value, or the
    grey picture.
    """
    grey = (x[:, 0] * 0.2989).add_(x[:, 1], alpha=0.587).add_(x[:, 2], alpha=0.114)
    rest = 1 - factor
    mean = grey.mean((1, 2)) * (rest * (blend == CONTRAST))
    other = grey.mul_((rest * (blend == SATURATION))[:, None, None]).add_(mean[:, None, None])
    x.mul_(factor.view(-1, 1, 1, 1)).add_(other.unsqueeze(1)).clamp_(0, 1)
