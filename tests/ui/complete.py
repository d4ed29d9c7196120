"""Requirements on charts: title, axis titles with units, tooltip, text alternative."""

from collections.abc import Iterator
from typing import Any

from altair.utils.schemapi import validate_jsonschema
from altair.vegalite.v6.schema.core import load_schema

from explorer.core.i18n import WORDS
from explorer.plots.chart_files import layers, tips

# Axes of counts, names and of figures that have no unit. All others are in per cent, or their titles end in a unit.
WITHOUT_UNIT = (
    "charts.loss", "charts.network", "charts.part", "compare.axis_epoch", "designs.ratio", "diagrams.length",
    "famous.answers_allowed", "famous.class", "features.likeness_place", "features.likeness_value",
    "finetune.epoch", "finetune.matrix_predicted", "finetune.matrix_true", "gradients.block",
    "gradients.alone_relative", "gradients.block_number", "gradients.correlation", "gradients.input",
    "gradients.lag", "gradients.norm", "gradients.path_norm", "gradients.slope", "history.multiply_adds_axis",
    "history.parameters_axis", "inference.after", "inference.block", "inference.cosine",
    "landscape.along_first", "landscape.along_second", "lesion.removed",
    "lesion.without", "predict.label", "pretraining.epoch", "recipe.lr", "runs.epoch", "shortcut.axis_place",
    "shortcut.axis_response", "shortcut.class", "source.histogram_value", "space.depth", "why.iterations",
    "why.loss",
)  # fmt: skip
UNITS = (
    "(s)", "（秒）", "(nats)", "（nat）", "(millions)", "（百万）", "(percentage points)", "（百分点）", "%", "(%)",
    "（%）", "in degrees", "（度）", "no unit", "无单位", "of the variance",
)  # fmt: skip


def faults(title: str, spec: dict[str, Any], alt: str) -> Iterator[str]:
    """The requirements that this chart does not meet."""
    without_data = {name: value for name, value in spec.items() if name != "datasets"}
    if wrong := validate_jsonschema(without_data, load_schema(), raise_error=False):
        yield f"not as Vega-Lite's schema has it: {wrong.message}"
    if not title.strip():
        yield "no title"
    if len(alt.strip()) < 4:
        yield "no words for those who cannot see it"
    told = [tip for layer, _ in layers(spec) for tip in tips(layer["encoding"])]
    if not told:
        yield "no tooltip"
    named = {tip["field"] for tip in told if str(tip.get("title", "")).strip()} | {"image"}
    yield from (f"{tip['field']} has no name" for tip in told if tip["type"] != "nominal" and tip["field"] not in named)
    for channel in ("x", "y"):
        places = [layer["encoding"][channel] for layer, _ in layers(spec) if channel in layer["encoding"]]
        drawn = [place for place in places if "field" in place and place.get("axis", True) is not None]
        titles = {str(place["title"]) for place in drawn if place.get("title")}
        if drawn and not titles:
            yield f"{channel} has no title"
        percent = any("%" in (place.get("axis") or {}).get("format", "") for place in drawn)
        yield from (f"“{each}” has no unit" for each in titles if not (percent or has_unit(each)))


def has_unit(title: str) -> bool:
    known = {words for key in WITHOUT_UNIT for words in WORDS[key]}
    return title in known or title.endswith(UNITS)
