"""A network in the user's own file: what its tape replays is what its own code computes, or the error says the line."""

import copy
import importlib.util
import os
import pickle
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from explorer.core import local_networks
from explorer.core.errors import WeightsError
from explorer.models import own_file, own_file_child, own_wire, replayed
from explorer.models.recorder import Tape

STUDENTS = Path(__file__).parent / "students"
WRONG = STUDENTS / "wrong"


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """User code is imported in this process here: its modules, paths and settings are removed afterwards."""
    path, argv, modules, state = list(sys.path), list(sys.argv), set(sys.modules), torch.get_rng_state()
    torch.backends.mha.set_fastpath_enabled(False)
    yield
    torch.backends.mha.set_fastpath_enabled(True)
    sys.path[:], sys.argv[:] = path, argv
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if "students" in file or "网络" in file or name == "_own_folder":
            del sys.modules[name]
    torch.set_rng_state(state)


class Recorded:
    """Tapes of a network in this process, sent as bytes as those of another process are."""

    def __init__(self, opened: own_file_child.Opened) -> None:
        self.opened, self.changed = opened, set(opened.changed)

    def __deepcopy__(self, memo: object) -> "Recorded":
        return self

    def tape(self, x: Tensor) -> Tape:
        tape: Tape = own_wire.loads(own_wire.dumps(self.opened.record(x, tuple(x.shape))))
        return tape


def opened(file: Path, wanted: str = "", weights: str = "") -> tuple[dict[str, Any], replayed.Replayed]:
    """The description of the file's network, and what stands in for it."""
    found = own_file_child.Opened(str(file), wanted, weights)
    told = own_wire.loads(own_wire.dumps(found.description()))
    return told, replayed.rebuilt(told["nodes"], Recorded(found))


def own(file: Path, expression: str) -> nn.Module:
    """The module by Python itself, with the seeds of `own_file_child`."""
    sys.argv = [str(file)]
    spec = importlib.util.spec_from_file_location(f"students.{file.stem}", file, submodule_search_locations=[])
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    module.__path__ = [str(file.parent)]
    module.__dict__["get_ipython"] = lambda: type("", (), {"__getattr__": lambda self, name: lambda *given: None})()
    torch.manual_seed(0)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    made: nn.Module = eval(expression, vars(module))
    return made.eval() if file.stem == "lazy" else made.eval().requires_grad_(False)


def logits(out: Any) -> Tensor:
    if isinstance(out, dict):
        out = out.get("logits", out.get("out"))
    return out[0] if isinstance(out, tuple) else out


GOOD = {  # file -> (the network as Python builds it, input shape, whether that was guessed, classes)
    "modified_basicblock": ("Net()", (3, 32, 32), True, 10),
    "residual_wrapper": ("net", (3, 32, 32), True, 10),
    "control_flow": ("EarlyExit()", (3, 32, 32), True, 10),
    "preact_dict": ("PreNet()", (3, 32, 32), True, 10),
    "transformer": ("TinyViT()", (3, 24, 40), False, 7),
    "encoder_layers": ("model", (3, 224, 224), True, 5),
    "mnist": ("Net()", (1, 28, 28), True, 10),
    "unet_dense": ("UNet()", (3, 30, 50), False, 6),
    "shared_and_normed": ("net", (3, 32, 32), True, 12),
    "numpy_between": ("Masked()", (3, 32, 32), True, 4),
    "many": ("ResNet(BasicBlock, [1, 2], num_classes=7)", (3, 32, 32), True, 7),
    "notebook": ("net", (3, 32, 32), True, 3),
    "mlp": ("make_mlp()", (1, 28, 28), True, 10),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_replayed_tape_is_the_network_bit_for_bit(name: str) -> None:
    expression, shape, guessed, classes = GOOD[name]
    told, module = opened(STUDENTS / f"{name}.py", expression if "[" in expression else "")
    assert (told["shape"], told["guessed"], told["classes"], told["random"]) == (shape, guessed, classes, "")
    other = own(STUDENTS / f"{name}.py", expression)
    other = other.module if isinstance(other, nn.DataParallel) else other
    for x in (torch.randn(2, *shape), torch.randn(1, *shape)):
        own_code = copy.deepcopy(other)  # one network counts its calls
        with torch.no_grad():
            assert torch.equal(module(x), logits(own_code(x.clone())))
            assert torch.equal(copy.deepcopy(module)(x), module(x))
    if name not in ("shared_and_normed",):  # torch's dynamic classes of parametrised layers
        assert [path for path, _ in module.named_modules()] == [path for path, _ in other.named_modules()]
    state, expected = module.state_dict(), other.state_dict()
    assert list(state) == list(expected)
    assert all(torch.equal(state[key], expected[key]) for key in state)
    assert str(STUDENTS / f"{name}.py") in told["sources"]


def test_torch_s_modules_are_real_and_the_user_s_are_outlines() -> None:
    told, module = opened(STUDENTS / "modified_basicblock.py")
    block = module.get_submodule("blocks.1")
    assert isinstance(block, replayed.Outline)
    assert (module.kind, block.kind, block._get_name()) == ("Net", "MyBlock", "MyBlock")
    conv = block.get_submodule("conv1")
    assert isinstance(conv, nn.Conv2d)
    assert repr(conv) == repr(nn.Conv2d(16, 32, 3, 2, 1, bias=False))
    x = torch.randn(1, 16, 8, 8)
    assert torch.equal(conv(x), nn.functional.conv2d(x, conv.weight, stride=2, padding=1))
    layers = [path for path, each in module.named_modules() if type(each).__module__.startswith("torch.")]
    assert len(layers) == 1 + 1 + 3 * (4 + 1 + 5 + 1) + 2 * 2 + 1  # stem, blocks, linear; two shortcuts have layers
    frames = {frame.file for call in told["tape"].calls for frame in call.frames}
    assert frames == {str(STUDENTS / "modified_basicblock.py")}


def test_an_object_shared_in_the_network_is_shared_in_what_stands_in() -> None:
    _, module = opened(STUDENTS / "shared_and_normed.py")
    assert module.get_submodule("again") is module.get_submodule("block")
    assert module.get_parameter("out.weight") is module.get_parameter("fc.weight")
    before = {name: weight.clone() for name, weight in module.state_dict().items()}
    x = torch.randn(1, 3, 32, 32)
    copy_of_x = x.clone()
    module(x)
    assert torch.equal(x, copy_of_x)
    assert all(torch.equal(weight, before[name]) for name, weight in module.state_dict().items())


def test_gradients_reach_the_input_through_the_tape() -> None:
    _, module = opened(STUDENTS / "transformer.py")
    x, other = torch.randn(1, 3, 24, 40), own(STUDENTS / "transformer.py", "TinyViT()")
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    module(ours)[0, 3].backward()
    other(theirs)[0, 3].backward()
    assert ours.grad is not None
    assert theirs.grad is not None
    assert torch.equal(ours.grad, theirs.grad)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_random_numbers_and_lazy_layers() -> None:
    told, module = opened(STUDENTS / "lazy.py")
    assert (told["random"], told["shape"]) == ("lazy.py:22", (3, 32, 32))
    assert module.get_parameter("net.0.weight").shape == (6, 3, 5, 5)
    other, x = own(STUDENTS / "lazy.py", "LeNet()"), torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        torch.manual_seed(0)
        other(torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)))
        torch.manual_seed(1)
        expected = other(x)
        tape = module.tapes.tape(x)  # here, in this process, with a seed of its own
        torch.manual_seed(1)
        assert torch.equal(replayed.replay(tape, x, module.state_dict()), expected)


REFUSED = {  # file, or file:network -> the error's key without "own_", its line, and words in its sentence
    "wrong/no_super.py": ("no_super", 4, "Block.__init__ has to call super().__init__()"),
    "wrong/syntax.py": ("syntax", 4, "is not Python: expected ':'"),
    "wrong/name_error.py": ("forward", 12, "name 'F' is not defined"),
    "wrong/shapes.py": (
        "forward_size",
        12,
        "(1x3600 and 777x10). If it needs another size, say so in the file: SIZE =",
    ),
    "wrong/in_init.py": ("build", 7, "when Net is built: IndexError: list index out of range"),
    "wrong/trains_at_import.py": ("exits", 7, 'if __name__ == "__main__":'),
    "wrong/needs_arguments.py": ("needs", 4, "(width, depth). Say them: needs_arguments.py:Net(width=…, depth=…)"),
    "wrong/needs_arguments.py:Net(4)": ("build", 4, "TypeError"),
    "wrong/two.py": ("which", None, "two.py has several networks: first, second."),
    "wrong/two.py:scores": ("not_module", None, "scores is or returns a list"),
    "wrong/two.py:third": ("no_name", None, "two.py has no third. Its networks: first, second"),
    "wrong/two.py:first + second": ("arguments", None, "first + second is not understood"),
    "wrong/two.py:first(": ("arguments", None, "first( is not understood"),
    "wrong/two.py:nn.Linear(2, nn)": ("build", 1, "TypeError"),
    "wrong/segments.py": ("output", None, "the network returns Tensor (1, 5, 32, 32)"),
    "wrong/leaves_torch.py": ("not_torch", None, "numpy or .item() in between"),
    "wrong/no_package.py": ("no_package", 2, "imports a_package_that_nobody_has, which is not installed"),
    "wrong/nothing.py": ("none", None, "nothing.py has no network"),
    "many.py": ("which", None, "several networks: ResNet8, ResNet14. Say which one: many.py:ResNet14"),
}


@pytest.mark.parametrize("spec", REFUSED)
def test_an_error_names_file_and_line(spec: str, tmp_path: Path) -> None:
    key, line, words = REFUSED[spec]
    file, _, wanted = spec.partition(":")
    path = STUDENTS / file
    if not path.exists():  # linters would stumble over a file that is not Python
        (tmp_path / path.name).write_text(path.with_suffix(".txt").read_text(encoding="utf-8"), encoding="utf-8")
        path = tmp_path / path.name
    with pytest.raises(WeightsError, match=re.escape(words)) as raised:
        opened(path, wanted)
    assert (raised.value.key, raised.value.values.get("line")) == (f"errors.own_{key}", line)
    assert raised.value.values["file"] == Path(file).name


@pytest.mark.parametrize(
    ("spec", "kind", "shape"),
    [
        ("many.py:ResNet8", "ResNet", (3, 32, 32)),
        ("many.py:ResNet(block=BasicBlock, num_blocks=(1,), num_classes=-1 and 3)", "", ()),
        ("wrong/needs_arguments.py:Net(8, depth=2)", "Net", (3, 32, 32)),
        ("wrong/two.py:first", "Sequential", (3, 32, 32)),
        ("wrong/two.py:nn.Sequential(nn.Flatten(), nn.Linear(784, 2))", "Sequential", (1, 28, 28)),
        ("mlp.py:make_mlp(width=8)", "Sequential", (1, 28, 28)),
    ],
)
def test_a_name_and_arguments(spec: str, kind: str, shape: tuple[int, ...]) -> None:
    file, _, wanted = spec.partition(":")
    if not kind:  # an expression that is neither a literal nor a name
        with pytest.raises(WeightsError, match="is not understood"):
            opened(STUDENTS / file, wanted)
        return
    told, _ = opened(STUDENTS / file, wanted)
    assert (told["name"], told["kind"], told["shape"]) == (wanted, kind, shape)


def test_only_data_and_functions_of_torch_pass() -> None:
    class Mine(nn.Module):
        pass

    for content in (Mine(), nn.Linear(2, 2), lambda x: x, print, torch.load, os.system, Mine):
        with pytest.raises(own_wire.NotDataError):
            own_wire.dumps(content)
    for content in (print, torch.load, os.system, nn.Linear, Path("x"), copy.deepcopy):
        with pytest.raises(own_wire.NotDataError):
            own_wire.loads(pickle.dumps(content))
    forged = own_wire.dumps(torch.nn.functional.relu)
    for owner, name in (("torch", "os.system"), ("torch", "load"), ("os", "system"), ("torch.hub", "load")):
        changed = forged.replace(b"\x8c\x13torch.nn.functional", bytes([0x8C, len(owner)]) + owner.encode())
        changed = changed.replace(b"\x8c\x04relu", bytes([0x8C, len(name)]) + name.encode())
        changed = changed[:2] + b"" + changed[11:]  # without the frame, whose length differs now
        with pytest.raises((own_wire.NotDataError, AttributeError)):
            own_wire.loads(changed)


def test_tensors_keep_bits_strides_and_shared_memory() -> None:
    base = torch.randn(4, 6)
    tensors = [base, base[1:, ::2], base.T, torch.tensor(True), torch.tensor([]), torch.ones(2, dtype=torch.bfloat16)]
    back = own_wire.loads(own_wire.dumps(tensors))
    assert all(
        torch.equal(one, other) and one.stride() == other.stride() for one, other in zip(tensors, back, strict=True)
    )
    back[0].zero_()
    assert not back[1].any()
    assert base.all()


# In a process of its own


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A network and a file that it imports, in a folder with a Chinese name."""
    folder = tmp_path / "网络 nets"
    folder.mkdir()
    (folder / "my_layers.py").write_text((STUDENTS / "many_layers.py").read_text(encoding="utf-8"), encoding="utf-8")
    lines = [
        "from my_layers import *",
        "class Flat(nn.Module):",
        "    def forward(self, x):",
        "        return x.view(len(x), -1)",
        "net = nn.Sequential(BasicBlock(3, 4), Flat(), nn.LazyLinear(5))",
    ]
    (folder / "my_net.py").write_text("\n".join(lines), encoding="utf-8")
    return folder / "my_net.py"


def test_a_file_in_its_own_process(file: Path) -> None:
    found = own_file.open_file(str(file))
    assert re.fullmatch(r"own:[0-9a-f]{8}", found.name)
    assert (found.title, found.input_shape, found.guessed, found.classes) == ("my_net.py: net", (3, 32, 32), True, 5)
    assert list(found.sources) == [str(file), str(file.parent / "my_layers.py")]
    assert own_file.open_file(str(file)) is found
    assert "my_layers" not in sys.modules

    x = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        out = found.module(x)
        w = found.module.state_dict()
        y = nn.functional.conv2d(x, w["0.conv1.weight"], padding=1)
        y = nn.functional.batch_norm(
            y, w["0.bn1.running_mean"], w["0.bn1.running_var"], w["0.bn1.weight"], w["0.bn1.bias"]
        )
        y = nn.functional.conv2d(y.relu(), w["0.conv2.weight"], padding=1)
        y = nn.functional.batch_norm(
            y, w["0.bn2.running_mean"], w["0.bn2.running_var"], w["0.bn2.weight"], w["0.bn2.bias"]
        )
        short = nn.functional.conv2d(x, w["0.shortcut.0.weight"])
        names = ("running_mean", "running_var", "weight", "bias")
        y = (y + nn.functional.batch_norm(short, *(w[f"0.shortcut.1.{name}"] for name in names))).relu()
        assert torch.equal(out, nn.functional.linear(y.flatten(1), w["2.weight"], w["2.bias"]))

    # the process ended, for example by a crash: it starts again at a request for a new shape
    child = found._host._child
    assert child
    psutil.Process(child.process.pid).kill()
    child.process.wait()
    assert found.module(x[:2]).shape == (2, 5)
    again = found._host._child
    assert again
    assert again is not child

    # a file that it imports is saved again
    layers = file.parent / "my_layers.py"
    layers.write_text(layers.read_text(encoding="utf-8").replace("+= self.shortcut(x)", "*= self.shortcut(x)"), "utf-8")
    assert found.is_stale()
    new = own_file.open_file(str(file))
    assert new is not found
    assert new.name == found.name
    assert not torch.equal(new.module(x), out)
    assert again.process.poll() is not None
    with pytest.raises(WeightsError, match=r"my_net.py was saved again"):
        found.module(torch.randn(4, 3, 32, 32))
    assert new._host._child
    assert new._host._child.process.poll() is None
    new.close()
    assert not new._host._child
    assert [child.process.poll() for child in own_file._SPARE] == [None]  # the file is being edited

    # a mistake, mended: the spare process is used
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\nnet.undefined_name\n", encoding="utf-8")
    with pytest.raises(WeightsError, match=r"my_net\.py, line 6, when the file is imported: AttributeError"):
        own_file.open_file(str(file))
    with pytest.raises(WeightsError, match="line 6"):
        own_file.open_file(str(file))
    file.write_text(text, encoding="utf-8")
    mended = own_file.open_file(str(file))
    assert torch.equal(mended.module(x), new.module(x))
    mended.close()


def test_weights_by_the_network_s_own_names(file: Path, tmp_path: Path) -> None:
    _, module = opened(file)
    state, weights = module.state_dict(), tmp_path / "weights.safetensors"
    changed = {name: value + 1 if name.endswith("bias") else value for name, value in state.items()}
    for prefix in ("", "module."):  # DataParallel's
        save_file({prefix + name: value for name, value in changed.items()}, weights)
        _, other = opened(file, "", str(weights))
        assert all(torch.equal(value, changed[name]) for name, value in other.state_dict().items())
    for wrong, words in (
        ({**state, "2.bias": torch.zeros(6)}, "2.bias is 6 in the file and 5 in the network"),
        ({name: value for name, value in state.items() if name != "2.bias"}, "2.bias is missing"),
        ({**state, "3.bias": torch.zeros(6)}, "Sequential has no 3.bias"),
    ):
        save_file(wrong, weights)
        with pytest.raises(WeightsError, match=re.escape(words)):
            opened(file, "", str(weights))
    with pytest.raises(WeightsError, match="cannot be read"):
        opened(file, "", str(tmp_path / "none.pt"))


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.is_running()}


def _without_process(spec: str) -> tuple[WeightsError, float]:
    begun, before = time.monotonic(), _children()
    with pytest.raises(WeightsError) as raised:
        own_file.open_file(spec)
    assert _children() <= before
    return raised.value, time.monotonic() - begun


def test_an_endless_loop_costs_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_OWN_SECONDS", "1")
    for arguments, line in (("", 10), ("(stuck=False)", 14)):
        error, _ = _without_process(f"{WRONG / 'endless.py'}:Net{arguments}")
        assert error.key == "errors.own_time"
        assert abs(int(str(error.values["line"])) - line) < 2
        assert "endless.py, line" in str(error)
        assert _without_process(f"{WRONG / 'endless.py'}:Net{arguments}")[1] < 1  # it is known: no process starts


def test_a_crash_and_an_allocation_cost_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_OWN_MEMORY_MB", "1200")
    error, _ = _without_process(str(WRONG / "allocates.py"))
    assert error.key in ("errors.own_memory", "errors.own_memory_line")
    assert error.values["line"] in (8, "8", "?")
    if sys.platform != "win32":
        error, _ = _without_process(str(WRONG / "crashes.py"))
        assert (error.key, error.values["line"], error.values["code"]) == ("errors.own_crash", "13", -11)


def test_a_public_server_opens_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = str(STUDENTS / "mlp.py")
    own_file.allowed(spec)
    with pytest.raises(WeightsError, match=r"There is no Python file nothing.py"):
        own_file.allowed("nothing.py:Net")
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    for attempt in (own_file.allowed, own_file.open_file):
        with pytest.raises(WeightsError, match="not on a public server"):
            attempt(spec)


def test_what_names_a_python_file() -> None:
    specs = ("my_net.py", "my_net.py:Net", r"C:\nets\my_net.py:Net(depth=3)", "/x.py/y.py")
    assert all(map(local_networks.is_file, specs))
    assert not any(map(local_networks.is_file, ("resnet18", "timm:resnet18", "net.pyc", "")))
