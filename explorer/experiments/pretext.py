"""Pretext tasks: what a network is shown, and the answer that comes from the picture itself, without a label."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageOps

SIDE_PX: Final = 192
TILES: Final = 3  # a side of the jigsaw
PATCHES: Final = 8  # a side of the grid for masking
HIDDEN: Final = 0.75  # share of patches, as in MAE (He et al. 2021, section 3)
QUARTERS: Final = 3  # of a turn, of the example


@dataclass(frozen=True)
class Task:
    """`shown` are what the network gets; `answer` is the picture that shows what it must find, None if none does."""

    shown: tuple[Image.Image, ...]
    answer: Image.Image | None = None


def tasks(picture: Image.Image, seed: int = 0) -> dict[str, Task]:
    """Five tasks of `picture`, as squares of SIDE_PX: rotation, jigsaw, colour, masked, views."""
    square = ImageOps.fit(picture.convert("RGB"), (SIDE_PX, SIDE_PX))
    drawn = np.random.default_rng(seed)
    return {
        "rotation": Task((square.rotate(90 * QUARTERS),), square),
        "jigsaw": Task((shuffled(square, drawn.permutation(TILES**2).tolist()),), square),
        "colour": Task((ImageOps.grayscale(square).convert("RGB"),), square),
        "masked": Task((masked(square, drawn),), square),
        "views": Task(tuple(view(square, drawn) for _ in range(2))),
    }


def shuffled(square: Image.Image, order: list[int]) -> Image.Image:
    """The square cut into TILES x TILES tiles; place k gets tile order[k]."""
    side = square.width // TILES
    found = Image.new("RGB", square.size)
    for place, tile in enumerate(order):
        row, column = divmod(tile, TILES)
        part = square.crop((column * side, row * side, (column + 1) * side, (row + 1) * side))
        found.paste(part, (place % TILES * side, place // TILES * side))
    return found


def masked(square: Image.Image, drawn: np.random.Generator) -> Image.Image:
    """The square with a share HIDDEN of its PATCHES x PATCHES patches in grey."""
    side, found = square.width // PATCHES, square.copy()
    for patch in drawn.permutation(PATCHES**2)[: round(HIDDEN * PATCHES**2)].tolist():
        row, column = divmod(patch, PATCHES)
        found.paste((128, 128, 128), (column * side, row * side, (column + 1) * side, (row + 1) * side))
    return found


def view(square: Image.Image, drawn: np.random.Generator) -> Image.Image:
    """A random crop of a third to two thirds of the area, maybe mirrored, with shifted colours."""
    side = round(square.width * float(drawn.uniform(1 / 3, 2 / 3)) ** 0.5)
    left, top = drawn.integers(0, square.width - side + 1, size=2).tolist()
    found = square.crop((left, top, left + side, top + side)).resize(square.size)
    if drawn.random() < 0.5:
        found = ImageOps.mirror(found)
    pixels = np.asarray(found, np.float32) * drawn.uniform(0.6, 1.3, size=3)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
