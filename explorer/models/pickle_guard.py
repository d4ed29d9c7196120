"""Check the pickle in a torch checkpoint before it is loaded: reject anything that a state dict does not need.

`torch.load(weights_only=True)` runs no code from the file but does not limit the work: a few bytes can make it build a
tuple of 2^60 elements, or gigabytes of `bytearray`. The bytes checked here are exactly those that it reads afterwards.
A user's file often has objects beside its weights. On request, the names of their classes are replaced by those of
`stand_ins`, which do nothing; names of functions are still rejected.
"""

import io
import pickletools
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator

MAX_OPERATIONS = 500_000  # a training checkpoint of resnet152, with AdamW's state, has 75,692
MAX_PARTS = 10_000  # elements of one tuple, counted recursively; a tensor's shape has four
MAX_DIRECTORY = 2 << 20  # bytes of a zip's central directory; that checkpoint's has 146,272

_TORCH = (
    r"collections OrderedDict"
    r"|torch\._utils _rebuild_(tensor|tensor_v2|parameter)"
    r"|torch\._tensor _rebuild_from_type_v2"
    r"|torch\.nn\.parameter Parameter"
    r"|torch\.storage (Untyped|Typed)Storage"
    r"|torch ([A-Za-z0-9]+Storage|Size|device|Tensor|b?float\d+\w*|u?int\d+|bool)"
)
_KEPT = re.compile(_TORCH)
_NEEDED = re.compile(_TORCH + r"|collections defaultdict|numpy(\._?core\.multiarray scalar|\.dtype| dtype)")
# Replaced where `stand_ins` is set. Classes are told by their names: PEP 8's capital letter, or one of those listed.
_OPAQUE = re.compile(
    r"numpy(\._?core)?\.multiarray (scalar|_reconstruct)|numpy(\.dtype)? (dtype|ndarray)|_codecs encode"
)
_CLASS = re.compile(r"(?P<package>\w+)(\.\w+)* [A-Z]\w*")
_STANDARD = re.compile(  # of the standard library: only values
    r"argparse Namespace|collections (Counter|defaultdict|UserDict|ChainMap)|datetime \w+|decimal Decimal"
    r"|fractions Fraction|pathlib(\._local)? \w+|types SimpleNamespace|typing \w+|uuid UUID|copy_?reg _reconstructor"
    r"|(__builtin__|builtins) (set|frozenset|dict|list|tuple|int|long|float|str|unicode|bool|complex|object|slice|type)"
    r"|(__builtin__|builtins) x?range"
)
_STAND_IN = b"cexplorer.models.stand_ins\n%s\n"


class TooMuchError(Exception):
    """The file asks for types, work or memory that a state dict does not need."""


def rebuilt_zip(data: bytes, *, stand_ins: bool = False) -> bytes:
    """The zip `data`, rewritten from the entries that Python reads: torch's reader may find another central directory.

    Its pickles are those that `check` returns. Raises TooMuchError if the entries are larger than the file (torch does
    not compress) or a pickle fails `check`.
    """
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or int.from_bytes(data[end + 12 : end + 16], "little") > MAX_DIRECTORY:
        raise TooMuchError
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as copy:
        if sum(entry.file_size for entry in archive.infolist()) > len(data):
            raise TooMuchError
        for entry in archive.infolist():
            content = archive.read(entry)
            if entry.filename.endswith(".pkl"):
                content = check(content, 1, stand_ins=stand_ins)
            copy.writestr(entry.filename, content)
    return buffer.getvalue()


def check(data: bytes, pickles: int, *, stand_ins: bool = False) -> bytes:
    """Check the opcodes of the first `pickles` in `data`. Raises TooMuchError, or ValueError for a corrupt pickle.

    Returns `data`; with `stand_ins`, the names of classes that a state dict does not need are replaced in it.
    """
    if tarfile.is_tarfile(io.BytesIO(data)):  # the format of torch < 0.1.10, which torch.load tries first
        raise TooMuchError
    stream, operations, checked, copied = io.BytesIO(data), 0, io.BytesIO(), 0
    for _ in range(pickles):
        for start, stand_in in _followed(stream, stand_ins):
            operations += 1
            if operations > MAX_OPERATIONS:
                raise TooMuchError
            if stand_in:
                checked.write(data[copied:start] + _STAND_IN % stand_in)
                copied = stream.tell()
    return checked.getvalue() + data[copied:] if copied else data


def _stand_in(name: str) -> bytes:
    """The stand-in for the class `name` ("module Class"); empty for a function, and for what runs programs."""
    if _OPAQUE.fullmatch(name):
        return b"Opaque"
    found = _CLASS.fullmatch(name)
    foreign = found and found["package"] not in sys.stdlib_module_names and found["package"] != "__builtin__"
    return b"Record" if foreign or _STANDARD.fullmatch(name) else b""


def _followed(stream: io.BytesIO, stand_ins: bool) -> Iterator[tuple[int, bytes]]:
    """Simulate the pickle's stack; yield each opcode's start and its stand-in, if any (else empty).

    A tuple's size is 1 + its elements' sizes; all else is 1. Sizes are recursive because hashing a dictionary key, or
    printing it in an error, visits every nested element.
    """
    stack: list[int] = []
    marks: list[int] = []
    memo: dict[int, int] = {}
    words: list[str] = []
    for operation, argument, start in pickletools.genops(stream):
        name, stand_in = operation.name, b""
        if isinstance(argument, str):
            words.append(argument)
        if name == "GLOBAL" and stand_ins and not _KEPT.fullmatch(str(argument)):
            stand_in = _stand_in(str(argument))
        if not stand_in and (
            (name == "GLOBAL" and not _NEEDED.fullmatch(str(argument)))
            or (name == "STACK_GLOBAL" and not _NEEDED.fullmatch(" ".join(words[-2:])))
        ):
            raise TooMuchError
        if name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif "PUT" in name:
            memo[int(argument or 0)] = stack[-1]
        elif "GET" in name:
            stack.append(memo[int(argument or 0)])
        elif name == "MARK":
            marks.append(len(stack))
        elif name == "DUP":
            stack.append(stack[-1])
        else:
            before, after = operation.stack_before, operation.stack_after
            marked = pickletools.markobject in before
            outside = before.index(pickletools.markobject) if marked else len(before)
            taken = stack[marks[-1] :] if marked else []
            del stack[marks.pop() if marked else len(stack) :]
            if outside:
                taken += stack[-outside:]
                del stack[-outside:]
            parts = 1 + sum(taken) if "TUPLE" in name else 1
            if parts > MAX_PARTS:
                raise TooMuchError
            stack.extend([parts] * len(after))
        yield int(start or 0), stand_in
