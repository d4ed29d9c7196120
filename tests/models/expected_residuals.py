"""How many residual connections networks of torchvision and timm have: from the papers, or the classes' own flags."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import nn


class Expected(NamedTuple):
    """The size of the picture (px), options of the constructor, and the count for a module."""

    size: int
    options: dict[str, Any]
    count: Callable[[nn.Module], int]


def net(size: int, count: int | Callable[[nn.Module], int], **options: Any) -> Expected:
    return Expected(size, options, count if callable(count) else lambda module: count)


def flagged(flag: str, kind: str = "") -> Callable[[nn.Module], int]:
    """The number of modules (of a class) whose attribute `flag` is set."""

    def count(module: nn.Module) -> int:
        return sum(
            getattr(inner, flag, None) not in (None, False) and kind in type(inner).__name__
            for inner in module.modules()
        )

    return count


def blocks(*kinds: str, each: int = 1) -> Callable[[nn.Module], int]:
    """The number of modules of the classes `kinds`, times `each`."""
    return lambda module: each * sum(type(inner).__name__ in kinds for inner in module.modules())


TORCHVISION = {
    "alexnet": net(64, 0), "vgg11_bn": net(64, 0), "squeezenet1_1": net(64, 0), "shufflenet_v2_x1_0": net(64, 0),
    "densenet121": net(64, 0), "googlenet": net(64, 0, aux_logits=False, init_weights=False),
    "inception_v3": net(128, 0, aux_logits=False, init_weights=False), "resnet18": net(64, 8), "resnet50": net(64, 16),
    "resnext50_32x4d": net(64, 16), "wide_resnet50_2": net(64, 16), "mobilenet_v2": net(64, 10),
    "mobilenet_v3_small": net(64, flagged("use_res_connect")),
    "mobilenet_v3_large": net(64, flagged("use_res_connect")),
    "efficientnet_b0": net(64, 9), "efficientnet_v2_s": net(64, flagged("use_res_connect")),
    "mnasnet1_0": net(64, flagged("apply_residual")), "regnet_y_400mf": net(64, 16), "regnet_x_400mf": net(64, 22),
    "convnext_tiny": net(64, 18), "vit_b_16": net(64, 24, image_size=64), "swin_t": net(64, 24),
    "swin_v2_t": net(64, 24), "maxvit_t": net(224, 55),
}  # fmt: skip

TIMM = {
    "resnet18": net(64, 8), "resnetv2_50": net(64, 16), "seresnet50": net(64, 16), "res2net50_26w_4s": net(64, 16),
    "nf_resnet50": net(64, 16), "resnest14d": net(64, 4), "dla34": net(64, 12), "hrnet_w18_small": net(64, 23),
    "darknet53": net(64, 23), "cspresnet50": net(64, blocks("BottleneckBlock", "DarkBlock")),
    "mobilenetv4_conv_small": net(64, flagged("has_skip")), "tf_efficientnetv2_b0": net(64, flagged("has_skip")),
    "ghostnet_100": net(64, 16), "repvgg_a0": net(64, 17), "xception41": net(64, 12), "convnext_atto": net(64, 12),
    "convnextv2_atto": net(64, 12), "ese_vovnet19b_dw": net(64, 0), "vit_tiny_patch16_224": net(224, 24),
    "deit3_small_patch16_224": net(224, 24), "vit_base_patch16_rope_reg1_gap_256": net(256, 24),
    "cait_xxs24_224": net(224, 52), "xcit_nano_12_p16_224": net(224, 40), "beit_base_patch16_224": net(224, 24),
    "swin_tiny_patch4_window7_224": net(224, 24), "mixer_s32_224": net(224, 16), "resmlp_12_224": net(224, 24),
    "gmlp_s16_224": net(224, 30), "poolformer_s12": net(224, 24), "caformer_s18": net(224, 36),
    "coatnet_nano_rw_224": net(224, 25), "levit_128s": net(224, 20), "mobilevit_s": net(256, 20),
    "edgenext_xx_small": net(256, 15), "fastvit_t8": net(256, 34), "twins_svt_small": net(224, 40),
    "crossvit_9_240": net(240, 30), "focalnet_tiny_srf": net(224, 24), "davit_tiny": net(224, 48),
    "rdnet_tiny": net(224, 0), "dpn68": net(64, 22), "eva02_tiny_patch14_224": net(224, 24),
    "hiera_tiny_224": net(224, 24), "vit_small_patch16_18x2_224": net(224, 36),
    # Tried after the rule was written.
    "skresnet18": net(64, blocks("SelectiveKernelBasic")), "tresnet_m": net(64, blocks("BasicBlock", "Bottleneck")),
    "inception_resnet_v2": net(128, blocks("Block35", "Block17", "Block8")),
    "efficientformer_l1": net(224, blocks("MetaBlock2d", "MetaBlock1d", each=2)),
    "efficientvit_m0": net(224, blocks("ResidualDrop")),
    "efficientvit_b0": net(64, flagged("shortcut", "ResidualBlock")),
    "hgnet_tiny": net(64, flagged("residual", "HighPerfGpuBlock")), "rexnet_100": net(64, flagged("use_shortcut")),
    "convit_tiny": net(224, blocks("Block", each=2)), "lambda_resnet26t": net(256, 8), "botnet26t_256": net(256, 8),
    "volo_d1_224": net(224, blocks("Outlooker", "Transformer", "ClassBlock", each=2)),
    "mambaout_femto": net(64, blocks("GatedConvBlock")), "starnet_s1": net(64, blocks("Block")),
    "inception_v4": net(128, 0), "selecsls42": net(64, 0),
}  # fmt: skip
