"""Backbone, neck and head as torchvision has them: real layers on the meta device, which has shapes and no values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn
from torchvision import models
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.ops import FeaturePyramidNetwork

Shape = tuple[int, ...]
STAGES = {f"layer{k}": f"C{k + 1}" for k in range(1, 5)}  # as Lin et al. 2017 number them: C2 is 1/4 of the picture
CHANNELS, ANCHORS, CLASSES = 256, 9, 91  # RetinaNet's in torchvision; 91 are COCO's


@dataclass(frozen=True)
class Parts:
    """Shapes without the batch, (C, H, W), of the stages C2–C5 and of the pyramid P2–P5; for each of its levels the
    head's class scores and boxes (A, classes) and (A, 4), A places times anchors; and each part's parameters.

    `logits` is what the classifier's own head, `fc`, gives.
    """

    picture: Shape
    backbone: Mapping[str, Shape]
    neck: Mapping[str, Shape]
    scores: Mapping[str, Shape]
    boxes: Mapping[str, Shape]
    logits: Shape
    parameters: Mapping[str, int]


@lru_cache(maxsize=4)
def parts(network: str = "resnet18", image_px: int = 224) -> Parts:
    """What the parts give for a picture of `image_px` a side: a real forward pass of `network`'s stages (a torchvision
    ResNet), a feature pyramid of 256 channels on them, and RetinaNet's head on that."""
    with torch.device("meta"):
        whole: nn.Module = models.get_model(network, weights=None)
        stages = create_feature_extractor(whole, STAGES)
        x = torch.zeros(1, 3, image_px, image_px)
        maps = stages(x)
        neck = FeaturePyramidNetwork([each.shape[1] for each in maps.values()], CHANNELS)
        head = RetinaNetHead(CHANNELS, ANCHORS, CLASSES)
        levels = neck(maps)
        found = {name: head([level]) for name, level in levels.items()}
        logits = whole(x)
    names = dict(zip(STAGES.values(), (f"P{k}" for k in range(2, 6)), strict=True))
    counts = {"neck": _count(neck), "head": _count(head), "fc": _count(whole.get_submodule("fc"))}
    return Parts(
        picture=tuple(x.shape[1:]),
        backbone={name: tuple(value.shape[1:]) for name, value in maps.items()},
        neck={names[name]: tuple(value.shape[1:]) for name, value in levels.items()},
        scores={names[name]: tuple(value["cls_logits"].shape[1:]) for name, value in found.items()},
        boxes={names[name]: tuple(value["bbox_regression"].shape[1:]) for name, value in found.items()},
        logits=tuple(logits.shape[1:]),
        parameters={"backbone": _count(whole) - counts["fc"], **counts},
    )  # fmt: skip


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
