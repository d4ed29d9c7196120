"""Every backbone of the lab: head, freeze, sizes, weights, and which weights a step changes."""

import copy
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision.models.vision_transformer import interpolate_embeddings

from explorer.core.errors import RecipeError, WeightsError
from explorer.data.datasets import DataSet, Split
from explorer.models import registry, trial, weight_files
from explorer.models.loading import to_fine_tune
from explorer.models.preprocessing import IMAGENET_PREPROCESSING
from explorer.models.registry import BACKBONES
from explorer.training import trainer
from explorer.training.recipe import Recipe
from explorer.training.steps import generator
from explorer.training.trainer import Event, Training
from tests.models.listed import LISTED

QUICK_ONES = [name for name in BACKBONES if name not in registry.NETWORKS[1:]]  # deeper ResNets take seconds
SMALL = "mobilenet_v3_small"
BARE = dict.fromkeys(["crop_padding", "flip", "brightness", "contrast", "saturation", "hue", "rotation"], 0)
QUICK = Recipe(
    weights="random", batch_size=4, epochs=2, freeze_epochs=1, lr=1e-3, unfreeze_lr=1e-3, schedule="constant",
    precision="float32", device="cpu", seed=3, **BARE,
)  # fmt: skip
with_timm = pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="timm is not installed")


def pictures(count: int, seed: int) -> Split:
    images = torch.randint(256, (count, 3, 32, 32), generator=generator(seed), dtype=torch.uint8)
    return Split(images, torch.arange(count) % 3)


def data(train: int = 4) -> DataSet:
    return DataSet(("ant", "bee", "wasp"), pictures(train, 1), pictures(3, 2), None, "digest", (), 0)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    monkeypatch.setattr(trainer, "CHECKPOINT_EVERY_S", 1e9)
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)


def parameters(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.named_parameters()}


def moved(before: dict[str, Tensor], now: dict[str, Tensor]) -> set[str]:
    return {name for name, value in now.items() if not torch.equal(value, before[name])}


@pytest.mark.parametrize("name", [*QUICK_ONES, pytest.param("timm:resnet10t", marks=with_timm)])
def test_the_head_learns_and_then_everything(name: str) -> None:
    """One step while frozen and one after: which weights changed, bit for bit."""
    training = Training(QUICK.changed(network=name), data())
    module, head = training.module, training.network.head
    assert head == (LISTED[name][0] if name in LISTED else "fc")
    assert sum(value.numel() for value in module.parameters()) == trial.cost(name, 32, classes=3).parameters
    start = parameters(module)
    of_head = {key for key in start if key.startswith(f"{head}.")}
    assert {key.rpartition(".")[2] for key in of_head} == {"weight", "bias"}
    seen = []
    for event in training.run(lambda: False):
        if event.kind == "batch":
            seen.append({key for key, value in module.named_parameters() if value.requires_grad})
        if event.kind == "epoch":
            shares = event.fields["moved"]
            if event.fields["frozen"]:
                assert seen[-1] == of_head
                assert moved(start, parameters(module)) == of_head
                assert {part for part, share in shares.items() if share > 0} == {head}
                start = parameters(module)
            else:
                assert seen[-1] == set(start)
                assert all(share > 0 for share in shares.values()), "each part has changed"
                assert set(training.parts) | {head} <= set(shares) <= set(training.parts) | {head, "stem"}
                break
    _check_tail(training)


@torch.no_grad()
def _check_tail(training: Training) -> None:
    """The head's input, passed through `tail`, gives the network's own logits."""
    x = torch.rand(2, 3, 32, 32, generator=generator(5)).contiguous(memory_format=torch.channels_last)
    features = training._features(x)
    training.module.eval()
    answer = training.module(x)
    assert answer.shape == (2, 3)
    torch.testing.assert_close(training.network.tail(features), answer, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["moco", "dino", "byol"])
def test_self_supervised_weights_are_a_start(kind: str, tmp_path: Path) -> None:
    """In the naming of the authors' files, without a last layer for classes; what belongs to the task is left out."""
    body = {name: value for name, value in torchvision.models.resnet18().state_dict().items() if name[:3] != "fc."}
    if kind == "moco":  # facebookresearch/moco: main_moco.py, moco/builder.py
        state = {f"module.encoder_{k}.{name}": value.clone() for k in "qk" for name, value in body.items()}
        for k in "qk":
            state |= {
                f"module.encoder_{k}.fc.weight": torch.ones(128, 512),
                f"module.encoder_{k}.fc.bias": torch.ones(128),
            }
        state |= {"module.queue": torch.ones(128, 64), "module.queue_ptr": torch.zeros(1, dtype=torch.long)}
        content: dict[str, Any] = {"epoch": 800, "arch": "resnet18", "state_dict": state}
    elif kind == "dino":  # facebookresearch/dino: the teacher in a whole checkpoint
        teacher = {f"module.backbone.{name}": value for name, value in body.items()}
        content = {"teacher": {**teacher, "module.head.mlp.0.weight": torch.ones(2048, 512)}, "epoch": 300}
    else:
        content = {f"online_network.encoder.{name}": value for name, value in body.items()}
    file = tmp_path / "pretrained.pth"
    torch.save(content, file)
    found = to_fine_tune("resnet18", str(file), ("ant", "bee", "wasp"), 32, 64)
    loaded = found.module.state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in body.items())
    assert loaded["fc.weight"].shape == (3, 512)


def test_a_random_backbone_is_the_constructor_right_after_the_seed() -> None:
    torch.manual_seed(7)
    expected = torchvision.models.mobilenet_v3_small()
    expected.classifier[3] = nn.Linear(1024, 3)
    torch.manual_seed(99)
    before = torch.get_rng_state()
    found = to_fine_tune(SMALL, "random", ["a", "b", "c"], 32, 32, seed=7)
    assert torch.equal(torch.get_rng_state(), before), "torch's generator is unchanged"
    assert all(torch.equal(a, b) for a, b in zip(found.module.state_dict().values(), expected.state_dict().values(),
                                                 strict=True))  # fmt: skip


def test_squeezenets_head_is_a_convolution() -> None:
    learner = to_fine_tune("squeezenet1_1", "random", list("abcde"), 32, 64)
    head = learner.module.get_submodule(learner.head)
    assert isinstance(head, nn.Conv2d)
    assert (head.in_channels, head.out_channels, head.kernel_size) == (512, 5, (1, 1))
    assert learner.module.num_classes == 5


def test_googlenet_has_one_head() -> None:
    module: Any = to_fine_tune("googlenet", "random", list("abc"), 32, 32).module
    assert (module.aux1, module.aux2, module.aux_logits, module.transform_input) == (None, None, False, False)


def test_an_unsupported_size_is_reported_before_the_start() -> None:
    with pytest.raises(RecipeError, match="40 px"):
        list(trainer.train(QUICK.changed(network="vit_b_16", data="digits", image_size=40, limit=10)))


@pytest.mark.parametrize(
    ("name", "weights", "words"),
    [("vit_b_16", "upstream", "upstream"), (SMALL, "nowhere.pt", "neither the name of weights nor a file")],
)
def test_missing_weights_are_reported(name: str, weights: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        to_fine_tune(name, weights, ["a", "b"], 32, 32)


# Published weights: generated files in the format of torchvision's server


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def published(name: str, **options: Any) -> dict[str, Tensor]:
    torch.manual_seed(4)
    module = torchvision.models.get_model(name, **options).train()
    if name not in ("vit_b_16", "swin_t", "convnext_tiny"):
        with torch.no_grad():
            module(torch.randn(4, 3, 64, 64))  # updates BatchNorm's statistics
    return dict(module.state_dict())


@pytest.mark.parametrize("name", [SMALL, "densenet121", "googlenet", "vit_b_16", "regnet_y_400mf", "swin_t"])
def test_imagenets_weights_are_loaded_whole(name: str, hub: Path) -> None:
    options = {"init_weights": False} if name == "googlenet" else {}
    state = published(name, **options)
    stored = state
    if name == "densenet121":  # keys as in torchvision's older files, with dots in module names
        stored = {re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", key): v for key, v in state.items()}
        assert stored.keys() != state.keys()
    torch.save(stored, weight_files.published(name)[0])
    assert weight_files.published(name)[0].parent == hub
    learner = to_fine_tune(name, "imagenet", ["a", "b"], 32, 32, seed=1)
    found = learner.module.state_dict()
    expected = {key: value for key, value in state.items() if not key.startswith(("aux1.", "aux2."))}
    if name == "vit_b_16":
        expected = dict(interpolate_embeddings(32, 16, dict(expected)))
        assert expected["encoder.pos_embedding"].shape == (1, 5, 768)
    assert found.keys() == expected.keys()
    for key, value in found.items():
        assert torch.equal(value, expected[key]) != key.startswith(f"{learner.head}."), key
    assert not any(value.is_meta for value in (*learner.module.parameters(), *learner.module.buffers()))


def test_googlenet_sees_pictures_as_it_learned(hub: Path) -> None:
    """torchvision converts from ImageNet's normalisation in `forward`; our preprocessing does it directly."""
    state = published("googlenet", init_weights=False)
    file = weight_files.published("googlenet")[0]
    torch.save(state, file)
    theirs = torchvision.models.googlenet(init_weights=False, transform_input=True).eval()
    theirs.load_state_dict(state)
    learner = to_fine_tune("googlenet", "imagenet", ["a", "b"], 64, 64)
    learner.module.fc = theirs.fc
    pixels = torch.rand(2, 3, 64, 64, generator=generator(1))
    imagenet, mine = IMAGENET_PREPROCESSING, learner.preprocess
    with torch.no_grad():
        expected = theirs(_normalised(pixels, imagenet.mean, imagenet.std))
        found = learner.module.eval()(_normalised(pixels, mine.mean, mine.std))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def _normalised(pixels: Tensor, mean: Any, std: Any) -> Tensor:
    return (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


def test_a_runs_own_weights_start_another(tmp_path: Path) -> None:
    source = to_fine_tune(SMALL, "random", list("abc"), 32, 32, seed=1)
    file = tmp_path / "best.safetensors"
    described = '{"picture_px": 32, "input_px": 32, "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}'
    save_file(source.module.state_dict(), file, {"classes": '["a", "b", "c"]', "preprocess": described})
    found = to_fine_tune(SMALL, str(file), list("vwxyz"), 32, 64)
    assert (found.preprocess.mean, found.preprocess.std) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert moved(parameters(source.module), {key: value for key, value in parameters(found.module).items()
                                             if not key.startswith("classifier.3.")}) == set()  # fmt: skip
    with pytest.raises(WeightsError, match="densenet121"):
        to_fine_tune("densenet121", str(file), ["a", "b"], 32, 32)


@with_timm
def test_timms_weights(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    torch.manual_seed(1)
    state = timm.create_model("test_vit").state_dict()
    file, url = weight_files.published("timm:test_vit")
    assert url == "https://huggingface.co/timm/test_vit.r160_in1k/resolve/main/model.safetensors"
    save_file(state, file)
    learner = to_fine_tune("timm:test_vit", "imagenet", ["a", "b"], 160, 160)
    found = learner.module.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in found.items() if not key.startswith("head."))
    small = to_fine_tune("timm:test_vit", "imagenet", ["a", "b"], 32, 32).module
    assert small(torch.rand(1, 3, 32, 32)).shape == (1, 2)
    file.write_bytes(b"{}")
    with pytest.raises(WeightsError, match="safetensors"):
        to_fine_tune("timm:test_vit", "imagenet", ["a", "b"], 160, 160)
    file.unlink()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsError, match="cannot be reached"):
        to_fine_tune("timm:test_vit", "imagenet", ["a", "b"], 160, 160)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match="cannot be reached"):
        to_fine_tune("timm:test_vit", "imagenet", ["a", "b"], 160, 160)


def test_a_failed_download_is_reported(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = hub / "mobilenet_v3_small-047dcff4.pth", "http://127.0.0.1:9/mobilenet_v3_small-047dcff4.pth"
    monkeypatch.setattr(weight_files, "published", lambda *_: address)
    with pytest.raises(WeightsError, match=r"mobilenet_v3_small-047dcff4\.pth, 127\.0\.0\.1:9, cannot be reached"):
        to_fine_tune(SMALL, "imagenet", ["a", "b"], 32, 32)


# The loop


def run_of(training: Training, resumed: bool = False) -> list[Event]:
    return list(training.run(lambda: False, resumed=resumed))


@pytest.mark.parametrize("freeze_bn", [False, True])
def test_a_run_with_dropout_goes_on_with_the_same_bits(freeze_bn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "CHECKPOINT_EVERY_S", -1.0)
    recipe = QUICK.changed(network=SMALL, freeze_bn=freeze_bn, optimizer="sgd")
    marks = []
    for event in Training(recipe, data(12)).run(lambda: False):
        if event.kind == "checkpoint":
            marks.append(copy.deepcopy(event.payload))  # on a CPU, the state shares memory with the module
    weights = event.payload
    assert len(marks) > 5
    for mark in (marks[1], marks[-3]):
        training = Training(recipe, data(12))
        training.restore(mark)
        again = run_of(training, resumed=True)[-1].payload
        assert all(torch.equal(again[key], value) for key, value in weights.items())


def test_a_finished_run_tells_its_cost() -> None:
    end = run_of(Training(QUICK.changed(network=SMALL), data()))[-1]
    assert end.fields["reason"] == "finished"
    assert 0 < end.fields["forward_ms"] < 10_000
    assert 0.05 < end.fields["memory_gb"] < 64


@pytest.mark.parametrize("name", [SMALL, "squeezenet1_1"])
def test_features_computed_once_teach_the_head_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a frozen backbone and statistics, dropout before the head is off, with cached features and without."""
    recipe = QUICK.changed(network=name, freeze_bn=True, epochs=3, freeze_epochs=3, lr=1e-2, image_size=64)
    assert recipe.caches_features
    cached = Training(recipe, data(8))
    run_of(cached)
    assert cached.cached
    monkeypatch.setattr(Recipe, "caches_features", False)
    eager = Training(recipe, data(8))
    run_of(eager)
    assert not eager.cached
    for key, value in eager.head.state_dict().items():
        torch.testing.assert_close(cached.head.state_dict()[key], value, rtol=1e-3, atol=1e-5)
