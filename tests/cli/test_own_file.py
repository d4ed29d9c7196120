"""A Python file of one's own on the command line: four commands, training, errors as a sentence with file and line."""

import base64
import importlib.util
import json
import re
import shutil
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from explorer.cli import app
from explorer.cli.main import main
from explorer.core import local_networks
from explorer.models import own_file
from tests.models.test_own_file import STUDENTS, _put_back

put_back = _put_back
MEAN, STD = (torch.tensor(each)[:, None, None] for each in ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's folder, where the commands run."""
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "")
    monkeypatch.delenv("EXPLORER_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copy(STUDENTS / "modified_basicblock.py", "my_net.py")
    pixels = np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save("photo.png")
    yield tmp_path
    for found in own_file._OPENED.values():
        if isinstance(found, own_file.OwnFile):
            found.close()


def theirs(seed: int = 0) -> nn.Module:
    """The network as Python itself makes it."""
    spec = importlib.util.spec_from_file_location("students_my_net", "my_net.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(seed)
    network: nn.Module = module.Net().eval()
    return network


def photo() -> torch.Tensor:
    pixels = torch.from_numpy(np.array(Image.open("photo.png"))).permute(2, 0, 1) / 255
    return ((pixels - MEAN) / STD)[None]


def test_the_four_commands_that_look(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["residuals", "--network", "my_net.py:Net", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = [(row["path"], row["line"], Path(row["file"]).name, row["kind"]) for row in told["residuals"]]
    projection = "projection"
    assert rows == [
        ("blocks.0", 22, "my_net.py", "identity"),
        ("blocks.1", 22, "my_net.py", projection),
        ("blocks.2", 22, "my_net.py", projection),
    ]
    assert told["others"] == []

    network = theirs(seed=7)
    save_file(network.state_dict(), "weights.safetensors")
    given = ["--network", "my_net.py:Net", "--weights", "weights.safetensors"]
    assert main(["predict", "photo.png", *given, "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    with torch.no_grad():
        logits = network(photo())
    wanted = logits[0].softmax(0).topk(5).values
    torch.testing.assert_close(torch.tensor([guess["probability"] for guess in entry["top"]]), wanted)

    assert main(["trace", "photo.png", *given, "--out", "out.safetensors"]) == 0
    tensors = load_file("out.safetensors")
    torch.testing.assert_close(tensors["logits"], logits)
    total = tensors["blocks.1.shortcut"] + tensors["blocks.1.branch"]
    torch.testing.assert_close(tensors["blocks.1.add"], total)

    assert main(["walk", "photo.png", *given, "--block", "blocks.1", "--out", "walk.html"]) == 0
    page = (folder / "walk.html").read_text(encoding="utf-8")
    packed = re.findall(r"[A-Za-z0-9+/=]{1000,}", page)
    content = b"".join(zlib.decompress(base64.b64decode(each), wbits=-15) for each in packed)
    assert b"out += self.shortcut(x)" in content
    assert "<title>my_net.py: Net · photo.png" in page
    assert folder.name.encode() not in content + page.encode()
    capsys.readouterr()


def test_random_weights_may_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "photo.png", "--network", "my_net.py:Net", "--weights", "random", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    with torch.no_grad():
        wanted = theirs()(photo())[0].softmax(0).amax()
    torch.testing.assert_close(torch.tensor(entry["top"][0]["probability"]), wanted)


@pytest.mark.parametrize("command", ["residuals", "predict", "trace", "walk", "train"])
def test_an_error_is_a_sentence_with_file_and_line(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (folder / "my_net.py").read_text(encoding="utf-8")
    (folder / "my_net.py").write_text(source.replace("self.shortcut(x)", "self.shortcutt(x)"), encoding="utf-8")
    more = {"predict": ["photo.png"], "trace": ["photo.png", "--out", "x.safetensors"], "train": ["--data", "digits"],
            "walk": ["photo.png", "--out", "x.html"], "residuals": []}[command]  # fmt: skip
    assert main([command, *more, "--network", "my_net.py", "--lang", "en"]) == 2
    out, err = capsys.readouterr()
    assert "my_net.py, line 22, in a forward pass of Net on an input of 3 × 32 × 32: AttributeError" in err
    assert "Traceback" not in out + err
    assert not (folder / "runs").exists()


def test_a_public_server_refuses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    for refused in (
        lambda: main(["residuals", "--network", "my_net.py", "--lang", "en"]),
        lambda: main(["train", "--network", "my_net.py", "--lang", "en"]),
        lambda: app.main(["my_net.py"]),
    ):
        assert refused() == 2
        assert "EXPLORER_PUBLIC" in capsys.readouterr().err
    assert local_networks.offered() == ()


def test_the_app_is_started_with_the_file_under_a_name_without_its_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("explorer.cli.app.runpy.run_module", lambda *_, **__: started.append(list(sys.argv)))
    (folder / "weights.safetensors").touch()
    assert (
        app.main(["my_net.py:Net", "--weights", "weights.safetensors", "--port", "8123", "--theme.base", "dark"]) == 0
    )
    (name,) = local_networks.offered()
    given = local_networks.named(name)
    assert (given.path, given.weights) == (str(folder / "my_net.py"), str(folder / "weights.safetensors"))
    assert started[0][3:] == [
        "--server.headless", "false", "--server.port", "8123", "--theme.base", "dark",
    ]  # fmt: skip
    assert app.main(["nothing.py"]) == 2
    assert "nothing.py" in capsys.readouterr().err
    assert len(started) == 1


def test_a_run_of_an_own_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = ["--data", "digits", "--epochs", "1", "--freeze-epochs", "0", "--limit", "60", "--test-limit", "20"]
    recipe += ["--batch-size", "30", "--precision", "float32", "--json", "--lang", "en"]
    print_it = (folder / "my_net.py").read_text(encoding="utf-8").replace("msg = f", "print('shape'); msg = f")
    (folder / "my_net.py").write_text(print_it, encoding="utf-8")
    assert main(["train", "--network", "my_net.py:Net(num_classes=3)", *recipe]) == 0
    told = json.loads(capsys.readouterr().out)  # what the file prints is elsewhere
    run = Path(told["folder"])
    recorded = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
    (name,) = local_networks.offered()
    assert (recorded["network"], recorded["weights"]) == (name, "code")
    assert str(folder) not in (run / "recipe.json").read_text(encoding="utf-8")
    with safe_open(run / "best.safetensors", "pt") as file:
        assert json.loads(file.metadata()["classes"]) == [str(k) for k in range(10)]
        assert file.get_tensor("linear.weight").shape == (10, 64)
    weights = theirs().state_dict()
    trained = load_file(run / "best.safetensors")
    assert trained.keys() == weights.keys()
    first = "stem.weight"
    assert 0 < (trained[first] - weights[first]).norm() < weights[first].norm(), "it began with the file's weights"

    # elsewhere the name means nothing; with the file it goes on
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "")
    assert main(["resume", str(run), "--epochs", "2", "--lang", "en"]) == 2
    assert "residual-explorer my_net.py:Net" in capsys.readouterr().err
    given = ["--network", "my_net.py:Net(num_classes=3)"]
    assert main(["resume", str(run), "--epochs", "2", *given, "--json", "--lang", "en"]) == 0
    assert len(json.loads(capsys.readouterr().out)["epochs"]) == 2
