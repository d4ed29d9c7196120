"""Decoding of untrusted picture files, and the gallery of samples. Does not import torch."""

import gzip
import hashlib
import importlib.util
import io
import os
import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.core.errors import PictureError
from explorer.data import cifar10
from explorer.data.names import display_name as display_name  # also images.display_name

MAX_BYTES = 20 * 2**20  # a phone's largest JPEG has about 15 MB
MAX_PIXELS = 50_000_000  # a phone's largest picture; 150 MB decoded. Pillow warns only at 89 million
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # no other decoder is tried

MAX_SCANS = 200  # of a JPEG, including its thumbnails; a progressive one has about ten
MAX_MARKERS = 100_000  # 0xFF bytes before a JPEG's first scan; extensions of a GIF; strips or tiles of a TIFF
MAX_EXIF_BYTES = 1 << 20  # a camera's EXIF data, thumbnail included, fits a JPEG segment of 64 KB

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip

_TIFF_OFFSET_TAGS = (273, 324)  # StripOffsets, TileOffsets

# Pillow raises these for a header that declares too many pixels, before it decodes any.
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    """An upright RGB picture.

    `name` is for display only. `notes` are message keys that describe how the picture was changed. `digest` is the
    sha256 (hexadecimal) of the original bytes. `label` is its class in English if the source names one.
    """

    image: Image.Image
    name: str
    notes: tuple[str, ...]
    digest: str
    label: str | None = None


@dataclass(frozen=True)
class Sample:
    """A gallery picture. `label` is its class in English if the source names one; `source` is a message key."""

    id: str
    label: str | None
    source: str


def decode(content: bytes, name: str = "") -> Picture:
    """Decode a picture; its format is detected from `content`, not from `name`.

    Takes the first frame of an animation, applies the EXIF orientation and places transparent areas, and the area
    around a GIF's frame, on white. 16-bit values are divided by 257, 12-bit values by 16. 32-bit integers count as
    16-bit if they are in 0..65535 and some exceed 255, else they are scaled from their minimum and maximum to 0..255;
    floats in 0..1 are multiplied by 255, others scaled likewise.
    Raises PictureError; the message says what is wrong, the limit and how to fix it.
    """
    shown = display_name(name)
    if not content:
        raise PictureError("errors.picture_empty", file=shown)
    if len(content) > MAX_BYTES:
        raise PictureError("errors.picture_too_large", file=shown, limit_mb=MAX_BYTES >> 20)
    try:
        picture, notes = _decode_rgb(content, shown)
    except PictureError:
        raise
    except _BOMB as error:
        raise PictureError("errors.picture_too_many_pixels", file=shown, limit=MAX_PIXELS // 1_000_000) from error
    # Decoders raise many types for hostile bytes: struct.error, SyntaxError, IndexError, ...
    except Exception as error:
        raise PictureError(_error_key(content), file=shown, formats=", ".join(FORMATS)) from error
    return Picture(picture, shown, tuple(notes), hashlib.sha256(content).hexdigest())


def read(path: Path) -> Picture:
    """Decode a user's file. Raises PictureError, also if it is missing or not readable."""
    try:
        if not os.path.isfile(path):  # reading from a pipe would block
            raise FileNotFoundError
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError("errors.picture_unreadable", file=display_name(path.name)) from error
    return decode(content, path.name)


def _decode_rgb(content: bytes, shown: str) -> tuple[Image.Image, list[str]]:
    _check_structure(content)
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        tile = _tiff_tag(picture, 322, 0) * _tiff_tag(picture, 323, 0)  # a 16 px picture may declare tiles of 40,000 px
        if max(picture.width * picture.height, tile) > MAX_PIXELS:
            raise PictureError("errors.picture_too_many_pixels", file=shown, limit=MAX_PIXELS // 1_000_000)
        notes = []
        # Not `n_frames`: counting 150,000 pages of a TIFF takes minutes.
        if getattr(picture, "is_animated", False) and picture.format in ("GIF", "PNG", "WEBP", "AVIF", "TIFF"):
            notes.append("picture.note_first_page" if picture.format == "TIFF" else "picture.note_first_frame")
        before = _tiff_tag(picture, 274, 1)
        white_is_zero = picture.mode.startswith("I") and _tiff_tag(picture, 262, 1) == 0
        if picture.format == "PNG":
            _scale_transparent_colour(picture, content[24], shown)
        frame = picture.tile[0].extents if picture.format == "GIF" else None
        picture.load()
        orientation = before if picture.format == "TIFF" else _orientation(picture)
        rgb = _to_rgb(picture, notes, white_is_zero)
        if frame not in (None, (0, 0, *rgb.size)):  # Pillow fills the area around it with a colour
            white = Image.new("RGB", rgb.size, "white")
            white.paste(rgb.crop(frame), frame)
            rgb, notes = white, list(dict.fromkeys((*notes, "picture.note_alpha")))
        if orientation in _TRANSPOSE:
            notes.append("picture.note_upright")
            if picture.format != "TIFF":  # Pillow has already rotated a TIFF
                rgb = rgb.transpose(_TRANSPOSE[orientation])
        return rgb, notes


def _check_structure(content: bytes) -> None:
    """Raise ValueError for files built to keep a decoder busy.

    These are JPEGs with very many scans or segments, GIFs with very many extensions, TIFFs with very many strips.
    """
    if content.startswith(b"\xff\xd8"):
        scans, head = content.count(b"\xff\xda"), content[: content.find(b"\xff\xda")]
        if scans > MAX_SCANS or head.count(b"\xff") > MAX_MARKERS:
            raise ValueError("more scans or segments than a camera writes")
    elif content.startswith(b"GIF8"):
        if sum(content.count(begin) for begin in (b"!\xf9", b"!\xfe", b"!\xff")) > MAX_MARKERS:
            raise ValueError("more extensions than an animation has")
    elif order := {b"II": "<", b"MM": ">"}.get(content[:2]):
        is_big = b"+" in content[2:4]  # BigTIFF: 64-bit offsets
        (at,) = struct.unpack_from(f"{order}{'8xQ' if is_big else '4xI'}", content)
        count, entry = f"{order}{'Q' if is_big else 'H'}", f"{order}{'HHQ8x' if is_big else 'HHI4x'}"
        (entries,) = struct.unpack_from(count, content, at)
        begin, size = at + struct.calcsize(count), struct.calcsize(entry)
        entries = min(entries, (len(content) - begin) // size)
        for tag, _, parts in struct.iter_unpack(entry, content[begin : begin + entries * size]):
            if tag in _TIFF_OFFSET_TAGS and parts > MAX_MARKERS:
                raise ValueError("more strips or tiles than a picture has rows")


def _scale_transparent_colour(picture: Image.Image, depth: int, shown: str) -> None:
    """Scale a PNG's transparent colour like its pixels; Pillow scales only the pixels, to 8 bits (grey: 16)."""
    clear = picture.info.get("transparency")
    if isinstance(clear, int) and picture.mode in ("1", "L"):
        picture.info["transparency"] = clear * 255 // ((1 << depth) - 1)
    elif isinstance(clear, tuple) and depth == 16:
        raise PictureError("errors.picture_clear_colour", file=shown)


def _tiff_tag(picture: Image.Image, number: int, default: int) -> int:
    value = getattr(picture, "tag_v2", {}).get(number, default)
    value = value[0] if isinstance(value, tuple) and value else value
    return value if isinstance(value, int) else default


def _orientation(picture: Image.Image) -> int:
    """EXIF orientation, 1..8; 1 (upright) if it is missing or unreadable."""
    if len(picture.info.get("exif", b"")) > MAX_EXIF_BYTES:
        return 1
    try:
        orientation = picture.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF data must not make the picture unreadable
        return 1
    return orientation if isinstance(orientation, int) else 1


def _to_rgb(picture: Image.Image, notes: list[str], white_is_zero: bool) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        notes.append("picture.note_scaled")
        values, bits = np.asarray(picture), _tiff_tag(picture, 258, 16)
        if picture.format == "TIFF" and values.dtype == np.int32 and _tiff_tag(picture, 339, 1) == 1:
            values = values.view(np.uint32)  # Pillow has no mode for uint32
        grey = Image.fromarray(_scale_to_uint8(values, 4095 if bits == 12 else 65535))
        if isinstance(clear := picture.info.get("transparency"), int) and (values == clear).any():
            notes.append("picture.note_alpha")
            grey.paste(255, mask=Image.fromarray(values == clear))
        return (ImageOps.invert(grey) if white_is_zero else grey).convert("RGB")
    if picture.has_transparency_data:
        clear = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        alpha = clear.getchannel("A")
        if alpha.getextrema() != (255, 255):
            notes.append("picture.note_alpha")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=alpha)
        return white
    if picture.mode == "CMYK":
        notes.append("picture.note_cmyk")
    return picture.convert("RGB")


def _scale_to_uint8(values: NDArray[Any], top: int) -> NDArray[np.uint8]:
    """Scale integer or float pixels to 0..255 as `decode` says; `top` is the largest 16-bit value, 4095 or 65535.

    Works in place: 50 million pixels take 200 MB in float32.
    """
    floats = values.astype(np.float32)
    finite = np.isfinite(floats)
    low, high = floats.min(initial=np.inf, where=finite), floats.max(initial=-np.inf, where=finite)
    floats[~finite] = low if np.isfinite(low) else 0
    whole = values.dtype.kind in "iu"
    if whole and low >= 0 and (values.dtype.itemsize == 2 or 255 < high <= 65535):
        low, high = np.float32(0), np.float32(top)
    elif not whole and low >= 0 and high <= 1:
        low, high = np.float32(0), np.float32(1)
    if not high > low:
        return np.zeros(values.shape, np.uint8)
    floats -= low
    floats *= 255 / (high - low)
    scaled: NDArray[np.uint8] = np.rint(floats, out=floats).astype(np.uint8)
    return scaled


def _error_key(content: bytes) -> str:
    """Message key for bytes that no decoder accepted."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "errors.picture_svg"
    if start.startswith((b"<!doctype html", b"<html")):
        return "errors.picture_html"
    known = (b"\xff\xd8\xff", b"\x89png", b"gif8", b"riff", b"bm", b"ii*\0", b"mm\0*", b"ii+\0", b"mm\0+")
    return "errors.picture_damaged" if start.startswith(known) else "errors.picture_unknown_format"


def gallery(root: Path | None = None) -> tuple[Sample, ...]:
    """Samples: two test pictures per class if a data set is found, then the built-in ones. Decodes nothing.

    `root` is searched for the data set; None searches `cifar10.search_roots()`.
    """
    folder = cifar10.find_cifar10(root)
    first: tuple[Sample, ...] = ()
    if folder is not None:
        source = "picture.source_cifar10" if folder.is_cifar10 else "picture.source_folder"
        first = tuple(Sample(f"{name}-{k}", name, source) for name in folder.classes for k in range(2))
    digits = tuple(Sample(f"digit-{digit}", str(digit), "picture.source_digit") for digit in range(10))
    return (
        *first,
        Sample("china", None, "picture.source_photo"),
        Sample("flower", None, "picture.source_photo"),
        *digits,
    )


def open_sample(sample_id: str, root: Path | None = None) -> Picture:
    """Open a gallery picture by its id. Raises PictureError for an unknown id."""
    if sample_id in ("china", "flower"):
        return read(_sklearn() / "images" / f"{sample_id}.jpg")
    name, _, number = sample_id.rpartition("-")
    if name == "digit" and number in map(str, range(10)):
        buffer = io.BytesIO()
        Image.fromarray(_digits()[int(number)]).save(buffer, "PNG")
        return replace(decode(buffer.getvalue(), sample_id), label=number)
    folder = cifar10.find_cifar10(root)
    if folder is None or name not in folder.classes or not number.isdigit() or len(number) > 4:
        raise PictureError("errors.picture_unknown_sample", sample=display_name(sample_id))
    return replace(decode(cifar10.test_picture(folder, name, int(number), MAX_BYTES + 1), sample_id), label=name)


def _sklearn() -> Path:
    """Folder of scikit-learn's data sets; the files are read directly: importing it takes a second and 100 MB."""
    spec = importlib.util.find_spec("sklearn")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "datasets"


@lru_cache
def _digits() -> dict[int, NDArray[np.uint8]]:
    """The first picture of each digit: 8 x 8, scaled from 0..16 to 0..255."""
    with gzip.open(_sklearn() / "data" / "digits.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",", max_rows=100)
    first = {int(row[-1]): row for row in rows[::-1]}
    return {digit: np.round(row[:-1] * 255 / 16).astype(np.uint8).reshape(8, 8) for digit, row in first.items()}


def png(picture: Image.Image) -> bytes:
    """Encode a picture as PNG, at the fastest compression level."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
