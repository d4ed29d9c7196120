"""Networks of every family, by name: sizes, classes, weights, files of one's own."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision.models.vision_transformer import interpolate_embeddings

from explorer.analysis.trace import trace
from explorer.core.errors import ExplorerError, WeightsError
from explorer.data.images import open_sample
from explorer.models import loading, registry
from explorer.models.families import Torchvision

ALL = torchvision.models.list_models(module=torchvision.models)
IMAGENET = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
PICTURE = open_sample("china").image
with_timm = pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="timm is not installed")


@torch.no_grad()
def logits(module: nn.Module, x: torch.Tensor) -> Any:
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        return module(x)
    finally:
        torch.backends.mha.set_fastpath_enabled(True)


@pytest.mark.parametrize("name", ALL)
def test_every_classifier_of_torchvision_is_known_with_the_size_of_its_weights(name: str) -> None:
    members = list(torchvision.models.get_model_weights(name))
    transforms = next((each for each in members if each.name == "IMAGENET1K_V1"), members[-1]).transforms()
    preprocess = registry.preprocessing(name)
    assert (preprocess.resize_px, preprocess.crop_px) == (transforms.resize_size[0], transforms.crop_size[0])
    assert (list(preprocess.mean), list(preprocess.std)) == (transforms.mean, transforms.std)
    assert registry.is_known(name)
    assert registry.weights(name)[-1] == "random"


def test_no_other_model_of_torchvision_is_known() -> None:
    others = set(torchvision.models.list_models()) - set(ALL)
    assert {"fcn_resnet50", "raft_small", "quantized_resnet18"} <= others
    assert not any(map(registry.is_known, others))


@pytest.mark.parametrize(
    "name",
    ["mobilenet_v3_small", "efficientnet_b1", "inception_v3", "swin_v2_t", "mnasnet0_5",
     pytest.param("timm:vit_tiny_patch16_224", marks=with_timm), pytest.param("timm:levit_128s", marks=with_timm)],
)  # fmt: skip
def test_random_weights_are_the_constructors_and_run_at_their_size(name: str) -> None:
    network = loading.load(name, "random", seed=5)
    torch.manual_seed(5)
    if name.startswith("timm:"):
        import timm

        module = timm.create_model(name.removeprefix("timm:"))
        side = module.pretrained_cfg["input_size"][-1]
    else:
        options = {"aux_logits": False, "init_weights": True} if name == "inception_v3" else {}
        module = torchvision.models.get_model(name, **options)
        side = torchvision.models.get_model_weights(name).IMAGENET1K_V1.transforms().crop_size[0]
    x = network.preprocess(PICTURE)
    assert x.shape == (1, 3, side, side)
    assert torch.equal(trace(network, x, keep=()).logits, logits(module.eval(), x))
    assert list(network.labels) == IMAGENET
    assert network.graph.blocks.keys() == loading.outline(name).graph.blocks.keys()


@with_timm
def test_classes_of_timm() -> None:
    assert registry.labels("timm:vit_tiny_patch16_224.augreg_in21k")[21842] == "class 21842"
    assert list(registry.labels("timm:vit_small_patch14_dinov2")) == IMAGENET  # published without a head
    assert registry.preprocessing("timm:vit_small_patch14_dinov2").input_px == 518


# Other sizes


def test_a_vit_at_another_size_has_resized_embeddings() -> None:
    network = loading.load("vit_b_32", "random")
    nn.init.normal_(network.tensors["heads.head.weight"])  # zeros in torchvision
    smaller = loading.at_size(network, network.preprocess.sized(96))
    expected = torchvision.models.vit_b_32(image_size=96).eval()
    expected.load_state_dict(interpolate_embeddings(96, 32, network.module.state_dict()))
    x = smaller.preprocess(PICTURE)
    assert x.shape[2:] == (96, 96)
    assert torch.equal(trace(smaller, x, keep=()).logits, logits(expected, x))
    assert network.preprocess.input_px == 224


@pytest.mark.parametrize(("name", "px"), [("vit_b_32", 100), ("inception_v3", 64)])
def test_a_size_that_a_network_does_not_accept_is_a_sentence(name: str, px: int) -> None:
    network = loading.outline(name)
    with pytest.raises(WeightsError, match=f"{name} does not accept images of {px} px"):
        loading.at_size(network, network.preprocess.sized(px))


def test_other_networks_keep_their_weights_at_another_size() -> None:
    network = loading.load("swin_t", "random")
    other = loading.at_size(network, network.preprocess.sized(100))
    x = other.preprocess(PICTURE)
    assert other.module is network.module
    assert torch.equal(trace(other, x, keep=()).logits, logits(network.module, x))


# Weights in files


@pytest.mark.parametrize("name", ["mobilenet_v2", "swin_t"])
def test_a_file_of_ones_own_opens_and_is_recognised(name: str, tmp_path: Path) -> None:
    torch.manual_seed(2)
    module = torchvision.models.get_model(name, num_classes=7).eval()
    prefixed = {f"module.{key}": value for key, value in module.state_dict().items()}
    torch.save({"state_dict": prefixed}, tmp_path / "own.pt")
    content = (tmp_path / "own.pt").read_bytes()
    assert loading.find_network(content, "own.pt") == name
    network = loading.load(name, str(tmp_path / "own.pt"))
    x = network.preprocess(PICTURE)
    assert (network.weights, len(network.labels)) == ("own", 7)
    assert torch.equal(trace(network, x, keep=()).logits, logits(module, x))
    assert network.graph.nodes[network.graph.logits].shape == (1, 7)


@pytest.mark.parametrize(
    "name",
    ["vit_b_32", "efficientnet_b0", pytest.param("timm:vit_tiny_patch16_224", marks=with_timm),
     pytest.param("timm:swin_tiny_patch4_window7_224", marks=with_timm)],
)  # fmt: skip
def test_the_weights_of_a_run_open_at_its_size(name: str, tmp_path: Path) -> None:
    """Written as a run writes them. Networks of patches have position embeddings for the run's input of 64 px."""
    learner = loading.to_fine_tune(name, "random", ["ant", "bee"], picture_px=32, input_px=64)
    trained, file = learner.module.eval(), tmp_path / "best.safetensors"
    sizes = {"picture_px": 32, "input_px": 64, "mean": learner.preprocess.mean, "std": learner.preprocess.std}
    about = {"classes": json.dumps(learner.labels), "preprocess": json.dumps(sizes)}
    save_file({key: value.contiguous() for key, value in trained.state_dict().items()}, file, about)
    network = loading.load(name, str(file))
    x = network.preprocess(Image.new("RGB", (40, 30), "teal"))
    assert x.shape == (1, 3, 64, 64)
    assert network.labels == ("ant", "bee")
    assert torch.equal(trace(network, x, keep=()).logits, logits(trained, x))


def test_inceptions_published_file_has_heads_that_are_dropped(tmp_path: Path) -> None:
    module = torchvision.models.inception_v3(init_weights=False).eval()
    torch.save(module.state_dict(), tmp_path / "inception.pth")
    found = Torchvision().pretrained("inception_v3", "imagenet", tmp_path / "inception.pth", 299)
    module.transform_input = True  # as torchvision sets it with these weights
    x = torch.rand(1, 3, 299, 299)  # 0 to 1
    ours, theirs = registry.preprocessing("inception_v3"), found.preprocess
    normalised = torchvision.transforms.functional.normalize
    expected = logits(module, normalised(x, list(ours.mean), list(ours.std)))
    assert torch.allclose(
        logits(found.module.eval(), normalised(x, list(theirs.mean), list(theirs.std))), expected, atol=1e-4
    )


def test_an_unknown_name_is_a_sentence() -> None:
    for name in ("vit_b_17", "hf:/etc", "hf:nothing-01234567", "timm:nothing"):
        with pytest.raises(ExplorerError, match="no network called"):
            loading.load(name, "random")
