"""Every use of undocumented parts of torch and torchvision, which a new version may change.

tests/models/test_torch_private.py checks each one by itself.
"""

from collections.abc import Callable
from typing import Any

from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

# torchvision: private methods of ResNet


def forward_of(module: type[nn.Module]) -> Callable[..., Any]:
    """The function that does the computation: torchvision's `ResNet.forward` only calls `_forward_impl`."""
    return getattr(module, "_forward_impl", module.forward)


def stage_builder(network: type[nn.Module]) -> Callable[..., Any]:
    """The function that builds a stage's blocks: torchvision's `ResNet._make_layer`; otherwise the constructor."""
    return getattr(network, "_make_layer", network.__init__)


# torch.utils.flop_counter: its formulas, without its hooks


class OperationCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Context manager that counts operations of convolutions, matrix products and attention: two per multiply-add.

    Uses the formulas of torch's FlopCounterMode, which itself would hook every module in the process, including those
    that other threads run.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result
