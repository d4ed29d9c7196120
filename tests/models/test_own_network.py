"""A file of the user's own as a Network: logits, labels, preprocessing, live edits and sources."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from explorer.analysis.trace import scale, trace
from explorer.core import local_networks
from explorer.core.errors import WeightsError
from explorer.models import loading, own_file, own_network
from explorer.models.network import Network
from explorer.models.residual_table import residuals

STUDENTS = Path(__file__).parent / "students"


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "")
    yield
    for found in own_file._OPENED.values():
        if isinstance(found, own_file.OwnFile):
            found.close()


def offered(file: Path, wanted: str = "") -> str:
    return local_networks.offer(f"{file}:{wanted}" if wanted else str(file))


def test_a_rectangle_its_labels_and_its_two_blocks_a_layer() -> None:
    name = offered(STUDENTS / "transformer.py")
    network = loading.load(name)
    assert (network.weights, network.origin) == ("code", "network.origin_code")
    assert network.labels == tuple(f"class {k}" for k in range(7))
    assert network.preprocess.shape == (1, 3, 24, 40)
    assert (network.facts["size"], network.facts["guessed"], network.facts["random"]) == ("3×24×40", False, "")
    assert list(network.graph.blocks) == ["blocks.0.add", "blocks.0.add_1", "blocks.1.add", "blocks.1.add_1"]
    assert list(network.sources) == [str(STUDENTS / "transformer.py")]
    lines = network.sources[str(STUDENTS / "transformer.py")].splitlines()
    rows = residuals(network.graph)
    assert [lines[row["line"] - 1].strip() for row in rows] == [  # type: ignore[operator]
        "x = x + self.attention(self.norm1(x))", "return x + self.mlp(self.norm2(x))",
    ] * 2  # fmt: skip

    # the middle of a picture that is too wide, with CIFAR-10's mean and std
    pixels = np.random.default_rng(0).integers(0, 255, (24, 60, 3), np.uint8)
    x = network.preprocess(Image.fromarray(pixels))
    wanted = (pixels[:, 10:50] / 255 - (0.4914, 0.4822, 0.4465)) / (0.2023, 0.1994, 0.2010)
    torch.testing.assert_close(x[0].permute(1, 2, 0), torch.tensor(wanted, dtype=torch.float32))
    with torch.no_grad():
        assert torch.equal(trace(network, x).logits, network.module(x))


def test_a_grey_input() -> None:
    network = loading.load(offered(STUDENTS / "mnist.py"))
    assert network.preprocess.shape == (1, 1, 28, 28)
    assert network.labels[0] == "airplane"  # ten classes are taken for CIFAR-10's
    picture = Image.new("RGB", (28, 28), (255, 0, 0))
    x = network.preprocess(picture)
    grey = (0.299 - (0.4914 + 0.4822 + 0.4465) / 3) / ((0.2023 + 0.1994 + 0.2010) / 3)  # ITU-R 601
    assert x.shape == (1, 1, 28, 28)
    torch.testing.assert_close(x, torch.full_like(x, grey), atol=0.01, rtol=0)
    w = network.tensors
    with torch.no_grad():
        y = F.max_pool2d(F.conv2d(x, w["conv1.weight"], w["conv1.bias"]).relu(), 2)
        y = F.conv2d(y, w["conv2.weight"], w["conv2.bias"], padding=1).relu() + y
        y = F.linear(y.flatten(1), w["fc1.weight"], w["fc1.bias"]).relu()
        y = F.linear(y, w["fc2.weight"], w["fc2.bias"]).log_softmax(1)
        torch.testing.assert_close(trace(network, x).logits, y)


def early_exit(
    network: Network, x: torch.Tensor, factors: Mapping[int, float], threshold: float
) -> tuple[torch.Tensor, int]:
    """Oracle: students/control_flow.py by hand, with each stage's branch times its factor; also how many stages ran."""
    w = network.tensors
    x = F.conv2d(x, w["first.weight"], w["first.bias"], padding=1)
    for k in range(5):
        h = F.conv2d(x, w[f"stages.{k}.body.0.weight"], w[f"stages.{k}.body.0.bias"], padding=1).relu()
        h = F.conv2d(h, w[f"stages.{k}.body.1.weight"], w[f"stages.{k}.body.1.bias"], padding=1)
        x = x + w[f"stages.{k}.gain"] * h * factors.get(k, 1.0)
        if F.linear(x.mean((2, 3)), w["head.weight"], w["head.bias"]).softmax(-1).max() > threshold:
            break
    while x.norm() > 1000:
        x = x / 2
    return F.linear(x.mean((2, 3)), w["head.weight"], w["head.bias"]), k + 1


def test_an_edit_runs_the_code_anew_and_may_change_its_way(tmp_path: Path) -> None:
    source = (STUDENTS / "control_flow.py").read_text(encoding="utf-8")
    mine = tmp_path / "control_flow.py"
    mine.write_text(source.replace("torch.zeros(1))", "torch.ones(1))").replace("> 0.99", "> 0.27"), encoding="utf-8")
    network = loading.load(offered(mine))
    reads = {read.frame.line for read in network.graph.tape.reads if read.frame}
    lines = source.splitlines()
    assert {lines[line - 1].strip().partition("  ")[0] for line in reads} == {
        "if p.max() > 0.99:", "while x.norm() > 1000:",
    }  # fmt: skip
    ways = set()
    for seed in range(3):
        x = torch.randn(network.preprocess.shape, generator=torch.Generator().manual_seed(seed)) * (1 + 3 * seed)
        for factor in (1.0, 0.0, 30.0):
            edits = {} if factor == 1 else {"stages.0.branch": scale(factor)}
            with torch.no_grad():
                expected, ran = early_exit(network, x, {0: factor}, 0.27)
            found = trace(network, x, keep=["stages.0.add"], edits=edits)
            torch.testing.assert_close(found.logits, expected, atol=1e-4, rtol=1e-4)
            ways.add(ran)
    assert len(ways) > 1, "the oracle took the same way each time: the test shows nothing"


def test_saved_again_it_is_another_version_of_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "my_net.py"
    shutil.copy(STUDENTS / "modified_basicblock.py", file)
    name = offered(file, "Net(num_classes=3)")
    assert not own_network.is_stale(name)  # nothing is open yet
    first, before = loading.load(name), own_network.version(name)
    x = torch.randn(first.preprocess.shape)
    ours = trace(first, x, keep=["blocks.0.branch", "blocks.0.shortcut", "blocks.0.add"])
    assert first.labels == ("class 0", "class 1", "class 2")

    source = file.read_text(encoding="utf-8")
    line = "        out += self.shortcut(x)"
    file.write_text(source.replace(line, f"        out = out * 3\n{line}"), encoding="utf-8")
    assert own_network.is_stale(name)
    second = loading.load(name)
    assert own_network.version(name) != before
    assert second.name == first.name
    changed = trace(second, x, keep=["blocks.0.branch", "blocks.0.shortcut", "blocks.0.add"]).tensors
    torch.testing.assert_close(changed["blocks.0.branch"], 3 * ours.tensors["blocks.0.branch"])
    assert torch.equal(changed["blocks.0.shortcut"], ours.tensors["blocks.0.shortcut"])
    assert first.sources[str(file)] == source  # the page of the old state keeps its text
    assert "out * 3" in second.sources[str(file)]

    file.write_text(source.replace(line, f"    {line}"), encoding="utf-8")
    with pytest.raises(WeightsError, match=r"my_net\.py, line 22") as raised:
        loading.load(name)
    assert str(tmp_path) not in str(raised.value)
    assert not own_network.is_stale(name)  # its error is known: it waits for the next save
    file.write_text(source, encoding="utf-8")
    assert own_network.is_stale(name)
    assert torch.equal(trace(loading.load(name), x).logits, ours.logits)
