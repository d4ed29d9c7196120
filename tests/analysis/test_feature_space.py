"""Features against hooks, PCA against numpy's SVD, probes on data with known accuracy."""

import copy
import io
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from explorer.analysis import feature_space
from explorer.analysis.picture_set import PictureSet, to_zip
from explorer.codegen import space as scripts
from explorer.models import loading
from explorer.models.network import Network

T = TypeVar("T")


def ended(steps: Generator[tuple[int, int], None, T]) -> T:
    last = (-1, 0)
    while True:
        try:
            now = next(steps)
            assert last[0] < now[0] <= now[1], "each step continues the previous one"
            last = now
        except StopIteration as end:
            assert last[0] == last[1]
            result: T = end.value
            return result


@pytest.fixture(scope="module")
def network() -> Network:
    return loading.load("resnet18", "cifar10")


@pytest.fixture(scope="module")
def digits() -> PictureSet:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EXPLORER_DATA", raising=False)
        return feature_space.labelled_pictures(100)


@pytest.fixture(scope="module")
def found(network: Network, digits: PictureSet) -> feature_space.Space:
    return ended(feature_space.measure(network, digits))


def test_without_a_data_set_there_are_digits(digits: PictureSet) -> None:
    assert digits.source == "picture.source_digit"
    assert len(digits) == 100
    assert sorted(set(digits.labels)) == list("0123456789")  # type: ignore[type-var]
    assert list(digits.labels) == sorted(digits.labels)  # type: ignore[type-var]
    assert digits.pictures[0].size == (8, 8)


def test_a_small_folders_pictures_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in (("wasp", 3), ("bee", 2)):
        (tmp_path / name).mkdir()
        for k in range(count):
            noise = np.random.default_rng([len(name), k]).integers(0, 255, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(noise).save(tmp_path / name / f"{k}.png")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    several = feature_space.labelled_pictures(100)
    assert several.labels == ("bee", "bee", "wasp", "wasp", "wasp")
    assert several.source == "picture.source_folder"
    assert feature_space.folds(several.labels) == 2
    assert feature_space.chance(several.labels) == 0.6


def test_features_are_means_of_the_stages_maps(
    network: Network, digits: PictureSet, found: feature_space.Space
) -> None:
    module = copy.deepcopy(network.module)
    seen: dict[str, list[Tensor]] = {name: [] for name in ("maxpool", "layer1", "layer2", "layer3", "layer4")}
    for name, kept in seen.items():
        module.get_submodule(name).register_forward_hook(
            lambda _, __, out, kept=kept: kept.append(out.flatten(2).mean(2))  # type: ignore[misc]
        )
    answers = torch.cat([module(x) for x in digits.inputs(network, 10)])
    for name, kept in seen.items():
        assert np.allclose(found.features[name], torch.cat(kept).numpy(), rtol=1e-4, atol=1e-5), name
    assert answers.shape == (100, 10)
    assert found.own is None, "the network has no digits among its classes"
    assert found.features["layer4"].dtype == np.float32
    x = next(digits.inputs(network, 3))
    assert np.allclose(
        feature_space.features_of(network, x)["layer2"], found.features["layer2"][:3], rtol=1e-4, atol=1e-5
    )


def test_the_networks_own_accuracy_where_the_classes_are_its_own(network: Network) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
    opened = tuple(map(Image.fromarray, noise))
    answers = [network.labels[int(network.module(network.preprocess(picture)).argmax())] for picture in opened]
    labels = (*answers[:4], *("cat" if answer != "cat" else "dog" for answer in answers[4:]))
    several = PictureSet(tuple("abcdef"), opened, labels, "picture.source_cifar10")
    assert ended(feature_space.measure(network, several)).own == pytest.approx(4 / 6)


def test_probes_of_digits_beat_chance(found: feature_space.Space, digits: PictureSet) -> None:
    for place, accuracies in found.probes.items():
        assert len(accuracies) == 5
        assert np.mean(accuracies) > 3 * feature_space.chance(digits.labels), place


def cloud(apart: float) -> tuple[feature_space.Features, list[str]]:
    labels = [name for name in "abcd" for _ in range(50)]
    generator = np.random.default_rng(1)
    centres = {name: generator.normal(size=12) for name in "abcd"}
    points = np.stack([apart * centres[name] + generator.normal(size=12) for name in labels])
    return points.astype(np.float32), labels


def test_a_probe_tells_apart_what_a_line_can() -> None:
    points, labels = cloud(apart=20)
    assert feature_space.probe(points, labels) == (1.0,) * 5
    assert feature_space.probe(points, labels) == feature_space.probe(1000 * points + 7, labels), (
        "features are standardised"
    )


def test_a_probe_of_nothing_is_at_chance() -> None:
    points, labels = cloud(apart=0)
    accuracy = float(np.mean(feature_space.probe(points, labels)))
    assert abs(accuracy - feature_space.chance(labels)) < 4 * (0.25 * 0.75 / 200) ** 0.5


def test_a_probe_learns_from_other_pictures_than_it_is_asked() -> None:
    """More features than pictures: the training accuracy would be 1."""
    points = np.random.default_rng(3).normal(size=(60, 300)).astype(np.float32)
    labels = ["a", "b"] * 30
    assert 0.2 < np.mean(feature_space.probe(points, labels)) < 0.8


@pytest.mark.parametrize("labels", [["a"] * 9, ["a", "a", "b"], ["a", "b"]])
def test_where_there_is_nothing_to_probe(labels: list[str]) -> None:
    assert feature_space.folds(labels) == 0
    assert feature_space.probe(np.zeros((len(labels), 3), np.float32), labels) == ()


def test_pca_is_the_svd_of_the_set(found: feature_space.Space) -> None:
    features = found.features["layer3"]
    mine = features[:1] + 0.5
    seen = feature_space.project(features, mine, "pca")
    centre = features.astype(np.float64).mean(0)
    _, sizes, axes = np.linalg.svd(features - centre, full_matrices=False)
    expected = (np.concatenate([features, mine]) - centre) @ axes[:2].T
    got = np.concatenate([seen.points, seen.mine])
    signs = np.sign((got * expected).sum(0))
    assert np.allclose(got, expected * signs, atol=1e-3 * np.abs(expected).max())
    assert seen.shares == pytest.approx(tuple(sizes[:2] ** 2 / (sizes**2).sum()), rel=1e-4)


def test_tsne_keeps_neighbours_and_repeats() -> None:
    points, labels = cloud(apart=20)
    mine = points[:1] + 0.01
    seen = feature_space.project(points, mine, "tsne")
    assert seen.points.shape == (200, 2)
    assert seen.shares is None
    nearest = np.linalg.norm(seen.points - seen.mine, axis=1).argsort()[:10]
    assert {labels[k] for k in nearest} == {"a"}
    assert np.array_equal(feature_space.project(points, mine, "tsne").points, seen.points)


def test_tsne_of_a_handful() -> None:
    points = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    assert np.isfinite(feature_space.project(points, points[:1], "tsne").points).all()


def test_the_script_prints_what_the_page_shows(
    network: Network, digits: PictureSet, found: feature_space.Space, as_checkout: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    zipfile.ZipFile(io.BytesIO(to_zip(digits, "pictures"))).extractall(as_checkout)
    code = scripts.space(network, digits, "pictures")
    assert len(code.splitlines()) <= 40
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    for place, features in found.features.items():
        assert np.allclose(names["features"][place], features, rtol=1e-3, atol=1e-5), place
        # same order of pictures and same folds: at most one prediction may differ by rounding
        assert np.abs(np.array(found.probes[place]) - names["probes"][place]).sum() <= 0.051, place
        seen = feature_space.project(features, features[:1], "pca").points
        assert np.allclose(names["points"][place], seen, atol=1e-3 * np.abs(seen).max()), place
    assert "layer4" in capsys.readouterr().out


def test_a_script_without_a_probe(network: Network) -> None:
    several = PictureSet(("a",), (Image.new("RGB", (8, 8)),), ("one",), "picture.source_folder")
    assert "StratifiedKFold(" not in scripts.space(network, several, "pictures")
