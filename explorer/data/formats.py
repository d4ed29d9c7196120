"""What the bytes of an untrusted file say before any decoder sees them: its format, its structure, its cost."""

import re
import struct
from dataclasses import dataclass
from typing import Final

MAX_SCANS: Final = 200  # of a JPEG; a progressive one has about ten
MAX_MARKERS: Final = 100_000  # segments and 0xFF bytes in a JPEG's head; extensions of a GIF; strips of a TIFF

# Formats that are recognized and not decoded: offset, first bytes, name. Their decoders are large (video, JPEG XL),
# have a history of faults (JPEG 2000, PSD) or run programs (EPS, PDF).
_OTHERS: Final = (
    (0, b"%PDF-", "PDF"), (0, b"8BPS", "Photoshop (PSD)"), (0, b"gimp xcf", "GIMP (XCF)"), (0, b"%!PS", "PostScript"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript"), (0, b"\xff\x0a", "JPEG XL"), (4, b"JXL \r\n\x87\n", "JPEG XL"),
    (4, b"jP  \r\n\x87\n", "JPEG 2000"), (0, b"\xff\x4f\xff\x51", "JPEG 2000"), (0, b"\0\0\1\0", "ICO"),
    (128, b"DICM", "DICOM"), (0, b"SIMPLE  =", "FITS"), (0, b"\x93NUMPY", "NumPy"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5"), (0, b"PK\3\4", "ZIP"), (0, b"\x1a\x45\xdf\xa3", "MKV/WebM"), (8, b"AVI ", "AVI"),
    (0, b"FUJIFILMCCD-RAW", "RAW (RAF)"), (8, b"CR\2\0", "RAW (CR2)"), (0, b"IIRO", "RAW (ORF)"),
    (0, b"IIRS", "RAW (ORF)"), (0, b"IIU\0", "RAW (RW2)"), (0, b"FOVb", "RAW (X3F)"),
)  # fmt: skip

_AVIF: Final = {b"avif", b"avis"}
_HEIF: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

_NEXT_MARKER: Final = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")  # without restart markers, which have no length
_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
_SOF: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # frame headers
_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), 0xC2

_STRIP_OFFSETS, _TILE_OFFSETS, _SUBFILE, _MAKE, _DNG_VERSION = 273, 324, 254, 271, 50706  # TIFF tags


@dataclass(frozen=True)
class Jpeg:
    """The first picture of a JPEG file.

    `buffered`: a decoder keeps the coefficients of the whole picture, because it has several scans (2 bytes each).
    `scalable`: it can be decoded at a fraction of its size. `complete`: its end is there.
    """

    width: int
    height: int
    components: int
    buffered: bool
    scalable: bool
    scans: int
    complete: bool

    @property
    def pixels(self) -> int:
        return self.width * self.height


def without_prefix(content: bytes) -> bytes:
    """`content` from the first byte of a JPEG on, if up to 1 KB of something else stands before it."""
    at = content.find(_SOI + b"\xff", 0, 1024)
    known = re.match(rb"\x89PNG|GIF8|RIFF|BM|II[*+]|MM\0[*+]|P[1-7fy]|.{4}ftyp", content, re.DOTALL)
    return content if at < 1 or known or other(content) else content[at:]


def other(content: bytes) -> str | None:
    """Name of a known format that is not decoded, else None."""
    for at, magic, name in _OTHERS:
        if content.startswith(magic, at):
            return name
    if b"%PDF-" in content[:1024]:
        return "PDF"
    if brands := _brands(content):
        return "RAW (CR3)" if b"crx " in brands else None if brands & (_AVIF | _HEIF) else "MP4/MOV"
    tags = _tiff_tags(content)
    if _DNG_VERSION in tags:
        return "RAW (DNG)"
    # Of NEF, ARW, PEF …, the first picture is a thumbnail. Only cameras write that, and name themselves.
    return "RAW" if _MAKE in tags and tags.get(_SUBFILE, (0, 0))[1] & 1 else None


def is_avif(content: bytes) -> bool:
    return bool(_brands(content) & _AVIF)


def is_heif(content: bytes) -> bool:
    return bool(_brands(content) & _HEIF) and not is_avif(content)


def _brands(content: bytes) -> set[bytes]:
    """Brands of an ISO media file; empty for any other file."""
    if content[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(content[:4], "big"), 256, len(content))
    return {content[8:12], *(content[at : at + 4] for at in range(16, end - 3, 4))}


def jpeg(content: bytes) -> Jpeg | None:
    """Layout of a JPEG, found as libjpeg finds it; None for any other file.

    Raises ValueError for files built to keep a decoder busy, struct.error or IndexError if a header is cut.
    """
    if not content.startswith(_SOI):
        return None
    if content.count(b"\xff", 0, content.find(b"\xff\xda")) > MAX_MARKERS:
        raise ValueError("more segments than a camera writes")
    at, segments, scans, complete = 2, 0, 0, False
    kind, width, height, components, first = 0, 0, 0, 0, 0
    while found := _NEXT_MARKER.search(content, at):
        marker, at, segments = found[1][0], found.end(), segments + 1
        if complete := found[0] == _EOI:
            break
        (length,) = struct.unpack_from(">H", content, at)
        if marker in _SOF:
            kind, (height, width, components) = marker, struct.unpack_from(">HHB", content, at + 3)
        elif marker == _SOS:
            first, scans = first or content[at + 2], scans + 1
        at += length
        if scans > MAX_SCANS or segments > MAX_MARKERS:
            raise ValueError("more scans or segments than a camera writes")
    buffered = kind not in _SEQUENTIAL or first < components
    return Jpeg(width, height, components, buffered, kind in (*_SEQUENTIAL, _PROGRESSIVE), scans, complete)


def check_structure(content: bytes) -> None:
    """Raise ValueError for GIFs with very many extensions and TIFFs with very many strips or tiles."""
    begins = (b"!\xf9", b"!\xfe", b"!\xff") if content.startswith(b"GIF8") else ()
    if sum(content.count(begin) for begin in begins) > MAX_MARKERS:
        raise ValueError("more extensions than an animation has")
    tags = _tiff_tags(content)
    if any(tags[tag][0] > MAX_MARKERS for tag in (_STRIP_OFFSETS, _TILE_OFFSETS) if tag in tags):
        raise ValueError("more strips or tiles than a picture has rows")


def _tiff_tags(content: bytes) -> dict[int, tuple[int, int]]:
    """Tags of a TIFF's first directory -> number of values, first 4 bytes of the value. Empty for other files.

    Raises ValueError for a BigTIFF with very many tags.
    """
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None or content[2:4].strip(b"\0") not in (b"*", b"+"):
        return {}
    is_big = b"+" in content[2:4]  # BigTIFF: 64-bit offsets
    count, entry = f"{order}{'Q' if is_big else 'H'}", f"{order}{'HHQI4x' if is_big else 'HHII'}"
    try:
        (at,) = struct.unpack_from(f"{order}{'8xQ' if is_big else '4xI'}", content)
        (entries,) = struct.unpack_from(count, content, at)
    except struct.error:
        return {}
    begin, size = at + struct.calcsize(count), struct.calcsize(entry)
    entries = min(entries, max(0, len(content) - begin) // size)
    if entries > 0xFFFF:
        raise ValueError("more tags than there are numbers for")
    tags: dict[int, tuple[int, int]] = {}
    for tag, _, parts, value in struct.iter_unpack(entry, content[begin : begin + entries * size]):
        tags[tag] = max(tags.get(tag, (0, 0)), (parts, value))  # a tag given twice: the one that costs more
    return tags
