"""The programs of all pages, run for the CIFAR networks, compute what the pages show."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from explorer.analysis import (
    ablation,
    attribution,
    feature_space,
    features,
    gradients,
    interventions,
    iterative_inference,
    model_costs,
    residual,
    source,
)
from explorer.analysis.interventions import Intervention
from explorer.analysis.source import WHOLE
from explorer.analysis.trace import trace
from explorer.codegen import attribution as attribution_scripts
from explorer.codegen import diagrams as diagram_scripts
from explorer.codegen import features as feature_scripts
from explorer.codegen import gradients as gradient_scripts
from explorer.codegen import inference as inference_scripts
from explorer.codegen import lesion as lesion_scripts
from explorer.codegen import shortcut as shortcut_scripts
from explorer.codegen import space as space_scripts
from explorer.codegen import views
from explorer.models import loading, registry
from explorer.models.network import Network
from tests.analysis.test_features import finished
from tests.codegen.test_shortcut import unpack
from tests.codegen.test_views import run
from tests.conftest import random_network
from tests.models.small import noisy

pytestmark = pytest.mark.usefixtures("picture")

FILE = "my photo.png"
RESIDUAL = ["cifar-resnet14-w4", "cifar-preact8-exclusive-w4", "cifar-resnet8-half-w4", "cifar-resnet8-conv-w4"]
PLAIN = "cifar-plain8-w4"


def saved(name: str) -> Network:
    """The network with its own BatchNorm statistics, saved to a file that a program can read."""
    network = random_network(name)
    torch.save(network.module.state_dict(), "mine.pt")
    return loading.load_checkpoint(name, Path("mine.pt").read_bytes(), "mine.pt")


def test_the_definition_is_all_that_is_taken_from_the_app(picture: Image.Image) -> None:
    for weights in ("twin", "random"):
        network = loading.load("cifar-plain32-w8", weights)
        code = views.prediction(network, FILE)
        assert [line for line in code.splitlines() if "import" in line and "explorer" in line] == [
            "from explorer.models.cifar_resnet import Design"
        ]
        assert "torchvision." not in code.replace("torchvision.transforms", "")
        assert torch.equal(run(code)["logits"], trace(network, network.preprocess(picture), keep=()).logits)


@pytest.mark.parametrize("name", [*RESIDUAL, PLAIN])
def test_every_line_of_the_walk(name: str, picture: Image.Image) -> None:
    network = saved(name)
    expected = trace(network, network.preprocess(picture))
    for block in ("layer2.0", WHOLE):
        steps = source.walk(network, block)
        for step in steps[-4:]:
            if step.depth or step.kind == "test":
                continue
            found = run(views.walk(network, block, steps, step, FILE))
            variable = step.variable or step.statement.removeprefix("return ")
            value = found[variable if variable.isidentifier() else "out"]
            assert torch.equal(value, expected[step.tensor]), step


@pytest.mark.parametrize("name", [*RESIDUAL, PLAIN])
def test_the_table(name: str) -> None:
    network = saved(name)
    found = run(diagram_scripts.table(network, FILE))["rows"]
    nodes = network.graph.nodes
    expected = {
        nodes[call].module: (cost.output, cost.parameters, cost.multiply_adds, *vars(cost.field).values())
        for call, cost in model_costs.compute(network).calls.items()
        if nodes[call].module
    }
    rows = {row[0]: row[1:] for row in found}
    assert expected.items() <= rows.items()
    own = [path for path in rows if path not in expected]
    assert all(path.endswith("downsample") for path in own), "our own module, which fx traces into"
    for path in own:
        cost = model_costs.compute(network).calls[f"{path}.pad"]
        assert rows[path] == (cost.output, 0, 0, *vars(cost.field).values())


@pytest.mark.parametrize("name", RESIDUAL)
@pytest.mark.parametrize("block", ["layer1.0", "layer2.0"])
def test_one_block(name: str, block: str, picture: Image.Image) -> None:
    network = saved(name)
    found = run(shortcut_scripts.block(network, block, 1, FILE))
    kept = trace(network, network.preprocess(picture))
    parts = [kept[f"{block}.{role}"] for role in ("shortcut", "branch", "add", "out")]
    assert found["norms"][1:4] == list(vars(residual.measure_sum(*parts[:2])).values())[:3]
    for shown, tensor in zip(found["maps"], parts, strict=True):
        assert torch.equal(shown, tensor[0, 1])


@pytest.mark.parametrize("name", RESIDUAL)
def test_all_blocks_and_a_change(name: str, picture: Image.Image) -> None:
    network = saved(name)
    x = network.preprocess(picture)
    found, expected = run(shortcut_scripts.depth(network, FILE, several=False)), residual.over_depth(network, x)
    assert torch.equal(torch.stack(found["shares"], 1), expected.share)
    assert torch.equal(torch.stack(found["angles"], 1), expected.angle)
    assert torch.equal(torch.stack(found["responses"], 1), expected.response)
    change = Intervention({"layer1.0": 0.5}, {"layer2.0": 1.5})
    values = interventions.block_inputs(network, x)
    after = interventions.run(network, values, change)
    ran = run(shortcut_scripts.change(network, change, FILE))
    assert torch.equal(ran["before"], values[network.graph.logits])
    assert torch.allclose(ran["after"], after, rtol=1e-5)
    assert not torch.equal(ran["before"], after)


@pytest.mark.parametrize("name", RESIDUAL)
def test_gradients_lesions_and_inference(name: str, picture: Image.Image) -> None:
    network = saved(name)
    x = network.preprocess(picture)
    found = run(gradient_scripts.picture(network, 3, FILE))
    for cut in (False, True):
        expected = gradients.measure(network, x, 3, cut=cut)
        loss, norms = found["cut" if cut else "kept"]
        assert loss == pytest.approx(expected.loss, rel=1e-4)
        assert norms == pytest.approx(list(expected.norms.values()), rel=1e-3, abs=1e-7)

    found = run(inference_scripts.inference(network, 3, FILE))
    cosines = iterative_inference.cosines(network, x, torch.tensor([3]))[0].tolist()
    assert list(found["cosines"].values()) == pytest.approx(cosines, abs=1e-4)
    for path, probabilities in iterative_inference.readouts(network, x).items():
        assert torch.allclose(found["probabilities"][path], probabilities[0], atol=1e-5)

    several = noisy(8, 32, ("cat", "dog"))
    unpack(several)
    found = run(lesion_scripts.lesion(network, several, 1, 0, "pictures"))
    _, study = finished(ablation.remove_each(network, several))
    assert found["intact"] == study.intact
    assert found["without"] == {row.path: row.share for row in study.rows}


@pytest.mark.parametrize("name", ["cifar-preact8-exclusive-w4", "cifar-resnet8-w4", PLAIN])
def test_maps_and_their_space(name: str, picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    network = saved(name)
    x = network.preprocess(picture)
    roles = [(path, role) for path in ("layer1.0", "layer2.0") for role in features.BLOCK_ROLES]
    for place, role in [("relu", "out"), ("layer2", "out"), *(roles if name != PLAIN else [("layer2.0", "out")])]:
        found = run(feature_scripts.maps(network, place, role, 32, FILE))
        tensor = features.tensor_name(network, place, role)
        assert torch.equal(found["maps"], trace(network, x, keep=[tensor])[tensor][0]), (place, role)
        expected = features.contributions(network, x, tensor)
        assert torch.allclose(found["contribution"], expected, atol=1e-4 * float(expected.abs().max()))

    monkeypatch.setattr(attribution, "PIECES", (4,))
    for method in ("grad_cam", "integrated_gradients"):
        _, maps = finished(attribution.attribute(network, x, method, 2))
        found = run(attribution_scripts.attribution(network, 32, method, 2, FILE, maps.points))
        assert list(found["maps"]) == list(maps.maps)
        for place, cells in maps.maps.items():
            assert torch.allclose(found["maps"][place], cells, atol=1e-2 * float(cells.abs().max()) + 1e-7), place


def test_the_space_of_pictures() -> None:
    network, several = saved(PLAIN), noisy(6, 32, ("cat", "dog"))
    unpack(several)
    found = run(space_scripts.space(network, several, "pictures"))["features"]
    assert list(found) == list(feature_space.places(network)) == ["relu", "layer1", "layer2", "layer3"]


def test_a_network_and_its_twin(picture: Image.Image, capsys: pytest.CaptureFixture[str]) -> None:
    pair = [loading.load(name, "twin") for name in registry.TWINS]
    run(feature_scripts.comparison(*pair, 32, FILE))
    depths = [features.depths(one) for one in pair]
    runs = [trace(one, one.preprocess(picture), keep=at.values()) for one, at in zip(pair, depths, strict=True)]
    printed = capsys.readouterr().out
    likenesses = features.similarities(*runs, depths)
    assert [one.name for one in likenesses][:3] == ["relu", "layer1.0", "layer1.1"]
    assert len(likenesses) == 16
    for one in likenesses:
        assert f"{one.name} cosine {one.cosine:.3f}, relative difference {one.difference:.3f}" in printed


def test_side_by_side() -> None:
    names = ["resnet18", "cifar-resnet8-w4", "cifar-plain8-w4"]
    found = run(diagram_scripts.compare(names, 10, 32))["totals"]
    for name in names:
        expected = model_costs.compute(loading.outline(name, 10), 32)
        assert found[name] == (len(expected.blocks), expected.total.parameters, expected.total.multiply_adds)
