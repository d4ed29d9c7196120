"""A checkpoint is taken as it is: any wrapper, prefix and bookkeeping; what is no state dict says what it is."""

import argparse
import collections
import datetime
import enum
import gzip
import io
import json
import pathlib
import pickle
import types
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn

from explorer.core.errors import WeightsError
from explorer.core.i18n import LANGUAGES, t
from explorer.models import loading, own, pickle_guard
from explorer.models.cifar_resnet import Subsample
from explorer.models.own import Choice
from explorer.models.preprocessing import IMAGENET_PREPROCESSING, Preprocessing
from tests.models.own_files import NAME, Akamaster, State, own_state, saved

FILE = "her weights (1).pth"
CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)


class Kind(enum.Enum):
    A = 1


class Settings(dict):  # type: ignore[type-arg]
    """As Lightning's AttributeDict: a dict of a class that this machine does not have."""


@pytest.fixture(scope="module")
def state() -> State:
    return own_state()


def loaded(content: bytes, name: str = NAME, choice: Choice = own.AS_FOUND) -> State:
    return dict(loading.load_checkpoint(name, content, FILE, choice).module.state_dict())


def assert_same(found: State, state: State) -> None:
    assert found.keys() == state.keys()
    assert [name for name, value in state.items() if not torch.equal(found[name], value)] == []


def refused(content: bytes, name: str = NAME, choice: Choice = own.AS_FOUND) -> WeightsError:
    with pytest.raises(WeightsError) as caught:
        loading.load_checkpoint(name, content, FILE, choice)
    for language in LANGUAGES:
        sentence = t(caught.value.key, language, **caught.value.values)
        assert sentence.isprintable()
        assert len(sentence) < 400
    return caught.value


def under(prefix: str, state: State) -> State:
    return {f"{prefix}{name}": value for name, value in state.items()}


# Wrappers, prefixes, bookkeeping

KEYS = ("state_dict", "model", "model_state_dict", "net", "network", "ema", "state_dict_ema", "module", "weights")


@pytest.mark.parametrize("key", [*KEYS, "student", "model_ema"])
def test_any_wrapper(state: State, key: str) -> None:
    assert_same(loaded(saved({key: under("module.", state), "epoch": 3})), state)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: {"model": {"module": s}},
        lambda s: {"checkpoint": {"state_dict": {"model": {"net": under("module.", s)}}}},
        lambda s: {**s, "epoch": 3, "optimizer": {"state": {0: {"exp_avg": torch.zeros(2, 2)}}}, "best": [1, 2]},
        lambda s: {"n_averaged": torch.tensor(3), **under("module.", s)},
        lambda s: {**s, "layer1.0.total_ops": torch.zeros(1), "total_params": torch.zeros(1)},
        lambda s: OrderedDict(s),
    ],
    ids=["two", "five", "flat, with an epoch and an optimiser", "averaged", "operations counted", "ordered"],
)
def test_nested_or_flat(state: State, wrap: Callable[[State], Any]) -> None:
    assert_same(loaded(saved(wrap(state))), state)


PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "backbone.", "encoder.", "resnet.", "module._orig_mod.model.")


@pytest.mark.parametrize("prefix", [*PREFIXES, "a.b.c.d."])
@pytest.mark.parametrize("dump", [saved, save], ids=["torch", "safetensors"])
def test_any_prefix(state: State, prefix: str, dump: Callable[[State], bytes]) -> None:
    assert_same(loaded(dump(under(prefix, state))), state)


@pytest.mark.parametrize(
    "beside",
    [
        np.float64(0.9),
        np.float32(0.9),
        np.int64(3),
        np.bool_(True),
        np.arange(5.0),
        np.array([["a", "b"]]),
        {"losses": [np.float64(1.0)]},
        argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("a/b")),
        types.SimpleNamespace(lr=0.1),
        pathlib.PureWindowsPath("a"),
        collections.Counter("aab"),
        collections.defaultdict(list, a=[1]),
        {1, 2},
        frozenset({1}),
        datetime.datetime(2026, 1, 2),
        Kind.A,
        Settings(lr=0.1),
        torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD([torch.zeros(1)], 0.1)),
        torch.Size([1, 2]),
        torch.tensor(50.0),
        torch.float16,
        (slice(1, 2), range(3)),
        Settings,
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_what_stands_beside_the_weights_is_passed_over(state: State, beside: Any, legacy: bool) -> None:
    content = saved({"state_dict": state, "args": beside}, _use_new_zipfile_serialization=not legacy)
    assert_same(loaded(content), state)


class Watched:
    """Counts how often it is made."""

    made = 0

    def __new__(cls) -> "Watched":
        cls.made += 1
        return super().__new__(cls)


def test_no_class_beside_the_weights_is_called(state: State) -> None:
    content = saved({"state_dict": state, "x": Watched(), "model": nn.Linear(2, 2)})
    assert_same(loaded(content), state)
    assert Watched.made == 1
    torch.load(io.BytesIO(content), weights_only=False)
    assert Watched.made == 2, "unprotected, it is"


@pytest.mark.parametrize(
    "name", ["subprocess Popen", "ctypes CDLL", "importlib.machinery SourceFileLoader", "socket SocketType",
             "builtins eval", "__builtin__ getattr", "posix system", "numpy.core.multiarray fromfile", "a.b c",
             "torch.hub load", "pathlib Path.write_text", "builtins bytearray"]
)  # fmt: skip
def test_names_that_are_no_data_are_refused(name: str) -> None:
    attack = b"\x80\x02c" + name.replace(" ", "\n").encode() + b"\n."
    with pytest.raises(pickle_guard.TooMuchError):
        pickle_guard.check(attack, 1, stand_ins=True)


def test_a_stand_in_takes_the_place_of_a_name_and_nothing_else_changes() -> None:
    import pickletools

    before = pickle.dumps({"a": argparse.Namespace(lr=[1, 2]), "b": OrderedDict(c=3)}, 2)
    after = pickle_guard.check(before, 1, stand_ins=True)
    kept = [(op.name, arg) for op, arg, _ in pickletools.genops(before)]
    assert [(op.name, arg) for op, arg, _ in pickletools.genops(after)] == [
        (name, "explorer.models.stand_ins Record" if arg == "argparse Namespace" else arg) for name, arg in kept
    ]
    with pytest.raises(pickle_guard.TooMuchError):
        pickle_guard.check(before, 1)


# Several state dicts in a file


def test_of_several_the_first_that_is_no_average_is_used_and_any_can_be_chosen(state: State) -> None:
    ema = {name: value + 1 if value.is_floating_point() else value for name, value in state.items()}
    content = saved({"state_dict_ema": ema, "state_dict": under("module.", state)})
    network = loading.load_checkpoint(NAME, content, FILE)
    assert (network.facts["part"], network.facts["parts"]) == ("state_dict", ("state_dict", "state_dict_ema"))
    assert_same(dict(network.module.state_dict()), state)
    assert_same(loaded(content, choice=Choice(part="state_dict_ema")), ema)
    assert refused(content, choice=Choice(part="other")).values["allowed"] == "state_dict, state_dict_ema"


def test_of_several_the_one_that_fits_is_used(state: State) -> None:
    other = {"a.weight": torch.zeros(3, 3), "a.bias": torch.zeros(3)}
    network = loading.load_checkpoint(NAME, saved({"generator": other, "classifier": {"net": state}}), FILE)
    assert network.facts["part"] == "classifier.net"


# Heads and stems


def test_a_head_without_bias_has_a_bias_of_zero(state: State) -> None:
    found = loaded(saved({name: value for name, value in state.items() if name != "fc.bias"}))
    assert torch.equal(found["fc.bias"], torch.zeros(10))


@pytest.mark.parametrize("head", ["fc.1", "linear", "classifier", "head.fc", "last_linear", "classifier.1", "my_layer"])
def test_a_head_of_any_name(state: State, head: str) -> None:
    renamed = {name.replace("fc.", f"{head}."): value for name, value in state.items()}
    found = loaded(saved(under("net.", renamed)), choice=Choice(padding="end"))
    assert torch.equal(found["fc.weight"], state["fc.weight"])


def test_a_head_beside_the_backbone(state: State) -> None:
    body = {f"backbone.{name}": value for name, value in state.items() if not name.startswith("fc.")}
    head = {"head.weight": state["fc.weight"], "head.bias": state["fc.bias"], "loss.center": torch.zeros(2)}
    network = loading.load_checkpoint(NAME, saved({"state_dict": body | head}), FILE)
    assert_same(dict(network.module.state_dict()), state)
    assert network.facts["dropped"] == 1


def test_a_head_of_two_layers_is_refused_and_one_that_lacks_is_for_a_fine_tune(state: State) -> None:
    body = {name: value for name, value in state.items() if not name.startswith("fc.")}
    two = {"fc.0.weight": torch.zeros(64, 32), "fc.2.weight": torch.zeros(10, 64), "fc.2.bias": torch.zeros(10)}
    error = refused(saved(body | two))
    assert (error.key, error.values["name"]) == ("errors.checkpoint_lacks", "fc.weight")
    assert refused(saved(body)).key == "errors.checkpoint_no_head"
    assert refused(saved(under("backbone.", body))).key == "errors.checkpoint_no_head"


def test_a_fine_tune_starts_from_a_file_without_a_head(state: State, tmp_path: pathlib.Path) -> None:
    body = {f"backbone.{name}": value for name, value in state.items() if not name.startswith("fc.")}
    torch.save({"state_dict": body, "args": argparse.Namespace(lr=1)}, tmp_path / "ssl.pth.tar")
    learner = loading.to_fine_tune(NAME, str(tmp_path / "ssl.pth.tar"), ["a", "b", "c"], 32, 32)
    found = learner.module.state_dict()
    assert torch.equal(found["layer3.2.conv2.weight"], state["layer3.2.conv2.weight"])
    assert found["fc.weight"].shape == (3, 32)


# Refused: what the file has, what it is like, how to convert it


def test_what_the_file_has_and_the_network_it_is_like_are_said(state: State) -> None:
    error = refused(saved({"net": under("module.", state)}), "cifar-resnet32-w8")
    assert (error.values["tensors"], error.values["nearest"]) == (116, NAME)
    assert str(error.values["near"]).startswith(f"{NAME} (97/97)")
    assert loading.find_network(saved({"net": under("module.", state)}), FILE) == NAME


def test_other_networks_of_a_file_are_found(state: State) -> None:
    for name in ("cifar-resnet26-b-w12", "cifar-preact20-w8"):
        assert loading.find_network(saved(under("module.", own_state(name))), FILE) == name
    with pytest.raises(WeightsError, match="--network"):
        loading.find_network(saved({**state, "fc.extra": torch.zeros(2, 2)}), FILE)
    with pytest.raises(WeightsError, match="Nearest: –"):
        loading.find_network(saved({"a": torch.zeros(2, 2)}), FILE)


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def scripted() -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), buffer)
    return buffer.getvalue()


def exported() -> bytes:
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(nn.Linear(2, 2), (torch.zeros(1, 2),)), buffer)
    return buffer.getvalue()


def arrays() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(2))
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore")  # torch.jit is deprecated
@pytest.mark.parametrize(
    ("make", "kind", "line"),
    [
        (lambda: saved(nn.Linear(2, 2)), "module", "torch.save(model.state_dict(), …)"),
        (lambda: saved(nn.DataParallel(nn.Linear(2, 2)), _use_new_zipfile_serialization=False), "module", "load("),
        (lambda: saved({"model": nn.Linear(2, 2), "epoch": 3}), "module", "state_dict()"),
        (scripted, "torchscript", "torch.jit.load("),
        (exported, "exported", "torch.export.load("),
        (lambda: pickle.dumps({"a": torch.zeros(2, 2)}), "pickle", "pickle.load("),
        (lambda: b"\x80\x02cfastai.learner\nLearner\n)\x81.", "fastai", "load_learner("),
        (lambda: b"\x08\x07\x12\x07pytorch\x1a\x032.1:\x80\x01", "onnx", "torch.save("),
        (lambda: b"\x89HDF\r\n\x1a\n" + bytes(99), "hdf5", "PyTorch"),
        (lambda: zipped(**{"config.json": b"{}", "model.weights.h5": b"x"}), "keras", "PyTorch"),
        (lambda: b"\x08\x01\x12\x99\x01" + bytes(99), "tensorflow", "PyTorch"),
        (lambda: b"\x1c\0\0\0TFL3" + bytes(99), "tensorflow", "PyTorch"),
        (arrays, "numpy", "numpy.load("),
        (lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 4\n", "lfs", "git lfs pull"),
        (lambda: b"<!DOCTYPE html><html></html>", "html", "Download"),
        (lambda: b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "html", "Download"),
        (lambda: gzip.compress(saved({"a": torch.zeros(2, 2)})), "gzip", "gunzip"),
        (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(99), "archive", "Unpack"),
        (lambda: zipped(**{"run 1/model_best.pth": b"x", "readme.txt": b"x"}), "zip", "run 1/model_best.pth"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_state_dict_says_what_it_is_and_what_to_do(
    make: Callable[[], bytes], kind: str, line: str
) -> None:
    error = refused(make())
    assert error.key == f"errors.checkpoint_is_{kind}"
    assert str(error).startswith(FILE)
    assert line in str(error)


def test_what_has_no_weights_names_what_it_has() -> None:
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(2, 2))], 0.1, momentum=0.9)
    assert refused(saved(optimiser.state_dict())).values["has"] == "state, param_groups"
    assert refused(saved([torch.zeros(2, 2)])).values["has"] == "list"
    assert refused(saved({"epoch": 3, "loss": np.float64(1.0)})).values["has"] == "epoch, loss"


def test_dicts_without_end_are_searched_for_a_bounded_time() -> None:
    inner: dict[str, Any] = {}
    for _ in range(60):  # each level holds the next twice: 2^60 paths
        inner = {"a": inner, "b": inner}
    assert refused(saved(inner)).key == "errors.checkpoint_no_state_dict"


# akamaster's padding


@pytest.mark.parametrize("width", [8, 16])
def test_padding_on_both_sides_is_a_permutation(width: int) -> None:
    torch.manual_seed(1)
    theirs = Akamaster(width=width).eval()
    name = "cifar-resnet20" + ("" if width == 16 else f"-w{width}")
    content = saved({"state_dict": under("module.", dict(theirs.state_dict())), "best_prec1": 91.7})
    x = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        wanted = theirs(x)
        both, end, usual = (
            loading.load_checkpoint(name, content, FILE, Choice(padding=padding)).module(x)
            for padding in ("both", "end", "")
        )
    torch.testing.assert_close(both, wanted, rtol=1e-5, atol=1e-5 * wanted.abs().max().item())
    assert torch.equal(usual, both), "a last layer called linear is taken for such a network"
    assert not torch.allclose(end, wanted, rtol=0.01)


def padded_on_both_sides(shortcut: Subsample, x: Tensor) -> Tensor:
    side = shortcut.added // 2
    return nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side))


@pytest.mark.parametrize("name", ["cifar-preact20-w8", "cifar-resnet14-half-w12", "cifar-resnet8-w64"])
def test_every_network_with_option_a_can_be_padded_on_both_sides(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(2)
    theirs = loading.build(name, 10)
    for value in theirs.state_dict().values():
        if value.ndim == 1:
            value.copy_(torch.rand_like(value) + 0.5)
    ours = loading.load_checkpoint(name, saved(theirs.state_dict()), FILE, Choice(padding="both")).module
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        found = ours(x)
        monkeypatch.setattr(Subsample, "forward", padded_on_both_sides)
        wanted = theirs.eval()(x)
        assert not torch.allclose(ours(x), wanted, rtol=0.01)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5 * wanted.abs().max().item())


def test_our_own_names_are_padded_at_the_end(state: State) -> None:
    network = loading.load_checkpoint(NAME, saved(state), FILE)
    assert network.facts["padding"] == "end"
    moved = loaded(saved(state), choice=Choice(padding="both"))
    assert not torch.equal(moved["layer3.0.conv2.weight"], state["layer3.0.conv2.weight"])


@pytest.mark.parametrize("name", ["cifar-resnet20-b-w8", "cifar-plain20-w8", "cifar-resnet20-conv-w8"])
def test_only_option_a_is_padded(name: str) -> None:
    content = saved(own_state(name))
    assert loading.load_checkpoint(name, content, FILE).facts["padding"] == ""
    assert refused(content, name, Choice(padding="both")).key == "errors.checkpoint_padding"


# Preprocessing and classes


@pytest.fixture(scope="module")
def resnet() -> State:
    torch.manual_seed(5)
    return dict(torchvision.models.resnet18(num_classes=2).state_dict())


def test_a_stem_of_7x7_sees_pictures_as_torchvision_prepares_them(resnet: State) -> None:
    network = loading.load_checkpoint("resnet18", saved(resnet), FILE)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8))
    wanted = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.transforms()(picture)
    torch.testing.assert_close(network.preprocess(picture)[0], wanted)
    assert (network.facts["preprocess_from"], network.facts["classes_from"]) == ("imagenet", "numbers")


def test_a_stem_of_3x3_sees_32_px(state: State) -> None:
    network = loading.load_checkpoint(NAME, saved(state), FILE)
    assert (network.preprocess.input_px, network.preprocess.mean) == (32, CIFAR_MEAN)


GIVEN = {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}


@pytest.mark.parametrize(
    ("notes", "wanted"),
    [
        ({"preprocess": {**GIVEN, "picture_px": 32, "input_px": 64}}, (32, 32, 64)),
        ({"pretrained_cfg": {**GIVEN, "input_size": (3, 160, 160), "crop_pct": 0.8}}, (200, 160, None)),
        ({"default_cfg": {**GIVEN, "input_size": [3, 224, 224], "crop_pct": 0.875}}, (256, 224, None)),
        ({"preprocess": {**GIVEN, "size": 224}}, (256, 224, None)),
        ({"preprocess": {**GIVEN, "resize": 72, "crop_size": 64}}, (72, 64, None)),
        ({"preprocess": {"image_mean": GIVEN["mean"], "image_std": GIVEN["std"], "size": {"shortest_edge": 32}}},
         (32, 32, None)),
        ({**GIVEN, "image_size": 48}, (48, 48, None)),
    ],
)  # fmt: skip
def test_what_the_file_says_of_its_pictures_counts(
    state: State, notes: dict[str, Any], wanted: tuple[int, int, int | None]
) -> None:
    resize, crop, enlarged = wanted
    expected = Preprocessing(resize, crop, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), enlarged)
    for content in (saved({"state_dict": state, **notes}), save(state, {k: json.dumps(v) for k, v in notes.items()})):
        network = loading.load_checkpoint(NAME, content, FILE)
        assert network.preprocess == expected
        assert network.facts["preprocess_from"] == "file"


@pytest.mark.parametrize(
    "notes",
    [{"default_cfg": {**GIVEN, "input_size": (3, 0, 0)}}, {"preprocess": {**GIVEN, "size": 10**9}},
     {"preprocess": {**GIVEN, "std": [0, 1, 1], "size": 32}}, {"preprocess": {**GIVEN, "size": "big"}},
     {"preprocess": {**GIVEN, "size": 224, "crop_pct": 1e-9}}, {"preprocess": "imagenet"}, {"mean": 3, "std": 2},
     {"preprocess": {**GIVEN, "size": []}}, {"default_cfg": {"mean": [float("nan")] * 3, "std": [1] * 3, "size": 9}}],
)  # fmt: skip
def test_nonsense_about_pictures_counts_for_nothing(state: State, notes: dict[str, Any]) -> None:
    network = loading.load_checkpoint(NAME, saved({"state_dict": state, **notes}), FILE)
    assert network.facts["preprocess_from"] == "cifar"


def test_the_users_word_counts_more_than_the_files(resnet: State) -> None:
    content = saved({"state_dict": resnet, "preprocess": {**GIVEN, "size": 224}})

    def seen(**given: Any) -> Preprocessing:
        return loading.load_checkpoint("resnet18", content, FILE, Choice(**given)).preprocess

    assert seen(preset="imagenet") == IMAGENET_PREPROCESSING
    tutorial = seen(preset="cifar")
    assert (tutorial.crop_px, tutorial.input_px, tutorial.mean, tutorial.std) == (32, 32, CIFAR_MEAN, CIFAR_STD)
    assert seen(mean=(127.5, 127.5, 127.5), std=(51, 51, 51)) == Preprocessing(256, 224, (0.5,) * 3, (0.2,) * 3)
    assert seen(size_px=32) == Preprocessing(32, 32, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert seen(size_px=448).resize_px == 512


@pytest.mark.parametrize("given", [{"mean": (1.0, 2.0)}, {"std": (0.0, 1.0, 1.0)}, {"mean": (float("nan"),) * 3},
                                   {"size_px": 5}, {"std": (-1.0, 1.0, 1.0)}, {"size_px": 5000}])  # fmt: skip
def test_choices_out_of_range_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(WeightsError):
        Choice(**given)


TEN = [f"kind {k}" for k in range(10)]


@pytest.mark.parametrize(
    "notes",
    [
        {"classes": TEN},
        {"class_names": tuple(TEN)},
        {"class_to_idx": {name: k for k, name in enumerate(TEN)}},
        {"idx_to_class": dict(enumerate(TEN))},
        {"id2label": {str(k): name for k, name in enumerate(TEN)}},
        {"meta": {"categories": TEN}},
        {"meta": {"CLASSES": TEN, "epoch": 3}},
        {"meta": {"dataset_meta": {"classes": tuple(TEN)}}},
    ],
    ids=str,
)
def test_class_names_in_the_file(state: State, notes: dict[str, Any]) -> None:
    network = loading.load_checkpoint(NAME, saved({"state_dict": state, **notes}), FILE)
    assert network.labels == tuple(TEN)
    assert network.facts["classes_from"] == "file"


def test_class_names_of_the_user(state: State, tmp_path: pathlib.Path) -> None:
    (tmp_path / "names.txt").write_text("\ufeff" + "\r\n".join(TEN) + "\n\n", encoding="utf-8")
    assert own.read_classes(tmp_path / "names.txt") == tuple(TEN)
    for name in (*reversed(TEN), ".hidden"):
        (tmp_path / "data" / "train" / name).mkdir(parents=True)
    assert own.read_classes(tmp_path / "data") == tuple(sorted(TEN))
    network = loading.load_checkpoint(NAME, saved(state), FILE, Choice(classes=tuple(TEN)))
    assert (network.labels, network.facts["classes_from"]) == (tuple(TEN), "given")
    assert refused(saved(state), choice=Choice(classes=("a", "b"))).values == {"given": 2, "count": 10}
    for path in (tmp_path / "none", tmp_path / "data" / "train" / TEN[0]):
        with pytest.raises(WeightsError, match="no class names"):
            own.read_classes(path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_says_all_that_was_assumed(state: State, language: Any) -> None:
    content = saved({"state_dict": under("module.", state), "state_dict_ema": state})
    network = loading.load_checkpoint(NAME, content, FILE)
    text = " ".join(own.summary(network.facts, network.preprocess, language))
    assert all(word in text for word in ("state_dict", "32", "0.4914 0.4822 0.4465", "0.2023 0.1994 0.201"))


def test_the_weights_of_a_shared_tensor_are_not_larger_than_the_file(state: State) -> None:
    wide: Tensor = torch.zeros(1, 1).expand(40_000, 32)
    assert refused(saved({"ema": {**state, "fc.weight": wide}})).key == "errors.checkpoint_too_large"


def test_a_network_under_two_names_is_read(state: State) -> None:
    """Lightning stores a module that two attributes hold twice by name and once by bytes."""
    content = saved({**under("model.", state), **under("backbone.", state)})
    assert len(content) < 2 * sum(value.numel() * value.element_size() for value in state.values())
    network = loading.load_checkpoint(NAME, content, FILE)
    assert torch.equal(network.module.state_dict()["fc.weight"], state["fc.weight"])


def test_the_network_of_a_file_without_a_head_is_found(state: State) -> None:
    backbone = saved({f"backbone.{name}": value for name, value in state.items() if not name.startswith("fc.")})
    assert loading.find_network(backbone, FILE) == NAME
    assert refused(backbone).key == "errors.checkpoint_no_head"


def test_numbers_of_a_network_in_a_sequence_in_a_sequence(resnet: State) -> None:
    """As fastai stores it: 0.4.0.conv1.weight, with the head beside."""
    places = {"conv1": 0, "bn1": 1, "layer1": 4, "layer2": 5, "layer3": 6, "layer4": 7}
    body = {name.partition("."): value for name, value in resnet.items() if not name.startswith("fc.")}
    content = {f"0.{places[first]}.{rest}": value for (first, _, rest), value in body.items()}
    content |= {"1.weight": resnet["fc.weight"], "1.bias": resnet["fc.bias"]}
    assert loading.find_network(saved({"model": content}), FILE) == "resnet18"
