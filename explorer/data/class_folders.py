"""Picture files in class folders, in a folder or in a zip that nobody vouches for. Nothing is ever extracted."""

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
MAX_DIRECTORY: Final = 32 << 20  # bytes of a zip's table of contents: 160 for each of 200,000 members
TEST_PARTS: Final = ("test", "val", "valid", "validation")  # the first that is there

Check = Callable[[], None]  # called often; raises to stop


def note(path: Path) -> Path:
    """Beside a reader's zip, whose name is ours: says how the reader calls it."""
    return path.with_suffix(".json")


def name(path: Path) -> str:
    """The name that the owner of a folder or zip knows it by, safe to show."""
    told = files.read_json(note(path)).get("name") if path.parent.name == settings.UPLOADS else None
    return display_name(told if isinstance(told, str) else str(path))


class Source(Protocol):
    """Picture files by name (`folder/…/file`, sorted). `skipped` are display names of what may not be read."""

    names: list[str]
    skipped: list[str]

    def read(self, name: str) -> bytes:
        """As many bytes as tell that a file is too large; none where it cannot be read."""

    def digest(self, check: Check) -> str:
        """sha256, hexadecimal: of a zip's bytes; of a folder's place and its files' names, sizes and times of change.

        To read 60,000 files for their content takes 0.6 s, and 2 to 4 s from a cold disk or on a busy machine, at every
        start. So a file that is replaced by one of the same size and time is not noticed.
        """


@contextlib.contextmanager
def opened(path: Path, check: Check) -> Iterator[Source]:
    """A folder or a zip, told by its content. Raises DataError for what is neither, is damaged, or is past a limit."""
    if os.path.isdir(path):
        yield _Folder(path, check)
    elif os.path.isfile(path):
        with _opened_zip(path) as archive:
            yield _Zip(path, archive)
    else:
        raise DataError("errors.data_no_folder", file=name(path))


@dataclass(frozen=True)
class Parts:
    """Pairs of class and file name, sorted. `test` is None where the source has no part of its own for it.

    A class is its folder's name as `images.display_name` makes it safe to show.
    """

    train: list[tuple[str, str]]
    test: list[tuple[str, str]] | None


def parts(names: Iterable[str]) -> Parts:
    """Tell parts and classes by folders: `<class>/…`, or `train/<class>/…` with one of TEST_PARTS beside it.

    One folder around it all is seen through. Pictures outside of a class are left out.
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
        return Parts(sorted((shown(folders[0]), name) for folders, name in paths if len(folders) > 1), None)
    test = next((named[part] for part in TEST_PARTS if part in named), None)
    return Parts(sorted(named["train"]), test and sorted(test))


def _is_picture(name: str) -> bool:
    """By its suffix. What begins with a dot, and folders like __MACOSX, are other programs' notes."""
    *folders, file = name.split("/")
    hidden = file.startswith(".") or any(folder.startswith((".", "_")) for folder in folders)
    return file.lower().endswith(SUFFIXES) and not hidden


class _Folder:
    """Links to folders are not followed, nor links to files outside."""

    def __init__(self, path: Path, check: Check) -> None:
        self._path = files.extended_path(path.resolve())
        self._told: list[tuple[str, int, int]] = []
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
                elif _is_picture(name):
                    self._add(name, entry)
        self._told.sort()
        self.names = [name for name, _, _ in self._told]

    def _add(self, name: str, entry: os.DirEntry[str]) -> None:
        try:
            facts = entry.stat()
            inside = not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(self._path)
        except (OSError, RuntimeError):  # a link to nothing, or round in a circle
            inside = False
        if inside and stat.S_ISREG(facts.st_mode):  # a pipe would be waited for
            self._told.append((name, facts.st_size, facts.st_mtime_ns))
        else:
            self.skipped.append(display_name(name))

    def read(self, name: str) -> bytes:
        try:
            with (self._path / name).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError:
            return b""

    def digest(self, check: Check) -> str:
        told = json.dumps([str(self._path), self._told])  # which escapes a name that is not UTF-8
        return hashlib.sha256(told.encode()).hexdigest()


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        file, members = name(path), archive.infolist()
        if len(members) > MAX_FILES:
            raise DataError("errors.data_too_many_files", file=file, limit=MAX_FILES)
        members = [each for each in members if not stat.S_ISLNK(each.external_attr >> 16)]
        unsafe = {each.filename for each in members if _leads_out(each.filename)}
        self.skipped = sorted(display_name(name) for name in unsafe if name.lower().endswith(SUFFIXES))
        self._members = {
            each.filename: each for each in members if each.filename not in unsafe and _is_picture(each.filename)
        }
        self.names = sorted(self._members)
        if any(each.flag_bits & 1 for each in self._members.values()):
            raise DataError("errors.data_zip_encrypted", file=file)
        # Sizes as the zip tells them: of what tells less than it has, zipfile gives no more than told, then fails.
        if sum(min(each.file_size, MAX_BYTES + 1) for each in self._members.values()) > MAX_UNPACKED_BYTES:
            raise DataError("errors.data_zip_unpacks", file=file, limit_gb=MAX_UNPACKED_BYTES >> 30)

    def read(self, name: str) -> bytes:
        member = self._members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return b""  # zipfile unpacks bzip2 and LZMA past what it was asked for
        try:
            with self._archive.open(member) as file:
                return file.read(MAX_BYTES + 1)
        # BadZipFile, zlib.error, EOFError, NotImplementedError, ...: zipfile fails in as many ways as a zip is broken.
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
    """A file that is never read by more than MAX_DIRECTORY bytes at once, whatever a zip says of itself."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise zipfile.BadZipFile(f"a table of contents of {size} bytes")
        return super().read(size)


@contextlib.contextmanager
def _opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    file = name(path)
    try:
        if os.path.getsize(path) > MAX_ZIP_BYTES:
            raise DataError("errors.data_zip_too_large", file=file, limit_gb=MAX_ZIP_BYTES >> 30)
        raw = _Capped(io.FileIO(path))
    except OSError as error:
        raise DataError("errors.data_zip_damaged", file=file) from error
    with raw:
        try:
            archive = _named(raw)
        except Exception as error:  # hostile bytes: BadZipFile, struct.error, UnicodeDecodeError, ...
            raise DataError("errors.data_zip_damaged", file=file) from error
        with archive:
            yield archive


def _named(raw: io.BufferedReader) -> zipfile.ZipFile:
    """Names that do not say their encoding are UTF-8 (macOS), or GBK (a Chinese Windows), or what the format says."""
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return zipfile.ZipFile(raw, metadata_encoding=encoding)
    return zipfile.ZipFile(raw)


def _leads_out(name: str) -> bool:
    folders = name.removesuffix("/").split("/")
    return "\\" in name or any(folder in ("", ".", "..") for folder in folders)
