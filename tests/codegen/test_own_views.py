"""The program of a view reads a file whose tensors have other names by the app's own reader."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.codegen import views
from explorer.models import loading
from explorer.models.own import Choice
from tests.models.own_files import NAME, Akamaster, own_state, saved


def printed(code: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "view.py", "exec"), {})
    return out.getvalue()


@pytest.fixture(autouse=True)
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.random.default_rng(2).integers(0, 255, (40, 40, 3), np.uint8)).save("cat.png")


def test_a_file_with_other_names_and_another_padding(tmp_path: Path) -> None:
    torch.manual_seed(3)
    theirs = Akamaster().eval()
    Path("theirs.th").write_bytes(saved({"ema": {f"module.{k}": v for k, v in theirs.state_dict().items()}}))
    choice = Choice(padding="both", preset="imagenet32")
    network = loading.load_checkpoint(NAME, Path("theirs.th").read_bytes(), "theirs.th", choice)
    code = views.prediction(network, "cat.png")
    with torch.no_grad():
        wanted = theirs(network.preprocess(Image.open("cat.png")))[0].softmax(0).topk(5)
    classes, shares = re.findall(r"\[(.*?)\]", printed(code))
    assert [int(each) for each in classes.split(",")] == wanted.indices.tolist()
    assert [float(each) for each in shares.split(",")] == pytest.approx(wanted.values.tolist(), abs=1e-4)


def test_a_plain_state_dict_is_read_by_torch_alone() -> None:
    Path("own.pt").write_bytes(saved(own_state()))
    network = loading.load_checkpoint(NAME, Path("own.pt").read_bytes(), "own.pt")
    code = views.prediction(network, "cat.png")
    assert "load_checkpoint" not in code
    assert printed(code)
