"""Heatmaps: a small map, enlarged, over its picture in grey."""

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.plots.pictures import ColourScale, common_scale, rgb_png

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)
PALE = 0.45  # grey level of black


def heat_scale(heat: Tensor) -> ColourScale:
    """A scale per map: values of early and late stages differ by a factor of a thousand."""
    return common_scale([heat])


def overlay(picture: Tensor, heat: Tensor, opacity: float, *, smooth: bool = False) -> bytes:
    """`heat` (h, w) over `picture` (3, H, W), 0..1, as a PNG of H x W pixels.

    `opacity` 0 shows only the picture, 1 only the heat. `smooth` interpolates bilinearly, else by nearest neighbour.
    """
    side = (picture.shape[1], picture.shape[2])
    scale = heat_scale(heat)
    large = F.interpolate(heat[None, None], side, mode="bilinear" if smooth else "nearest-exact")[0, 0]
    colours = torch.from_numpy(scale.colours[scale.indices(large)]).permute(2, 0, 1) / 255
    grey = (picture * torch.tensor(LUMA)[:, None, None]).sum(0, keepdim=True)
    grey = PALE + (1 - PALE) * grey  # dark pixels must not look like heat
    return rgb_png(grey * (1 - opacity) + colours * opacity)
