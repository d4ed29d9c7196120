"""The way from a constructor to a block is the one that running it takes."""

import ast
import inspect
import re
import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch
from torchvision import models

from explorer.analysis import construction, source
from explorer.analysis.construction import Call
from explorer.models import loading
from explorer.ui.source import breadcrumbs


def way(name: str, block: str) -> tuple[Call, ...]:
    return construction.calls(loading.load(name, "random"), block)


def stack_that_made(name: str, kind: str, nth: int) -> list[tuple[str, int]]:
    """(function, line that is running) of torchvision's own frames when the `nth` module of class `kind` is made."""
    seen: list[list[tuple[str, int]]] = []

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_qualname.endswith(f"{kind}.__init__"):
            stack, at = [], frame.f_back
            while at is not None:
                if re.search(r"torchvision.models.(?!_)", at.f_code.co_filename):
                    stack.append((at.f_code.co_qualname, at.f_lineno))
                at = at.f_back
            seen.append(stack[::-1])

    sys.setprofile(watch)
    try:
        with torch.device("meta"):
            models.get_model(name, weights=None)
    finally:
        sys.setprofile(None)
    return seen[nth]


@pytest.mark.parametrize(
    ("name", "block", "kind", "nth"),
    [("resnet18", "layer1.0", "BasicBlock", 0), ("resnet18", "layer4.1", "BasicBlock", 7),
     ("resnet50", "layer2.0", "Bottleneck", 3), ("vit_b_16", "encoder.layers.encoder_layer_0.add", "EncoderBlock", 0)],
)  # fmt: skip
def test_the_marked_lines_are_those_that_run(name: str, block: str, kind: str, nth: int) -> None:
    """Of a network with this block: each function of the stack, at a line of the marked statement."""
    found = way(name, block)
    ran = stack_that_made(name, kind, nth)
    assert [call.listing.name for call in found][:-2] == [function for function, _ in ran]
    assert [call.listing.name for call in found][-2:] == [f"{kind}.__init__", f"{kind}.forward"]
    for call, (_, line) in zip(found, ran, strict=False):
        assert call.to
        statement = next(each for each in _statements(call) if each[0] <= call.to.line <= each[1])
        assert statement[0] <= line <= statement[1], call.listing.name
        assert call.listing.lines[call.to.line - call.listing.first][call.to.start : call.to.end] == call.to.name
    assert found[-1].to is None


def _statements(call: Call) -> list[tuple[int, int]]:
    """First and last line in the file of the function's simple statements."""
    tree = ast.parse(Path(call.listing.file).read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not hasattr(node, "body")]
    return [(node.lineno, node.end_lineno or node.lineno) for node in nodes]


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121", "squeezenet1_1"])
def test_each_marked_line_names_the_next_function(name: str) -> None:
    network = loading.load(name, "random")
    found = construction.calls(network, next(iter(network.graph.parts)))
    assert found[0].listing.name == name
    assert inspect.unwrap(getattr(models, name)).__code__.co_firstlineno == found[0].listing.first
    for call, following in pairwise(found):
        if call.to is None:
            assert following is found[-1], "only from __init__ to forward"
            continue
        owner, _, method = following.listing.name.rpartition(".")
        expected = {following.listing.name, owner if method == "__init__" else method, "block"}
        assert call.to.name in expected


def test_what_has_no_way_ends_earlier() -> None:
    assert way("cifar-resnet20", "layer1.0")[0].listing.name == "CifarResNet.__init__"
    assert [call.listing.name for call in way("squeezenet1_1", "features.0")][-1:] == ["SqueezeNet.__init__"]
    assert way("resnet18", source.WHOLE)[-1].listing.name == "ResNet.__init__"


def test_the_name_that_leads_on_is_a_token_of_its_own() -> None:
    call = way("resnet18", "layer3.0")[2]
    (marked,) = (tokens for _, is_marked, tokens in breadcrumbs.rows(call) if is_marked)
    assert [text for kind, text in marked if kind == "go"] == ["_make_layer"]
    assert "".join(text for _, text in marked).strip().startswith("self.layer3 = self._make_layer(")
    assert sum(is_marked for _, is_marked, _ in breadcrumbs.rows(call)) == 1
