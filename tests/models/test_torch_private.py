"""What an upgrade of torch may change among its undocumented parts: each test names the part that it is about."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from explorer.models.torch_private import OperationCounter


def counted(run: Callable[[], object]) -> int:
    with OperationCounter() as counter:
        run()
    return counter.total


def test_torch_dispatch_mode_sees_every_operation() -> None:
    """`torch.utils._python_dispatch.TorchDispatchMode` calls `__torch_dispatch__(func, types, args, kwargs)`."""
    from torch.utils._python_dispatch import TorchDispatchMode

    assert list(inspect.signature(TorchDispatchMode.__torch_dispatch__).parameters)[1:] == [
        "func", "types", "args", "kwargs",
    ]  # fmt: skip
    seen = []

    class Names(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(func)
            return func(*args, **(kwargs or {}))

    with Names():  # type: ignore[no-untyped-call]
        torch.relu(torch.empty(3, device="meta"))
    assert torch.ops.aten.relu.default in seen


def test_an_operation_knows_its_packet() -> None:
    """`func._overloadpacket` of an operation is the key of the registry of formulas."""
    assert torch.ops.aten.mm.default._overloadpacket is torch.ops.aten.mm


@pytest.mark.parametrize("name", ["mm", "addmm", "bmm", "convolution"])
def test_the_registry_of_formulas_has_what_networks_use(name: str) -> None:
    """`torch.utils.flop_counter.flop_registry`: packet -> formula(*args, out_val=…)."""
    from torch.utils.flop_counter import flop_registry

    assert getattr(torch.ops.aten, name) in flop_registry


def test_formulas_count_two_operations_a_multiply_add() -> None:
    convolution, linear = nn.Conv2d(3, 5, 3, device="meta"), nn.Linear(7, 11, device="meta")
    assert counted(lambda: convolution(torch.empty(2, 3, 10, 10, device="meta"))) == 2 * (2 * 5 * 8 * 8) * (3 * 3 * 3)
    assert counted(lambda: linear(torch.empty(2, 7, device="meta"))) == 2 * 2 * 7 * 11
    q = torch.empty(1, 2, 5, 8, device="meta")
    assert counted(lambda: F.scaled_dot_product_attention(q, q, q)) == 2 * (2 * 2 * 5 * 5 * 8)
    assert counted(lambda: torch.relu(q)) == 0


def test_other_modules_are_not_hooked() -> None:
    """Unlike FlopCounterMode, which hooks every module of the process while it counts."""
    from torch.nn.modules import module

    with OperationCounter():
        assert not module._global_forward_pre_hooks
        assert not module._global_forward_hooks
