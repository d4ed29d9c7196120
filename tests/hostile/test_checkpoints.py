"""Checkpoints: pickles that would run code or never end, false safetensors headers, run checkpoints with valid digests.

`tests/models/test_hostile_checkpoints.py` has hand-written cases.
"""

import hashlib
import json
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from explorer.models import checkpoint, loading
from explorer.models.network import Network
from explorer.runs import checkpoints, store
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from tests.hostile import corpus
from tests.hostile.tried import FUZZ, tried
from tests.models.test_hostile_checkpoints import SMALL, in_a_zip, in_an_old_file, pickled, safetensors_file

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's warnings about formats that it guesses

FILE = "her weights (1).pt"
NAME = "cifar-resnet20-w8"


@lru_cache
def whole() -> bytes:
    """Weights that fit the network."""
    return save(dict(loading.load(NAME, "random").module.state_dict()))


FITS = st.builds(whole)
FILES = st.sampled_from([save(SMALL), pickled(SMALL), pickled(SMALL, _use_new_zipfile_serialization=False)])


def read(content: bytes) -> None:
    tried("checkpoints", lambda: checkpoint.read_state_dict(content, FILE), named=FILE)


@settings(max_examples=400 * FUZZ)
@given(corpus.broken(FILES))
def test_broken_in_any_way(content: bytes) -> None:
    read(content)


@settings(max_examples=60 * FUZZ)
@given(corpus.broken(FITS))
def test_weights_that_fitted(content: bytes) -> None:
    found = tried("checkpoints", lambda: loading.load_checkpoint(NAME, content, FILE), named=FILE)
    if isinstance(found, Network):
        assert all(value.isfinite().all() for value in found.module.state_dict().values())


NUMBERS = st.one_of(st.sampled_from((*corpus.FAR, -1, 1 << 63, (1 << 64) - 1, 1 << 200, 1.5)), st.integers(0, 9))
TENSORS = st.fixed_dictionaries(
    {"dtype": st.sampled_from(("F32", "F64", "BF16", "I64", "BOOL", "U8", "F8_E5M2", "F4", "C64", "x", "")),
     "shape": st.lists(NUMBERS, max_size=5), "data_offsets": st.lists(NUMBERS, min_size=1, max_size=3)},
)  # fmt: skip
ANYTHING = st.none() | st.booleans() | NUMBERS | corpus.WILD | st.lists(NUMBERS, max_size=3)
NOTES = st.dictionaries(
    st.sampled_from(("classes", "preprocess", "format", "run")), ANYTHING.map(json.dumps) | ANYTHING
)
LENGTHS = st.sampled_from((None, None, None, 0, 1, 99_999_999, (1 << 64) - 1))


@settings(max_examples=150 * FUZZ)
@given(st.dictionaries(st.just("fc.weight") | corpus.WILD, TENSORS, max_size=2), NOTES, st.binary(max_size=64), LENGTHS)
def test_headers_that_lie(tensors: dict[str, Any], metadata: Any, body: bytes, length: int | None) -> None:
    content = safetensors_file({**tensors, "__metadata__": metadata}, body, length)
    read(content)
    described = tried("checkpoints", lambda: checkpoint.description(content))
    tried("checkpoints", lambda: loading.described(described, 2))


def text(words: str) -> bytes:
    raw = words.encode(errors="surrogatepass")
    return b"X" + len(raw).to_bytes(4, "little") + raw


CALLS = ("os system", "posix system", "subprocess Popen", "builtins eval", "builtins getattr", "builtins bytearray",
         "torch load", "torch.hub load", "pickle loads", "collections OrderedDict", "collections defaultdict",
         "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter", "torch._tensor _rebuild_from_type_v2",
         "torch.storage UntypedStorage", "torch FloatStorage", "torch Size", "torch device", "numpy dtype")  # fmt: skip
GLOBALS = st.sampled_from(CALLS).map(lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n")
STACKED = st.sampled_from(CALLS).map(lambda name: b"".join(map(text, name.split())) + b"\x93")
VALUES = st.one_of(
    st.sampled_from((b"N", b"\x88", b"}", b"]", b")", b"(", b"K\2", b"J\xff\xff\xff\x7f", b"\x8a\x05" + b"\x7f" * 5)),
    st.sampled_from(("touch it-ran", "storage", "0", "cpu", "__globals__", "fc.weight", "x" * 99)).map(text),
)
ACTS = st.sampled_from((
    b"R", b"R", b"b", b"s", b"u", b"a", b"e", b"t", b"\x85", b"\x86", b"\x87", b"0", b"2", b"1", b"Q", b"\x81",
    b"q\0", b"h\0", b"q\1", b"h\1", b"h\0h\0\x86q\0", b"\x94", b"h\0h\0" + b"\x86q\0h\0h\0" * 40, b"o", b"P0\n",
    b"\x82\1", b"\x96" + b"\xff" * 4 + bytes(4), b"B\xff\xff\xff\x7f", b"\x95" + b"\xff" * 8, b"d", b"l", b"\x8f",
    b"\x91", b"\x92", b"\x98",
))  # fmt: skip
PROGRAMS = st.lists(st.one_of(GLOBALS, STACKED, VALUES, VALUES, ACTS, ACTS), max_size=14).map(
    lambda parts: b"\x80\x02" + b"".join(parts) + b"."
)


@settings(max_examples=300 * FUZZ)
@given(PROGRAMS, st.sampled_from((bytes, in_a_zip, in_an_old_file)))
def test_pickles_made_of_any_operations(program: bytes, place: Callable[[bytes], bytes]) -> None:
    read(place(program))
    assert not os.path.exists("it-ran")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return store.create(Recipe(), root=tmp_path_factory.mktemp("runs"))


STATE = pickled({"version": 1, "model": SMALL, "best": None, "position": {"epoch": 3}, "random": torch.get_rng_state()})
DOUBLED = in_a_zip(b"\x80\x02)q\0" + b"h\0h\0\x86q\0" * 60 + b"}h\0K\1s.")


@settings(max_examples=150 * FUZZ)
@given(st.one_of(corpus.broken(st.just(STATE)), PROGRAMS.map(in_a_zip), st.just(DOUBLED)), st.integers(0, 4))
def test_a_runs_own_checkpoint(run: Run, content: bytes, missing: int) -> None:
    """With a valid digest, so that all of it is read, or with a truncated one."""
    whole = content + hashlib.sha256(content).digest()
    (run.path / store.LAST).write_bytes(whole[: len(whole) - missing])
    found = tried("checkpoints", lambda: checkpoints.read_checkpoint(run.path / store.LAST), named=store.LAST)
    assert isinstance(found, dict) or missing or content not in (STATE,)
    assert not os.path.exists("it-ran")


def test_a_runs_own_checkpoint_asks_for_no_endless_work(run: Run) -> None:
    (run.path / store.LAST).write_bytes(DOUBLED + hashlib.sha256(DOUBLED).digest())
    tried("checkpoints", lambda: checkpoints.last_checkpoint(run), named=store.LAST)


COLUMNS = {"label": torch.arange(3), "predicted": torch.arange(3), "probability": torch.rand(3)}


@settings(max_examples=100 * FUZZ)
@given(corpus.broken(st.just(save(COLUMNS))))
def test_a_runs_answers(run: Run, content: bytes) -> None:
    (run.path / store.PREDICTIONS).write_bytes(content)
    found = tried("checkpoints", lambda: checkpoints.answers(run, 3), named=store.PREDICTIONS)
    if isinstance(found, dict):
        assert {0 <= int(k) < 3 for k in (*found["label"], *found["predicted"])} == {True}
