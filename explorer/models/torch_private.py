"""Every use of undocumented parts of torch and torchvision, which a new version may change.

tests/models/test_torch_private.py checks each one by itself.
"""

import re
from collections.abc import Callable
from typing import Any

from torch import fx, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


# torch.fx: what `Tracer` records about a call


def stack(node: fx.Node) -> list[tuple[str, int, str]]:
    """(file, 1-based line, function) of each frame of the Python stack, outermost first.

    fx stores the stack as text if `tracer.record_stack_traces` is set.
    """
    return [(file, int(line), function) for file, line, function in _FRAME.findall(node.stack_trace or "")]


def module_call(node: fx.Node) -> str:
    """The path of the module that a `call_module` node calls: "layer1.0.relu", then "layer1.0.relu_1"."""
    call = next(reversed(node.meta["nn_module_stack"]))
    return str(call).replace("@", "_")


def caller(node: fx.Node) -> str:
    """The path of the module whose `forward` makes a `call_function` or `call_method` call; "" for the root."""
    return next((path for path, _ in reversed((node.meta.get("nn_module_stack") or {}).values())), "")


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
