"""A checkpoint of one's own on the command line: the network is found, and what was assumed is said."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.cli.main import main
from tests.models.own_files import NAME, Akamaster, own_state, saved


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EXPLORER_DATA", raising=False)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def theirs(tmp_path: Path) -> Akamaster:
    torch.manual_seed(2)
    network = Akamaster().eval()
    (tmp_path / "theirs.th").write_bytes(
        saved({"state_dict": {f"module.{name}": value for name, value in network.state_dict().items()}})
    )
    return network


def predicted(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code = main(["predict", *map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    (entry,) = json.loads(out)
    found: dict[str, Any] = entry
    return found


def logits_of(network: Akamaster, photo: Path, mean: float, std: float) -> torch.Tensor:
    pixels = torch.from_numpy(np.array(Image.open(photo))).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        return network((pixels - mean) / std)[0]


def test_the_network_is_found_and_the_answer_is_their_own_codes(
    photo: Path, theirs: Akamaster, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--mean", 0.5, 0.5, 0.5, "--std", 0.25, 0.25, 0.25]
    entry = predicted(capsys, photo, "--weights", "theirs.th", *options)
    wanted = logits_of(theirs, photo, 0.5, 0.25).softmax(0).topk(5).values
    assert entry["network"] == NAME
    assert [guess["probability"] for guess in entry["top"]] == pytest.approx(wanted.tolist(), abs=1e-4)
    assert entry["assumed"][0] == f"theirs.th fits {NAME}; this network is used."
    assert any("zero channels on both sides" in sentence for sentence in entry["assumed"])


def test_people_read_what_was_assumed_on_stderr(
    photo: Path, theirs: Akamaster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(photo), "--weights", "theirs.th", "--shortcut-padding", "end"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 6
    assert "Preprocessing assumed, as for CIFAR-10: 32 px, mean 0.4914 0.4822 0.4465" in err
    assert "Shortcuts as you chose: zero channels at the end." in err


def test_part_size_and_classes(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = own_state()
    sure = {**state, "fc.weight": torch.zeros(10, 32), "fc.bias": 20 * torch.eye(10)[7]}
    (tmp_path / "two.ckpt").write_bytes(saved({"state_dict": state, "state_dict_ema": sure}))
    (tmp_path / "names.txt").write_text("\n".join(f"kind {k}" for k in range(10)), encoding="utf-8")
    options = ["--part", "state_dict_ema", "--classes", "names.txt", "--image-size", 48]
    entry = predicted(capsys, photo, "--weights", "two.ckpt", "--network", NAME, *options)
    assert (entry["top"][0]["label"], entry["top"][0]["probability"] > 0.999) == ("kind 7", True)
    assert any("48 px" in sentence for sentence in entry["assumed"])


def test_labelled_pictures_settle_padding_and_colours(
    photo: Path, theirs: Akamaster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = np.random.default_rng(5)
    for k in range(10):
        (tmp_path / "data" / f"c{k}").mkdir(parents=True)
        Image.new("RGB", (32, 32)).save(tmp_path / "data" / f"c{k}" / "black.png")
    for n in range(20):
        file = tmp_path / f"{n}.png"
        Image.fromarray(drawn.integers(0, 255, (32, 32, 3), np.uint8)).save(file)
        label = int(logits_of(theirs, file, 0.45, 0.226).argmax())
        file.rename(tmp_path / "data" / f"c{label}" / file.name)
    entry = predicted(capsys, photo, "--weights", "theirs.th", "--data", "data")
    (measured,) = (sentence for sentence in entry["assumed"] if sentence.startswith("Measured on 30"))
    assert measured.index("both") < measured.index("end")


def test_options_of_a_file_are_refused_for_named_weights(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in (["--part", "x"], ["--mean", "0", "0", "0"], ["--preprocess", "cifar"], ["--data", "."]):
        assert main(["predict", str(photo), "--weights", "cifar10", *option]) == 2
        assert option[0] in capsys.readouterr().err


def test_a_file_of_no_network_here_names_the_option(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.pth").write_bytes(saved({f"a.{k}.weight": torch.zeros(2, 2) for k in range(30)}))
    assert main(["predict", str(photo), "--weights", "odd.pth"]) == 2
    assert "--network" in capsys.readouterr().err
