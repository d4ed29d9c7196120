"""The data card says what loading finds: the same classes and counts, or the same refusal."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from explorer.core import settings
from explorer.core.errors import DataError
from explorer.core.i18n import WORDS
from explorer.data import card, cifar10, class_folders, datasets, layout
from explorer.data.card import Card, look, natural
from explorer.training.recipe import Recipe
from tests.data.test_datasets import zipped


def picture(side: int = 8, kind: str = "PNG", shade: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, 2 * side), (shade, 9, 9)).save(buffer, kind)
    return buffer.getvalue()


HEIC = b"\0\0\0\x18ftypheic" + bytes(99)
PNG, JPEG, PPM = picture(), picture(kind="JPEG"), picture(kind="PPM")


def n(folder: str, count: int = 5, suffix: str = ".png", content: bytes = PNG, start: int = 0) -> dict[str, bytes]:
    return {f"{folder}/{k}{suffix}": content for k in range(start, start + count)}


def folder(path: Path, members: dict[str, bytes]) -> Path:
    for name, content in members.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


SETS: dict[str, dict[str, bytes]] = {
    "plain": n("cat") | n("dog"),
    "upper-case suffixes": n("cat", suffix=".JPG", content=JPEG) | n("dog", suffix=".PNG"),
    "jfif": n("cat", suffix=".jfif", content=JPEG) | n("dog"),
    "no suffix": n("cat", suffix="", content=JPEG) | n("dog"),
    "of a crawler": n("cat", suffix=".jpg_w=200", content=JPEG) | n("dog", suffix=".jpg.1", content=JPEG),
    "wrong suffix": n("cat", suffix=".jpg", content=picture(kind="WEBP")) | n("dog"),
    "notes": n("cat") | n("dog") | {"cat/Thumbs.db": b"x", "cat/desktop.ini": b"x", ".DS_Store": b"x", "README": b"x"},
    "brain": n("Training/glioma", 8) | n("Training/pituitary", 8) | n("Testing/glioma", 4) | n("Testing/pituitary", 3),
    "one picture": n("rare", 1) | n("common", 30),
    "a broken picture": n("cat") | n("dog") | {"cat/9.png": b""},
    "a class of broken pictures": n("cat") | n("dog") | n("bird", content=b"no"),
    "a class of HEIC": n("cat") | n("dog") | n("bird", suffix=".HEIC", content=HEIC),
    "HEIC beside": n("cat") | n("dog") | n("dog", 9, suffix=".HEIC", content=HEIC),
    "tables": n("train") | {"trainLabels.csv": b"id,label\n0,frog\n1,truck\n2,frog\n3,truck\n4,frog\n"},
    "flat": n("all"),
    "flat names": {f"train/{name}.{k}.jpg": JPEG for name in ("cat", "dog") for k in range(3)},
    "nested zip": {"train.zip": b"PK\3\4" + bytes(99)},
    "same folders": n("a/x") | n("a/y") | n("b/x") | n("b/y"),
    "one each": n("cat", 1) | n("dog", 1),
    "long names": n("A" * 45 + "one" + "Z" * 20) | n("A" * 45 + "two" + "Z" * 20),
    "Chinese": n("训练集/猫 咪") | n("训练集/🐶") | n("测试集/猫 咪", 2) | n("测试集/🐶", 2),
    "numbers": {name: content for k in range(12) for name, content in n(str(k), 2).items()},
}


def counted(found: Any) -> dict[str, tuple[int, int]]:
    train, test = (Counter(split.labels.tolist()) for split in (found.train, found.test))
    return {name: (train[k], test[k]) for k, name in enumerate(found.classes)}


def tried(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except DataError as error:
        return error


@pytest.mark.parametrize("make", [folder, zipped])
@pytest.mark.parametrize("name", SETS)
def test_the_card_agrees_with_loading(
    name: str, make: Callable[[Path, dict[str, bytes]], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_folders, "HEIC", False)
    path = make(tmp_path / "set", SETS[name])
    found, loaded = tried(lambda: look(path)), tried(lambda: datasets.load(Recipe(data=str(path))))
    if isinstance(found, DataError) or isinstance(loaded, DataError):
        assert (found.key, found.values) == (loaded.key, loaded.values)
        return
    assert dict(found.classes) == counted(loaded)
    assert sorted(found.classes) == list(loaded.classes), "labels are sorted; the card is in natural order"
    assert {why for _, why in found.skipped} == set(found.left_out)
    assert set(found.left_out) <= set(WORDS)
    assert len(found.skipped) == sum(found.left_out.values())
    assert json.loads(json.dumps(found.to_json()))["name"] == "set"


def test_a_card_in_full(tmp_path: Path) -> None:
    members = SETS["brain"] | {
        "Training/glioma/0.png": picture(100), "Training/glioma/x.png": b"", "figures/0.png": PNG,
        "Training/README.md": b"#", "seg_pred/0.png": PNG, "seg_pred/1.png": PNG,
    }  # fmt: skip
    found = look(folder(tmp_path / "brain", members))
    assert found.to_json() == {
        "name": "brain",
        "classes": {"glioma": {"train": 8, "test": 4}, "pituitary": {"train": 8, "test": 3}},
        "split": "given",
        "parts": {"Training": 16, "Testing": 7, "seg_pred": 2},
        "used": {"train": "Training", "test": "Testing"},
        "sizes_px": [8, 8, 100],
        "skipped": [
            {"name": "glioma/x.png", "why": "an empty file"},
            {"name": "Training/README.md", "why": "notes, labels and files of other programs"},
            {"name": "figures/0.png", "why": "in a folder beside the classes or parts"},
            {"name": "seg_pred/0.png", "why": "without a class"},
            {"name": "seg_pred/1.png", "why": "without a class"},
        ],
        "left_out": {
            "an empty file": 1, "notes, labels and files of other programs": 1,
            "in a folder beside the classes or parts": 1, "without a class": 2,
        },
        "notes": ["seg_pred has 2 images without class folders, so it cannot be tested on and is left out."],
    }  # fmt: skip
    assert found.counts == (16, 7)


def test_a_made_split_is_counted_as_it_is_drawn(tmp_path: Path) -> None:
    path = folder(tmp_path / "set", {f"{count:02}/{k}.png": PNG for count in range(1, 31) for k in range(count)})
    found = look(path)
    assert found.split == "made"
    assert (found.parts, found.used) == ({}, {"train": "", "test": ""})
    assert dict(found.classes) == counted(datasets.load(Recipe(data=str(path))))


def test_classes_are_shown_in_natural_order(tmp_path: Path) -> None:
    found = look(folder(tmp_path / "set", SETS["numbers"]))
    assert list(found.classes) == [str(k) for k in range(12)]
    assert sorted(["b2", "B10", "a", "10", "9", "²"], key=natural) == ["9", "10", "a", "b2", "B10", "²"]


def test_an_upload_has_its_users_name(tmp_path: Path) -> None:
    uploads = tmp_path / settings.UPLOADS
    uploads.mkdir()
    path = zipped(uploads / f"{'0' * 64}.zip", SETS["plain"])
    path.with_suffix(".json").write_text('{"name": "我的猫.zip"}', encoding="utf-8")
    assert look(path).name == "我的猫.zip"


def test_a_card_reads_headers_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder(tmp_path / "set", n("a", 300) | n("b", 300))
    read, right = 0, class_folders._Folder.read

    def counted_read(source: Any, name: str, at_most: int) -> bytes:
        nonlocal read
        assert at_most <= class_folders.HEAD_BYTES
        read += 1
        return right(source, name, at_most)

    monkeypatch.setattr(class_folders._Folder, "read", counted_read)
    assert look(path).classes == {"a": (240, 60), "b": (240, 60)}
    assert read == card.SAMPLE


def test_a_header_behind_the_pixels_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = Image.frombytes("RGB", (60, 40), os.urandom(7200))
    buffer = io.BytesIO()
    noise.save(buffer, "TIFF")
    monkeypatch.setattr(class_folders, "HEAD_BYTES", 100)
    assert look(folder(tmp_path / "set", n("a", content=buffer.getvalue()) | n("b"))).sizes_px == (8, 40, 40)


class _StopError(Exception):
    pass


def test_looking_can_be_cancelled(tmp_path: Path) -> None:
    def stop() -> None:
        raise _StopError

    for path in (folder(tmp_path / "set", SETS["plain"]), zipped(tmp_path / "a.zip", SETS["plain"])):
        with pytest.raises(_StopError):
            look(path, stop)


def test_skipped_files_are_listed_to_a_limit_and_those_expected_first(tmp_path: Path) -> None:
    names = n("cat") | n("dog") | {f"cat/{k}.txt": b"x" for k in range(300)} | {"dog/z.png": b""}
    found = look(folder(tmp_path / "set", names))
    assert found.left_out == {"data.why_note": 300, "data.why_empty": 1}
    assert (len(found.skipped), found.skipped[0]) == (card.MAX_LISTED, ("dog/z.png", "data.why_empty"))


def test_examples_are_small_and_of_their_class(tmp_path: Path) -> None:
    members = {f"cat/{k}.png": picture(200, shade=200) for k in range(9)} | {"dog/0.png": picture(8, shade=50)}
    for path in (folder(tmp_path / "set", members | {"dog/1.png": PNG[:40]}), zipped(tmp_path / "a.zip", members)):
        found = look(path)
        shown = card.examples(path, found, ["cat", "dog", "bird"])
        assert [len(shown[name]) for name in ("cat", "dog", "bird")] == [4, 1, 0]
        assert all(image.size == (48, 96) and image.tobytes()[0] == 200 for image in shown["cat"])
        assert shown["dog"][0].tobytes()[0] == 50


def test_the_digits() -> None:
    found = look("digits")
    assert dict(found.classes) == counted(datasets.load(Recipe(data="digits")))
    assert (found.name, found.sizes_px) == ("digits", (8, 8, 8))
    shown = card.examples("digits", found, ["3", "7"])
    assert {name: len(images) for name, images in shown.items()} == {"3": 1, "7": 1}


def test_cifar10_in_torchvisions_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / cifar10.BATCHES
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    folder(inner, dict.fromkeys(names, b"x"))
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    for data in ("cifar10", tmp_path, inner):
        with pytest.raises(DataError, match="damaged or incomplete"):
            look(data)
    for data in (tmp_path, inner):
        with pytest.raises(DataError, match="damaged or incomplete"):
            datasets.load(Recipe(data=str(data)))
    monkeypatch.setattr(card, "BATCH_BYTES", 1)
    found = look(inner)
    assert (found.name, found.split, found.sizes_px) == ("CIFAR-10", "given", (32, 32, 32))
    assert found.counts == (50_000, 10_000)


def test_cifar10_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    with pytest.raises(DataError, match="CIFAR-10 was not found"):
        look("cifar10")


def test_sixty_thousand_files_take_seconds(tmp_path: Path) -> None:
    """On a zip, without a disk's noise: twenty times as fast as the bound on the machine of this test's author."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(20_000):
            archive.writestr(f"{k % 10}/{k}.png", PNG)
    begun = time.process_time()
    assert look(path).counts == (16_000, 4_000)
    assert time.process_time() - begun < 20


def test_old_names_of_long_classes_still_select(tmp_path: Path) -> None:
    """A recipe of an earlier version names a class as it was then shown."""
    long = "A" * 45 + "one" + "Z" * 20
    path = folder(tmp_path / "set", n(long) | n("cat") | n("dog"))
    found = datasets.load(Recipe(data=str(path), classes=("A" * 40 + "…" + "Z" * 19, "cat")))
    assert found.classes == (long, "cat")


def test_a_table_that_changes_changes_the_cache(tmp_path: Path) -> None:
    rows = ["0,frog", "1,truck", "2,frog", "3,truck", "4,frog"]
    members = {f"train/{k}.png": picture(shade=k) for k in range(5)}
    digests = []
    for k in range(2):
        table = {"labels.csv": "\n".join(["id,label", *rows]).encode()}
        found = datasets.load(Recipe(data=str(folder(tmp_path / "set", members | table))), cache=tmp_path / "cache")
        assert torch.bincount(torch.cat([found.train.labels, found.test.labels])).tolist() == [3 - k, 2 + k]
        digests.append(found.digest)
        rows[0] = "0,truck"
        members = {}
    assert len(set(digests)) == 2


def test_a_card_needs_no_torch() -> None:
    program = "import sys, explorer.data.card, explorer.training.advice; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "False\n"


def test_fields_of_a_card_are_documented() -> None:
    assert Card.__doc__ is not None
    assert all(f"`{name}`" in Card.__doc__ for name in Card.__dataclass_fields__ if name != "name")
    assert set(WORDS) > layout.UNREADABLE
