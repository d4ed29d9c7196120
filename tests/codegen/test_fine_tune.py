"""A recipe's program is plain PyTorch that runs and reaches the run's accuracy."""

import ast
import io
import math
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from explorer.codegen.fine_tune import fine_tune
from explorer.models.loading import to_fine_tune
from explorer.training import trainer
from explorer.training.recipe import RECIPES, Recipe
from explorer.training.schedules import lr_factor

BARE = dict.fromkeys(["crop_padding", "flip", "brightness", "contrast", "saturation", "hue", "rotation"], 0)


@pytest.fixture(autouse=True)
def _random_numbers() -> Iterator[None]:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)


def printed(text: str) -> list[tuple[float, float]]:
    """Test loss and accuracy by epoch, as printed by the program."""
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(text, "script.py", "exec"), {"__name__": "__main__"})
    lines = re.findall(r"^test loss (\S+), accuracy (\S+)%$", out.getvalue(), re.M)
    return [(float(loss), float(accuracy) / 100) for loss, accuracy in lines]


WEIGHTS = ("imagenet", "upstream", "random", "a'b.safetensors", "mine.pt")


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("data", ["cifar10", "digits", '/it\'s "here"/图'])
def test_a_script_is_short_and_python(name: str, data: str) -> None:
    for weights, schedule in product(WEIGHTS, ("plateau", "cosine", "onecycle", "steps", "constant")):
        _check(RECIPES[name].changed(data=data, weights=weights, schedule=schedule))


def _check(recipe: Recipe) -> None:
    text = fine_tune(recipe)
    tree = ast.parse(text)
    assert len(list(filter(None, text.splitlines()))) <= (45 if recipe.data == "digits" else 40)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(module.startswith("explorer") for module in imported), "plain PyTorch"
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert ("math" in imported) == ("math" in used)
    literals = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    if recipe.weights.endswith(("safetensors", "pt")):
        assert recipe.weights in literals
    if recipe.data.startswith("/"):
        assert {recipe.data + "/train", recipe.data + "/test"} <= literals


def test_the_tutorials_script_has_the_tutorials_numbers() -> None:
    text = fine_tune(RECIPES["tutorial"])
    for words in (
        "T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(0.5), T.ColorJitter(0.2, 0.2, 0.2, 0.1), "
        "T.RandomRotation(15), T.ToTensor(), T.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.201))])",
        "tested = T.Compose([T.ToTensor(), T.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.201))])",
        "torchvision.models.resnet18(weights='IMAGENET1K_V1')",
        "torch.optim.Adam(model.parameters(), lr=0.001, weight_decay=0.0001)",
        "for frozen, epochs, peak in [(True, 5, 0.001), (False, 35, 0.0001)]",
        "ReduceLROnPlateau(optimizer, factor=0.5, patience=2)",
        "batch_size=64, shuffle=True",
    ):
        assert words in text
    assert "model.train()\n" in text, "in the tutorial the statistics drift"


@pytest.mark.parametrize("schedule", ["cosine", "steps"])
def test_a_scripts_schedule_is_the_runs(schedule: str) -> None:
    line = next(line for line in fine_tune(Recipe(schedule=schedule)).splitlines() if line.startswith("share = "))
    made: dict[str, Any] = {"math": math}
    exec(line, made)
    places = [k / 641 for k in range(1, 641)]
    expected = [lr_factor(schedule, done) for done in places]
    assert [made["share"](done) for done in places] == pytest.approx(expected, abs=0.02)


def test_a_script_learns_what_the_run_learned() -> None:
    """With other pictures of the digits and another order: similar accuracies."""
    recipe = Recipe(
        weights="cifar10", data="digits", batch_size=32, epochs=3, freeze_epochs=1, lr=1e-2, unfreeze_lr=2e-2,
        optimizer="sgd", schedule="cosine", freeze_bn=True, limit=200, test_limit=120, precision="float32",
        device="cpu", **BARE,
    )  # fmt: skip
    mine = [event.fields["test_accuracy"] for event in trainer.train(recipe) if event.kind == "epoch"]
    its = [accuracy for _, accuracy in printed(fine_tune(recipe))]
    assert len(its) == len(mine) == 3
    assert mine[-1] > 0.8
    assert its[-1] == pytest.approx(mine[-1], abs=0.15)
    assert its[0] < its[-1]


@pytest.mark.parametrize(
    "network", ["squeezenet1_1", "mobilenet_v3_small", "googlenet", "swin_t", "cifar-resnet20-gate-w8"]
)
def test_a_script_builds_the_runs_network(network: str) -> None:
    """The same seed draws the same weights, down to the new head."""
    recipe = Recipe(network=network, weights="random", data="digits", device="cpu", seed=5, **BARE)
    text = fine_tune(recipe)
    made: dict[str, Any] = {}
    exec(compile(text[: text.index("optimizer = ")], "script.py", "exec"), made)
    expected = to_fine_tune(network, "random", [str(k) for k in range(10)], 32, 32, seed=5).module.state_dict()
    found = made["model"].state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(value, expected[name]) for name, value in found.items())


def test_a_script_takes_as_many_pictures_as_the_run() -> None:
    text = fine_tune(Recipe(weights="random", data="digits", limit=40, test_limit=30, device="cpu", **BARE))
    made: dict[str, Any] = {}
    exec(compile(text[: text.index("model = ")], "script.py", "exec"), made)
    assert [sum(len(y) for _, y in made[name]) for name in ("loader", "test_loader")] == [40, 30]


def test_a_transformers_script_fits_its_position_embedding() -> None:
    text = fine_tune(Recipe(network="vit_b_16", weights="imagenet", image_size=48))
    ast.parse(text)
    assert "model = torchvision.models.vit_b_16(image_size=48)" in text
    assert "model.load_state_dict(interpolate_embeddings(48, model.patch_size, state))" in text
    assert "model.heads.head = nn.Linear(model.heads.head.in_features, 10)" in text


@pytest.mark.parametrize(
    "fields", [{}, {"schedule": "onecycle", "freeze_epochs": 0, "image_size": 40, "limit": 10, "test_limit": 6}]
)
def test_a_script_reads_class_folders(fields: dict[str, Any], tmp_path: Path) -> None:
    for part in ("train", "test"):
        for name, shade in {"dark": 20, "light": 220}.items():
            (tmp_path / part / name).mkdir(parents=True)
            for k in range(8):
                Image.new("RGB", (36, 34), (shade + k, shade, shade)).save(tmp_path / part / name / f"{k}.png")
    recipe = Recipe(
        weights="random", data=str(tmp_path), batch_size=8, epochs=2, freeze_epochs=1, unfreeze_lr=1e-3, device="cpu",
    ).changed(**fields)  # fmt: skip
    assert "num_workers" not in fine_tune(recipe), "with spawned processes, each would rerun the script"
    epochs = printed(fine_tune(recipe))
    assert len(epochs) == 2
    assert all(loss > 0 for loss, _ in epochs)
