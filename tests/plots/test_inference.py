"""Charts over depth hold the numbers that they are given."""

import pandas as pd
import pytest
import torch

from explorer.core.i18n import t
from explorer.plots import inference as drawing

BLOCKS = ("layer1.0", "layer1.1")


def test_cosines_of_one_picture() -> None:
    spec = drawing.cosine(BLOCKS, torch.tensor([0.5, -0.25]), None, t).to_dict()
    rows = [row for rows in spec["datasets"].values() for row in rows if "block" in row]
    assert [(row["block"], row["cosine"]) for row in rows] == [("layer1.0", 0.5), ("layer1.1", -0.25)]
    assert t("inference.these_pictures") not in str(spec)


def test_cosines_of_a_set() -> None:
    pictures = torch.stack([torch.linspace(-1, 1, 11), torch.linspace(0, 1, 11)], 1)
    spec = drawing.cosine(BLOCKS, torch.zeros(2), pictures, t).to_dict()
    (band,) = [pd.DataFrame(rows) for rows in spec["datasets"].values() if "low" in rows[0]]
    assert list(band["cosine"]) == pytest.approx([0, 0.5], abs=1e-6)
    assert list(band["low"]) == pytest.approx([-0.8, 0.1], abs=1e-6)
    assert list(band["high"]) == pytest.approx([0.8, 0.9], abs=1e-6)


@pytest.mark.parametrize("probes", [(), (0.1, 0.3, 0.6)])
def test_how_readable_the_class_is(probes: tuple[float, ...]) -> None:
    spec = drawing.readable(BLOCKS, probes, {"layer1.1": 0.9}, True, t).to_dict()
    (rows,) = spec["datasets"].values()
    read = [(row["depth"], row["share"]) for row in rows]
    places = (t("inference.stem"), *BLOCKS)
    assert read == [*zip(places, probes, strict=False), ("layer1.1", 0.9)]
