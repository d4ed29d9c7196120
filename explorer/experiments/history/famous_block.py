"""The block that made a network famous, as a graph: cards for what is computed, signs where tensors meet, wires.

Where things stand is written by hand (`famous_blocks`); what cards say is read from torchvision's own module, whose
shapes come from a run on the meta device.
"""

from functools import lru_cache, partial
from typing import Any, Final

import torch
from torch import nn

from explorer.analysis.model_costs import Shape
from explorer.analysis.source import listing
from explorer.experiments.history.block_layouts import REAL
from explorer.experiments.history.block_plan import Block, Plan, Real
from explorer.experiments.history.schemes import SCHEMES
from explorer.models.families import torchvision_outline

KINDS: Final[dict[str, str]] = {  # by the beginning of a model's name, the first that fits
    "lenet": "lenet", "alexnet": "alexnet", "vgg": "vgg", "googlenet": "inception", "resnet18": "basic",
    "resnet34": "basic", "resnet": "bottleneck", "squeezenet": "fire", "densenet": "dense",
    "mobilenet_v1": "depthwise", "mobilenet_v2": "inverted_residual", "shufflenet": "shuffle",
    "mobilenet_v3": "squeezed", "efficientnet": "mbconv", "regnet": "regnet", "convnext": "convnext",
    "vit": "attention", "swin": "swin", "moco": "moco", "simclr": "simclr", "byol": "byol", "dino": "dino",
    "mae": "mae",
}  # fmt: skip


def kind_of(model: str) -> str:
    """Which block `model` is known for, by its name in torchvision or `catalog`. Raises KeyError."""
    found = next((kind for beginning, kind in KINDS.items() if model.startswith(beginning)), None)
    if found is None:
        raise KeyError(model)
    return found


@lru_cache(maxsize=32)
def block(kind: str) -> Block:
    """The block of one of `famous_blocks.REAL` or `famous_schemes.SCHEMES`. Raises KeyError for another."""
    if kind in SCHEMES:
        plan = Plan()
        SCHEMES[kind](plan)
        return Block(kind, "", "", plan.nodes, tuple(plan.edges))
    real = REAL[kind]
    module, shapes = _measured(real)
    plan = Plan(module, shapes)
    real.place(plan)
    plan.leave()
    sources = tuple(listing(thing) for thing in real.sources(module))
    return Block(kind, real.model, real.path, plan.nodes, tuple(plan.edges), sources)


def _measured(real: Real) -> tuple[nn.Module, dict[str, Shape]]:
    """The block's module, and the output shape of each module in it by its path; `x` is what came in.

    A ReLU that is called more than once has no shape of its own.
    """
    network = real.build() if real.build else torchvision_outline(real.model)
    module = network.get_submodule(real.path)
    given: list[Shape] = []
    out: dict[str, list[Shape]] = {}

    def called(path: str, _: nn.Module, args: tuple[Any, ...], value: Any) -> None:
        out.setdefault(path, []).append(_shape(value))
        if path == real.first:
            given.append(_shape(args[0]))

    for path, part in module.named_modules():
        part.register_forward_hook(partial(called, path))
    network.eval()(torch.empty(1, *real.input, device="meta"))
    return module, {"x": given[0]} | {path: shapes[0] for path, shapes in out.items() if len(shapes) == 1}


def _shape(value: Any) -> Shape:
    """Without the batch. Attention returns its weights as well; a dense block hands a list of tensors down."""
    tensor = value[0] if isinstance(value, tuple | list) else value
    return tuple(tensor.shape[1:])
