"""Charts of feature space: every class has its own mark; they hold the numbers."""

import base64
import io
from collections.abc import Mapping
from functools import partial

import numpy as np
import pytest
from PIL import Image

from explorer.core.i18n import LANGUAGES, t
from explorer.core.palette import ROLE_COLOURS
from explorer.plots import space

CLASSES = tuple(f"class {k}" for k in range(20))


def spec_of(count: int, **options: bool) -> Mapping[str, object]:
    points = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    several = space.table(points, [CLASSES[k % count] for k in range(40)], ["data:,"] * 40)
    mine = space.table(points[:1], ["yours"], ["data:,"])
    chart = space.scatter(several, mine, partial(t, language="en"), (0.25, 0.125), dark=False)
    found: Mapping[str, object] = chart.to_dict()
    return found


@pytest.mark.parametrize("count", [2, 10, 20])
def test_every_class_has_a_mark_of_its_own(count: int) -> None:
    encoding = spec_of(count)["layer"][0]["encoding"]  # type: ignore[index]
    colours, shapes = (encoding[channel]["scale"]["range"] for channel in ("color", "shape"))
    assert len(set(zip(colours, shapes, strict=True))) == count
    assert encoding["color"]["scale"]["domain"] == list(CLASSES[:count])
    assert not {colour for pair in ROLE_COLOURS.values() for colour in pair} & set(colours)


def test_axes_say_how_much_they_hold_and_pictures_show() -> None:
    encoding = spec_of(3)["layer"][0]["encoding"]  # type: ignore[index]
    assert encoding["x"]["title"] == "axis 1: 25% of the variance"
    assert encoding["y"]["title"] == "axis 2: 12% of the variance"
    assert "image" in [tip["field"] for tip in encoding["tooltip"]], "the name that Vega's tooltip draws"


def test_a_thumbnail_is_small_and_the_picture() -> None:
    large = Image.linear_gradient("L").convert("RGB").resize((640, 320))
    uri = space.hover_uri(large)
    assert large.size == (640, 320)
    kind, _, content = uri.partition(",")
    assert kind == "data:image/webp;base64"
    assert len(uri) < 3000
    small = Image.open(io.BytesIO(base64.b64decode(content)))
    assert small.size == (64, 32)
    assert np.abs(np.asarray(small.convert("L"), float) - np.asarray(large.resize((64, 32)).convert("L"))).mean() < 6


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("own", [None, 0.9])
def test_probes_stand_beside_chance(language: str, own: float | None) -> None:
    table = space.probe_table({"maxpool": (0.2, 0.4), "layer1": (0.5, 0.7)}, {"maxpool": "Stem", "layer1": "Stage 1"})
    assert table["accuracy"].tolist() == pytest.approx([0.3, 0.6])
    assert table[["low", "high"]].to_numpy().tolist() == [[0.2, 0.4], [0.5, 0.7]]
    drawn = space.probes(table, partial(t, language=language), chance=0.1, own=own).to_dict()  # type: ignore[arg-type]
    rows = [row for data in drawn["datasets"].values() for row in data if "level" in row]
    assert [row["level"] for row in rows] == [0.1] + ([own] if own else [])
    assert rows[0]["word"] == t("space.chance", language)  # type: ignore[arg-type]
