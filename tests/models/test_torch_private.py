"""The undocumented parts of torch and torchvision that the library uses still exist: each test names one."""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import ResNet

from explorer.core import no_compiler
from explorer.models import torch_private
from explorer.models.torch_private import OperationCounter

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "explorer").rglob("*.py"))


def test_torchvisions_resnet_builds_its_stages_in_a_method() -> None:
    source = inspect.getsource(getattr(ResNet, torch_private.STAGE_BUILDER))
    assert "downsample = nn.Sequential(" in source


def test_trees_come_back_from_their_leaves() -> None:
    tree = ((1, [torch.ones(1)]), {"dim": slice(0, 2)})
    leaves, spec = torch_private.tree_flatten(tree)
    assert [type(leaf) for leaf in leaves] == [int, torch.Tensor, slice]
    assert torch_private.tree_unflatten(leaves, spec) == tree
    assert isinstance(spec, torch_private.TreeSpec)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_views_share_their_storage(device: str) -> None:
    x = torch.ones(4, device=device)
    assert torch_private.storage_key(x) == torch_private.storage_key(x[1:]) != torch_private.storage_key(x + 1)
    assert torch_private.storage_key(torch.ones(2).to_sparse()) == 0


def test_operators_are_told_from_functions() -> None:
    assert isinstance(torch.ops.aten.add.Tensor, torch_private.OpOverload)
    assert isinstance(torch.ops.aten.add, torch_private.OpOverloadPacket)


class Seen(torch_private.TorchDispatchMode):
    names: list[str]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func.name())
        return func(*args, **(kwargs or {}))


def test_a_dispatch_mode_sees_operations() -> None:
    seen = Seen()
    seen.names = []
    with seen:
        torch.ones(1).relu()
    assert "aten::relu" in seen.names


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
    """Unlike FlopCounterMode, which hooks every module in the process while it counts."""
    from torch.nn.modules import module

    with OperationCounter():
        assert not module._global_forward_pre_hooks
        assert not module._global_forward_hooks


def test_no_other_module_uses_private_parts_of_torch() -> None:
    private = ("_forward_impl", "_make_layer", "_overloadpacket", "flop_registry")
    assert Path(torch_private.__file__) in LIBRARY
    for path in LIBRARY:
        if path in (Path(torch_private.__file__), Path(no_compiler.__file__)):  # what the latter changes
            continue
        found: list[str] = []
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = [*(node.module or "").split("."), *(each.name for each in node.names)]
                if names[0] in ("torch", "torchvision"):
                    found += [name for name in names if name.startswith("_") or name in private]
            elif isinstance(node, ast.Attribute):
                is_private = node.attr.startswith("_") and not node.attr.startswith("__")
                is_torchs = is_private and ast.unparse(node.value).split(".")[0] in ("torch", "torchvision")
                found += [node.attr] if node.attr in private or is_torchs else []
            elif isinstance(node, ast.Constant) and node.value in private:
                found.append(node.value)
        assert found == [], path
