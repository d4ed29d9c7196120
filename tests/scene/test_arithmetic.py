"""Each number that the scene prints for a pixel equals the network's to the last digit, in each step of many blocks.

The JavaScript runs in node; what it prints is compared with torch's own tensors, recorded by hooks (`oracle`).
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis import source
from explorer.analysis.trace import trace
from explorer.data import images
from explorer.models import loading
from explorer.models.network import Network
from explorer.scene import payload
from explorer.scene.payload import Payload
from tests.scene import oracle
from tests.scene.oracle import Recorded, is_rounding_of, parsed, printed
from tests.test_javascript import NODE

DRIVER = Path(__file__).with_name("arithmetic_driver.js")
WORDS = {"others": "{count} others", "bias": "bias", "mean": "mean of {count} from {low} to {high}"}
NUMBER = r"(?:−?\d[\d,]*(?:\.\d+)?(?:e[−+]\d+)?)"
TERM = rf"(?:{NUMBER}|\(−[^()]*\))"  # negative ones in parentheses, but for the first


class Answer(NamedTuple):
    """What the scene writes for a pixel of an operation's output."""

    channel: int
    row: int
    column: int
    text: str
    windows: list[dict[str, Any]]


@dataclass(frozen=True)
class Scene:
    network: Network
    payload: Payload
    torch: Recorded
    answers: dict[str, list[Answer]]

    @property
    def operations(self) -> dict[str, dict[str, Any]]:
        return self.payload.content["operations"]

    def decimals(self, name: str) -> int:
        return int(self.payload.content["tensors"][name]["decimals"])

    def module(self, name: str) -> nn.Module:
        return self.network.module.get_submodule(self.operations[name]["module"])

    def shown(self, name: str, answer: Answer) -> str:
        """Torch's result for the pixel, printed."""
        return printed(float(self.torch.outputs[name][answer.channel, answer.row, answer.column]), self.decimals(name))

    def of_kind(self, *kinds: str) -> Iterator[tuple[str, Answer]]:
        for name, answers in self.answers.items():
            if self.operations[name]["kind"] in kinds:
                for answer in answers:
                    yield name, answer


def blocks_of(network: Network, px: int, *blocks: str) -> list[Scene]:
    picture = images.open_sample("china").image.crop((150, 0, 550, 400))
    x = network.preprocess.sized(px)(picture)
    return scenes(network, x, *blocks)


def scenes(network: Network, x: Tensor, *blocks: str) -> list[Scene]:
    """The scenes of blocks, and all that they print, by one node process."""
    made = [payload.build(network, block, x, trace(network, x, source.tensors(network, block))) for block in blocks]
    sizes = [{name: info["shape"][1:] for name, info in each.content["tensors"].items()} for each in made]
    asked = [
        {"packed": each.packed(), "pixels": {name: oracle.corners_and_some(*size) for name, size in found.items()}}
        for each, found in zip(made, sizes, strict=True)
    ]
    answers = node({"words": WORDS, "scenes": asked})
    recorded = Recorded(network.module, x)
    return [
        Scene(network, each, recorded, {name: [Answer(*a) for a in rows] for name, rows in found.items()})
        for each, found in zip(made, answers, strict=True)
    ]


def node(question: dict[str, Any]) -> Any:
    done = subprocess.run(
        [NODE, DRIVER], input=json.dumps(question), capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def randomised(name: str, extreme: bool = False) -> Network:
    """`name` with random weights, also of BatchNorm; extreme: with zeros, huge and tiny numbers among them."""
    network = loading.load(name, "random", seed=1)
    network = replace(network, module=deepcopy(network.module))
    generator = torch.Generator().manual_seed(2)
    for module in network.modules.values():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.bias, module.running_mean):
                tensor.data = torch.randn(module.num_features, generator=generator)
                if extreme:
                    tensor.data *= 10 ** (2 * torch.randn(module.num_features, generator=generator)).clamp(-8, 3)
            module.running_var = 0.5 + torch.rand(module.num_features, generator=generator)
            if extreme:
                module.weight.data[::3] = 0
                module.running_var *= 10 ** (5 * torch.randn(module.num_features, generator=generator)).clamp(-4, 15)
        elif isinstance(module, nn.Conv2d) and extreme:
            module.weight.data *= 10 ** torch.randn(module.out_channels, 1, 1, 1, generator=generator)
            module.weight.data[1] = 0
    if extreme:
        network.module.get_submodule("layer3.0.bn2").weight.data.zero_()
    return network


CASES: dict[str, Callable[[], list[Scene]]] = {
    "resnet18, trained": lambda: blocks_of(
        loading.load("resnet18", "cifar10"), 64, "layer1.0", "layer2.0", "layer4.1", source.WHOLE
    ),
    "bottlenecks": lambda: blocks_of(randomised("resnet50"), 64, "layer1.0", "layer2.0"),
    "groups": lambda: blocks_of(randomised("resnext50_32x4d"), 32, "layer3.0", "layer4.2"),
    "padded": lambda: blocks_of(randomised("cifar-resnet8"), 16, "layer1.0", "layer2.0", "layer3.0"),
    "plain": lambda: blocks_of(randomised("cifar-plain8"), 16, "layer2.0", source.WHOLE),
    "preact": lambda: blocks_of(randomised("cifar-preact8"), 16, "layer2.0", source.WHOLE),
    "gate": lambda: blocks_of(randomised("cifar-resnet8-gate"), 16, "layer2.0"),
    "exclusive": lambda: blocks_of(randomised("cifar-resnet8-exclusive"), 16, "layer3.0"),
    "half": lambda: blocks_of(randomised("cifar-resnet8-half"), 16, "layer2.0"),
    "dropout": lambda: blocks_of(randomised("cifar-resnet8-dropout"), 16, "layer3.0"),
    "conv": lambda: blocks_of(randomised("cifar-resnet8-conv"), 16, "layer3.0"),
    "extreme": lambda: blocks_of(randomised("cifar-resnet8", extreme=True), 16, "layer1.0", "layer3.0", source.WHOLE),
    "extreme projection": lambda: blocks_of(randomised("cifar-resnet8-b", extreme=True), 16, "layer2.0", "layer3.0"),
}


@pytest.fixture(scope="module", params=CASES)
def shown(request: pytest.FixtureRequest) -> list[Scene]:
    return CASES[request.param]()


def test_each_step_channel_and_pixel_is_answered(shown: list[Scene]) -> None:
    for scene in shown:
        assert set(scene.answers) == set(scene.operations)
        for name, answers in scene.answers.items():
            info = scene.payload.content["tensors"][name]
            pixels = {(row, column) for _, row, column, *_ in answers}
            rows, columns = info["shape"][1:]
            assert {(0, 0), (rows - 1, 0), (0, columns - 1), (rows - 1, columns - 1)} <= pixels
            assert len(answers) == len(info["carried"]) * len(pixels) > 0


def test_result_is_what_torch_computes(shown: list[Scene]) -> None:
    for scene in shown:
        for name, answers in scene.answers.items():
            for answer in answers if name != payload.SOFTMAX else ():
                printed_last = re.split(r" = | ≈ | → ", answer.text)[-1]
                assert printed_last == scene.shown(name, answer), (name, answer)


def test_what_the_scene_computes_is_written_out(shown: list[Scene]) -> None:
    """Channels that the scene offers show operands; only those that it has as inputs of others show a result alone."""
    bare = ("getitem", "pad", "stage")
    for scene in shown:
        for name, answers in scene.answers.items():
            how = scene.operations[name]
            width = scene.payload.content["tensors"][name]["shape"][0]
            offered = scene.payload.content["channels"][str(width)]["orders"]["energy"]
            for answer in answers:
                if how["kind"] in bare:
                    assert answer.text == scene.shown(name, answer)
                elif answer.channel in offered:
                    assert re.search(" [=≈→] ", answer.text), (name, answer)


def test_addition(shown: list[Scene]) -> None:
    """Torch's `out += identity`: the shortcut first."""
    for scene in shown:
        for name, (channel, row, column, text, _) in scene.of_kind("add"):
            branch, shortcut = (float(each[channel, row, column]) for each in scene.torch.inputs[name])
            first, second = printed(shortcut, scene.decimals(name)), printed(branch, scene.decimals(name))
            total = printed(float(scene.torch.outputs[name][channel, row, column]), scene.decimals(name))
            one, other, both = (Decimal(each.replace("−", "-")) for each in (first, second, total))
            assert text == f"{first} + {enclosed(second)} {'=' if one + other == both else '≈'} {total}"


def enclosed(number: str) -> str:
    return f"({number})" if number.startswith("−") else number


def test_relu(shown: list[Scene]) -> None:
    for scene in shown:
        for name, answer in scene.of_kind("ReLU"):
            (before,) = scene.operations[name]["inputs"]
            if answer.channel in scene.payload.content["tensors"][before]["carried"]:
                value = float(scene.torch.inputs[name][0][answer[:3]])
                result = scene.shown(name, answer)
                assert answer.text == f"max(0, {printed(value, scene.decimals(name))}) = {result}"
                assert result == printed(max(0.0, value), scene.decimals(name))


def test_flatten_and_dropout_change_nothing(shown: list[Scene]) -> None:
    for scene in shown:
        for name, answer in scene.of_kind("flatten", "Dropout", "Identity"):
            result = scene.shown(name, answer)
            (before,) = scene.operations[name]["inputs"]
            if answer.channel in scene.payload.content["tensors"][before]["carried"]:
                assert answer.text == f"{result} → {result}"


NORMALISATION = re.compile(
    rf"\(({NUMBER}) − ({TERM})\) / √\(({NUMBER}) \+ ({NUMBER})\) · ({TERM}) \+ ({TERM}) = ({NUMBER})"
)


def test_batch_normalisation(shown: list[Scene]) -> None:
    for scene in shown:
        for name, answer in scene.of_kind("BatchNorm2d"):
            module = scene.module(name)
            assert isinstance(module, nn.BatchNorm2d)
            found = NORMALISATION.fullmatch(answer.text)
            assert found, answer.text
            value, mean, variance, eps, gamma, beta, result = found.groups()
            (before,) = scene.operations[name]["inputs"]
            assert value == printed(float(scene.torch.inputs[name][0][answer[:3]]), scene.decimals(before))
            for text, tensor in (
                (mean, module.running_mean), (variance, module.running_var), (gamma, module.weight),
                (beta, module.bias),
            ):  # fmt: skip
                assert text.strip("()") == three_digits(float(tensor[answer.channel])), (name, answer)
            assert parsed(eps) == module.eps
            # each parameter is off by half a per cent at most, the input by half a unit
            scale = abs(parsed(gamma)) / (parsed(variance) + module.eps) ** 0.5
            centred = parsed(value) - parsed(mean)
            again = centred / (parsed(variance) + module.eps) ** 0.5 * parsed(gamma) + parsed(beta)
            error = scale * (abs(centred) * 0.01 + 0.005 * abs(parsed(mean)) + 0.5 * 10.0 ** -scene.decimals(before))
            error += 0.005 * abs(parsed(beta)) + 0.5 * 10.0 ** -scene.decimals(name)
            assert abs(again - parsed(result)) <= error * 1.001, (name, answer)


def three_digits(value: float) -> str:
    """`value` with three significant digits; from a thousand on, all digits before the point."""
    if value == 0:
        return "0"
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


PART = re.compile(rf"({TERM}) \[([^\]]*)\]")


def test_convolution(shown: list[Scene]) -> None:
    """Windows, weights and products of three inputs, what the others add, and the bias."""
    for scene in shown:
        channels = cache(lambda name, channel, scene=scene: Contributions(scene, name, channel))
        for name, answer in scene.of_kind("Conv2d", "Linear"):
            if str(answer.channel) in scene.operations[name]["shares"]:
                check_convolution(scene, name, answer, channels(name, answer.channel))
            else:
                assert answer.text == scene.shown(name, answer)
                assert not answer.windows


class Contributions:
    """Of one output channel: what each input adds, exactly (inputs, H, W), and how far rounded factors are off."""

    def __init__(self, scene: Scene, name: str, channel: int) -> None:
        self.module, x, how = scene.module(name), scene.torch.inputs[name][0], scene.operations[name]
        steps = 10.0 ** -scene.decimals(how["inputs"][0]), 10.0 ** -how["weight_decimals"]
        self.first, exact = oracle.contributions(self.module, x, channel)
        self.exact = exact.numpy()
        self.error = oracle.error_of_rounding(self.module, x, channel, steps).numpy()
        pad = self.module.padding if isinstance(self.module, nn.Conv2d) else (0, 0)
        self.padded = F.pad(x, (pad[1], pad[1], pad[0], pad[0])).numpy()  # with the rim of zeros
        self.weight = self.module.get_parameter("weight")[channel].numpy()


def check_convolution(scene: Scene, name: str, answer: Answer, parts: Contributions) -> None:
    module, how = parts.module, scene.operations[name]
    channel, row, column, text, windows = answer
    decimals, before = scene.decimals(name), scene.decimals(how["inputs"][0])
    exact = parts.exact[:, row, column]
    said = [(number, what) for number, what in PART.findall(text)]
    assert text == " + ".join(f"{number} [{what}]" for number, what in said) + f" = {scene.shown(name, answer)}"
    assert [number for number, _ in said[1:]] == [enclosed(number.strip("()")) for number, _ in said[1:]]
    said = [(number.strip("()"), what) for number, what in said]
    assert len(windows) == min(3, len(exact))
    assert said[: len(windows)] == [(window["product"], f"#{window['channel']}") for window in windows]
    for window in windows:
        check_window(window, answer, parts, before, how["weight_decimals"])
        value = float(exact[window["channel"] - parts.first])
        assert is_rounding_of(window["product"], value, decimals, 1e-6 * abs(value)), (name, answer, value)
    shown = [window["channel"] - parts.first for window in windows]
    rest = said[len(windows) :]
    if count := len(exact) - len(shown):
        value = float(exact.sum() - exact[shown].sum())
        error = 1e-6 * float(np.abs(exact).sum())  # of torch's sum in float32
        assert rest[0][1] == f"{count} others"
        assert is_rounding_of(rest[0][0], value, decimals, error), (name, answer, value)
        rest = rest[1:]
    if module.bias is not None:
        assert rest == [(printed(float(module.bias[channel]), decimals), "bias")]
        rest = rest[1:]
    assert not rest
    pixels = max(parts.exact[0].size, scene.torch.inputs[name][0][0].numel())
    everywhere = pixels <= 64 or (pixels <= 256 and len(exact) <= 64)
    carried = [k - parts.first for k in how["shares"][str(channel)]["inputs"]]
    check_largest(np.abs(exact), parts.error[:, row, column], shown, None if everywhere else carried)


def check_largest(sizes: Any, errors: Any, shown: list[int], among: list[int] | None) -> None:
    """The inputs shown are the largest of `among` (None: of all), in order, as far as rounded factors can tell."""
    least, most = sizes - errors, sizes + errors
    for k, larger in enumerate(shown):
        others = (
            np.delete(least, shown[: k + 1]) if among is None else least[[c for c in among if c not in shown[: k + 1]]]
        )
        assert most[larger] >= others.max(initial=0.0), (sizes[shown], errors[shown], others.max())


def check_window(
    window: dict[str, Any], answer: Answer, parts: Contributions, before: int, weight_decimals: int
) -> None:
    k, module = window["channel"], parts.module
    if isinstance(module, nn.Conv2d):
        (down, across), (spread, _), (high, wide) = module.stride, module.dilation, module.kernel_size
        top, left = answer.row * down, answer.column * across
        seen = parts.padded[k, top : top + spread * high : spread, left : left + spread * wide : spread]
        weight = parts.weight[k - parts.first]
    else:
        seen, weight = parts.padded[k], parts.weight[k].reshape(1, 1)
    assert window["values"] == [[printed(value, before) for value in row] for row in seen.tolist()]
    assert window["weights"] == [[printed(value, weight_decimals) for value in row] for row in weight.tolist()]


def test_pooling(shown: list[Scene]) -> None:
    for scene in shown:
        for name, answer in scene.of_kind("MaxPool2d", "AdaptiveAvgPool2d"):
            module, x = scene.module(name), scene.torch.inputs[name][0][answer.channel]
            (before,) = scene.operations[name]["inputs"]
            result = scene.shown(name, answer)
            top, left = 0, 0
            seen = x
            if isinstance(module, nn.MaxPool2d):
                top, left = (place * module.stride - module.padding for place in answer[1:3])
                size = module.kernel_size
                seen = x[max(0, top) : top + size, max(0, left) : left + size]
            cells = [printed(value, scene.decimals(before)) for value in seen.flatten().tolist()]
            if isinstance(module, nn.MaxPool2d):
                assert answer.text == f"max({', '.join(cells)}) = {result}"
                assert result in cells
            elif len(cells) <= 4:
                terms = " + ".join(enclosed(cell) if k else cell for k, cell in enumerate(cells))
                assert answer.text == f"({terms}) / {len(cells)} = {result}"
            else:
                low, high = (printed(float(each), scene.decimals(before)) for each in (seen.min(), seen.max()))
                assert answer.text == f"mean of {len(cells)} from {low} to {high} = {result}"


def test_softmax(shown: list[Scene]) -> None:
    for scene in shown:
        for name, (channel, _, _, text, _) in scene.of_kind("softmax"):
            (logits,) = scene.operations[name]["inputs"]
            order = [k for k in scene.torch.logits.argsort(descending=True).tolist() if k != channel]
            terms = [
                f"e^{enclosed(printed(float(scene.torch.logits[k]), scene.decimals(logits)))}"
                for k in (channel, *order[:2])
            ]
            left, _, result = text.partition(" = ")
            assert left == f"{terms[0]} / ({' + '.join(terms)} + …)"
            percent = float(scene.torch.percent[channel])
            assert is_rounding_of(result.removesuffix(" %"), percent, scene.decimals(name), 1e-5 * percent)
            assert result.endswith(" %")
