"""The page Pretraining in Streamlit's AppTest: each part in each language, and the repeated runs."""

import time
from itertools import cycle

import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis import pyramid
from explorer.core.errors import RunError
from explorer.core.i18n import LANGUAGES, t
from explorer.experiments import pretraining, strategy
from explorer.plots import pyramid as drawing
from explorer.runs import sweep, worker
from explorer.runs.duration import START_S
from explorer.runs.store import Run
from explorer.runs.sweep import Sweep
from explorer.training import probe
from explorer.training.probe import Speed
from explorer.ui.pretraining import repeat, terms
from explorer.ui.words import escaped
from tests.experiments.test_pretraining import comparison, result
from tests.runs import written
from tests.ui.test_pages import opened
from tests.ui.test_pages import words as said

SMALL = pretraining.small("digits").changed(epochs=2, limit=40, batch_size=20, precision="float32")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, no_measuring: None) -> None:
    monkeypatch.setattr(pretraining, "small", lambda data: SMALL)
    monkeypatch.setattr(terms, "PICTURES", 40)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


@pytest.mark.parametrize(
    ("part", "language"),
    [
        *zip(("why", "strategy", "parts", "chapter", "pretext", "size"), cycle(LANGUAGES)),
        ("words", "en"),
        ("words", "zh"),
    ],
)
def test_each_part_opens(part: str, language: str) -> None:
    app = opened("pretraining", pretraining_part=part, lang=language)
    assert not app.error
    assert app.title[0].value == t("pretraining.title", language)
    assert t("pretraining.sources", language) in said(app)
    if part == "strategy":
        assert [block.value for block in app.code] == list(strategy.STEPS.values())
        assert all(t(f"pretraining.protects_{step}", language) in said(app) for step in strategy.STEPS)
    if part == "pretext":
        assert "60.6%" in said(app)
        assert "76.1%" in said(app)
    if part == "size":
        shown = " ".join(element.body for element in app.get("html"))
        assert all(f"{count} + 1 = {tokens}" in shown for count, tokens in (("2×2", 5), ("4×4", 17), ("14×14", 197)))
    if part == "words":
        assert all(t(f"pretraining.define_{term}", language) in said(app) for term in terms.TERMS)
        assert t("pretraining.which_said", language) in said(app)
        assert list(app.dataframe[0].value.iloc[:, 1]) == [50_000, 100_000, 1_281_167]


def test_stored_run_has_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    runs_of_ours = [result("upstream", 0, 0.41, 0.66), result("random", 0, 0.12, 0.43)]
    monkeypatch.setattr(pretraining, "stored", lambda: comparison(*runs_of_ours))
    app = opened("pretraining")
    assert not app.info
    told = said(app)
    assert escaped(t("pretraining.headline", upstream=0.41, random=0.12)) in told
    assert "66.0% and 43.0%, a difference of 23 percentage points" in told
    assert t("pretraining.caught", epoch=2) in told
    assert t("pretraining.one_seed") in told
    assert app.code[0].value == "python"


def test_the_estimate_is_the_probes() -> None:
    app = opened("pretraining")
    seconds = 2 * (START_S + probe.seconds(SMALL, Speed(1000, 3000, 5000), 40, 359))
    wanted = t("pretraining.estimate", time=t("finetune.seconds", seconds=seconds))
    for _ in range(50):
        if wanted in said(app):
            break
        time.sleep(0.1)
        app.run()
    assert wanted in said(app)


def test_the_button_makes_two_runs_that_differ_in_their_start_alone(started: list[Run]) -> None:
    app = opened("pretraining")
    press(app, t("pretraining.start"))
    recipes = [run.recipe() for run in started]
    assert recipes == [SMALL.changed(weights=start) for start in pretraining.STARTS]
    (plan,) = sweep.list_sweeps()
    assert app.query_params[repeat.PANEL.key] == plan.id
    assert t("pretraining.start") not in [button.label for button in app.button]


def test_a_refusal_is_a_sentence_and_the_runs_can_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(run: Run) -> None:
        raise RunError("errors.run_queue_full", limit="20")

    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    monkeypatch.setattr(worker, "submit", full)
    app = opened("pretraining")
    press(app, t("pretraining.start"))
    assert "EXPLORER_MAX_QUEUED" in app.error[0].value.replace("\\", "")
    assert t("pretraining.go_on") in [button.label for button in app.button]


def begun(*ended: tuple[float, ...]) -> Sweep:
    """The page's two runs, with the test accuracies that each has come to; as many as the recipe's epochs end it."""
    plan = sweep.create(sweep.grid(SMALL, {"weights": pretraining.STARTS}), repeat.PANEL.name)
    for run, accuracies in zip(plan.runs, ended, strict=True):
        opening = {**written.OPENING, "kind": "start", "classes": list("0123456789")}
        epochs = [written.epoch(k, test_accuracy=value) for k, value in enumerate(accuracies, start=1)]
        end = [{"kind": "end", "reason": "finished"}] if len(accuracies) == SMALL.epochs else []
        written.write(run.path, opening, *epochs, *end)
    return plan


def test_a_link_finds_the_runs_again_and_says_what_they_show(started: list[Run]) -> None:
    plan = begun((0.52, 0.81), (0.2, 0.4))
    app = opened("pretraining", pretraining_sweep=plan.id, lang="zh")
    assert not app.error
    assert not app.warning
    assert "81.0% 和 40.0%，相差 41 个百分点" in said(app)
    assert t("pretraining.not_caught", "zh", epochs=2) in said(app)
    assert t("pretraining.one_seed", "zh") in said(app)
    press(app, t("pretraining.again", "zh"))
    assert {run.recipe().seed for run in started} == {1}


def test_what_was_stopped_can_go_on(started: list[Run]) -> None:
    plan = begun((0.52, 0.81), (0.2,))
    app = opened("pretraining", pretraining_sweep=plan.id)
    assert t("pretraining.state_finished") in app.warning[0].value
    assert said(app).count("percentage points") == 1, "of the stored run alone"
    press(app, t("pretraining.go_on"))
    assert [run.id for run in started] == [plan.runs[1].id]


@pytest.mark.parametrize("name", ["../..", "none", "compare"])
def test_a_link_to_no_runs_of_this_page_falls_back(name: str) -> None:
    other = sweep.create([SMALL], "of another page")
    app = opened("pretraining", pretraining_sweep=other.id if name == "compare" else name)
    assert not app.error
    assert t("pretraining.start") in [button.label for button in app.button]
    assert repeat.PANEL.key not in app.query_params


def test_the_end_of_the_descent_is_told() -> None:
    app = opened("pretraining", pretraining_part="words", local_start="-0.5")
    assert t("pretraining.local_global", start="−0.5", end="−1.04", loss="−0.31") in said(app)
    app.select_slider(key="local_start").set_value(1.2).run()
    assert app.query_params["local_start"] == "1.2"
    assert t("pretraining.local_stuck", start="1.2", end="0.96", loss="0.29", lowest="−0.31") in said(app)


@pytest.mark.parametrize("role", drawing.PARTS)
def test_a_word_is_explained_with_torchvisions_names(role: str) -> None:
    app = opened("pretraining", pretraining_part="parts", pretraining_role=role)
    assert t(f"pretraining.means_{role}") in said(app)
    assert str(pyramid.pyramid_shapes().picture[-1]) in said(app)


@pytest.mark.parametrize(
    ("observation", "figures"),
    [
        ("unfreeze", ("34.29%", "67.23%")),
        ("few", ("67.23%", "80.30%", "80%")),
        ("below", ("From epoch 6 to 26, in 21 epochs", "54.2% and 67.2%")),
        ("gap", ("86.30%", "80%")),
    ],
)
def test_an_observation_is_told_with_its_figures(observation: str, figures: tuple[str, ...]) -> None:
    app = opened("pretraining", pretraining_part="chapter", pretraining_seen=observation)
    told = said(app)
    assert all(figure in told for figure in figures)
    owns_up = [info for info in app.info if "the tutorial's own statement" in info.value]
    assert len(owns_up) == (observation in ("few", "gap"))
