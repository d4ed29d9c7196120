"""Tensors of any network as outputs of its modules, for programs with hooks."""

from functools import lru_cache

import torch
from torch import nn

from explorer.analysis.features import node_name
from explorer.analysis.maps import layout
from explorer.core.errors import TraceError
from explorer.models import registry
from explorer.models.cifar_resnet import Design
from explorer.models.meta import copy_to_meta
from explorer.models.network import Network


def is_resnet(network: Network) -> bool:
    """Whether the network is torchvision's ResNet or ours, whose modules programs may name."""
    return network.name in registry.NETWORKS or Design.named(network.name) is not None


def output_of(network: Network, name: str) -> str:
    """The path of the innermost module that returns the tensor `name`, once in a forward pass.

    Raises TraceError if there is none.
    """
    node = network.graph.nodes[node_name(network, name)]
    steps = node.call.module.split(".") if node.call else []
    paths = [".".join(steps[:k]) for k in range(len(steps), 0, -1)]
    inside = {path: network.graph.inside(path)[-1] if path in network.modules else "" for path in paths}
    shapes = _outputs(network)
    for path in paths:
        if inside[path] == node.name and shapes.get(path) == [node.shape]:
            return path
    raise TraceError("errors.code_no_module", name=name)


@lru_cache(maxsize=4)
def _shapes(module: nn.Module, shape: tuple[int, ...]) -> dict[str, list[tuple[int, ...] | None]]:
    """Path of each module -> the shapes of what it returns, call by call; None for what is not a tensor."""
    twin, found = copy_to_meta(module), {}

    def watch(path: str, inner: nn.Module) -> None:
        def see(_: nn.Module, __: object, out: object) -> None:
            found.setdefault(path, []).append(tuple(out.shape) if isinstance(out, torch.Tensor) else None)

        inner.register_forward_hook(see)

    for path, inner in twin.named_modules():
        watch(path, inner)
    with torch.no_grad():
        twin(torch.empty(shape, device="meta"))
    return found


def _outputs(network: Network) -> dict[str, list[tuple[int, ...] | None]]:
    try:
        return _shapes(network.module, network.graph.tape.shape)
    except Exception as error:  # code that needs values
        raise TraceError("errors.code_no_module", name=network.name) from error


def as_grid(network: Network, name: str, value: str) -> str:
    """The expression of the maps (N, C, H, W) in `value`, an expression of the tensor `name`.

    Raises TraceError for windows, which lie elsewhere in the picture.
    """
    found, shape = layout(network.graph, name), network.graph.nodes[node_name(network, name)].shape
    if found.channel == 1 and len(shape) == 4:
        return value
    if len(shape) == 4 and shape[1:3] == (found.height, found.width):
        return f"{value}.movedim(-1, 1)"
    if len(shape) == 3 and found.channel == 2:
        tokens = f"{value}[:, {found.extra}:]" if found.extra else value
        return f"{tokens}.movedim(-1, 1).unflatten(2, ({found.height}, {found.width}))"
    raise TraceError("errors.code_windows", name=name)
