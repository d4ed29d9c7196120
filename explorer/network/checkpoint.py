"""A checkpoint's bytes, which nobody vouches for, to the tensors of a network. Nothing in the file is executed."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor, nn

from explorer.errors import WeightsError

MAX_BYTES = 1 << 30  # the largest network here, wide_resnet50_2, is 276 MB in float32
MAX_NAME = 200  # letters of a tensor's name; torchvision's longest has 40


def read_state_dict(data: bytes, file: str) -> dict[str, Tensor]:
    """Tensor by name from a file's bytes, unwrapped, without `module.`; told by content, not by suffix."""
    content = _loaded(data, file)
    for wrapper in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not content:
        raise WeightsError("errors.checkpoint_no_state_dict", file=file)
    if not all(_is_name(name) and _is_plain(value) for name, value in content.items()):
        raise WeightsError("errors.checkpoint_no_state_dict", file=file)
    # A stride of 0 shows one stored number as any number of them.
    if sum(value.numel() * value.element_size() for value in content.values()) > MAX_BYTES:
        raise WeightsError("errors.checkpoint_too_large", file=file, limit_mb=MAX_BYTES >> 20)
    return {name.removeprefix("module."): value for name, value in content.items()}


def _loaded(data: bytes, file: str) -> Any:
    try:
        if _is_zip(data):
            _check_zip(data, file)
        if _is_zip(data) or _is_pickle(data):
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        return load_safetensors(data)
    except WeightsError:
        raise
    # weights_only refuses what could run code (UnpicklingError); a broken file fails in as many ways as it has bytes.
    except Exception as error:
        raise WeightsError("errors.checkpoint_broken", file=file) from error


def _is_safetensors(data: bytes) -> bool:
    """Eight bytes that tell the length of a JSON object, which may begin as a zip or a pickle does, and the object."""
    return data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8


def _is_zip(data: bytes) -> bool:
    return data[:2] == b"PK" and not _is_safetensors(data)


def _is_pickle(data: bytes) -> bool:
    return data[:1] == b"\x80" and not _is_safetensors(data)  # what torch wrote before 1.6


def _check_zip(data: bytes, file: str) -> None:
    """Refuse, before anything is unpacked, a zip that grows: torch's own are not compressed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_BYTES:
        raise WeightsError("errors.checkpoint_too_large", file=file, limit_mb=MAX_BYTES >> 20)
    if unpacked > len(data):
        raise WeightsError("errors.checkpoint_broken", file=file)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and len(name) <= MAX_NAME and name.isprintable()


def _is_plain(value: object) -> bool:
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and not value.is_complex()
    )


def fill(module: nn.Module, state: Mapping[str, Tensor], file: str, network: str) -> None:
    """Put `state` into `module` (on the meta device), widened to float32. Raises WeightsError where it does not fit."""
    needed = module.state_dict()
    # BatchNorm counts its batches for a momentum that torchvision does not use; files from before torch 0.4.1 lack it.
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
        # A copy in plain memory order: torch keeps strides, and a channels_last file would change bits and speed.
        value = value.to(like.dtype).contiguous().clone()
        if not torch.isfinite(value).all():
            raise WeightsError("errors.checkpoint_not_finite", file=file, name=name)
        filled[name] = value
    module.load_state_dict(filled, assign=True)
