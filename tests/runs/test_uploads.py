"""Uploaded zips: stored for their runs, shown under the user's file name, rejected if unusable."""

import contextlib
import errno
import io
import os
import time
import zipfile
from pathlib import Path

import pytest

from explorer.core.errors import DataError, RunError
from explorer.data import datasets
from explorer.data.names import source_name
from explorer.runs import store, uploads
from explorer.training.recipe import Recipe


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"0")
    return buffer.getvalue()


GOOD = zipped("cat/a.png", "dog/a.png")


@pytest.mark.parametrize(
    ("content", "key"), [(b"no zip", "data_zip_damaged"), (zipped("cat/a.png"), "data_class_count")]
)
def test_one_that_no_run_could_take_is_refused_by_its_owners_name_and_gone(
    content: bytes, key: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"my cats\.zip") as error:
        uploads.save(content, "../my cats\u202e.zip", tmp_path)
    assert error.value.key == f"errors.{key}"
    assert list((tmp_path / ".uploads").iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_nothing_of_it(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at each of the write calls in turn; an existing zip and its name stay."""
    kept, right, left = uploads.save(zipped("cat/b.png", "dog/b.png"), "kept.zip", tmp_path), getattr(os, call), 0

    def full(*arguments: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return right(*arguments)

    monkeypatch.setattr(os, call, full)
    refused, folder = 0, tmp_path / ".uploads"
    while left <= 0:
        left = refused + 1
        try:
            uploads.save(GOOD, "mine.zip", tmp_path)
        except RunError:
            refused += 1
            assert set(folder.iterdir()) == {kept, kept.with_suffix(".json")}
            with contextlib.suppress(RunError):
                left = refused
                uploads.save(kept.read_bytes(), "kept.zip", tmp_path)
            assert source_name(kept) == "kept.zip"
            left = 0
    assert refused == (2 if call == "replace" or os.name == "nt" else 4), "a note and a zip, each with its folder"


def test_a_zip_that_a_run_uses_is_never_removed(tmp_path: Path) -> None:
    """Also if it is no longer readable."""
    path = uploads.save(GOOD, "mine.zip", tmp_path)
    path.write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"other\.zip"):
        uploads.save(GOOD, "other.zip", tmp_path)
    assert path.exists()


def test_a_fault_while_a_run_reads_it_has_its_owners_name(tmp_path: Path) -> None:
    path = uploads.save(GOOD, "my cats.zip", tmp_path)
    path.write_bytes(b"damaged since")
    with pytest.raises(DataError, match=r"my cats\.zip"):
        datasets.load(Recipe(data=str(path)))
    path.unlink()
    with pytest.raises(DataError, match=r"my cats\.zip"):
        datasets.load(Recipe(data=str(path)))


def test_unused_zips_are_removed_after_a_day(tmp_path: Path) -> None:
    folder = tmp_path / ".uploads"
    zips = [uploads.save(zipped(f"cat/{k}.png", "dog/a.png"), f"{k}.zip", tmp_path) for k in range(4)]
    part = folder / f".{'0' * 64}.zip.1-{'0' * 32}.part"  # of a killed writer
    part.touch()
    _, deleted = (store.create(Recipe(data=str(path)), root=tmp_path) for path in zips[:2])
    (store.create(Recipe(), root=tmp_path).path / "recipe.json").write_text("{", encoding="utf-8")
    store.delete(deleted)
    uploads.remove_unused(tmp_path)
    assert len(list(folder.iterdir())) == 9
    for path in (*zips[:3], *(path.with_suffix(".json") for path in zips[:3]), part):
        os.utime(path, (time.time() - 86_500,) * 2)
    os.utime(zips[3], (time.time() - 86_000,) * 2)
    uploads.remove_unused(tmp_path)
    assert zips[3].exists(), "not a day ago"
    zips[2].write_bytes(b"not swept yet")
    os.utime(zips[2], (0, 0))
    assert uploads.save(zips[3].read_bytes(), "3.zip", tmp_path) == zips[3]
    assert time.time() - zips[3].stat().st_mtime < 1000, "it was uploaded again"
    kept = {path.with_suffix(suffix) for path in (*zips[:2], zips[3]) for suffix in (".zip", ".json")}
    assert set(folder.iterdir()) == kept
    uploads.remove_unused(tmp_path / "absent")
