"""Tiles are in their places, with their channels' values."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.data import images
from explorer.plots import sheet
from explorer.plots.pictures import ColourScale, common_scale


def maps(count: int = 7, height: int = 3, width: int = 4) -> torch.Tensor:
    return torch.randn(count, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize("count", [1, 6, 7])
def test_every_tile_is_at_its_corner(count: int, gap: int) -> None:
    tiles = np.arange(count * 12, dtype=np.uint8).reshape(count, 3, 4)
    whole = sheet.tiled(tiles, 3, gap)
    assert whole.shape == (-(-count // 3) * (3 + gap) - gap, 3 * (4 + gap) - gap)
    covered = np.zeros(whole.shape, bool)
    for k in range(count):
        left, top = sheet.corner(k, 3, (4, 3), gap)
        assert (whole[top : top + 3, left : left + 4] == tiles[k]).all()
        covered[top : top + 3, left : left + 4] = True
    assert (whole[~covered] == sheet.BLANK).all()


def test_a_sheet_has_the_colour_of_each_value_and_transparent_gaps() -> None:
    values = maps()
    scale = common_scale([values])
    picture = Image.open(io.BytesIO(images.png(sheet.sheet(values, scale)))).convert("RGBA")
    pixels, columns = np.array(picture), sheet.columns_of(7)
    assert columns == 4
    for k in range(7):
        left, top = sheet.corner(k, columns, (4, 3))
        expected = scale.colours[scale.indices(values[k])]
        assert (pixels[top : top + 3, left : left + 4, :3] == expected).all()
        assert (pixels[top : top + 3, left : left + 4, 3] == 255).all()
    left, top = sheet.corner(7, columns, (4, 3))
    assert (pixels[top:, left:, 3] == 0).all()


def test_512_maps_are_one_picture() -> None:
    assert sheet.sheet(maps(512, 2, 2), ColourScale(1, signed=True)).size == (64, 32)
    assert sheet.columns_of(1) == 1


def test_kernels_are_grey_at_zero() -> None:
    weight = torch.zeros(5, 3, 7, 7)
    weight[1, 0, 2, 3], weight[4, 2, 6, 0] = 0.5, -0.25
    picture, limit = sheet.kernel_sheet(weight)
    pixels = np.array(picture)
    assert limit == 0.5
    columns = sheet.columns_of(5)
    left, top = sheet.corner(1, columns, (7, 7))
    assert pixels[top + 2, left + 3].tolist() == [255, 128, 128]
    left, top = sheet.corner(4, columns, (7, 7))
    assert pixels[top + 6, left].tolist() == [128, 128, 64]
    assert pixels[0, 0].tolist() == [128, 128, 128]


@pytest.mark.parametrize("signed", [True, False])
def test_a_glow_lets_the_picture_through_where_the_value_is_small(signed: bool) -> None:
    values = torch.tensor([[0.0, 1.0], [0.5, -1.0 if signed else 0.25]])
    pixels = np.array(sheet.glow(values, ColourScale(1, signed=signed)).convert("RGBA"))
    shown = pixels[..., 3].flatten().tolist()
    assert shown[:3] == pytest.approx([0, 255, 128], abs=2)
    assert shown[3] == pytest.approx(255 if signed else 64, abs=2)


def test_a_poster_shows_the_chosen_channels_in_order_with_title_and_legend() -> None:
    values, scale = maps(9, 4, 4), ColourScale(2.0, signed=True)
    lines = ["resnet18 · layer1.0", "图片"]
    page = np.array(sheet.poster(values, [5, 0, 8], scale, lines))
    left, top = sheet.MARGIN_PX, sheet.MARGIN_PX + 2 * sheet.LINE_PX + 8
    side = 48
    columns = sheet.columns_of(3)
    for k, channel in enumerate([5, 0, 8]):
        x, y = sheet.corner(k, columns, (side, side + sheet.LINE_PX), sheet.GAP_PX)
        tile = page[top + y : top + y + side, left + x : left + x + side]
        expected = scale.colours[scale.indices(values[channel])].repeat(12, 0).repeat(12, 1)
        assert (tile == expected).all()
        number = page[top + y + side : top + y + side + sheet.LINE_PX, left + x : left + x + side]
        assert number.min() < 128, "its number is below it"
    assert page[: top - 8].min() < 50, "the title"
    legend = page[-3 * sheet.LINE_PX :].reshape(-1, 3)
    for end in (0, 127, 254):
        assert (legend == scale.colours[end]).all(1).any()
