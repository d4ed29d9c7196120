"""Malicious or corrupt checkpoints: each one raises an error whose message names the file.

Small files are enough: errors are detected before tensors are compared with a network.
"""

import io
import json
import pickle
import random
import re
import struct
import time
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import save
from torch import Tensor

from explorer.core.errors import WeightsError
from explorer.core.i18n import LANGUAGES, t
from explorer.models import loading, pickle_guard

State = dict[str, Tensor]

FILE = "her weights (1).pt"


def pickled(content: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def safetensors_file(header: bytes | dict[str, Any], body: bytes = b"", length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + body


def in_a_zip(pickled: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3")
    return buffer.getvalue()


def in_an_old_file(pickled: bytes) -> bytes:
    start = [pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})]
    return b"".join(start) + pickled + pickle.dumps([], 2)


def called_by_inst(code: str) -> bytes:
    """A pickle that makes Python evaluate `code`, by the opcode INST."""
    return b"\x80\x02(X" + struct.pack("<I", len(code.encode())) + code.encode() + b"ibuiltins\neval\n."


def refused(content: bytes, name: str = "resnet18") -> str:
    """Key of the error; also checks that its message is one line and names the file, in both languages."""
    with pytest.raises(WeightsError) as caught:
        loading.load_checkpoint(name, content, FILE)
    error = caught.value
    for language in LANGUAGES:
        sentence = t(error.key, language, **error.values)
        assert FILE in sentence
        assert sentence.isprintable(), "one line, no control characters"
        assert len(sentence) < 400
    return error.key.removeprefix("errors.checkpoint_")


@pytest.fixture(scope="module")
def state() -> State:
    torch.manual_seed(8)
    return torchvision.models.resnet18(num_classes=7).state_dict()


SMALL = {"conv1.weight": torch.arange(4.0), "b": torch.arange(6).view(2, 3)}


# Accepted files


@pytest.mark.parametrize(
    "dump",
    [
        lambda s: pickled(s, _use_new_zipfile_serialization=False),
        lambda s: pickled(OrderedDict(s)),
        lambda s: pickled({n: torch.nn.Parameter(v) if v.is_floating_point() else v for n, v in s.items()}),
        lambda s: pickled({"state_dict": {"model": {f"module.{n}": v for n, v in s.items()}}}),
        lambda s: pickled({"epoch": 3, "optimizer": {"lr": 0.1, "state": [torch.zeros(2)]}, "state_dict": s}),
        lambda s: pickled({n: torch.stack([v, v])[1] for n, v in s.items()}),
        lambda s: save(s, metadata={"format": "pt"}),
        lambda s: save(dict(reversed(s.items()))),
    ],
    ids=[
        "before torch 1.6", "OrderedDict", "parameters", "wrapped twice", "a training checkpoint", "views of storages",
        "safetensors with notes", "another order",
    ],
)  # fmt: skip
def test_the_same_weights_however_they_were_saved(state: State, dump: Callable[[State], bytes]) -> None:
    network = loading.load_checkpoint("resnet18", dump(state), FILE)
    found = network.module.state_dict()
    assert found.keys() == state.keys()
    assert [name for name, value in state.items() if not torch.equal(found[name], value)] == []
    assert (network.facts["file"], network.facts["classes"], len(network.labels)) == (FILE, 7, 7)


@pytest.mark.parametrize("low_byte", range(0, 256, 8))
def test_safetensors_are_known_whatever_their_headers_length(low_byte: int) -> None:
    """A safetensors file begins with the header's length, whose first byte may be a pickle's 0x80 or a zip's P."""
    plain = save(SMALL)
    (length,) = struct.unpack("<Q", plain[:8])
    spaces = (low_byte - length) % 256
    padded = safetensors_file(plain[8 : 8 + length] + b" " * spaces, plain[8 + length :])
    assert padded[0] == low_byte
    assert refused(padded) == "lacks", "parsed, but not a ResNet18"


def test_safetensors_that_begin_like_a_zip() -> None:
    plain = save(SMALL)
    (length,) = struct.unpack("<Q", plain[:8])
    header = plain[8 : 8 + length].ljust(int.from_bytes(b"PK", "little"))
    padded = safetensors_file(header, plain[8 + length :])
    assert padded[:2] == b"PK"
    assert refused(padded) == "lacks"


# Rejected files


class Runs:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("place", ["alone", "in a state dict", "as a tensor", "in a zip", "before torch 1.6"])
def test_no_code_runs(tmp_path: Path, protocol: int, place: str) -> None:
    target = tmp_path / "it ran"
    attack = Runs(Path.write_text, target, "!") if protocol % 2 else Runs(eval, f"open({str(target)!r}, 'w')")
    content: Any = {"in a state dict": {"state_dict": attack}, "as a tensor": {"fc.weight": attack}}.get(place, attack)
    if place == "in a zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(content, protocol))
            archive.writestr("archive/version", "3")
        data = buffer.getvalue()
    elif place == "before torch 1.6":
        data = pickled(content, _use_new_zipfile_serialization=False, pickle_protocol=protocol)
    else:
        data = pickle.dumps(content, protocol)
    assert refused(data) == "broken"
    assert not target.exists()


def test_the_attack_is_one(tmp_path: Path) -> None:
    """Loaded without protection, the file above runs its code."""
    target = tmp_path / "it ran"
    pickle.loads(pickle.dumps(Runs(Path.write_text, target, "!")))
    assert target.exists()


@pytest.mark.parametrize("place", [in_a_zip, in_an_old_file], ids=["zip", "before torch 1.6"])
def test_no_code_runs_that_only_weights_only_sees(place: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """`pickle_guard` does not check the old opcode INST; `weights_only` rejects it."""
    target = tmp_path / "it ran"
    attack = called_by_inst(f"__import__('pathlib').Path({str(target)!r}).touch()")
    pickle_guard.check(attack, pickles=1)
    assert refused(place(attack)) == "broken"
    assert not target.exists()
    pickle.loads(attack)
    assert target.exists(), "unprotected, it runs its code"


@pytest.mark.parametrize("dump", [save, pickled, lambda s: pickled(s, _use_new_zipfile_serialization=False)],
                         ids=["safetensors", "torch", "before torch 1.6"])  # fmt: skip
def test_a_file_cut_anywhere_is_broken(dump: Callable[[State], bytes]) -> None:
    content = dump(SMALL)
    steps = [*range(min(64, len(content))), *range(64, len(content), 7), len(content) - 1]
    assert {refused(content[:length]) for length in steps} == {"broken"}


@pytest.mark.parametrize("dump", [save, pickled], ids=["safetensors", "torch"])
def test_flipped_bits_never_escape(dump: Callable[[State], bytes]) -> None:
    content, draw = dump(SMALL), random.Random(9)
    found = set()
    for _ in range(120):
        flipped = bytearray(content)
        for _ in range(draw.choice([1, 1, 2, 8])):
            flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's warnings about formats that it guesses
            found.add(refused(bytes(flipped)))
    assert found <= {"broken", "no_state_dict", "lacks", "extra", "shape", "not_finite", "too_large"}


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"PK",
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        b"\x80",
        b"\x80\x02}.",
        b"epoch,loss\n1,2.3\n" * 99,
        b"{}",
        "权重".encode(),
        b"\x89PNG\r\n\x1a\n" + bytes(99),
        bytes(8),
        bytes(4096),
        safetensors_file(b"{}", length=3),
        safetensors_file(b"{}", length=100_000_001),
        safetensors_file(b"{}", length=99_999_999),
        safetensors_file(b"{}", length=(1 << 64) - 1),
        safetensors_file(b"[]"),
        safetensors_file(b"[" * 100_000),
        safetensors_file(b'{"a":' * 100_000),
        safetensors_file(b'{"a\xff":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
        safetensors_file({"a": ENTRY}),
        safetensors_file({"a": ENTRY}, bytes(7)),
        safetensors_file({"a": ENTRY}, bytes(9)),
        safetensors_file({"a": {**ENTRY, "shape": [3]}}, bytes(8)),
        safetensors_file({"a": {**ENTRY, "shape": [-2]}}, bytes(8)),
        safetensors_file({"a": {**ENTRY, "shape": [1 << 33, 1 << 33]}}, bytes(8)),
        safetensors_file({"a": {**ENTRY, "data_offsets": [8, 0]}}, bytes(8)),
        safetensors_file({"a": ENTRY, "b": ENTRY}, bytes(8)),
        safetensors_file({"a": {**ENTRY, "dtype": "F99"}}, bytes(8)),
        safetensors_file({"a": {"dtype": "F8_E8M0", "shape": [2], "data_offsets": [0, 2]}}, bytes(2)),
        safetensors_file({"a": {"dtype": "F32", "shape": [0, (1 << 64) - 1], "data_offsets": [0, 0]}}),
    ],
    ids=[
        "nothing", "a line end", "PK", "a zip's first bytes", "an empty zip", "0x80", "an empty pickle", "a table",
        "JSON", "Chinese", "a PNG", "8 zeros", "zeros", "header one too long", "header over 100 MB",
        "header of 100 MB missing", "header of 16 EB", "a list", "deep lists", "deep objects", "not UTF-8", "no data",
        "a byte too few", "a byte too many", "a lying shape", "a negative shape", "a shape that overflows",
        "offsets backwards", "offsets that overlap", "an unknown type", "a type that torch lacks",
        "nothing, 2^64 - 1 wide",
    ],
)  # fmt: skip
def test_a_broken_file_is_called_broken(content: bytes) -> None:
    assert refused(content) == "broken"


@pytest.mark.parametrize(
    "content",
    [
        pickled(None),
        pickled("weights"),
        pickled([torch.zeros(1)]),
        pickled({1: torch.zeros(1)}),
        pickled({"state_dict": {}}),
        pickled({"model": [torch.zeros(1)]}),
        pickled({"fc.weight": [1.0, 2.0]}),
        pickled({"a": torch.eye(2).to_sparse()}),
        pickled({"a": torch.zeros(2, device="meta")}),
        pickled({"a": torch.zeros(2, dtype=torch.complex64)}),
        safetensors_file({}),
        safetensors_file({"__metadata__": {"fc.weight": "1"}}),
        pickled({"fc.weight\nERROR": torch.zeros(1)}),
        pickled({"w" * 10_000: torch.zeros(1)}),
    ],
    ids=[
        "None", "a word", "a list", "numbers as names", "wrapped nothing", "a wrapped list", "lists", "sparse",
        "no values (meta)", "complex numbers", "empty safetensors", "notes only", "a name of two lines",
        "an endless name",
    ],
)  # fmt: skip
def test_files_without_weights_are_reported(content: bytes) -> None:
    assert refused(content) in ("no_state_dict", "broken")


def test_a_pickled_module_is_refused_with_advice() -> None:
    data = pickled(torchvision.models.resnet18())
    with pytest.raises(WeightsError, match=r"torch\.save\(model\.state_dict\(\), …\)"):
        loading.load_checkpoint("resnet18", data, FILE)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("name", ["conv1.weight", "layer4.1.bn2.running_var", "fc.bias"])
def test_one_value_that_is_not_finite_is_found(state: State, value: float, name: str) -> None:
    wrong = state[name].clone()
    wrong.view(-1)[-1] = value
    with pytest.raises(WeightsError) as caught:
        loading.load_checkpoint("resnet18", save({**state, name: wrong}), FILE)
    assert (caught.value.key, caught.value.values["name"]) == ("errors.checkpoint_not_finite", name)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("conv1.weight", (64, 3, 5, 5)),
        ("conv1.weight", (64, 1, 7, 7)),
        ("conv1.weight", ()),
        ("fc.weight", (7, 2048)),
        ("fc.weight", (7,)),
        ("fc.weight", (0, 512)),
        ("fc.weight", (8, 512)),
        ("layer1.0.bn1.weight", (64, 1)),
        ("bn1.num_batches_tracked", (2,)),
    ],
    ids=lambda value: value if isinstance(value, str) else "×".join(map(str, value)) or "1",
)
def test_a_wrong_shape_is_named(state: State, name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(WeightsError) as caught:
        loading.load_checkpoint("resnet18", save({**state, name: torch.zeros(shape)}), FILE)
    values = caught.value.values
    assert caught.value.key == "errors.checkpoint_shape"
    assert values["got"] != values["needed"]
    if shape != (8, 512):  # eight rows are read as eight classes, so the bias does not match
        assert (values["name"], values["got"]) == (name, "×".join(map(str, shape)) or "1")


def test_another_networks_weights_name_it_and_what_is_missing(state: State) -> None:
    for other in ("resnet34", "resnet50", "wide_resnet50_2"):
        with pytest.raises(WeightsError, match=f"does not fit {other}") as caught:
            loading.load_checkpoint(other, save(state), FILE)
        assert caught.value.key == "errors.checkpoint_lacks"
    deeper = save(torchvision.models.resnet34(num_classes=7).state_dict())
    assert refused(deeper, "resnet18") == "extra"


# Memory


STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Fails if peak memory rises by more than `megabytes`. Measured on Linux only."""

    def kilobytes(figure: str) -> int:
        return int(re.search(rf"{figure}:\s+(\d+) kB", STATUS.read_text(encoding="utf-8"))[1])  # type: ignore[index]

    if not RESET.exists():
        yield
        return
    RESET.write_text("5", encoding="utf-8")  # reset the peak
    before = kilobytes("VmRSS")
    yield
    assert kilobytes("VmHWM") - before < megabytes * 1000


def test_the_measure_measures() -> None:
    if RESET.exists():
        with pytest.raises(AssertionError), at_most(100):
            torch.ones(100_000_000)  # 400 MB; up to half may be memory that an earlier test freed


def test_a_zip_bomb_is_refused_at_its_directory() -> None:
    buffer = io.BytesIO()
    zeros = bytes(1 << 26)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for k in range(20):
            archive.writestr(f"archive/data/{k}", zeros)
    assert len(buffer.getvalue()) < 10_000_000
    with at_most(100):
        assert refused(buffer.getvalue()) == "broken"


def test_a_zip_that_unpacks_to_more_than_itself_is_refused() -> None:
    """torch never compresses, so a zip's content is smaller than the file. This one grows from 1 MB to 268 MB."""
    with zipfile.ZipFile(io.BytesIO(pickled({"fc.weight": torch.zeros(1 << 26)}))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in list(entries):
            archive.writestr(name, entries.pop(name))
    with at_most(50):
        assert refused(buffer.getvalue()) == "broken"


def test_a_small_file_of_endless_tensors_is_refused(state: State) -> None:
    """One stored number, repeated 80 billion times by stride 0: torch saves and loads that in a few bytes."""
    rows = 40_000_000
    wrong = {**state, "fc.weight": torch.zeros(1, 1).expand(rows, 512), "fc.bias": torch.zeros(1).expand(rows)}
    data = pickled(wrong)
    assert len(data) < 50_000_000
    with at_most(200):
        assert refused(data) == "too_large"


def test_a_lying_size_in_an_old_file_allocates_nothing() -> None:
    content = pickled({"a": torch.arange(64.0)}, _use_new_zipfile_serialization=False)
    for count in (65, 1 << 20, (1 << 31) - 1):
        lying = content.replace(b"K\x40", b"J" + struct.pack("<i", count))
        assert lying != content
        with at_most(100):
            assert refused(lying) == "broken"


def test_a_lying_size_in_a_zip_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(pickled({"a": torch.arange(64.0)}))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    for count in (65, 1 << 20, (1 << 31) - 1):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in entries.items():
                archive.writestr(name, data.replace(b"K\x40", b"J" + struct.pack("<i", count)))
        assert refused(buffer.getvalue()) == "broken"


# Work


DOUBLED = b"\x80\x02)q\0" + b"h\0h\0\x86q\0" * 60  # 2^60 empty tuples in one, in 400 bytes


@pytest.mark.parametrize("place", [bytes, in_a_zip, in_an_old_file], ids=["alone", "zip", "before torch 1.6"])
@pytest.mark.parametrize(
    "pickled",
    [
        DOUBLED + b"}h\0K\1s.",
        DOUBLED + b"h\0h\0R.",
        b"\x80\x02(" + b")q\0" + b"(h\0h\0tq\0" * 60 + b"}h\0K\1s.",
        b"\x80\x02cbuiltins\nbytearray\n\x8a\x05" + (3 * 10**9).to_bytes(5, "little") + b"\x85R.",
        b"\x80\x04\x8c\x08builtins\x8c\x09bytearray\x93\x8a\x05" + (3 * 10**9).to_bytes(5, "little") + b"\x85R.",
        b"\x80\x02ccollections\nCounter\n(ccollections\nCounter\nttR.",
        b"\x80\x02]" + b"]a" * 600_000 + b".",
    ],
    ids=["a key", "a call", "marks", "bytes", "bytes by stack", "a counter", "a million operations"],
)
def test_a_pickle_that_asks_for_endless_work_is_refused(pickled: bytes, place: Callable[[bytes], bytes]) -> None:
    started = time.monotonic()
    with at_most(200):
        assert refused(place(pickled)) == "broken"
    assert time.monotonic() - started < 5


def test_a_second_table_of_contents_is_not_read() -> None:
    """Python reads the central directory before the end record, torch the one at the offset that the record names."""
    good, evil = pickled(SMALL), in_a_zip(pickle.dumps({"bytes": bytearray(10)}, 2))
    end = good.rindex(b"PK\x05\x06")
    size, start = (int.from_bytes(good[end + k : end + k + 4], "little") for k in (12, 16))
    both = evil + good[:start] + good[start : start + size] + good[end : end + 16]
    noted = evil.rindex(b"PK\x05\x06")
    both += evil[noted + 16 : noted + 20] + good[end + 20 :]
    assert refused(both) in ("broken", "lacks"), "rejected, or read as Python reads it"


def test_a_zip_with_a_million_names_is_refused_unread() -> None:
    entry = b"PK\x01\x02" + bytes(24) + b"\x04\0" + bytes(16) + b"name"
    directory = entry * 60_000
    end = b"PK\x05\x06" + bytes(4) + struct.pack("<HHII", 60_000, 60_000, len(directory), 0) + bytes(2)
    assert refused(directory + end) == "broken"
    with pytest.raises(pickle_guard.TooMuchError):  # not an error of zipfile, which would have read them
        pickle_guard.rebuilt_zip(directory + end)


@pytest.mark.parametrize("kind", [torch.bits8, torch.float4_e2m1fn_x2])
def test_a_type_without_arithmetic_is_no_weight(kind: torch.dtype) -> None:
    assert refused(pickled({"a": torch.zeros(4, dtype=torch.uint8).view(kind)})) in ("broken", "no_state_dict")


def test_a_nested_tensor_is_no_weight() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nested = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    assert refused(pickled({"conv1.weight": nested})) in ("broken", "no_state_dict")


def test_a_head_of_one_stored_number_is_refused(state: State) -> None:
    wide = {"fc.weight": torch.zeros(1, 1).expand(40_000, 512), "fc.bias": torch.zeros(40_000)}
    with at_most(200):
        assert refused(pickled({**state, **wide})) == "too_large"


def test_what_a_training_saves_beside_the_weights_is_read_over(state: State) -> None:
    module = torchvision.models.resnet18(num_classes=7)
    optimiser = torch.optim.AdamW([{"params": module.parameters(), "betas": (0.9, 0.99)}])
    module(torch.randn(2, 3, 32, 32)).sum().backward()
    optimiser.step()
    content = {"state_dict": state, "optimizer": optimiser.state_dict(), "size": torch.Size([1, 2]), "epoch": 3}
    for legacy in (False, True):
        data = pickled(content, _use_new_zipfile_serialization=not legacy)
        assert torch.equal(
            loading.load_checkpoint("resnet18", data, FILE).module.state_dict()["fc.bias"], state["fc.bias"]
        )


def test_names_of_classes_are_kept_to_one_line_without_marks() -> None:
    names = ["a\n\tb", "\u202ecat\u200b", "half \ud800letter", "x" * 500, "C++ / <b>"]
    sizes = {"picture_px": 32, "input_px": 64, "mean": [0.5] * 3, "std": [0.25] * 3}
    found = loading.described({"classes": names, "preprocess": sizes}, len(names))
    assert found is not None
    assert found[0] == ("a b", "cat", "half letter", "x" * 200, "C++ / <b>")
