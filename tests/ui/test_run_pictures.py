"""Test pictures of a run on every page: their ids, the gallery, what a tile opens, and who may see them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.core.errors import ExplorerError, RunError
from explorer.core.i18n import LANGUAGES, t
from explorer.data import datasets
from explorer.runs import checkpoints, store, worker
from explorer.runs.store import Run
from explorer.training.recipe import RECIPES
from explorer.ui.finetune import tiles
from explorer.ui.layout import gallery, picture_picker
from explorer.ui.state import access_control, memory, run_pictures
from explorer.ui.words import escaped
from tests.ui.test_pages import opened, words

NAME = "three <b>or eight"
pytestmark = pytest.mark.usefixtures("no_measuring")

SMALL = RECIPES["laptop"].changed(data="digits", classes=("3", "8"), limit=32, batch_size=32, epochs=1, test_limit=20,
                                  precision="float32", image_size=32)  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = store.create(SMALL, NAME, root=tmp_path_factory.mktemp("runs"))
    assert worker.run(run)["reason"] == "finished"
    return run


@pytest.fixture
def run(finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of the run, with three answers made wrong: pictures 4, 11 and 7, in the order of their probability."""
    root = tmp_path / "runs"
    shutil.copytree(finished.root, root)
    monkeypatch.setenv("EXPLORER_RUNS", str(root))
    memory.clear()
    copied = store.find(finished.id)
    found = checkpoints.answers(copied, 2)
    assert found is not None
    found["predicted"], found["probability"] = found["label"].clone(), torch.full((20,), 0.9)
    for k, probability in ((4, 0.8), (7, 0.6), (11, 0.7)):
        found["predicted"][k], found["probability"][k] = 1 - found["label"][k], probability
    answers = type("Answers", (), {"labels": found["label"], **found})
    checkpoints.save_answers(copied, 1, ["3", "8"], answers)
    return copied


def labels(run: Run) -> list[int]:
    opening = store.summary(run).opening
    assert opening is not None
    test = datasets.cached_test(opening["data"], run.cache, run.recipe())
    assert test is not None
    return test.labels.tolist()


def test_a_picture_is_the_tests(run: Run) -> None:
    opening = store.summary(run).opening
    assert opening is not None
    test = datasets.cached_test(opening["data"], run.cache, run.recipe())
    assert test is not None
    picture = run_pictures.opened(f"run:{run.id}:7")[0]()
    assert (np.asarray(picture.image) == test.images[7].permute(1, 2, 0).numpy()).all()
    assert (picture.name, picture.label) == (f"{NAME} #7", ("3", "8")[int(test.labels[7])])


def test_the_gallery_has_the_mistakes_first(run: Run) -> None:
    found = run_pictures.gallery(run)
    assert [k for k, *_ in found] == [4, 11, 7, 0, 1, 2, 3, 5, 6, 8, 9, 10, *range(12, 20)]
    true = labels(run)
    for k, label, predicted, uri in found:
        assert label == ("3", "8")[true[k]]
        assert (label != predicted) == (k in (4, 7, 11))
        assert uri.startswith("data:image/")


@pytest.mark.parametrize(
    "asked", ["run:", "run::", "run:x", "run:x:1:2", "run:../x:1", "run:{}", "run:{}:", "run:{}:-1", "run:{}:1٣",
              "run:{}:99999999", "run:..:1", "run:.cache:1", "run:{}/../{}:1"],
)  # fmt: skip
def test_an_id_from_outside_names_no_path(asked: str, run: Run) -> None:
    with pytest.raises(RunError) as caught:
        run_pictures.opened(asked.replace("{}", run.id))
    assert caught.value.key == "errors.run_unknown"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_opens_a_test_picture_with_its_run(run: Run, language: str) -> None:
    app = opened("predict", network="resnet18", weights=f"run:{run.id}", picture=f"run:{run.id}:4", lang=language)
    assert not app.error
    assert not app.toast
    assert app.session_state["picture"] == f"run:{run.id}:4"
    shown = words(app)
    assert t("predict.true_label", language, label=("3", "8")[labels(run)[4]]) in shown
    assert app.selectbox(key="weights").format_func(f"run:{run.id}") == NAME  # type: ignore[no-untyped-call]
    assert "3、8" in shown or "3, 8" in shown, "the run's classes"


@pytest.mark.parametrize(("index", "gone", "key"), [("20", False, "run_no_picture"), ("4", True, "run_pictures_gone")])
def test_a_picture_that_is_not_there_says_so(run: Run, index: str, gone: bool, key: str) -> None:
    if gone:
        shutil.rmtree(run.cache)
    app = opened(picture=f"run:{run.id}:{index}")
    assert app.session_state["picture"] == "china"
    assert [error.value for error in app.error] == [escaped(t(f"errors.{key}", run=NAME, number=index, count=20))]
    assert not app.run().error, "once"


def test_the_group_is_of_the_run_whose_weights_are_chosen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, list[picture_picker.gallery.Entry]] = {}
    monkeypatch.setattr(picture_picker.gallery, "draw", lambda groups, *_, **__: drawn.update(groups))
    opened()
    heading = t("bar.run_pictures", run=NAME)
    assert heading not in drawn
    drawn.clear()
    opened(weights=f"run:{run.id}")
    assert next(iter(drawn)) == heading
    assert [entry["id"] for entry in drawn[heading][:3]] == [f"run:{run.id}:{k}" for k in (4, 11, 7)]
    true, taken = ("3", "8") if labels(run)[4] == 0 else ("8", "3")
    assert drawn[heading][0]["label"] == t("bar.run_answer", true=true, predicted=taken)
    assert drawn[heading][3]["label"] in ("3", "8")


def test_open_leads_to_the_worst_mistake(run: Run) -> None:
    app = opened("finetune", run=run.id)
    app.button(key="open_run").click().run()
    assert not app.exception
    assert not app.error
    state = app.session_state
    assert (state["weights"], state["picture"]) == (f"run:{run.id}", f"run:{run.id}:4")
    assert app.title[0].value == t("predict.title")


def test_a_tile_leads_into_the_explorer(run: Run) -> None:
    app = opened("finetune", run=run.id, tile="12")
    true = labels(run)[11]
    named = t("finetune.taken_for", true=("3", "8")[true], predicted=("8", "3")[true], probability=0.7)
    assert f"**{escaped(named)}**" in [each.value for each in app.markdown]
    app.button(key="tile_links_shortcut").click().run()
    assert not app.exception
    state = app.session_state
    assert (state["weights"], state["picture"]) == (f"run:{run.id}", f"run:{run.id}:11")
    assert app.title[0].value == t("shortcut.title")


def test_a_cell_of_the_matrix_has_its_pictures(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, list[str]] = {}

    def draw(groups: dict[str, list[dict[str, str]]], *_: object, key: str, **__: object) -> None:
        drawn[key] = [entry["id"] for entries in groups.values() for entry in entries]

    monkeypatch.setattr(gallery, "draw", draw)
    true = labels(run)
    for cell in ((0, 1), (1, 0), (0, 0)):
        app = opened("finetune", run=run.id, cell="{}.{}".format(*cell))
        assert not app.exception
        mistakes = {k for k in (4, 7, 11) if true[k] == cell[0]}
        expected = mistakes if cell[0] != cell[1] else {k for k in range(20) if true[k] == 0} - mistakes
        assert drawn["tile_tiles"] == [str(k + 1) for k in sorted(expected)][:12]
    app.button(key="all_mistakes").click().run()
    assert {int(k) - 1 for k in drawn["tile_tiles"]} == {4, 7, 11}
    assert "cell" not in app.query_params


def test_another_run_starts_without_a_chosen_tile(run: Run) -> None:
    app = opened("finetune", run=run.id, tile="12")
    assert app.session_state["tile"] == 12
    shutil.copytree(run.path, run.root / "another")
    app.session_state["run"] = "another"
    app.run()
    assert not app.exception
    assert (app.session_state["tile"], app.session_state["tile_run"]) == (0, "another")


def test_a_tile_that_is_not_shown_is_not_opened(run: Run) -> None:
    app = opened("finetune", run=run.id, tile="2", strip_tile="99")
    assert (app.session_state["tile"], app.session_state["strip_tile"]) == (0, 0)
    assert not [button for button in app.button if "_links_" in str(button.key)]


def test_without_its_pictures_a_run_opens_as_before(run: Run) -> None:
    shutil.rmtree(run.cache)
    app = opened("finetune", run=run.id)
    assert tiles.mistake(run) is None
    app.button(key="open_run").click().run()
    assert not app.error
    assert (app.session_state["weights"], app.session_state["picture"]) == (f"run:{run.id}", "china")


def test_on_a_public_server_only_who_has_the_link_sees_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Run(run.path.rename(run.root / f"{run.id}-0123456789abcdef"))
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    linked = opened("predict", picture=f"run:{secret.id}:4")
    assert not linked.error
    assert linked.session_state["picture"] == f"run:{secret.id}:4"
    other = opened("predict")
    other.session_state["picture"] = f"run:{secret.id}:4"
    other.run()
    assert other.session_state["picture"] == "china"
    assert secret.id not in other.error[0].value.replace("\\", "")
    monkeypatch.setattr(access_control, "visible_run_ids", lambda: {"another"})
    with pytest.raises(ExplorerError):
        run_pictures.opened(f"run:{secret.id}:4")
