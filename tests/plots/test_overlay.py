"""Heatmaps over a picture, pixel by pixel."""

import io

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from explorer.core.palette import MAGNITUDE, SIGNED
from explorer.plots.overlay import LUMA, PALE, heat_scale, overlay


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


PICTURE = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_cells_stay_cells() -> None:
    heat = torch.tensor([[0.0, 1.0], [2.0, 4.0]])
    seen = pixels(overlay(PICTURE, heat, 1.0))
    assert seen.shape == (8, 8, 3)
    for row, column, place in ((0, 0, 0), (0, 7, 64), (7, 0, 127), (7, 7, 254)):
        assert (np.abs(seen[row, column].astype(int) - MAGNITUDE[place]) <= 1).all()
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) == 4
    assert (seen[:4, :4] == seen[0, 0]).all()
    assert len(np.unique(pixels(overlay(PICTURE, heat, 1.0, smooth=True)).reshape(-1, 3), axis=0)) > 4


def test_without_opacity_it_is_the_pale_grey_picture() -> None:
    seen = pixels(overlay(PICTURE, torch.ones(3, 3), 0.0))
    grey = PALE + (1 - PALE) * sum(share * PICTURE[k] for k, share in enumerate(LUMA))
    assert np.abs(seen - (grey * 255).numpy()[..., None]).max() <= 0.51  # type: ignore[union-attr]


def test_zero_has_its_own_colour_where_values_are_signed() -> None:
    heat = torch.tensor([[-1.0, 0.0], [0.5, 1.0]])
    assert heat_scale(heat).signed
    seen = pixels(overlay(PICTURE, heat, 1.0))
    assert (seen[0, 7] == SIGNED[127]).all()
    assert (np.abs(seen[0, 0].astype(int) - SIGNED[0]) <= 1).all()


def test_a_single_cell_and_one_of_zeros() -> None:
    assert (pixels(overlay(PICTURE, torch.tensor([[3.0]]), 1.0)) == MAGNITUDE[254]).all()
    assert (pixels(overlay(PICTURE, torch.zeros(2, 2), 1.0)) == MAGNITUDE[0]).all()
