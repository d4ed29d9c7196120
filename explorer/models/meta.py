"""Networks on torch's meta device: shapes without values, which take no memory and no time to fill."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from explorer.models.seeding import drawn_from


def build_on_meta(build: Callable[[], nn.Module]) -> nn.Module:
    """What `build` returns, on the meta device. torch's random generator is left as it was.

    Some constructors read the values of a tensor, as RegNet's does for its widths. They are run again with only their
    weights on the meta device.
    """
    try:
        with torch.device("meta"):
            return build()
    except (NotImplementedError, RuntimeError):
        with drawn_from(0), _WeightsOnMeta():
            return build().to("meta")


class _WeightsOnMeta(TorchFunctionMode):
    """Within it, the tensors that weights begin as take no memory; all others have their values."""

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
