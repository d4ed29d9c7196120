"""The page Fine-tune in Streamlit's AppTest: from settings to a recipe to a run."""

import contextlib
import json
import shutil
import time
from pathlib import Path

import pytest
import torch
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from explorer.core import cores, files, settings
from explorer.core.errors import DataError, RunError
from explorer.core.i18n import LANGUAGES, t
from explorer.data import datasets, images
from explorer.models import registry
from explorer.runs import duration, store, worker
from explorer.runs.duration import START_S, Duration
from explorer.runs.events import EVENTS, Log, Writer
from explorer.runs.store import Run
from explorer.training import probe, schedules
from explorer.training.probe import Speed
from explorer.training.recipe import RECIPES, Recipe
from explorer.ui.finetune import estimate, preview, results
from explorer.ui.finetune import recipe_form as controls
from explorer.ui.words import escaped
from tests.hostile import corpus
from tests.ui.test_pages import opened, words

DIGIT = images.png(images.open_sample("digit-3").image)
PAIR = [(f"{name}/{k}.png", DIGIT) for name in ("cat", "dog") for k in range(5)]
SMALL = RECIPES["laptop"].changed(
    data="digits", classes=("0", "1"), limit=64, batch_size=32, epochs=2, precision="float32"
)


pytestmark = pytest.mark.usefixtures("no_measuring")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run on a few digits."""
    root = tmp_path_factory.mktemp("runs")
    run = store.create(SMALL, "small", root=root)
    assert worker.run(run)["reason"] == "finished"
    return root


def head(app: AppTest) -> str:
    """What the head says is or would be trained."""
    return " ".join(element.proto.body for element in app.get("html") if "head-facts" in element.proto.body)


def test_start_makes_a_run_of_what_the_sliders_say(started: list[Run]) -> None:
    app = opened("finetune")
    app.slider(key="recipe_epochs_widget").set_value(7).run()
    app.slider(key="recipe_freeze_epochs_widget").set_value(2).run()
    app.select_slider(key="recipe_lr_widget").set_value(0.002).run()
    app.button(key="start").click().run()
    assert not app.exception
    (run,) = started
    expected = RECIPES["laptop"].changed(data="digits", epochs=7, freeze_epochs=2, lr=0.002)
    assert run.recipe() == expected
    assert run.about().name == "laptop, epochs=7, freeze_epochs=2, lr=0.002"
    assert app.session_state["run"] == run.id


def test_ones_own_zip_is_learned_from_under_its_own_name_and_a_wrong_one_is_not_kept(started: list[Run]) -> None:
    app = opened("finetune")
    app.selectbox(key="recipe_data_widget").select("upload").run()
    assert "start" not in [each.key for each in app.button], "nothing starts with other pictures"
    app.file_uploader(key="own_zip").set_value(("no <b>.zip", b"no zip", "application/zip")).run()
    assert [error.value for error in app.error] == [escaped(t("errors.data_zip_damaged", file="no <b>.zip"))]
    folder = store.folder() / settings.UPLOADS
    assert list(folder.iterdir()) == []
    app.file_uploader(key="own_zip").set_value(("mine.zip", corpus.zipped(PAIR), "application/zip")).run()
    assert not app.error
    assert "mine.zip" in app.selectbox(key="recipe_data_widget").options
    assert any(word.startswith("**mine") and "8 training" in word for word in words(app).split("\n")), words(app)
    assert [box for box in app.warning if "3 gradient steps" in box.value]
    app.button(key="take_proposal").click().run()
    assert app.slider(key="recipe_epochs_widget").value == 30
    linked = app.query_params["data"]
    again = opened("finetune", data=linked[0] if isinstance(linked, list) else linked)
    assert again.selectbox(key="recipe_data_widget").value == app.selectbox(key="recipe_data_widget").value
    app.button(key="start").click().run()
    (run,) = started
    path = Path(run.recipe().data)
    assert (path.parent, path.suffix) == (folder.absolute(), ".zip")
    path.write_bytes(b"damaged since")
    with pytest.raises(DataError, match=r"mine\.zip"):
        datasets.load(run.recipe())


def test_a_slider_that_moves_just_before_the_click_counts(started: list[Run]) -> None:
    app = opened("finetune")
    app.slider(key="recipe_epochs_widget").set_value(7)
    app.button(key="start").click().run()  # both reach the app at once
    (run,) = started
    assert run.recipe().epochs == 7


def test_the_data_that_the_app_brings_can_be_looked_at() -> None:
    app = opened("finetune")
    assert "1,438 training images" not in words(app)
    app.session_state["data_card_shown"] = True
    app.run()
    assert not app.exception
    assert "**digits**: 10 classes, 1,438 training images, 359 test images" in words(app)


def test_visit_before_the_first_run_shows_no_error() -> None:
    app = opened("finetune")
    assert t("finetune.no_run") in [info.value for info in app.info]
    assert not app.toast


def test_a_named_recipe_sets_every_slider(started: list[Run]) -> None:
    app = opened("finetune")
    assert t("finetune.changed") not in words(app), "the app itself chose the digits, since CIFAR-10 is not here"
    app.slider(key="recipe_epochs_widget").set_value(7).run()
    assert t("finetune.changed") in words(app)
    app.button_group(key="recipe_name").set_value("fast").run()
    assert app.slider(key="recipe_epochs_widget").value == RECIPES["fast"].epochs
    app.button(key="start").click().run()
    assert started[0].recipe() == RECIPES["fast"].changed(data="digits")


def test_all_settings_can_be_changed(started: list[Run]) -> None:
    app = opened("finetune")
    app.session_state["all_settings"] = True
    app.run()
    assert not app.exception
    drawn = {*controls.GROUPS["course"], *controls.GROUPS["data"], *controls.GROUPS["augment"],
             *controls.GROUPS["machine"], "data", "epochs", "freeze_epochs", "lr", "unfreeze_lr"}  # fmt: skip
    assert drawn == set(controls.FIELDS) - {"classes"}
    app.selectbox(key="recipe_optimizer_widget").select("adamw").run()
    app.number_input(key="recipe_limit_widget").set_value(500).run()
    app.toggle(key="recipe_freeze_bn_widget").set_value(False).run()
    assert not app.error, "fixed views need frozen statistics: there are none without"
    app.button(key="start").click().run()
    recipe = started[0].recipe()
    assert (recipe.optimizer, recipe.limit, recipe.freeze_bn, recipe.fixed_views) == ("adamw", 500, False, 0)


def test_the_tutorials_weights_are_offered_or_replaced(
    started: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    app = opened("finetune")
    app.button_group(key="recipe_name").set_value("tutorial").run()
    assert "resnet18" in app.info[0].value
    assert not [button for button in app.button if button.key == "start"]
    next(b for b in app.button if b.label == t("finetune.instead_upstream")).click().run()
    app.button(key="start").click().run()
    assert started[0].recipe() == RECIPES["tutorial"].changed(weights="upstream", data="digits")


def test_another_backbone_is_chosen(started: list[Run]) -> None:
    app = opened("finetune")
    app.session_state["all_settings"] = True
    app.run()
    app.selectbox(key="recipe_network_widget").set_value("vit_b_16").run()
    assert app.selectbox(key="recipe_weights_widget").options == [
        t("bar.weights_imagenet"),
        t("bar.weights_random"),
    ]
    assert "85.7 M parameters" in words(app)
    assert "only these sizes: 32, 48, 64" in words(app)
    app.selectbox(key="recipe_weights_widget").set_value("random").run()
    app.button(key="start").click().run()
    assert not app.exception
    assert (started[0].recipe().network, started[0].recipe().weights) == ("vit_b_16", "random")


def test_a_size_that_a_backbone_cannot_take_is_said() -> None:
    app = opened("finetune")
    app.session_state["recipe"] = {**app.session_state["recipe"], "network": "vit_b_16", "image_size": 40}
    app.run()
    assert "does not accept images of 40 px" in app.error[0].value
    assert not [button for button in app.button if button.key == "start"]


NEEDS_TIMM = pytest.mark.skipif(not registry.has_timm(), reason="timm is not installed")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        pytest.param("timm:no_such", False, marks=NEEDS_TIMM),
        pytest.param("timm:test_vit", True, marks=NEEDS_TIMM),
        ("cifar-resnet21", False),
        ("cifar-plain20-w8", True),
    ],
)
def test_a_network_by_its_name_as_typed(name: str, known: bool, started: list[Run]) -> None:
    app = opened("finetune")
    app.session_state["recipe"] = {**app.session_state["recipe"], "network": name, "weights": "random"}
    app.session_state["all_settings"] = True
    app.run()
    assert not app.exception
    assert app.selectbox(key="recipe_network_widget").value == name
    if known:
        app.button(key="start").click().run()
        assert (started[0].recipe().network, started[0].recipe().weights) == (name, "random")
    else:
        assert all(escaped(name) in error.value for error in app.error)
        assert app.error
        assert not [button for button in app.button if button.key == "start"]


def test_unknown_network_cannot_be_started() -> None:
    app = opened("finetune")
    app.session_state["recipe_network_widget"] = "vit"  # typed, then Enter
    app.session_state["all_settings"] = True
    app.run()
    assert [error.value for error in app.error] == [t("backbones.unknown", name="vit")]
    assert not [button for button in app.button if button.key == "start"]
    app.session_state["recipe_network_widget"] = "resnet18"
    app.run()
    assert not app.error


def test_a_run_of_any_network_can_be_opened(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(finished))
    (listed,) = store.list_runs()
    file = listed.run.path / store.RECIPE
    before = file.read_text(encoding="utf-8")
    try:
        file.write_text(SMALL.changed(network="squeezenet1_1", weights="random").to_json(), encoding="utf-8")
        app = opened("finetune", run=listed.run.id)
        assert not app.exception
        assert [button for button in app.button if button.key == "open_run"]
    finally:
        file.write_text(before, encoding="utf-8")


def test_a_refusal_is_a_sentence_and_the_page_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(run: Run) -> None:
        raise RunError("errors.run_queue_full", limit="20")

    monkeypatch.setattr(worker, "submit", full)
    app = opened("finetune")
    app.button(key="start").click().run()
    assert not app.exception
    assert "EXPLORER_MAX_QUEUED" in app.error[0].value.replace("\\", "")


def test_the_estimate_is_the_probes(started: list[Run]) -> None:
    app = opened("finetune")
    for _ in range(50):
        if "measuring" not in words(app).lower():
            break
        time.sleep(0.1)
        app.run()
    recipe = RECIPES["laptop"].changed(data="digits")
    seconds = START_S + probe.seconds(recipe, Speed(1000, 3000, 5000), 1438, 359)
    time_words = t("finetune.seconds", seconds=seconds)
    assert f"About {time_words} on this machine" in words(app)
    assert t("finetune.head_takes", time=time_words) in head(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finished_run_shows_what_it_came_to(finished: Path, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(finished))
    (entry,) = store.list_runs()
    app = opened("finetune", run=entry.run.id, lang=language)
    assert not app.error
    last = entry.epochs[-1]
    said = words(app)
    assert t("finetune.head_data", language, data=t("finetune.digits", language), train=64, test=72) in head(app)
    assert f"{last['test_accuracy']:.1%}" in said
    assert t("finetune.bn_freeze", language) in said
    assert t("finetune.mistakes", language) in said
    app.session_state["expert"] = True
    app.session_state["code_shown"] = True
    app.run()
    assert not app.exception
    assert not next(each for each in app.get("download_button") if each.key == "download_best").proto.disabled
    assert t("finetune.not_captured", language, why=t("finetune.why_device", language)) in words(app)
    assert "torchvision.models.resnet18" in app.code[0].value


def test_curves_have_options_and_the_run_is_there_as_text(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(finished))
    (entry,) = store.list_runs()
    other = store.create(SMALL, "<b>other</b>", root=finished)
    shutil.copy(entry.run.path / EVENTS, other.path / EVENTS)
    try:
        app = opened("finetune", run=entry.run.id, beside=other.id, smoothing="none")
        assert app.selectbox(key="beside").value == other.id
        app.toggle(key="log_loss").set_value(True).run()
        assert {name: app.query_params[name] for name in ("beside", "smoothing", "log_loss")} == {
            "beside": other.id, "smoothing": "none", "log_loss": "1",
        }  # fmt: skip
        accuracy, loss = (json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")[:2])
        named = next(layer["encoding"]["color"]["scale"] for layer in loss["layer"] if "color" in layer["encoding"])
        assert named["domain"][-1] == t("finetune.of_other", name="<b>other</b>")
        assert next(y["scale"]["type"] for layer in loss["layer"] if "scale" in (y := layer["encoding"].get("y", {})))
        assert accuracy["params"][0]["select"]["nearest"]
        app.session_state["printout_shown"] = True
        app.run()
        assert not app.exception
        lines = app.code[0].value.splitlines()
        assert lines[0] == t("printout.frozen", frozen=11_176_512, total=11_177_538), "ResNet18 with two classes"
        assert lines[-1] == t("printout.end", test=entry.epochs[-1]["test_accuracy"])
    finally:
        store.delete(other)


def test_a_runs_weights_open_on_every_page(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(finished))
    (entry,) = store.list_runs()
    app = opened("predict", weights=f"run:{entry.run.id}", picture="digit-3")
    assert not app.error
    assert "Fine-tuned with this app" in words(app)
    assert "best.safetensors" in words(app).replace("\\", "")
    assert app.selectbox(key="weights").options[-2] == "small"


@pytest.mark.parametrize("name", ["../..", "/etc", "none", ""])
def test_a_link_to_no_run_falls_back(finished: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(finished))
    app = opened("finetune", run=name)
    assert not app.exception
    assert app.session_state["run"] == ""


def test_untrusted_end_event_is_shown_safely(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(finished))
    run = store.create(SMALL, "<b>bad</b>", root=finished)
    lines = [{"kind": "end", "reason": "failed", "key": "errors.diverged", "values": {"epoch": "{0.__class__}"}}]
    (run.path / EVENTS).write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    app = opened("finetune", run=run.id)
    assert not app.exception
    assert app.error[0].value == t("errors.run_crashed")
    assert not [m for m in app.markdown if "<b>bad" in m.value]
    store.delete(run)


def test_the_summary_is_honest() -> None:
    recipe = Recipe(epochs=3, freeze_epochs=1)
    epochs = [
        {"epoch": k, "frozen": k == 1, "train_accuracy": train, "test_accuracy": test, "seconds": 30.0}
        for k, train, test in ((1, 0.30, 0.34), (2, 0.50, 0.70), (3, 0.60, 0.65))
    ]
    said = results.summary(recipe, epochs, {"device_name": "AMD EPYC"})
    assert "After epoch 3, 2 min (AMD EPYC): test accuracy 65.0%, training accuracy 60.0%" in said
    assert "The best epoch was epoch 2 with 70.0%" in said
    assert "went from 34.0% to 70.0%" in said
    assert "Training accuracy is below test accuracy" in said
    assert "86.3% from ImageNet weights (epochs: 40)" in said
    plain = results.summary(recipe.changed(data="digits", freeze_epochs=0), epochs[1:], {"device_name": "x"})
    assert "tutorial" not in plain
    assert "unfreez" not in plain


def test_the_widgets_offer_what_a_recipe_allows() -> None:
    for name, options in controls.SIZES.items():
        allowed = controls.FIELDS[name].metadata["allowed"]
        assert allowed.low <= min(options)
        assert max(options) <= allowed.high
    assert list(controls.RATES) == sorted(controls.RATES)


def test_the_servers_own_class_folders_are_offered(
    started: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("circle", "square"):
        (tmp_path / "shapes" / name).mkdir(parents=True)
        (tmp_path / "shapes" / name / "a.png").write_bytes(images.png(images.open_sample("digit-3").image))
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "shapes"))
    app = opened("finetune")
    app.selectbox(key="recipe_data_widget").select("shapes").run()
    app.button(key="start").click().run()
    assert started[0].recipe().data == str(tmp_path / "shapes")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_killed_run_says_by_what_and_can_go_on(language: str, started: list[Run]) -> None:
    """A run killed while resuming from its second-to-last checkpoint, because the last was damaged."""
    run = store.create(SMALL, "short of memory")
    opening = {"classes": ["0", "1"], "strip": [], "batches": 2, "train": 64, "data": "", "device_name": "CPU"}
    with contextlib.closing(Writer(run.path)) as writer:
        writer.add("warning", {"key": "errors.run_fell_back", "values": {}})
        writer.add("resume", {**opening, "epoch": 2, "seen": 32, "iteration": 3})
    with (run.path / EVENTS).open("a", encoding="utf-8") as file:
        file.write('{"kind": "ba\n')
    files.write_json(run.path / store.WORKER, {"pid": 1, "created": 0.0, "device": "cpu", "signal": 9})
    app = opened("finetune", run=run.id, lang=language)
    assert not app.exception
    assert escaped(t("finetune.state_killed", language, signal=9, epoch=2, iteration=3)) in words(app)
    assert [warning.value for warning in app.warning] == [escaped(t("errors.run_fell_back", language))]
    assert t("finetune.killed_help", language) in [info.value for info in app.info]
    assert t("finetune.skipped", language, count=1) in [caption.value for caption in app.caption]
    next(button for button in app.button if button.label == t("finetune.resume", language)).click().run()
    assert started == [run]
    files.write_json(run.path / store.STOP, {"pid": 1, "asked_s": 0.0})
    app = opened("finetune", run=run.id, lang=language)
    assert t("finetune.killed_help", language) not in [info.value for info in app.info], "its reader stopped it"


def asked(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def test_the_settings_are_a_link() -> None:
    app = opened("finetune", recipe_name="fast", settings='{"lr": 0.02, "epochs": 7, "hue": 0}')
    assert app.select_slider(key="recipe_lr_widget").value == 0.02
    assert app.slider(key="recipe_epochs_widget").value == 7
    app.select_slider(key="recipe_lr_widget").set_value(0.05).run()
    assert json.loads(asked(app, "settings")) == {"lr": 0.05, "epochs": 7}
    assert asked(app, "recipe_name") == "fast"


@pytest.mark.parametrize(
    "settings",
    [
        "x",
        "[]",
        '{"lr": 1e999}',
        '{"epochs": "7"}',
        '{"data": "/etc"}',
        '{"weights": "/etc/passwd"}',
        '{"network": "?"}',
    ],
)
def test_what_no_recipe_has_is_not_taken_from_a_link(settings: str) -> None:
    app = opened("finetune", settings=settings)
    assert not app.error
    assert controls.make_recipe(app.session_state["recipe"]) == RECIPES["laptop"].changed(data="digits")


class SlowBrowser:
    """A browser that missed the messages with the widgets' values, and sends what it shows instead.

    It shows a widget's default, or nothing.
    """

    def __init__(self, app: AppTest) -> None:
        self.states = WidgetStates()
        for widget in (*app.select_slider, *app.slider, *app.number_input):
            state = self.states.widgets.add(id=widget.proto.id)
            if widget.type == "select_slider":
                state.string_array_value.data[:] = [widget.proto.options[int(k)] for k in widget.proto.default]
            elif widget.type == "slider":
                state.double_array_value.data[:] = widget.proto.default
            elif widget.proto.HasField("default"):
                state.double_value = widget.proto.default
        for widget in app.button_group:
            self.states.widgets.add(id=widget.proto.id).string_array_value.SetInParent()
        for widget in app.selectbox:
            state = self.states.widgets.add(id=widget.proto.id)
            if widget.proto.HasField("default"):
                state.string_value = widget.proto.options[widget.proto.default]
        for widget in app.toggle:
            self.states.widgets.add(id=widget.proto.id, bool_value=widget.proto.default)


def test_an_empty_widget_is_not_taken_for_a_choice() -> None:
    settings = {"lr": 0.02, "unfreeze_lr": 3e-4, "epochs": 7, "freeze_epochs": 2, "optimizer": "adamw",
                "batch_size": 64, "limit": None, "hue": 0.05}  # fmt: skip
    app = opened("finetune", recipe_name="fast", settings=json.dumps(settings))
    app.session_state["all_settings"] = True
    app.run()
    app.run()  # the first messages are lost
    before, network = dict(app.session_state["recipe"]), app.session_state["network"]
    assert {name: before[name] for name in settings} == settings
    app._run(SlowBrowser(app).states)
    assert not app.exception
    assert app.session_state["recipe"] == before
    assert app.session_state["recipe_name"] == "fast"
    assert app.session_state["network"] == network
    states = SlowBrowser(app).states
    for state in states.widgets:  # nothing at all
        if state.WhichOneof("value") == "string_array_value":
            state.string_array_value.data[:] = []
    app._run(states)
    assert not app.exception
    assert app.session_state["recipe"] == before


def test_rates_and_epochs_are_typed_as_people_write_them(started: list[Run]) -> None:
    app = opened("finetune")
    for typed, rate in (("3e-4", 3e-4), ("０．０２", 0.02), ("0,05", 0.05), ("３Ｅ－４", 3e-4)):
        app.text_input(key="recipe_lr_typed").set_value(typed).run()
        assert not app.error
        assert app.select_slider(key="recipe_lr_widget").value == rate
    for wrong in ("fast", "20", "-1", "10⁻⁴", "<b>"):
        app.text_input(key="recipe_lr_typed").set_value(wrong).run()
        low_high = {"low": "1e-6", "high": "10", "value": "0.0003"}
        assert [each.value for each in app.error] == [t("finetune.typed_wrong", typed=escaped(wrong), **low_high)]
        assert app.select_slider(key="recipe_lr_widget").value == 3e-4
    app.text_input(key="recipe_lr_typed").set_value("").run()
    assert not app.error
    assert app.text_input(key="recipe_lr_typed").value == "0.0003"
    app.select_slider(key="recipe_lr_widget").set_value(0.01).run()
    assert app.text_input(key="recipe_lr_typed").value == "0.01"
    app.text_input(key="recipe_epochs_typed").set_value("２５０").run()
    app.text_input(key="recipe_freeze_epochs_typed").set_value("12").run()
    app.text_input(key="run_name").set_value(" my <b>run ").run()
    app.button(key="start").click().run()
    (run,) = started
    recipe = run.recipe()
    assert (recipe.lr, recipe.epochs, recipe.freeze_epochs, run.about().name) == (0.01, 250, 12, "my <b>run")
    assert app.text_input(key="run_name").value == "", "the next run is another one"


def test_a_session_watches_only_the_run_that_it_chose_and_stops_anothers_with_a_second_press(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    theirs = store.create(SMALL, "theirs <i>")
    worker.submit(theirs)
    app = opened("finetune")
    assert app.session_state["run"] == ""
    assert "run" not in app.query_params
    assert escaped("theirs <i>") in words(app)
    app.button(key=f"watch_{theirs.id}").click().run()
    assert asked(app, "run") == theirs.id
    app.button(key="stop").click().run()
    assert list(store.waiting(theirs.root)) == [theirs.id]
    assert t("finetune.stop_anothers") in words(app)
    app.button(key="stop_no").click().run()
    app.button(key="stop").click().run()
    app.button(key="stop_yes").click().run()
    assert not app.exception
    assert list(store.waiting(theirs.root)) == []
    app.button(key="resume").click().run()
    app.button(key="stop").click().run()
    assert list(store.waiting(theirs.root)) == [], "this session resumed it"
    app.button(key="close_run").click().run()
    assert app.session_state["run"] == ""


def test_the_data_set_survives_a_reload_without_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("circle", "square"):
        for part in ("served", "mine"):
            (tmp_path / part / name).mkdir(parents=True)
            for k in range(5):
                (tmp_path / part / name / f"{k}.png").write_bytes(DIGIT)
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "served"))
    of_run = store.create(SMALL.changed(data=str(tmp_path / "mine"), classes=()), "from the command line")
    app = opened("finetune", run=of_run.id)
    app.button(key="duplicate_run").click().run()
    app.button(key="close_run").click().run()
    assert app.selectbox(key="recipe_data_widget").value == str(tmp_path / "mine")
    for part in ("mine", "served", "digits"):
        wanted = part if part == "digits" else str(tmp_path / part)
        app.selectbox(key="recipe_data_widget").set_value(wanted).run()
        assert not app.error
        assert str(tmp_path.name) not in asked(app, "data")
        again = opened("finetune", data=asked(app, "data"))
        assert again.selectbox(key="recipe_data_widget").value == wanted
        assert not again.toast
    assert "data" in opened("finetune", data="no-such").toast[0].value


def test_the_preview_has_the_rates_and_the_augmentation_of_the_run(finished: Path) -> None:
    (run,) = (entry.run for entry in store.list_runs(finished))
    log = Log(run.path)
    log.update()
    rates = [rate for _, rate in schedules.planned_rates(SMALL, batches=2)]
    assert log.batches["lr"] == pytest.approx(rates)
    names, plain = preview._examples("digits", 0, (), 32)
    assert plain.shape == (12, 3, 32, 32)
    assert names == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "1"], "the first of scikit-learn's"
    still = SMALL.changed(crop_padding=0, flip=1.0)
    assert torch.equal(preview.augmented(still, plain, 0), plain.flip(3) / 255)
    drawn = [preview.augmented(SMALL, plain, seed) for seed in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    app = opened("finetune")
    before = [each.proto.body for each in app.get("html") if "pairs" in each.proto.body]
    app.button(key="another_draw").click().run()
    assert before != [each.proto.body for each in app.get("html") if "pairs" in each.proto.body]


def test_a_run_of_the_same_work_tells_the_time_and_a_busy_measurement_is_repeated(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = store.list_runs(finished)
    frozen, learning = (epoch["seconds"] for epoch in entry.epochs)
    longer = SMALL.changed(epochs=11, lr=0.5, seed=3)
    told = duration.from_runs(longer, [entry])
    assert told is not None
    assert (told.seconds, told.source) == (pytest.approx(START_S + frozen + 10 * learning), "run")
    assert duration.from_runs(SMALL.changed(batch_size=16), [entry]) is None

    busy, calls = [True], list[bool]()

    def measured(*_: object) -> Duration:
        calls.append(busy[0])
        return Duration(9.0 if busy[0] else 3.0, "busy" if busy[0] else "measured")

    monkeypatch.setattr(duration, "measure", measured)
    monkeypatch.setattr(cores.Load, "ENOUGH_S", -1.0)
    monkeypatch.setattr(cores.Load, "is_busy", lambda *_: busy[0])
    for _ in range(2):
        (waited,) = estimate.estimates([longer], 10, 10)
        assert waited.result().seconds == 9.0
    assert estimate.was_busy([waited]) == t("finetune.estimate_was_busy")
    busy[0] = False
    for _ in range(2):
        (waited,) = estimate.estimates([longer.changed(weights="random")], 10, 10)
        assert waited.result().seconds == 3.0
    assert estimate.was_busy([waited]) == ""
    assert calls == [True, False], "measured again once the machine was quiet, and only then"
    monkeypatch.setattr(worker, "is_idle", lambda: False)
    assert estimate.estimates([longer.changed(batch_size=16)], 10, 10) == [], "nothing is measured beside a run"


def test_the_time_left_counts_slower_epochs_to_come() -> None:
    # 2 frozen epochs of 1 s and 3 of 4 s expected; the machine is twice as slow: 2 * (0.5 + 1) and 3 * 8 s are left.
    assert duration.seconds_left([1, 1, 4, 4, 4], 0.5, 2.0) == pytest.approx(27)
    assert duration.seconds_left([2, 0, 4], 1.5, 9.0, [6.0]) == pytest.approx(12), "an epoch on cached features"
    assert duration.seconds_left([1, 1], 2.0, 1.0, [1, 1]) == 0
