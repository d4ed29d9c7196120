"""Pictures: every format, cut, with flipped bits and false numbers, under wrong and hostile names."""

import struct
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFile

from explorer.core import files
from explorer.core.errors import PictureError
from explorer.core.i18n import WORDS
from explorer.data import images
from explorer.data.images import Picture, display_name
from tests.hostile import corpus
from tests.hostile.tried import FUZZ, tried

pytestmark = pytest.mark.filterwarnings("ignore")  # Pillow's warnings, which are not errors in the app either


def clear(*colour: int) -> bytes:
    return corpus.chunk(b"tRNS", struct.pack(f">{len(colour)}H", *colour))


EVERY = st.sampled_from(sorted(corpus.pictures().values()))


def check(work: Callable[[], Picture], named: str) -> Picture | PictureError:
    found = tried("pictures", work, named=named)
    if isinstance(found, PictureError):
        return found
    assert found.image.mode == "RGB"
    assert 0 < found.image.width * found.image.height <= images.MAX_PIXELS
    assert len(found.image.tobytes()) == 3 * found.image.width * found.image.height
    assert (found.name, found.digest.isalnum()) == (named, True)
    assert set(found.notes) <= WORDS.keys()
    return found


@pytest.mark.parametrize("kind", corpus.pictures())
def test_cut_anywhere_and_under_any_suffix(kind: str) -> None:
    content = corpus.pictures()[kind]
    whole = check(lambda: images.decode(content, "a.png"), "a.png")
    assert isinstance(whole, Picture) or kind == "HEIF"  # without its decoder
    for k in range(16):
        name = f"../{kind}{corpus.SUFFIXES[k % len(corpus.SUFFIXES)]}"
        cut = content[: len(content) * k // 16]
        check(lambda cut=cut, name=name: images.decode(cut, name), display_name(name))


@settings(max_examples=1000 * FUZZ)
@given(corpus.broken(EVERY), corpus.NAMES)
def test_broken_in_any_way(content: bytes, name: str) -> None:
    check(lambda: images.decode(content, name), display_name(name))


@pytest.mark.parametrize("kind", corpus.bombs())
def test_bombs(kind: str, tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(corpus.bombs()[kind])
    check(lambda: images.read(tmp_path / "bomb.png"), "bomb.png")


@settings(max_examples=300 * FUZZ)
@given(corpus.NAMES)
def test_names_are_only_shown(name: str) -> None:
    shown = tried("names", lambda: display_name(name))
    assert 0 < len(shown) <= 60
    assert shown.isprintable()
    assert not set(shown) & set("/\\")
    assert display_name(shown) == shown
    assert files.clean(name, 60).replace("\n", "").isprintable()


def grey(content: bytes) -> list[int]:
    return np.asarray(images.decode(content).image)[..., 0].ravel().tolist()


def packed(*values: int) -> bytes:
    """Pack 12-bit numbers."""
    return int("".join(f"{value:012b}" for value in values), 2).to_bytes(len(values) * 3 // 2, "big")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (corpus.tiff(4, 1, packed(0, 2048, 4095, 16), t258=12), [0, 128, 255, 1]),
        (corpus.tiff(3, 1, struct.pack("<3I", 0, 1 << 31, (1 << 32) - 1), t258=32), [0, 128, 255]),
        (corpus.tiff(3, 1, struct.pack("<3i", -5, 0, 5), t258=32, t339=2), [0, 128, 255]),
        (corpus.png(3, 1, 16, 0, b"\0" + struct.pack(">3H", 0, 30_000, 65_535), clear(30_000)), [0, 255, 255]),
        (corpus.png(4, 1, 2, 0, b"\0\x1b", clear(1)), [0, 255, 170, 255]),
        (corpus.png(2, 1, 1, 0, b"\0\x80", clear(0)), [255, 255]),
        (corpus.png(2, 1, 8, 0, b"\0\0\x07", clear(7)), [0, 255]),
    ],
    ids=["12-bit", "unsigned 32-bit", "signed 32-bit", "16-bit, clear", "2-bit, clear", "1-bit, clear", "8-bit, clear"],
)  # fmt: skip
def test_values_are_scaled_as_they_are_meant(content: bytes, expected: list[int]) -> None:
    assert grey(content) == expected


def test_a_clear_colour_of_16_bits_a_channel_is_refused_by_name() -> None:
    content = corpus.png(1, 1, 16, 2, bytes(7), clear(1, 2, 3))
    assert "made transparent" in str(check(lambda: images.decode(content, "a.png"), "a.png"))


def test_a_gif_frame_smaller_than_its_screen_lies_on_white() -> None:
    screen = corpus.encoded(corpus.noise("L", 2, 1).point(lambda _: 0), "GIF")
    screen = screen[:6] + struct.pack("<HH", 4, 2) + screen[10:]
    screen = screen.replace(b"," + struct.pack("<HHHH", 0, 0, 2, 1), b"," + struct.pack("<HHHH", 1, 1, 2, 1))
    assert grey(screen) == [255, 255, 255, 255, 255, 0, 0, 255]
    assert images.decode(screen).notes == ("picture.note_alpha",)


def test_fpx_is_refused() -> None:
    """An OLE file, as FlashPix is."""
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert (
        getattr(check(lambda: images.decode(content, "a.fpx"), "a.fpx"), "key", "") == "errors.picture_unknown_format"
    )


def test_no_switch_of_the_whole_process_is_set() -> None:
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    sources = [path.read_text(encoding="utf-8") for name in ("explorer", "pages") for path in Path(name).rglob("*.py")]
    assert sources
    assert not any("LOAD_TRUNCATED_IMAGES" in source or "MAX_IMAGE_PIXELS" in source for source in sources)


def test_the_servers_limit_lets_the_largest_checkpoint_pass_and_no_zip_of_gigabytes() -> None:
    limit = tomllib.loads(Path(".streamlit/config.toml").read_text(encoding="utf-8"))["server"]["maxUploadSize"]
    assert images.MAX_BYTES >> 20 < 277 < limit <= 1024
