"""Generated hostile inputs: small files of every format, ways to corrupt them, and names."""

import io
import struct
import zipfile
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from PIL import Image, PngImagePlugin

SUFFIXES = (".png", ".jpg", ".gif", ".svg", ".exe", ".png.zip", "", ".PNG\0.txt")
PARTS = (
    "..", ".", "", "cat", "dog", "train", "test", "C:", "a:$b", "\\\\host\\share", "x" * 4000, "a\0b", "\u202egpj",
    "<img src=x onerror=alert(1)>", "🐈", "图", "a\nb", "`*_[x](y)", "CON", "__MACOSX", ".git", "\u200b", " ",
)  # fmt: skip
WILD = st.one_of(st.sampled_from(PARTS), st.text(st.characters(), max_size=12))
NAMES = st.lists(WILD, min_size=1, max_size=4).map("/".join)
FAR = (0, 1, 255, 256, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)  # numbers at which integers overflow


def noise(mode: str, width: int = 17, height: int = 11) -> Image.Image:
    drawn = np.random.default_rng(7).integers(0, 256, (height, width, 4), np.uint8)
    if mode in ("I;16", "F"):
        return Image.fromarray(drawn[..., 0].astype("uint16" if mode == "I;16" else "float32") * 200)
    return Image.fromarray(drawn).convert(mode)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, more: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def tiff(width: int, height: int, data: bytes, **tags: int) -> bytes:
    """An uncompressed grey TIFF; `tags` by number, such as t258=12."""
    found = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height, 279: len(data)}
    found |= {int(name[1:]): value for name, value in tags.items()}
    found[273] = 8 + 2 + 12 * (len(found) + 1) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(found.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(found)) + entries + bytes(4) + data


def tiff_pages(count: int) -> bytes:
    """A TIFF with a linked list of `count` pages."""
    one = tiff(1, 1, b"\0")
    begin, end = 8, len(one) - 1 - 4  # number of its entries
    size = end + 4 - begin
    nexts = (8 + size * page for page in range(1, count))
    return one[:begin] + b"".join(one[begin:end] + struct.pack("<I", at) for at in (*nexts, 0)) + b"\0"


def tiff_rows(count: int) -> bytes:
    """A TIFF with one row of 16 pixels per strip; all strips share the same 16 bytes."""
    content = bytearray(tiff(16, count, b""))
    places = len(content) + 16
    for at in range(10, 10 + 12 * 9, 12):
        tag = int.from_bytes(content[at : at + 2], "little")
        if tag in (273, 279):  # offset and length of each strip
            content[at + 4 : at + 12] = struct.pack("<II", count, places + (tag == 279) * 4 * count)
        elif tag == 278:
            content[at + 8 : at + 12] = struct.pack("<I", 1)
    return bytes(content) + bytes(16) + struct.pack("<I", len(content)) * count + struct.pack("<I", 16) * count


@lru_cache
def pictures() -> dict[str, bytes]:
    """Pictures of each format, in its modes and compressions and with its metadata."""
    frames = {"save_all": True, "append_images": [noise("RGB"), noise("RGB")]}
    exif, text = Image.Exif(), PngImagePlugin.PngInfo()
    exif[0x0112], exif[0x010E] = 6, "<script>alert(1)</script>\0" + "x" * 500
    text.add_text("Comment", "<script>" * 50, zip=True)
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>" * 20)
    made = {f"{kind} {mode}": encoded(noise(mode), kind) for kind, modes in {
        "JPEG": ("L", "RGB", "CMYK"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"), "WEBP": ("RGB", "RGBA"),
        "GIF": ("L", "P"), "BMP": ("1", "L", "P", "RGB", "RGBA"), "TIFF": ("1", "L", "P", "RGB", "CMYK", "I;16", "F"),
        "AVIF": ("RGB", "RGBA"), "PPM": ("1", "L", "RGB", "I;16", "F"),
    }.items() for mode in modes}  # fmt: skip
    made |= {f"TIFF {how}": encoded(noise("RGB"), "TIFF", compression=how)
             for how in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")}  # fmt: skip
    made |= {f"{kind} frames": encoded(noise("RGB"), kind, **frames)
             for kind in ("GIF", "PNG", "WEBP", "TIFF", "AVIF", "MPO")}  # fmt: skip
    made |= {f"{kind} notes": encoded(noise("RGB"), kind, exif=exif, icc_profile=bytes(300))
             for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")}  # fmt: skip
    return made | {
        "JPEG progressive": encoded(noise("RGB", 40, 40), "JPEG", progressive=True),
        "JPEG comment": encoded(noise("L"), "JPEG", comment=b"<img onerror>" * 90, xmp=b"<x>" * 90),
        "PNG text": encoded(noise("RGB"), "PNG", pnginfo=text),
        "PNG clear": encoded(noise("P"), "PNG", transparency=bytes(range(256))),
        "WEBP lossless": encoded(noise("RGBA"), "WEBP", lossless=True),
        "TIFF group4": encoded(noise("1"), "TIFF", compression="group4"),
        "PPM text": b"P3 2 2 9\n# <script>\n0 1 2 3 4 5 6 7 8 9 9 9",
        "PPM odd": b"P5 4 2 77\n" + bytes(range(70, 78)),
        "HEIF": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
        "TIFF 12": tiff(4, 1, bytes(range(6)), t258=12),
    }


@lru_cache
def bombs() -> dict[str, bytes]:
    """Small files that declare a huge size, unpack to one, or cause much work."""
    zeros = zlib.compress(bytes(1 << 26), 9)
    huge = {f"PNG {side}": png(side, side, 8, 2, b"\0") for side in (7_100, 10_000, 20_000, 0x7FFFFFFF)}
    text = b"".join(chunk(b"zTXt", b"k\0\0" + zeros) for _ in range(60))
    jpeg, gif = encoded(noise("RGB"), "JPEG"), encoded(noise("P"), "GIF")
    sized = {kind: encoded(noise("RGB"), kind).replace(struct.pack(order, 17), struct.pack(order, 65_500), 1)
             for kind, order in (("BMP", "<I"), ("TIFF", "<I"), ("JPEG", ">H"))}  # fmt: skip
    return huge | sized | {
        "PNG text": png(1, 1, 8, 0, b"\0\0", text),
        "PNG profile": png(1, 1, 8, 0, b"\0\0", chunk(b"iCCP", b"k\0\0" + zeros)),
        "PNG rows": png(1, 1, 8, 0, bytes(1 << 26)),
        "PNG chunks": png(1, 1, 8, 0, b"\0\0", chunk(b"teXt", b"") * 200_000),
        "GIF screen": gif[:6] + b"\xff\xff\xff\xff" + gif[10:],
        "GIF frames": gif[:-1] + gif[gif.index(b",") : -1] * 10_000 + b";",
        "JPEG scans": jpeg[:2] + b"\xff\xda\0\x02" * 100_000 + jpeg[2:],
        "JPEG segments": jpeg[:2] + b"\xff\xe1\0\x02" * 1_000_000 + jpeg[2:],
        "JPEG 200 MP": jpeg_of(16_320, 12_240, jpeg), "JPEG 4 GP": jpeg_of(65_535, 65_535, jpeg),
        "JPEG 108 MP in scans": jpeg_of(12_000, 9_000, encoded(noise("CMYK"), "JPEG", progressive=True)),
        "PPM": b"P6 65535 65535 255\n", "PPM text": b"P3 600 600 255\n" + b"1 " * 2_000_000,
        "TIFF tags": b"II+\0\x08\0\0\0\x10" + bytes(7) + (3_000_000).to_bytes(8, "little") + bytes(20 * 3_000_000),
        "TIFF tile": tiff(16, 16, bytes(99), t322=40_000, t323=40_000, t324=200, t325=99),
        "TIFF strips": tiff(16, 16, bytes(99), t278=1, t279=0xFFFFFFFF),
        "TIFF pages": tiff_pages(60_000),
        "TIFF rows": tiff_rows(2_000_000),
        "TIFF samples": tiff(16, 16, bytes(99), t277=65_535),
    }  # fmt: skip


def jpeg_of(width: int, height: int, jpeg: bytes) -> bytes:
    """`jpeg`, a picture of 17 x 11, that declares this size."""
    return jpeg.replace(struct.pack(">HH", 11, 17), struct.pack(">HH", height, width), 1)


@st.composite
def broken(draw: DrawFn, files: SearchStrategy[bytes]) -> bytes:
    """One of `files` with up to four changes: cut, flipped bits, false numbers, doubled, or mixed with another."""
    content = bytearray(draw(files))
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(content))), draw(st.integers(0, 40))
        how = draw(st.sampled_from(("flip", "flip", "lie", "cut", "drop", "double", "zero", "mix")))
        if how == "flip":
            content[at : at + 1] = bytes(byte ^ 1 << draw(st.integers(0, 7)) for byte in content[at : at + 1])
        elif how == "lie":
            number, order = draw(st.sampled_from(FAR)), draw(st.sampled_from(("little", "big")))
            content[at : at + 4] = number.to_bytes(4, order)
        elif how == "cut":
            del content[at:]
        elif how == "drop":
            del content[at : at + length]
        elif how == "double":
            content[at:at] = content[at : at + length] * draw(st.integers(1, 99))
        elif how == "zero":
            content[at : at + length] = bytes(length)
        else:
            content[at:] = draw(files)[at:]
    return bytes(content)


def zipped(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()
