"""The page Why residual in Streamlit's AppTest: stored runs, own runs, shortcuts."""

import dataclasses
from collections.abc import Sequence
from itertools import cycle

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, t
from explorer.experiments import degradation
from explorer.experiments.degradation import PRESETS, Preset
from explorer.models.cifar_resnet import Design
from explorer.runs import sweep, worker
from explorer.runs.store import Run
from explorer.runs.sweep import Sweep
from explorer.ui.why import curves, experiment, plan
from explorer.ui.words import escaped
from tests.experiments.test_degradation import PLAIN, RESIDUAL, both
from tests.runs import written
from tests.ui.test_pages import opened
from tests.ui.test_pages import words as said

SMALL = Preset(
    tuple(Design(depth, kind, width=4) for depth in (8, 14) for kind in ("none", "identity")),
    PRESETS["glance"].recipe.changed(epochs=2, limit=40, precision="float32"),
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, no_measuring: None) -> None:
    monkeypatch.setattr(plan, "PRESETS", {"glance": SMALL, "lecture": PRESETS["lecture"]})


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def begun(*ended: Sequence[float]) -> Sweep:
    """The page's four runs, with the accuracies that each has come to, in training and test alike."""
    made = sweep.create(SMALL.recipes(), experiment.PANEL.name)
    for run, accuracies in zip(made.runs, ended, strict=True):
        opening = {**written.OPENING, "kind": "start", "classes": list("0123456789")}
        epochs = [
            written.epoch(k, train_accuracy=value, test_accuracy=value, train_loss=1 - value, test_loss=1 - value)
            for k, value in enumerate(accuracies, start=1)
        ]
        end = [{"kind": "end", "reason": "finished"}] if len(accuracies) == SMALL.recipe.epochs else []
        written.write(run.path, opening, *epochs, *end)
    return made


@pytest.mark.parametrize(("shown", "language"), list(zip(degradation.stored(), cycle(LANGUAGES))))
def test_our_runs_are_there_from_the_start(shown: str, language: str) -> None:
    part = "shortcuts" if shown == "shortcuts" else "experiment"
    app = opened("why", why_part=part, lang=language, **({} if part == "shortcuts" else {experiment.SHOWN: shown}))
    assert not app.error
    assert app.title[0].value == t("why.title", language)
    found = degradation.stored()[shown]
    table = next(each.value for each in app.dataframe if "published" in each.value and "train" in each.value)
    assert list(table["layers"])[0:1] == [degradation.design(found.results[0]).depth]
    assert len(table) == len(found.groups)
    assert found.command in [block.value for block in app.code]
    assert f" · {escaped(found.origin)}" in said(app)
    assert all(part in found.origin for part in (found.hardware, found.made[:10], found.versions["torch"]))
    if shown == "shortcuts":
        ends = {each.network: f"{1 - each.accuracy[-1]:.1%}" for each in found.results}
        identity, gate, preact = (ends[f"cifar-{name}-w8"] for name in ("resnet32", "resnet32-gate", "preact32"))
        sentence = said(app).partition(t("why.shortcuts_differ", language, names="|").partition("|")[0])[2]
        assert all(part in said(app) for part in ("7.61%", "4.92%", "1,001", identity))
        assert all(end in sentence for end in (gate, preact))


def test_sentences_state_only_what_the_curves_show(monkeypatch: pytest.MonkeyPatch) -> None:
    found = next(iter(degradation.stored().values()))
    results = both(PLAIN, (0.10, 0.20), (0.40, 0.45)) + both(RESIDUAL, (0.08, 0.18), (0.09, 0.15))
    told = curves.summary(written_over(found, results))
    assert "deeper is **worse**: plain-56 ends with a training error of 40.0%, plain-20 with 10.0%" in told
    assert "deeper was **not better** here: ResNet-56 ends with a training error of 9.0%" in told
    assert t("why.not_overfitting") in told
    assert told.count(t("why.one_seed")) == 2
    results = both(PLAIN, (0.30, 0.20), (0.20, 0.15))
    told = curves.summary(written_over(found, results))
    assert "**not worse** here" in told
    assert t("why.not_overfitting") not in told
    assert curves.summary(written_over(found, results[:1])) == ""


def written_over(found: degradation.Comparison, results: list[degradation.Result]) -> degradation.Comparison:
    return dataclasses.replace(found, results=tuple(results))


def test_published_errors_are_beside_ours() -> None:
    assert curves.published(Design(56, width=8)) == "6.97% · 2015, table 6"
    assert curves.published(Design(56, "none")) == t("why.published_figure")
    assert curves.published(Design(110, "dropout")) == "> 20% · 2016, table 1"
    assert curves.published(Design(56, "gate")) == "–"


def test_the_button_trains_the_preset(started: list[Run]) -> None:
    app = opened("why")
    press(app, t("why.start", runs=4))
    assert [run.recipe() for run in started] == SMALL.recipes()
    (made,) = sweep.list_sweeps()
    assert app.query_params["why_sweep"] == made.id
    assert app.query_params[experiment.SHOWN] == experiment.OWN
    assert t("why.no_curve") in said(app)


def test_page_works_while_something_trains(started: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "is_idle", lambda: False)
    made = begun((0.2, 0.8), (0.3, 0.85), (0.1,), ())
    monkeypatch.setattr(sweep, "is_active", lambda plan: True)
    app = opened("why", why_sweep=made.id)
    assert app.button(key="why_start").disabled
    assert t("finetune.estimate_busy") not in said(app)


def test_a_link_finds_the_runs_again_and_says_what_they_show(started: list[Run]) -> None:
    made = begun((0.2, 0.8), (0.3, 0.85), (0.1, 0.4), (0.3, 0.9))
    app = opened("why", why_sweep=made.id)
    assert not app.error
    assert not app.warning
    assert "plain-14 ends with a training error of 60.0%, plain-8 with 20.0%" in said(app)
    assert "deeper is **better**: ResNet-14 ends with a training error of 10.0%" in said(app)
    press(app, t("why.start", runs=4))
    assert {run.recipe().seed for run in started} == {1}, "another seed each time"


def test_what_was_stopped_can_go_on(started: list[Run]) -> None:
    made = begun((0.2, 0.8), (0.3, 0.85), (0.1,), ())
    app = opened("why", why_sweep=made.id)
    assert app.warning[0].value == t("why.unfinished", left=2, runs=4)
    press(app, t("why.go_on"))
    assert [run.id for run in started] == [made.runs[2].id, made.runs[3].id]


def test_own_networks_are_a_product_of_depths_and_kinds(started: list[Run]) -> None:
    app = opened("why", why_preset="own")
    app.multiselect(key="why_depths").set_value([8, 14])
    app.multiselect(key="why_kinds").set_value(["none", "gate", "preact"])
    app.slider(key="why_seeds").set_value(2)
    app.run()
    press(app, t("why.start", runs=12))
    found = [(run.recipe().network, run.recipe().seed) for run in started]
    assert found[:3] == [("cifar-plain8-w8", 0), ("cifar-preact8-w8", 0), ("cifar-resnet8-gate-w8", 0)]
    assert len(found) == len(set(found)) == 12
    app = opened("why", why_preset="own")
    app.multiselect(key="why_kinds").set_value([]).run()
    assert app.info[0].value == t("why.none_chosen")


def test_without_cifar10_it_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan.cifar10, "find_whole_cifar10", lambda: None)
    app = opened("why", why_preset="lecture")
    assert t("why.no_cifar10") in [info.value for info in app.info]
    assert t("why.start", runs=4) not in [button.label for button in app.button]


def test_every_shortcut_is_explained() -> None:
    app = opened("why", why_part="shortcuts")
    table = app.dataframe[0].value
    assert len(table) == len(plan.KINDS)
    assert "6.61%" in table.set_index("kind").loc[t("why.kind_identity"), "published"]
    assert "12.35%" in table.set_index("kind").loc[t("why.kind_half"), "published"]
    assert "6.37%" in table.set_index("kind").loc[t("why.kind_preact"), "published"]


def test_a_widget_that_a_slow_browser_sends_as_empty_keeps_what_the_link_says() -> None:
    app = opened("why", lang="zh", why_measure="loss")
    app.session_state["lang"] = app.session_state[curves.KEY] = None
    app.run()
    assert not app.exception
    assert app.title[0].value == t("why.title", "zh")
    assert (app.session_state["lang"], app.session_state[curves.KEY]) == ("zh", "loss")
