"""Output shapes of torchvision's backbone, neck and head, computed by real layers on the meta device."""

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
STAGES = {f"layer{k}": f"C{k + 1}" for k in range(1, 5)}  # Lin et al. 2017: C2 has 1/4 of the picture's side
CHANNELS, ANCHORS, CLASSES = 256, 9, 91  # torchvision's RetinaNet for COCO


@dataclass(frozen=True)
class PyramidShapes:
    """Shapes without the batch dimension, and parameter counts by part.

    `backbone` (C2–C5) and `neck` (P2–P5) are (C, H, W); `scores` (A, classes) and `boxes` (A, 4) by pyramid level,
    where A is positions times anchors. `logits` is the shape from the classifier's own head, `fc`.
    """

    picture: Shape
    backbone: Mapping[str, Shape]
    neck: Mapping[str, Shape]
    scores: Mapping[str, Shape]
    boxes: Mapping[str, Shape]
    logits: Shape
    parameters: Mapping[str, int]


@lru_cache(maxsize=4)
def pyramid_shapes(network: str = "resnet18", image_px: int = 224) -> PyramidShapes:
    """Output shapes for a square picture of `image_px`: the stages of `network` (a torchvision ResNet), a feature
    pyramid of 256 channels, and RetinaNet's head."""
    with torch.device("meta"):
        whole: nn.Module = models.get_model(network, weights=None)
        stages = create_feature_extractor(whole, STAGES)
        x = torch.zeros(1, 3, image_px, image_px)
        maps = stages(x)
        neck = FeaturePyramidNetwork([each.shape[1] for each in maps.values()], CHANNELS)
        head = RetinaNetHead(CHANNELS, ANCHORS, CLASSES)
        levels = neck(maps)
        outputs = {name: head([level]) for name, level in levels.items()}
        logits = whole(x)
    names = dict(zip(STAGES.values(), (f"P{k}" for k in range(2, 6)), strict=True))
    counts = {"neck": _count(neck), "head": _count(head), "fc": _count(whole.get_submodule("fc"))}
    return PyramidShapes(
        picture=tuple(x.shape[1:]),
        backbone={name: tuple(value.shape[1:]) for name, value in maps.items()},
        neck={names[name]: tuple(value.shape[1:]) for name, value in levels.items()},
        scores={names[name]: tuple(value["cls_logits"].shape[1:]) for name, value in outputs.items()},
        boxes={names[name]: tuple(value["bbox_regression"].shape[1:]) for name, value in outputs.items()},
        logits=tuple(logits.shape[1:]),
        parameters={"backbone": _count(whole) - counts["fc"], **counts},
    )  # fmt: skip


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
