"""Blocks of several designs on the same pictures: against hand computation, with small networks."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.analysis import designs, labels
from explorer.analysis.trace import drop, trace
from explorer.codegen import designs as scripts
from explorer.core.i18n import t
from explorer.models import loading
from explorer.models.network import Network
from explorer.plots import designs as drawing
from tests.analysis.test_ablation import finished
from tests.analysis.test_any_network import PX, convnext, row, streams, vit
from tests.models.small import noisy


def trained(network: Network) -> Network:
    return replace(network, weights="imagenet", origin="network.origin_imagenet")


@pytest.mark.parametrize("make", [vit, streams])
def test_ratios_and_costs_are_those_of_the_definition(make: Any) -> None:
    network, several = trained(make()), noisy(2, PX)
    found = finished(designs.measure(network, several))
    assert found.blocks == tuple(network.graph.blocks)
    assert found.short == tuple(labels.of_blocks(network.graph).values())
    assert found.moved is not None
    for n, x in enumerate(several.inputs(network, 1)):
        before = network.module(x).softmax(1)
        for k, path in enumerate(found.blocks):
            kept = trace(network, x, keep=[f"{path}.shortcut", f"{path}.branch"])
            ratio = kept[f"{path}.branch"].norm() / kept[f"{path}.shortcut"].norm()
            assert found.ratios[n, k].item() == pytest.approx(float(ratio), rel=1e-4)
            after = trace(network, x, keep=(), edits={f"{path}.branch": drop()}).logits.softmax(1)
            assert found.moved[n, k].item() == pytest.approx(float((after - before).abs().sum() / 2), abs=1e-6)


def test_lesions_are_of_trained_networks_only() -> None:
    found = finished(designs.measure(convnext(), noisy(2, PX)))
    assert found.moved is None
    assert found.depths == [0.125, 0.375, 0.625, 0.875]


def test_the_open_network_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"resnet18": trained(convnext()), "vit_b_16": vit()}
    small = {name: replace(network, name=name) for name, network in small.items()}
    monkeypatch.setattr(loading, "load", lambda name, weights: small[name])
    chosen, several = {"resnet18": "imagenet", "vit_b_16": "random"}, noisy(1, PX)
    for own, names in ((small["vit_b_16"], ["resnet18", "vit_b_16"]), (row(), ["resnet18", "vit_b_16", "own"])):
        estimated = designs.estimate(own, 0.01, 1, chosen, designs.machine_speed(1))
        assert len(estimated) == len(names)
        assert all(seconds > 0 for seconds in estimated.values())
        found = finished(designs.compare(own, several, chosen, estimated))
        assert [each.network for each in found] == names


def test_the_references_have_so_many_blocks() -> None:
    found = {name: len(loading.outline(name).graph.blocks) for name in designs.REFERENCES}
    assert found == designs.REFERENCES


def test_weights_that_need_no_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert designs.references() == {
        "resnet18": "cifar10", "convnext_tiny": "random", "vit_b_16": "random", "swin_t": "random",
    }  # fmt: skip
    file, _ = loading.weight_files.published("swin_t")
    file.parent.mkdir()
    file.touch()
    assert designs.references()["swin_t"] == "imagenet"


def test_charts_hold_the_medians_and_means() -> None:
    found = [
        designs.Design("a", "imagenet", ("l.0.add", "l.0.add_1"), ("0 attn", "0 mlp"), ("attention", "mlp"),
                       torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[0.5, 0.2], [0.1, 0.4]])),
        designs.Design("b", "random", ("1",), ("1",), ("conv",), torch.tensor([[0.01]]), None),
    ]  # fmt: skip
    table = drawing.table(found, ["a", "b"])
    assert table["ratio"].tolist() == pytest.approx([2, 0, 0.01])
    assert table["moved"].tolist()[:2] == pytest.approx([0.3, 0.3])
    assert table["depth"].tolist() == [0.25, 0.75, 0.5]
    for chart, rows in ((drawing.ratios(table, t), ["a", "b"]), (drawing.costs(table, t), ["a", "a"])):
        drawn = [each for each in chart.to_dict()["datasets"].values() if "network" in each[0]]
        assert [each["network"] for each in drawn[0]] == rows


def test_the_program_opens_the_open_network_and_the_others() -> None:
    network = replace(vit(), name="maxvit_t", facts={"seed": 3})
    code = scripts.designs(network, {"resnet18": "cifar10"}, "pictures")
    assert code.count("\n") <= 40
    assert "load_network('maxvit_t', 'random', seed=3)" in code
    assert "network, *" in code
    assert "network, *" not in scripts.designs(replace(network, name="resnet18", weights="cifar10"),
                                               {"resnet18": "cifar10"}, "pictures")  # fmt: skip
    compile(code, "script", "exec")
