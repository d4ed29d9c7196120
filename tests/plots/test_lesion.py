"""Charts of lesion studies hold the numbers that they are given."""

from typing import Any

import pandas as pd
import pytest

from explorer.analysis.ablation import RandomRemoval, Single, Singles
from explorer.core.i18n import LANGUAGES, Language, t
from explorer.plots import lesion as drawing

ROWS = (Single("layer1.0", False, 0.5), Single("layer2.0", True, 0.25))


def tables(chart: Any) -> list[pd.DataFrame]:
    return [pd.DataFrame(rows) for rows in chart.to_dict()["datasets"].values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_single_lesions(language: Language) -> None:
    studies = {"a": Singles(0.9, ROWS, True, 20), "b": Singles(0.8, ROWS, True, 20)}
    chart = drawing.single_lesions(studies, ["#111111", "#222222"], lambda key, **values: t(key, language, **values))
    bars, intact, opening = tables(chart)
    assert list(zip(bars["network"], bars["path"], bars["share"], strict=True)) == [
        (name, row.path, row.share) for name in studies for row in ROWS
    ]
    assert list(opening["path"]) == [row.path for row in ROWS if row.resizes] == ["layer2.0"]
    assert chart.to_dict()["layer"][-1]["mark"]["text"] == drawing.MARK
    assert list(intact["share"]) == [0.9, 0.8]
    assert t("lesion.right", language) in str(chart.to_dict())


def test_answers_that_stay_are_not_called_right() -> None:
    drawn = str(drawing.single_lesions({"a": Singles(1.0, ROWS, False, 20)}, ["#111111"], t).to_dict())
    assert t("lesion.stay") in drawn
    assert t("lesion.right") not in drawn


def test_several_lesions() -> None:
    chart = drawing.random_lesions({"a": [RandomRemoval(0, (0.9, 0.9)), RandomRemoval(1, (0.2, 0.6))]}, ["#111111"], t)
    (table,) = tables(chart)
    assert table.round(6).to_dict("list") == {
        "network": ["a", "a"], "removed": [0, 1], "low": [0.9, 0.2], "mean": [0.9, 0.4], "high": [0.9, 0.6],
    }  # fmt: skip
