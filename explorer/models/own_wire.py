"""Tapes and tensors as bytes, between this process and that of the user's own file.

A pickle that holds data only: tensors as raw bytes, torch's functions and classes by name. Reading it imports nothing
but torch, torchvision and numpy, and never a class of the user's.
"""

import importlib
import io
import pickle
import re
import types
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn

from explorer.models.torch_private import OpOverload, OpOverloadPacket, storage_key

_CLASSES: Final = re.compile(
    r"explorer\.models\.recorder\.(Tape|Call|Frame|Read|Ref|Weight)"
    r"|explorer\.models\.(own_wire\._(tensor|storage|function|constant)|replayed\.Node)"
    r"|torch\.(Size|device)"
    r"|torch\.utils\._pytree\.(TreeSpec|LeafSpec|treespec_leaf)"
    r"|torchvision\.transforms\.functional\.InterpolationMode"
    r"|collections\.(OrderedDict|defaultdict|deque|Counter)"
    r"|builtins\.(set|frozenset|slice|complex|range|tuple|list|dict|bool|int|float|str|bytes|bytearray|Ellipsis)"
    r"|numpy\.(dtype|ndarray|_core\.(multiarray\.(scalar|_reconstruct)|numeric\._frombuffer)|dtypes\.\w+|\w+\d+|bool_?)"
)
_OWNERS: Final = re.compile(  # modules whose functions a tape may call: those that torch lets a mode see
    r"torch(\._C(\._\w+)?|\.(nn\.)?functional|\._tensor|\._VF|\._lobpcg|\._lowrank|\.nn\.init|\.linalg|\.fft|\.special)?"
    r"|explorer\.models\.recorder"
)
_CONSTANTS = (torch.dtype, torch.layout, torch.memory_format)
_OPERATORS = (OpOverload, OpOverloadPacket)
_FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType,
    types.MethodWrapperType, *_OPERATORS,
)  # fmt: skip


class NotDataError(Exception):
    """Something that is neither data nor one of torch's functions; its text names it."""


def dumps(content: Any) -> bytes:
    """`content` as bytes. Raises NotDataError."""
    buffer = io.BytesIO()
    _Pickler(buffer, 5).dump(content)
    return buffer.getvalue()


def loads(data: bytes) -> Any:
    """What `dumps` wrote. Raises NotDataError for bytes that name anything else."""
    return _Unpickler(io.BytesIO(data)).load()


def module_class(path: str) -> type[nn.Module] | None:
    """The module class `path` of torch or torchvision, such as "torch.nn.modules.conv.Conv2d"; None if it has none."""
    owner, _, name = path.rpartition(".")
    if owner.partition(".")[0] not in ("torch", "torchvision"):
        return None
    try:
        found = getattr(importlib.import_module(owner), name, None)
    except ImportError:
        return None
    return found if isinstance(found, type) and issubclass(found, nn.Module) else None


class _Pickler(pickle.Pickler):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.storages: dict[int, torch.UntypedStorage] = {}  # tensors that share one keep sharing it

    def reducer_override(self, found: Any) -> Any:
        if isinstance(found, Tensor):
            return self._tensor(found)
        if isinstance(found, torch.UntypedStorage):
            array = torch.empty(0, dtype=torch.uint8).set_(found).numpy()
            return _storage, (pickle.PickleBuffer(array.data),)
        if isinstance(found, _CONSTANTS):
            return _constant, (str(found).rpartition(".")[2],)
        if isinstance(found, _FUNCTIONS) and not _CLASSES.fullmatch(_path(found)):
            return _function, _name(found)
        if isinstance(found, type) and not _CLASSES.fullmatch(_path(found)):
            raise NotDataError(found.__qualname__)
        return NotImplemented

    def _tensor(self, tensor: Tensor) -> Any:
        weight = isinstance(tensor, nn.Parameter)
        plain = tensor.detach()
        if type(plain) not in (Tensor, nn.Parameter) or plain.layout != torch.strided or plain.device.type != "cpu":
            raise NotDataError(f"{type(tensor).__name__} ({tensor.layout}, {tensor.device})")
        plain = plain.resolve_conj().resolve_neg()
        storage = plain.untyped_storage()
        storage = self.storages.setdefault(storage_key(plain), storage)
        return _tensor, (
            storage, plain.dtype, plain.storage_offset(), tuple(plain.size()), plain.stride(), weight,
        )  # fmt: skip


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if not _CLASSES.fullmatch(f"{module}.{name}"):
            raise NotDataError(f"{module}.{name}")
        return super().find_class(module, name)


def _path(found: Any) -> str:
    return f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '')}"


def _storage(data: Any) -> torch.UntypedStorage:
    """Memory of torch's own: its alignment decides the last bits of some products."""
    return (torch.frombuffer(bytearray(data), dtype=torch.uint8).clone() if len(data) else torch.empty(0)
            ).untyped_storage()  # fmt: skip


def _tensor(storage: Any, dtype: torch.dtype, offset: int, size: Any, stride: Any, weight: bool) -> Tensor:
    tensor = torch.empty(0, dtype=dtype).set_(storage, offset, size, stride)
    return nn.Parameter(tensor, requires_grad=False) if weight else tensor


def _constant(name: str) -> Any:
    found = getattr(torch, name)
    if not isinstance(found, _CONSTANTS):
        raise NotDataError(name)
    return found


def _name(function: Any) -> tuple[str, str]:
    """(module, dotted name) by which `_function` finds `function`."""
    if isinstance(function, _OPERATORS):
        packet, _, overload = str(function).partition(".")[2].partition(".")
        namespace = str(function).partition(".")[0]
        return "torch.ops", ".".join(filter(None, (namespace, packet, overload)))
    if isinstance(function, types.MethodWrapperType):  # the getter of a property, such as `.data`
        attribute = function.__self__
        return "torch._C", f"TensorBase.{getattr(attribute, '__name__', '')}.{function.__name__}"
    owner, name = getattr(function, "__module__", None) or "torch._C", getattr(function, "__qualname__", "")
    for place in ((owner, name), (owner, function.__name__), ("torch._C", name), ("torch", name)):
        try:
            if _function(*place) is function:
                return place
        except (NotDataError, ImportError, AttributeError):
            continue
    raise NotDataError(f"{owner}.{name}")


def _function(owner: str, name: str) -> Callable[..., Any]:
    if owner == "torch.ops":
        found: Any = torch.ops
    elif _OWNERS.fullmatch(owner):
        found = importlib.import_module(owner)
    else:
        raise NotDataError(f"{owner}.{name}")
    for part in name.split("."):
        found = getattr(found, part)
    home = getattr(found, "__module__", None) or "torch"
    if not isinstance(found, _FUNCTIONS) or not (isinstance(found, _OPERATORS) or _OWNERS.fullmatch(home)):
        raise NotDataError(f"{owner}.{name}")
    return found
