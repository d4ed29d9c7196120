"""Tensors to pictures: each value has the colour that the legend gives it."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.core.palette import BROWN_TEAL, MAGNITUDE, ROLE_COLOURS, SIGNED, ramp
from explorer.plots import pictures
from explorer.plots.pictures import ColourScale, common_scale


def colours(png: bytes) -> list[list[tuple[int, ...]]]:
    return [[tuple(p) for p in row] for row in np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).tolist()]


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def test_signed_values_are_centred_at_zero() -> None:
    png = pictures.map_png(torch.tensor([[-2.0, 0.0, 2.0], [-9.0, 1e-9, 9.0]]), ColourScale(2.0, signed=True))
    brown, white, teal = rgb(BROWN_TEAL[0]), rgb(BROWN_TEAL[5]), rgb(BROWN_TEAL[-1])
    assert colours(png) == [[brown, white, teal], [brown, white, teal]]


def test_magnitudes_start_white_and_keep_their_teal() -> None:
    magnitude = ColourScale(2.0, signed=False)
    assert colours(pictures.map_png(torch.tensor([[0.0, 2.0]]), magnitude)) == [[rgb("#f5f5f5"), rgb("#003c30")]]
    half = colours(pictures.map_png(torch.tensor([[1.0]]), magnitude))[0][0]
    signed = colours(pictures.map_png(torch.tensor([[1.0]]), ColourScale(2.0, signed=True)))[0][0]
    assert np.abs(np.subtract(half, signed)).max() <= 4, (
        "a value keeps its colour when ReLU has cut the negative ones away"
    )


def test_a_map_has_its_own_pixels() -> None:
    png = pictures.map_png(torch.zeros(3, 5), ColourScale(1.0, signed=False))
    assert Image.open(io.BytesIO(png)).size == (5, 3)


def test_one_far_value_does_not_turn_the_rest_white() -> None:
    values = torch.cat([torch.linspace(0, 1, 9999), torch.tensor([1000.0])])
    found = common_scale([values])
    assert found.limit == pytest.approx(0.98, abs=0.002)
    assert not found.signed
    assert common_scale([values, -values]).signed


def test_a_scale_of_zeros_is_usable() -> None:
    assert common_scale([torch.zeros(4)]) == ColourScale(1.0, signed=False)


def test_pixels_are_kept() -> None:
    pixels = torch.tensor([[[0.0, 1.0]], [[0.5, 0.0]], [[1.2, 0.0]]])
    assert colours(pictures.rgb_png(pixels)) == [[(0, 128, 255), (255, 0, 0)]]


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_thumbnails_fit_and_are_never_enlarged() -> None:
    sizes = {(640, 320): (96, 48), (20, 10): (20, 10), (1, 30_000): (1, 96), (9000, 3): (96, 1)}
    for size, expected in sizes.items():
        assert opened(pictures.thumbnail_uri(Image.new("RGB", size), 96)).size == expected


def test_a_small_picture_keeps_its_very_pixels_and_a_photograph_its_colours() -> None:
    small = Image.new("RGB", (2, 1), "red")
    small.putpixel((1, 0), (1, 2, 3))
    same = opened(pictures.thumbnail_uri(small, 96))
    assert [same.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0), (1, 2, 3)]
    large = opened(pictures.thumbnail_uri(Image.new("RGB", (300, 200), (200, 100, 50)), 96))
    assert large.getpixel((50, 30)) == pytest.approx((200, 100, 50), abs=3)


def test_leading_channels() -> None:
    pixels = torch.tensor([1.0, -3.0, 2.0]).view(3, 1, 1)
    assert pictures.leading_channels([pixels], 2) == [1, 2]
    assert pictures.leading_channels([pixels], 9) == [1, 2, 0]


def test_a_flat_map_and_a_bright_rim_do_not_lead() -> None:
    flat, rim, seen = torch.full((8, 8), 50.0), torch.zeros(8, 8), torch.zeros(8, 8)
    rim[0] = 100.0
    seen[2:6, 2:6] = 1.0
    assert pictures.leading_channels([torch.stack([flat, rim, seen])], 1) == [2]


def test_a_channel_leads_that_shows_in_both_terms() -> None:
    loud = torch.tensor([100.0, 60.0, 0.0, 5.0]).view(4, 1, 1)
    quiet = torch.tensor([0.05, 0.6, 1.0, 0.1]).view(4, 1, 1)
    assert pictures.leading_channels([loud, quiet], 3) == [1, 0, 2]
    assert pictures.leading_channels([torch.zeros(2, 1, 1), quiet[:2]], 1) == [1]


def test_the_ramps_run_from_stop_to_stop() -> None:
    assert tuple(SIGNED[127]) == rgb("#f5f5f5")
    assert tuple(MAGNITUDE[-1]) == tuple(SIGNED[-1])
    assert ramp(("#000000", "#ff0000"), 3).tolist() == [[0, 0, 0], [128, 0, 0], [255, 0, 0]]


def luminance(colour: str) -> float:
    parts = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb(colour)]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("role", ROLE_COLOURS)
def test_role_colours_are_readable_as_words_in_both_themes(role: str) -> None:
    """WCAG AA for text: a contrast of 4.5 against the theme's panels."""
    light, dark = ROLE_COLOURS[role]  # type: ignore[index]
    assert (luminance("#f3f5f6") + 0.05) / (luminance(light) + 0.05) >= 4.5
    assert (luminance(dark) + 0.05) / (luminance("#1f272b") + 0.05) >= 4.5
