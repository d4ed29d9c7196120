"""Classes are derived from folder names, and nothing that a folder or zip declares is trusted."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.core.errors import DataError
from explorer.data import class_folders
from explorer.data.class_folders import Splits, find_splits, open_source
from explorer.data.images import MAX_BYTES


def no_check() -> None: ...


def zipped(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def foldered(path: Path, members: dict[str, bytes]) -> Path:
    for name, content in members.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


FILES = {
    "tea/1.PNG": b"1", "tea/0.jpg": b"0", "coffee/a.webp": b"a", "notes.txt": b"", "tea/notes.txt": b"",
    "tea/.0.jpg": b"", "__MACOSX/tea/0.jpg": b"", ".git/0.jpg": b"", "inner.zip": b"PK", "tea/inner.zip": b"PK",
}  # fmt: skip


@pytest.mark.parametrize("make", [zipped, foldered])
def test_pictures_are_told_by_suffix_and_other_programs_notes_left_out(
    tmp_path: Path, make: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    with open_source(make(tmp_path / "source", FILES), no_check) as source:
        assert source.names == ["coffee/a.webp", "tea/0.jpg", "tea/1.PNG"]
        assert [source.read(name) for name in source.names] == [b"a", b"0", b"1"]
        assert source.skipped == []


CAT_DOG = [("cat", "cat/0.png"), ("dog", "dog/0.png")]


@pytest.mark.parametrize(
    ("names", "train", "test"),
    [
        (["cat/0.png", "dog/0.png", "stray.png"], CAT_DOG, None),
        (["all/cat/0.png", "all/dog/0.png"], [(name, f"all/{path}") for name, path in CAT_DOG], None),
        (["train/cat/0.png", "train/dog/0.png"], [(name, f"train/{path}") for name, path in CAT_DOG], None),
        (["train/cat/0.png", "Test/cat/1.png"], [("cat", "train/cat/0.png")], [("cat", "Test/cat/1.png")]),
        (["x/train/cat/0.png", "x/val/cat/1.png"], [("cat", "x/train/cat/0.png")], [("cat", "x/val/cat/1.png")]),
        (["train/cat/0.png", "valid/cat/1.png", "test/cat/2.png"], [("cat", "train/cat/0.png")],
         [("cat", "test/cat/2.png")]),
        (["train/n01/images/0.png", "validation/n01/1.png", "test/2.png"], [("n01", "train/n01/images/0.png")],
         [("n01", "validation/n01/1.png")]),
        (["train/0.png", "plane/0.png"], [("plane", "plane/0.png"), ("train", "train/0.png")], None),
        (["a\u202eb/0.png", "c/0.png"], [("ab", "a\u202eb/0.png"), ("c", "c/0.png")], None),
        (["x/cat/0.png", "x/dog/0.png", "beside.png"], [("cat", "x/cat/0.png"), ("dog", "x/dog/0.png")], None),
        (["train/cat/0.png", "more/cat/1.png"], [("cat", "train/cat/0.png")], None),
        (["train/b/0.png", "train/a/0.png", "test/b/1.png", "test/a/1.png"],
         [("a", "train/a/0.png"), ("b", "train/b/0.png")], [("a", "test/a/1.png"), ("b", "test/b/1.png")]),
        ([], [], None),
    ],
)  # fmt: skip
def test_parts(names: list[str], train: list[tuple[str, str]], test: list[tuple[str, str]] | None) -> None:
    assert find_splits(names) == Splits(train, test)


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside = foldered(tmp_path / "outside", {"secret/0.png": b"secret"})
    root = foldered(tmp_path / "root", {"tea/0.png": b"0"})
    (root / "tea" / "1.png").symlink_to(outside / "secret" / "0.png")
    (root / "tea" / "2.png").symlink_to(root / "tea" / "0.png")
    (root / "tea" / "3.png").symlink_to(root / "tea" / "3.png")
    (root / "stolen").symlink_to(outside / "secret")
    os.mkfifo(root / "tea" / "4.png")
    with open_source(root, no_check) as source:
        assert source.names == ["tea/0.png", "tea/2.png"]
        assert sorted(source.skipped) == ["1.png", "3.png", "4.png"]


def test_a_folder_without_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, scandir = foldered(tmp_path / "root", {"tea/0.png": b"0", "coffee/0.png": b"0"}), os.scandir

    def guarded(folder: Path) -> object:
        if Path(folder).name == "tea":
            raise PermissionError
        return scandir(folder)

    with monkeypatch.context() as patch:  # undone before pytest lists the folder
        patch.setattr(os, "scandir", guarded)
        with open_source(root, no_check) as source:
            assert (source.names, source.skipped) == (["coffee/0.png"], ["tea"])


def test_the_digest_of_a_folder_follows_its_files(tmp_path: Path) -> None:
    def digest() -> str:
        with open_source(tmp_path, no_check) as source:
            return source.digest(no_check)

    foldered(tmp_path, {"tea/0.png": b"0"})
    seen = {digest(), digest()}
    assert len(seen) == 1
    os.utime(tmp_path / "tea" / "0.png", ns=(1, 1))
    seen.add(digest())
    (tmp_path / "tea" / "0.png").rename(tmp_path / "tea" / "1.png")
    seen.add(digest())
    assert len(seen) == 3


def test_a_zip_is_known_by_its_bytes(tmp_path: Path) -> None:
    first = zipped(tmp_path / "a.zip", FILES)
    (tmp_path / "b.zip").write_bytes(first.read_bytes())
    zipped(tmp_path / "c.zip", FILES | {"tea/0.jpg": b"x"})
    digests = []
    for name in ("a.zip", "b.zip", "c.zip"):
        with open_source(tmp_path / name, no_check) as source:
            digests.append(source.digest(no_check))
    assert digests[0] == digests[1] != digests[2]


def test_members_that_would_lead_out_of_a_zip_are_skipped(tmp_path: Path) -> None:
    names = [
        "../out.png",
        "tea/../../out.png",
        "/etc/out.png",
        "tea\\out.png",
        "C:\\out.png",
        "tea//out.png",
        "./out.png",
    ]
    path = zipped(tmp_path / "a.zip", dict.fromkeys(names, b"x") | {"tea/0.png": b"0"})
    with open_source(path, no_check) as source:
        assert source.names == ["tea/0.png"]
        assert source.skipped == ["out.png"] * len(names)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "encoding"), [("猫狗", "gbk"), ("乗", "gbk"), ("猫", "utf-8"), ("cat", "ascii"), ("ée", "utf-8")]
)
def test_names_that_do_not_say_their_encoding(name: str, encoding: str, tmp_path: Path) -> None:
    """Chinese Windows writes GBK (where 乗 contains a backslash byte), macOS UTF-8, both without zip's flag."""
    encoded = name.encode(encoding)
    path = zipped(tmp_path / "z.zip", {f"{'Q' * len(encoded)}/1.png": b"1"})
    path.write_bytes(path.read_bytes().replace(b"Q" * len(encoded), encoded))
    with class_folders.open_source(path, lambda: None) as source:
        assert source.names == [f"{name}/1.png"]
        assert source.read(source.names[0]) == b"1"
        assert source.skipped == []


def test_links_in_a_zip_are_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("tea/1.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("tea/0.png", b"0")
    with open_source(tmp_path / "a.zip", no_check) as source:
        assert source.names == ["tea/0.png"]


def replaced(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


def test_a_member_is_read_to_the_limit_whatever_its_header_says(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "a.zip", {"tea/0.png": bytes(MAX_BYTES + 5_000_000)})
    with open_source(bomb, no_check) as source:
        assert len(source.read("tea/0.png")) == MAX_BYTES + 1
    size = (MAX_BYTES + 5_000_000).to_bytes(4, "little")
    with open_source(replaced(bomb, size, (1000).to_bytes(4, "little")), no_check) as source:
        assert source.read("tea/0.png") == b""
    with open_source(foldered(tmp_path / "b", {"tea/0.png": bytes(MAX_BYTES + 5)}), no_check) as source:
        assert len(source.read("tea/0.png")) == MAX_BYTES + 1


def test_folders_are_looked_through_to_a_depth(tmp_path: Path) -> None:
    with open_source(foldered(tmp_path, {"a/b/c/d/0.png": b"", "a/b/c/d/e/1.png": b""}), no_check) as source:
        assert source.names == ["a/b/c/d/0.png"]


class _StopError(Exception):
    pass


def stop() -> None:
    raise _StopError


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(_StopError), open_source(foldered(tmp_path / "a", FILES), stop):
        pass
    with open_source(zipped(tmp_path / "a.zip", FILES), stop) as source, pytest.raises(_StopError):
        source.digest(stop)


def test_a_zip_that_unpacks_to_more_than_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_folders, "MAX_UNPACKED_BYTES", 5000)
    with open_source(zipped(tmp_path / "a.zip", {f"tea/{k}.png": bytes(1000) for k in range(5)}), no_check):
        pass
    path = zipped(tmp_path / "a.zip", {f"tea/{k}.png": bytes(1000) for k in range(6)})
    with pytest.raises(DataError, match=r"a\.zip unpacks to more than"), open_source(path, no_check):
        pass


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_entries_with_unlimited_compression_are_not_unpacked(tmp_path: Path, compression: int) -> None:
    with open_source(zipped(tmp_path / "a.zip", {"tea/0.png": b"0"}, compression), no_check) as source:
        assert source.read("tea/0.png") == b""


def test_a_damaged_member_costs_itself_only(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"tea/0.png": b"first", "tea/1.png": b"second"}, zipfile.ZIP_STORED)
    with open_source(replaced(path, b"first", b"fIrst"), no_check) as source:
        assert [source.read(name) for name in source.names] == [b"", b"second"]


def test_an_encrypted_zip(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"tea/0.png": b"0"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1  # the flag in the central directory
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.zip is password-protected"), open_source(path, no_check):
        pass


def test_a_zip_that_is_cut_anywhere_is_said_to_be(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", {"tea/0.png": b"0" * 50}, zipfile.ZIP_STORED).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "a.zip").write_bytes(whole[:length])
        with (
            pytest.raises(DataError, match=r"a\.zip cannot be read as a zip"),
            open_source(tmp_path / "a.zip", no_check),
        ):
            pass


def test_a_table_of_contents_past_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_folders, "MAX_CENTRAL_DIRECTORY", 100)
    path = zipped(tmp_path / "a.zip", {f"tea/{k}.png": b"" for k in range(3)})
    with pytest.raises(DataError, match="cannot be read as a zip"), open_source(path, no_check):
        pass


@pytest.mark.parametrize("make", [zipped, foldered])
def test_too_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    monkeypatch.setattr(class_folders, "MAX_FILES", 3)
    with open_source(make(tmp_path / "three", {f"{k}.png": b"" for k in range(3)}), no_check) as source:
        assert len(source.names) == 3
    path = make(tmp_path / "many", {f"{k}.png": b"" for k in range(4)})
    with pytest.raises(DataError, match="many has more than 3 files"), open_source(path, no_check):
        pass


def test_a_zip_past_the_limit_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_folders, "MAX_ZIP_BYTES", 10)
    path = zipped(tmp_path / "a.zip", FILES)
    with pytest.raises(DataError, match=r"a\.zip is larger than"), open_source(path, no_check):
        pass


@pytest.mark.parametrize("name", ["missing", "x" * 5000])
def test_neither_a_folder_nor_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="does not exist"), open_source(tmp_path / name, no_check):
        pass


def test_a_zip_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as inner:
        inner.writestr("tea/0.png", b"0")
    with open_source(zipped(tmp_path / "a.zip", {"tea.zip": buffer.getvalue()}), no_check) as source:
        assert source.names == []
