"""Tensors to images. An image has the map's own pixels; the page enlarges it without blurring."""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from explorer.core.palette import MAGNITUDE, SIGNED
from explorer.data import images


@dataclass(frozen=True)
class ColourScale:
    """Colours from 0 to `limit`; `signed`: a diverging scale from -`limit` to `limit`."""

    limit: float
    signed: bool

    def indices(self, values: Tensor) -> NDArray[np.uint8]:
        """Index into `colours`, 0..254, of values of any shape; values beyond the limit are clamped."""
        low = -self.limit if self.signed else 0.0
        places = (values.float() - low) / (self.limit - low) * 254
        return places.clamp(0, 254).round().to(torch.uint8).numpy()

    @property
    def colours(self) -> NDArray[np.uint8]:
        return SIGNED if self.signed else MAGNITUDE


def common_scale(tensors: Iterable[Tensor], share: float = 0.98) -> ColourScale:
    """A scale whose limit is the `share` quantile of all magnitudes: a bright rim must not turn the rest white."""
    values = torch.cat([tensor.detach().float().flatten() for tensor in tensors]).numpy()
    if not values.size:
        return ColourScale(1.0, signed=False)
    magnitudes = np.abs(values)
    place = min(int(share * values.size), values.size - 1)
    limit = float(np.partition(magnitudes, place)[place]) or float(magnitudes.max()) or 1.0
    return ColourScale(limit, signed=bool(values.min() < 0))


def map_png(values: Tensor, scale: ColourScale) -> bytes:
    """One channel (H, W) as a PNG of W x H pixels, with the scale's colours as palette."""
    picture = Image.fromarray(scale.indices(values), mode=None).convert("P")
    picture.putpalette(scale.colours.tobytes())
    return images.png(picture)


def rgb_png(pixels: Tensor) -> bytes:
    """A picture (3, H, W), 0..1, as a PNG."""
    array = (pixels.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    return images.png(Image.fromarray(array))


def thumbnail_uri(picture: Image.Image, side_px: int) -> str:
    """Data URI of `picture` fitted into a square of `side_px`, as JPEG; one that fits already is an unchanged PNG."""
    if max(picture.size) <= side_px:
        return data_uri(images.png(picture))
    small = picture.resize(_fitted(picture.size, side_px), reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=88)
    return data_uri(buffer.getvalue(), "jpeg")


def data_uri(content: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def leading_channels(parts: Sequence[Tensor], count: int) -> list[int]:
    """The `count` channels with the most contrast over all `parts`, each (C, H, W), in descending order."""
    scores = relative_contrast(parts)
    return [int(i) for i in scores.topk(min(count, len(scores))).indices]


def relative_contrast(parts: Sequence[Tensor]) -> Tensor:
    """Contrast of each channel, summed over `parts`, each (C, H, W): (C,).

    A part's contrasts are divided by its largest: a part with large values must not dominate.
    """
    contrasts = [_contrast(part.float()) for part in parts]
    return torch.stack([contrast / contrast.max().clamp(min=1e-12) for contrast in contrasts]).sum(0)


def _contrast(maps: Tensor) -> Tensor:
    """Mean absolute deviation from the median by map; of a single pixel, its magnitude.

    The rim is left out: padding makes it bright in channels without other contrast.
    """
    inner = maps[:, 1:-1, 1:-1] if min(maps.shape[1:]) > 4 else maps
    values = inner.flatten(1)
    if values.shape[1] == 1:
        return values[:, 0].abs()
    return (values - values.median(1, keepdim=True).values).abs().mean(1)


def _fitted(size: tuple[int, int], side_px: int) -> tuple[int, int]:
    factor = side_px / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
