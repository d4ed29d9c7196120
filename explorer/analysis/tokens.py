"""What a picture's size leaves of it: tokens of a ViT, and the maps of a ResNet's stages."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import torch
from torchvision import models

SIDES: Final = (32, 64, 224)  # of CIFAR-10, of our own weights, of ImageNet's


@dataclass(frozen=True)
class Size:
    """For pictures of `side` px: the side of the grid of patches of `patch` px in ViT-B/16, its tokens with the class
    token, and the sides of ResNet18's four stages in pixels."""

    side: int
    patch: int
    grid: int
    tokens: int
    stages: tuple[int, ...]

    @property
    def pairs(self) -> int:
        """Pairs of tokens that attention compares, each with itself included."""
        return self.tokens**2


@lru_cache(maxsize=8)
def size(side: int) -> Size:
    """Measured on torchvision's own networks, on the meta device."""
    with torch.device("meta"):
        vit = models.vit_b_16(image_size=side)
        resnet: Any = models.resnet18().eval()
        x = torch.empty(1, 3, side, side)
        grid = vit.conv_proj(x).shape[-1]
        x = resnet.maxpool(resnet.relu(resnet.bn1(resnet.conv1(x))))
        stages = []
        for k in range(1, 5):
            x = resnet.get_submodule(f"layer{k}")(x)
            stages.append(x.shape[-1])
    return Size(side, vit.patch_size, grid, vit.seq_length, tuple(stages))
