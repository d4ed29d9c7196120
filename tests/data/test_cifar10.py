"""CIFAR-10 is found in each layout, and damage is reported."""

import io
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import CIFAR10, utils

from explorer.core.errors import DataError
from explorer.data import cifar10, images
from explorer.data.cifar10 import CIFAR10_CLASSES, find_cifar10


def coloured(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (shade, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def class_folders(root: Path, classes: tuple[str, ...] = CIFAR10_CLASSES) -> None:
    for c, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for k in range(2):
            (root / name / f"{k:04}.png").write_bytes(coloured(10 * c + k))


@pytest.mark.parametrize("inside", ["cifar10/test", "test", "."])
def test_class_folders(tmp_path: Path, inside: str) -> None:
    class_folders(tmp_path / inside)
    found = find_cifar10(tmp_path)
    assert found is not None
    assert (found.kind, found.classes, found.is_cifar10) == ("folders", CIFAR10_CLASSES, True)
    picture = images.open_sample("cat-1", tmp_path).image
    assert picture.getpixel((0, 0)) == (31, 0, 0)
    samples = images.gallery(tmp_path)
    assert [sample.id for sample in samples[:3]] == ["airplane-0", "airplane-1", "automobile-0"]
    assert len(samples) == 32


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class_folders(tmp_path / "test")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    found = find_cifar10()
    assert found is not None
    assert found.path == tmp_path / "test"


def test_other_folders_keep_their_names(tmp_path: Path) -> None:
    class_folders(tmp_path, ("tea", "coffee"))
    (tmp_path / ".git").mkdir()
    (tmp_path / "empty").mkdir()
    found = find_cifar10(tmp_path)
    assert found is not None
    assert (found.classes, found.is_cifar10) == (("coffee", "tea"), False)
    with pytest.raises(DataError, match="no class “cat”"):
        cifar10.test_picture(found, "cat", 0, 10_000)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(coloured(99))
    class_folders(tmp_path / "data", ("tea",))
    (tmp_path / "data" / "tea" / "0000.png").unlink()
    (tmp_path / "data" / "tea" / "0000.png").symlink_to(tmp_path / "secret.png")
    assert images.open_sample("tea-0", tmp_path / "data").image.getpixel((0, 0)) == (1, 0, 0)


@pytest.mark.parametrize("make", [lambda root: None, lambda root: root.rmdir(), lambda root: (root / "data").touch()])
def test_nothing_to_find(tmp_path: Path, make: Any) -> None:
    root = tmp_path / "root"
    root.mkdir()
    make(root)
    assert find_cifar10(root) is None


@pytest.fixture
def torchvision_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CIFAR-10 of twenty test pictures whose checksums torchvision accepts."""
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()
    shades = np.arange(20, dtype=np.uint8)
    test = {"data": np.repeat(shades[:, None], 3072, 1), "labels": [k % 10 for k in range(20)]}
    (folder / "test_batch").write_bytes(pickle.dumps(test))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list(CIFAR10_CLASSES)}))
    sums = {name: utils.calculate_md5(folder / name) for name in ("test_batch", "batches.meta")}
    monkeypatch.setattr(CIFAR10, "train_list", [])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": sums["batches.meta"]})
    cifar10._test_batch.cache_clear()
    return tmp_path


def test_torchvisions_layout(torchvision_layout: Path) -> None:
    found = find_cifar10(torchvision_layout)
    assert found is not None
    assert found.kind == "torchvision"
    assert images.open_sample("cat-1", torchvision_layout).image.getpixel((5, 5)) == (13, 13, 13)


def test_a_damaged_layout_is_not_unpickled(torchvision_layout: Path) -> None:
    (torchvision_layout / CIFAR10.base_folder / "test_batch").write_bytes(b"damaged")
    with pytest.raises(DataError, match="damaged or incomplete"):
        images.open_sample("cat-0", torchvision_layout)


def test_download_goes_through_fetch_and_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        "explorer.core.download.fetch", lambda url, target, **options: asked.append((url, target, options))
    )
    monkeypatch.setattr(CIFAR10, "__init__", lambda self, root, download: asked.append((root, download)))
    cifar10.download_cifar10(tmp_path)
    assert asked == [
        (CIFAR10.url, tmp_path / "cifar-10-python.tar.gz", {"md5": CIFAR10.tgz_md5, "progress": None}),
        (tmp_path, True),
    ]


def test_a_name_that_is_too_long_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DATA", "x" * 5000)
    assert cifar10.find_cifar10() is None


def test_a_class_that_cannot_be_listed_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (4, 4)).save(tmp_path / name / "0.png")
    scandir = os.scandir

    def guarded(folder: Path) -> Any:
        if Path(folder).name == "cat":
            raise PermissionError
        return scandir(folder)

    with monkeypatch.context() as patch:  # undone before pytest lists the folder
        patch.setattr(os, "scandir", guarded)
        found = cifar10.find_cifar10(tmp_path)
    assert found is not None
    assert found.classes == ("dog",)
