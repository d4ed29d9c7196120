"""The page Compare in Streamlit's AppTest: the form's recipes, and a comparison's results."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.core.errors import RecipeError, RunError
from explorer.core.i18n import LANGUAGES, t
from explorer.data import datasets
from explorer.experiments.comparison import stored
from explorer.models import trial
from explorer.runs import checkpoints, store, sweep, worker
from explorer.runs.duration import START_S
from explorer.runs.events import Writer
from explorer.runs.sweep import Sweep
from explorer.training import probe
from explorer.training.probe import Speed
from explorer.training.recipe import Recipe
from explorer.training.trainer import Predictions
from explorer.ui.words import escaped
from tests.plots.compared import many
from tests.ui.test_pages import opened, words
from tests.ui.test_runs_page import EPOCH, OPENING

SMALL = Recipe(weights="random", data="digits", limit=64, batch_size=32, epochs=1, freeze_epochs=0,
               precision="float32")  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, no_measuring: None) -> None:
    """Only comparisons that a test creates, and no measurements."""
    monkeypatch.setattr(stored, "is_there", lambda: False)


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[Sweep]:
    """Comparisons that the page submitted; none is trained."""
    found: list[Sweep] = []
    monkeypatch.setattr(sweep, "submit", found.append)
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    return found


@pytest.fixture
def ended(tmp_path: Path) -> Sweep:
    """A finished comparison of two backbones on the digits, with invented predictions."""
    plan = sweep.create(
        sweep.comparison_recipes(SMALL, ["shufflenet_v2_x1_0", "squeezenet1_1"], ["random"], [0]), "small"
    )
    found = datasets.load(SMALL, cache=plan.runs[0].cache)
    labels = found.test.labels
    opening = {
        "classes": list(found.classes),
        "data": found.digest,
        "device": "cpu",
        "device_name": "EPYC",
        "threads": 2,
    }
    for k, run in enumerate(plan.runs):
        predicted = torch.where(torch.arange(len(labels)) % 10 <= 5 + k, labels, (labels + 1 + k) % 10)
        accuracy = (predicted == labels).float().mean().item()
        with contextlib.closing(Writer(run.path)) as writer:
            writer.add("start", OPENING | opening)
            writer.add("epoch", {"epoch": 1, "test_accuracy": accuracy, **EPOCH})
            writer.add("end", {"reason": "finished", "forward_ms": 2.5, "memory_gb": 0.5})
        checkpoints.save_answers(run, 1, found.classes, Predictions(labels, predicted, torch.ones(len(labels)), None))
    return plan


def until(app: AppTest, holds: Callable[[str], bool]) -> str:
    for _ in range(100):
        if holds(words(app)):
            break
        time.sleep(0.05)
        app.run()
    return words(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_comparison_the_form_is_shown(language: str) -> None:
    app = opened("compare", lang=language)
    assert [title.value for title in app.title] == [t("compare.title", language)]
    assert app.selectbox(key="comparison").value == "new"
    assert not app.error
    assert t("compare.no_cifar10", language) in words(app)


def test_the_form_makes_the_runs_that_it_lists(submitted: list[Sweep]) -> None:
    app = opened("compare")
    assert [tuple(row) for row in app.dataframe[0].value[["network", "weights", "image_px"]].to_numpy()] == [
        (network, t("compare.weights_upstream"), 32)
        for network in ("resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5")
    ], "by default, pretrained networks that need no download"
    app.multiselect(key="new_backbones").set_value(["resnet18", "squeezenet1_1"]).run()
    app.multiselect(key="new_weights").set_value(["random", "upstream"]).run()
    app.multiselect(key="new_sizes").set_value([32, 64]).run()
    app.slider(key="new_seeds").set_value(2).run()
    app.slider(key="new_epochs").set_value(2).run()
    app.select_slider(key="new_lr").set_value(0.002).run()
    listed = app.dataframe[0].value
    assert [tuple(row) for row in listed[["network", "weights", "image_px", "seeds"]].to_numpy()] == [
        (network, t(f"compare.weights_{weights}"), size, 2)
        for network, kinds in (("resnet18", ("random", "upstream")), ("squeezenet1_1", ("random",)))
        for size in (32, 64)
        for weights in kinds
    ]
    assert listed["multiply_adds"][0] == trial.cost("resnet18", 32).multiply_adds / 1e6, "shown as 37.02 M"
    lacking = t("compare.lacking", weights=t("compare.weights_upstream"), names=r"squeezenet1\_1")
    assert lacking in words(app), "left out, and said so"
    assert '--backbones "resnet18,squeezenet1_1"' in app.code[0].value
    assert "--limit all" in app.code[0].value
    app.button(key="compare_start").click().run()
    assert not app.exception
    (made,) = submitted
    recipes = [run.recipe() for run in made.runs]
    assert len(recipes) == 12
    assert {(each.epochs, each.lr, each.data, each.limit) for each in recipes} == {(2, 0.002, "digits", None)}
    assert {each.seed for each in recipes} == {0, 1}
    assert app.selectbox(key="comparison").value == made.id
    assert made.name == "Backbones: 2, digits, epochs: 2"


def test_a_network_by_its_name_as_typed(submitted: list[Sweep]) -> None:
    app = opened("compare")
    app.session_state["new_backbones"] = ["cifar-plain20-w8", "cifar-resnet21"]
    app.run()
    assert app.error[0].value == t("compare.unknown", names=escaped("cifar-resnet21"))
    app.session_state["new_backbones"] = ["cifar-plain20-w8"]
    app.session_state["new_weights"] = ["random"]
    app.run()
    assert list(app.dataframe[0].value["network"]) == ["cifar-plain20-w8"]
    app.button(key="compare_start").click().run()
    assert not app.exception
    assert [run.recipe().network for run in submitted[0].runs] == ["cifar-plain20-w8"]


def test_the_estimate_is_the_sum_of_the_probes(submitted: list[Sweep]) -> None:
    app = opened("compare")
    app.slider(key="new_seeds").set_value(3).run()
    told = until(app, lambda shown: "runs: 9" in shown)
    recipe = sweep.RECIPE.changed(data="digits", limit=None)
    seconds = 3 * 3 * (START_S + probe.seconds(recipe, Speed(1000, 3000, 5000), 1438, 359))
    assert t("compare.estimate", time=f"{seconds / 60:.0f} min", count=9) in told or f"{seconds:.0f} s" in told


def test_unsupported_input_size_is_reported_before_the_start(
    submitted: list[Sweep], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(name: str, image_px: int) -> None:
        if (name, image_px) == ("squeezenet1_1", 32):
            raise RecipeError("errors.backbone_size", network=name, size=image_px, allowed="64")

    monkeypatch.setattr(trial, "check", check)
    app = opened("compare")
    app.multiselect(key="new_weights").set_value(["random"]).run()
    app.multiselect(key="new_backbones").set_value(["squeezenet1_1"]).run()
    assert app.info[0].value == t("compare.nothing_left")
    app.multiselect(key="new_sizes").set_value([32, 64]).run()
    assert list(app.dataframe[0].value["image_px"]) == [64]
    assert escaped(t("errors.backbone_size", network="squeezenet1_1", size=32, allowed="64")) in words(app)


def test_nothing_chosen_and_nothing_left(submitted: list[Sweep]) -> None:
    app = opened("compare")
    app.multiselect(key="new_weights").set_value([]).run()
    assert app.info[0].value == t("compare.choose_some")
    app.multiselect(key="new_weights").set_value(["upstream"]).run()
    app.multiselect(key="new_backbones").set_value(["squeezenet1_1"]).run()
    assert app.info[0].value == t("compare.nothing_left")
    assert not [button for button in app.button if button.key == "compare_start"]


def test_a_recipe_brings_its_numbers(submitted: list[Sweep]) -> None:
    app = opened("compare")
    app.selectbox(key="new_base").select("fast").run()
    assert app.slider(key="new_epochs").value == 10
    assert app.select_slider(key="new_lr").value == 0.1
    app.selectbox(key="new_base").select("laptop").run()
    assert t("compare.frozen", epochs=1) in words(app)
    app.button(key="compare_start").click().run()
    assert {(run.recipe().freeze_epochs, run.recipe().optimizer) for run in submitted[0].runs} == {(1, "sgd")}


def test_published_weights_that_are_missing_are_named(
    submitted: list[Sweep], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    app = opened("compare")
    app.multiselect(key="new_backbones").set_value(["squeezenet1_1"]).run()
    app.multiselect(key="new_weights").set_value(["imagenet"]).run()
    assert "squeezenet1" in app.info[0].value
    assert app.button(key="compare_get")


def test_limits_are_shown_before_the_start_and_a_rejected_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(plan: Sweep) -> None:
        raise RunError("errors.run_too_many_epochs", epochs=5, limit="1")

    monkeypatch.setenv("EXPLORER_MAX_QUEUED", "1")
    monkeypatch.setattr(sweep, "submit", refuse)
    app = opened("compare")
    assert app.warning[0].value == t("compare.queue_room", room=2, count=3)
    app.button(key="compare_start").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert (store.list_runs(), sweep.list_sweeps()) == ([], [])


def test_a_cluster_is_sent_what_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.runs import ray_cluster

    sent: list[tuple[str, str]] = []
    monkeypatch.setenv("EXPLORER_RAY_ADDRESS", "ray-head:6379")
    monkeypatch.setattr(ray_cluster, "submit", lambda plan, address: sent.append((plan.name, address)))
    app = opened("compare")
    assert t("compare.on_cluster", address=escaped("ray-head:6379")) in words(app)
    app.text_input(key="new_name").set_value("mine").run()
    app.button(key="compare_start").click().run()
    assert sent == [("mine", "ray-head:6379")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_damaged_answers_of_one_run_hide_no_other(ended: Sweep, language: str) -> None:
    damaged = ended.runs[0]
    (damaged.path / store.PREDICTIONS).write_bytes(b"damaged")
    app = opened("compare", lang=language)
    assert not app.error
    assert not app.exception
    shown = words(app)
    assert escaped(t("errors.run_unreadable", language, run=damaged.id, reason=store.PREDICTIONS)) in shown
    assert t("compare.no_pair", language) in shown, "only one has answers"
    assert t("compare.curves", language) in shown
    assert list(app.dataframe[0].value[t("report.column_seeds", language)]) == ["1 / 1", "1 / 1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_comparison_that_has_ended(ended: Sweep, language: str) -> None:
    app = opened("compare", lang=language)
    assert not app.error
    assert app.query_params["comparison"] == ended.id
    table = app.dataframe[0].value
    assert set(table[t("report.column_network", language)]) == {"shufflenet_v2_x1_0", "squeezenet1_1"}
    assert list(table[t("report.column_seeds", language)]) == ["1 / 1", "1 / 1"]
    shown = words(app)
    for key in ("curves", "pair", "pictures", "agreement", "about"):
        assert t(f"compare.{key}", language) in shown
    assert t("report.cost", language) in shown
    assert app.warning[0].value == escaped(t("report.caution_none_pretrained", language))
    assert list(table[t("report.column_parameters", language)]) == [0.727626, 1.263854], "millions, of ten classes"
    app.button_group(key="compare_cost").set_value("multiply_adds").run()
    app.button_group(key="compare_of").set_value("test_loss").run()
    assert not app.exception
    app.text_input(key="report_name").set_value("Ana <b>").run()
    assert app.session_state["report_author"] == {"name": "Ana <b>"}
    app.text_input(key="report_name").set_value("").run()
    assert app.session_state["report_author"] == {"name": ""}
    shared = {"data": t("finetune.digits", language), "freeze_bn": t("recipe.value_no", language), "lr": "0.001",
              "test_limit": t("recipe.value_all", language)}  # fmt: skip
    colon = {"en": ": ", "zh": "："}[language]
    for name, value in shared.items():
        assert escaped(f"{t(f'recipe.{name}', language)}{colon}{value}") in shown
    assert len(app.get("vega_lite_chart")) == 4
    assert any("data:image/png" in each.proto.body for each in app.get("html")), "the digits that they differ on"
    app.selectbox(key="compare_b").set_value(app.selectbox(key="compare_a").value).run()
    assert app.info[0].value == t("compare.same", language)


def test_a_comparison_runs_to_its_end_is_stopped_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "submit", lambda plan: [worker.submit(run) for run in plan.runs])
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    plan = sweep.create(sweep.comparison_recipes(SMALL, ["resnet18"], ["random"], [0, 1]), "two seeds")
    app = opened("compare", comparison=plan.id)
    assert t("compare.no_epochs") in words(app)
    assert escaped(plan.created[:16].replace("T", " ")) in [part.value for part in app.markdown], "what is known yet"
    app.button(key="compare_go_on").click().run()
    assert [store.status(run).state for run in plan.runs] == ["queued", "queued"]
    app.button(key="compare_stop").click().run()
    assert [store.status(run).state for run in plan.runs] == ["stopped", "stopped"]
    app.button(key="compare_forget").click().run()
    assert not app.exception
    assert sweep.list_sweeps() == []
    assert len(store.list_runs()) == 2, "the runs stay"


def test_stored_comparison_is_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "is_there", lambda: True)
    monkeypatch.setattr(stored, "comparison", lambda: many(17))
    app = opened("compare")
    assert app.selectbox(key="comparison").value == "stored"
    assert len(app.dataframe[0].value) == 17
    assert t("compare.no_pictures_stored") in words(app), "no CIFAR-10 here"
    assert app.code[0].value == many(17).command
    labels = {button.proto.label for button in app.get("download_button")} - {"PNG", "SVG", "CSV"}  # the charts'
    assert labels == {t("compare.csv"), t("compare.html")}
    assert not app.warning, "several of them are pretrained"
    app.button_group(key="compare_over").set_value("seconds").run()
    assert app.query_params["compare_over"] == "seconds"
    app.button(key="compare_new").click().run()
    assert app.selectbox(key="comparison").value == "new"


def test_a_new_comparison_is_a_link() -> None:
    asked = {
        "backbones": "squeezenet1_1 cifar-plain20-w8",
        "weights": "random",
        "sizes": "64",
        "seeds": "2",
        "lr": "0.002",
    }
    app = opened("compare", comparison="new", **{f"new_{name}": value for name, value in asked.items()})
    listed = app.dataframe[0].value
    assert [tuple(row) for row in listed[["network", "image_px", "seeds"]].to_numpy()] == [
        ("squeezenet1_1", 64, 2), ("cifar-plain20-w8", 64, 2),
    ]  # fmt: skip
    assert app.select_slider(key="new_lr").value == 0.002
    app.selectbox(key="new_base").select("fast").run()
    assert app.select_slider(key="new_lr").value == 0.1, "another recipe has numbers of its own"
