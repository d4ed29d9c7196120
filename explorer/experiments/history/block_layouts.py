"""Layout of each famous block, a function each. Operations and shapes come from torchvision's modules."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import torch
from torch import nn
from torchvision.models import VGG, AlexNet, mobilenetv2, shufflenetv2, swin_transformer, vgg
from torchvision.ops.misc import Conv2dNormActivation

from explorer.analysis.model_costs import Shape
from explorer.experiments.history.block_plan import Diagram, Real


def stack(diagram: Diagram, cards: Sequence[str]) -> None:
    diagram.enter()
    diagram.down(*cards)


def residual(diagram: Diagram, cards: Sequence[str]) -> None:
    diagram.enter()
    diagram.down(*cards, role="branch")
    diagram.add()
    diagram.down("relu")


def inception(diagram: Diagram) -> None:
    diagram.enter(2)
    pooled = diagram.down("branch4.0", column=3.5)
    ways = (["branch1"], ["branch2.0", "branch2.1"], ["branch3.0", "branch3.1"], ["branch4.1"])
    ends = [
        diagram.down(*(f"{path}.conv {path}.bn ReLU" for path in way), start=pooled if k == 3 else "x", column=k + 0.5)
        for k, way in enumerate(ways)
    ]
    diagram.concat(*ends, column=2, width=4)


def dense(diagram: Diagram) -> None:
    """The first two layers: each reads all previous maps and appends its own."""
    joined = diagram.enter()
    for k in (1, 2):
        layer = f"denselayer{k}"
        new = diagram.down(*(f"{layer}.norm{n} {layer}.relu{n} {layer}.conv{n}" for n in (1, 2)))
        joined = diagram.concat(joined, new, column=0.5, width=1, id=f"concat{k}")


def fire(diagram: Diagram) -> None:
    squeezed = diagram.enter(1) and diagram.down("squeeze squeeze_activation")
    ends = [
        diagram.down(f"{name} {name}_activation", start=squeezed, column=k + 0.5)
        for k, name in enumerate(("expand1x1", "expand3x3"))
    ]
    diagram.concat(*ends, column=1, width=2)


def shuffle(diagram: Diagram) -> None:
    diagram.enter(1)
    half = diagram.nodes["x"].channels // 2
    shape = (half, *diagram.nodes["x"].shape[1:])
    split = diagram.step("split", "famous.split", values={"half": half}, width=2)
    kept = diagram.step("kept", "famous.kept", column=0.5, lane=0.5, shape=shape, channels=half)
    names = ("0 1 2", "3 4", "5 6 7")
    cards = [" ".join(f"branch2.{k}" for k in name.split()) for name in names]
    new = diagram.down(cards[0], start=split, column=1.5)
    new = diagram.down(*cards[1:], start=new)
    diagram.concat(kept, new, column=1, width=2)
    diagram.step("shuffle", "famous.shuffle", width=2)


def inverted(diagram: Diagram) -> None:
    diagram.enter()
    diagram.down("conv.0.0 conv.0.1 conv.0.2", "conv.1.0 conv.1.1 conv.1.2", "conv.2 conv.3", role="branch")
    diagram.add()


def excited(diagram: Diagram, before: Sequence[str], squeeze: str, after: str, end: str = "") -> None:
    """A branch with squeeze and excitation: a factor per channel, computed from the means of all channels."""
    diagram.enter()
    wide = diagram.down(*before, role="branch")
    names = ("avgpool", "fc1 activation", "fc2 scale_activation")
    cards = [" ".join(f"{squeeze}.{name}" for name in card.split()) for card in names]
    diagram.multiply(wide, diagram.down(*cards, column=1.5, role="branch"))
    diagram.down(after, role="branch")
    diagram.add()
    if end:
        diagram.down(end)


def convnext(diagram: Diagram) -> None:
    diagram.enter()
    diagram.down("block.0", "block.1 block.2 block.3 block.4", "block.5 block.6", role="branch")
    scale = diagram.module.layer_scale
    diagram.step("scale", "famous.layer_scale", role="branch", modules=("",), parameters=scale.numel())
    diagram.add()


def attention(diagram: Diagram) -> None:
    """ViT's block; `MultiheadAttention`, one module, is drawn in four steps."""
    diagram.enter(1.5)
    attend: Any = diagram.module.self_attention
    tokens, width = diagram.nodes["x"].shape
    diagram.down("ln_1", role="branch", width=1.4)
    parameters = attend.in_proj_weight.numel() + attend.in_proj_bias.numel()
    diagram.step("qkv", "famous.qkv", role="branch", width=3, modules=("self_attention",), shape=(tokens, 3 * width),
                 channels=3 * width, parameters=parameters)  # fmt: skip
    attended(diagram, attend.num_heads, (attend.num_heads, tokens, tokens), (tokens, width), {})
    diagram.down("self_attention.out_proj", role="branch", width=1.4)
    perceptron(diagram, "ln_2 mlp.0 mlp.1", "mlp.3")


def swin(diagram: Diagram) -> None:
    """Attention within windows, which are shifted by half their side in every other block."""
    diagram.enter(1.5)
    attend: Any = diagram.module.attn
    side, shift, heads = attend.window_size[0], attend.shift_size[0], attend.num_heads
    height, across, width = diagram.nodes["x"].shape
    windows, tokens = height * across // side**2, side**2
    diagram.down("norm1", role="branch", width=1.4)
    diagram.step("windows", "famous.windows", role="branch", width=3, values={"side": side, "shift": shift},
                 shape=(windows, tokens, width))  # fmt: skip
    fields = diagram.fields_of("attn.qkv") | {"shape": (windows, tokens, 3 * width)}
    diagram.step("attn.qkv", "famous.qkv", role="branch", width=3, **fields)
    bias = {"modules": ("attn",), "parameters": attend.relative_position_bias_table.numel()}
    attended(diagram, heads, (windows * heads, tokens, tokens), (windows, tokens, width), bias)
    diagram.down("attn.proj", role="branch", width=1.4)
    diagram.step("back", "famous.windows_back", role="branch", width=3, shape=(height, across, width))
    perceptron(diagram, "norm2 mlp.0 mlp.1", "mlp.3")


def attended(diagram: Diagram, heads: int, scores: Shape, out: Shape, bias: dict[str, Any]) -> None:
    """softmax(q kᵀ / √d) v (Vaswani et al. 2017, equation 1)."""
    qkv, width = diagram.last, out[-1]
    word = "famous.scores_bias" if bias else "famous.scores"
    values = {"root": width // heads, "heads": heads}
    scored = diagram.step("scores", word, start=qkv, column=1, lane=0.5, name="q", role="branch", width=2,
                          values=values, shape=scores, channels=0, **bias)  # fmt: skip
    diagram.wire(qkv, scored, role="branch", lane=1.5, name="k")
    diagram.step("weighed", "famous.weighed", column=1.5, lane=1, role="branch", width=3, shape=out, channels=width)
    diagram.wire(qkv, "weighed", role="branch", lane=2.5, name="v")


def perceptron(diagram: Diagram, *cards: str) -> None:
    """⊕ of the attention, then two linear layers with their own shortcut."""
    between = diagram.add("x", "add_1")
    diagram.down(*cards, role="branch", width=1.4)
    diagram.add(between, "add_2")


def separable() -> nn.Module:
    """The first separable convolution of MobileNet v1 (Howard et al. 2017, arXiv:1704.04861, table 1)."""
    with torch.device("meta"):
        return nn.Sequential(Conv2dNormActivation(32, 32, groups=32), Conv2dNormActivation(32, 64, kernel_size=1))


_FEATURES = "features"  # a test takes the literal `features.denseblock1` for a translation's key
_STACK = ("0 1", "2", "3 4", "5", "6 7", "8 9", "10 11", "12")
_MBCONV: dict[str, Any] = {
    "before": ("block.0.0 block.0.1 block.0.2", "block.1.0 block.1.1 block.1.2"),
    "squeeze": "block.2", "after": "block.3.0 block.3.1",
}  # fmt: skip
_REGNET: dict[str, Any] = {
    "before": ("f.a.0 f.a.1 f.a.2", "f.b.0 f.b.1 f.b.2"),
    "squeeze": "f.se", "after": "f.c.0 f.c.1", "end": "activation",
}  # fmt: skip


def _with_squeeze(block: Any) -> list[Any]:
    squeeze = next(type(part) for part in block.modules() if type(part).__name__ == "SqueezeExcitation")
    return [type(block).forward, squeeze.forward, squeeze._scale, type(block).__init__]


REAL: Final[dict[str, Real]] = {
    "alexnet": Real("alexnet", "features", partial(stack, cards=_STACK),
                    lambda _: [AlexNet.__init__, AlexNet.forward]),
    "vgg": Real("vgg16", "features", partial(stack, cards=("10 11", "12 13", "14 15", "16")),
                lambda _: [vgg.make_layers, VGG.__init__, VGG.forward], first="10"),
    "inception": Real("googlenet", "inception3a", inception,
                      lambda block: [type(block)._forward, type(block).forward, type(block).__init__]),
    "basic": Real("resnet18", "layer1.0", partial(residual, cards=("conv1 bn1 relu", "conv2 bn2"))),
    "bottleneck": Real("resnet50", "layer1.1",
                       partial(residual, cards=("conv1 bn1 relu", "conv2 bn2 relu", "conv3 bn3"))),
    "dense": Real("densenet121", f"{_FEATURES}.denseblock1", dense,
                  lambda block: [type(block).forward, *map(partial(getattr, type(block.denselayer1)),
                                                           ("forward", "bn_function", "__init__"))]),
    "depthwise": Real("", "", partial(stack, cards=("0.0 0.1 0.2", "1.0 1.1 1.2")),
                      lambda _: [mobilenetv2.InvertedResidual.__init__], separable, (32, 112, 112)),
    "inverted_residual": Real("mobilenet_v2", "features.3", inverted),
    "squeezed": Real("mobilenet_v3_large", "features.5", partial(excited, **_MBCONV), _with_squeeze),
    "mbconv": Real("efficientnet_b0", "features.2.1", partial(excited, **_MBCONV), _with_squeeze),
    "shuffle": Real("shufflenet_v2_x1_0", "stage2.1", shuffle,
                    lambda block: [type(block).forward, shufflenetv2.channel_shuffle, type(block).__init__]),
    "fire": Real("squeezenet1_1", "features.3", fire),
    "regnet": Real("regnet_y_400mf", "trunk_output.block2.block2-1", partial(excited, **_REGNET), _with_squeeze),
    "convnext": Real("convnext_tiny", "features.1.0", convnext),
    "attention": Real("vit_b_16", "encoder.layers.encoder_layer_0", attention,
                      lambda block: [type(block).forward, type(block).__init__, type(block.mlp).__init__]),
    "swin": Real("swin_t", "features.1.1", swin,
                 lambda block: [type(block).forward, type(block.attn).forward,
                                swin_transformer.shifted_window_attention, type(block).__init__]),
}  # fmt: skip
