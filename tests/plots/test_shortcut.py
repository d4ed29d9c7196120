"""Charts of the shortcut page: tables hold the right numbers, specs are valid."""

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.core.i18n import t
from explorer.plots import charts, shortcut

NAMES = ("bn1", "layer1.0.bn1", "layer1.0.bn2", "layer2.0.bn1", "layer2.0.bn2")
THIS = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
SEVERAL = torch.rand(11, 5, generator=torch.Generator().manual_seed(1))


def test_a_table_over_depth() -> None:
    table = shortcut.depth_table(NAMES, ["layer2.0"], THIS, SEVERAL)
    assert list(table["place"]) == [1, 2, 3, 4, 5]
    assert list(table["this"]) == THIS.tolist()
    assert list(table["stage"]) == ["stem", "layer1", "layer1", "layer2", "layer2"]
    assert list(table["opens"]) == [False, False, False, True, True]
    for column, share in (("low", 10), ("middle", 50), ("high", 90)):
        assert list(table[column]) == pytest.approx(np.percentile(SEVERAL.numpy(), share, axis=0).tolist(), rel=1e-5)


def test_a_block_is_told_from_one_whose_name_begins_alike() -> None:
    table = shortcut.depth_table(("layer3.1", "layer3.10"), ["layer3.1"], torch.zeros(2), None)
    assert list(table["opens"]) == [True, False]
    assert "low" not in table


@pytest.mark.parametrize("figure", shortcut.AXES)
@pytest.mark.parametrize("several", [SEVERAL, None], ids=["band", "line"])
def test_a_chart_over_depth(figure: str, several: torch.Tensor | None) -> None:
    table = shortcut.depth_table(NAMES, ["layer2.0"], THIS, several)
    spec = charts.legible(shortcut.over_depth(table, figure, t), "#000")
    marks = [layer["mark"]["type"] for layer in spec["layer"]]
    assert marks == (["area", "line", "line", "point"] if several is not None else ["line", "point"])
    tips = [tip["field"] for tip in spec["layer"][-1]["encoding"]["tooltip"]]
    assert tips == (["name", "this", "low", "middle", "high"] if several is not None else ["name", "this"])
    axis = spec["layer"][-1]["encoding"]["x"]["axis"]
    degrees = spec["layer"][-1]["encoding"]["y"]["axis"].get("labelExpr")
    assert degrees == ("datum.label + '°'" if figure == "angle" else None)
    assert axis["values"] == [1, 2, 4]
    assert axis["labelExpr"] == "({'1': 'stem', '2': 'layer1', '4': 'layer2'})[datum.value]"


@pytest.mark.parametrize(("count", "seen"), [(17, 1.0), (41, 0.0)])
def test_a_deep_network_is_a_line_with_few_points(count: int, seen: float) -> None:
    table = shortcut.depth_table([f"layer1.{k}.bn1" for k in range(count)], ["layer1.0"], torch.zeros(count), None)
    spec = shortcut.over_depth(table, "response", t).to_dict()
    assert spec["layer"][-1]["encoding"]["opacity"]["value"] == seen


LOGITS = torch.tensor([3.0, 2.0, 1.0, 0.0, -1.0, -2.0, -3.0])
LABELS = tuple("abcdefg")


def test_answers_are_the_leading_ones_of_both() -> None:
    table = shortcut.answers_table(LABELS, LOGITS, LOGITS.flip(0), count=2)
    assert list(table["label"]) == ["a", "a", "b", "b", "f", "f", "g", "g"], "in the order before the change"
    p = torch.softmax(LOGITS, 0).tolist()
    assert list(table["share"]) == pytest.approx([p[0], p[6], p[1], p[5], p[5], p[1], p[6], p[0]])
    assert list(table["when"]) == ["before", "after"] * 4


def test_few_classes_are_all_shown() -> None:
    table = shortcut.answers_table(("a", "b"), LOGITS[:2], LOGITS[:2])
    assert list(table["label"]) == ["a", "a", "b", "b"]
    assert table["share"].sum() == pytest.approx(2)


def test_a_chart_of_answers() -> None:
    table = shortcut.answers_table(LABELS, LOGITS, LOGITS)
    spec = charts.legible(shortcut.answers(table, t), "#000")
    rows = pd.DataFrame(spec["datasets"][spec["data"]["name"]])
    assert set(rows["when"]) == {t("shortcut.before"), t("shortcut.after")}
    assert spec["layer"][0]["encoding"]["y"]["sort"] == list("abcde")
