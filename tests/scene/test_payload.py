"""What a payload holds: channels and their orders, decimals, words, and nothing of this machine."""

import base64
import json
import re
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.analysis import source
from explorer.analysis.trace import trace
from explorer.core.class_names import class_names
from explorer.core.errors import WeightsError
from explorer.data import images
from explorer.models import loading
from explorer.models.network import Network
from explorer.scene import document, payload
from explorer.scene.payload import Payload
from tests.conftest import random_network
from tests.scene.oracle import Recorded, printed

BLOCKS = [f"layer{stage}.{k}" for stage in range(1, 5) for k in (0, 1)]
BLOCK_BYTES, ALL_BYTES, LARGE_BYTES = 100_000, 600_000, 500_000


def picture_of(network: Network, px: int, name: str = "china") -> Tensor:
    if name == "noise":
        return torch.randn(1, 3, px, px, generator=torch.Generator().manual_seed(0))
    return network.preprocess.sized(px)(images.open_sample(name).image)


def build(network: Network, x: Tensor, block: str, *channels: int) -> Payload:
    return payload.build(network, block, x, trace(network, x, source.tensors(network, block)), channels)


@pytest.fixture(scope="module")
def trained() -> Network:
    return loading.load("resnet18", "cifar10")


@pytest.fixture(scope="module")
def x(trained: Network) -> Tensor:
    return picture_of(trained, 64)


@pytest.fixture(scope="module")
def recorded(trained: Network, x: Tensor) -> Recorded:
    return Recorded(trained.module, x)


@pytest.fixture(scope="module")
def made(trained: Network, x: Tensor) -> Payload:
    """Of a block with a projection."""
    return build(trained, x, "layer2.0")


@pytest.fixture(scope="module")
def whole(trained: Network, x: Tensor) -> Payload:
    return build(trained, x, source.WHOLE)


def array(made: Payload, place: list[Any]) -> list[int]:
    """An array, read as the format says: the lowest byte of all numbers, then the next of all."""
    kind, offset, count = place
    width = int(kind[1])
    data = made.arrays[offset : offset + width * count]
    return [int.from_bytes(data[k::count], "little", signed=True) for k in range(count)]


# Tensors


def test_packed_text_holds_the_json_and_the_arrays(made: Payload) -> None:
    data = zlib.decompress(base64.b64decode(made.packed()), wbits=-15)
    length = int.from_bytes(data[:4], "little")
    assert json.loads(data[4 : 4 + length]) == json.loads(json.dumps(made.content))
    assert data[4 + length :] == made.arrays


def test_tensors_are_those_of_torch(made: Payload, recorded: Recorded) -> None:
    for name, info in made.content["tensors"].items():
        value = recorded.outputs[name]
        assert info["shape"] == list(value.shape)
        assert info["carried"] == sorted(set(info["carried"]))
        expected = [printed(each, info["decimals"]) for each in value[info["carried"]].flatten().tolist()]
        stored = array(made, info["values"])
        assert [printed(each / 10.0 ** info["decimals"], info["decimals"]) for each in stored] == expected


def test_facts_are_of_the_whole_tensor(made: Payload, recorded: Recorded) -> None:
    """Mean, standard deviation, minimum, maximum, share of zeros, norm."""
    for name, info in made.content["tensors"].items():
        values = recorded.outputs[name].double().numpy()
        norm = float(np.sqrt((values**2).sum()))
        expected = (values.mean(), values.std(), values.min(), values.max(), (values == 0).mean(), norm)
        for k, (text, value) in enumerate(zip(info["facts"], expected, strict=True)):
            number = float(text.replace("−", "-").replace(",", "").removesuffix("%"))
            assert text.endswith("%") == (k == 4)
            exact = value * 100 if k == 4 else value
            assert number == pytest.approx(exact, abs=0.5 if k == 4 or abs(exact) >= 1000 else abs(exact) * 0.0051), (
                name
            )


def test_histograms_count_all_values(made: Payload, recorded: Recorded) -> None:
    for name, info in made.content["tensors"].items():
        limit = info["limit"] / 10.0 ** info["decimals"]
        values = recorded.outputs[name].clamp(-limit, limit).numpy()
        counts, _ = np.histogram(values, payload.BARS, (-limit, limit))
        bars = np.array(array(made, info["bars"]))
        # bars are heights of 127; a value on the border of two may be in either
        assert len(bars) == payload.BARS
        assert np.abs(bars - counts / counts.max() * 127).max() <= 0.5 + 3 / counts.max() * 127, name


def test_what_is_added_or_kept_shares_decimals_and_colours(made: Payload, recorded: Recorded) -> None:
    """The shortcut, F(x), their sum and the output; a ReLU and its input; no other tensor with them."""
    tensors = made.content["tensors"]
    block = "layer2.0"
    sums = [f"{block}.{name}" for name in ("downsample.1", "bn2", "add", "relu_1")]
    inner = [f"{block}.{name}" for name in ("bn1", "relu")]
    for group in (sums, inner, [f"{block}.conv1"], [f"{block}.conv2"], [f"{block}.downsample.0"]):
        magnitudes = np.sort(np.abs(np.concatenate([recorded.outputs[name].flatten().numpy() for name in group])))
        limit = magnitudes[int(0.98 * len(magnitudes))]
        for name in group:
            assert tensors[name]["decimals"] == tensors[group[0]]["decimals"]
            assert tensors[name]["limit"] / 10.0 ** tensors[name]["decimals"] == pytest.approx(limit, rel=1e-6)
    assert tensors[f"{block}.conv1"]["limit"] != tensors[f"{block}.bn1"]["limit"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_not_finite_is_refused(trained: Network, x: Tensor, value: float) -> None:
    traced = trace(trained, x, source.tensors(trained, "layer4.1"))
    traced["layer4.1.bn1"][0, 3, 1, 1] = value
    with pytest.raises(WeightsError):
        payload.build(trained, "layer4.1", x, traced)


# Channels


def deviation(maps: Tensor) -> np.ndarray[Any, Any]:
    """Mean distance from the median, without the rim of larger maps."""
    inner = maps[:, 1:-1, 1:-1] if min(maps.shape[1:]) > 4 else maps
    values = inner.flatten(1).double().numpy()
    return np.abs(values - np.median(values, axis=1, keepdims=True)).mean(1)


def expected_scores(network: Network, x: Tensor, recorded: Recorded, block: str) -> dict[str, Any]:
    branch, shortcut = recorded.inputs[f"{block}.add"]
    sizes = [np.linalg.norm(each.flatten(1).double().numpy(), axis=1) for each in (shortcut, branch)]
    contrasts = [deviation(each) / deviation(each).max() for each in (shortcut, branch)]
    return {
        "energy": contrasts[0] + contrasts[1],
        "share": sizes[1] / (sizes[0] + sizes[1]),
        "class": gradient_times_activation(network, x, block),
    }


def gradient_times_activation(network: Network, x: Tensor, block: str) -> np.ndarray[Any, Any]:
    """Of the block's output and the largest logit, by autograd through the module itself, summed over pixels."""
    outputs: list[Tensor] = []

    def keep(_: Any, __: Any, output: Tensor) -> Tensor:
        outputs.append(output.detach().clone().requires_grad_())
        return outputs[0].clone()

    handle = network.module.get_submodule(block).register_forward_hook(keep)
    try:
        network.module(x.clone())[0].max().backward()
    finally:
        handle.remove()
    (output,) = outputs
    assert output.grad is not None
    return (output.grad * output.detach())[0].sum((1, 2)).numpy()


def test_channels_are_ordered_by_contrast_share_and_class(
    trained: Network, x: Tensor, made: Payload, recorded: Recorded
) -> None:
    found = made.content["channels"]["128"]
    scores = expected_scores(trained, x, recorded, "layer2.0")
    assert set(found["orders"]) == set(scores)
    count = len(found["orders"]["energy"])
    for order, expected in scores.items():
        channels = list(found["orders"][order])
        ranking = np.argsort(-expected, kind="stable").tolist()
        assert channels == [c for c in ranking if c in channels]
        assert channels[: count // 3] == ranking[: count // 3]  # each order gives a third
        assert list(found["scores"][order]) == pytest.approx(expected[channels], rel=6e-3, abs=1e-6)
    assert {frozenset(order) for order in found["orders"].values()} == {frozenset(found["orders"]["share"])}


def test_channels_with_numbers_are_carried_by_each_tensor_of_the_width(made: Payload) -> None:
    chosen = set(made.content["channels"]["128"]["orders"]["energy"])
    assert len(chosen) >= 8
    for info in made.content["tensors"].values():
        if info["shape"][0] == 128:
            assert chosen <= set(info["carried"])


def test_wanted_channels_are_there_besides_the_leading_ones(trained: Network, x: Tensor, made: Payload) -> None:
    leading = made.content["channels"]["128"]["orders"]["energy"]
    extra = [c for c in range(128) if c not in leading][:2]
    found = build(trained, x, "layer2.0", *extra, 128, 500)
    for order in found.content["channels"]["128"]["orders"].values():
        assert set(order) == {*leading, *extra}
    assert set(found.content["operations"]["layer2.0.conv2"]["shares"]) == set(map(str, (*leading, *extra)))


@pytest.mark.parametrize("shift", [0.0, -30.0])
def test_most_probable_classes_of_a_thousand_are_there_by_name(shift: float) -> None:
    """Also when other logits are larger in magnitude."""
    network = random_network("resnet18")
    x = picture_of(network, 32)
    traced = trace(network, x, source.tensors(network, source.WHOLE))
    logits = traced[network.graph.logits]
    logits += shift
    content = payload.build(network, source.WHOLE, x, traced).content
    carried = content["tensors"][network.graph.logits]["carried"]
    assert set(logits[0].topk(3).indices.tolist()) <= set(carried)
    assert content["tensors"][payload.SOFTMAX]["carried"] == carried
    names = class_names()["imagenet"]
    assert [list(each) for each in content["classes"]] == [[names[c][k] for c in carried] for k in (0, 1)]


def test_ten_classes_are_all_there_in_both_languages(whole: Payload) -> None:
    english, chinese = whole.content["classes"]
    names = class_names()["cifar10"]
    assert list(zip(english, chinese, strict=True)) == [tuple(pair) for pair in names]
    assert whole.content["tensors"]["fc"]["carried"] == list(range(10))


# Words


def test_words_are_in_both_languages(made: Payload, whole: Payload) -> None:
    for step in (*made.content["steps"], *whole.content["steps"]):
        english, chinese = step["words"]
        for key in ("story", "shape", "change"):
            assert bool(english[key]) == bool(chinese[key])
            if re.search(r"[a-z]{4}", re.sub(r"`[^`]*`", "", english[key])):
                assert re.search(r"[\u4e00-\u9fff]", chinese[key]), chinese
            assert not re.search(r"[\u4e00-\u9fff]", english[key])
            assert "{" not in english[key] + chinese[key]


def test_source_is_that_of_the_installed_file(made: Payload) -> None:
    for listing in made.content["listings"]:
        assert listing["file"] == "torchvision/models/resnet.py"
        rows = {row["number"]: "".join(text for _, text in row["tokens"]) for row in listing["rows"]}
        import torchvision.models.resnet as module

        lines = Path(module.__file__).read_text(encoding="utf-8").splitlines()
        assert rows == {number: lines[number - 1] for number in rows}


def test_nothing_of_this_machine_is_in_a_file(made: Payload, whole: Payload) -> None:
    """No path."""
    plain = random_network("cifar-plain8")
    own = build(plain, picture_of(plain, 16), "layer1.0")
    for each in (made, whole, own):
        text = json.dumps(each.content, ensure_ascii=False)
        for path in (Path(__file__).parents[2], Path(sys.prefix), Path.home(), Path(torch.__file__).parents[1]):
            assert str(path) not in text.replace("\\\\", "\\") or str(path) == "/"
        assert not re.search(r"/home/|/Users/|/tmp/|site-packages|[A-Z]:\\\\", text)


# Size


@pytest.mark.parametrize("picture", ["china", "flower", "noise"])
def test_files_of_small_networks_are_small(trained: Network, picture: str) -> None:
    x = picture_of(trained, 64, picture)
    made = [build(trained, x, block) for block in BLOCKS]
    sizes = {each.block: file_size(each) for each in made}
    assert max(sizes.values()) <= BLOCK_BYTES, sizes
    assert file_size(*made) <= ALL_BYTES


@pytest.mark.parametrize("block", BLOCKS)
def test_files_of_large_pictures_are_not_too_large(block: str) -> None:
    network = random_network("resnet18")
    assert file_size(build(network, picture_of(network, 224), block)) <= LARGE_BYTES


def file_size(*made: Payload) -> int:
    return len(document.html(made, "ResNet18 · a picture", {"en": "A note.", "zh": "一句话。"}, "en").encode())


def test_names_of_classes_may_be_anything(trained: Network, x: Tensor) -> None:
    labels = (
        "</script>",
        '<img src=x onerror="alert(1)">',
        "\u2028",
        "\u202eabc",
        "猫",
        "'",
        '"',
        "&amp;",
        "\\",
        "a" * 300,
    )
    network = replace(trained, labels=labels)
    made = build(network, x, source.WHOLE)
    data = zlib.decompress(base64.b64decode(made.packed()), wbits=-15)
    length = int.from_bytes(data[:4], "little")
    english, _ = json.loads(data[4 : 4 + length])["classes"]
    assert english[:9] == list(labels[:9])
    assert len(english[9]) < 100
