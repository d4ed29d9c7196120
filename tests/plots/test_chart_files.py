"""Charts as files: images have the title and the page's colours, tables the data of tooltips."""

import io
import json
from typing import Any
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import pytest
from PIL import Image

from explorer.plots import chart_files
from explorer.plots.chart_files import Spec
from explorer.plots.figure_files import Caption


@pytest.fixture(scope="module")
def spec() -> Spec:
    rows = pd.DataFrame(
        {"at": [1, 2], "value": [0.5, 0.25], "run": ["=a", "b"], "uri": ["data:image/png;base64,", None]}
    )
    base = alt.Chart(rows).encode(x=alt.X("at:Q", title="epoch"), y=alt.Y("value:Q", title="accuracy"))
    tips = [alt.Tooltip("run:N", title=" "), alt.Tooltip("value:Q", title="accuracy"), alt.Tooltip("uri:N")]
    ends = alt.Chart(pd.DataFrame({"level": [0.1]})).mark_rule().encode(y="level:Q", tooltip="level:Q")
    drawn: Spec = alt.layer(base.mark_line(), base.mark_point().encode(tooltip=tips), ends).to_dict()
    return drawn


def test_the_table_has_the_titles_of_tooltip_and_axes(spec: Spec) -> None:
    table = chart_files.table(spec, "name")
    assert table.iloc[:2, :3].to_dict("list") == {"name": ["=a", "b"], "accuracy": [0.5, 0.25], "epoch": [1, 2]}
    assert len(table) == 3, "each layer once, though two draw the same rows"
    written = chart_files.csv(spec, "name").decode("utf-8-sig")
    assert written.splitlines()[:2] == ["name,accuracy,epoch", "'=a,0.5,1.0"]


def test_no_word_of_a_chart_ends_the_script_of_its_html() -> None:
    """A browser ends a script at the first `</script`, even within a string."""
    words = "</script><script>alert(1)</script><!--<script>"
    drawn = alt.Chart(pd.DataFrame({"run": [words]})).mark_bar().encode(y="run:N").to_dict()
    html = chart_files.image(drawn, "html", "en", ink="#000", paper="white").decode()
    usual = chart_files.image({**drawn, "datasets": {}}, "html", "en", ink="#000", paper="white").decode()
    assert [html.count(tag) for tag in ("<script", "</script", "<!--")] == [
        usual.count(tag) for tag in ("<script", "</script", "<!--")
    ]
    assert json.dumps(words).replace("<", r"\u003c") in html


def test_a_picture_has_title_and_ground(spec: Spec) -> None:
    look: dict[str, Any] = {"ink": "#e6ebed", "paper": "#14191c"}
    look["caption"] = Caption("How it grows", ("resnet18",), "http://localhost/why?a=1&b=2", "zh", **look)
    svg = chart_files.image(spec, "svg", "zh", **look).decode()
    texts = [each.text for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"How it grows", "resnet18", "http://localhost/why?a=1&b=2", "epoch"} <= set(texts)
    assert "Noto Sans CJK SC" in svg
    with Image.open(io.BytesIO(chart_files.image(spec, "png", "en", **look))) as picture:
        assert picture.width > 2 * chart_files.WIDTH_PX
        assert picture.getpixel((0, 0))[:3] == (0x14, 0x19, 0x1C)
