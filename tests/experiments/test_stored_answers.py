"""The stored answers: their origin, their shapes and bounds, and what is written against plain PyTorch."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.decomposition import PCA

from benchmarks import stored_answers as benchmark
from explorer.analysis import feature_space, features
from explorer.analysis.picture_set import PictureSet
from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import COUNT, DRAWS, NETWORKS
from explorer.models import loading, registry, weight_files

KEYS = [f"{name}/{weights}" for name, weights in NETWORKS]


def test_the_files_are_small_and_of_the_bundled_weights() -> None:
    assert sum(file.stat().st_size for file in (stored_answers.NUMBERS, stored_answers.ARRAYS)) <= 400_000
    made = stored_answers.made()
    assert made.command == "python -m benchmarks.stored_answers"
    assert Path(benchmark.__file__).name == f"{made.command.rpartition('.')[2]}.py"
    assert made.day.startswith("20")
    assert made.layout in ("folders", "torchvision")
    assert "torch" in made.versions
    digests = {
        f"{name}/{weights}": hashlib.sha256(weight_files.bundled(name, weights).read_bytes()).hexdigest()
        for name, weights in NETWORKS
    }
    assert dict(made.weights) == digests, "weights have changed: run the command"
    assert stored_answers.find("resnet18", "random") is None


@pytest.mark.parametrize(("name", "weights"), NETWORKS, ids=KEYS)
def test_shapes_and_bounds(name: str, weights: str) -> None:
    graph = loading.outline(name).graph
    stored = stored_answers.find(name, weights)
    assert stored is not None
    depth = stored.depth()
    assert depth.blocks == tuple(graph.blocks)
    assert depth.share.shape == depth.angle.shape == (COUNT, len(graph.blocks) or 0)
    assert depth.response.shape == (COUNT, len(depth.layers))
    assert (depth.response > 0).all()
    for values, most in ((depth.share, 1), (depth.angle, 180)):
        assert ((values >= 0) & (values <= most)).all()
    singles, several, space = stored.singles(), stored.several(), stored.space()
    assert singles.count == COUNT
    assert [row.removed for row in several] == list(range(len(singles.rows) + 1))
    assert {len(row.shares) for row in several} == {DRAWS}
    shares = [singles.intact, *(row.share for row in singles.rows), *(each for row in several for each in row.shares)]
    assert all(0 <= share <= 1 for share in shares)
    assert set(several[0].shares) == {singles.intact}, "nothing is removed"
    for place, channels in space.channels.items():
        for method in feature_space.METHODS:
            seen = space.project(place, np.zeros((1, channels), np.float32), method)
            assert seen.points.shape == (COUNT, 2)
            assert np.isfinite(seen.points).all()
            assert len(seen.mine) == (method == "pca")
    inference, ranks = stored.inference(), stored.ranks()
    assert (inference is None) == (not graph.blocks)
    assert (ranks is None) == (weights == "upstream")
    if inference:
        assert inference.cosines.shape == (COUNT, len(graph.blocks))
        assert inference.cosines.abs().max() <= 1
        assert len(inference.probes) == len(graph.blocks) + 1
        last = list(inference.heads.values())[-1]
        assert last == pytest.approx(singles.intact), "the last block's head is the network's"
    if ranks:
        assert ranks.within(1) == pytest.approx(singles.intact), "the same pictures, measured twice"
        assert space.own == pytest.approx(singles.intact), "and again"
    place = features.places(loading.outline(name))[-1]
    top = stored.exciting(features.tensor_name(loading.outline(name), place))
    assert top is not None
    assert top.indices.shape == (list(space.channels.values())[-1], 8)
    assert top.indices.max() < COUNT
    assert (top.values.diff(dim=1) <= 0).all(), "strongest first"
    assert stored.exciting("layer1.0.branch") is None


def test_what_is_written_is_what_pytorch_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small set of noise goes through the command's functions; the twin itself is run without the app's code."""
    monkeypatch.setattr(stored_answers, "NUMBERS", tmp_path / "numbers.json")
    monkeypatch.setattr(stored_answers, "ARRAYS", tmp_path / "arrays.npz")
    noise = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    labels = tuple(CIFAR10_CLASSES[k // 2] for k in range(20))
    several = PictureSet(
        tuple(map(str, range(20))), tuple(map(Image.fromarray, noise)), labels, "picture.source_cifar10"
    )
    name = registry.TWINS[0]
    network = loading.load(name, registry.TWIN)
    made = stored_answers.Made("command", "day", "hardware", "versions", "folders", "digest", {"one": "digest"})
    stored_answers.save(made, {f"{name}/twin": (network, benchmark.results(network, several, several))})
    assert stored_answers.made() == made
    stored = stored_answers.find(name, registry.TWIN)
    assert stored is not None

    module, x = network.module, torch.cat(list(several.inputs(network)))
    kept: dict[str, torch.Tensor] = {}
    hooks = [
        module.get_submodule(path).register_forward_hook(
            lambda _m, _i, out, path=path: kept.update({path: out.clone()})
        )
        for path in ("bn1", "layer3.4", "layer3")
    ]
    logits = module(x)
    for hook in hooks:
        hook.remove()
    targets = torch.tensor([CIFAR10_CLASSES.index(label) for label in labels])
    order = logits.argsort(1, descending=True)
    ranks, depth, top = stored.ranks(), stored.depth(), stored.exciting("layer3.4.out")
    assert ranks is not None
    assert list(ranks.ranks) == [1 + row.tolist().index(k) for row, k in zip(order, targets.tolist(), strict=True)]
    assert stored.singles().intact == pytest.approx(float((logits.argmax(1) == targets).float().mean()))
    response = kept["bn1"].flatten(1).std(1, correction=0)
    torch.testing.assert_close(depth.response[:, 0], response, rtol=1e-3, atol=1e-3)
    assert top is not None
    best, first = kept["layer3.4"].amax((2, 3)).sort(dim=0, descending=True)
    torch.testing.assert_close(top.values, best[:8].T, rtol=1e-3, atol=1e-3)
    assert torch.equal(top.indices[:, 0], first[0]) or torch.allclose(best[0], best[1])
    pooled = kept["layer3"].mean((2, 3)).numpy()
    expected = PCA(2, svd_solver="full").fit(pooled)
    mine = pooled[:1] + 0.25
    seen = stored.space().project("layer3", mine, "pca")
    np.testing.assert_allclose(np.abs(seen.points), np.abs(expected.transform(pooled)), rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(np.abs(seen.mine), np.abs(expected.transform(mine)), rtol=1e-3, atol=1e-3)
    assert seen.shares == pytest.approx(tuple(expected.explained_variance_ratio_), rel=1e-4)


def test_the_digest_is_of_the_pixels_in_any_order() -> None:
    pictures = tuple(Image.new("RGB", (2, 2), colour) for colour in ("red", "green", "blue"))

    def of(*opened: Image.Image) -> str:
        return stored_answers.digest(PictureSet(("",) * len(opened), opened, ("",) * len(opened), "source"))

    assert of(*pictures) == of(*pictures[::-1])
    assert of(*pictures) != of(*pictures[:2], Image.new("RGB", (2, 2), "black"))
    assert stored_answers.pictures(by_class=True).ids[:21][-1] == "automobile-0"
    assert stored_answers.pictures(by_class=False).ids[:11][-1] == "airplane-1"
