"""Picture files in class folders, in a folder or an untrusted zip. Zips are read in memory, never extracted."""

import contextlib
import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from explorer.core import files, settings
from explorer.core.errors import DataError
from explorer.data.cifar10 import SUFFIXES
from explorer.data.images import MAX_BYTES, display_name

MAX_FILES: Final = 200_000  # Tiny-ImageNet has 110,000
MAX_DEPTH: Final = 4  # folders around a picture: wrapper/train/class/images
MAX_ZIP_BYTES: Final = 2 << 30
MAX_UNPACKED_BYTES: Final = 4 << 30
MAX_CENTRAL_DIRECTORY: Final = 32 << 20  # bytes of a zip's central directory: 160 for each of 200,000 members
TEST_FOLDERS: Final = ("test", "val", "valid", "validation")  # the first that exists is used

Check = Callable[[], None]  # called often; raises an exception to cancel


def name_file(path: Path) -> Path:
    """JSON file beside an uploaded zip that stores the user's file name; the zip itself is named by its sha256."""
    return path.with_suffix(".json")


def source_name(path: Path) -> str:
    """Display name of a folder or zip: of an upload, the user's file name."""
    stored = files.read_json(name_file(path)).get("name") if path.parent.name == settings.UPLOADS else None
    return display_name(stored if isinstance(stored, str) else str(path))


class Source(Protocol):
    """Picture files by name (`folder/…/file`, sorted). `skipped` are display names of files that must not be read."""

    names: list[str]
    skipped: list[str]

    def read(self, name: str) -> bytes:
        """At most `images.MAX_BYTES` + 1 bytes of the file; empty if it cannot be read."""

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
            yield _Zip(path, archive)
    else:
        raise DataError("errors.data_no_folder", file=source_name(path))


@dataclass(frozen=True)
class Splits:
    """Pairs of class and file name, sorted. `test` is None if the source has no test folder.

    A class is named by `images.display_name` of its folder.
    """

    train: list[tuple[str, str]]
    test: list[tuple[str, str]] | None


def find_splits(names: Iterable[str]) -> Splits:
    """Derive splits and classes from folders: `<class>/…`, or `train/<class>/…` with one of TEST_FOLDERS beside it.

    A single folder around everything is skipped. Pictures outside of a class folder are ignored.
    """
    shown = lru_cache(maxsize=None)(display_name)
    paths = [(name.split("/"), name) for name in names]
    if len({folders[0] for folders, _ in paths if len(folders) > 1}) == 1 and any(len(f) > 2 for f, _ in paths):
        paths = [(folders[1:], name) for folders, name in paths]
    named: dict[str, list[tuple[str, str]]] = {}
    for folders, name in paths:
        if len(folders) > 2:
            named.setdefault(folders[0].lower(), []).append((shown(folders[1]), name))
    if "train" not in named:
        return Splits(sorted((shown(folders[0]), name) for folders, name in paths if len(folders) > 1), None)
    test = next((named[part] for part in TEST_FOLDERS if part in named), None)
    return Splits(sorted(named["train"]), test and sorted(test))


def _is_picture_file(name: str) -> bool:
    """Whether `name` has a picture's suffix and is not hidden (`.…`) or in a folder like __MACOSX."""
    *folders, file = name.split("/")
    hidden = file.startswith(".") or any(folder.startswith((".", "_")) for folder in folders)
    return file.lower().endswith(SUFFIXES) and not hidden


class _Folder:
    """A folder of pictures. Does not follow links to folders or to files outside."""

    def __init__(self, path: Path, check: Check) -> None:
        self._path = files.extended_path(path.resolve())
        self._entries: list[tuple[str, int, int]] = []
        self.skipped: list[str] = []
        waiting, seen = [""], 0
        while waiting:
            check()
            inside = waiting.pop()
            try:
                with os.scandir(self._path / inside) as listing:
                    entries = list(islice(listing, MAX_FILES + 1))
            except OSError:
                self.skipped.append(display_name(inside.rstrip("/")))
                continue
            seen += len(entries)
            if seen > MAX_FILES:
                raise DataError("errors.data_too_many_files", file=display_name(path.name), limit=MAX_FILES)
            for entry in entries:
                name = inside + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if name.count("/") < MAX_DEPTH and entry.name[0] not in "._":
                        waiting.append(f"{name}/")
                elif _is_picture_file(name):
                    self._add(name, entry)
        self._entries.sort()
        self.names = [name for name, _, _ in self._entries]

    def _add(self, name: str, entry: os.DirEntry[str]) -> None:
        try:
            facts = entry.stat()
            inside = not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(self._path)
        except (OSError, RuntimeError):  # a broken or circular link
            inside = False
        if inside and stat.S_ISREG(facts.st_mode):  # reading from a pipe would block
            self._entries.append((name, facts.st_size, facts.st_mtime_ns))
        else:
            self.skipped.append(display_name(name))

    def read(self, name: str) -> bytes:
        try:
            with (self._path / name).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError:
            return b""

    def digest(self, check: Check) -> str:
        listing = json.dumps([str(self._path), self._entries])  # JSON escapes names that are not UTF-8
        return hashlib.sha256(listing.encode()).hexdigest()


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        file, members = source_name(path), archive.infolist()
        if len(members) > MAX_FILES:
            raise DataError("errors.data_too_many_files", file=file, limit=MAX_FILES)
        members = [each for each in members if not stat.S_ISLNK(each.external_attr >> 16)]
        unsafe = {each.filename for each in members if _is_unsafe(each.filename)}
        self.skipped = sorted(display_name(name) for name in unsafe if name.lower().endswith(SUFFIXES))
        self._members = {
            each.filename: each for each in members if each.filename not in unsafe and _is_picture_file(each.filename)
        }
        self.names = sorted(self._members)
        if any(each.flag_bits & 1 for each in self._members.values()):
            raise DataError("errors.data_zip_encrypted", file=file)
        # Declared sizes: zipfile reads no more than a member declares, then fails.
        if sum(min(each.file_size, MAX_BYTES + 1) for each in self._members.values()) > MAX_UNPACKED_BYTES:
            raise DataError("errors.data_zip_unpacks", file=file, limit_gb=MAX_UNPACKED_BYTES >> 30)

    def read(self, name: str) -> bytes:
        member = self._members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return b""  # for bzip2 and LZMA, zipfile decompresses more than was asked for
        try:
            with self._archive.open(member) as file:
                return file.read(MAX_BYTES + 1)
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
            raise DataError("errors.data_zip_damaged", file=file) from error
        with archive:
            yield archive


def _decode_names(raw: io.BufferedReader) -> zipfile.ZipFile:
    """Open a zip. Names without an encoding flag are UTF-8 (macOS), else GBK (Chinese Windows), else cp437."""
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return zipfile.ZipFile(raw, metadata_encoding=encoding)
    return zipfile.ZipFile(raw)


def _is_unsafe(name: str) -> bool:
    folders = name.removesuffix("/").split("/")
    return "\\" in name or any(folder in ("", ".", "..") for folder in folders)
