"""Pretrained networks since LeNet-5: what the papers say, and what torchvision's weights say of themselves.

Nothing that torchvision knows is written here: its figures are read from the installed version, and follow it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from torchvision import models

from explorer.analysis.depth import depth
from explorer.analysis.source import version as version  # of the torchvision whose figures these are

Line = Literal["stack", "residual", "light", "attention", "self_supervised"]  # the lines of ideas, one colour each
Learned = Literal["labels", "linear", "fine_tuned", "hashtags", "hashtags_linear"]
Choice = Literal["first", "newest", "all"]

CHOICES: Final[tuple[Choice, ...]] = ("first", "newest", "all")
FIGURES: Final = ("depth", "parameters", "multiply_adds", "top1", "top5")


@dataclass(frozen=True)
class Family:
    """Networks of one paper. `link` is the paper's address, `block` names the kind of block that made it famous."""

    id: str
    name: str
    year: int
    line: Line
    authors: str
    title: str
    link: str
    block: str


@dataclass(frozen=True)
class Figure:
    """A number and where it stands: `torchvision` and the name of the weights, `counted`, `encoder` and the network
    that it was read from, or the `abstract`, a `table` or `section` of the family's paper."""

    value: float
    source: str
    at: str = ""


@dataclass(frozen=True)
class Model:
    """A network. `torchvision` is its name in torchvision's registry, None where that lacks it.

    `paper` holds the paper's figures for what torchvision lacks. `encoder` is the network of torchvision that has the
    same layers, `learned` how a network without labels is tested: by a `linear` probe, or `fine_tuned`.
    """

    id: str
    name: str
    family: Family
    torchvision: str | None = None
    paper: Mapping[str, Figure] = field(default_factory=dict, hash=False)
    encoder: str | None = None
    learned: Learned = "labels"

    @property
    def year(self) -> int:
        return self.family.year

    @property
    def series(self) -> str:
        """Models of one series differ in size alone: not in BatchNorm, nor in the patch of a transformer."""
        return f"{self.family.id} {'bn' if self.name.endswith(' BN') else self.name.partition('/')[2]}"

    @property
    def block(self) -> str:
        return self.family.block


@dataclass(frozen=True)
class Entry:
    """A model with one set of weights (None: it is in the paper alone), and its figures; None where nobody says.

    Accuracies are percent on ImageNet's validation set, multiply-adds those of one picture of `input_px` a side.
    """

    model: Model
    weights: str | None
    learned: Learned
    input_px: int | None
    parameters: Figure | None
    multiply_adds: Figure | None
    top1: Figure | None
    top5: Figure | None

    @property
    def id(self) -> str:
        return f"{self.model.id} {self.weights or ''}".strip()

    @property
    def depth(self) -> Figure | None:
        """Layers with weights on the longest path. Counted when asked for: it takes up to half a second."""
        if name := self.model.torchvision:
            return Figure(depth(name), "counted")
        if name := self.model.encoder:
            return Figure(depth(name), "encoder", name)
        return self.model.paper.get("depth")


_ARXIV = "https://arxiv.org/abs/"
_FAMILIES: Final = (
    Family("lenet", "LeNet-5", 1998, "stack", "LeCun, Bottou, Bengio, Haffner",
           "Gradient-Based Learning Applied to Document Recognition", "https://doi.org/10.1109/5.726791", "conv_stack"),
    Family("alexnet", "AlexNet", 2012, "stack", "Krizhevsky, Sutskever, Hinton",
           "ImageNet Classification with Deep Convolutional Neural Networks", "https://doi.org/10.1145/3065386",
           "conv_stack"),
    Family("vgg", "VGG", 2014, "stack", "Simonyan, Zisserman",
           "Very Deep Convolutional Networks for Large-Scale Image Recognition", f"{_ARXIV}1409.1556", "vgg"),
    Family("googlenet", "GoogLeNet", 2014, "stack", "Szegedy et al.", "Going Deeper with Convolutions",
           f"{_ARXIV}1409.4842", "inception"),
    Family("resnet", "ResNet", 2015, "residual", "He, Zhang, Ren, Sun",
           "Deep Residual Learning for Image Recognition", f"{_ARXIV}1512.03385", "residual"),
    Family("squeezenet", "SqueezeNet", 2016, "light", "Iandola et al.",
           "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", f"{_ARXIV}1602.07360",
           "fire"),
    Family("densenet", "DenseNet", 2016, "residual", "Huang, Liu, van der Maaten, Weinberger",
           "Densely Connected Convolutional Networks", f"{_ARXIV}1608.06993", "dense"),
    Family("mobilenet_v1", "MobileNet v1", 2017, "light", "Howard et al.",
           "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", f"{_ARXIV}1704.04861",
           "depthwise"),
    Family("mobilenet_v2", "MobileNet v2", 2018, "light", "Sandler, Howard, Zhu, Zhmoginov, Chen",
           "MobileNetV2: Inverted Residuals and Linear Bottlenecks", f"{_ARXIV}1801.04381", "inverted_residual"),
    Family("shufflenet_v2", "ShuffleNet v2", 2018, "light", "Ma, Zhang, Zheng, Sun",
           "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", f"{_ARXIV}1807.11164",
           "shuffle"),
    Family("mobilenet_v3", "MobileNet v3", 2019, "light", "Howard et al.", "Searching for MobileNetV3",
           f"{_ARXIV}1905.02244", "se"),
    Family("efficientnet", "EfficientNet", 2019, "light", "Tan, Le",
           "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", f"{_ARXIV}1905.11946", "se"),
    Family("moco", "MoCo", 2019, "self_supervised", "He, Fan, Wu, Xie, Girshick",
           "Momentum Contrast for Unsupervised Visual Representation Learning", f"{_ARXIV}1911.05722",
           "self_supervised"),
    Family("simclr", "SimCLR", 2020, "self_supervised", "Chen, Kornblith, Norouzi, Hinton",
           "A Simple Framework for Contrastive Learning of Visual Representations", f"{_ARXIV}2002.05709",
           "self_supervised"),
    Family("regnet", "RegNet", 2020, "residual", "Radosavovic, Kosaraju, Girshick, He, Dollár",
           "Designing Network Design Spaces", f"{_ARXIV}2003.13678", "residual"),
    Family("byol", "BYOL", 2020, "self_supervised", "Grill et al.",
           "Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning", f"{_ARXIV}2006.07733",
           "self_supervised"),
    Family("vit", "ViT", 2020, "attention", "Dosovitskiy et al.",
           "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", f"{_ARXIV}2010.11929",
           "attention"),
    Family("swin", "Swin", 2021, "attention", "Liu et al.",
           "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", f"{_ARXIV}2103.14030", "swin"),
    Family("dino", "DINO", 2021, "self_supervised", "Caron et al.",
           "Emerging Properties in Self-Supervised Vision Transformers", f"{_ARXIV}2104.14294", "self_supervised"),
    Family("mae", "MAE", 2021, "self_supervised", "He, Chen, Xie, Li, Dollár, Girshick",
           "Masked Autoencoders Are Scalable Vision Learners", f"{_ARXIV}2111.06377", "self_supervised"),
    Family("convnext", "ConvNeXt", 2022, "residual", "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie",
           "A ConvNet for the 2020s", f"{_ARXIV}2201.03545", "convnext"),
)  # fmt: skip
FAMILIES: Final = {family.id: family for family in _FAMILIES}

# By torchvision's names, since its registry has them under one flat list.
_IN_TORCHVISION: Final[Mapping[str, Mapping[str, str]]] = {
    "alexnet": {"alexnet": "AlexNet"},
    "vgg": {f"vgg{n}{bn}": f"VGG-{n}{' BN' if bn else ''}" for n in (11, 13, 16, 19) for bn in ("", "_bn")},
    "googlenet": {"googlenet": "GoogLeNet"},
    "resnet": {f"resnet{n}": f"ResNet-{n}" for n in (18, 34, 50, 101, 152)},
    "squeezenet": {f"squeezenet1_{n}": f"SqueezeNet 1.{n}" for n in (0, 1)},
    "densenet": {f"densenet{n}": f"DenseNet-{n}" for n in (121, 169, 201, 161)},
    "mobilenet_v2": {"mobilenet_v2": "MobileNet v2"},
    "shufflenet_v2": {f"shufflenet_v2_x{n}_{m}": f"ShuffleNet v2 ×{n}.{m}"
                      for n, m in ((0, 5), (1, 0), (1, 5), (2, 0))},
    "mobilenet_v3": {f"mobilenet_v3_{size}": f"MobileNet v3 {size}" for size in ("small", "large")},
    "efficientnet": {f"efficientnet_b{n}": f"EfficientNet-B{n}" for n in range(8)},
    "regnet": {f"regnet_y_{size.lower().replace('.', '_')}": f"RegNetY-{size}"
               for size in ("400MF", "800MF", "1.6GF", "3.2GF", "8GF", "16GF", "32GF", "128GF")},
    "vit": {f"vit_{size.lower()}_{patch}": f"ViT-{size}/{patch}"
            for size, patch in (("B", 32), ("B", 16), ("L", 32), ("L", 16), ("H", 14))},
    "swin": {f"swin_{size.lower()}": f"Swin-{size}" for size in "TSB"},
    "convnext": {f"convnext_{size}": f"ConvNeXt-{size[0].upper()}" for size in ("tiny", "small", "base", "large")},
}  # fmt: skip


def _said(place: str, **values: float) -> dict[str, Figure]:
    """Figures that stand in one place of the paper: `table 4`."""
    source, _, at = place.partition(" ")
    return {name: Figure(value, source, at) for name, value in values.items()}


def _alone(
    id: str,
    name: str,
    family: str,
    *said: Mapping[str, Figure],
    encoder: str | None = None,
    learned: Learned = "labels",
) -> Model:
    paper = {key: figure for figures in said for key, figure in figures.items()}
    return Model(id, name, FAMILIES[family], None, paper, encoder, learned)


# Connections of LeNet-5 are its multiply-adds, biases among them.
_ALONE: Final = (
    _alone("lenet5", "LeNet-5", "lenet", _said("section II.B", depth=7, parameters=60e3, multiply_adds=340_908)),
    _alone("mobilenet_v1", "MobileNet v1", "mobilenet_v1", _said("section 3.2", depth=28),
           _said("table 6", parameters=4.2e6, multiply_adds=569e6, top1=70.6)),
    _alone("mobilenet_v1_075", "MobileNet v1 ×0.75", "mobilenet_v1", _said("section 3.2", depth=28),
           _said("table 6", parameters=2.6e6, multiply_adds=325e6, top1=68.4)),
    _alone("mobilenet_v1_05", "MobileNet v1 ×0.5", "mobilenet_v1", _said("section 3.2", depth=28),
           _said("table 6", parameters=1.3e6, multiply_adds=149e6, top1=63.7)),
    _alone("mobilenet_v1_025", "MobileNet v1 ×0.25", "mobilenet_v1", _said("section 3.2", depth=28),
           _said("table 6", parameters=0.5e6, multiply_adds=41e6, top1=50.6)),
    _alone("moco", "MoCo, ResNet-50", "moco", _said("table 1", parameters=24e6, top1=60.6), encoder="resnet50",
           learned="linear"),
    _alone("simclr", "SimCLR, ResNet-50", "simclr", _said("table 6", parameters=24e6, top1=69.3, top5=89.0),
           encoder="resnet50", learned="linear"),
    _alone("simclr_4x", "SimCLR, ResNet-50 (4×)", "simclr", _said("table 6", parameters=375e6, top1=76.5, top5=93.2),
           learned="linear"),
    _alone("byol", "BYOL, ResNet-50", "byol", _said("table 1", top1=74.3, top5=91.6), encoder="resnet50",
           learned="linear"),
    _alone("mae", "MAE, ViT-B/16", "mae", _said("table 3", top1=83.6), encoder="vit_b_16", learned="fine_tuned"),
    _alone("mae_l", "MAE, ViT-L/16", "mae", _said("table 3", top1=85.9), encoder="vit_l_16", learned="fine_tuned"),
    _alone("mae_h", "MAE, ViT-H/14", "mae", _said("table 3", top1=86.9), encoder="vit_h_14", learned="fine_tuned"),
    _alone("mae_h448", "MAE, ViT-H/14, 448 px", "mae", _said("abstract", top1=87.8), learned="fine_tuned"),
    _alone("dino", "DINO, ViT-B/16", "dino", _said("table 2", parameters=85e6, top1=78.2), encoder="vit_b_16",
           learned="linear"),
    _alone("dino_b8", "DINO, ViT-B/8", "dino", _said("table 2", parameters=85e6, top1=80.1), learned="linear"),
)  # fmt: skip

_PUBLISHED: Final = tuple(
    Model(name, shown, FAMILIES[family], name)
    for family, names in _IN_TORCHVISION.items()
    for name, shown in names.items()
)
MODELS: Final[dict[str, Model]] = {
    model.id: model for family in _FAMILIES for model in (*_ALONE, *_PUBLISHED) if model.family is family
}  # in the order of their years

HEADLINERS: Final[dict[str, str]] = {
    family.id: next(model.id for model in MODELS.values() if model.family is family) for family in _FAMILIES
} | {"vgg": "vgg16", "resnet": "resnet50", "vit": "vit_b_16", "squeezenet": "squeezenet1_1", "regnet": "regnet_y_400mf",
     "shufflenet_v2": "shufflenet_v2_x1_0", "mobilenet_v3": "mobilenet_v3_large"}  # fmt: skip


@cache
def entries(model: Model) -> tuple[Entry, ...]:
    """`model` with each set of weights that torchvision publishes; else one entry with the paper's figures."""
    if model.torchvision:
        return tuple(_published(model, weights) for weights in models.get_model_weights(model.torchvision))
    of_encoder = _of_encoder(model.encoder) if model.encoder else {}
    parameters, multiply_adds, top1, top5 = (model.paper.get(name) or of_encoder.get(name) for name in FIGURES[1:])
    return (Entry(model, None, model.learned, None, parameters, multiply_adds, top1, top5),)


def _published(model: Model, weights: models.WeightsEnum) -> Entry:
    meta, at = weights.meta, weights.name
    accuracy = meta["_metrics"]["ImageNet-1K"]
    top1, top5 = (None if math.isnan(accuracy[key]) else Figure(accuracy[key], "torchvision", at)
                  for key in ("acc@1", "acc@5"))  # fmt: skip
    learned: Learned = "labels" if "SWAG" not in at else "hashtags_linear" if "LINEAR" in at else "hashtags"
    side = weights.transforms.keywords["crop_size"]  # the picture that accuracy and multiply-adds are for
    parameters = Figure(meta["num_params"], "torchvision", at)
    return Entry(model, at, learned, side, parameters, Figure(meta["_ops"] * 1e9, "torchvision", at), top1, top5)


def _of_encoder(name: str) -> dict[str, Figure]:
    """What the same layers cost at 224 px, with torchvision's head for 1000 classes."""
    metas = [weights.meta for weights in models.get_model_weights(name)
             if weights.transforms.keywords["crop_size"] == 224]  # fmt: skip
    parameters, multiply_adds = metas[0]["num_params"], metas[0]["_ops"] * 1e9
    return {"parameters": Figure(parameters, "encoder", name), "multiply_adds": Figure(multiply_adds, "encoder", name)}


def choose(choice: Choice, families: Sequence[str] = tuple(FAMILIES)) -> list[Entry]:
    """One entry a model of `families`, of the `first` or the `newest` weights for ImageNet's labels; or `all`."""
    found = [entries(model) for model in MODELS.values() if model.family.id in families]
    if choice == "all":
        return [entry for several in found for entry in several]
    named = [[entry for entry in several if entry.learned == entry.model.learned and (entry.top1 or not entry.weights)]
             for several in found]  # fmt: skip
    return [several[0 if choice == "first" else -1] for several in named if several]
