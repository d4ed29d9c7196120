"""The shortcut page's programs, run, compute what the page shows."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from explorer.analysis import interventions, picture_set, residual
from explorer.analysis.interventions import Intervention
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.codegen import shortcut as scripts
from explorer.data import images
from explorer.models import loading
from explorer.models.network import Network
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from tests.analysis.test_residual import finished
from tests.codegen.test_views import (
    run,
)

FILE = "my photo.png"


def small(network: Network) -> Network:
    """The network at 32 px instead of a random network's 224 px, to be faster."""
    return replace(network, preprocess=network.preprocess.sized(32))


def lines(code: str) -> int:
    assert max(map(len, code.splitlines())) <= 120
    return len(code.splitlines())


@pytest.mark.parametrize(
    ("name", "weights", "block", "channel"),
    [
        ("resnet18", "cifar10", "layer1.0", 5),
        ("resnet18", "cifar10", "layer2.0", None),
        ("resnet18", "upstream", "layer4.1", 300),
        ("resnet50", "random", "layer3.0", None),
    ],
)
def test_one_block(picture: Image.Image, name: str, weights: str, block: str, channel: int | None) -> None:
    network = small(loading.load(name, weights))
    code = scripts.block(network, block, channel, FILE)
    assert lines(code) <= 40
    found = run(code)
    kept = trace(network, network.preprocess(picture))
    parts = [kept[f"{block}.{role}"] for role in ("shortcut", "branch", "add", "out")]
    expected = residual.measure_sum(*parts[:2])
    assert found["norms"][1:4] == [expected.shortcut_norm, expected.branch_norm, expected.sum_norm]
    assert found["norms"][0] == kept[network.graph.blocks[block].input].double().norm().item()
    assert found["cosine"] == expected.cosine
    assert found["cut"] == residual.negative_share(parts[2])
    for shown, tensor in zip(found["maps"], parts, strict=True):
        assert torch.equal(shown, residual.energy(tensor[0]) if channel is None else tensor[0, channel])


@pytest.mark.parametrize(("name", "weights"), [("resnet18", "cifar10"), ("resnet50", "random")])
def test_all_blocks_of_one_picture(picture: Image.Image, name: str, weights: str) -> None:
    network = small(loading.load(name, weights))
    code = scripts.depth(network, FILE, several=False)
    assert lines(code) <= 40
    found, expected = run(code), residual.over_depth(network, network.preprocess(picture))
    assert torch.equal(torch.stack(found["shares"], 1), expected.share)
    assert torch.equal(torch.stack(found["angles"], 1), expected.angle)
    assert torch.equal(torch.stack(found["responses"], 1), expected.response)


def test_all_blocks_of_a_set(picture: Image.Image) -> None:
    network = loading.load("resnet18", "cifar10")
    several = picture_set.find(6)
    unpack(
        replace(
            several,
            pictures=(*several.pictures, picture),
            labels=(*several.labels, scripts.THIS),
            ids=(*several.ids, ""),
        )
    )
    code = scripts.depth(network, "pictures", several=True)
    assert lines(code) <= 40
    found, (_, expected) = run(code), finished(network, several)
    this, of_this = found["this"], residual.over_depth(network, network.preprocess(picture))
    assert this.sum() == 1
    for name, figures in (("share", "shares"), ("angle", "angles"), ("response", "responses")):
        shown, at = torch.stack(found[figures], 1), torch.tensor([0.1, 0.5, 0.9])
        assert torch.allclose(shown[this], getattr(of_this, name), rtol=1e-4), name
        quantiles = getattr(expected, name).quantile(at, 0)
        assert torch.allclose(shown[~this].quantile(at, 0), quantiles, rtol=1e-4), name


CHANGES = [
    ("resnet18", "cifar10", Intervention({"layer2.0": 0.5}, {"layer2.0": 1.25})),
    ("resnet18", "cifar10", Intervention(swap=("layer1.0", "layer1.1"))),
    ("resnet50", "random", Intervention({"layer2.3": 0.0}, swap=("layer2.3", "layer2.1"))),
]


@pytest.mark.parametrize(("name", "weights", "change"), CHANGES)
def test_a_change(picture: Image.Image, name: str, weights: str, change: Intervention) -> None:
    network = small(loading.load(name, weights))
    code = scripts.change(network, change, FILE)
    assert lines(code) <= 40
    same_answer(run(code), network, picture, change)


def test_all_blocks_changed(picture: Image.Image) -> None:
    network = loading.load("resnet18", "cifar10")
    halved = dict.fromkeys(network.graph.blocks, 0.5)
    code = scripts.change(network, Intervention(halved, halved), FILE)
    assert "alpha=dict.fromkeys(paths, 0.5)" in code
    same_answer(run(code), network, picture, Intervention(halved, halved))


def test_another_pictures_shortcut(picture: Image.Image) -> None:
    network = loading.load("resnet18", "cifar10")
    other = images.open_sample("flower").image
    unpack(PictureSet(("", ""), (other, picture), (scripts.DONOR, scripts.THIS), "picture.source_gallery"))
    change = Intervention({"layer1.1": 0.5}, swap=("layer1.1", "layer1.0"), donor="layer1.1")
    code = scripts.change(network, change, "pictures")
    assert lines(code) <= 40
    donor = trace(network, network.preprocess(other), keep=["layer1.1.shortcut"])["layer1.1.shortcut"]
    same_answer(run(code), network, picture, change, donor)


def same_answer(
    found: dict[str, object],
    network: Network,
    image: Image.Image,
    change: Intervention,
    donor: torch.Tensor | None = None,
) -> None:
    values = interventions.block_inputs(network, network.preprocess(image))
    before, after = values[network.graph.logits], interventions.run(network, values, change, donor)
    assert isinstance(found["before"], torch.Tensor)
    assert isinstance(found["after"], torch.Tensor)
    assert torch.equal(found["before"], before)
    assert torch.equal(found["after"], after)
    assert not torch.equal(before, after)
    move = interventions.compare(before[0], after[0])
    assert (found["moved"], found["change"]) == pytest.approx((move.moved, move.change))


def test_a_users_own_small_stem_fits_in_forty_lines(resnet18: Network) -> None:
    """The longest program, without empty lines: it builds another stem and reads another picture's shortcut."""
    module = torch.nn.Module()
    module.conv1 = torch.nn.Conv2d(3, 64, 3)
    own = replace(resnet18, weights="own", module=module, preprocess=CIFAR_PREPROCESSING.sized(32))
    own = replace(own, facts={"file": "mine.pt"})
    change = Intervention(swap=("layer1.0", "layer1.1"), donor="layer1.0")
    for code in (scripts.change(own, change, "pictures"), scripts.depth(own, "pictures", several=True)):
        assert len([line for line in code.splitlines() if line]) <= 40


def unpack(several: PictureSet) -> None:
    with zipfile.ZipFile(io.BytesIO(picture_set.to_zip(several, "pictures"))) as archive:
        archive.extractall(Path())
