"""`look` with modules, pictures and names that a user may give: a walk of the same numbers, or a sentence."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import ResNet
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.ops import FrozenBatchNorm2d

from explorer.analysis import source
from explorer.core.errors import ExplorerError, TraceError, WeightsError
from explorer.models.own_module import as_network
from explorer.scene.walk import look
from tests.scene.test_arithmetic import scenes

X = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(3))


class LogProbabilities(ResNet):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).log_softmax(1)


class Branching(ResNet):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if x.mean() > 0 else -x)


class AlwaysDrops(ResNet):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.dropout(super().forward(x), 0.5, training=True)


def small(kind: type[ResNet] = ResNet, block: type[BasicBlock | Bottleneck] = BasicBlock, **options: Any) -> ResNet:
    torch.manual_seed(1)
    return kind(block, [1, 1, 1, 1], num_classes=5, **options)


def changed(**parts: nn.Module | None) -> ResNet:
    module = small()
    for path, part in parts.items():
        parent, _, name = path.replace("__", ".").rpartition(".")
        setattr(module.get_submodule(parent), name, part)
    return module


def hooked(register: str) -> ResNet:
    module = small()
    getattr(module.layer1[0].conv1, register)(lambda *_: None)
    return module


def with_closed_lock() -> ResNet:
    module = small()
    module.lock = (each for each in ())  # a generator cannot be copied
    return module


REFUSED: dict[str, Callable[[], nn.Module]] = {
    "no data": lambda: small().to("meta"),
    "no fc": lambda: changed(fc=None),
    "lazy": lambda: changed(fc=nn.LazyLinear(4)),
    "fc of another width": lambda: changed(fc=nn.Linear(100, 3)),
    "grey": lambda: changed(conv1=nn.Conv2d(1, 64, 7, 2, 3)),
    "other shape": lambda: changed(layer1__0__conv1=nn.Conv2d(64, 64, 3, padding=5)),
    "maps as logits": lambda: changed(fc=nn.Unflatten(1, (8, 8, 8))),
    "cannot be copied": with_closed_lock,
    "another result each time": lambda: small(AlwaysDrops),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_module_that_cannot_be_followed_is_refused_by_a_sentence(case: str) -> None:
    with pytest.raises(WeightsError) as refused:
        look(REFUSED[case](), X)
    assert "\n" not in str(refused.value)


TAKEN: dict[str, Callable[[], ResNet]] = {
    "layers as fc": lambda: changed(fc=nn.Sequential(nn.Dropout(), nn.Linear(512, 7), nn.ReLU(), nn.Linear(7, 4))),
    "no head": lambda: changed(fc=nn.Identity()),
    "padding same": lambda: changed(layer1__0__conv1=nn.Conv2d(64, 64, 3, padding="same")),
    "a side apart": lambda: changed(layer1__0__conv1=nn.Conv2d(64, 64, (3, 1), padding=(1, 0))),
    "stem of layers": lambda: changed(conv1=nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 64, 3, padding=1))),
    "one class": lambda: changed(fc=nn.Linear(512, 1)),
    "groups": lambda: small(block=Bottleneck, groups=4, width_per_group=4),
    "reflection": lambda: changed(layer1__0__conv1=nn.Conv2d(64, 64, 3, padding=1, padding_mode="reflect")),
    "group norm": lambda: changed(layer1__0__bn1=nn.GroupNorm(8, 64)),
    "statistics of the batch": lambda: changed(layer1__0__bn1=nn.BatchNorm2d(64, track_running_stats=False)),
    "half": lambda: small().half(),
    "frozen": lambda: small(norm_layer=FrozenBatchNorm2d),
    "a hook before": lambda: hooked("register_forward_pre_hook"),
    "a hook after": lambda: hooked("register_forward_hook"),
    "branches": lambda: small(Branching),
    "a method of a tensor": lambda: small(LogProbabilities),
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_changed_module_is_walked_with_its_own_numbers(case: str) -> None:
    module = TAKEN[case]()
    state = deepcopy(module.state_dict())
    made = look(module, X, "network").payloads[0]
    assert look(module, X, "layer1.0").payloads[0].block == "layer1.0"
    assert module.training
    assert all(torch.equal(state[name], value) for name, value in module.state_dict().items())
    with torch.no_grad():
        logits = deepcopy(module).float().eval()(X)[0]
    assert made.content["channels"][str(len(logits))]["of"] == len(logits)


@pytest.mark.parametrize(
    "picture",
    [
        torch.zeros(1, 3, 0, 0), torch.zeros(2, 3, 32, 32), torch.zeros(1, 3, 32, 32, device="meta"),
        torch.zeros(1, 3, 32, 32).to_sparse(), X.to(torch.complex64), torch.full_like(X, float("nan")),
        torch.full_like(X, float("inf")), None, 5, b"cat.png", np.zeros((3, 32, 32)), Image.new("RGB", (0, 0)),
    ],
    ids=lambda picture: type(picture).__name__,
)  # fmt: skip
def test_what_is_no_picture_is_refused_by_a_sentence(picture: Any) -> None:
    with pytest.raises(TraceError):
        look(small(), picture)


def test_names_in_any_sequence() -> None:
    names = [f"class {k}" for k in range(5)]
    for given in (names, tuple(names), np.array(names), iter(names)):
        assert as_network(small(), "imagenet", given).labels == tuple(names)
    assert as_network(small(), "imagenet", None).labels == ("0", "1", "2", "3", "4")
    assert as_network(small(), "imagenet", range(5)).labels == ("0", "1", "2", "3", "4")
    with pytest.raises(WeightsError, match="5 outputs, but 1 labels"):
        as_network(small(), "imagenet", ["cat"])


@pytest.mark.parametrize("wrong", [{"preprocess": 5}, {"preprocess": ["cifar"]}, {"language": "fr"}, {"block": "x"}])
def test_an_option_that_does_not_exist_is_refused_by_a_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(ExplorerError, match="Choose one of"):
        look(small(), X, **wrong)


def test_the_shape_of_a_dilated_convolution_follows_from_its_sentence() -> None:
    module = small(block=Bottleneck, replace_stride_with_dilation=[False, True, True])
    made = look(module, X, "layer4.0", preprocess="imagenet").payloads[0].content
    dilated = module.layer4[0].conv2.dilation
    assert dilated == (2, 2)
    (words,) = (step["words"][0]["shape"] for step in made["steps"] if step["id"] == "conv2")
    found = re.search(r"\((\d+) \+ 2·(\d+) − (\d+)\) / (\d+)⌋ \+ 1 = (\d+)", words)
    assert found, words
    size, padding, reach, stride, after = map(int, found.groups())
    assert (size + 2 * padding - reach) // stride + 1 == after == made["tensors"]["layer4.0.conv2"]["shape"][2]


@pytest.mark.parametrize(
    ("pool", "px"),
    [(nn.MaxPool2d(3, 2, 1, dilation=2), 32), (nn.MaxPool2d(3, 2, 1, ceil_mode=True), 31), (nn.MaxPool2d(2), 32)],
    ids=lambda picture: type(picture).__name__,  # a repr has an address, which differs between the workers of xdist
)
def test_the_maximum_is_of_the_cells_that_are_printed(pool: nn.MaxPool2d, px: int) -> None:
    network = as_network(changed(maxpool=pool), "imagenet")
    (scene,) = scenes(network, X[..., :px, :px], source.WHOLE)
    answers = [answer for _, answer in scene.of_kind("MaxPool2d")]
    assert len(answers) > 10
    for answer in answers:
        cells, result = re.fullmatch(r"max\((.*)\) = (.*)", answer.text).groups()  # type: ignore[union-attr]
        numbers = [float(cell.replace("−", "-")) for cell in cells.split(", ")]
        assert max(numbers) == float(result.replace("−", "-"))
        assert result == scene.shown("maxpool", answer)


@pytest.mark.parametrize("side", [2, 3])
def test_an_average_of_parts_is_of_the_cells_that_it_names(side: int) -> None:
    """2: of equal parts; 3: of parts that overlap, whose cells are not told."""
    module = changed(avgpool=nn.AdaptiveAvgPool2d(side), fc=nn.Linear(512 * side**2, 5))
    network = as_network(module, "imagenet")
    (scene,) = scenes(network, torch.cat([X, X.flip(3)], 3).repeat(1, 1, 4, 2), source.WHOLE)
    answers = [answer for _, answer in scene.of_kind("AdaptiveAvgPool2d")]
    assert answers
    for answer in answers:
        assert answer.text.endswith(scene.shown("avgpool", answer))
        cells = scene.torch.outputs["layer4.0.relu_1"][answer.channel]
        if side == 2:
            half = cells.shape[0] // 2
            part = cells[answer.row * half :, answer.column * half :][:half, :half]
            assert part.numel() == 4
            low = answer.text.partition("(")[2].partition(")")[0]
            sums = [float(each.strip("()").replace("−", "-")) for each in low.split(" + ")]
            assert sums == pytest.approx(part.flatten().tolist(), abs=0.006)
        else:
            assert "mean" not in answer.text
