"""Sets of pictures: order by class, preprocessing, reference labels."""

import io
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from explorer.analysis import picture_set
from explorer.analysis.trace import trace
from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.models import loading

SHADES = {name: 20 * k for k, name in enumerate(CIFAR10_CLASSES)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three pictures per class, each of another grey."""
    for name, shade in SHADES.items():
        (tmp_path / "test" / name).mkdir(parents=True)
        for k in range(3):
            Image.new("RGB", (32, 32), (shade, shade, k)).save(tmp_path / "test" / name / f"{k}.png")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    return tmp_path


def test_the_classes_come_in_turn(folder: Path) -> None:
    found = picture_set.find(13)
    assert found.is_cifar10
    assert found.labels == (*CIFAR10_CLASSES, *CIFAR10_CLASSES[:3])
    assert [picture.getpixel((0, 0)) for picture in found.pictures[9:12]] == [(180, 180, 0), (0, 0, 1), (20, 20, 1)]
    assert found.ids[:1] + found.ids[10:11] == ("airplane-0", "airplane-1")


def test_inputs_are_what_the_network_takes(folder: Path) -> None:
    network = loading.load("resnet18", "cifar10")
    found = picture_set.find(5)
    batches = list(found.inputs(network, batch=2))
    assert [tuple(batch.shape) for batch in batches] == [(2, 3, 64, 64), (2, 3, 64, 64), (1, 3, 64, 64)]
    assert torch.equal(batches[1][1:], network.preprocess(found.pictures[3]))


def test_right_is_the_true_class_where_the_network_has_it(folder: Path) -> None:
    answers, true = picture_set.find(12).answers(loading.load("resnet18", "cifar10"))
    assert true
    assert answers.tolist() == [*range(10), 0, 1]


def test_right_is_the_networks_own_answer_where_it_has_not(folder: Path) -> None:
    network = loading.load("resnet18", "upstream")
    found = picture_set.find(4)
    answers, true = found.answers(network)
    assert not true
    own = [int(trace(network, network.preprocess(picture), keep=()).logits.argmax()) for picture in found.pictures]
    assert answers.tolist() == own


def test_without_data_there_is_the_gallery() -> None:
    found = picture_set.find(1000)
    assert len(found) == 12
    assert not found.is_cifar10
    assert found.labels == (None, None, *map(str, range(10)))
    assert not found.answers(loading.load("resnet18", "cifar10"))[1]


def test_a_zip_holds_a_folder_a_class(folder: Path) -> None:
    found = picture_set.find(11)
    with zipfile.ZipFile(io.BytesIO(picture_set.to_zip(found, "pictures"))) as archive:
        names = archive.namelist()
        assert names[0] == "pictures/airplane/0000.png"
        assert names[-1] == "pictures/airplane/0010.png"
        with Image.open(io.BytesIO(archive.read(names[1]))) as picture:
            assert picture.getpixel((3, 3)) == (20, 20, 0)
    with zipfile.ZipFile(
        io.BytesIO(picture_set.to_zip(picture_set.PictureSet(("china",), found.pictures[:1], (None,), "x"), "p"))
    ) as archive:
        assert archive.namelist() == ["p/unknown/0000.png"]
