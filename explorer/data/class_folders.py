"""Picture files in class folders, in a folder or an untrusted zip. Zips are read in memory, never extracted."""

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from explorer.core import files, settings
from explorer.core.errors import DataError
from explorer.data import formats
from explorer.data.cifar10 import SUFFIXES
from explorer.data.images import MAX_BYTES
from explorer.data.names import display_name, source_name

MAX_FILES: Final = 200_000  # Tiny-ImageNet has 110,000
MAX_DEPTH: Final = 12  # folders around a picture: data sets are zipped with wrapper folders around wrapper folders
MAX_ZIP_BYTES: Final = 2 << 30
MAX_UNPACKED_BYTES: Final = 4 << 30
MAX_CENTRAL_DIRECTORY: Final = 32 << 20  # bytes of a zip's central directory: 160 for each of 200,000 members
SNIFF_BYTES: Final = 64  # the brands of an AVIF or HEIC file are within
HEAD_BYTES: Final = 1 << 18  # the size of a picture is within, also behind a camera's EXIF data

PICTURES: Final = tuple(suffix for suffix in SUFFIXES if suffix not in (".heic", ".heif"))
"""Suffixes of files that are decoded without a look at their first bytes."""
TABLES: Final = (".csv", ".tsv", ".txt", ".jsonl")
"""Suffixes of files that may name the class of each picture."""
NOTES: Final = (
    *TABLES, ".json", ".xml", ".yaml", ".yml", ".md", ".rst", ".html", ".htm", ".url", ".ini", ".db", ".log", ".py",
    ".ipynb", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".names", ".data", ".cfg", ".lock", ".gitignore", ".dvc",
)  # fmt: skip
"""Suffixes of files that are expected beside pictures."""
HEIC: Final = importlib.util.find_spec("pillow_heif") is not None  # whether an iPhone's pictures can be decoded

_NOTE_NAMES = ("thumbs.db", "desktop.ini", "icon\r", "readme", "license", "licence", "copying", "makefile")
_SYSTEM = ("__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found")
_ARCHIVES = {
    b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zst",
}  # fmt: skip

Check = Callable[[], None]  # called often; raises an exception to cancel


class Source(Protocol):
    """The files of a folder or zip by name (`folder/…/file`), sorted.

    `names` are the pictures, told by suffix or by their first bytes; `tables` the text files that may hold labels;
    `folders` all folders, with empty ones; `left_out` the other files and links with the message key of why.
    """

    names: list[str]
    tables: list[str]
    folders: set[str]
    left_out: list[tuple[str, str]]

    def read(self, name: str, at_most: int = MAX_BYTES + 1) -> bytes:
        """The first bytes of a picture or table; empty if it cannot be read."""

    def digest(self, check: Check) -> str:
        """sha256 (hexadecimal) of a zip's bytes, or of a folder's path and its files' names, sizes and mtimes.

        A file replaced by one of the same size and mtime is therefore not noticed. Hashing the content of 60,000 files
        would take 0.6 s, or 2 to 4 s from a cold disk or on a busy machine, at every start.
        """


@contextlib.contextmanager
def open_source(path: Path, check: Check) -> Iterator[Source]:
    """Open a folder or zip. Raises DataError if it is neither, is damaged or exceeds a limit."""
    if os.path.isdir(path):
        yield _Folder(path, check)
    elif os.path.isfile(path):
        with _open_zip(path) as archive:
            yield _Zip(path, archive, check)
    else:
        raise DataError("errors.data_no_folder", file=source_name(path))


def picture_kind(head: bytes) -> str:
    """What the first bytes of a file are: `picture`, `heic`, or "" for no picture."""
    if formats.is_heif(head):
        return "heic"
    is_picture = (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[:2] == b"BM" and head[6:10] == bytes(4))
        or formats.is_avif(head)
        or re.match(rb"P[1-6]\s", head) is not None
    )
    return "picture" if is_picture else ""


def is_note(name: str) -> bool:
    """Whether a file is hidden, of another program (`Thumbs.db`), or of a kind that is expected beside pictures."""
    *folders, file = name.lower().split("/")
    hidden = file.startswith(".") or any(folder.startswith(".") or folder in _SYSTEM for folder in folders)
    return hidden or file in _NOTE_NAMES or file.endswith(NOTES)


class _Files:
    """Sorts files into pictures, tables and those left out, as they are added."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.tables: list[str] = []
        self.folders: set[str] = set()
        self.left_out: list[tuple[str, str]] = []

    def read(self, name: str, at_most: int = MAX_BYTES + 1) -> bytes:
        raise NotImplementedError

    def _sort_in(self, name: str, size: int) -> bool:
        """Add a file; returns whether it is a picture."""
        if is_note(name):
            if name.lower().endswith(TABLES) and 0 < size <= MAX_BYTES and not name.split("/")[-1].startswith("."):
                self.tables.append(name)
            self.left_out.append((name, "data.why_note"))
            return False
        named = name.lower().endswith(PICTURES)
        if not size and named:
            self.left_out.append((name, "data.why_empty"))
            return False
        kind = "picture" if named else picture_kind(self.read(name, SNIFF_BYTES))
        if kind == "picture" or (kind == "heic" and HEIC):
            self.names.append(name)
            return True
        self.left_out.append((name, "data.why_heic" if kind == "heic" else "data.why_no_picture"))
        return False


class _Folder(_Files):
    """A folder of pictures.

    Links to folders, and to files outside, are followed only if EXPLORER_FOLLOW_LINKS is set: a folder from elsewhere
    may link to any file of this machine.
    """

    def __init__(self, path: Path, check: Check) -> None:
        super().__init__()
        self._path = files.extended_path(path.resolve())
        self._entries: list[tuple[str, int, int]] = []
        self._follows = settings.follows_links()
        waiting, seen, visited = [""], 0, {_identity(self._path)}
        while waiting:
            check()
            inside = waiting.pop()
            try:
                with os.scandir(self._path / inside) as listing:
                    entries = list(islice(listing, MAX_FILES + 1))
            except OSError:
                self.left_out.append((inside.rstrip("/"), "data.why_unreadable"))
                continue
            seen += len(entries)
            if seen > MAX_FILES:
                raise DataError("errors.data_too_many_files", file=display_name(path.name), limit=MAX_FILES)
            for entry in entries:
                check()
                name = inside + entry.name
                if _is_dir(entry, follow=self._follows):
                    identity = _identity(Path(entry.path)) if self._follows else name
                    if entry.name.startswith(".") or entry.name.lower() in _SYSTEM or identity in visited:
                        continue
                    if name.count("/") >= MAX_DEPTH:
                        self.left_out.append((name, "data.why_deep"))
                        continue
                    visited.add(identity)
                    self.folders.add(name)
                    waiting.append(f"{name}/")
                else:
                    self._add(name, entry)
        self._entries.sort()
        self.names.sort()
        self.tables.sort()
        self.left_out.sort()

    def _add(self, name: str, entry: os.DirEntry[str]) -> None:
        try:
            if entry.is_symlink() and not self._follows and not self._is_inside(Path(entry.path)):
                self.left_out.append((name, "data.why_link"))
                return
            facts = entry.stat()
        except (OSError, RuntimeError):  # a broken or circular link
            self.left_out.append((name, "data.why_link"))
            return
        if not stat.S_ISREG(facts.st_mode):  # reading from a pipe would block
            self.left_out.append((name, "data.why_unreadable"))
        elif self._sort_in(name, facts.st_size):
            self._entries.append((name, facts.st_size, facts.st_mtime_ns))

    def _is_inside(self, path: Path) -> bool:
        """Whether `path` leads to a file in this folder. Raises OSError or RuntimeError."""
        resolved = path.resolve(strict=True)
        return resolved.is_relative_to(self._path) and not resolved.is_dir()

    def read(self, name: str, at_most: int = MAX_BYTES + 1) -> bytes:
        try:
            with (self._path / name).open("rb") as file:
                return file.read(at_most)
        except OSError:
            return b""

    def digest(self, check: Check) -> str:
        listing = json.dumps([str(self._path), self._entries])  # JSON escapes names that are not UTF-8
        return hashlib.sha256(listing.encode()).hexdigest()


def _is_dir(entry: os.DirEntry[str], *, follow: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:  # a circular link
        return False


def _identity(path: Path) -> object:
    """Device and number of a folder: the same for each link to it. The path itself if it cannot be read."""
    try:
        status = os.stat(path)
    except OSError:
        return str(path)
    return status.st_dev, status.st_ino


class _Zip(_Files):
    def __init__(self, path: Path, archive: zipfile.ZipFile, check: Check) -> None:
        super().__init__()
        self._path, self._archive = path, archive
        file, members = source_name(path), archive.infolist()
        if len(members) > MAX_FILES:
            raise DataError("errors.data_too_many_files", file=file, limit=MAX_FILES)
        # PowerShell 5 (Compress-Archive) separates folders by backslashes; then no name has a slash.
        separator = "\\" if not any("/" in each.filename.rstrip("/") for each in members) else "/"
        self._members: dict[str, zipfile.ZipInfo] = {}
        for each in members:
            name = each.filename.replace(separator, "/")
            if stat.S_ISLNK(each.external_attr >> 16):
                self.left_out.append((name, "data.why_link"))
            elif _is_unsafe(name):
                self.left_out.append((name, "data.why_note" if is_note(name.rpartition("/")[2]) else "data.why_unsafe"))
            elif name.endswith("/"):
                self.folders.add(name.rstrip("/"))
            else:
                self._members[name] = each
        pictures = {name: each for name, each in self._members.items() if not is_note(name)}
        if any(each.flag_bits & 1 for each in pictures.values()):
            raise DataError("errors.data_zip_encrypted", file=file)
        # Declared sizes: zipfile reads no more than a member declares, then fails.
        if sum(min(each.file_size, MAX_BYTES + 1) for each in pictures.values()) > MAX_UNPACKED_BYTES:
            raise DataError("errors.data_zip_unpacks", file=file, limit_gb=MAX_UNPACKED_BYTES >> 30)
        for name in sorted(self._members):
            check()
            self._sort_in(name, self._members[name].file_size)
        self.folders |= {parent for name in self._members for parent in parents(name) if not is_note(f"{parent}/x")}

    def read(self, name: str, at_most: int = MAX_BYTES + 1) -> bytes:
        member = self._members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return b""  # for bzip2 and LZMA, zipfile decompresses more than was asked for
        try:
            with self._archive.open(member) as file:
                return file.read(at_most)
        # zipfile raises many types for damaged zips: BadZipFile, zlib.error, EOFError, NotImplementedError, ...
        except Exception:
            return b""

    def digest(self, check: Check) -> str:
        whole = hashlib.sha256()
        with self._path.open("rb") as file:
            while chunk := file.read(1 << 22):
                check()
                whole.update(chunk)
        return whole.hexdigest()


class _Capped(io.BufferedReader):
    """A file that refuses single reads of more than MAX_CENTRAL_DIRECTORY bytes, whatever size the zip declares."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_CENTRAL_DIRECTORY:
            raise zipfile.BadZipFile(f"a central directory of {size} bytes")
        return super().read(size)


def parents(name: str) -> Iterator[str]:
    """The folders around a file, the outermost first."""
    at = name.find("/")
    while at >= 0:
        yield name[:at]
        at = name.find("/", at + 1)


@contextlib.contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    file = source_name(path)
    try:
        if os.path.getsize(path) > MAX_ZIP_BYTES:
            raise DataError("errors.data_zip_too_large", file=file, limit_gb=MAX_ZIP_BYTES >> 30)
        raw = _Capped(io.FileIO(path))
    except OSError as error:
        raise DataError("errors.data_zip_damaged", file=file) from error
    with raw:
        try:
            archive = _decode_names(raw)
        except Exception as error:  # hostile bytes: BadZipFile, struct.error, UnicodeDecodeError, ...
            raise _no_zip(path, file) from error
        with archive:
            yield archive


def _no_zip(path: Path, file: str) -> DataError:
    """The error for a file that is no zip: another kind of archive, a single picture, or unknown."""
    with path.open("rb") as opened:
        head = opened.read(512)
    kind = next((kind for magic, kind in _ARCHIVES.items() if head.startswith(magic)), "")
    if kind or head[257:262] == b"ustar":
        return DataError("errors.data_archive", file=file, kind=kind or "tar")
    if picture_kind(head):
        return DataError("errors.data_is_picture", file=file)
    return DataError("errors.data_zip_damaged", file=file)


def _decode_names(raw: io.BufferedReader) -> zipfile.ZipFile:
    """Open a zip whose names may not say their encoding.

    Such names are UTF-8 (macOS) if all are valid UTF-8. Else the code page is chosen under which most of their
    characters are common ones: GBK (China), the code page of DOS, Shift-JIS (Japan), Big5 (Taiwan) or cp949 (Korea).
    """
    as_dos = zipfile.ZipFile(raw)
    plain = [each for each in as_dos.infolist() if not each.flag_bits & 0x800]
    names = [each.orig_filename.encode("cp437") for each in plain]
    names = [name for name in names if not name.isascii()]
    if not names:
        return as_dos
    best = max(_SHARES, key=lambda encoding: _SHARES[encoding](names))  # the first of equals
    with contextlib.suppress(UnicodeDecodeError):
        letters = {letter for name in names for letter in name.decode() if not letter.isascii()}
        # Windows does not write UTF-8 without the flag. Short Chinese names may be valid UTF-8 for letters like è.
        by_chance = all(each.create_system == 0 for each in plain) and max(letters) < "\u0800"
        if not (by_chance and best == "gb18030" and _SHARES[best](names) == 1):
            best = "utf-8"
    return zipfile.ZipFile(raw, metadata_encoding=best)


def _share(
    encoding: str, lead: Sequence[tuple[int, int]], trail: Sequence[tuple[int, int]]
) -> Callable[[list[bytes]], float]:
    """Share of common characters among the two-byte characters of names: those in these ranges, -1 if undecodable."""

    def is_in(byte: int, ranges: Sequence[tuple[int, int]]) -> bool:
        return any(low <= byte <= high for low, high in ranges)

    def share(names: list[bytes]) -> float:
        common = total = 0
        for name in names:
            try:
                letters = name.decode(encoding)
            except UnicodeDecodeError:
                return -1
            for letter in letters:
                if not letter.isascii():
                    code = letter.encode(encoding)
                    total += 1
                    common += len(code) == 2 and is_in(code[0], lead) and is_in(code[1], trail)
        return common / (total or 1)

    return share


def _share_of_accents(names: list[bytes]) -> float:
    """Share of accented letters of the code page 437 (0x80..0xA5) that follow an ASCII letter, as in Käfer."""
    special = sum(byte > 127 for name in names for byte in name)
    return sum(len(re.findall(rb"(?<=[A-Za-z])[\x80-\xa5](?![\x80-\xff])", name)) for name in names) / special


_HANGUL: Final = frozenset(
    "가각간갈감강개거건검게겨견경계고곡곰공과관광교구국군권귀그극근글금급기긴길김까꽃끼나난날남내너네녀년노녹논농누눈늑는능니님다단달닭담당대더도독돌동되된두드들등디따딸때또라락란람랑래러레려력련로록론료루"
    "류르를름리린릴림마막만말망매머먹메면명모목무문물미민바박반발밤방배백버번범법벼변별병보복본볼봉부북분불비빈빛뿔사산살상새생서석선설섬성세소속손솔송쇠수숙순술스슴습승시식신실심쓰씨아악안알암애야약양어언"
    "얼업에여역연열염영예오옥온올와완왕외요용우운울원위유육율은을음응의이인일임입자작잔장재저적전절점정제조족존종좌주준줄중쥐증지직진질집차찬참창채책처천철청체초촌총최추축출충치친칠침카커코콜콩쿠크키타탄탈"
    "태택터테토통투트특티파판팔패퍼페편평포표품풍프피필하학한할함합항해햄행향허험헤현형혜호혼화확환활황회효후훈휴희히힘"
)
"""Common syllables, a sixth of those in cp949, whose bytes are also common Chinese characters in GBK."""


def _share_of_hangul(names: list[bytes]) -> float:
    """1 if all characters are common syllables of Korean, and so many that this is no chance; else -1."""
    try:
        letters = {letter for name in names for letter in name.decode("cp949") if not letter.isascii()}
    except UnicodeDecodeError:
        return -1
    return 1 if len(letters) >= 5 and letters <= _HANGUL else -1


_SHARES: Final[Mapping[str, Callable[[list[bytes]], float]]] = {
    "cp949": _share_of_hangul,
    "gb18030": _share("gb18030", [(0xB0, 0xD7)], [(0xA1, 0xFE)]),  # GB 2312, level 1: 3755 characters
    "cp437": _share_of_accents,
    "cp932": _share("cp932", [(0x82, 0x83), (0x88, 0x97)], [(0x40, 0xFC)]),  # kana, kanji of JIS level 1
    "cp950": _share("cp950", [(0xA4, 0xC6)], [(0x40, 0xFE)]),  # Big5, level 1
}


def _is_unsafe(name: str) -> bool:
    folders = name.removesuffix("/").split("/")
    return "\\" in name or any(folder in ("", ".", "..") or re.fullmatch("[A-Za-z]:", folder) for folder in folders)
