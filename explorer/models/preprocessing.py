"""Preprocessing: a picture to a network's input tensor."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

SIZES_PX: Final = range(16, 1025)


@dataclass(frozen=True)
class Preprocessing:
    """Resize, crop, normalise.

    The shorter side is resized to `resize_px` (bilinear, antialiased), the centre `crop_px` square is cut out, scaled
    to 0..1 and normalised by `mean` and `std` (RGB). With `enlarge_px` the result is then enlarged bilinearly: the
    bundled ResNet18 weights were trained on 32 px pictures enlarged to 64 px. With `width_px` the picture is cut to
    `crop_px` x `width_px` instead of a square. With one channel it is grey, normalised by the means over RGB.
    """

    resize_px: int
    crop_px: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    enlarge_px: int | None = None
    width_px: int | None = None
    channels: int = 3

    @property
    def input_px(self) -> int:
        """The side of the input, or its height."""
        return self.enlarge_px or self.crop_px

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape of the input of one picture."""
        return 1, self.channels, self.input_px, self.width_px or self.input_px

    def sized(self, input_px: int) -> "Preprocessing":
        """The same preprocessing for an input of `input_px` x `input_px`; itself if that is its side or height."""
        if input_px == self.input_px:
            return self
        if self.enlarge_px:
            return replace(self, enlarge_px=input_px)
        return replace(self, resize_px=round(self.resize_px * input_px / self.crop_px), crop_px=input_px, width_px=None)

    def fitted(self, picture_px: int, input_px: int) -> "Preprocessing":
        """The same mean and std for square pictures of `picture_px`, enlarged to `input_px`."""
        enlarged = input_px if input_px != picture_px else None
        return replace(self, resize_px=picture_px, crop_px=picture_px, enlarge_px=enlarged, width_px=None)

    def normalised_as(self, other: "Preprocessing") -> "Preprocessing":
        """The same sizes with the mean and std of `other`."""
        return replace(self, mean=other.mean, std=other.std)

    def __call__(self, picture: Image.Image) -> Tensor:
        """A tensor of `shape`, float32. `picture` is RGB."""
        picture, size = _not_too_long(picture), [self.crop_px, self.width_px or self.crop_px]
        wide = picture.width * size[0] > picture.height * size[1]  # than the input
        shorter = self.resize_px if size[0] == size[1] else _shorter(picture, size[0] if wide else size[1], wide)
        small = TF.resize(picture, [shorter], InterpolationMode.BILINEAR, antialias=True)
        x: Tensor = TF.to_tensor(TF.center_crop(small if self.channels == 3 else small.convert("L"), size))
        x = TF.normalize(x, *map(self._by_channel, (self.mean, self.std))).unsqueeze(0)
        if self.enlarge_px and self.enlarge_px != self.crop_px:
            x = F.interpolate(x, size=(self.enlarge_px, self.enlarge_px), mode="bilinear", align_corners=False)
        return x

    def pixels(self, x: Tensor) -> Tensor:
        """Undo the normalisation of `x` (N, C, H, W): RGB in 0..1, (N, 3, H, W)."""
        mean, std = (torch.tensor(self._by_channel(each)).view(1, -1, 1, 1) for each in (self.mean, self.std))
        return (x * std + mean).clamp(0, 1).expand(-1, 3, -1, -1)

    def _by_channel(self, rgb: tuple[float, float, float]) -> list[float]:
        return list(rgb) if self.channels == 3 else [sum(rgb) / 3]


def _shorter(picture: Image.Image, side: int, is_height: bool) -> int:
    """The shorter side of a picture whose height, or width, becomes `side`."""
    return max(1, round(min(picture.size) * side / (picture.height if is_height else picture.width)))


def _not_too_long(picture: Image.Image, limit: int = 8) -> Image.Image:
    """Crop the centre if the longer side exceeds `limit` times the shorter: resizing 1x30000 would exhaust memory."""
    short = min(picture.size)
    if max(picture.size) <= limit * short:
        return picture
    width, height = (min(side, limit * short) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


IMAGENET_PREPROCESSING = Preprocessing(256, 224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
TINY_PREPROCESSING = Preprocessing(32, 32, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 64)
CIFAR_PREPROCESSING = Preprocessing(32, 32, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010), 64)
# Widely copied, also by the tutorial. Its std is the mean over pictures of each picture's std; over all pixels it is
# (0.2470, 0.2435, 0.2616).


def preprocess_in(notes: Mapping[str, Any]) -> Preprocessing | None:
    """Validate the preprocessing that a file gives, as this app, timm or transformers write it; else None."""
    keys = ("preprocess", "preprocessing", "pretrained_cfg", "default_cfg", "transform", "normalize")
    for found in (*(notes.get(key) for key in keys), notes):
        if isinstance(found, Mapping) and (each := _parsed(found)):
            return each
    return None


def _parsed(found: Mapping[str, Any]) -> Preprocessing | None:
    try:
        mean, std = (_three(found.get(key, found.get(f"image_{key}"))) for key in ("mean", "std"))
        if min(std) <= 0:
            return None
        if "picture_px" in found:
            picture_px, input_px = int(found["picture_px"]), int(found["input_px"])
            if not 1 <= picture_px <= input_px <= SIZES_PX[-1]:
                return None
            return Preprocessing(picture_px, picture_px, mean, std).fitted(picture_px, input_px)
        keys = ("crop_size", "input_size", "image_size", "img_size", "size")
        crop_px = side_in(next(found[key] for key in keys if key in found))
        share = found.get("crop_pct")
        resize_px = (
            round(crop_px / float(share)) if share else side_in(found.get("resize_size", found.get("resize", 0)))
        )
    except (TypeError, LookupError, ValueError, OverflowError, ZeroDivisionError, StopIteration):
        return None
    resize_px = resize_px or (crop_px if crop_px <= 64 else round(crop_px * 256 / 224))
    return Preprocessing(resize_px, crop_px, mean, std) if 1 <= crop_px <= resize_px <= 2 * SIZES_PX[-1] else None


def _three(values: Any) -> tuple[float, float, float]:
    """Mean or std as three finite numbers. Raises ValueError or TypeError."""
    red, green, blue = (float(value) for value in values)
    if not all(map(math.isfinite, (red, green, blue))):
        raise ValueError(values)
    return red, green, blue


def side_in(size: Any) -> int:
    """A side in pixels from 224, (224, 224), (3, 224, 224) or {"shortest_edge": 224}."""
    if isinstance(size, Mapping):
        size = next(size[key] for key in ("shortest_edge", "height") if key in size)
    if isinstance(size, Sequence) and not isinstance(size, str):
        size = size[-1]
    return int(size)
