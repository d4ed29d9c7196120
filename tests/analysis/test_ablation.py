"""Lesions equal the output of a copy of the module whose branches are zeroed by hand."""

import copy
import io
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from torch import Tensor, nn

from explorer.analysis import ablation, picture_set
from explorer.analysis.ablation import INTACT, Cut, RandomRemoval
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import drop, trace
from explorer.codegen import lesion as scripts
from explorer.models import loading
from explorer.models.network import Network
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from tests.conftest import random_network
from tests.models.small import coloured, noisy, twin, two_steps

T = TypeVar("T")


def finished(steps: Generator[tuple[int, int], None, T]) -> T:
    """Result of a generator of steps; checks that they count up to the total."""
    progress = (-1, 1)
    while True:
        try:
            done, total = next(steps)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        assert progress[0] < done <= total
        progress = done, total


def silenced(network: Network, several: PictureSet, cut: Cut) -> Tensor:
    """Oracle for networks with shortcuts: the last BatchNorm of each branch in `cut` outputs zeros."""
    module = copy.deepcopy(network.module)
    for path in cut:
        block = module.get_submodule(path)
        last = block.bn3 if hasattr(block, "bn3") else block.bn2
        last.register_forward_hook(lambda module, given, out: torch.zeros_like(out))
    with torch.no_grad():
        return torch.cat([module(x).argmax(1) for x in several.inputs(network)])


class Passing(nn.Module):
    """Oracle's replacement for a block of the plain twin."""

    def __init__(self, more: int) -> None:
        super().__init__()
        self.more = more

    def forward(self, x: Tensor) -> Tensor:
        if not self.more:
            return x
        small = x[:, :, ::2, ::2]
        return torch.cat([small, torch.zeros(len(x), self.more, *small.shape[2:])], 1)


@pytest.fixture(autouse=True)
def _tell_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation, "PROGRESS_EVERY_S", -1.0)


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_lesions_equal_silenced_branches(name: str) -> None:
    network = loading.load(name, "random", seed=1)
    several = noisy(2, 32)
    paths = list(network.graph.blocks)
    cuts = [INTACT, *(frozenset({path}) for path in (paths[0], paths[3], paths[-1])), frozenset(paths[1:5])]
    small = Network(
        name, "random", network.module, network.labels, CIFAR_PREPROCESSING.sized(32), network.graph,
        network.origin,
    )  # fmt: skip
    found = finished(ablation.predict_under_cuts(small, several, cuts))
    assert [cut for cut in cuts if not torch.equal(found[cut], silenced(small, several, cut))] == []


@pytest.mark.parametrize("name", ["cifar-preact8-exclusive-w4", "cifar-resnet8-half-b-w4", "cifar-resnet8-conv-w4"])
def test_a_lesion_leaves_the_shortcut_as_the_network_has_it(name: str) -> None:
    """A gate still closes the shortcut, a factor still halves it."""
    network, several = random_network(name), noisy(20, 32)
    cuts = [frozenset({path}) for path in network.graph.blocks]
    found = finished(ablation.predict_under_cuts(network, several, cuts))
    dropped = {cut: [f"{path}.branch" for path in cut] for cut in cuts}
    x = torch.cat(list(several.inputs(network)))
    for cut, names in dropped.items():
        logits = trace(network, x, keep=(), edits=dict.fromkeys(names, drop())).logits
        assert torch.equal(found[cut], logits.argmax(1))
    opening = [section.path for section in ablation.sections(network) if section.resizes]
    assert opening == ["layer2.0", "layer3.0"]


def test_lesions_of_a_residual_twin_equal_silenced_branches() -> None:
    network, several = twin(residual=True), noisy(40)
    paths = list(network.graph.blocks)
    cuts = [cut for drawn in ablation.draw_cuts(paths, 3, seed=5) for cut in drawn]
    found = finished(ablation.predict_under_cuts(network, several, cuts))
    assert [cut for cut in cuts if not torch.equal(found[cut], silenced(network, several, cut))] == []
    assert len({tuple(answers.tolist()) for answers in found.values()}) > 3, "lesions change answers here"


def test_a_block_of_a_plain_network_passes_its_input_on() -> None:
    network, several = twin(residual=False), noisy(40)
    parts = ablation.sections(network)
    more = {"layer2.0": 4, "layer3.0": 8}
    assert [part.path for part in parts] == [f"layer{k}.{i}" for k in (1, 2, 3) for i in (0, 1)]
    assert {part.path for part in parts if part.resizes} == set(more)
    cuts = [cut for drawn in ablation.draw_cuts([part.path for part in parts], 2, seed=1) for cut in drawn]
    found = finished(ablation.predict_under_cuts(network, several, cuts))
    for cut in cuts:
        module = copy.deepcopy(network.module)
        for path in cut:
            stage, place = path.split(".")
            module.get_submodule(stage)[int(place)] = Passing(more.get(path, 0))  # type: ignore[operator]
        with torch.no_grad():
            answers = torch.cat([module(x).argmax(1) for x in several.inputs(network)])
        assert torch.equal(found[cut], answers), cut


def test_a_network_whose_answers_are_known() -> None:
    network = two_steps()
    found = finished(ablation.remove_each(network, coloured("red", "green", "blue", "red")))
    # Intact: red and green become blue. Without the first step red stays red; without the second it becomes green.
    assert found.intact == 0.25
    assert [(row.path, row.share) for row in found.rows] == [("layer1.0", 0.75), ("layer1.1", 0.5)]
    assert found.true_labels
    assert not any(row.resizes for row in found.rows)
    assert found.median_drop(resizes=False) == pytest.approx(0.25 - (0.75 + 0.5) / 2)


def test_what_comes_before_a_lesion_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network, ran = twin(residual=True), []
    whole = ablation._with
    monkeypatch.setattr(ablation, "_with", lambda *given: ran.append(given[1].path) or whole(*given))
    finished(ablation.remove_each(network, noisy(10)))
    count = len(network.graph.blocks)
    assert len(ran) == count + count * (count - 1) // 2, "the intact network once, and after each lesion the rest"
    assert ran.count("layer1.0") == 1


def test_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    network, several = twin(residual=True), noisy(30)
    whole = finished(ablation.remove_each(network, several))
    monkeypatch.setattr(ablation, "PIXELS", 7 * 8 * 8)
    assert finished(ablation.remove_each(network, several)) == whole


def test_without_the_sets_classes_answers_stay_or_change() -> None:
    network, several = twin(residual=True, labels=("a", "b", "c", "d")), noisy(30)
    found = finished(ablation.remove_each(network, several))
    assert (found.intact, found.true_labels) == (1.0, False)
    intact = silenced(network, several, INTACT)
    for row in found.rows:
        stayed = (silenced(network, several, frozenset({row.path})) == intact).float().mean()
        assert row.share == pytest.approx(float(stayed)), row


def test_which_blocks_resize() -> None:
    for name, resizing in (("resnet18", [2, 4, 6]), ("resnet50", [0, 3, 7, 13])):
        parts = ablation.sections(loading.load(name, "random"))
        assert [k for k, part in enumerate(parts) if part.resizes] == resizing


def test_draws() -> None:
    paths = [f"layer1.{k}" for k in range(6)]
    drawn = ablation.draw_cuts(paths, 4, seed=2)
    assert [{len(cut) for cut in cuts} for cuts in drawn] == [{k} for k in range(7)]
    assert all(len(cuts) == 4 for cuts in drawn)
    assert drawn == ablation.draw_cuts(paths, 4, seed=2)
    assert drawn != ablation.draw_cuts(paths, 4, seed=3)


def test_several_at_random() -> None:
    network, several = twin(residual=True), noisy(30)
    rows = finished(ablation.remove_random(network, several, 3, 1))
    right = several.true_labels(network)
    for row, cuts in zip(rows, ablation.draw_cuts(list(network.graph.blocks), 3, 1), strict=True):
        shares = [float((silenced(network, several, cut) == right).float().mean()) for cut in cuts]
        assert list(row.shares) == shares
        assert (row.low, row.high) == (min(shares), max(shares))
        assert row.mean == pytest.approx(sum(shares) / 3)
    assert ablation.largest_drop(
        [RandomRemoval(0, (0.9,)), RandomRemoval(1, (0.8, 0.4)), RandomRemoval(2, (0.55,))]
    ) == pytest.approx(0.3)


@pytest.mark.parametrize("labels", [("airplane", "cat", "ship"), ("china", "flower")])
def test_the_script_prints_the_same(
    labels: tuple[str, ...], as_checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With true labels, whose indices differ between network and folder, and with the network's own predictions."""
    network = loading.load("resnet18", "cifar10")
    several = noisy(6, 32, labels)
    zipfile.ZipFile(io.BytesIO(picture_set.to_zip(several, "pictures"))).extractall(as_checkout)
    code = scripts.lesion(network, several, 2, 4, "pictures")
    assert code.count("\n") <= 40
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    found = finished(ablation.remove_each(network, several))
    assert names["intact"] == found.intact
    assert names["without"] == {row.path: row.share for row in found.rows}
    rows = finished(ablation.remove_random(network, several, 2, 4))
    assert names["shares"] == [list(row.shares) for row in rows]
    assert str(names["without"]) in capsys.readouterr().out
