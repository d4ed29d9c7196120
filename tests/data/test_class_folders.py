"""Classes are derived from folder names, and nothing that a folder or zip declares is trusted."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from explorer.core.errors import DataError
from explorer.data import class_folders
from explorer.data.class_folders import open_source
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
    "tea/@eaDir/0.jpg": b"",
}  # fmt: skip


@pytest.mark.parametrize("make", [zipped, foldered])
def test_other_programs_notes_are_left_out(tmp_path: Path, make: Callable[[Path, dict[str, bytes]], Path]) -> None:
    with open_source(make(tmp_path / "source", FILES), no_check) as source:
        assert source.names == ["coffee/a.webp", "tea/0.jpg", "tea/1.PNG"]
        assert [source.read(name) for name in source.names] == [b"a", b"0", b"1"]
        assert source.folders == {"coffee", "tea"}
        reasons = dict(source.left_out)
        assert reasons["notes.txt"] == reasons["tea/.0.jpg"] == "data.why_note"
        assert reasons["inner.zip"] == reasons["tea/inner.zip"] == "data.why_no_picture"


def of_format(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3)).save(buffer, kind)
    return buffer.getvalue()


HEIC = b"\0\0\0\x18ftypheic" + bytes(99)


@pytest.mark.parametrize("make", [zipped, foldered])
def test_pictures_are_told_by_their_first_bytes(
    tmp_path: Path, make: Callable[[Path, dict[str, bytes]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_folders, "HEIC", False)
    kinds = {kind: of_format(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")}
    named = {"a/0.jpg_w=200": kinds["JPEG"], "a/1.jpg.1": kinds["JPEG"], "a/x.jfif": kinds["JPEG"]}
    others = {"a/0.bin": b"BM says a text", "a/1.bin": b"P7", "a/2.HEIC": HEIC, "a/3": b"", "a/4.jpg": b""}
    files = {f"a/{kind}": content for kind, content in kinds.items()} | named | others
    with open_source(make(tmp_path / "source", files), no_check) as source:
        assert source.names == sorted(files.keys() - others.keys())
        assert dict(source.left_out) == {
            "a/0.bin": "data.why_no_picture", "a/1.bin": "data.why_no_picture", "a/2.HEIC": "data.why_heic",
            "a/3": "data.why_no_picture", "a/4.jpg": "data.why_empty",
        }  # fmt: skip


def test_heic_is_a_picture_where_its_decoder_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_folders, "HEIC", True)
    with open_source(foldered(tmp_path, {"a/0.HEIC": HEIC, "a/1": HEIC}), no_check) as source:
        assert source.names == ["a/0.HEIC", "a/1"]


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
        assert source.left_out == [
            ("stolen", "data.why_link"), ("tea/1.png", "data.why_link"), ("tea/3.png", "data.why_link"),
            ("tea/4.png", "data.why_unreadable"),
        ]  # fmt: skip


def test_links_are_followed_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = foldered(tmp_path / "outside", {"tea/0.png": b"0"})
    root = foldered(tmp_path / "root", {"coffee/0.png": b"0"})
    (root / "tea").symlink_to(outside / "tea")
    (root / "coffee" / "1.png").symlink_to(outside / "tea" / "0.png")
    (root / "coffee" / "round").symlink_to(root)
    (root / "nothing").symlink_to("nothing")
    monkeypatch.setenv("EXPLORER_FOLLOW_LINKS", "1")
    with open_source(root, no_check) as source:
        assert source.names == ["coffee/0.png", "coffee/1.png", "tea/0.png"]
        assert source.left_out == [("nothing", "data.why_link")]
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    with open_source(root, no_check) as source:
        assert source.names == ["coffee/0.png"]


def test_a_folder_without_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, scandir = foldered(tmp_path / "root", {"tea/0.png": b"0", "coffee/0.png": b"0"}), os.scandir

    def guarded(folder: Path) -> object:
        if Path(folder).name == "tea":
            raise PermissionError
        return scandir(folder)

    with monkeypatch.context() as patch:  # undone before pytest lists the folder
        patch.setattr(os, "scandir", guarded)
        with open_source(root, no_check) as source:
            assert (source.names, source.left_out) == (["coffee/0.png"], [("tea", "data.why_unreadable")])


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
        assert sorted(source.left_out) == sorted((name, "data.why_unsafe") for name in names)
    assert sorted(tmp_path.iterdir()) == [path]


def named(path: Path, *names: bytes, system: int) -> Path:
    """A zip whose names do not say their encoding, as written on `system`: 0 is Windows, 3 is Unix."""

    class Raw(zipfile.ZipInfo):
        raw = b""

        def _encodeFilenameFlags(self) -> tuple[bytes, int]:
            return self.raw, self.flag_bits & ~0x800

    with zipfile.ZipFile(path, "w") as archive:
        for k, name in enumerate(names):
            member = Raw(str(k))
            member.raw, member.create_system = name, system
            archive.writestr(member, b"1")
    return path


@pytest.mark.parametrize(
    ("folders", "encoding", "system"),
    [
        (["猫狗"], "gbk", 0), (["乗", "狗"], "gbk", 0), (["昞", "狗"], "gbk", 0), (["猫", "狗"], "gbk", 0),
        (["猫"], "gbk", 0), (["训练集", "测试集"], "gbk", 0), (["学", "习"], "gbk", 0), (["cat", "狗"], "gbk", 0),
        (["猫", "狗"], "utf-8", 3), (["é", "ée"], "utf-8", 3), (["猫", "狗"], "utf-8", 0), (["cat"], "ascii", 0),
        (["表", "犬"], "shift_jis", 0), (["ねこ", "いぬ"], "shift_jis", 0), (["予測", "能力"], "shift_jis", 0),
        (["貓", "狗"], "big5", 0), (["訓練", "測試"], "big5", 0), (["許功蓋"], "big5", 0),
        (["고양이", "강아지", "말"], "cp949", 0), (["猫", "狗", "马", "羊"], "gbk", 0),
        (["Käfer", "Vögel"], "cp437", 0), (["café"], "cp437", 0),
    ],
)  # fmt: skip
def test_names_that_do_not_say_their_encoding(folders: list[str], encoding: str, system: int, tmp_path: Path) -> None:
    """Windows writes its code page (where 乗 and 表 contain a backslash byte), macOS UTF-8, both without zip's flag."""
    path = named(tmp_path / "z.zip", *(f"{name}/1.png".encode(encoding) for name in folders), system=system)
    with class_folders.open_source(path, lambda: None) as source:
        assert source.names == sorted(f"{name}/1.png" for name in folders)
        assert [source.read(name) for name in source.names] == [b"1"] * len(folders)
        assert source.left_out == []


def test_powershell_separates_folders_by_backslashes(tmp_path: Path) -> None:
    names = [b"pets\\cat\\1.png", b"pets\\dog\\1.png", b"..\\out.png", b"C:\\out.png"]
    with open_source(named(tmp_path / "z.zip", *names, system=0), no_check) as source:
        assert source.names == ["pets/cat/1.png", "pets/dog/1.png"]
        assert source.read("pets/cat/1.png") == b"1"
        assert source.left_out == [("../out.png", "data.why_unsafe"), ("C:/out.png", "data.why_unsafe")]
    with open_source(named(tmp_path / "z.zip", b"pets/", b"pets\\cat\\1.png", system=0), no_check) as source:
        assert source.names == ["pets/cat/1.png"], "folders with a slash, files with backslashes"
    (tmp_path / "gbk").mkdir()
    names = ["昞\\1.png".encode("gbk"), "狗\\1.png".encode("gbk")]
    with open_source(named(tmp_path / "gbk" / "z.zip", *names, system=0), no_check) as source:
        assert source.names == ["昞/1.png", "狗/1.png"]


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
    deepest = "/".join("abcdefghijkl")
    with open_source(foldered(tmp_path, {f"{deepest}/0.png": b"0", f"{deepest}/m/1.png": b"1"}), no_check) as source:
        assert source.names == [f"{deepest}/0.png"]
        assert source.left_out == [(f"{deepest}/m", "data.why_deep")]


class _StopError(Exception):
    pass


def stop() -> None:
    raise _StopError


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(_StopError), open_source(foldered(tmp_path / "a", FILES), stop):
        pass
    path = zipped(tmp_path / "a.zip", FILES)
    with pytest.raises(_StopError), open_source(path, stop):
        pass
    with open_source(path, no_check) as source, pytest.raises(_StopError):
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
    with open_source(make(tmp_path / "three", {f"{k}.png": b"0" for k in range(3)}), no_check) as source:
        assert len(source.names) == 3
    path = make(tmp_path / "many", {f"{k}.png": b"" for k in range(4)})
    with pytest.raises(DataError, match="many has more than 3 files"), open_source(path, no_check):
        pass


def test_a_zip_past_the_limit_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_folders, "MAX_ZIP_BYTES", 10)
    path = zipped(tmp_path / "a.zip", FILES)
    with pytest.raises(DataError, match=r"a\.zip is larger than"), open_source(path, no_check):
        pass


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (b"\x1f\x8b\x08", "a.x is a gz archive"),
        (b"7z\xbc\xaf\x27\x1c", "a.x is a 7z archive"),
        (b"Rar!\x1a\x07\x01\0", "a.x is a rar archive"),
        (b"BZh9", "a.x is a bz2 archive"),
        (b"\xfd7zXZ\0", "a.x is a xz archive"),
        (b"cat/".ljust(257, b"\0") + b"ustar\0", "a.x is a tar archive"),
        (of_format("JPEG"), "a.x is a single image"),
        (HEIC, "a.x is a single image"),
        (b"id,label", "a.x cannot be read as a zip"),
    ],
)
def test_other_files_than_zips(tmp_path: Path, head: bytes, sentence: str) -> None:
    (tmp_path / "a.x").write_bytes(head + bytes(600))
    with pytest.raises(DataError, match=sentence), open_source(tmp_path / "a.x", no_check):
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
