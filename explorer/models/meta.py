"""Networks on torch's meta device: shapes without values, which take no memory and no initialisation."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from explorer.models.seeding import drawn_from


def build_on_meta(build: Callable[[], nn.Module]) -> nn.Module:
    """The module that `build` returns, on the meta device. Does not change the state of torch's random generator.

    Some constructors read the values of a tensor, for example RegNet for its widths. Those run again with only their
    weights on the meta device.
    """
    try:
        with torch.device("meta"):
            return build()
    except (NotImplementedError, RuntimeError):
        with drawn_from(0), _WeightsOnMeta():
            return build().to("meta")


class _WeightsOnMeta(TorchFunctionMode):
    """Puts the results of torch.empty, zeros and ones, which weights start from, on the meta device; no others."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        meta = {"device": "meta"} if func in (torch.empty, torch.zeros, torch.ones) else {}
        return func(*args, **{**(kwargs or {}), **meta})


def copy_to_meta(module: nn.Module) -> nn.Module:
    """A copy of `module` on the meta device, without gradients."""
    memo: dict[int, Any] = {id(buffer): buffer.to("meta") for buffer in module.buffers()}
    memo |= {id(weight): nn.Parameter(weight.to("meta"), requires_grad=False) for weight in module.parameters()}
    return copy.deepcopy(module, memo)
