"""The parts of torch used here that torch does not document; nothing else imports one.

tests/models/test_torch_private.py says which of them an upgrade of torch has changed.
"""

from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class OperationCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within it, counts the operations of convolutions, matrix products and attention, two a multiply-add.

    With the formulas of torch's FlopCounterMode, which itself hooks every module of the process, other viewers' too.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result
