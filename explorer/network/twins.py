"""Two small networks that we trained on CIFAR-10 alike, one with shortcuts and one without (assets/MODEL_CARD.md)."""

from functools import lru_cache
from typing import Literal

import torch

from explorer.network.anatomy import Anatomy
from explorer.network.checkpoint import fill, read_state_dict
from explorer.network.cifar_resnet import CifarResNet
from explorer.network.zoo import ASSETS, CIFAR_PREPROCESSING, Network
from explorer.training.data import CIFAR10_CLASSES

Kind = Literal["residual", "plain"]
DEPTH, WIDTH = 32, 8


@lru_cache
def load(kind: Kind) -> Network:
    """A 32-layer network of 15 blocks, half as wide as the paper's, that takes CIFAR-10 pictures at 32 px.

    The plain twin's anatomy has no blocks: nothing is added in it. Its parts have the same paths all the same.
    """
    with torch.device("meta"):
        module = CifarResNet(DEPTH, residual=kind == "residual", width=WIDTH)
        anatomy = Anatomy(CifarResNet(DEPTH, residual=kind == "residual", width=WIDTH))
    file = ASSETS / f"twin_{kind}.safetensors"
    fill(module, read_state_dict(file.read_bytes(), file.name), file.name, f"twin_{kind}")
    module.eval().requires_grad_(False)
    name = f"resnet{DEPTH}" if kind == "residual" else f"plain{DEPTH}"
    return Network(name, "twin", module, CIFAR10_CLASSES, CIFAR_PREPROCESSING.sized(32), anatomy, "network.origin_twin")
