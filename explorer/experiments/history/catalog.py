"""Catalog of pretrained networks since LeNet-5.

Values of torchvision's networks are read from the metadata of the installed version's weights, others are the papers'.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from torchvision import models

from explorer.analysis.depth import depth
from explorer.analysis.source import version as version  # of torchvision

Line = Literal["stack", "residual", "light", "attention", "self_supervised"]  # lines of ideas, one colour each
Learned = Literal["labels", "linear", "fine_tuned", "hashtags", "hashtags_linear"]
Choice = Literal["first", "newest", "all"]

CHOICES: Final[tuple[Choice, ...]] = ("first", "newest", "all")
QUANTITIES: Final = ("depth", "parameters", "multiply_adds", "top1", "top5")


@dataclass(frozen=True)
class Family:
    """The networks of one paper. `link` is the paper's URL, `block` the kind of block it is known for."""

    id: str
    name: str
    year: int
    line: Line
    authors: str
    title: str
    link: str
    block: str


@dataclass(frozen=True)
class Value:
    """A value with its source. `source` and `at`: `torchvision` and the name of the weights; `counted`; `encoder` and
    the network's name; or `abstract`, `table` or `section` of the family's paper and its number."""

    value: float
    source: str
    at: str = ""


@dataclass(frozen=True)
class Model:
    """A network. `torchvision` is its name in torchvision's registry, None if it is not there.

    `paper` holds the paper's values of networks that torchvision lacks. `encoder` is torchvision's network with the
    same layers. `learned` is `labels`, or how the paper evaluates self-supervision: `linear` probe, `fine_tuned`.
    """

    id: str
    name: str
    family: Family
    torchvision: str | None = None
    paper: Mapping[str, Value] = field(default_factory=dict, hash=False)
    encoder: str | None = None
    learned: Learned = "labels"

    @property
    def year(self) -> int:
        return self.family.year

    @property
    def series(self) -> str:
        """Key of models that differ only in size, not in BatchNorm or a transformer's patch size."""
        return f"{self.family.id} {'bn' if self.name.endswith(' BN') else self.name.partition('/')[2]}"

    @property
    def block(self) -> str:
        return self.family.block


@dataclass(frozen=True)
class Entry:
    """A model with one set of weights (None: only in the paper) and its values, None where unpublished.

    Accuracies are percent on ImageNet's validation set; multiply-adds are per picture of `input_px` per side.
    """

    model: Model
    weights: str | None
    learned: Learned
    input_px: int | None
    parameters: Value | None
    multiply_adds: Value | None
    top1: Value | None
    top5: Value | None

    @property
    def id(self) -> str:
        return f"{self.model.id} {self.weights or ''}".strip()

    @property
    def depth(self) -> Value | None:
        """Number of layers with weights on the longest path. Counting takes up to half a second."""
        if name := self.model.torchvision:
            return Value(depth(name), "counted")
        if name := self.model.encoder:
            return Value(depth(name), "encoder", name)
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
    Family("inception_v3", "Inception v3", 2015, "stack", "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
           "Rethinking the Inception Architecture for Computer Vision", f"{_ARXIV}1512.00567", "factorized"),
    Family("squeezenet", "SqueezeNet", 2016, "light", "Iandola et al.",
           "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", f"{_ARXIV}1602.07360",
           "fire"),
    Family("densenet", "DenseNet", 2016, "residual", "Huang, Liu, van der Maaten, Weinberger",
           "Densely Connected Convolutional Networks", f"{_ARXIV}1608.06993", "dense"),
    Family("mobilenet_v1", "MobileNet v1", 2017, "light", "Howard et al.",
           "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", f"{_ARXIV}1704.04861",
           "depthwise"),
    Family("nasnet", "NASNet", 2017, "light", "Zoph, Vasudevan, Shlens, Le",
           "Learning Transferable Architectures for Scalable Image Recognition", f"{_ARXIV}1707.07012", "nasnet"),
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
ERAS: Final = {"deeper": range(1998, 2016), "cheaper": range(2016, 2020), "attention": range(2020, 2023)}
"""Three eras by their main aim -> years; the catalog ends with the last."""
FAMILIES: Final = {family.id: family for family in _FAMILIES}

# family -> torchvision's name -> display name; torchvision's registry is flat.
_IN_TORCHVISION: Final[Mapping[str, Mapping[str, str]]] = {
    "alexnet": {"alexnet": "AlexNet"},
    "vgg": {f"vgg{n}{bn}": f"VGG-{n}{' BN' if bn else ''}" for n in (11, 13, 16, 19) for bn in ("", "_bn")},
    "googlenet": {"googlenet": "GoogLeNet"},
    "resnet": {f"resnet{n}": f"ResNet-{n}" for n in (18, 34, 50, 101, 152)},
    "inception_v3": {"inception_v3": "Inception v3"},
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


def _at(place: str, **values: float) -> dict[str, Value]:
    """Values from one place of the paper, such as `table 4`."""
    source, _, at = place.partition(" ")
    return {name: Value(value, source, at) for name, value in values.items()}


def _model(
    id: str,
    name: str,
    family: str,
    *values: Mapping[str, Value],
    encoder: str | None = None,
    learned: Learned = "labels",
) -> Model:
    paper = {key: value for of_place in values for key, value in of_place.items()}
    return Model(id, name, FAMILIES[family], None, paper, encoder, learned)


# The multiply-adds of LeNet-5 are its connections, including biases. Its depth is C1, C3, C5, F6 and the
# output; the paper counts 7, with the two subsampling layers.
_PAPER_ONLY: Final = (
    _model("lenet5", "LeNet-5", "lenet", _at("section II.B", depth=5, parameters=60e3, multiply_adds=340_908)),
    _model("mobilenet_v1", "MobileNet v1", "mobilenet_v1", _at("section 3.2", depth=28),
           _at("table 6", parameters=4.2e6, multiply_adds=569e6, top1=70.6)),
    _model("mobilenet_v1_075", "MobileNet v1 ×0.75", "mobilenet_v1", _at("section 3.2", depth=28),
           _at("table 6", parameters=2.6e6, multiply_adds=325e6, top1=68.4)),
    _model("mobilenet_v1_05", "MobileNet v1 ×0.5", "mobilenet_v1", _at("section 3.2", depth=28),
           _at("table 6", parameters=1.3e6, multiply_adds=149e6, top1=63.7)),
    _model("mobilenet_v1_025", "MobileNet v1 ×0.25", "mobilenet_v1", _at("section 3.2", depth=28),
           _at("table 6", parameters=0.5e6, multiply_adds=41e6, top1=50.6)),
    _model("nasnet_large", "NASNet-A large", "nasnet",
           _at("table 2", parameters=88.9e6, multiply_adds=23.8e9, top1=82.7, top5=96.2)),
    _model("nasnet_mobile", "NASNet-A mobile", "nasnet",
           _at("table 3", parameters=5.3e6, multiply_adds=564e6, top1=74.0, top5=91.6)),
    _model("moco", "MoCo, ResNet-50", "moco", _at("table 1", parameters=24e6, top1=60.6), encoder="resnet50",
           learned="linear"),
    _model("simclr", "SimCLR, ResNet-50", "simclr", _at("table 6", parameters=24e6, top1=69.3, top5=89.0),
           encoder="resnet50", learned="linear"),
    _model("simclr_4x", "SimCLR, ResNet-50 (4×)", "simclr", _at("table 6", parameters=375e6, top1=76.5, top5=93.2),
           learned="linear"),
    _model("byol", "BYOL, ResNet-50", "byol", _at("table 1", top1=74.3, top5=91.6), encoder="resnet50",
           learned="linear"),
    _model("mae", "MAE, ViT-B/16", "mae", _at("table 3", top1=83.6), encoder="vit_b_16", learned="fine_tuned"),
    _model("mae_l", "MAE, ViT-L/16", "mae", _at("table 3", top1=85.9), encoder="vit_l_16", learned="fine_tuned"),
    _model("mae_h", "MAE, ViT-H/14", "mae", _at("table 3", top1=86.9), encoder="vit_h_14", learned="fine_tuned"),
    _model("mae_h448", "MAE, ViT-H/14, 448 px", "mae", _at("abstract", top1=87.8), learned="fine_tuned"),
    _model("dino", "DINO, ViT-B/16", "dino", _at("table 2", parameters=85e6, top1=78.2), encoder="vit_b_16",
           learned="linear"),
    _model("dino_b8", "DINO, ViT-B/8", "dino", _at("table 2", parameters=85e6, top1=80.1), learned="linear"),
)  # fmt: skip

_TORCHVISION: Final = tuple(
    Model(name, shown, FAMILIES[family], name)
    for family, names in _IN_TORCHVISION.items()
    for name, shown in names.items()
)
MODELS: Final[dict[str, Model]] = {
    model.id: model for family in _FAMILIES for model in (*_PAPER_ONLY, *_TORCHVISION) if model.family is family
}  # by year

HEADLINERS: Final[dict[str, str]] = {
    family.id: next(model.id for model in MODELS.values() if model.family is family) for family in _FAMILIES
} | {"vgg": "vgg16", "resnet": "resnet50", "vit": "vit_b_16", "squeezenet": "squeezenet1_1", "regnet": "regnet_y_400mf",
     "shufflenet_v2": "shufflenet_v2_x1_0", "mobilenet_v3": "mobilenet_v3_large"}  # fmt: skip


@cache
def entries(model: Model) -> tuple[Entry, ...]:
    """An entry per set of weights in torchvision; else one entry with the paper's values."""
    if model.torchvision:
        return tuple(_entry(model, weights) for weights in models.get_model_weights(model.torchvision))
    of_encoder = _of_encoder(model.encoder) if model.encoder else {}
    parameters, multiply_adds, top1, top5 = (model.paper.get(name) or of_encoder.get(name) for name in QUANTITIES[1:])
    return (Entry(model, None, model.learned, None, parameters, multiply_adds, top1, top5),)


def _entry(model: Model, weights: models.WeightsEnum) -> Entry:
    meta, at = weights.meta, weights.name
    accuracy = meta["_metrics"]["ImageNet-1K"]
    top1, top5 = (None if math.isnan(accuracy[key]) else Value(accuracy[key], "torchvision", at)
                  for key in ("acc@1", "acc@5"))  # fmt: skip
    learned: Learned = "labels" if "SWAG" not in at else "hashtags_linear" if "LINEAR" in at else "hashtags"
    side = weights.transforms.keywords["crop_size"]  # of accuracy and multiply-adds
    parameters = Value(meta["num_params"], "torchvision", at)
    return Entry(model, at, learned, side, parameters, Value(meta["_ops"] * 1e9, "torchvision", at), top1, top5)


def _of_encoder(name: str) -> dict[str, Value]:
    """Costs of the same layers at 224 px, with torchvision's head for 1000 classes."""
    metas = [weights.meta for weights in models.get_model_weights(name)
             if weights.transforms.keywords["crop_size"] == 224]  # fmt: skip
    parameters, multiply_adds = metas[0]["num_params"], metas[0]["_ops"] * 1e9
    return {"parameters": Value(parameters, "encoder", name), "multiply_adds": Value(multiply_adds, "encoder", name)}


def choose(choice: Choice, families: Sequence[str] = tuple(FAMILIES)) -> list[Entry]:
    """The entries of `families`: `all`, or one per model with its `first` or `newest` weights for ImageNet's labels."""
    by_model = [entries(model) for model in MODELS.values() if model.family.id in families]
    if choice == "all":
        return [entry for of_model in by_model for entry in of_model]
    usable = [
        [entry for entry in of_model if entry.learned == entry.model.learned and (entry.top1 or not entry.weights)]
        for of_model in by_model
    ]
    return [of_model[0 if choice == "first" else -1] for of_model in usable if of_model]
