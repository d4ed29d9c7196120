"""A figure as a file that explains itself: drawing, title, caption, link and legend in one SVG or PNG."""

import io
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import vl_convert
from markupsafe import Markup, escape
from PIL import Image

from explorer.core.i18n import Language
from explorer.data import images
from explorer.plots.pictures import ColourScale, data_uri

FONTS: Final = {
    "en": "sans-serif",
    "zh": "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Zen Hei', sans-serif",
}
SCALE: Final = 2  # PNG pixels per pixel of the figure
MARGIN_PX, GAP_PX = 16, 16
TITLE_PX, TEXT_PX, SMALL_PX = 16, 13, 11
SIGN_PX: Final = 20  # for +, = or an arrow before a tile
LINE: Final = 1.35  # distance of two lines relative to the font size
LEAST_PX: Final = 420  # width of a figure: a caption in a narrower column is hard to read


@dataclass(frozen=True)
class Caption:
    """What a figure shows, of which network, weights and picture (`lines`), and the address that shows it again.

    `ink` and `paper` are the colours of text and background.
    """

    title: str
    lines: tuple[str, ...]
    link: str
    language: Language
    ink: str
    paper: str


@dataclass(frozen=True)
class Tile:
    """A map or picture as a PNG, enlarged without blurring, above the lines `words`, the first in `colour`; before it a
    `sign`, such as +."""

    png: bytes
    words: tuple[str, ...]
    sign: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Legend:
    """A colour bar of `scale`'s colours between two words."""

    scale: ColourScale
    low: str
    high: str


@dataclass(frozen=True)
class Drawing:
    """SVG elements and their size in pixels."""

    svg: Markup
    width: float
    height: float


def of_svg(svg: str) -> Drawing:
    """A whole SVG document as a drawing."""
    found = re.match(r'<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"', svg)
    assert found is not None, "as vl_convert writes it"
    return Drawing(Markup(svg), float(found[1]), float(found[2]))  # noqa: S704, Vega escapes text


def of_tiles(tiles: Sequence[Tile], caption: Caption, legend: Legend | None, side_px: int = 168) -> Drawing:
    """Tiles of the same width, up to six in one row, more in rows of about 800 px; the legend below."""
    columns = len(tiles) if len(tiles) <= 6 else max(4, 800 // (side_px + GAP_PX))
    signed = SIGN_PX if any(tile.sign for tile in tiles) else 0
    parts, top, widest = [], 0.0, 0.0
    for first in range(0, len(tiles), columns):
        lowest = top
        for k, tile in enumerate(tiles[first : first + columns]):
            with Image.open(io.BytesIO(tile.png)) as opened:
                wide, high = opened.size
            left = k * (side_px + GAP_PX + signed) + signed
            height = side_px * high / wide
            if tile.sign:
                parts.append(_text(tile.sign, left - SIGN_PX, top + height / 2 + 5, TITLE_PX, caption))
            parts.append(_image(tile.png, left, top, side_px, height))
            below = top + height + 4
            for j, words in enumerate(tile.words):
                for line in wrapped(words, side_px, TEXT_PX if j == 0 else SMALL_PX):
                    below += (TEXT_PX if j == 0 else SMALL_PX) * LINE
                    look = replace(caption, ink=tile.colour) if tile.colour and j == 0 else caption
                    parts.append(_text(line, left, below, TEXT_PX if j == 0 else SMALL_PX, look, bold=j == 0))
            lowest, widest = max(lowest, below), max(widest, left + side_px)
        top = lowest + GAP_PX
    if legend:
        drawn = _legend(legend, caption, top)
        parts.append(drawn.svg)
        top, widest = top + drawn.height, max(widest, drawn.width)
    return Drawing(Markup().join(parts), widest, top)


def svg(drawing: Drawing, caption: Caption) -> bytes:
    """The figure as a document: title, drawing, caption, link."""
    width = max(drawing.width, LEAST_PX)
    parts, y = [], float(MARGIN_PX)
    for line in wrapped(caption.title, width, TITLE_PX):
        y += TITLE_PX * LINE
        parts.append(_text(line, MARGIN_PX, y, TITLE_PX, caption, bold=True))
    y += 12
    parts.append(Markup('<g transform="translate({} {:.1f})">{}</g>').format(MARGIN_PX, y, drawing.svg))
    y += drawing.height + 8
    for words, size in [*((line, TEXT_PX) for line in caption.lines), (caption.link, SMALL_PX)]:
        for line in wrapped(words, width, size):
            y += size * LINE
            parts.append(_text(line, MARGIN_PX, y, size, caption, quiet=size == SMALL_PX))
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{0}" height="{1}" '
        'viewBox="0 0 {0} {1}" role="img"><title>{2}</title><rect width="100%" height="100%" fill="{3}"/>{4}</svg>'
    )
    sides = round(width + 2 * MARGIN_PX), round(y + MARGIN_PX)
    return whole.format(*sides, caption.title, caption.paper, Markup().join(parts)).encode()


def png(drawing: Drawing, caption: Caption) -> bytes:
    """The figure as a PNG of SCALE pixels per pixel. Fonts are those of this machine."""
    found: bytes = vl_convert.svg_to_png(svg(drawing, caption).decode(), scale=SCALE)
    return found


def wrapped(words: str, width_px: float, font_px: float) -> list[str]:
    """`words` in lines that fit into `width_px`, by the usual width of letters; a long word or address is cut."""
    most = max(8, int(width_px / (0.53 * font_px)))
    lines, line = [], ""
    for part in re.findall(r"\s+|[^\s]+", words):
        pieces = _pieces(part, most)
        for piece in pieces:
            if line and _columns(line + piece) > most:
                lines.append(line.strip())
                line = ""
            line += piece
    return [each for each in [*lines, line.strip()] if each]


def _pieces(part: str, most: int) -> list[str]:
    """A word as it may be broken: Chinese after each character, anything longer than a line where it ends."""
    if any(unicodedata.east_asian_width(letter) in "WF" for letter in part):
        return list(part)
    return textwrap.wrap(part, most, break_on_hyphens=False) or [part]


def _columns(text: str) -> float:
    """Width in average Latin letters."""
    return sum(1.9 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _text(
    words: str, x: float, y: float, size_px: float, caption: Caption, *, bold: bool = False, quiet: bool = False
) -> Markup:
    look = Markup(' font-weight="600"') if bold else Markup(' opacity="0.7"') if quiet else Markup()
    return Markup('<text x="{:.1f}" y="{:.1f}" font-size="{:g}" font-family="{}" fill="{}"{}>{}</text>').format(
        x, y, size_px, FONTS[caption.language], caption.ink, look, escape(words)
    )


def _image(png: bytes, x: float, y: float, width: float, height: float) -> Markup:
    uri = data_uri(png)
    return Markup(
        '<image x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" preserveAspectRatio="none" '
        'style="image-rendering:pixelated" href="{}" xlink:href="{}"/>'
    ).format(x, y, width, height, uri, uri)


def _legend(legend: Legend, caption: Caption, top: float) -> Drawing:
    """The bar with its words: high at the right, low at the left."""
    colours = legend.scale.colours[:255][np.newaxis]
    left = 8 + _columns(legend.low) * 0.56 * TEXT_PX
    parts = [
        _text(legend.low, 0, top + 12, TEXT_PX, caption),
        _image(images.png(Image.fromarray(np.ascontiguousarray(colours))), left, top, 200, 14),
        _text(legend.high, left + 208, top + 12, TEXT_PX, caption),
    ]
    return Drawing(Markup().join(parts), left + 208 + _columns(legend.high) * 0.56 * TEXT_PX, 22)
