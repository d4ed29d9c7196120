"""The command line, against torchvision itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from explorer import images
from explorer.__main__ import main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    images.open_sample("china").image.save(path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain_resnet(seed: int, name: str = "resnet18") -> Any:
    torch.manual_seed(seed)
    return torchvision.models.get_model(name).eval()


def test_predict_is_torchvisions_softmax(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = as_json(capsys, "predict", photo, "--weights", "random", "--seed", 4)
    transforms = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.transforms()
    with torch.no_grad():
        shares = plain_resnet(4)(transforms(Image.open(photo))[None])[0].softmax(0)
    categories = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    best = shares.topk(5)
    assert entry["top"] == [
        {"label": categories[i], "probability": pytest.approx(p, rel=1e-6)}
        for p, i in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]
    assert (entry["file"], entry["network"], entry["weights"]) == (str(photo), "resnet18", "random")
    assert 0 < entry["seconds"] < 60


def test_predict_defaults_to_our_cifar10_weights(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = as_json(capsys, "predict", photo)
    assert entry["weights"] == "cifar10"
    assert entry["top"][0]["label"] == "truck"
    assert sum(guess["probability"] for guess in entry["top"]) <= 1


def test_a_bad_picture_does_not_stop_the_others(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.png").write_text("hello")
    code, out, err = run(capsys, "predict", tmp_path / "text.png", photo, tmp_path / "none.png", "--json")
    entries = json.loads(out)
    assert code == 2
    assert [set(entry) for entry in entries] == [
        {"file", "error"}, {"file", "network", "weights", "seconds", "top"}, {"file", "error"},
    ]  # fmt: skip
    assert "text.png is not a picture" in entries[0]["error"]
    assert len(err.splitlines()) == 2


def test_a_table_for_people(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "predict", photo)
    lines = out.splitlines()
    assert code == 0
    assert len(lines) == 6
    assert lines[1].endswith("%  truck")


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_a_trace_is_torchvisions_run(
    name: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "t.safetensors"
    arguments = [
        "trace",
        photo,
        "--network",
        name,
        "--weights",
        "random",
        "--seed",
        3,
        "--image-size",
        64,
        "--out",
        out,
    ]
    told = as_json(capsys, *arguments)
    tensors = load_file(out)
    assert tensors["input"].shape == (1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(plain_resnet(3, name)(tensors["input"]), tensors["logits"])
    blocks = [key.removesuffix(".shortcut") for key in tensors if key.endswith(".shortcut")]
    assert len(blocks) == (8 if name == "resnet18" else 16)
    for block in blocks:
        assert torch.equal(tensors[f"{block}.shortcut"] + tensors[f"{block}.branch"], tensors[f"{block}.add"])
        assert torch.equal(torch.relu(tensors[f"{block}.add"]), tensors[f"{block}.out"])
    modules = {path for path, module in plain_resnet(3, name).named_modules() if path and not list(module.children())}
    assert modules <= set(tensors)
    assert told["tensors"] == {key: list(tensor.shape) for key, tensor in tensors.items()}
    with safe_open(out, "pt") as file:
        metadata = file.metadata()
    assert metadata["network"] == name
    assert (metadata["weights"], metadata["seed"], metadata["image_size"]) == ("random", "3", "64")
    assert metadata["torch"] == torch.__version__
    assert metadata["torchvision"] == torchvision.__version__


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trace", "PHOTO", "--out", "none/t.safetensors"], "t.safetensors cannot be written to"),
        (["trace", "PHOTO", "--out", "t.safetensors", "--image-size", "0"], "image size 0 is not between 16 and 1024"),
        (["trace", "PHOTO", "--out", "t.safetensors", "--image-size", "5000"], "image size 5000"),
        (["trace", ".", "--out", "t.safetensors"], "cannot be read"),
        (["predict", "PHOTO", "--network", "resnet19"], "no network called “resnet19”"),
        (["predict", "PHOTO", "--network", "resnet50"], "no “cifar10” weights for resnet50"),
        (["predict", "PHOTO", "--weights", "none.pt"], "neither a name of weights nor a file"),
        (["predict", "PHOTO", "--weights", "PHOTO"], "photo.png is not a checkpoint"),
        (["predict", "PHOTO", "--weights", "random", "--seed", "-1"], "seed -1"),
    ],
)
def test_a_users_error_is_one_line_and_exit_2(
    arguments: list[str], words: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.safetensors").write_bytes(b"old")
    code, out, err = run(capsys, *(str(photo) if part == "PHOTO" else part for part in arguments))
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert words in err
    assert (tmp_path / "t.safetensors").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photo.png", "t.safetensors"]


def test_errors_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--lang", "zh", "predict", "none.png", "--network", "resnet19")
    assert code == 2
    assert "没有名为“resnet19”的网络" in err


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "info")
    assert found["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert list(found["networks"]["resnet18"]) == ["cifar10", "upstream", "imagenet", "random"]
    assert found["networks"]["resnet18"]["cifar10"] == "bundled"
    assert found["device"]["kind"] in ("cpu", "cuda", "mps")
    code, out, _ = run(capsys, "info")
    assert code == 0
    assert "resnet18: cifar10 (comes with the app)" in out


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "explorer", *arguments], cwd=ROOT, text=True, capture_output=True, env=environment
    )


@pytest.mark.parametrize("arguments", [["predict"], ["dance"], ["trace", "x.png"], ["predict", "x.png", "--seed", "a"]])
def test_a_wrong_call_is_one_line_and_exit_2(arguments: list[str]) -> None:
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("python -m explorer: ")


def test_help_does_not_wait_for_torch() -> None:
    code = "import sys; from explorer.__main__ import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0
    assert "predict" in done.stdout
    assert "| torch\n" not in done.stderr
