"""How deep a network is: the layers with weights on the longest path from the picture to the logits."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from explorer.models.families import torchvision_outline

LAYERS: Mapping[object, int] = {  # attention has one product for query, key and value, and one on the way out
    torch.conv2d: 1, F.linear: 1, F.multi_head_attention_forward: 2,
}  # fmt: skip


@lru_cache(maxsize=256)
def depth(name: str) -> int:
    """The depth of torchvision's `name`, as its authors count: 18 for resnet18, 121 for densenet121.

    Convolutions and linear layers count; BatchNorm, pooling and activations do not, nor heads that only training has.
    Squeeze-and-excitation counts, and a transformer block has four: two in attention, two in the MLP. Nothing is
    computed but shapes.
    """
    module = torchvision_outline(name).eval()
    counting = _Counting()
    with torch.no_grad(), counting:
        logits = module(torch.empty(1, 3, 224, 224, device="meta"))
    return counting.of(logits)


class _Counting(TorchFunctionMode):
    """Gives each tensor the number of layers behind it, the largest among its sources."""

    def __init__(self) -> None:
        super().__init__()
        self._depths: dict[int, tuple[Tensor, int]] = {}  # keeps the tensors: a number of a dead one comes again

    def of(self, tensor: Tensor) -> int:
        return self._depths.get(id(tensor), (tensor, 0))[1]

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        result = func(*args, **given)
        behind = max((self.of(tensor) for tensor in _tensors((*args, *given.values()))), default=0)
        for tensor in _tensors([result]):
            self._depths[id(tensor)] = tensor, behind + LAYERS.get(func, 0)
        return result


def _tensors(values: Iterable[Any]) -> Iterable[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
