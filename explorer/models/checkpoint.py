"""Read the tensors of an untrusted checkpoint and load them into a network. No code in the file is executed."""

import io
import json
from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor, nn

from explorer.core.errors import WeightsError
from explorer.models import pickle_guard

MAX_BYTES = 1 << 30  # the largest network here, wide_resnet50_2, is 276 MB in float32
MAX_HEADER = 4 << 20  # bytes of a safetensors header; resnet152's has 85,336
MAX_NAME = 200  # characters of a tensor's name; torchvision's longest has 41
CONVERSION = (
    "import torch, safetensors.torch; "
    'safetensors.torch.save_file(torch.load("model.pt", "cpu", weights_only=True), "model.safetensors")'
)
"""Python code that converts a state dict saved by torch to safetensors."""
DTYPES = frozenset(
    {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.bool,
     torch.int64, torch.int32, torch.int16, torch.int8, torch.uint64, torch.uint32, torch.uint16, torch.uint8}
)  # fmt: skip


def read_state_dict(data: bytes, file: str) -> dict[str, Tensor]:
    """Tensors by name. The format is detected from the content, not the suffix of `file`, which messages show.

    Unwraps `{"state_dict": …}` and `{"model": …}` and strips the prefix `module.`. Raises WeightsError.
    """
    content = _loaded(data, file)
    for wrapper in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not content:
        raise WeightsError("errors.checkpoint_no_state_dict", file=file)
    if not all(_is_name(name) and _is_plain(value) for name, value in content.items()):
        raise WeightsError("errors.checkpoint_no_state_dict", file=file)
    # With stride 0, a few stored bytes make a tensor of any size.
    if sum(value.numel() * value.element_size() for value in content.values()) > min(len(data), MAX_BYTES):
        raise WeightsError("errors.checkpoint_too_large", file=file, limit_mb=MAX_BYTES >> 20)
    return {name.removeprefix("module."): value for name, value in content.items()}


def is_safetensors(data: bytes) -> bool:
    """Whether `read_state_dict` parses the bytes as safetensors, not as pickle."""
    # The header length that a file starts with may equal the magic bytes of a zip or a pickle.
    length, is_json = int.from_bytes(data[:8], "little"), data[8:9] == b"{"
    return (is_json and length <= len(data) - 8) or not data.startswith((b"PK", b"\x80"))


def description(data: bytes) -> dict[str, Any]:
    """`classes` and `preprocess` from a safetensors header, as a fine-tune of this app writes them; {} if missing.

    The values are parsed JSON from an untrusted file: callers must validate them.
    """
    length = int.from_bytes(data[:8], "little")
    if data[8:9] != b"{" or length > min(MAX_HEADER, len(data) - 8):
        return {}
    try:
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
        return {key: json.loads(metadata[key]) for key in ("classes", "preprocess") if key in metadata}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _loaded(data: bytes, file: str) -> Any:
    try:
        if is_safetensors(data):
            length = int.from_bytes(data[:8], "little")
            if length > MAX_HEADER:
                raise ValueError(f"a header of {length} bytes")
            return load_safetensors(data)
        if data.startswith(b"PK"):
            data = pickle_guard.rebuilt_zip(data)
        else:
            pickle_guard.check(data, pickles=5)  # files of torch < 1.6 begin with five pickles
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    # weights_only rejects code with UnpicklingError; a corrupt file can raise almost any exception.
    except Exception as error:
        raise WeightsError("errors.checkpoint_broken", file=file) from error


def _is_name(name: object) -> bool:
    return isinstance(name, str) and len(name) <= MAX_NAME and name.isprintable()


def _is_plain(value: object) -> bool:
    return (
        isinstance(value, Tensor)
        and not value.is_nested
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and value.dtype in DTYPES
    )


def fill(module: nn.Module, state: Mapping[str, Tensor], file: str, network: str) -> None:
    """Load `state` as float32 into `module`, which is on the meta device. Raises WeightsError if it does not fit."""
    needed = module.state_dict()
    # Files of torch < 0.4.1 lack num_batches_tracked. BatchNorm needs it for momentum=None only: not in torchvision.
    lacking = [name for name in needed if name not in state and not name.endswith("num_batches_tracked")]
    if lacking:
        raise WeightsError("errors.checkpoint_lacks", file=file, name=lacking[0], count=len(lacking), network=network)
    if extra := [name for name in state if name not in needed]:
        raise WeightsError("errors.checkpoint_extra", file=file, name=extra[0], count=len(extra), network=network)
    filled = {}
    for name, like in needed.items():
        value = state.get(name, torch.zeros((), dtype=like.dtype))
        if value.shape != like.shape:
            raise WeightsError(
                "errors.checkpoint_shape",
                file=file,
                name=name,
                network=network,
                got="×".join(map(str, value.shape)) or "1",
                needed="×".join(map(str, like.shape)) or "1",
            )
        # Copy in contiguous order: torch keeps strides, and channels_last weights would change bits and speed.
        value = value.to(like.dtype).contiguous().clone()
        if not torch.isfinite(value).all():
            raise WeightsError("errors.checkpoint_not_finite", file=file, name=name)
        if name.endswith("running_var") and (value < 0).any():
            raise WeightsError("errors.checkpoint_negative_variance", file=file, name=name)
        filled[name] = value
    module.load_state_dict(filled, assign=True)
