"""The table of groups and the file of runs."""

import io

import pandas as pd
import pytest

from explorer.experiments.comparison import table
from tests.experiments.comparison.made import CHINESE, ENGLISH, comparison, result

FOUND = comparison(
    result("vgg11_bn", "random", 0.2, 0.4), result("resnet18", "random", 0.3, 0.5),
    result("resnet18", "random", 0.3, 0.7, seed=1), result("=HYPERLINK()", "random", state="queued", device=""),
)  # fmt: skip


def test_a_row_is_a_group_and_the_best_mean_comes_first() -> None:
    rows = table.rows(FOUND, ENGLISH)
    assert list(rows["Backbone"]) == ["resnet18", "vgg11_bn", "=HYPERLINK()"]
    assert rows["Accuracy"][0] == pytest.approx(0.6)
    assert rows["± std"][0] == pytest.approx(0.1 * 2**0.5)
    assert rows["Best accuracy"][0] == 0.7
    assert list(rows["Seeds"]) == [2, 1, 0]
    assert list(rows["State"]) == ["finished", "finished", "queued"]


def test_people_read_percent_and_a_dash() -> None:
    shown = table.shown(FOUND, CHINESE)
    assert list(shown["准确率"]) == ["60.0%", "40.0%", "–"]
    assert list(shown["参数量"]) == ["11.18 M"] * 3
    assert "cpu AMD" in shown["设备"][0], "one run has no device yet"
    alone = table.shown(comparison(result("vgg11_bn", "random", 0.4, parameters=7040, train_accuracy=(0.5,))), CHINESE)
    assert not {"设备", "± 标准差", "随机种子数", "状态"} & set(alone.columns), "they say nothing here"
    assert alone.loc[0, ["准确率", "训练准确率", "参数量"]].tolist() == ["40.0%", "50.0%", "0.007 M"]


def test_csv_has_each_epoch_of_each_run_and_no_formula() -> None:
    read = pd.read_csv(io.BytesIO(table.csv(FOUND)))
    assert len(read) == 2 + 2 + 2 + 1
    assert list(read["test_accuracy"][:6]) == [0.2, 0.4, 0.3, 0.5, 0.3, 0.7]
    assert list(read["seconds"][:2]) == [10.0, 20.0]
    assert read["network"].iloc[-1] == "'=HYPERLINK()"


def test_settings_of_a_grid_have_a_column() -> None:
    grid = comparison(*(result("resnet18", "random", 0.5, settings=(("lr", lr),)) for lr in (0.1, 0.2)))
    assert list(table.rows(grid, ENGLISH)["Settings"]) == ["lr 0.1", "lr 0.2"]
    assert list(pd.read_csv(io.BytesIO(table.csv(grid)))["lr"]) == [0.1, 0.2]
