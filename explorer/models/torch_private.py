"""Every use of undocumented parts of torch and torchvision, which a new version may change.

tests/models/test_torch_private.py checks each one by itself.
"""

from typing import Any

from torch import Tensor
from torch._ops import OpOverload as OpOverload
from torch._ops import OpOverloadPacket as OpOverloadPacket
from torch.utils._python_dispatch import TorchDispatchMode as TorchDispatchMode
from torch.utils._pytree import TreeSpec as TreeSpec
from torch.utils._pytree import tree_flatten as tree_flatten
from torch.utils._pytree import tree_unflatten as tree_unflatten
from torch.utils.flop_counter import flop_registry

# torchvision

STAGE_BUILDER = "_make_layer"
"""The method of torchvision's ResNet that builds a stage's blocks."""

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


# torch.Tensor


def storage_key(tensor: Tensor) -> int:
    """What tensors that share memory have in common; 0 for a tensor without one such memory (sparse, in `vmap`)."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except NotImplementedError:
        return 0
