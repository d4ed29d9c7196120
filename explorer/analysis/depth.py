"""Depth of a network: layers with weights on the longest path from the input to the logits."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from explorer.models.families import torchvision_outline

LAYERS: Mapping[object, int] = {  # attention: one projection for query, key and value, one for the output
    torch.conv2d: 1, F.linear: 1, F.multi_head_attention_forward: 2,
}  # fmt: skip


@lru_cache(maxsize=256)
def depth(name: str) -> int:
    """Depth of torchvision's model `name` as its authors count it: 18 for resnet18, 121 for densenet121.

    Counts convolutions and linear layers, including squeeze-and-excitation; a transformer block counts four, two in
    attention and two in the MLP. BatchNorm, pooling, activations and auxiliary training heads do not count. Runs on the
    meta device: only shapes are computed.
    """
    module = torchvision_outline(name).eval()
    counting = _Counting()
    with torch.no_grad(), counting:
        logits = module(torch.empty(1, 3, 224, 224, device="meta"))
    return counting.of(logits)


class _Counting(TorchFunctionMode):
    """Tracks the depth of each tensor: the maximum over its inputs, plus one for a layer."""

    def __init__(self) -> None:
        super().__init__()
        self._depths: dict[int, tuple[Tensor, int]] = {}  # holds the tensors, because ids of freed ones are reused

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
