"""Untrusted bytes are decoded correctly or fail with one clear message."""

import contextlib
import io
import os
import re
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps, ImageSequence, PngImagePlugin

from explorer.core.errors import PictureError
from explorer.data import images
from explorer.data.images import decode, display_name

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def two(left: tuple[int, ...] = RED, right: tuple[int, ...] = GREEN, mode: str = "RGB") -> Image.Image:
    """A picture of 2 x 1 pixels."""
    picture = Image.new(mode, (2, 1), left)
    picture.putpixel((1, 0), right)
    return picture


def pixels(content: bytes, name: str = "p.png") -> list[tuple[int, ...]]:
    picture = decode(content, name).image
    assert picture.mode == "RGB"
    return [tuple(pixel) for row in np.asarray(picture).tolist() for pixel in row]


def refused(content: bytes, key: str, name: str = "p.png") -> str:
    with pytest.raises(PictureError) as caught:
        decode(content, name)
    assert caught.value.key == f"errors.picture_{key}"
    sentence = str(caught.value)
    assert sentence.startswith(display_name(name))
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("kind", images.FORMATS)
def test_every_format_is_read(kind: str) -> None:
    content = encoded(Image.new("RGB", (16, 8), (200, 30, 60)), kind)
    picture = decode(content, "any").image
    assert picture.size == (16, 8)
    assert np.abs(np.asarray(picture).astype(int) - (200, 30, 60)).max() <= 6


# EXIF orientation -> size and pixels of a stored row of red and green once it is upright.
UPRIGHT = {
    1: ((2, 1), [RED, GREEN]), 2: ((2, 1), [GREEN, RED]), 3: ((2, 1), [GREEN, RED]), 4: ((2, 1), [RED, GREEN]),
    5: ((1, 2), [RED, GREEN]), 6: ((1, 2), [RED, GREEN]), 7: ((1, 2), [GREEN, RED]), 8: ((1, 2), [GREEN, RED]),
}  # fmt: skip


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(two(), exif=exif))
    assert (picture.image.size, pixels(encoded(two(), exif=exif))) == UPRIGHT[orientation]
    assert picture.notes == (("picture.note_upright",) if orientation > 1 else ())


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (two((255, 0, 0, 0), (0, 0, 255, 255), "RGBA"), [WHITE, BLUE]),
        (two((0, 0), (40, 255), "LA"), [WHITE, (40, 40, 40)]),
        (two((0, 0, 0, 51), (0, 0, 0, 255), "RGBA"), [(204, 204, 204), (0, 0, 0)]),
    ],
    ids=["RGBA", "LA", "half"],
)
def test_transparency_is_put_on_white_and_said(picture: Image.Image, expected: list[tuple[int, ...]]) -> None:
    assert pixels(encoded(picture)) == expected
    assert decode(encoded(picture)).notes == ("picture.note_alpha",)


def test_a_transparent_palette_colour_is_put_on_white() -> None:
    picture = two().convert("P", palette=Image.Palette.ADAPTIVE, colors=2)
    place = picture.getpixel((0, 0))
    assert pixels(encoded(picture, transparency=place)) == [WHITE, GREEN]


def test_an_opaque_alpha_channel_needs_no_word() -> None:
    assert decode(encoded(two((255, 0, 0, 255), (0, 0, 255, 255), "RGBA"))).notes == ()


def grey(values: list[Any], dtype: str) -> Image.Image:
    return Image.fromarray(np.array([values], dtype=dtype))


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (grey([0, 65535, 257 * 7], "uint16"), "PNG", [0, 255, 7]),
        (grey([0, 65535, 257 * 7], "uint16"), "TIFF", [0, 255, 7]),
        (grey([0, 100_000, 50_000], "int32"), "TIFF", [0, 255, 128]),
        (grey([0.0, 1.0, 0.2], "float32"), "TIFF", [0, 255, 51]),
        (grey([-5.0, 5.0, 0.0], "float32"), "TIFF", [0, 255, 128]),
        (grey([0.0, float("nan"), 1.0], "float32"), "TIFF", [0, 0, 255]),
        (grey([0, 255, 9], "uint8"), "PNG", [0, 255, 9]),
        (grey([0, 255, 0], "uint8").convert("1"), "PNG", [0, 255, 0]),
    ],
    ids=["16-bit", "16-bit TIFF", "32-bit", "float 0..1", "float", "NaN", "grey", "1-bit"],
)
def test_deep_and_grey_pictures(picture: Image.Image, kind: str, expected: list[int]) -> None:
    assert pixels(encoded(picture, kind)) == [(value,) * 3 for value in expected]


def test_cmyk() -> None:
    assert pixels(encoded(Image.new("CMYK", (1, 1), (0, 255, 255, 0)), "TIFF")) == [RED]
    jpeg = decode(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"))
    assert np.abs(np.asarray(jpeg.image)[0, 0].astype(int) - RED).max() <= 4
    assert jpeg.notes == ("picture.note_cmyk",)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_several(kind: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert len(list(ImageSequence.Iterator(Image.open(io.BytesIO(content))))) == 3
    assert set(pixels(content)) == {RED}
    assert decode(content).notes == ("picture.note_first_page" if kind == "TIFF" else "picture.note_first_frame",)


@pytest.mark.parametrize("size", [(1, 1), (1, 30_000), (20_000, 10)])
def test_extreme_shapes(size: tuple[int, int]) -> None:
    assert decode(encoded(Image.new("RGB", size))).image.size == size


def test_the_content_counts_and_not_the_name() -> None:
    assert pixels(encoded(two()), "photo.jpg") == [RED, GREEN]


def test_a_zip_behind_a_picture_is_ignored() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("evil.py", "raise SystemExit")
    assert pixels(encoded(two()) + buffer.getvalue()) == [RED, GREEN]


def test_exactly_the_limit_is_read_and_one_byte_more_is_not() -> None:
    content = encoded(two())
    assert pixels(content + bytes(images.MAX_BYTES - len(content))) == [RED, GREEN]
    larger = content + bytes(images.MAX_BYTES - len(content) + 1)
    assert "larger than the limit of 64 MB" in refused(larger, "too_large")
    refused(bytes(200 * 2**20), "too_large")


def declared(width: int, height: int) -> bytes:
    """A PNG whose header declares this size, with almost no data."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 20_000), (10_000, 10_000), (7_100, 7_100)], ids=["error", "warning", "ours"])
def test_too_many_pixels_are_refused_at_the_header(size: tuple[int, int]) -> None:
    assert "more than 50 million pixels" in refused(declared(*size), "too_many_pixels")


def wrong_checksum() -> bytes:
    content = bytearray(encoded(Image.effect_noise((32, 32), 50)))
    content[len(content) // 2] ^= 255
    return bytes(content)


def cut_jpeg() -> bytes:
    content = encoded(Image.effect_noise((200, 200), 50), "JPEG")
    return content[: int(len(content) * 0.4)]


def text_chunks() -> bytes:
    info = PngImagePlugin.PngInfo()
    for k in range(15):
        info.add_text(f"k{k}", "x" * 4 * 2**20, zip=True)
    return encoded(two(), pnginfo=info)


def gif_of_comments() -> bytes:
    content = encoded(two(), "GIF")
    place = content.index(b",", 13)
    return content[:place] + b"!\xfe\x01a\0" * 200_000 + content[place:]


def strips(order: str, big: bool, count: int) -> bytes:
    """The header of a TIFF or BigTIFF that declares this many strips."""
    head = struct.pack(f"{order}HHHQQ" if big else f"{order}HIH", *((43, 8, 0, 16, 1) if big else (42, 8, 1)))
    entry = struct.pack(f"{order}HHQQ" if big else f"{order}HHII", 273, 4, count, 0)
    return {"<": b"II", ">": b"MM"}[order] + head + entry + bytes(99)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_more_strips_than_rows_are_refused_before_pillow_reads_them(
    order: str, big: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("Pillow reads it"))
    refused(strips(order, big, 100_001), "damaged")
    with pytest.raises(pytest.fail.Exception):
        decode(strips(order, big, 100_000))


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: b"", "empty"),
        (lambda: b"hello, I am a text", "unknown_format"),
        (lambda: b"<!DOCTYPE html><html></html>", "html"),
        (lambda: b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
        (cut_jpeg, "damaged"),
        (wrong_checksum, "damaged"),
        (text_chunks, "damaged"),
        (gif_of_comments, "damaged"),
        (lambda: encoded(two())[:20], "damaged"),
        (lambda: b"Image type: RGB image\r\n" + bytes(600), "unknown_format"),
        (lambda: encoded(two(), "AVIF")[:40], "damaged"),
        (lambda: encoded(two(), "PPM")[:-1], "damaged"),
        (lambda: b"P6 1000 1001 254\n", "too_many_pixels"),
        (lambda: b"P3 1000 1001 255\n", "too_many_pixels"),
    ],
    ids=["empty", "text", "HTML", "SVG", "cut JPEG", "checksum", "text chunks", "GIF comments", "cut PNG", "IM",
         "cut AVIF", "cut PPM", "slow PPM", "text PPM"],
)  # fmt: skip
def test_what_is_no_picture_is_said(make: Callable[[], bytes], key: str) -> None:
    refused(make(), key)


def test_an_unsupported_format_is_refused_with_the_supported_ones() -> None:
    assert "JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF, PPM" in refused(b"hello", "unknown_format")


@pytest.mark.parametrize("kind", images.FORMATS)
def test_cut_anywhere_nothing_else_is_raised(kind: str) -> None:
    content = encoded(Image.effect_noise((24, 24), 80).convert("RGB"), kind)
    for end in range(1, len(content), max(1, len(content) // 40)):
        with contextlib.suppress(PictureError):
            assert decode(content[:end]).image.mode == "RGB"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cat.jpg", "cat.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\cat.jpg", "cat.jpg"),
        ("\\\\host\\share", "share"),
        ("a:$b", "a:$b"),
        ("cat\0.jpg\n", "cat.jpg"),
        ("a\tcat.jpg", "a cat.jpg"),
        ("b" * 60, "b" * 60),
        ("\u202egpj.exe", "gpj.exe"),
        ("<img onerror>", "<img onerror>"),
        ("🐈  猫.png", "🐈 猫.png"),
        ("", "picture"),
        ("///", "picture"),
        ("a" * 300, "a" * 40 + "…" + "a" * 19),
    ],
)
def test_names_are_made_safe_to_show(name: str, shown: str) -> None:
    assert display_name(name) == shown


def test_read_says_what_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(PictureError, match="cannot be read"):
            images.read(path)
    (tmp_path / "p.png").write_bytes(encoded(two()))
    assert images.read(tmp_path / "p.png").name == "p.png"
    os.truncate(tmp_path / "p.png", images.MAX_BYTES + 1)
    with pytest.raises(PictureError, match="larger than the limit of 64 MB"):
        images.read(tmp_path / "p.png")


def test_the_gallery_is_always_there(tmp_path: Path) -> None:
    samples = images.gallery(tmp_path)
    assert [sample.id for sample in samples] == ["china", "flower", *(f"digit-{k}" for k in range(10))]
    assert images.open_sample("china").image.size == (640, 427)
    zero = np.asarray(images.open_sample("digit-0").image)
    assert zero.shape == (8, 8, 3)
    assert zero[0, :, 0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]  # 0 0 5 13 9 1 0 0 of 16


@pytest.mark.parametrize("sample", ["", "dog-0", "digit-12", "digit-", "../x-0", "china.jpg"])
def test_an_unknown_sample_is_said(sample: str, tmp_path: Path) -> None:
    with pytest.raises(PictureError) as caught:
        images.open_sample(sample, tmp_path)
    assert caught.value.key == "errors.picture_unknown_sample"


def test_pictures_need_no_torch() -> None:
    code = "import sys, explorer.data.images; explorer.data.images.gallery(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0


def test_a_phones_second_picture_is_no_animation() -> None:
    content = encoded(Image.new("RGB", (4, 4), RED), "MPO", save_all=True, append_images=[Image.new("RGB", (4, 4))])
    assert decode(content).notes == ()


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_turns_nothing_and_says_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(Image.new("RGB", (4, 2)), "JPEG", exif=exif))
    assert (picture.image.size, picture.notes) == ((4, 2), ())


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_a_rotation_is_reported_once(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(encoded(Image.new("RGB", (4, 2)), kind, exif=exif))
    assert (picture.image.size, picture.notes) == ((2, 4), ("picture.note_upright",))


def test_broken_notes_do_not_cost_the_picture() -> None:
    content = encoded(Image.new("RGB", (4, 2), RED), exif=b"Exif\0\0garbage!")
    assert set(pixels(content)) == {RED}


def test_floats_with_gaps_are_stretched_over_those_that_are_numbers() -> None:
    values = np.array([[290.0, 300.0, 310.0, np.nan, np.inf]], np.float32)
    assert [p[0] for p in pixels(encoded(Image.fromarray(values), "TIFF"))] == [0, 128, 255, 0, 0]


def test_a_tiff_where_white_is_zero() -> None:
    values = Image.fromarray(np.array([[0, 65535]], np.uint16))
    assert [p[0] for p in pixels(encoded(values, "TIFF", tiffinfo={262: 0}))] == [255, 0]


def test_a_tile_larger_than_its_picture_is_refused() -> None:
    data = zlib.compress(bytes(1000))
    tags = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: 64_000, 323: 1_024, 324: 200, 325: len(data)}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4)
    with pytest.raises(PictureError, match="million pixels"):
        decode(head.ljust(200, b"\0") + data)


@pytest.mark.parametrize("bomb", [b"\xff\xda\0\x02" * 300, b"\xff\xe1\0\x02" * 200_000], ids=["scans", "segments"])
def test_a_jpeg_that_keeps_a_decoder_busy_is_refused_at_once(bomb: bytes) -> None:
    jpeg = encoded(Image.new("RGB", (8, 8)), "JPEG")
    started = time.monotonic()
    with pytest.raises(PictureError, match="damaged"):
        decode(jpeg[:2] + bomb + jpeg[2:])
    assert time.monotonic() - started < 5


def test_a_jpeg_has_two_hundred_scans_at_most() -> None:
    """A decoder processes the whole picture again for each repeated scan."""
    head, first, *others = encoded(Image.new("RGB", (8, 8)), "JPEG", progressive=True).split(b"\xff\xda")

    def of(scans: int) -> bytes:
        return b"\xff\xda".join([head, *[first] * (scans - len(others)), *others])

    assert decode(of(200)).image.size == (8, 8)
    with pytest.raises(PictureError, match="damaged"):
        decode(of(201))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError, match="cannot be read"):
        images.read(tmp_path / "pipe.png")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize("mode", ["I;16", "RGBA"])
def test_the_largest_picture_needs_less_than_a_gibibyte(mode: str, tmp_path: Path) -> None:
    script = f"""
import io
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from PIL import Image
from explorer.data import images
buffer = io.BytesIO()
Image.new({mode!r}, (7000, 7100)).save(buffer, "PNG", compress_level=1)
images.decode(buffer.getvalue())
print(Path("/proc/self/status").read_text())
"""
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True).stdout
    assert int(re.search(r"VmHWM:\s+(\d+) kB", printed)[1]) < 1 << 20  # type: ignore[index]


def drawn(mode: str = "RGB") -> Image.Image:
    """A picture of 48 x 32 whose parts all differ, smooth enough for JPEG."""
    y, x = np.mgrid[0:32, 0:48]
    return Image.fromarray(np.stack([x * 5, y * 8, 255 - x * 2 - y * 4], axis=2).astype(np.uint8)).convert(mode)


def far(content: bytes, expected: Image.Image) -> float:
    """Mean difference between the picture in `content` and the expected one."""
    picture = decode(content).image
    assert picture.size == expected.size
    return float(np.abs(np.asarray(picture, float) - np.asarray(expected.convert("RGB"), float)).mean())


JPEG = encoded(drawn(), "JPEG", quality=95)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.profileToProfile(
    drawn(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
)
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


def turned(kind: str, **options: Any) -> bytes:
    """`drawn` as a camera held upright stores it: lying, with its orientation in EXIF or, as PNG, in XMP."""
    exif, notes = Image.Exif(), PngImagePlugin.PngInfo()
    exif[0x0112] = 6
    notes.add_itxt("XML:com.adobe.xmp", XMP)
    how = {"pnginfo": notes} if options.pop("xmp", False) else {"exif": exif}
    return encoded(drawn().transpose(Image.Transpose.ROTATE_90), kind, **how, **options)


def no_adobe_marker() -> bytes:
    content = encoded(drawn("CMYK"), "JPEG", quality=95)
    at = content.index(b"\xff\xee")
    return content[:at] + content[at + 2 + int.from_bytes(content[at + 2 : at + 4], "big") :]


def bmp_with_zero_alpha() -> bytes:
    pixels = np.dstack([np.asarray(drawn())[::-1, :, ::-1], np.zeros((32, 48), np.uint8)]).tobytes()
    head = struct.pack("<IHHIIiiHHIIiiII", 54 + len(pixels), 0, 0, 54, 40, 48, 32, 1, 32, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + head + pixels


def deep(values: Image.Image, bits: int, kind: str = "PNG") -> bytes:
    """Grey values of `bits` bits, stored as 16-bit numbers."""
    top = (1 << bits) - 1
    return encoded(Image.fromarray((np.asarray(values) / 255 * top).round().astype(np.uint16)), kind)


INVERTED = {"save_all": True, "append_images": [ImageOps.invert(drawn())]}


@pytest.mark.parametrize(
    ("make", "mode", "most", "notes"),
    [
        (lambda: turned("JPEG", quality=95), "RGB", 4, "upright"),
        (lambda: turned("PNG"), "RGB", 0, "upright"),
        (lambda: turned("PNG", xmp=True), "RGB", 0, "upright"),
        (lambda: turned("WEBP", lossless=True), "RGB", 0, "upright"),
        (lambda: turned("AVIF", quality=95), "RGB", 6, "upright"),
        *((lambda bits=bits: deep(drawn("L"), bits), "L", 0.6, "scaled") for bits in (8, 10, 12, 14, 16)),
        (lambda: deep(drawn("L"), 12, "TIFF"), "L", 0.6, "scaled"),
        (lambda: encoded(drawn("CMYK"), "JPEG", quality=95), "RGB", 4, "cmyk"),
        (no_adobe_marker, "RGB", 4, "cmyk"),
        (lambda: encoded(drawn("CMYK"), "TIFF"), "RGB", 0, "cmyk"),
        (lambda: encoded(LAB, "TIFF"), "RGB", 2, ""),
        (lambda: encoded(drawn(), "TIFF", compression="jpeg", quality=95), "RGB", 4, ""),
        (lambda: encoded(drawn("LA")), "L", 0, ""),
        (lambda: encoded(drawn("1")), "1", 0, ""),
        (lambda: encoded(drawn("L"), "JPEG", quality=95), "L", 1, ""),
        (lambda: encoded(drawn(), "WEBP", lossless=True, **INVERTED), "RGB", 0, "first_frame"),
        (lambda: encoded(drawn(), "PNG", default_image=True, **INVERTED), "RGB", 0, "first_frame"),
        (lambda: encoded(drawn(), "MPO", quality=95, **INVERTED), "RGB", 4, ""),
        (lambda: encoded(drawn(), "JPEG", progressive=True, quality=95), "RGB", 4, ""),
        (lambda: encoded(drawn(), "JPEG", icc_profile=PROFILE, quality=95), "RGB", 4, ""),
        (lambda: encoded(drawn(), "JPEG", keep_rgb=True, quality=95), "RGB", 2, ""),
        (lambda: encoded(drawn(), "PPM"), "RGB", 0, ""),
        (lambda: encoded(drawn("L"), "PPM"), "L", 0, ""),
        (lambda: encoded(drawn("1"), "PPM"), "1", 0, ""),
        (bmp_with_zero_alpha, "RGB", 0, ""),
        (lambda: JPEG[:-1], "RGB", 4, "incomplete"),
        (lambda: JPEG[:-2], "RGB", 4, "incomplete"),
        (lambda: b"\r\n" + JPEG, "RGB", 4, ""),
        (lambda: b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + JPEG, "RGB", 4, ""),
        (lambda: JPEG + b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\xff\xd9" * 900, "RGB", 4, ""),
    ],
    ids=["EXIF in JPEG", "EXIF in PNG", "XMP only", "EXIF in WebP", "EXIF in AVIF", "8 of 16 bits", "10 of 16 bits",
         "12 of 16 bits", "14 of 16 bits", "16 bits", "12 bits in TIFF", "CMYK", "CMYK, no Adobe marker", "CMYK TIFF",
         "LAB", "YCbCr TIFF", "LA", "1 bit", "grey JPEG", "WebP frames", "APNG, hidden first", "MPO", "progressive",
         "ICC", "RGB JPEG", "PPM", "PGM", "PBM", "BMP, zero alpha", "no end", "no end marker", "white space before",
         "garbage before", "motion photo"],
)  # fmt: skip
def test_what_phones_cameras_and_programs_write(make: Callable[[], bytes], mode: str, most: float, notes: str) -> None:
    assert far(make(), drawn(mode)) <= most
    assert decode(make()).notes == ((f"picture.note_{notes}",) if notes else ())


def test_ink_on_clear_ground() -> None:
    alpha = Image.linear_gradient("L").resize((4, 4))
    black = encoded(Image.merge("RGBA", [*[Image.new("L", (4, 4), 0)] * 3, alpha]))
    assert [p[0] for p in pixels(black)] == [255 - value for value in np.asarray(alpha).ravel()]
    white = encoded(Image.merge("RGBA", [*[Image.new("L", (4, 4), 255)] * 3, alpha]))
    assert set(pixels(white)) == {WHITE}


def test_a_cut_jpeg_is_grey_where_it_ends() -> None:
    content = encoded(Image.effect_noise((64, 64), 90), "JPEG", quality=95)
    picture = decode(content[: len(content) * 7 // 10])
    rows = np.asarray(picture.image)[..., 0]
    whole = np.asarray(decode(content).image)[..., 0]
    assert picture.notes == ("picture.note_incomplete",)
    assert (rows[:40] == whole[:40]).all()
    assert (rows[56:] == 128).all()
    refused(content[: len(content) * 4 // 10], "damaged")


def test_a_cut_progressive_jpeg_is_coarse_but_whole() -> None:
    content = encoded(drawn(), "JPEG", quality=95, progressive=True)
    assert far(content[: len(content) * 7 // 10], drawn()) < 20


@pytest.mark.parametrize(("size", "scale", "note"), [((100, 80), 1, ""), ((101, 80), 2, "half"), ((400, 79), 2, "half"),
                                                     ((211, 160), 4, "quarter")])  # fmt: skip
def test_a_large_jpeg_is_decoded_at_a_fraction(
    size: tuple[int, int], scale: int, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 8000)
    large = drawn().resize(size)
    picture = decode(encoded(large, "JPEG", quality=95))
    assert picture.image.size == (-(-size[0] // scale), -(-size[1] // scale))
    assert picture.notes == ((f"picture.note_{note}",) if note else ())
    assert np.abs(np.asarray(large.resize(picture.image.size), float) - np.asarray(picture.image, float)).mean() < 4
    if scale > 1:
        refused(encoded(large), "too_many_pixels")


def test_a_phones_108_megapixels_are_halved() -> None:
    picture = decode(encoded(Image.new("L", (12_000, 9_000), 77), "JPEG", quality=1))
    assert (picture.image.size, picture.notes) == ((6_000, 4_500), ("picture.note_half",))
    assert abs(picture.image.getpixel((5_999, 4_499))[0] - 77) < 20  # type: ignore[index]


@pytest.mark.parametrize("limit", [{"MAX_JPEG_PIXELS": 16_159}, {"MAX_BUFFERED": 3 * 16_160 - 1}])
def test_a_large_jpeg_must_fit_into_memory(limit: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 8000)
    content = encoded(Image.new("RGB", (202, 80)), "JPEG", progressive=True)
    assert decode(content).image.size == (101, 40)
    for name, value in limit.items():
        monkeypatch.setattr(images, name, value)
    refused(content, "too_many_pixels")


def test_large_pictures_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    turn = contextlib.nullcontext()
    monkeypatch.setattr(images, "_large_turn", turn)
    monkeypatch.setattr(images, "LARGE_PIXELS", 50)
    monkeypatch.setattr(contextlib.nullcontext, "__enter__", lambda self: taken.append(self is turn))
    for size in ((5, 10), (5, 11)):
        for kind in ("PNG", "JPEG"):
            decode(encoded(Image.new("RGB", size), kind))
    assert taken == [False, False, True, True]


def box(*brands: bytes) -> bytes:
    """The first box of an ISO media file."""
    return (16 + 4 * len(brands[1:])).to_bytes(4, "big") + b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])


def raw(**tags: int) -> bytes:
    """A TIFF whose first picture is a thumbnail of 1 x 1, with a camera's tags."""
    entries = {256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1}
    entries |= {int(name[1:]): value for name, value in tags.items()}
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(entries.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + bytes(400)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\x0a" + bytes(99), "JPEG XL"), (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "JPEG XL"),
        (encoded(two(), "JPEG2000"), "JPEG 2000"), (encoded(two(), "ICO"), "ICO"), (encoded(two(), "PDF"), "PDF"),
        (encoded(two(), "EPS"), "PostScript"), (b"8BPS\0\1" + bytes(99), "Photoshop (PSD)"),
        (b"SIMPLE  =                    T" + bytes(3000), "FITS"), (bytes(128) + b"DICM" + bytes(99), "DICOM"),
        (b"PK\3\4" + JPEG, "ZIP"), (box(b"isom", b"mp42"), "MP4/MOV"), (box(b"qt  "), "MP4/MOV"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"), (b"\x1a\x45\xdf\xa3" + bytes(99), "MKV/WebM"),
        (box(b"crx ", b"isom"), "RAW (CR3)"), (b"II*\0\x10\0\0\0CR\2\0" + bytes(99), "RAW (CR2)"),
        (raw(t50706=1), "RAW (DNG)"), (raw(t254=1, t271=0), "RAW"), (b"FUJIFILMCCD-RAW 0201", "RAW (RAF)"),
    ],
)  # fmt: skip
def test_a_known_format_that_is_not_read_is_named(content: bytes, kind: str) -> None:
    assert f"has the format {kind}, which is not read here. Save or export it as JPEG" in refused(
        content, "other_format"
    )


@pytest.mark.parametrize("tags", [{}, {"t254": 1}, {"t271": 0}])
def test_a_tiff_with_a_camera_or_a_thumbnail_alone_is_no_raw_file(tags: dict[str, int]) -> None:
    assert decode(raw(**tags)).image.size == (1, 1)


@pytest.mark.parametrize("brands", [(b"heic", b"mif1"), (b"mif1", b"heic"), (b"heix",), (b"msf1", b"hevc")])
def test_heic_is_named_with_what_to_do_without_its_decoder(
    brands: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    sentence = refused(box(*brands) + bytes(500), "heic", "IMG_0001.jpg")
    assert "Share or export it as JPEG" in sentence
    assert "pip install pillow-heif" in sentence


class Opened:
    """What pillow_heif.open_heif returns; `to_pillow` decodes."""

    def __init__(self, picture: Image.Image) -> None:
        self.size, self.picture = picture.size, picture

    def to_pillow(self) -> Image.Image:
        return self.picture


def test_heic_is_read_with_its_decoder_and_bounded_before(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("pillow_heif")
    module.__spec__ = ModuleSpec("pillow_heif", None)
    monkeypatch.setitem(sys.modules, "pillow_heif", module)
    module.open_heif = lambda _: Opened(two((255, 0, 0, 255), (0, 0, 0, 0), "RGBA"))  # type: ignore[attr-defined]
    assert pixels(box(b"heic")) == [RED, WHITE]
    monkeypatch.setattr(Opened, "to_pillow", lambda _: pytest.fail("decoded"))
    monkeypatch.setattr(images, "MAX_PIXELS", 1)
    refused(box(b"heic"), "too_many_pixels")


def test_real_heic() -> None:
    heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    heif.from_pillow(drawn()).save(buffer, quality=95)
    assert far(buffer.getvalue(), drawn()) < 6
    refused(buffer.getvalue()[:300], "damaged")
