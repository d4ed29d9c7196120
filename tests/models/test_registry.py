"""The registry of networks: names, available weights, heads."""

import pytest
import torch
import torchvision

from explorer.core.errors import RecipeError
from explorer.models import registry, trial
from explorer.models.registry import BACKBONES
from tests.models.listed import LISTED


def test_known_names() -> None:
    assert list(BACKBONES) == list(LISTED)
    assert tuple(LISTED)[: len(registry.NETWORKS)] == registry.NETWORKS
    assert set(BACKBONES) <= set(torchvision.models.list_models())
    assert all(registry.is_known(name) for name in BACKBONES)
    for name in (
        "",
        "resnet19",
        "timm",
        "timm:",
        "timm:nothing",
        "timm:hf-hub:a/b",
        "timm:local-dir:/tmp",
        "timm:../x",
    ):
        assert not registry.is_known(name)
        with pytest.raises(RecipeError, match="no network called"):
            trial.check(name, 32)
        with pytest.raises(RecipeError, match="no network called"):
            registry.weights(name)


def test_weights_to_choose_from() -> None:
    assert registry.weights("resnet18") == ("cifar10", "upstream", "imagenet", "random")
    assert registry.weights("mobilenet_v3_small") == ("upstream", "imagenet", "random")
    assert registry.weights("shufflenet_v2_x0_5") == ("upstream", "imagenet", "random")
    assert registry.weights("mobilenet_v2") == ("imagenet", "imagenet-v2", "random")
    assert registry.weights("vit_b_16") == ("imagenet", "random")
    assert registry.weights("resnet50") == ("imagenet", "imagenet-v2", "random")
    assert [registry.weights(name) for name in registry.TWINS] == [("twin", "random")] * 2
    assert registry.weights("cifar-plain56") == ("random",)


@pytest.mark.parametrize("name", BACKBONES)
def test_weights_are_what_torchvision_publishes(name: str) -> None:
    members = [weights.name for weights in torchvision.models.get_model_weights(name)]
    published = [key for key, member in registry.IMAGENET.items() if member in members]
    of_tiny_imagenet = ("resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5")
    bundled = ["cifar10"] * (name == "resnet18") + ["upstream"] * (name in of_tiny_imagenet)
    assert list(registry.weights(name)) == [*bundled, *published, "random"]


@pytest.mark.parametrize("name", BACKBONES)
def test_heads_of_listed_networks(name: str) -> None:
    head, _ = LISTED[name]
    assert registry.head_paths(name) == (head,)
    assert registry.has_map_head(name) == name.startswith("squeezenet")


def test_the_first_family_that_has_a_name_builds_it() -> None:
    for name in (*BACKBONES, *registry.CIFAR_NETWORKS, *registry.TWINS, "cifar-preact8-w4"):
        assert sum(family.has(name) for family in registry.FAMILIES) == 1
    with pytest.raises(RecipeError, match="no network called"):
        registry.build("alexnet9")


@pytest.mark.parametrize("name", [*BACKBONES, "cifar-plain8-w4"])
def test_an_outline_has_the_shapes_of_the_network_and_no_values(name: str) -> None:
    before = torch.get_rng_state()
    outline = registry.outline(name, 7)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(value.is_meta for value in (*outline.parameters(), *outline.buffers()))
    if name in ("resnet152", "vgg11_bn"):  # large
        return
    torch.manual_seed(1)
    expected = registry.build(name, 7).state_dict()
    assert {key: value.shape for key, value in outline.state_dict().items()} == {
        key: value.shape for key, value in expected.items()
    }
