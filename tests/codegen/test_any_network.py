"""Programs of the lab for a network that is no ResNet print what the pages show."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from explorer.analysis import ablation, gradients, interventions, iterative_inference, picture_set, residual
from explorer.analysis.interventions import Intervention
from explorer.analysis.trace import trace
from explorer.codegen import gradients as gradient_scripts
from explorer.codegen import inference, lesion, shortcut
from explorer.models import loading
from explorer.models.network import Network
from tests.analysis.test_ablation import finished
from tests.analysis.test_path_gradients import scripts_agree
from tests.models.small import noisy

NAME = "mobilenet_v3_small"


@pytest.fixture(scope="module")
def network() -> Network:
    return loading.load(NAME, "random", seed=1)


@pytest.fixture
def x(network: Network, as_checkout: Path, picture: Image.Image) -> torch.Tensor:
    picture.save("picture.png")
    return network.preprocess(picture)


def ran(code: str) -> dict[str, Any]:
    assert code.count("\n") <= 40
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    return names


def test_a_block(network: Network, x: torch.Tensor) -> None:
    path = list(network.graph.blocks)[2]
    found = ran(shortcut.block(network, path, 3, "picture.png"))
    kept = trace(network, x, keep=[f"{path}.shortcut", f"{path}.branch", f"{path}.add"])
    measured = residual.measure_sum(kept[f"{path}.shortcut"], kept[f"{path}.branch"])
    assert found["norms"][1:3] == pytest.approx([measured.shortcut_norm, measured.branch_norm], rel=1e-5)
    assert found["cosine"] == pytest.approx(measured.cosine, abs=1e-5)
    torch.testing.assert_close(found["maps"][2], kept[f"{path}.add"][0, 3])


def test_all_blocks(network: Network, x: torch.Tensor) -> None:
    found = ran(shortcut.depth(network, "picture.png", several=False))
    torch.testing.assert_close(found["runs"][0].angle, residual.over_depth(network, x).angle)


def test_a_change(network: Network, x: torch.Tensor) -> None:
    first = next(iter(network.graph.blocks))
    change = Intervention({first: 0.5}, {first: 1.5})
    found = ran(shortcut.change(network, change, "picture.png"))
    expected = interventions.run(network, interventions.block_inputs(network, x), change)
    torch.testing.assert_close(found["after"], expected)


def test_gradients(network: Network, x: torch.Tensor) -> None:
    found = ran(gradient_scripts.picture(network, 5, "picture.png"))
    for name, cut in (("kept", False), ("cut", True)):
        expected = gradients.measure(network, x, 5, cut=cut)
        assert found[name][0] == pytest.approx(expected.loss, rel=1e-5)
        assert found[name][1] == pytest.approx(list(expected.norms.values()), rel=1e-4)


def test_gradients_along_paths(network: Network, x: torch.Tensor) -> None:
    scripts_agree(network, x, 5, ran, "picture.png")


def test_predictions_by_block(network: Network, x: torch.Tensor) -> None:
    found = ran(inference.inference(network, 5, "picture.png"))
    cosines = iterative_inference.cosines(network, x, torch.tensor([5]))[0].tolist()
    assert list(found["cosines"].values()) == pytest.approx(cosines, abs=1e-5)
    expected = iterative_inference.readouts(network, x)
    assert list(found["probabilities"]) == list(expected)
    for path, probabilities in found["probabilities"].items():
        torch.testing.assert_close(probabilities, expected[path][0])


def test_lesions(network: Network, as_checkout: Path) -> None:
    several = noisy(2, 32, ("china", "flower"))
    zipfile.ZipFile(io.BytesIO(picture_set.to_zip(several, "pictures"))).extractall(as_checkout)
    found = ran(lesion.lesion(network, several, 1, 4, "pictures"))
    expected = finished(ablation.remove_each(network, several))
    assert found["without"] == {row.path: row.share for row in expected.rows}
