"""A saved figure holds its maps, title, caption, legend and link, and nothing overlaps."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from explorer.core.palette import MAGNITUDE
from explorer.data import images
from explorer.plots import figure_files
from explorer.plots.figure_files import Caption, Legend, Tile
from explorer.plots.pictures import ColourScale

SVG = "{http://www.w3.org/2000/svg}"
LINK = "http://lab.example.org:8501/shortcut?" + "&".join(f"choice{k}=some+value" for k in range(12))


def caption(**fields: object) -> Caption:
    usual = {"title": "A <b>title</b>", "lines": ("resnet18 · 图片：寺庙",), "link": LINK, "language": "zh"}
    return Caption(**{**usual, "ink": "#222222", "paper": "#fafafa", **fields})  # type: ignore[arg-type]


def red(side: int = 4) -> bytes:
    return images.png(Image.new("RGB", (side, side), (255, 0, 0)))


TILES = [
    Tile(red(), ("x", "shortcut, of the block"), sign, "" if sign else "#0067a5") for sign in ("", "+", "=", "→")
] + [Tile(red(), ("x", "shortcut, of the block"))]
LEGEND = Legend(ColourScale(2.5, signed=False), "0", "≥ 2.5")


def test_a_figure_says_all_in_one_document() -> None:
    shown = caption()
    whole = ElementTree.fromstring(figure_files.svg(figure_files.of_tiles(TILES, shown, LEGEND), shown))
    texts = [each.text or "" for each in whole.iter(f"{SVG}text")]
    joined = "".join(texts)
    assert [joined.count(words) for words in ("A <b>title</b>", "resnet18 · 图片：寺庙", "≥ 2.5", LINK)] == [1, 1, 1, 1]
    assert [texts.count(sign) for sign in "+=→"] == [1, 1, 1]
    fills = [(each.text, each.get("fill")) for each in whole.iter(f"{SVG}text")]
    assert [fills.count(("x", colour)) for colour in ("#0067a5", "#222222")] == [1, 4], "a name in its own colour"
    assert ("shortcut, of the block", "#0067a5") not in fills
    assert len(list(whole.iter(f"{SVG}image"))) == 5 + 1, "five maps and the colour bar"
    wide, high = (float(whole.get(side, "0")) for side in ("width", "height"))
    for each in whole.iter(f"{SVG}text"):
        size, columns = float(each.get("font-size", "0")), figure_files._columns(each.text or "")
        assert float(each.get("x", "0")) + 0.53 * size * columns <= wide, each.text
        assert float(each.get("y", "0")) <= high


def test_a_figure_as_png_has_its_pixels_and_colours() -> None:
    shown = caption()
    content = figure_files.png(figure_files.of_tiles(TILES, shown, LEGEND), shown)
    with Image.open(io.BytesIO(content)) as opened:
        page = np.array(opened.convert("RGB"))
    assert page[0, 0].tolist() == [0xFA, 0xFA, 0xFA]
    side = 2 * 168
    assert np.isclose((page == (255, 0, 0)).all(2).sum(), 5 * side * side, rtol=0.02), "no blurred rims"
    assert (page == MAGNITUDE[250]).all(2).any(), "the colour bar"


def test_chinese_and_addresses_are_broken_into_lines() -> None:
    lines = figure_files.wrapped("一" * 30 + " " + LINK, 200, 10)
    most = int(200 / 5.3)
    assert all(figure_files._columns(line) <= most for line in lines)
    assert "".join(lines) == "一" * 30 + LINK


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_text_is_drawn(kind: str) -> None:
    """Chinese is drawn with a font that has it: two words give other pixels."""
    found = []
    for words in ("残差", "捷径"):
        shown = caption(title=words)
        drawing = figure_files.of_tiles(TILES[:1], shown, None)
        found.append(figure_files.svg(drawing, shown) if kind == "svg" else figure_files.png(drawing, shown))
    assert found[0] != found[1]
