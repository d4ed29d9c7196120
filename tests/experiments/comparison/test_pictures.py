"""A comparison's test pictures are those that its runs were tested on."""

import pytest
import torch

from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.data.datasets import Split, _FullDataSet
from explorer.experiments.comparison.pictures import FromDisk


@pytest.mark.parametrize("limit", [None, 60, 1237])
def test_a_class_with_fewer_pictures_has_those_that_were_chosen(limit: int | None) -> None:
    labels = torch.arange(10).repeat_interleave(1000)[torch.randperm(10_000, generator=torch.manual_seed(0))]
    places = torch.zeros(10_000, dtype=torch.int64)
    for label in range(10):
        places[labels == label] = torch.arange(1000)
    whole = _FullDataSet(CIFAR10_CLASSES, Split(places, labels), Split(places, labels), labels < 0, (), "")
    chosen = whole.limit_test(limit).test
    assert len(chosen) == (limit or 10_000)
    expected = [
        f"{CIFAR10_CLASSES[label]}-{place}"
        for place, label in zip(*map(torch.Tensor.tolist, (chosen.images, chosen.labels)), strict=True)
    ]
    assert FromDisk(chosen.labels.tolist()).ids == expected
