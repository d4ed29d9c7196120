"""Untrusted bytes to a picture, and the gallery of samples. Imports no torch."""

import gzip
import hashlib
import importlib.util
import io
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.errors import PictureError
from explorer.training import data

MAX_BYTES = 20 * 2**20  # a phone's largest JPEG has about 15 MB
MAX_PIXELS = 50_000_000  # a phone's largest picture; 150 MB once decoded. Pillow's own warning comes at 89 million
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # no other decoder sees a byte

# What Pillow says of a header that declares more than it decodes by itself: both are refused, before a pixel is read.
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    """An upright RGB picture.

    `name` is for showing only. `notes` are keys of words that say what was done to it. `digest` is the sha256 of the
    bytes it came from, hexadecimal. `label` is its class in English where its source names one.
    """

    image: Image.Image
    name: str
    notes: tuple[str, ...]
    digest: str
    label: str | None = None


@dataclass(frozen=True)
class Sample:
    """A picture of the gallery. `label` is its class in English where its source names one; `source` is a word key."""

    id: str
    label: str | None
    source: str


def decode(content: bytes, name: str = "") -> Picture:
    """The picture in `content`, told by its bytes and not by its name.

    The first frame of an animation, turned upright by its EXIF orientation, transparency put on white. 16-bit values
    are divided by 257. 32-bit integers are taken for 16-bit values where they fit and pass 255, else stretched from
    their smallest to their largest value; floats are taken for 0..1 where they fit, else stretched likewise.
    Raises PictureError with one sentence that says what is wrong, the limit, and what to do.
    """
    shown = display_name(name)
    if not content:
        raise PictureError("errors.picture_empty", file=shown)
    if len(content) > MAX_BYTES:
        raise PictureError("errors.picture_too_large", file=shown, limit_mb=MAX_BYTES >> 20)
    try:
        picture, notes = _decoded(content, shown)
    except PictureError:
        raise
    except _BOMB as error:
        raise PictureError("errors.picture_too_many_pixels", file=shown, limit=MAX_PIXELS // 1_000_000) from error
    # Decoders fail on hostile bytes in as many ways as they have lines: struct.error, SyntaxError, IndexError, ...
    except Exception as error:
        raise PictureError(_reason(content), file=shown, formats=", ".join(FORMATS)) from error
    return Picture(picture, shown, tuple(notes), hashlib.sha256(content).hexdigest())


def read(path: Path) -> Picture:
    """A user's own file. Raises PictureError, also for one that is missing or may not be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError("errors.picture_unreadable", file=display_name(path.name)) from error
    return decode(content, path.name)


def display_name(name: str) -> str:
    """A file name from outside, safe to show: its last part, without control or direction marks, 60 characters."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c)[0] != "C")
    kept = " ".join(kept.split())
    return (kept if len(kept) <= 60 else f"{kept[:40]}…{kept[-19:]}") or "picture"


def _decoded(content: bytes, shown: str) -> tuple[Image.Image, list[str]]:
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise PictureError("errors.picture_too_many_pixels", file=shown, limit=MAX_PIXELS // 1_000_000)
        notes = ["picture.note_first_frame"] if getattr(picture, "is_animated", False) else []
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        if picture.getexif().get(0x0112, 1) != 1:
            notes.append("picture.note_upright")
        return _as_rgb(upright, notes), notes


def _as_rgb(picture: Image.Image, notes: list[str]) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        notes.append("picture.note_scaled")
        return Image.fromarray(_as_bytes(np.asarray(picture))).convert("RGB")
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        if clear.getchannel("A").getextrema() != (255, 255):
            notes.append("picture.note_alpha")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    if picture.mode == "CMYK":
        notes.append("picture.note_cmyk")
    return picture.convert("RGB")


def _as_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Integer or float pixels to 0..255, as `decode` says."""
    floats = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    low, high = floats.min(), floats.max()
    whole = values.dtype.kind in "iu"
    if whole and low >= 0 and (values.dtype.itemsize == 2 or 255 < high <= 65535):
        low, high = 0.0, 65535.0
    elif not whole and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled: NDArray[np.uint8] = np.round((floats - low) / ((high - low) or 1) * 255).astype(np.uint8)
    return scaled


def _reason(content: bytes) -> str:
    """The key of the sentence for bytes that no decoder took."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "errors.picture_svg"
    if start.startswith((b"<!doctype html", b"<html")):
        return "errors.picture_html"
    known = (b"\xff\xd8\xff", b"\x89png", b"gif8", b"riff", b"bm", b"ii*\0", b"mm\0*")
    return "errors.picture_damaged" if start.startswith(known) else "errors.picture_unknown_format"


def gallery(root: Path | None = None) -> tuple[Sample, ...]:
    """Two test pictures a class where a data set is found, then what is always there. Decodes nothing.

    `root` is searched for the data set; None searches where `data.find_cifar10` does.
    """
    found = data.find_cifar10(root)
    first: tuple[Sample, ...] = ()
    if found is not None:
        source = "picture.source_cifar10" if found.is_cifar10 else "picture.source_folder"
        first = tuple(Sample(f"{name}-{k}", name, source) for name in found.classes for k in range(2))
    digits = tuple(Sample(f"digit-{digit}", str(digit), "picture.source_digit") for digit in range(10))
    return (
        *first,
        Sample("china", None, "picture.source_photo"),
        Sample("flower", None, "picture.source_photo"),
        *digits,
    )


def open_sample(sample_id: str, root: Path | None = None) -> Picture:
    """A picture of the gallery by its id. Raises PictureError for an unknown id."""
    if sample_id in ("china", "flower"):
        return read(_sklearn() / "images" / f"{sample_id}.jpg")
    name, _, number = sample_id.rpartition("-")
    if name == "digit" and number in map(str, range(10)):
        buffer = io.BytesIO()
        Image.fromarray(_digits()[int(number)]).save(buffer, "PNG")
        return replace(decode(buffer.getvalue(), sample_id), label=number)
    found = data.find_cifar10(root)
    if found is None or name not in found.classes or not number.isdigit() or len(number) > 4:
        raise PictureError("errors.picture_unknown_sample", sample=display_name(sample_id))
    return replace(decode(data.test_picture(found, name, int(number)), sample_id), label=name)


def _sklearn() -> Path:
    """scikit-learn's data sets, read as files: importing it takes a second and 100 MB."""
    spec = importlib.util.find_spec("sklearn")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "datasets"


@lru_cache
def _digits() -> dict[int, NDArray[np.uint8]]:
    """The first picture of each digit: 8 x 8, 0..255 (the file has 0..16)."""
    with gzip.open(_sklearn() / "data" / "digits.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",", max_rows=100)
    first = {int(row[-1]): row for row in rows[::-1]}
    return {digit: np.round(row[:-1] * 255 / 16).astype(np.uint8).reshape(8, 8) for digit, row in first.items()}
