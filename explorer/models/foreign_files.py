"""Recognise files that hold a network but no state dict, and files that are no network, to say how to convert them.

Nothing is parsed: a few bytes at known places are compared, and names are searched for.
"""

import contextlib
import io
import re
import zipfile
from typing import Final

_MAX_ENTRIES: Final = 100_000
_WEIGHTS: Final = (".pt", ".pth", ".ckpt", ".bin", ".th", ".tar", ".safetensors")

_STARTS: Final[tuple[tuple[str, str], ...]] = (  # kind, and a pattern of the first bytes
    ("hdf5", r"\x89HDF\r\n\x1a\n"),
    ("gzip", r"\x1f\x8b"),
    ("archive", r"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\xfd7zXZ\0|\x28\xb5\x2f\xfd|BZh[1-9]"),
    ("lfs", r"version https://git-lfs"),
    ("html", r"\s*<(!doctype|html|head|\?xml)"),
    ("tensorflow", r"....TFL3|\x08\x01\x12|\x0a.{1,3}\x0a.{0,64}(Placeholder|Const|input)"),
    ("onnx", r"\x08[\x02-\x14]([\x12\x1a\x22\x3a\x42]|\x28)"),
    ("numpy", r"\x93NUMPY"),
    ("gguf", r"GGUF"),
)
_START: Final = re.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _STARTS).encode("latin-1"), re.I | re.S
)
_LEVELDB: Final = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"  # the last bytes of TensorFlow's model.ckpt.index


def kind(data: bytes) -> tuple[str, str]:
    """What `data` is, and for a zip around a checkpoint the name of that member. Both are empty if it is unknown."""
    if data.startswith(b"PK"):
        return _kind_of_zip(data)
    if found := _START.match(data):
        return found.lastgroup or "", ""
    if data.endswith(_LEVELDB):
        return "tensorflow", ""
    return (_kind_of_pickle(data) if data.startswith(b"\x80") else ""), ""


def _kind_of_zip(data: bytes) -> tuple[str, str]:
    names: list[str] = []
    with contextlib.suppress(zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        end = data.rfind(b"PK\x05\x06")
        if end >= 0 and int.from_bytes(data[end + 12 : end + 16], "little") <= 64 * _MAX_ENTRIES:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
    tails = {name.partition("/")[2] for name in names}
    if "constants.pkl" in tails or any(tail.startswith("code/") for tail in tails):
        return "torchscript", ""
    if "archive_format" in tails or {"serialized_exported_program.json", "models/model.json"} & {*names, *tails}:
        return "exported", ""
    if {"model.weights.h5", "saved_model.pb"} & {name.rpartition("/")[2] for name in names}:
        return "keras", ""
    if names and all(name.endswith(".npy") for name in names):
        return "numpy", ""
    if any(tail.endswith(".pkl") for tail in tails):
        return _kind_of_pickle(data), ""
    inside = [name for name in names if name.lower().endswith(_WEIGHTS)]
    return ("zip", inside[0]) if inside else ("", "")


def _kind_of_pickle(data: bytes) -> str:
    """By names that only such a pickle has: of fastai's learner, of layers, of quantized tensors, of pickle's own."""
    if b"fastai.learner" in data or b"fastai.basic_train" in data or b"fastai.vision.learner" in data:
        return "fastai"
    if b"_rebuild_qtensor" in data:
        return "quantized"
    if b"torch.nn.modules." in data or b"torch.nn.parallel." in data:
        return "module"
    return "pickle" if b"_load_from_bytes" in data else ""
