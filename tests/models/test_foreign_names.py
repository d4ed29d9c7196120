"""Other people's names for torchvision's networks, on outlines: each name is translated to the one it stands for."""

import re
from collections.abc import Callable

import pytest

from explorer.models import foreign_names, registry
from explorer.models.foreign_names import outlined, translated

NETWORKS = ("resnet18", "resnet50")


def kuangliu(name: str) -> str:
    return name.replace("downsample", "shortcut").replace("fc.", "linear.")


def skipped(name: str) -> str:
    return "net." + name.replace("downsample", "skip").replace("fc.", "classifier.")


def transformers(name: str) -> str:
    """Names of `transformers.ResNetForImageClassification`."""
    name = re.sub(r"^conv1", "resnet.embedder.embedder.convolution", name)
    name = re.sub(r"^bn1", "resnet.embedder.embedder.normalization", name)
    name = re.sub(r"^fc", "classifier.1", name)
    name = re.sub(r"^layer(\d)\.(\d+)", lambda m: f"resnet.encoder.stages.{int(m[1]) - 1}.layers.{m[2]}", name)
    name = re.sub(r"\.conv(\d)\.", lambda m: f".layer.{int(m[1]) - 1}.convolution.", name)
    name = re.sub(r"\.bn(\d)\.", lambda m: f".layer.{int(m[1]) - 1}.normalization.", name)
    return name.replace("downsample.0", "shortcut.convolution").replace("downsample.1", "shortcut.normalization")


def weiaicunzai(name: str) -> str:
    """Names of `pytorch-cifar100`: a Sequential for the stem, and one for each branch."""
    if name.startswith(("conv1.", "bn1.")):
        return f"conv1.{'0' if name[0] == 'c' else '1'}.{name.rpartition('.')[2]}"
    name = re.sub(r"^layer(\d)", lambda m: f"conv{int(m[1]) + 1}_x", name)
    name = re.sub(r"\.conv(\d)\.", lambda m: f".residual_function.{3 * int(m[1]) - 3}.", name)
    name = re.sub(r"\.bn(\d)\.", lambda m: f".residual_function.{3 * int(m[1]) - 2}.", name)
    return name.replace("downsample", "shortcut")


def stages_from_0(name: str) -> str:
    name = re.sub(r"^layer(\d)", lambda m: f"stages.{int(m[1]) - 1}", name)
    return "model." + re.sub(r"\.bn(\d)\.", r".norm\1.", name)


def stages_from_2(name: str) -> str:
    name = re.sub(r"^layer(\d)", lambda m: f"res{int(m[1]) + 1}", name)
    return re.sub(r"^(conv1|bn1)", lambda m: {"conv1": "stem.conv", "bn1": "stem.bn"}[m[1]], name)


def numbered(name: str) -> str:
    """Names of `nn.Sequential(*model.children())`."""
    children = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc")
    first, _, rest = name.partition(".")
    return f"features.{children.index(first)}.{rest}"


SCHEMES = (kuangliu, skipped, transformers, weiaicunzai, stages_from_0, stages_from_2, numbered)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("theirs", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_every_name_is_translated_to_its_own(network: str, theirs: Callable[[str], str]) -> None:
    needed, head, children = outlined(network)
    found = {theirs(name): shape for name, shape in needed.items()}
    assert len(found) == len(needed)
    each = translated(found, needed, head, children)
    wanted = {name: theirs(name) for name in needed if name in each.names}
    assert dict(each.names) == wanted
    assert (each.left, each.unused) == ((), ())
    assert all(name.endswith("num_batches_tracked") for name in needed.keys() - each.names.keys())
    near = foreign_names.nearest(found)[0]
    assert (near.name, near.fits) == (network, near.tensors)


@pytest.mark.parametrize("network", ["vgg11_bn", "mobilenet_v2", "densenet121", "convnext_tiny"])
def test_networks_of_other_families_are_recognised(network: str) -> None:
    found = {f"module.{name}": shape for name, shape in outlined(network)[0].items()}
    near = foreign_names.nearest(found)[0]
    assert (near.name, near.fits) == (network, near.tensors)


def test_a_stem_of_3x3_and_any_number_of_classes_fit() -> None:
    found = dict(outlined("resnet34")[0]) | {"conv1.weight": (64, 3, 3, 3), "fc.weight": (7, 512), "fc.bias": (7,)}
    assert str(foreign_names.nearest(found)[0]) == "resnet34 (182/182)"


def test_of_two_encoders_one_is_taken_whole() -> None:
    needed, head, children = outlined("resnet18")
    body = {name: shape for name, shape in needed.items() if not name.startswith("fc.")}
    found = {f"module.encoder_{kind}.{name}": shape for kind in "qk" for name, shape in body.items()}
    each = translated(found, needed, head, children)
    assert {theirs.split(".")[1] for theirs in each.names.values()} == {"encoder_q"}
    assert not [name for name in each.unused if "encoder_k" not in name]


@pytest.mark.parametrize("network", [*registry.NETWORKS, "cifar-resnet20", "vgg11_bn", "googlenet"])
def test_a_networks_own_names_stay(network: str) -> None:
    needed, head, children = outlined(network)
    assert not translated(needed, needed, head, children).renamed


def test_a_network_that_is_not_here_is_like_none() -> None:
    kinds = ("attention.weight", "attention.bias", "mlp.weight", "norm.weight")
    found = {f"layers.{k}.{kind}": (8, 8)[: 2 - ("weight" not in kind)] for k in range(20) for kind in kinds}
    assert foreign_names.nearest(found) == []
