"""Check the pickle in a torch checkpoint before it is loaded: reject anything that a state dict does not need.

`torch.load(weights_only=True)` runs no code from the file but does not limit the work: a few bytes can make it build a
tuple of 2^60 elements, or gigabytes of `bytearray`. The bytes checked here are exactly those that it reads afterwards.
"""

import io
import pickletools
import re
import tarfile
import zipfile
from collections.abc import Iterator

MAX_OPERATIONS = 500_000  # a training checkpoint of resnet152, with AdamW's state, has 75,692
MAX_PARTS = 10_000  # elements of one tuple, counted recursively; a tensor's shape has four
MAX_DIRECTORY = 2 << 20  # bytes of a zip's central directory; that checkpoint's has 146,272

_NEEDED = re.compile(
    r"collections (OrderedDict|defaultdict)"
    r"|torch\._utils _rebuild_(tensor|tensor_v2|parameter)"
    r"|torch\._tensor _rebuild_from_type_v2"
    r"|torch\.nn\.parameter Parameter"
    r"|torch\.storage (Untyped|Typed)Storage"
    r"|torch ([A-Za-z0-9]+Storage|Size|device|Tensor|b?float\d+\w*|u?int\d+|bool)"
    r"|numpy(\._?core\.multiarray scalar|\.dtype| dtype)"
)


class TooMuchError(Exception):
    """The file asks for types, work or memory that a state dict does not need."""


def rebuilt_zip(data: bytes) -> bytes:
    """The zip `data`, rewritten from the entries that Python reads: torch's reader may find another central directory.

    Raises TooMuchError if the entries are larger than the file (torch does not compress) or a pickle fails `check`.
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
                check(content, pickles=1)
            copy.writestr(entry.filename, content)
    return buffer.getvalue()


def check(data: bytes, pickles: int) -> None:
    """Check the opcodes of the first `pickles` in `data`. Raises TooMuchError, or ValueError for a corrupt pickle."""
    if tarfile.is_tarfile(io.BytesIO(data)):  # the format of torch < 0.1.10, which torch.load tries first
        raise TooMuchError
    stream, operations = io.BytesIO(data), 0
    for _ in range(pickles):
        for _ in _followed(stream):
            operations += 1
            if operations > MAX_OPERATIONS:
                raise TooMuchError


def _followed(stream: io.BytesIO) -> Iterator[None]:
    """Simulate the pickle's stack and yield once per opcode. A tuple's size is 1 + its elements' sizes; all else is 1.

    Sizes are recursive because hashing a dictionary key, or printing it in an error, visits every nested element.
    """
    stack: list[int] = []
    marks: list[int] = []
    memo: dict[int, int] = {}
    words: list[str] = []
    for operation, argument, _ in pickletools.genops(stream):
        name = operation.name
        if isinstance(argument, str):
            words.append(argument)
        if (name == "GLOBAL" and not _NEEDED.fullmatch(str(argument))) or (
            name == "STACK_GLOBAL" and not _NEEDED.fullmatch(" ".join(words[-2:]))
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
        yield
