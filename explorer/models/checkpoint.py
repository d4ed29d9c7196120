"""Read the tensors of an untrusted checkpoint and load them into a network. No code in the file is executed."""

import io
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor, nn

from explorer.core import files
from explorer.core.errors import WeightsError
from explorer.models import foreign_files, pickle_guard, stand_ins

MAX_BYTES = 1 << 30  # the largest network here, wide_resnet50_2, is 276 MB in float32
MAX_HEADER = 4 << 20  # bytes of a safetensors header; resnet152's has 85,336
MAX_NAME = 200  # characters of a tensor's name; torchvision's longest has 41
MAX_DICTS = 200  # that are searched for a state dict, outermost first
SUFFIXES: Final = ("safetensors", "pt", "pth", "th", "ckpt", "bin", "tar")
"""Suffixes that checkpoints have; `pth.tar` is one of `tar`. The format is detected from the content."""
CONVERSION = (
    "import torch, safetensors.torch; "
    'safetensors.torch.save_file(torch.load("model.pt", "cpu", weights_only=True), "model.safetensors")'
)
"""Python code that converts a state dict saved by torch to safetensors."""
DTYPES = frozenset(
    {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.bool,
     torch.int64, torch.int32, torch.int16, torch.int8, torch.uint64, torch.uint32, torch.uint16, torch.uint8}
)  # fmt: skip

_BESIDE = re.compile(r"(optim|lr_?sched|sched|scaler|amp|loops|callbacks|hyper|h?params|args|config|cfg|rng).*", re.I)
_AVERAGE = re.compile(r"(^|[._])(ema|swa|averaged?|teacher|momentum|target|shadow)", re.I)
_NOTES = ("classes", "CLASSES", "class_names", "labels", "categories", "class_to_idx", "idx_to_class", "id2label",
          "preprocess", "preprocessing", "transform", "normalize", "default_cfg", "pretrained_cfg", "mean", "std",
          "image_size", "img_size", "input_size")  # fmt: skip

torch.serialization.add_safe_globals([stand_ins.Record, stand_ins.Opaque])  # inert; pickle_guard writes their names


@dataclass(frozen=True)
class Contents:
    """What a checkpoint holds.

    `parts` are its state dicts by their path in the file (`state_dict`, `model.ema`; empty for the file itself), those
    that are moving averages last. `notes` are other entries that may describe classes and preprocessing: untrusted.
    """

    parts: Mapping[str, dict[str, Tensor]]
    notes: Mapping[str, Any]


def read(data: bytes, file: str) -> Contents:
    """All state dicts in a file. The format is told by the content, not by the suffix of `file`, which messages show.

    A state dict is a dict with tensors by name, one of them with two dimensions; its other entries are ignored. Dicts
    around it are unwrapped. Raises WeightsError, which says what the file is instead and how to convert it.
    """
    if is_safetensors(data):
        content: Any = _from_safetensors(data, file)
        notes = description(data)
    else:
        content = _from_pickle(data, file)
        notes = dict(_notes(content))
    parts = dict(sorted(_parts(content), key=lambda found: bool(_AVERAGE.search(found[0]))))
    if not parts:
        raise _no_state_dict(content, data, file)
    # With stride 0, a few stored bytes make a tensor of any size.
    for state in parts.values():
        stored: dict[int, int] = {}  # a module under two names, as in Lightning, is stored once
        for value in state.values():
            at, size = value.untyped_storage().data_ptr(), value.numel() * value.element_size()
            stored[at] = max(stored.get(at, 0), size)
        if sum(stored.values()) > min(len(data), MAX_BYTES):
            raise WeightsError("errors.checkpoint_too_large", file=file, limit_mb=MAX_BYTES >> 20)
    return Contents(parts, notes)


def read_state_dict(data: bytes, file: str) -> dict[str, Tensor]:
    """The tensors of the first of `read`'s parts. Raises WeightsError."""
    return next(iter(read(data, file).parts.values()))


def is_safetensors(data: bytes) -> bool:
    """Whether `read` parses the bytes as safetensors, not as pickle."""
    # The header length that a file starts with may equal the magic bytes of a zip or a pickle.
    length, is_json = int.from_bytes(data[:8], "little"), data[8:9] == b"{"
    return (is_json and length <= len(data) - 8) or not data.startswith((b"PK", b"\x80"))


def description(data: bytes) -> dict[str, Any]:
    """Classes and preprocessing from a safetensors header, as a fine-tune of this app or timm writes them; else {}.

    The values are parsed JSON from an untrusted file: callers must validate them.
    """
    length = int.from_bytes(data[:8], "little")
    if data[8:9] != b"{" or length > min(MAX_HEADER, len(data) - 8):
        return {}
    try:
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
        found = {key: json.loads(metadata[key]) for key in _NOTES if key in metadata}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}
    return found


def _from_safetensors(data: bytes, file: str) -> Any:
    try:
        length = int.from_bytes(data[:8], "little")
        if length > MAX_HEADER:
            raise ValueError(f"a header of {length} bytes")
        return load_safetensors(data)
    except Exception as error:  # a corrupt file can raise almost any exception
        raise _unreadable(data, file) from error


def _from_pickle(data: bytes, file: str) -> Any:
    try:
        if data.startswith(b"PK"):
            checked = pickle_guard.rebuilt_zip(data, stand_ins=True)
        else:
            checked = pickle_guard.check(data, 5, stand_ins=True)  # files of torch < 1.6 begin with five pickles
        return torch.load(io.BytesIO(checked), map_location="cpu", weights_only=True)
    # weights_only rejects code with UnpicklingError; a corrupt file can raise almost any exception.
    except Exception as error:
        raise _unreadable(data, file) from error


def _unreadable(data: bytes, file: str) -> WeightsError:
    kind, member = foreign_files.kind(data)
    if kind:
        return WeightsError(f"errors.checkpoint_is_{kind}", file=file, member=files.one_line(member, 60))
    return WeightsError("errors.checkpoint_broken", file=file)


def _no_state_dict(content: Any, data: bytes, file: str) -> WeightsError:
    if foreign_files.kind(data)[0]:
        return _unreadable(data, file)
    names = [name for name in content if _is_name(name)] if isinstance(content, Mapping) else []
    has = ", ".join(files.one_line(name, 24) for name in names[:6]) or type(content).__name__
    return WeightsError("errors.checkpoint_no_state_dict", file=file, has=has)


def _parts(content: Any) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """(path, state dict) for `content` and the dicts in it, outermost first; optimisers and settings are skipped."""
    waiting = deque([("", content)])
    for _ in range(MAX_DICTS):
        if not waiting:
            return
        path, each = waiting.popleft()
        if not isinstance(each, Mapping):
            continue
        tensors = {name: value for name, value in each.items() if isinstance(value, Tensor) and _is_plain(value)}
        if any(value.ndim > 1 for value in tensors.values()) and all(map(_is_name, tensors)):
            yield path, tensors
        waiting += (
            (f"{path}.{name}" if path else name, value)
            for name, value in each.items()
            if isinstance(value, Mapping) and _is_name(name) and not _BESIDE.fullmatch(name)
        )


def _notes(content: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Entries that may describe classes and preprocessing, also of dicts within; outer ones are last and so win."""
    if not isinstance(content, Mapping) or depth > 2:
        return
    for value in list(content.values())[:MAX_DICTS]:
        yield from _notes(value, depth + 1)
    yield from ((name, content[name]) for name in _NOTES if name in content)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and len(name) <= MAX_NAME and name.isprintable()


def _is_plain(value: Tensor) -> bool:
    return (
        not value.is_nested
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and value.dtype in DTYPES
    )  # fmt: skip


def fill(module: nn.Module, state: Mapping[str, Tensor], file: str, network: str) -> None:
    """Load `state` as float32 into `module`, which is on the meta device. Raises WeightsError if it does not fit."""
    needed = module.state_dict()
    names = [files.one_line(name, 24) for name in state]
    facts = {"file": file, "network": network, "tensors": len(state), "near": "–"}
    facts |= {"first": names[0], "last": names[-1]} if names else {"first": "–", "last": "–"}
    # Files of torch < 0.4.1 lack num_batches_tracked. BatchNorm needs it for momentum=None only: not in torchvision.
    lacking = [name for name in needed if name not in state and not name.endswith("num_batches_tracked")]
    if lacking:
        raise WeightsError("errors.checkpoint_lacks", name=lacking[0], count=len(lacking), **facts)
    if extra := [name for name in state if name not in needed]:
        raise WeightsError("errors.checkpoint_extra", name=extra[0][:80], count=len(extra), **facts)
    filled = {}
    for name, like in needed.items():
        value = state.get(name, torch.zeros((), dtype=like.dtype))
        if value.shape != like.shape:
            got, wanted = ("×".join(map(str, each.shape)) or "1" for each in (value, like))
            raise WeightsError("errors.checkpoint_shape", name=name, got=got, needed=wanted, **facts)
        # Copy in contiguous order: torch keeps strides, and channels_last weights would change bits and speed.
        value = value.to(like.dtype).contiguous().clone()
        if not torch.isfinite(value).all():
            raise WeightsError("errors.checkpoint_not_finite", file=file, name=name)
        if name.endswith("running_var") and (value < 0).any():
            raise WeightsError("errors.checkpoint_negative_variance", file=file, name=name)
        filled[name] = value
    module.load_state_dict(filled, assign=True)
