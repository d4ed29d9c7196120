"""The block that made a network famous, as a graph of cards for operations, signs where tensors meet, and wires.

Positions are written by hand (`block_layouts`, `schemes`); operations, shapes and parameters are read from
torchvision's module, run on the meta device.
"""

from functools import lru_cache, partial
from typing import Any, Final

import torch
from torch import nn

from explorer.analysis.model_costs import Shape
from explorer.analysis.source import listing
from explorer.experiments.history.block_layouts import REAL
from explorer.experiments.history.block_plan import Block, Diagram, Real
from explorer.experiments.history.schemes import SCHEMES, SOURCES
from explorer.models.families import torchvision_outline

KINDS: Final[dict[str, str]] = {  # prefix of a model's name -> kind of block; the first match counts
    "lenet": "lenet", "alexnet": "alexnet", "vgg": "vgg", "googlenet": "inception",
    "inception_v3": "factorized", "nasnet": "nasnet", "resnet18": "basic",
    "resnet34": "basic", "resnet": "bottleneck", "squeezenet": "fire", "densenet": "dense",
    "mobilenet_v1": "depthwise", "mobilenet_v2": "inverted_residual", "shufflenet": "shuffle",
    "mobilenet_v3": "squeezed", "efficientnet": "mbconv", "regnet": "regnet", "convnext": "convnext",
    "vit": "attention", "swin": "swin", "moco": "moco", "simclr": "simclr", "byol": "byol", "dino": "dino",
    "mae": "mae",
}  # fmt: skip


def kind_of(model: str) -> str:
    """The kind of block of `model`, a name of torchvision or `catalog`. Raises KeyError."""
    for prefix, kind in KINDS.items():
        if model.startswith(prefix):
            return kind
    raise KeyError(model)


@lru_cache(maxsize=32)
def block(kind: str) -> Block:
    """The block of a kind in `block_layouts.REAL` or `schemes.SCHEMES`. Raises KeyError for another."""
    if kind in SCHEMES:
        scheme = Diagram()
        SCHEMES[kind](scheme)
        return Block(kind, "", "", scheme.nodes, tuple(scheme.edges), tuple(map(listing, SOURCES.get(kind, ()))))
    real = REAL[kind]
    module, shapes = _measured(real)
    diagram = Diagram(module, shapes)
    real.place(diagram)
    diagram.leave()
    sources = tuple(map(listing, real.sources(module)))
    return Block(kind, real.model, real.path, diagram.nodes, tuple(diagram.edges), sources)


def _measured(real: Real) -> tuple[nn.Module, dict[str, Shape]]:
    """The block's module, and path -> output shape of the modules in it; `x` is the input's.

    Modules that are called more than once, such as a shared ReLU, are left out.
    """
    network = real.build() if real.build else torchvision_outline(real.model)
    module = network.get_submodule(real.path)
    inputs: list[Shape] = []
    outputs: dict[str, list[Shape]] = {}

    def hook(path: str, _: nn.Module, args: tuple[Any, ...], value: Any) -> None:
        outputs.setdefault(path, []).append(_shape(value))
        if path == real.first:
            inputs.append(_shape(args[0]))

    for path, part in module.named_modules():
        part.register_forward_hook(partial(hook, path))
    network.eval()(torch.empty(1, *real.input, device="meta"))
    return module, {"x": inputs[0]} | {path: shapes[0] for path, shapes in outputs.items() if len(shapes) == 1}


def _shape(value: Any) -> Shape:
    """Shape without the batch, of the first tensor of a tuple or list: attention also returns weights, dense blocks
    pass lists."""
    tensor = value[0] if isinstance(value, tuple | list) else value
    return tuple(tensor.shape[1:])
