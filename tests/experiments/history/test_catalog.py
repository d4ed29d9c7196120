"""The catalog's values are torchvision's or a paper's."""

import re
import warnings

import pytest
import torch
import torchinfo
from torchvision import models

from explorer.experiments.history import catalog
from explorer.experiments.history.catalog import CHOICES, ERAS, FAMILIES, HEADLINERS, MODELS, QUANTITIES, Entry, Value

PUBLISHED = [model for model in MODELS.values() if model.torchvision]


def figures(entry: Entry) -> dict[str, Value]:
    found = {name: getattr(entry, name) for name in QUANTITIES[1:]}
    return {name: figure for name, figure in found.items() if figure}


def test_what_torchvision_knows_is_read_from_it() -> None:
    for model in PUBLISHED:
        published = list(models.get_model_weights(model.torchvision))
        for entry, weights in zip(catalog.entries(model), published, strict=True):
            meta, shown = weights.meta, {name: figure.value for name, figure in figures(entry).items()}
            scores = meta["_metrics"]["ImageNet-1K"]
            assert entry.weights == weights.name
            assert shown["parameters"] == meta["num_params"]
            assert shown["multiply_adds"] == pytest.approx(meta["_ops"] * 1e9)
            if weights.name == "IMAGENET1K_FEATURES":  # VGG-16's has no classifier that was scored
                assert not {"top1", "top5"} & set(shown)
            else:
                assert (shown["top1"], shown["top5"]) == (scores["acc@1"], scores["acc@5"])
            assert {(figure.source, figure.at) for figure in figures(entry).values()} == {("torchvision", weights.name)}
            assert not model.paper


def test_a_newer_torchvision_would_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = models.ResNet18_Weights.IMAGENET1K_V1
    scores = {"acc@1": 12.5, "acc@5": 25.0}
    monkeypatch.setitem(weights.meta, "_metrics", {"ImageNet-1K": scores})
    monkeypatch.setattr("torchvision.__version__", "9.9.9+cpu")
    catalog.entries.cache_clear()
    (entry,) = catalog.entries(MODELS["resnet18"])
    catalog.entries.cache_clear()
    assert entry.top1 == Value(12.5, "torchvision", "IMAGENET1K_V1")
    assert catalog.version() == "9.9.9"


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "mobilenet_v2", "densenet121", "vgg16"])
def test_parameters_and_multiply_adds_are_those_that_can_be_counted(name: str) -> None:
    with torch.device("meta"):
        module = models.get_model(name, weights=None)
    entry = catalog.entries(MODELS[name])[0]
    assert entry.parameters
    assert entry.multiply_adds
    assert sum(map(torch.numel, module.parameters())) == entry.parameters.value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counted = torchinfo.summary(module, (1, 3, 224, 224), device="meta", verbose=0).total_mult_adds
    assert entry.multiply_adds.value == pytest.approx(counted, rel=0.02)  # biases and norms are counted differently


def test_other_values_are_a_papers_or_for_the_same_layers() -> None:
    alone = [model for model in MODELS.values() if not model.torchvision]
    papers = {"lenet", "mobilenet_v1", "nasnet", "moco", "simclr", "byol", "dino", "mae"}
    assert {model.family.id for model in alone} == papers
    for model in alone:
        (entry,) = catalog.entries(model)
        assert entry.weights is None
        assert set(model.paper) <= set(QUANTITIES)
        for name, figure in figures(entry).items():
            if figure.source == "encoder":
                assert figure.at == model.encoder
                weights = next(
                    w for w in models.get_model_weights(figure.at) if w.transforms.keywords["crop_size"] == 224
                )
                known = {"parameters": weights.meta["num_params"], "multiply_adds": weights.meta["_ops"] * 1e9}
                assert figure.value == known[name]
            elif figure.source != "abstract":
                assert figure.source in ("table", "section")
                assert re.fullmatch(r"\d+(\.\d+)?|[IVX]+(\.[A-Z])?", figure.at)


def test_self_supervised_networks_say_how_they_were_tested() -> None:
    for model in MODELS.values():
        assert (model.learned != "labels") == (model.family.line == "self_supervised")
    assert {id: MODELS[id].paper["top1"].value for id in ("moco", "simclr", "byol", "dino", "dino_b8", "mae")} == {
        "moco": 60.6, "simclr": 69.3, "byol": 74.3, "dino": 78.2, "dino_b8": 80.1, "mae": 83.6,
    }  # fmt: skip


def test_families_come_in_the_order_of_their_years_with_a_link_each() -> None:
    years = [family.year for family in FAMILIES.values()]
    assert years == sorted(years)
    assert (years[0], years[-1]) == (1998, 2022)
    assert [model.year for model in MODELS.values()] == sorted(model.year for model in MODELS.values())
    for family in FAMILIES.values():
        if match := re.fullmatch(r"https://arxiv\.org/abs/(\d\d)(\d\d)\.\d{4,5}", family.link):
            assert 2000 + int(match[1]) == family.year, family.id
            assert 1 <= int(match[2]) <= 12
        else:
            assert re.fullmatch(r"https://doi\.org/10\.\d{4}/[\w./-]+", family.link)
        assert MODELS[HEADLINERS[family.id]].family is family


def test_each_year_is_in_one_era() -> None:
    assert [year for era in ERAS.values() for year in era] == list(range(1998, 2023))
    named = {"deeper": ("lenet", "resnet"), "cheaper": ("nasnet", "mobilenet_v3", "efficientnet"),
             "attention": ("vit", "swin", "convnext", "simclr", "byol", "dino", "mae")}  # fmt: skip
    for era, families in named.items():
        assert all(FAMILIES[family].year in ERAS[era] for family in families)
    assert {catalog.entries(MODELS[id])[0].depth for id in ("lenet5", "resnet152")} == {
        Value(5, "section", "II.B"), Value(152, "counted")
    }  # fmt: skip


def test_each_choice_has_its_weights() -> None:
    by_choice = {choice: {entry.id for entry in catalog.choose(choice)} for choice in CHOICES}
    assert "resnet50 IMAGENET1K_V1" in by_choice["first"] - by_choice["newest"]
    assert "resnet50 IMAGENET1K_V2" in by_choice["newest"] - by_choice["first"]
    assert "alexnet IMAGENET1K_V1" in by_choice["first"] & by_choice["newest"], "it has only one"
    assert "vit_b_16 IMAGENET1K_SWAG_E2E_V1" in by_choice["all"] - by_choice["first"] - by_choice["newest"]
    assert by_choice["first"] | by_choice["newest"] < by_choice["all"]
    assert {entry.model.family.id for entry in catalog.choose("all", ["vgg", "moco"])} == {"vgg", "moco"}


def test_depth_has_a_source_too() -> None:
    sources = {id: catalog.entries(MODELS[id])[0].depth for id in ("resnet18", "byol", "lenet5", "simclr_4x")}
    assert sources == {"resnet18": Value(18, "counted"), "byol": Value(50, "encoder", "resnet50"),
                       "lenet5": Value(5, "section", "II.B"), "simclr_4x": None}  # fmt: skip
