"""Pages of a public server: a session sees its own and linked runs, and no folder of the server."""

import io
from pathlib import Path

import pytest
import streamlit as st
import torch
import torchvision
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from explorer.core import files, settings
from explorer.core.errors import RunError
from explorer.core.i18n import LANGUAGES, t
from explorer.data import images
from explorer.models.checkpoint import CONVERSION
from explorer.runs import store, sweep, worker
from explorer.runs.store import Run
from explorer.training import probe
from explorer.training.probe import Speed
from explorer.training.recipe import RECIPES, Recipe
from explorer.ui.layout import navigation
from explorer.ui.state import access_control, memory
from explorer.ui.words import escaped
from tests.hostile import corpus
from tests.ui.test_pages import opened, words
from tests.ui.test_runs_page import trained

pytestmark = pytest.mark.usefixtures("public")


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    monkeypatch.setattr(probe, "measure", lambda *_: Speed(1000, 3000, 5000))
    monkeypatch.setattr(probe, "precision", lambda *_: "float32")
    memory.clear()


def listed(app: AppTest) -> set[str]:
    app.switch_page(navigation.path("runs")).run()
    assert not app.exception
    return set(app.dataframe[0].value["name"]) - {t("runs.published")}


def started() -> tuple[AppTest, Run]:
    """A session and its run."""
    before = {entry.run.id for entry in store.list_runs()}
    app = opened("finetune")
    app.button(key="start").click().run()
    assert not app.exception
    assert not app.error
    (run,) = [entry.run for entry in store.list_runs() if entry.run.id not in before]
    return app, run


def test_two_sessions_do_not_see_each_others_runs() -> None:
    first, mine = started()
    second, theirs = started()
    store.rename(mine, "mine")
    store.rename(theirs, "theirs")
    assert settings.is_secret(mine.id)
    assert first.query_params["run"] == mine.id
    assert listed(first) == {"mine"}
    assert listed(second) == {"theirs"}
    assert listed(opened()) == set()
    assert t("finetune.no_run") in opened("finetune").info[0].value


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_shows_its_run(language: str) -> None:
    run, other = trained("mine"), trained("other")
    app = opened("finetune", run=run.id, lang=language)
    assert not app.error
    assert app.session_state["run"] == run.id
    assert t("server.link", language) in words(app)
    app = opened("runs", runs=f"{run.id},{other.id}", lang=language)
    assert {"mine", "other"} <= set(app.dataframe[0].value["name"])
    assert t("server.listed", language) in words(app)


def test_a_link_lasts_for_its_session() -> None:
    run = trained("mine")
    app = opened("finetune", run=run.id)
    app.query_params.clear()
    assert listed(app) == {"mine"}


def test_what_could_be_guessed_no_link_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLORER_PUBLIC")
    run = trained("before")
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    app = opened("finetune", run=run.id)
    assert app.session_state["run"] == ""
    assert listed(app) == set()


@pytest.mark.parametrize("link", ["../..", "/etc", "../../etc/passwd-0123456789abcdef", "a" * 5000])
def test_a_link_names_no_folder(link: str) -> None:
    for name in ("run", "runs", "weights", "data", "network"):
        app = opened("finetune", **{name: link})
        assert not app.error
        assert not app.session_state["run"]


def test_a_linked_run_goes_on_but_is_not_deleted() -> None:
    run = trained("mine", accuracies=(0.5,))
    app = opened("runs", runs=run.id)
    keys = {button.key for button in app.button}
    assert "resume_run" in keys
    assert "delete_run" not in keys
    assert not app.text_input
    app.button(key="resume_run").click().run()
    assert run.id in store.waiting(run.root)


def test_ones_own_run_is_renamed_and_deleted() -> None:
    app, run = started()
    app.session_state["runs_chosen"] = [run.id]
    app.switch_page(navigation.path("runs")).run()
    app.text_input(key=f"name_{run.id}").set_value("new").run()
    assert run.about().name == "new"
    app.button(key="delete_run").click().run()
    assert not app.exception
    assert not store.list_runs()
    app.button(key="undo").click().run()
    assert [entry.run.id for entry in store.list_runs()] == [run.id]


def test_weights_of_anothers_run_are_not_offered() -> None:
    run = trained("mine")
    files.write_atomically(run.path / store.BEST_WEIGHTS, b"weights")
    assert "mine" not in opened().selectbox(key="weights").options
    app = opened(weights=f"run:{run.id}")
    assert "mine" in app.selectbox(key="weights").options
    assert "mine" not in opened("features").selectbox(key="weights").options


@pytest.mark.parametrize("fields", [{"data": "/etc"}, {"weights": "/etc/passwd"}])
def test_a_recipe_with_a_path_is_not_started(fields: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.ui.finetune import recipe_form as controls

    def choose() -> Recipe:
        st.session_state.setdefault("recipe_name", "laptop")
        return RECIPES["laptop"].changed(**fields)

    monkeypatch.setattr(controls, "choose", choose)
    monkeypatch.setattr(controls, "default_run_name", lambda *_: "wrong")
    app = opened("finetune")
    app.button(key="start").click().run()
    assert not app.exception
    (field,) = fields
    assert any(f"the {field} of a recipe" in error.value for error in app.error)
    assert "ABORT" not in str(app), "no folder of the server is looked into"
    assert not store.list_runs()


def test_a_visitor_has_a_few_runs_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_PER_VISITOR", "1")
    app, run = started()
    assert t("server.limits", epochs=20, hours=1, per_visitor=1) in words(app)
    app.button(key="start").click().run()
    assert "EXPLORER_MAX_PER_VISITOR" in app.error[0].value.replace("\\", "")
    assert [entry.run for entry in store.list_runs()] == [run]
    started()  # another visitor


def test_going_on_by_a_link_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_PER_VISITOR", "1")
    app, run = started()
    worker.cancel(run)
    app.button(key="start").click().run()
    assert not app.error
    (second,) = store.waiting(run.root)
    for page, key in (("runs", "runs"), ("finetune", "run")):
        link = opened(page, **{key: run.id})
        button = next(each for each in link.button if each.label == t("finetune.resume"))
        button.click().run()
        assert "EXPLORER_MAX_PER_VISITOR" in link.error[0].value.replace("\\", "")
        assert list(store.waiting(run.root)) == [second]


def checkpoint(kind: str) -> bytes:
    state = torchvision.models.resnet18(num_classes=7).state_dict()
    if kind == "safetensors":
        return save(state)
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=kind == "pt")
    return buffer.getvalue()


def give(app: AppTest, name: str, content: bytes) -> None:
    app.file_uploader(key="checkpoint_widget").set_value((name, content, "")).run()
    assert not app.exception


@pytest.mark.parametrize("kind", ["pt", "legacy pt"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_uploaded_checkpoint_is_safetensors_whatever_its_name(language: str, kind: str) -> None:
    app = opened("predict", weights="own", lang=language)
    uploader = app.file_uploader(key="checkpoint_widget")
    assert (uploader.label, list(uploader.proto.type)) == (
        t("bar.own_help_public", language, code=CONVERSION),
        [".safetensors"],
    )
    give(app, "mine.safetensors", checkpoint(kind))
    assert [each.value for each in app.error] == [
        escaped(t("errors.public_safetensors", language, file="mine.safetensors", code=CONVERSION))
    ]
    assert "checkpoint" not in app.session_state
    give(app, "mine.safetensors", checkpoint("safetensors"))
    assert not app.error
    assert "mine" in words(app)


def test_among_friends_a_checkpoint_may_be_what_torch_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLORER_PUBLIC")
    app = opened("predict", weights="own")
    uploader = app.file_uploader(key="checkpoint_widget")
    suffixes = [".safetensors", ".pt", ".pth", ".th", ".ckpt", ".bin", ".tar"]
    assert (uploader.label, list(uploader.proto.type)) == (t("bar.own_help"), suffixes)
    give(app, "mine.pt", checkpoint("pt"))
    assert not app.error
    assert "mine" in words(app)


def test_links_name_two_hundred_runs_and_no_more() -> None:
    ids = [f"run-{number:016x}" for number in range(300)]
    app = opened("home", runs=",".join(ids))
    app.query_params["runs"] = f"{'x' * 1000}-{0:016x}"
    app.run()
    assert list(app.session_state["named_runs"]) == ids[:200]


def test_messages_have_no_folder_and_no_other_run(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = trained("theirs")

    def refused(root: Path | None = None) -> list[Run]:
        raise RunError("errors.run_unwritable", folder=str(theirs.path), reason="No space left on device")

    app = opened("finetune")
    monkeypatch.setattr(worker, "start_queued", refused)
    app.button(key="start").click().run()
    said = app.error[0].value
    assert "No space left on device" in said
    assert theirs.id not in said.replace("\\", "")
    assert str(theirs.root) not in said.replace("\\", "")
    monkeypatch.delenv("EXPLORER_PUBLIC")
    assert access_control.redact(theirs.id) == theirs.id, "among friends it may"


def test_no_page_shows_a_folder_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "server-data"))
    zipped = str(store.folder().absolute() / ".uploads" / f"{'0' * 64}.zip")
    run = trained("mine", data=zipped)
    plan = sweep.create([run.recipe(), run.recipe().changed(seed=1)], "ours")
    for page in ("home", "finetune", "runs", "compare"):
        app = opened(page, run=run.id, runs=run.id, comparison=plan.id)
        for box in ("machine_shown", "code_shown", "downloads_shown", "expert"):
            app.session_state[box] = True
        app.run()
        assert not app.exception
        assert str(tmp_path) not in str(app)
        assert str(tmp_path) not in " ".join(code.value for code in app.code)


def test_uploaded_pictures_are_listed_for_who_has_their_link_only() -> None:
    app = opened("finetune")
    app.selectbox(key="recipe_data_widget").select("upload").run()
    digit = images.png(images.open_sample("digit-3").image)
    zipped = corpus.zipped([(f"{name}/{k}.png", digit) for name in ("cat", "dog") for k in range(2)])
    app.file_uploader(key="own_zip").set_value(("mine.zip", zipped, "application/zip")).run()
    mine = app.selectbox(key="recipe_data_widget").value
    assert Path(mine).is_file()
    assert opened("finetune").selectbox(key="recipe_data_widget").options == [
        t("finetune.digits"), t("finetune.own_pictures"),
    ]  # fmt: skip
    assert opened("finetune", data=Path(mine).stem).selectbox(key="recipe_data_widget").value == mine
    assert opened("finetune", data="0" * 64).selectbox(key="recipe_data_widget").value == "digits"
