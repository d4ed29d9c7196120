"""Decoding of untrusted picture files, and the gallery of samples. Does not import torch."""

import gzip
import hashlib
import importlib
import importlib.util
import io
import os
import re
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from explorer.core.errors import PictureError
from explorer.data import cifar10, formats
from explorer.data.names import display_name as display_name  # also images.display_name

MAX_BYTES = 64 * 2**20  # a phone's JPEG of 108 million pixels has 25 to 40 MB; with a short video behind it, 15 MB more
MAX_PIXELS = 8192 * 6144  # a phone's "50 megapixels"; 200 MB decoded. Pillow warns only at 89 million
MAX_JPEG_PIXELS = 220_000_000  # decoded at a fraction of its size, which takes no more memory than MAX_PIXELS
MAX_BUFFERED = 330_000_000  # coefficients of a progressive JPEG, which a decoder keeps: 660 MB
LARGE_PIXELS = 16_000_000  # larger pictures are decoded one at a time: each takes up to 800 MB meanwhile
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")  # no other decoder is tried

MAX_SLOW_PIXELS = 1_000_000  # of a PPM as text, or with unusual values: Pillow decodes these in Python
MAX_EXIF_BYTES = 1 << 20  # a camera's EXIF data, thumbnail included, fits a JPEG segment of 64 KB

_SCALES = {1: (), 2: ("picture.note_half",), 4: ("picture.note_quarter",)}  # of a JPEG -> notes
_DEPTHS = (8, 10, 12, 14, 16)  # bits of grey values stored as 16-bit numbers, by cameras and microscopes

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip

# Pillow raises these for a header that declares too many pixels, before it decodes any.
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)

_large_turn = threading.Lock()


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
    around a GIF's frame, on white. 16-bit values are divided by 257; if all are below 256, 1024, 4096 or 16384, they
    count as values of so many bits. 32-bit integers count as 16-bit if they are in 0..65535 and some exceed 255, else
    they are scaled from their minimum and maximum to 0..255; floats in 0..1 are multiplied by 255, others scaled
    likewise.

    A JPEG of more than MAX_PIXELS is decoded at 1/2 or 1/4 of its size. A JPEG without its end is decoded if more than
    its upper half is there; the rest is grey. No part of any other cut file is decoded.
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
    content = formats.without_prefix(content)
    if kind := formats.other(content):
        raise PictureError("errors.picture_other_format", file=shown, kind=kind)
    if formats.is_heif(content):
        return _decode_heif(content, shown)
    if layout := formats.jpeg(content):
        return _decode_jpeg(content, layout, shown)
    formats.check_structure(content)
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        tile = _tiff_tag(picture, 322, 0) * _tiff_tag(picture, 323, 0)  # a 16 px picture may declare tiles of 40,000 px
        pixels, most = max(picture.width * picture.height, tile), MAX_PIXELS
        if picture.format == "PPM" and picture.tile[0].codec_name != "raw":
            most = MAX_SLOW_PIXELS
        _check_pixels(pixels, most, shown)
        notes = []
        # Not `n_frames`: counting 150,000 pages of a TIFF takes minutes.
        if getattr(picture, "is_animated", False) and picture.format in ("GIF", "PNG", "WEBP", "AVIF", "TIFF"):
            notes.append("picture.note_first_page" if picture.format == "TIFF" else "picture.note_first_frame")
        before = _tiff_tag(picture, 274, 1)
        white_is_zero = picture.mode.startswith("I") and _tiff_tag(picture, 262, 1) == 0
        if picture.format == "PNG":
            _scale_transparent_colour(picture, content[24], shown)
        frame = picture.tile[0].extents if picture.format == "GIF" else None
        with _turn(pixels):
            picture.load()
            rgb = _to_rgb(picture, notes, white_is_zero)
        if frame not in (None, (0, 0, *rgb.size)):  # Pillow fills the area around it with a colour
            white = Image.new("RGB", rgb.size, "white")
            white.paste(rgb.crop(frame), frame)
            rgb, notes = white, list(dict.fromkeys((*notes, "picture.note_alpha")))
        if picture.format != "TIFF":
            return _upright(rgb, _orientation(picture), notes), notes
        if before in _TRANSPOSE:  # Pillow has already rotated it
            notes.append("picture.note_upright")
        return rgb, notes


def _decode_jpeg(content: bytes, layout: formats.Jpeg, shown: str) -> tuple[Image.Image, list[str]]:
    """Decode the first picture of a JPEG; those behind it (a preview, a depth map) are no frames of an animation."""
    pixels, scale = layout.pixels, 1
    if pixels > MAX_PIXELS:
        buffered = pixels * layout.components if layout.buffered else 0
        if not layout.scalable or buffered > MAX_BUFFERED or layout.scans * pixels > formats.MAX_SCANS * MAX_PIXELS:
            _check_pixels(pixels, MAX_PIXELS, shown)
        _check_pixels(pixels, MAX_JPEG_PIXELS, shown)
        scale = next(each for each in _SCALES if -(-layout.width // each) * -(-layout.height // each) <= MAX_PIXELS)
    notes = list(_SCALES[scale])
    whole = content if layout.complete else content + b"\xff\xd9"  # libjpeg then fills what is missing with grey
    with JpegImageFile(io.BytesIO(whole)) as picture:  # not `Image.open`, which refuses 179 million pixels
        picture.draft(None, (picture.width // scale, picture.height // scale))
        _check_pixels(picture.width * picture.height, MAX_PIXELS, shown)
        with _turn(pixels):
            picture.load()
            if not layout.complete:
                if _lower_half_is_missing(picture):
                    raise PictureError("errors.picture_damaged", file=shown)
                notes.append("picture.note_incomplete")
            rgb = _to_rgb(picture, notes, white_is_zero=False)
        return _upright(rgb, _orientation(picture), notes), notes


def _decode_heif(content: bytes, shown: str) -> tuple[Image.Image, list[str]]:
    """Decode a phone's HEIC if the package pillow-heif is installed; it applies the orientation itself."""
    if importlib.util.find_spec("pillow_heif") is None:
        raise PictureError("errors.picture_heic", file=shown)
    opened = importlib.import_module("pillow_heif").open_heif(io.BytesIO(content))  # decodes nothing yet
    pixels = opened.size[0] * opened.size[1]
    _check_pixels(pixels, MAX_PIXELS, shown)
    notes: list[str] = []
    with _turn(pixels):
        return _to_rgb(opened.to_pillow(), notes, white_is_zero=False), notes


def _check_pixels(pixels: int, limit: int, shown: str) -> None:
    if pixels > limit:
        raise PictureError("errors.picture_too_many_pixels", file=shown, limit=limit // 1_000_000)


def _turn(pixels: int) -> AbstractContextManager[object]:
    """Hold it while a picture is decoded: large ones take turns, so that many visitors need the memory of one."""
    return _large_turn if pixels > LARGE_PIXELS else nullcontext()


def _lower_half_is_missing(picture: Image.Image) -> bool:
    """Whether a cut JPEG has less than its upper half: libjpeg's fill is grey 128, or 127 once CMYK is inverted."""
    lower = picture.crop((0, picture.height // 2, *picture.size)).getextrema()
    bands = lower if picture.mode != "L" else (lower,)
    return all(each in ((127, 127), (128, 128)) for each in bands)


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


def _upright(rgb: Image.Image, orientation: int, notes: list[str]) -> Image.Image:
    if orientation not in _TRANSPOSE:
        return rgb
    notes.append("picture.note_upright")
    return rgb.transpose(_TRANSPOSE[orientation])


def _to_rgb(picture: Image.Image, notes: list[str], white_is_zero: bool) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        notes.append("picture.note_scaled")
        values = np.asarray(picture)
        if picture.format == "TIFF" and values.dtype == np.int32 and _tiff_tag(picture, 339, 1) == 1:
            values = values.view(np.uint32)  # Pillow has no mode for uint32
        grey = Image.fromarray(_scale_to_uint8(values, _tiff_tag(picture, 258, 0) == 12))
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


def _scale_to_uint8(values: NDArray[Any], is_12_bit: bool) -> NDArray[np.uint8]:
    """Scale integer or float pixels to 0..255 as `decode` says.

    Works in place: 50 million pixels take 200 MB in float32.
    """
    floats = values.astype(np.float32)
    finite = np.isfinite(floats)
    low, high = floats.min(initial=np.inf, where=finite), floats.max(initial=-np.inf, where=finite)
    floats[~finite] = low if np.isfinite(low) else 0
    whole = values.dtype.kind in "iu"
    if whole and low >= 0 and (values.dtype.itemsize == 2 or 255 < high <= 65535):
        depths = (12,) if is_12_bit else _DEPTHS if values.dtype.itemsize == 2 else (16,)
        low, high = np.float32(0), np.float32(next((1 << bits) - 1 for bits in depths if high < 1 << bits))
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
    is_known = start.startswith(known) or formats.is_avif(content) or formats.is_heif(content)
    is_known |= re.match(rb"p[1-6]\s", start) is not None
    return "errors.picture_damaged" if is_known else "errors.picture_unknown_format"


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
