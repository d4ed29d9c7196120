"""The page Runs in Streamlit's AppTest: its table, and the effect of each button on the runs' folder."""

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, t
from explorer.runs import checkpoints, store, sweep, worker
from explorer.runs.events import Writer
from explorer.runs.store import Parent, Run
from explorer.training.recipe import Recipe
from explorer.ui.layout import navigation
from tests.ui.test_pages import opened, words

RECIPE = Recipe(data="digits", weights="random", epochs=2, freeze_epochs=1, unfreeze_lr=1e-3)

OPENING: dict[str, Any] = {
    "classes": ["0", "1"], "strip": [], "batches": 5, "train": 10, "test": 4, "data": "gone", "device_name": "CPU",
}  # fmt: skip

EPOCH: dict[str, Any] = {
    "train_loss": 1.5, "train_accuracy": 0.5, "test_loss": 1.5, "lr": 0.1, "seconds": 1.5, "frozen": False,
    "best": True, "strip": [],
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs; queued runs do not start."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    return tmp_path


def trained(name: str, accuracies: tuple[float, ...] = (0.25, 0.5), **more: Any) -> Run:
    """A finished run with a checkpoint of every epoch."""
    parent = more.pop("parent", None)
    run = store.create(RECIPE.changed(**more), name, parent=parent)
    checkpoints.save_checkpoint(run, {"model": torch.zeros(1)})
    with contextlib.closing(Writer(run.path)) as writer:
        writer.add("start", OPENING)
        for number, accuracy in enumerate(accuracies, start=parent.epoch + 1 if parent else 1):
            writer.add("epoch", {"epoch": number, "test_accuracy": accuracy, **EPOCH})
            checkpoints.keep_checkpoint(run, number)
        writer.add("end", {"reason": "finished" if len(accuracies) >= run.recipe().epochs else "stopped"})
    return run


def page(*chosen: Run | str, **link: str) -> AppTest:
    ids = ",".join(run if isinstance(run, str) else run.id for run in chosen)
    app = opened(lang=link.get("lang", "en"))
    app.session_state["runs_chosen"] = ids.split(",")
    app.switch_page(navigation.path("runs")).run()
    assert not app.exception
    return app


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def unfold(app: AppTest, key: str) -> AppTest:
    app.session_state[key] = True
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_runs_the_published_one_is_listed(root: Path, language: str) -> None:
    app = page(lang=language)
    assert [title.value for title in app.title] == [t("runs.title", language)]
    assert app.info[0].value == t("runs.none", language)
    table = app.dataframe[0].value
    assert list(table["name"]) == [t("runs.published", language)]
    assert table["last"][0] == pytest.approx(86.30)
    assert len(table["curve"][0]) == 40


def test_runs_are_listed_with_their_curves(root: Path) -> None:
    trained("first", (0.25, 0.75, 0.5), epochs=4, data="/a/path/to/=birds.zip")
    trained("second")
    store.set_note(trained("second"), "=1+1")
    table = page().dataframe[0].value
    again = store.list_runs()[0].about.created[5:16].replace("T", " ")
    assert list(table["name"]) == [f"second ({again})", "second", "first", t("runs.published")]
    assert list(table["curve"][2]) == [0.25, 0.75, 0.5]
    assert (table["last"][2], table["best"][2], table["time"][2]) == (50, 75, 4.5)
    assert (table["state"][2], table["epochs"][2]) == ("stopped in epoch 3", "3 / 4")
    assert table["state"][0] == "finished"
    assert table["data"][2] == "'=birds.zip", "no path of this server, and no formula"
    assert table["note"][0] == "'=1+1"


def test_no_two_columns_have_one_name(root: Path) -> None:
    names = ("laptop", "laptop", "laptop (2)", t("runs.diff_setting"), t("runs.published"))
    ids = [trained(name, lr=10.0**-number).id for number, name in enumerate(names)]
    columns = list(page(*ids).dataframe[1].value.columns)
    assert len(columns) == len(set(columns)) == 6


def test_place_in_the_queue_is_shown(root: Path) -> None:
    for name in ("first", "second"):
        worker.submit(store.create(RECIPE, name))
    assert list(page().dataframe[0].value["state"][:2]) == [
        "queued, position 2", "queued, position 1",
    ]  # fmt: skip


def test_folders_that_are_no_runs_are_listed_with_the_reason(root: Path) -> None:
    trained("mine")
    (root / "holiday <b>pictures").mkdir()
    (root / "newer").mkdir()
    (root / "newer" / "recipe.json").write_text('{"version": 99}', encoding="utf-8")
    app = page()
    assert len(app.dataframe[0].value) == 2
    assert "version 99" in words(app)
    assert r"holiday \<b\>pictures" in words(app).replace("\\\\", "\\")
    assert (root / "newer" / "recipe.json").exists()


def test_recipes_are_compared_field_by_field(root: Path) -> None:
    one, two = trained("one"), trained("two", lr=0.1, flip=0.0, freeze_bn=True)
    app = page(one, two)
    table = app.dataframe[1].value
    assert list(table.columns) == [t("runs.diff_setting"), "two", "one"]
    assert {tuple(row) for row in table.itertuples(index=False)} == {
        (t("recipe.lr"), "0.1", "0.001"),
        (t("recipe.flip"), "0", "0.5"),
        (t("recipe.freeze_bn"), "yes", "no"),
    }
    app = page(one, "published")
    assert t("recipe.data") in set(app.dataframe[1].value.iloc[:, 0])
    assert t("runs.unlike") in words(app), "digits and CIFAR-10"


def test_every_field_can_be_shown(root: Path) -> None:
    other = Recipe(
        network="resnet34", weights="cifar10", data="digits", classes=("0", "1"), image_size=64, batch_size=32,
        epochs=3, freeze_epochs=2, lr=0.1, unfreeze_lr=0.2, optimizer="sgd", weight_decay=0.1, schedule="cosine",
        label_smoothing=0.1, crop_padding=1, flip=0.1, brightness=0.1, contrast=0.1, saturation=0.1, hue=0.2,
        rotation=1, fixed_views=1, freeze_bn=True, best_by="validation", keep_every=1, limit=100,
        limit_per_class=10, test_limit=20, precision="float32", device="cpu", threads=1, seed=1,
        normalization="cifar10",
    )  # fmt: skip
    one, two = store.create(Recipe(), "one"), store.create(other, "two")
    table = page(one, two).dataframe[1].value
    assert len(table) == len(dataclasses.fields(Recipe))


def test_alike_runs_are_said_to_be_alike(root: Path) -> None:
    app = page(trained("one"), trained("two", (0.25, 0.75)))
    assert t("runs.diff_none") in words(app)
    assert t("runs.leads", name="two", accuracy=0.75, epoch=2) in words(app)


def test_any_two_runs_are_compared_in_words(root: Path) -> None:
    one, two = trained("one"), trained("two", (0.25, 0.75), lr=0.1, data="/secret/<b>birds")
    three = trained("three", (0.5,), lr=0.1)
    told = words(page(one, two, lang="zh"))
    assert t("difference.epochs_same", "zh", epochs=2) in told
    assert t("difference.end", "zh", a="two", b="one", a_accuracy=0.75, b_accuracy=0.5) in told
    assert t("difference.unlike", "zh") in told
    assert "secret" not in told
    assert "<b>" not in told.replace("\\<", "")
    app = page(one, two, three)
    app.selectbox(key="runs_first").set_value(three.id).run()
    app.selectbox(key="runs_second").set_value(one.id).run()
    assert t("difference.epochs", a="three", b="one", a_epochs=1, b_epochs=2) in words(app)


def test_runs_are_filtered_and_grouped(root: Path) -> None:
    single = trained("single", network="own:Net-1a2b3c4d")
    made = sweep.create([RECIPE.changed(lr=0.1), RECIPE.changed(lr=0.2, network="resnet34")], "rates", root)
    trained("cifar", (0.5,), data="cifar10")
    app = page(single)
    assert t("runs.hidden", names="single") not in words(app)

    def names() -> list[str]:
        return sorted(app.dataframe[0].value["name"])

    app.selectbox(key="runs_group").set_value("comparison").run()
    groups = dict(zip(app.dataframe[0].value["name"], app.dataframe[0].value["group"], strict=True))
    assert {groups[run.about().name] for run in made.runs} == {"rates (2)"}
    assert groups["cifar"] == groups["single"] == f"{t('runs.no_comparison')} (3)"
    app.selectbox(key="runs_group").set_value("network").run()
    assert (
        dict(zip(app.dataframe[0].value["name"], app.dataframe[0].value["group"], strict=True))["single"] == "Net (1)"
    )
    app.selectbox(key="runs_data").set_value("cifar10").run()
    assert names() == sorted(["cifar", t("runs.published")])
    assert t("runs.hidden", names="single") in words(app), "a filter does not undo a choice"
    app.selectbox(key="runs_state").set_value("stopped").run()
    assert names() == ["cifar"]
    app.text_input(key="runs_find").set_value("nothing like it").run()
    assert len(app.dataframe[0].value) == 0
    assert not app.exception
    assert {name: app.query_params[name] for name in ("runs_data", "runs_state", "runs_find", "runs_group")} == {
        "runs_data": "cifar10", "runs_state": "stopped", "runs_find": "nothing like it", "runs_group": "network",
    }  # fmt: skip


def test_a_run_is_renamed_and_noted(root: Path) -> None:
    run = trained("one")
    app = page(run)
    app.text_input(key=f"name_{run.id}").set_value("<b>*bold*").run()
    app.text_area(key=f"note_{run.id}").set_value("Try a higher rate").run()
    assert not app.exception
    assert (run.about().name, run.about().note) == ("<b>*bold*", "Try a higher rate")
    assert app.dataframe[0].value["name"][0] == "<b>*bold*"
    assert "<b>" not in words(app).replace("\\<", "")


def test_deleted_runs_come_back(root: Path) -> None:
    one, two = trained("one"), trained("two", lr=0.1)
    app = click(page(one, two), "delete_runs")
    assert store.list_runs() == []
    assert "Deleted: two, one." in words(app)
    click(app, "undo")
    assert {entry.run.id for entry in store.list_runs()} == {one.id, two.id}
    assert not [button for button in app.button if button.key == "undo"]
    assert len(app.dataframe) == 2, "both are chosen again, and compared"


def test_a_fork_goes_on_from_a_kept_epoch(root: Path) -> None:
    run = trained("one")
    app = unfold(page(run), "fork_shown")
    app.selectbox(key=f"fork_epoch_{run.id}").set_value(1).run()
    app.number_input(key=f"fork_epochs_{run.id}_1").set_value(5).run()
    app.select_slider(key=f"fork_unfreeze_lr_{run.id}").set_value(0.01).run()
    click(app, "fork")
    assert not app.error
    fork, before = store.list_runs()
    assert before.run == run
    assert fork.about.parent == Parent(run.id, 1)
    assert fork.recipe == run.recipe().changed(epochs=5, unfreeze_lr=0.01)
    assert fork.status.state == "queued"
    assert (fork.run.path / store.LAST).read_bytes() == checkpoints.kept_path(run, 1).read_bytes()
    assert t("runs.forked", name="one, from epoch 1") in app.success[0].value
    assert t("runs.family_help") in words(app)


def test_a_fork_that_is_refused_says_why(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained("one")
    monkeypatch.setenv("EXPLORER_MAX_EPOCHS", "1")
    app = click(unfold(page(run), "fork_shown"), "fork")
    assert "EXPLORER" in app.error[0].value


def test_a_run_without_kept_checkpoints_says_how_to_get_them(root: Path) -> None:
    app = unfold(page(store.create(RECIPE, "new")), "fork_shown")
    assert t("runs.fork_none") in words(app)


def test_a_stopped_run_is_resumed_and_taken_from_the_queue_again(root: Path) -> None:
    run = trained("one", (0.5,))
    app = click(page(run), "resume_run")
    assert store.status(run).place == 1
    click(app, "stop_run")
    assert store.status(run).state == "stopped"


def test_a_run_is_opened_on_the_fine_tune_page(root: Path, no_measuring: None) -> None:
    run = trained("one")
    trained("two")
    app = click(page(run), "open_on_finetune")
    assert app.title[0].value == t("finetune.title")
    assert app.session_state["run"] == run.id


def test_downloads_are_offered_when_unfolded(root: Path) -> None:
    run = trained("one")
    app = unfold(page(run), "downloads_shown")
    names = ("zip", "best", "last", "epochs", "steps", "script", "tensorboard")
    labels = {t(f"runs.download_{name}"): name in ("best", "last") for name in names}
    buttons = [button.proto for button in app.get("download_button") if button.proto.label not in ("PNG", "SVG", "CSV")]
    offered = {button.label: button.disabled for button in buttons}
    assert offered == labels, "weights that are not there yet cannot be asked for"


def test_older_runs_are_listed_when_asked_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "NEWEST", 2)
    runs = [trained(f"run {k}") for k in range(5)]
    newest_first = store.run_names()
    oldest = next(run for run in runs if run.id == newest_first[-1])

    def names(app: AppTest) -> set[str]:
        return set(app.dataframe[0].value["name"]) - {t("runs.published")}

    app = page()
    assert names(app) == {store.Run(root / name).about().name for name in newest_first[:2]}
    assert any("2 of 5" in caption.value for caption in app.caption)
    assert len(names(click(app, "runs_older"))) == 4
    assert len(names(click(app, "runs_older"))) == 5
    assert "runs_older" not in [button.key for button in app.button]
    assert oldest.about().name in names(page(oldest)), "a chosen run is listed, however old"


def test_an_old_run_opens_by_its_link(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "NEWEST", 1)
    for k in range(3):
        trained(f"run {k}")
    oldest = store.run_names()[-1]
    app = opened("finetune", run=oldest)
    assert app.session_state["run"] == oldest
