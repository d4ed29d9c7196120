"""Scenes of networks of any kind: tokens as maps, and no number that torch does not compute.

The oracle are forward hooks on a copy of the module.
"""

import re
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import SwinTransformer, VisionTransformer
from torchvision.models.convnext import CNBlock

from explorer.analysis import source
from explorer.analysis.source import WHOLE
from explorer.core.i18n import LANGUAGES
from explorer.models.network import Network
from explorer.models.own_module import as_network
from explorer.scene.walk import look, walk
from tests.analysis.test_source_any import Head, Looped, Residual
from tests.scene.oracle import corners_and_some, is_rounding_of, parsed, printed
from tests.scene.test_arithmetic import WORDS, Answer, node


class Normalised(nn.Sequential):
    """GroupNorm, a gate, other activations."""

    def __init__(self, width: int = 4) -> None:
        super().__init__(nn.GroupNorm(2, width), nn.SiLU(), nn.Conv2d(width, width, 1), nn.LeakyReLU(0.1))

    def forward(self, x: Tensor) -> Tensor:
        x = super().forward(x)
        return x * torch.sigmoid(x.mean((2, 3), keepdim=True)) - 0.5


MODULES = {
    "vit": (lambda: VisionTransformer(16, 4, 1, 2, 8, 16, num_classes=5), (1, 3, 16, 16)),
    "swin": (lambda: SwinTransformer([2, 2], 8, [2], [2], [2, 2], num_classes=5), (1, 3, 24, 24)),
    "convnext": (lambda: Head(CNBlock(4, 0.5, 0.0), CNBlock(4, 0.5, 0.0)), (1, 3, 8, 12)),
    "own": (lambda: Head(Residual(Normalised()), Looped()), (1, 3, 6, 6)),
}


KINDS = {
    "vit": "Linear LayerNorm GELU Conv2d", "swin": "Linear LayerNorm GELU", "own": "Conv2d GroupNorm SiLU",
    "convnext": "Conv2d LayerNorm Linear GELU",
}  # fmt: skip


def randomised(module: nn.Module) -> nn.Module:
    """With weights and biases of the size of values: zeros would prove nothing."""
    generator = torch.Generator().manual_seed(5)
    for weight in module.parameters():
        weight.data = torch.randn(weight.shape, generator=generator) * (0.4 if weight.ndim > 1 else 1)
    return module


class Shown:
    """All scenes of a network and what they print, and the outputs of its modules."""

    def __init__(self, name: str) -> None:
        make, shape = MODULES[name]
        self.network: Network = as_network(randomised(make()), "cifar", shape=shape)
        self.x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        self.walk = walk(self.network, self.x, [*self.network.graph.parts, WHOLE], name)
        asked = [
            {
                "packed": each.packed(),
                "pixels": {
                    name: corners_and_some(*info["shape"][1:], 9) for name, info in each.content["tensors"].items()
                },
            }
            for each in self.walk.payloads
        ]
        self.answers: list[dict[str, list[Answer]]] = [
            {name: [Answer(*answer) for answer in rows] for name, rows in found.items()}
            for found in node({"words": WORDS | {"stage": "stage"}, "scenes": asked})
        ]
        self.outputs = outputs_of(self.network.module, self.x)


def outputs_of(module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The output of each module without parts, of its first call."""
    copy, found = deepcopy(module), dict[str, Tensor]()

    def keep(path: str, out: Any) -> None:
        found.setdefault(path, (out[0] if isinstance(out, tuple) else out).clone())

    for path, inner in copy.named_modules():
        if not any(inner.children()):
            inner.register_forward_hook(lambda _, __, out, path=path: keep(path, out))
    with torch.no_grad():
        copy(x.clone())
    return found


@cache
def shown(name: str) -> Shown:
    return Shown(name)


def at(tensor: Tensor, answer: Answer, info: dict[str, Any]) -> float:
    """The value of a pixel in the layout of the module that made it."""
    channels, height, width = info["shape"]
    if tensor.ndim == 3:  # tokens: the class token first
        extra = tensor.shape[1] - height * width
        return float(tensor[0, extra + answer.row * width + answer.column, answer.channel])
    if tensor.ndim == 2:
        return float(tensor[0, answer.channel])
    first = tensor.shape[1:] == (channels, height, width)
    place = (answer.channel, answer.row, answer.column) if first else (answer.row, answer.column, answer.channel)
    return float(tensor[(0, *place)])


@pytest.mark.parametrize("name", MODULES)
def test_each_result_is_what_the_module_computes(name: str) -> None:
    checked = set()
    found = shown(name)
    for payload, answers in zip(found.walk.payloads, found.answers, strict=True):
        content = payload.content
        for made, rows in answers.items():
            module, info = content["operations"].get(made, {}).get("module"), content["tensors"][made]
            if module is None or module not in found.outputs or made != module:
                continue
            for answer in rows:
                last = re.split(r" = | ≈ | → ", answer.text)[-1]
                value = at(found.outputs[module], answer, info)
                assert is_rounding_of(last, value, info["decimals"], 1e-4 + abs(value) * 1e-4), (made, answer)
                checked.add(content["operations"][made]["kind"])
    assert set(KINDS[name].split()) <= checked


@pytest.mark.parametrize("name", MODULES)
def test_what_is_written_out_comes_out(name: str) -> None:
    """Sums, products and norms, computed again from the printed numbers."""
    number = r"\(?(−?[\d.,]+(?:e[−+]\d+)?)\)?"
    pair = re.compile(rf"{number} ([+−·/]) {number} = (\S+)")
    norm = re.compile(rf"\({number} − {number}\) / √\({number} \+ {number}\) · {number} \+ {number} = (\S+)")
    pairs = norms = 0
    found = shown(name)
    for payload, answers in zip(found.walk.payloads, found.answers, strict=True):
        for made, rows in answers.items():
            info = payload.content["tensors"][made]
            unit = 10.0 ** -info["decimals"]
            for answer in rows:
                if match := pair.fullmatch(answer.text):
                    a, b, result = parsed(match[1]), parsed(match[3]), parsed(match[4])
                    again = {"+": a + b, "−": a - b, "·": a * b, "/": a / (b or 1)}[match[2]]
                    assert again == pytest.approx(result, abs=1.1 * unit + 0.06 * max(abs(a), abs(b)) * 0.1), answer
                    pairs += 1
                elif match := norm.fullmatch(answer.text):
                    x, mean, variance, eps, gamma, beta, result = map(parsed, match.groups())
                    again = (x - mean) / (variance + eps) ** 0.5 * gamma + beta
                    steepness = abs(gamma) / (variance + eps) ** 0.5
                    error = unit + 0.03 * (abs(gamma) + abs(beta) + 1) + 0.06 * steepness
                    assert again == pytest.approx(result, rel=0.03, abs=error), answer
                    norms += 1
    assert pairs > 20
    assert norms > 20


def test_the_class_token_stands_apart() -> None:
    found = shown("vit")
    content, network = found.walk.payloads[0].content, found.network
    made = next(name for name in content["tensors"] if name.endswith("ln_1"))
    info = content["tensors"][made]
    assert info["shape"] == [8, 4, 4]
    count, (kind, offset, length) = info["extra"]
    assert (count, length) == (1, len(info["carried"]))
    width = int(kind[1])
    data = found.walk.payloads[0].arrays[offset : offset + width * length]
    stored = [int.from_bytes(data[k::length], "little", signed=True) for k in range(length)]
    expected = found.outputs[network.graph.nodes[made].module or ""][0, 0, info["carried"]].tolist()
    assert [printed(each / 10.0 ** info["decimals"], info["decimals"]) for each in stored] == [
        printed(each, info["decimals"]) for each in expected
    ]


def test_attention_has_maps_and_words_but_no_arithmetic() -> None:
    found = shown("vit")
    content = found.walk.payloads[0].content
    (made,) = [name for name in content["operations"] if name.endswith("multi_head_attention_forward")]
    assert content["operations"][made]["bare"]
    assert all(re.fullmatch(r"−?[\d.]+", answer.text) for answer in found.answers[0][made])
    step = next(step for step in content["steps"] if made in step["operations"])
    assert "**Attention**" in step["words"][0]["story"]
    added = next(step for step in content["steps"] if step["kind"] == "add")
    assert "what attention collects" in added["words"][0]["story"]
    assert "注意力" in added["words"][1]["story"]


@pytest.mark.parametrize("name", MODULES)
def test_words_are_in_both_languages_for_each_step(name: str) -> None:
    for payload in shown(name).walk.payloads:
        for step in payload.content["steps"]:
            english, chinese = step["words"]
            for key in ("story", "shape", "change"):
                assert bool(english[key]) == bool(chinese[key])
                assert "{" not in re.sub(r"`[^`]*`", "", english[key] + chinese[key])
                assert not re.search(r"[一-鿿]", english[key])
            assert english["story"], step


def test_a_drawing_of_many_calls_has_few_boxes() -> None:
    content = shown("swin").walk.payloads[0].content
    drawn = [
        how for how in content["operations"].values() if not how.get("apart") and not how.get("into") and how["role"]
    ]
    assert [how.get("box", how["label"]) for how in drawn] == ["norm1", "attn", "add"]


class Grey(nn.Module):
    """One channel, no square, a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.block = Residual(nn.Conv2d(4, 4, 3, padding=1))
        self.fc = nn.Linear(4, 6)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = self.block(self.conv(x))
        return {"embedding": x, "logits": self.fc(x.mean((2, 3)))}


def test_look_takes_grey_pictures_that_are_no_square_and_dicts() -> None:
    made = look(Grey(), torch.randn(1, 1, 6, 10))
    assert made.payloads[0].content["tensors"]["block.add"]["shape"] == [4, 6, 10]
    assert made.payloads[0].content["picture"].startswith("data:image/jpeg")
    of_picture = look(Grey(), "china", WHOLE).payloads[0].content
    assert of_picture["tensors"]["input"]["shape"][0] == 1
    assert len(of_picture["classes"][0]) == 6


def test_look_guesses_the_size_that_a_module_accepts() -> None:
    network = as_network(VisionTransformer(32, 8, 1, 2, 16, 32, num_classes=5))
    assert network.graph.tape.shape == (1, 3, 32, 32)
    assert network.preprocess.shape == (1, 3, 32, 32)
    assert len(network.labels) == 5


def test_a_module_without_source_says_so() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten(), nn.Linear(4 * 36, 5))
    made = look(module, torch.randn(1, 3, 6, 6)).payloads[0]
    assert not source.has_source(as_network(module, shape=(1, 3, 6, 6)), made.block)
    for k in range(len(LANGUAGES)):
        assert ("no Python source", "没有可读的 Python 源码")[k] in made.content["steps"][0]["words"][k]["story"]
