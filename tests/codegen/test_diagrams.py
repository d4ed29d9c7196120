"""The programs of the Diagrams page print what the page shows."""

from pathlib import Path

import pytest
import torch
import torchvision
from PIL import Image
from torch import nn

from explorer.analysis import model_costs, paths
from explorer.codegen import diagrams
from explorer.models import loading
from tests.codegen.test_views import run


@pytest.mark.parametrize(("name", "weights"), [("resnet18", "cifar10"), ("resnet50", "random")])
def test_the_table_is_the_accounts(picture: Image.Image, name: str, weights: str) -> None:
    network = loading.load(name, weights)
    code = diagrams.table(network, "my photo.png")
    assert len(code.splitlines()) <= 40
    found = run(code)["rows"]
    calls = model_costs.compute(network).calls
    expected = [
        (cost.output, cost.parameters, cost.multiply_adds, cost.field.size, cost.field.jump, cost.field.start)
        for name, cost in calls.items()
        if network.graph.nodes[name].module
    ]
    names = [network.graph.nodes[name].module for name in calls if network.graph.nodes[name].module]
    assert [row[0] for row in found] == names
    assert [row[1:] for row in found] == expected


def test_a_small_stem_fits_too(picture: Image.Image) -> None:
    module = torchvision.models.resnet18(num_classes=7)
    module.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    torch.save(module.state_dict(), "mine.pt")
    network = loading.load_checkpoint("resnet18", Path("mine.pt").read_bytes(), "mine.pt")
    code = diagrams.table(network, "my photo.png")
    assert len(code.splitlines()) <= 40
    found = run(code)
    assert sum(row[3] for row in found["rows"]) == model_costs.compute(network).total.multiply_adds
    assert found["last"][0] == model_costs.compute(network).calls["fc"].field.size


def test_networks_side_by_side() -> None:
    code = diagrams.compare(["resnet18", "resnext50_32x4d"], 10, 64)
    assert len(code.splitlines()) <= 40
    found = run(code)["totals"]
    for name in ("resnet18", "resnext50_32x4d"):
        expected = model_costs.compute(loading.outline(name, 10), 64)
        assert found[name] == (len(expected.blocks), expected.total.parameters, expected.total.multiply_adds)


def test_any_networks_are_counted() -> None:
    names = ["squeezenet1_1", "mobilenet_v3_small", "cifar-resnet8-w4"]
    found = run(diagrams.counted(names, 10))["totals"]
    for name in names:
        expected = model_costs.compute(loading.outline(name, 10))
        products = sum(cost.products for cost in expected.calls.values())
        assert found[name] == (expected.total.parameters + expected.unused, products)
    assert diagrams.counted(["hf:folder"], 10) == ""


def test_paths() -> None:
    found = run(diagrams.paths(54, 5, 17))
    assert found["counts"] == paths.by_length(54)
    assert found["share"] == paths.share(54, 5, 17)
    assert run(diagrams.paths(8, 0, 8))["counts"] == [1, 8, 28, 56, 70, 56, 28, 8, 1]
