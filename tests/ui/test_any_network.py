"""The lab's pages of networks with attention, and of one without residual connections, in Streamlit's AppTest."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch
from torch import nn

from explorer.analysis import designs, maps
from explorer.analysis.trace import trace
from explorer.core.i18n import LANGUAGES, Language, t
from explorer.experiments.homework import measures
from explorer.experiments.homework.questions import left_out
from explorer.models import loading
from explorer.models.network import Network
from explorer.plots import homework
from explorer.ui.state import memory
from tests.analysis.test_ablation import finished
from tests.analysis.test_any_network import X, convnext, streams, vit
from tests.ui.test_pages import compute, opened, words

PARTS = ("block", "depth", "change", "lesion", "gradients", "inference")


def named(network: Network, name: str) -> Network:
    return replace(network, name=name, weights="random", facts={"seed": 0})


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.next = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.last, self.head = nn.Conv2d(4, 4, 3, padding=1), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.next(self.first(x))
        grown = torch.cat([x, self.last(x)], 1)
        return self.head(grown.mean((2, 3)))  # type: ignore[no-any-return]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Network]]:
    """Small networks by the names of large ones."""
    plain = replace(vit(), module=Plain().eval(), graph=loading.Graph.of(Plain(), (1, 3, 32, 32)))
    found = {"vit_b_16": vit(), "convnext_tiny": convnext(), "maxvit_t": streams(), "densenet121": plain}
    found = {name: named(network, name) for name, network in found.items()}
    load = loading.load
    monkeypatch.setattr(
        loading, "load", lambda name, *given, **more: found[name] if name in found else load(name, *given, **more)
    )
    memory.clear()
    yield found
    memory.clear()


@pytest.mark.parametrize("name", ["vit_b_16", "convnext_tiny", "maxvit_t"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens(part: str, name: str, small: dict[str, Network]) -> None:
    language: Language = LANGUAGES[PARTS.index(part) % 2]
    app = opened("shortcut", shortcut_part=part, picture="china", network=name, weights="random", lang=language)
    assert not app.error
    assert t("bar.no_residual", language, network=name) not in words(app)


@pytest.mark.parametrize("part", PARTS)
def test_a_network_without_residual_connections_says_so(part: str, small: dict[str, Network]) -> None:
    app = opened("shortcut", shortcut_part=part, picture="china", network="densenet121", weights="random")
    assert not app.error
    said = " ".join(info.value for info in app.info)
    assert t("bar.no_residual", network="densenet121") in said
    assert t("bar.concatenates", count=1) in said


def test_parts_of_a_plain_network_are_left_out(small: dict[str, Network]) -> None:
    app = opened("shortcut", shortcut_part="lesion", picture="china", network="densenet121", weights="random")
    assert t("lesion.about_plain", parts=2, of=3) in words(app)
    compute(app)
    assert len(app.get("vega_lite_chart")) == 1
    assert t("lesion.plain_reading") in words(app)


def test_designs_are_compared(small: dict[str, Network], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(designs, "REFERENCES", {"convnext_tiny": 4})
    link = {"network": "vit_b_16", "weights": "random", "picture": "china"}
    app = opened("shortcut", shortcut_part="depth", **link)
    assert t("designs.attention") in words(app)
    next(button for button in app.button if button.label.startswith("Compare on this image")).click().run()
    assert not app.exception
    assert t("designs.ratio_help") in words(app)
    assert t("designs.moved_help") not in words(app), "none is trained"
    said = " ".join(info.value for info in app.info)
    assert t("designs.layer_scale") in said


@pytest.mark.parametrize("name", ["vit_b_16", "densenet121"])
@pytest.mark.parametrize("page", ["home", "homework"])
def test_home_and_homework_open(page: str, name: str, small: dict[str, Network]) -> None:
    app = opened(page, picture="china", network=name, weights="random")
    assert not app.error


@pytest.mark.parametrize(("zeros", "key"), [(True, "inference.flat"), (False, "predict.untrained")])
def test_a_prediction_of_a_head_of_zeros_says_so(zeros: bool, key: str, small: dict[str, Network]) -> None:
    if zeros:
        for parameter in small["vit_b_16"].module.get_submodule("heads").parameters():
            parameter.zero_()
    app = opened("predict", picture="china", network="vit_b_16", weights="random")
    assert t(key) in words(app)


@pytest.mark.parametrize("make", [vit, streams])
def test_the_homeworks_answers(make: Callable[[], Network]) -> None:
    network = make()
    for question, measure in measures.MEASURES.items():
        if not left_out(question, network):
            answer = finished(measure(network, X[:1], None))
            if question in ("identity", "branch"):
                shown = maps.of_block(network.graph, answer.block, trace(network, X[:1]).tensors)
                assert homework.maps(answer, shown, network.graph.blocks[answer.block], t).parts
