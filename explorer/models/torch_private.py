"""All that the library uses of torch and torchvision beside their documented API, which a new version may change.

tests/models/test_torch_private.py names what has broken then.
"""

import re
from collections.abc import Callable
from typing import Any

from torch import fx, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


# torch.fx: what `Tracer` notes of a call


def stack(node: fx.Node) -> list[tuple[str, int, str]]:
    """(file, line from 1, function) of each level of the Python stack, the outermost first.

    fx keeps the stack as text where `tracer.record_stack_traces` is set.
    """
    return [(file, int(line), function) for file, line, function in _FRAME.findall(node.stack_trace or "")]


def module_call(node: fx.Node) -> str:
    """The path of the module that a `call_module` node calls: "layer1.0.relu", "layer1.0.relu_1" the second time."""
    call = next(reversed(node.meta["nn_module_stack"]))
    return str(call).replace("@", "_")


def caller(node: fx.Node) -> str:
    """The path of the module in whose `forward` a `call_function` or `call_method` node is; "" for the network's."""
    return next((path for path, _ in reversed((node.meta.get("nn_module_stack") or {}).values())), "")


# torchvision: how ResNet is written


def forward_of(module: type[nn.Module]) -> Callable[..., Any]:
    """The function that computes: torchvision's `ResNet.forward` only calls `_forward_impl`."""
    return getattr(module, "_forward_impl", module.forward)


def stage_builder(network: type[nn.Module]) -> Callable[..., Any]:
    """The function that builds the blocks of a stage: torchvision's `ResNet._make_layer`, elsewhere the constructor."""
    return getattr(network, "_make_layer", network.__init__)


# torch.utils.flop_counter: its formulas, without its hooks


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
