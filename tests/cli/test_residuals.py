"""`python -m explorer residuals`, and networks of any library in the other commands."""

import importlib.util
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image

from explorer.cli.main import main
from explorer.core import local_networks
from explorer.core.errors import WeightsError
from explorer.models import registry

with_timm = pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="timm is not installed")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "{}")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def line_of(function: Any, text: str) -> int:
    """The number of the first line of `function`'s source that contains `text`."""
    lines, first = inspect.getsourcelines(function)
    return first + next(k for k, line in enumerate(lines) if text in line)


def test_of_resnet18(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "residuals")
    line = line_of(torchvision.models.resnet.BasicBlock.forward, "out += identity")
    assert (found["network"], found["others"]) == ("resnet18", [])
    assert [row["path"] for row in found["residuals"]] == [f"layer{k}.{n}" for k in (1, 2, 3, 4) for n in (0, 1)]
    assert {(row["file"], row["line"]) for row in found["residuals"]} == {("torchvision/models/resnet.py", line)}
    assert [row["kind"] for row in found["residuals"]] == ["identity"] * 2 + ["projection", "identity"] * 3
    assert found["residuals"][2] == {
        "path": "layer2.0", "file": "torchvision/models/resnet.py", "line": line, "shortcut": "layer2.0.downsample.1",
        "kind": "projection", "scaled": [], "shape": [1, 128, 28, 28],
    }  # fmt: skip


def test_two_lines_of_a_transformers_block(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "residuals", "--network", "vit_b_32")["residuals"]
    forward = torchvision.models.vision_transformer.EncoderBlock.forward
    lines = [line_of(forward, "x = x + input"), line_of(forward, "return x + y")]
    assert [row["line"] for row in found] == lines * 12
    assert {tuple(row["shape"]) for row in found} == {(1, 50, 768)}


@with_timm
def test_what_scales_the_branch(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "residuals", "--network", "timm:convnext_atto")["residuals"]
    assert [row["scaled"] for row in found[:2]] == [["stages.0.blocks.0.gamma"], ["stages.0.blocks.1.gamma"]]
    assert found[0]["file"] == "timm/models/convnext.py"


def test_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "residuals", "--network", "mobilenet_v2")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "mobilenet_v2: 10 residual connections, 0 other additions"
    assert lines[1].split()[0] == "features.3"
    assert lines[1].split()[2:] == ["identity", "24×56×56"]
    assert run(capsys, "residuals", "--network", "vgg11")[1] == "vgg11: 0 residual connections, 0 other additions\n"


def test_other_additions(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "residuals", "--network", "timm:repvgg_a0") if importlib.util.find_spec("timm") else None
    if found is not None:
        assert {row["kind"] for row in found["others"]} == {"parallel"}
        assert {row["file"] for row in found["others"]} == {"timm/models/byobnet.py"}


def test_predict_and_trace_of_other_networks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    Image.effect_noise((60, 50), 80).convert("RGB").save(photo)
    options = ["--network", "regnet_y_400mf", "--weights", "random", "--seed", "3"]
    (entry,) = as_json(capsys, "predict", str(photo), *options)
    torch.manual_seed(3)
    module = torchvision.models.regnet_y_400mf().eval()
    transforms = torchvision.models.RegNet_Y_400MF_Weights.IMAGENET1K_V1.transforms()
    with torch.no_grad():
        expected = module(transforms(Image.open(photo))[None])[0].softmax(0).max()
    assert entry["top"][0]["probability"] == pytest.approx(float(expected), rel=1e-4)
    code, _, err = run(capsys, "predict", str(photo), "--network", "vit_b_32", "--weights", "random",
                       "--image-size", "100")  # fmt: skip
    assert (code, err) == (2, "python -m explorer: vit_b_32 does not accept images of 100 px.\n")


# Folders of transformers


def test_a_folder_is_opened_by_the_command_line_only(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, "residuals", "--network", f"hf:{tmp_path}")
    assert code == 2
    assert "needs config.json and model.safetensors" in err
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert not registry.is_known(f"hf:{tmp_path}")
    name = local_networks.offer(f"hf:{tmp_path}")
    assert str(tmp_path) not in name
    assert registry.is_known(name)
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    assert not registry.is_known(name)
    with pytest.raises(WeightsError, match="public server"):
        local_networks.offer(f"hf:{tmp_path}")


def test_a_folder_that_transformers_cannot_open(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "nothing"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"")
    code, _, err = run(capsys, "residuals", "--network", f"hf:{tmp_path}")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert ("install transformers" in err) or ("transformers cannot open" in err)


def test_a_vit_of_transformers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    names = {0: "ant", 1: "bee", 2: "cow"}
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8,
        id2label=names, label2id={name: k for k, name in names.items()},
    )  # fmt: skip
    torch.manual_seed(0)
    module = transformers.AutoModelForImageClassification.from_config(config, attn_implementation="eager").eval()
    module.save_pretrained(tmp_path)
    processor = transformers.ViTImageProcessor(size={"height": 32, "width": 32})
    processor.save_pretrained(tmp_path)
    capsys.readouterr()
    found = as_json(capsys, "residuals", "--network", f"hf:{tmp_path}")["residuals"]
    assert [(row["file"], row["shape"]) for row in found] == [
        ("transformers/models/vit/modeling_vit.py", [1, 17, 16])
    ] * 4
    photo = tmp_path / "photo.png"
    Image.effect_noise((32, 32), 80).convert("RGB").save(photo)
    (entry,) = as_json(capsys, "predict", str(photo), "--network", f"hf:{tmp_path}")
    with torch.no_grad():
        logits = module(**processor(Image.open(photo), return_tensors="pt")).logits[0]
    best = logits.softmax(0).topk(3)
    assert [guess["label"] for guess in entry["top"]] == [names[k] for k in best.indices.tolist()]
    assert [guess["probability"] for guess in entry["top"]] == pytest.approx(best.values.tolist(), rel=1e-4)
