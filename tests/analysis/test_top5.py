"""Ranks against sorting, chance against counting, and the generated script against both."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from explorer.analysis import picture_set, top5
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.top5 import Ranks
from explorer.codegen import top5 as scripts
from explorer.models import loading
from tests.codegen.test_views import run


def test_ranks_are_places_in_the_sorted_order() -> None:
    logits = torch.randn(50, 12, generator=torch.Generator().manual_seed(0))
    targets = torch.arange(50) % 12
    expected = [sorted(row, reverse=True).index(row[k]) + 1 for row, k in zip(logits.tolist(), targets, strict=True)]
    assert top5.ranks(logits, targets).tolist() == expected
    assert top5.ranks(torch.zeros(1, 4), torch.tensor([3])).tolist() == [1], "none is more probable"


def test_accuracy_and_chance() -> None:
    found = Ranks((1, 5, 6, 2), 1000)
    assert [found.within(k) for k in (1, 2, 5, 6)] == [0.25, 0.5, 0.75, 1.0]
    assert [Ranks((1,), classes).chance(5) for classes in (1000, 200, 10, 3)] == [0.005, 0.025, 0.5, 1.0]


def test_random_answers_get_what_chance_says() -> None:
    logits = torch.randn(20_000, 10, generator=torch.Generator().manual_seed(1))
    found = Ranks(top5.ranks(logits, torch.zeros(20_000, dtype=torch.long)).tolist(), 10)
    assert found.within(5) == pytest.approx(found.chance(5), abs=0.01)


def test_the_script_counts_what_the_page_counts(as_checkout: Path) -> None:
    network = loading.load("resnet18", "cifar10")
    noise = torch.Generator().manual_seed(2)
    names = ("airplane", "cat", "truck")
    pictures = tuple(
        Image.fromarray(torch.randint(0, 256, (32, 32, 3), dtype=torch.uint8, generator=noise).numpy())
        for _ in range(24)
    )
    labels = tuple(names[k // 8] for k in range(24))  # in the order of the folder
    several = PictureSet(("",) * 24, pictures, labels, "picture.source_folder")
    for k, picture in enumerate(pictures):
        (as_checkout / "pictures" / labels[k]).mkdir(parents=True, exist_ok=True)
        picture.save(as_checkout / "pictures" / labels[k] / f"{k:04}.png")
    targets = several.true_labels(network)
    assert targets is not None
    steps = top5.over_pictures(network, several, targets)
    progress = []
    try:
        while True:
            progress.append(next(steps))
    except StopIteration as ended:
        found = ended.value
    assert progress == [(20, 24), (24, 24)]
    names_of_script = run(scripts.top5(network, several, "pictures"))
    assert names_of_script["ranks"].tolist() == list(found.ranks)
    assert names_of_script["top1"] == pytest.approx(found.within(1))
    assert names_of_script["top5"] == pytest.approx(found.within(5))
    assert picture_set.find(1).true_labels(loading.load("resnet18", "random")) is None
