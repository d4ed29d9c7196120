"""Charts as files: PNG or SVG with a caption, HTML, and the data of their tooltips as CSV."""

from collections.abc import Iterator
from typing import Any, Final

import altair as alt
import pandas as pd
import vl_convert

from explorer.core.csv_export import csv_bytes
from explorer.core.i18n import Language
from explorer.plots import figure_files
from explorer.plots.charts import Spec
from explorer.plots.figure_files import FONTS, Caption

WIDTH_PX, SCALE = 720, 2  # default width of a chart; PNG pixels per chart pixel
VERSION: Final = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
LINE: Final = "#7b8990"  # of axes and grid: visible in both themes


def image(
    spec: Spec, kind: str, language: Language, *, ink: str, paper: str, width_px: int = WIDTH_PX,
    caption: Caption | None = None,
) -> bytes:  # fmt: skip
    """Render `spec` as `png`, `svg` or self-contained `html`, with text in the colour `ink` on a background `paper`.

    `width_px` is for charts without a width of their own. A `caption` is for PNG and SVG.
    """
    own, ours = spec.get("config", {}), _config(ink)
    whole = {
        **spec, "background": paper, "padding": 12,
        "config": {**ours, **own, "view": {**ours["view"], **own.get("view", {})}},
        "width": spec["width"] if isinstance(spec.get("width"), int) else width_px,
    }  # fmt: skip
    whole["config"] |= {"font": FONTS[language] if language == "zh" else "sans-serif", "axis": _axes(ink, spec)}
    if kind == "html":
        page = str(vl_convert.vegalite_to_html(whole, vl_version=VERSION, bundle=True))
        before, begin, rest = page.partition("const spec = ")
        code, end, after = rest.rpartition("</script>")
        return "".join((before, begin, code.replace("<", r"\u003c"), end, after)).encode()  # a name may hold </script>
    if caption:
        drawing = figure_files.of_svg(str(vl_convert.vegalite_to_svg(whole, vl_version=VERSION)))
        return (figure_files.svg if kind == "svg" else figure_files.png)(drawing, caption)
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(whole, vl_version=VERSION)).encode()
    png: bytes = vl_convert.vegalite_to_png(whole, vl_version=VERSION, scale=SCALE)
    return png


def _config(ink: str) -> Spec:
    return {"view": {"stroke": None}, "header": {"labelColor": ink, "titleColor": ink}, "legend": {"titleColor": ink}}


def _axes(ink: str, spec: Spec) -> Spec:
    lines = {"gridColor": LINE, "gridOpacity": 0.25, "domainColor": LINE, "tickColor": LINE}
    return {**lines, **spec.get("config", {}).get("axis", {}), "labelColor": ink, "titleColor": ink}


def table(spec: Spec, name: str) -> pd.DataFrame:
    """The data of all layers with a tooltip, concatenated: the fields of the tooltip and of titled axes, by title.

    A tooltip's field without a title, a series or a class, becomes the column `name`. Pictures are left out, and so are
    layers hidden from screen readers: they repeat the data of others.
    """
    parts: list[pd.DataFrame] = []
    for layer, data in layers(spec):
        encoding = layer.get("encoding", {})
        columns = {each["field"]: str(each.get("title") or "").strip() or name for each in tips(encoding)}
        rows = data.get("values") or spec.get("datasets", {}).get(data.get("name"), [])
        if not columns or not rows or _is_hidden(layer["mark"]):
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
    """`table` as CSV."""
    return csv_bytes(table(spec, name))


def layers(spec: Spec) -> Iterator[tuple[Spec, Spec]]:
    """Each layer that draws, with inherited encodings merged into its own, and its data."""

    def walk(layer: Spec, encoding: Spec, data: Spec) -> Iterator[tuple[Spec, Spec]]:
        encoding, data = {**encoding, **layer.get("encoding", {})}, layer.get("data") or data
        if "layer" in layer:
            for inner in layer["layer"]:
                yield from walk(inner, encoding, data)
        else:
            yield {**layer, "encoding": encoding}, data

    return walk(spec, {}, {})


def tips(encoding: Spec) -> list[Spec]:
    """The tooltip's fields as a list."""
    fields = encoding.get("tooltip") or []
    return fields if isinstance(fields, list) else [fields]


def _is_hidden(mark: str | Spec) -> bool:
    return isinstance(mark, dict) and mark.get("aria") is False


def _is_picture(values: "pd.Series[Any]") -> bool:
    return bool(values.map(lambda each: isinstance(each, str) and each.startswith("data:")).any())
