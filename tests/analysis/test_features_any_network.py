"""Places, maps and attribution of networks other than ResNets, against hooks on a copy and the papers' formulas."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import MaxVit, SwinTransformer

from explorer.analysis import attribution, feature_space, features, maps
from explorer.analysis.trace import trace
from explorer.codegen import attribution as attribution_scripts
from explorer.codegen import features as scripts
from explorer.codegen import space as space_scripts
from explorer.models import loading
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import Preprocessing
from explorer.plots.sheet import kernel_sheet
from tests.analysis.test_any_network import PX, X, convnext, network_of, row, streams, vit
from tests.analysis.test_attribution import ended
from tests.models.small import noisy

LAYER = "encoder.layers.encoder_layer_{}"


def swin() -> Network:
    torch.manual_seed(1)
    return network_of(SwinTransformer([4, 4], 8, [1, 1], [1, 2], [2, 2], num_classes=3))


def maxvit() -> Network:
    """A grid of 8 x 8, in windows of 4 x 4."""
    torch.manual_seed(1)
    return network_of(MaxVit((PX, PX), 4, 4, [8], [1], 4, 0.0, num_classes=3))


class Vectors(nn.Module):
    """x + F(x) on vectors: nothing lies as in the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.inner, self.head = nn.Linear(3 * PX * PX, 8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x.flatten(1))
        return self.head(x + torch.tanh(self.inner(x)))  # type: ignore[no-any-return]


def outputs(network: Network, x: Tensor, paths: list[str]) -> tuple[dict[str, Tensor], Tensor]:
    """What modules of a copy return, which keep their gradients, and the logits."""
    module, kept = copy.deepcopy(network.module).requires_grad_(True), {}

    def keep(path: str) -> Callable[..., Tensor]:
        def hook(_: nn.Module, __: Any, out: Tensor) -> Tensor:
            kept[path] = out
            out.retain_grad()
            return out.clone()

        return hook

    for path in paths:
        module.get_submodule(path).register_forward_hook(keep(path))
    return kept, module(x)


def test_the_places_of_a_vit() -> None:
    network = vit()
    stem, blocks = (
        ("conv_proj", "encoder.dropout"),
        [f"{LAYER.format(k)}.{add}" for k in (0, 1) for add in ("add", "add_1")],
    )
    assert features.places(network) == (*stem, "encoder.layers", *blocks)
    assert features.tensor_name(network, "encoder.layers") == f"{blocks[-1]}.out"
    assert torch.equal(features.kernels(network), network.module.conv_proj.weight)  # type: ignore[arg-type, union-attr]
    assert features.kernel_place(network) == "conv_proj"
    found = features.sizes(network)
    assert list(found.sides) == [32]
    assert set(found.sides[32].values()) == {32, 4}, "a grid of 4 x 4 from the first layer to the last"
    assert "Expected 32 but got 64" in found.refusal
    assert attribution.places(network) == {"encoder.dropout": "encoder.dropout", blocks[1]: f"{blocks[1]}.out"}, (
        "what follows the last attention reads the class token alone"
    )
    assert feature_space.places(network) == ("encoder.dropout", blocks[1], blocks[3])


def test_places_of_other_layouts() -> None:
    assert features.stem(convnext()) == ("features.0.0", "features.0.1.permute_1")
    assert features.places(convnext())[2:] == (
        "features.1",
        "features.1.0",
        "features.1.1",
        "features.3",
        "features.3.0",
        "features.3.1",
    )
    assert list(features.sides(convnext(), 64).values()) == [64, 16, 16, 16, 16, 8, 8], "patches of 4, halved once"
    found = features.sizes(swin()).sides
    assert list(found[32].values())[-1] == 4, "32 px, patches of 4, merged once"
    network = network_of(Vectors())
    assert len(network.graph.blocks) == 1
    assert features.places(network) == ()
    assert features.kernels(network) is None
    assert attribution.places(network) == {}
    assert features.places(row()) == (), "tokens in the first axis"


@pytest.mark.parametrize("k", [0, 1])
def test_maps_of_a_vit_are_its_tokens_in_rows(k: int) -> None:
    network, path = vit(), LAYER.format(k)
    kept, _ = outputs(network, X, [path])
    name = features.tensor_name(network, f"{path}.add_1")
    found = features.maps_of(network, X, name, trace(network, X, keep=[name])[name])
    assert found.shape == (3, 16, 4, 4)
    for row_, column in ((0, 0), (2, 1), (3, 3)):
        assert torch.allclose(found[:, :, row_, column], kept[path][:, 1 + 4 * row_ + column], atol=1e-5)


def test_windows_are_put_back_where_they_lie() -> None:
    """The module of a MaxViT's window attention returns the map; its additions are in windows before."""
    network = maxvit()
    ends = [name for name in network.graph.blocks if "attention" in name and name.endswith("add_1")]
    assert len(ends) == 2
    kept, _ = outputs(network, X, [name.removesuffix(".add_1") for name in ends])
    for name in ends:
        run = trace(network, X, keep=[f"{name}.out"])
        assert run[f"{name}.out"].shape == (3, 4, 16, 8)
        found = features.maps_of(network, X, f"{name}.out", run[f"{name}.out"])
        assert torch.allclose(found, kept[name.removesuffix(".add_1")], atol=1e-5)
        assert maps.layout(network.graph, name).is_placed


def by_hand(value: Tensor, slope: Tensor, method: str) -> Tensor:
    """Maps and gradients (C, h, w) -> the heat map of the papers."""
    a, g = value.detach().double(), slope.double()
    if method == "grad_cam":
        weight = g.mean((1, 2))
    else:
        sums = a.sum((1, 2), keepdim=True)
        alpha = torch.where(g == 0, 0, g**2 / (2 * g**2 + sums * g**3))
        weight = (alpha * g.clamp(min=0)).sum((1, 2))
    return (weight[:, None, None] * a).sum(0).clamp(min=0)


@pytest.mark.parametrize("method", ["grad_cam", "grad_cam_pp"])
@pytest.mark.parametrize("design", ["vit", "swin"])
def test_grad_cam_on_tokens_is_what_the_papers_write(design: str, method: str) -> None:
    network = {"vit": vit, "swin": swin}[design]()
    module = {"vit": LAYER.format(0), "swin": "features.3.0"}[design]
    kept, logits = outputs(network, X[:1], [module])
    logits[0, 2].backward()
    both = kept[module], kept[module].grad
    assert both[1] is not None
    if design == "vit":
        both = tuple(each[0, 1:].T.unflatten(1, (4, 4)) for each in both)  # type: ignore[union-attr, assignment]
    else:
        both = tuple(each[0].permute(2, 0, 1) for each in both)  # type: ignore[union-attr, assignment]
    found = attribution.grad_cam(network, X[:1], method, 2).maps[f"{module}.add_1"]
    expected = by_hand(*both, method)  # type: ignore[arg-type]
    assert expected.any()
    assert torch.allclose(found.double(), expected, rtol=1e-3, atol=1e-4 * float(expected.max()))


@pytest.mark.parametrize("design", [vit, swin, maxvit, convnext])
def test_integrated_gradients_are_complete(design: Callable[[], Network]) -> None:
    network = design()
    found = ended(attribution.integrated_gradients(network, X[:1], 1))
    start, end = (network.module(x)[0, 1] for x in (torch.zeros_like(X[:1]), X[:1]))
    assert len(found.maps) >= 3
    place = list(found.maps)[-1]  # before, a normalisation of a nearly constant image is far from linear
    total = float(found.maps[place].sum()) + found.apart.get(place, 0)
    assert total == pytest.approx(float(end - start), abs=2e-2 * float(network.module(X).abs().max()))
    assert bool(found.apart) is (design is vit)


def test_contributions_include_the_class_token() -> None:
    """The head reads only it, and is linear but for a normalisation."""
    network, path = vit(), LAYER.format(1)
    kept, logits = outputs(network, X[:1], [path])
    features.lead(logits[0]).backward()
    grad = kept[path].grad
    assert grad is not None
    assert not grad[0, 1:].any()
    found = features.contributions(network, X[:1], f"{path}.add_1.out")
    assert torch.allclose(found, (kept[path] * grad)[0].sum(0).detach(), rtol=1e-3, atol=1e-6)


def test_top_activations_of_tokens() -> None:
    network, path = vit(), LAYER.format(0)
    pictures = noisy(5, PX)
    found = ended(features.top_activations(network, pictures, f"{path}.add_1.out", most=2))
    x = torch.cat([network.preprocess(picture) for picture in pictures.pictures])
    kept, _ = outputs(network, x, [path])
    largest = kept[path][:, 1:].amax(1)  # not of the class token
    assert torch.allclose(found.values, largest.topk(2, 0).values.T, atol=1e-5)
    pooled = feature_space.features_of(network, x)[f"{path}.add_1"]
    assert torch.allclose(torch.from_numpy(pooled), kept[path][:, 1:].mean(1), atol=1e-5)


def test_untrained_weights_are_new_in_every_layer() -> None:
    for network in (vit(), convnext(), swin()):
        fresh, again = attribution.untrained(network), attribution.untrained(network)
        for (name, one), other, trained in zip(
            fresh.module.named_parameters(), again.module.parameters(), network.module.parameters(), strict=True
        ):
            assert torch.equal(one, other), name
            constant = trained.unique().numel() == 1  # biases of zeros, scales of ones
            assert constant or not torch.equal(one, trained), name
        assert fresh.module(X).std() > 0


@pytest.fixture
def loadable(monkeypatch: pytest.MonkeyPatch) -> Network:
    """A small ViT that programs load by the name of a large one."""
    small = vit()
    network = Network(
        "vit_b_16", "random", small.module, small.labels, small.preprocess, small.graph, small.origin, {"seed": 0}
    )
    monkeypatch.setattr(loading, "load", lambda name, weights, seed: network)
    return network


def run(code: str) -> dict[str, Any]:
    assert code.count("\n") <= 40, code
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    return names


def test_programs_compute_what_the_page_shows(
    loadable: Network, picture: Image.Image, capsys: pytest.CaptureFixture[str]
) -> None:
    x, place = loadable.preprocess(picture), f"{LAYER.format(0)}.add"
    found = run(scripts.maps(loadable, place, "branch", PX, "my photo.png"))
    shown = trace(loadable, x, keep=[f"{place}.branch"])[f"{place}.branch"]
    assert torch.equal(found["maps"], shown[0, 1:].T.unflatten(1, (4, 4)))
    assert torch.equal(found["contribution"], features.contributions(loadable, x, f"{place}.branch"))
    for method in attribution.METHODS:
        shown = ended(attribution.attribute(loadable, x, method, 1))
        found = run(attribution_scripts.attribution(loadable, PX, method, 1, "my photo.png", shown.points))
        expected = shown.maps
        assert found["maps"].keys() == expected.keys()
        for name, cells in expected.items():
            assert torch.allclose(found["maps"][name].detach(), cells, rtol=2e-3, atol=1e-3 * float(cells.abs().max()))
    found = run(scripts.comparison(loadable, loadable, PX, "my photo.png"))
    assert f"{place} cosine 1.000, relative difference 0.000" in capsys.readouterr().out


def test_programs_for_a_folder(loadable: Network, picture: Image.Image) -> None:
    for k in range(3):
        Path("pictures", "ab"[k % 2]).mkdir(parents=True, exist_ok=True)
        picture.crop((10 * k, 0, 200, 200)).save(f"pictures/{'ab'[k % 2]}/{k}.png")
    place = f"{LAYER.format(0)}.add_1"
    found = run(scripts.exciting(loadable, place, "out", 3, "pictures"))
    x = found["images"]
    shown = trace(loadable, x, keep=[f"{place}.out"])[f"{place}.out"]
    assert torch.allclose(found["values"], shown[:, 1:].amax(1), atol=1e-6)
    found = run(space_scripts.space(loadable, noisy(3, PX, ("a", None)), "pictures"))
    expected = feature_space.features_of(loadable, x)
    assert found["features"].keys() == expected.keys()
    assert (abs(found["features"][place] - expected[place]) < 1e-6).all()


def test_places_of_parallel_streams() -> None:
    network = streams()
    assert features.places(network)[0] == "stem"
    found = ended(attribution.integrated_gradients(network, X[:1], 1))
    assert len(found.maps) < len(attribution.places(network)) + 1, "no run can start inside one of two streams"


class Wide(nn.Module):
    """One grey channel, 16 x 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.inner, self.head = nn.Conv2d(1, 4, 4, stride=4), nn.Conv2d(4, 4, 3, padding=1), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.head((x + self.inner(x)).mean((2, 3)))  # type: ignore[no-any-return]


def test_an_oblong_grey_input() -> None:
    module = Wide()
    graph = Graph.of(module, (1, 1, 16, 32))
    network = replace(network_of(Vectors()), module=module.requires_grad_(False), graph=graph,
                      preprocess=Preprocessing(16, 16, (0.5,) * 3, (0.3,) * 3, width_px=32, channels=1))  # fmt: skip
    assert features.sizes(network).sides == {16: {"input": 16, "stem": 4, "add": 4}}
    weight = features.kernels(network)
    assert weight is not None
    assert weight.shape == (4, 1, 4, 4)
    assert kernel_sheet(weight)[0].size == (3 * 4, 2 * 4), "three in a row, grey"
    x = torch.rand(1, 1, 16, 32)
    found = ended(attribution.integrated_gradients(network, x, 0))
    assert [tuple(cells.shape) for cells in found.maps.values()] == [(16, 32), (4, 8), (4, 8)]


class Reading(nn.Module):
    """Its code reads a value, so that nothing runs on the meta device or from the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.inner, self.head = nn.Conv2d(3, 4, 2, stride=2), nn.Conv2d(4, 4, 3, padding=1), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = x + self.inner(x) if float(x.sum()) > -1e9 else x
        return self.head(x.mean((2, 3)))  # type: ignore[no-any-return]


def test_a_network_that_reads_values() -> None:
    network = network_of(Reading())
    assert features.sizes(network).sides[PX] == {"input": PX, "stem": PX // 2, "add": PX // 2}
    assert list(attribution.grad_cam(network, X[:1], "grad_cam", 0).maps) == ["stem", "add"]
    assert list(attribution.integrated_places(network)) == ["input"]
