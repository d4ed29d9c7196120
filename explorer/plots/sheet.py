"""Many small maps as one image: tiles without margins for the screen, or with numbers, title and legend."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from explorer.plots.pictures import ColourScale

BLANK = 255  # palette index that no value has
TILE_PX, GAP_PX = 48, 6
MARGIN_PX, LINE_PX = 16, 18

Pixels = NDArray[np.uint8]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def columns_of(count: int) -> int:
    """Number of columns of a sheet about twice as wide as high."""
    return max(1, min(count, round(math.sqrt(2 * count))))


def corner(k: int, columns: int, side: tuple[int, int], gap: int = 0) -> tuple[int, int]:
    """Left and top of tile `k` in pixels; `side` is a tile's width and height, `gap` the distance of two."""
    return k % columns * (side[0] + gap), k // columns * (side[1] + gap)


def tiled(tiles: Pixels, columns: int, gap: int = 0) -> Pixels:
    """Arrange (N, H, W) or (N, H, W, 3) as one image, row by row; gaps and unused cells are BLANK."""
    count, height, width = tiles.shape[:3]
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + gap, width + gap, *tiles.shape[3:]), BLANK, np.uint8)
    cells[:count, :height, :width] = tiles
    cells = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    whole: Pixels = cells.reshape(rows * (height + gap), columns * (width + gap), *tiles.shape[3:])
    return whole[: whole.shape[0] - gap, : whole.shape[1] - gap]


def coloured(indices: Pixels, scale: ColourScale) -> Image.Image:
    """Indices (H, W) into the scale's colours as a palette image; BLANK is transparent."""
    picture = Image.fromarray(np.ascontiguousarray(indices), mode=None).convert("P")
    picture.putpalette(scale.colours[:BLANK].tobytes() + b"\xff\xff\xff")
    picture.info["transparency"] = BLANK
    return picture


def sheet(maps: Tensor, scale: ColourScale) -> Image.Image:
    """(N, H, W) as tiles of W x H pixels without gaps, `columns_of(N)` in a row; the page enlarges and spaces them."""
    return coloured(tiled(scale.indices(maps), columns_of(len(maps))), scale)


def kernel_sheet(weight: Tensor) -> tuple[Image.Image, float]:
    """Kernels (N, 3, h, w) as RGB tiles, or (N, 1, h, w) as grey ones, and the largest magnitude m: black is -m,
    mid-grey 0, white m."""
    limit = float(weight.abs().max()) or 1.0
    pixels = ((weight.expand(-1, 3, -1, -1) / limit + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    return Image.fromarray(tiled(pixels, columns_of(len(pixels)))), limit


def glow(values: Tensor, scale: ColourScale) -> Image.Image:
    """One map (H, W) as an overlay: opacity is proportional to the magnitude."""
    picture = coloured(scale.indices(values), scale)
    places = np.linspace(-1 if scale.signed else 0, 1, BLANK)
    picture.info["transparency"] = bytes((np.abs(places) * 255).round().astype(np.uint8)) + b"\0"
    return picture


def poster(maps: Tensor, channels: Sequence[int], scale: ColourScale, lines: Sequence[str]) -> Image.Image:
    """The chosen channels of (C, H, W) as an image with title `lines`, numbered tiles and a legend.

    Pillow's default font has Latin letters only; others become "?".
    """
    tiles = scale.colours[scale.indices(maps[list(channels)])]
    factor = max(1, -(-TILE_PX // maps.shape[1]))
    tiles = tiles.repeat(factor, 1).repeat(factor, 2)
    side, columns = (tiles.shape[2], tiles.shape[1]), columns_of(len(channels))
    step = (side[0], side[1] + LINE_PX)  # a tile and its number
    rows = -(-len(channels) // columns)
    top = MARGIN_PX + LINE_PX * len(lines) + 8
    wide = max(columns * (side[0] + GAP_PX), *(9 * len(line) for line in lines), 320) + 2 * MARGIN_PX
    page = Image.new("RGB", (wide, top + rows * (step[1] + GAP_PX) + 3 * LINE_PX), "white")
    draw = ImageDraw.Draw(page)
    words, small = ImageFont.load_default(14), ImageFont.load_default(10)
    for k, line in enumerate(lines):
        draw.text((MARGIN_PX, MARGIN_PX + LINE_PX * k), _latin(line), "black", words)
    for k, channel in enumerate(channels):
        left, above = corner(k, columns, step, GAP_PX)
        place = (MARGIN_PX + left, top + above)
        page.paste(Image.fromarray(tiles[k]), place)
        draw.text((place[0] + side[0] / 2, place[1] + side[1] + 2), f"#{channel}", "#444444", small, anchor="ma")
    _legend(page, draw, scale, words)
    return page


def _legend(page: Image.Image, draw: ImageDraw.ImageDraw, scale: ColourScale, font: Font) -> None:
    """Draw the colour bar at the bottom of the page."""
    low = f"<= {-scale.limit:.3g}" if scale.signed else "0"
    top, start, wide = page.height - 2 * LINE_PX, MARGIN_PX + 70, 160
    ramp = scale.colours[np.linspace(0, BLANK - 1, wide).round().astype(int)]
    page.paste(Image.fromarray(np.broadcast_to(ramp, (12, wide, 3)).copy()), (start, top + 2))
    draw.rectangle((start - 1, top + 1, start + wide, top + 14), outline="#888888")
    draw.text((start - 8, top), low, "black", font, anchor="ra")
    draw.text((start + wide + 8, top), f">= {scale.limit:.3g}", "black", font)


def _latin(line: str) -> str:
    return line.encode("latin-1", "replace").decode("latin-1")
