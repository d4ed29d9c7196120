"""A chart as a file: PNG and SVG under its title, and what a pointer is told of its marks as a table."""

from collections.abc import Iterator
from typing import Any, Final

import altair as alt
import pandas as pd
import vl_convert

from explorer.core.csv_export import csv_bytes
from explorer.core.i18n import Language

Spec = dict[str, Any]  # of Vega-Lite

WIDTH_PX, TWICE = 720, 2  # of a chart that is as wide as its page; of a PNG, the pixels for each of them
FONTS: Final = {"zh": "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"}
VERSION: Final = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
LINE: Final = "#7b8990"  # of axes, and fainter of the grid: seen on both themes' grounds


def image(
    spec: Spec, kind: str, language: Language, *, title: str = "", ink: str, paper: str, width_px: int = WIDTH_PX
) -> bytes:
    """`spec` as `png`, `svg` or `html`, which loads nothing, with words in the colour `ink` on a ground of `paper`.

    `width_px` is that of a chart which is as wide as its page.
    """
    own, ours = spec.get("config", {}), _config(ink)
    whole = {
        **spec, "background": paper, "padding": 12,
        "config": {**ours, **own, "view": {**ours["view"], **own.get("view", {})}},
        "width": spec["width"] if isinstance(spec.get("width"), int) else width_px,
    }  # fmt: skip
    whole["config"] |= {"font": FONTS.get(language, "sans-serif"), "axis": _axes(ink, spec)}
    if title:
        whole["title"] = {"text": title, "anchor": "start", "fontSize": 15, "color": ink, "offset": 12}
    if kind == "html":
        page = str(vl_convert.vegalite_to_html(whole, vl_version=VERSION, bundle=True))
        before, begin, rest = page.partition("const spec = ")
        given, end, after = rest.rpartition("</script>")
        return "".join((before, begin, given.replace("<", r"\u003c"), end, after)).encode()  # no name ends the script
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(whole, vl_version=VERSION)).encode()
    made: bytes = vl_convert.vegalite_to_png(whole, vl_version=VERSION, scale=TWICE)
    return made


def _config(ink: str) -> Spec:
    return {"view": {"stroke": None}, "header": {"labelColor": ink, "titleColor": ink}, "legend": {"titleColor": ink}}


def _axes(ink: str, spec: Spec) -> Spec:
    lines = {"gridColor": LINE, "gridOpacity": 0.25, "domainColor": LINE, "tickColor": LINE}
    return {**lines, **spec.get("config", {}).get("axis", {}), "labelColor": ink, "titleColor": ink}


def table(spec: Spec, name: str) -> pd.DataFrame:
    """The rows that have a tooltip, with the columns of the tooltip and those of the titled axes.

    Where several layers have one, their rows stand below one another. What a tooltip tells without a title, a series or
    a class, gets the column `name`. Pictures are left out.
    """
    parts: list[pd.DataFrame] = []
    for layer, given in layers(spec):
        encoding = layer.get("encoding", {})
        columns = {each["field"]: str(each.get("title") or "").strip() or name for each in tips(encoding)}
        rows = given.get("values") or spec.get("datasets", {}).get(given.get("name"), [])
        if not columns or not rows:
            continue
        for channel in ("x", "y"):
            place = encoding.get(channel, {})
            if place.get("axis", True) and place.get("title") not in (None, *columns.values()):
                columns.setdefault(place.get("field"), place["title"])
        shown = pd.DataFrame(rows)
        known = [field for field in columns if field in shown and not _is_picture(shown[field])]
        part = shown[known].set_axis([columns[field] for field in known], axis=1)
        part = part.loc[:, ~part.columns.duplicated()]
        if not any(part.equals(other) for other in parts):
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def csv(spec: Spec, name: str) -> bytes:
    """`table` as a file."""
    return csv_bytes(table(spec, name))


def layers(spec: Spec) -> Iterator[tuple[Spec, Spec]]:
    """Each layer with what it draws, its encoding whole, and the data that it reads."""

    def walk(layer: Spec, encoding: Spec, data: Spec) -> Iterator[tuple[Spec, Spec]]:
        encoding, data = {**encoding, **layer.get("encoding", {})}, layer.get("data") or data
        if "layer" in layer:
            for inner in layer["layer"]:
                yield from walk(inner, encoding, data)
        else:
            yield {**layer, "encoding": encoding}, data

    return walk(spec, {}, {})


def tips(encoding: Spec) -> list[Spec]:
    """The entries of a tooltip, of none, one or several fields."""
    found = encoding.get("tooltip") or []
    return found if isinstance(found, list) else [found]


def _is_picture(values: "pd.Series[Any]") -> bool:
    return bool(values.map(lambda each: isinstance(each, str) and each.startswith("data:")).any())
