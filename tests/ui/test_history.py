"""The page History in Streamlit's AppTest."""

import io

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, Language, t
from explorer.experiments.history import catalog
from explorer.experiments.history.catalog import FAMILIES, MODELS
from explorer.models import registry
from explorer.ui.history import card, table
from tests.ui.test_pages import opened, words


def html(app: AppTest) -> str:
    return " ".join(element.body for element in app.get("html"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_with_the_card_that_a_link_names(language: Language) -> None:
    app = opened("history", lang=language, model="resnet18")
    assert not app.error
    assert app.title[0].value == t("history.title", language)
    assert t("history.about_resnet", language) in words(app)
    shown = html(app)
    for figure in ("<td>18</td>", "<td>11.7 M</td>", "<td>1.81 G</td>", "<td>69.8%</td>", "<td>89.1%</td>"):
        assert figure in shown
    source = t("history.from_torchvision", language, at="IMAGENET1K_V1", version=catalog.version())
    assert shown.count(source) == 4
    assert app.query_params["model"] == "resnet18"


@pytest.mark.parametrize("id", ["lenet5", "mobilenet_v1", "moco", "mae", "dino_b8", "vit_h_14", "convnext_large"])
def test_every_kind_of_card_has_a_source_in_each_row(id: str) -> None:
    entries = catalog.entries(MODELS[id])
    drawn = card.table(entries)
    cells = [row.split("<td>")[1:] for row in drawn.split("<tr>")[1:]]
    assert all(len(row) == 2 for row in cells)
    sources = [row[1].split("</td>")[0] for row in cells]
    assert all(sources)
    assert all((row[0].startswith("–")) == (source == t("history.not_said"))
               for row, source in zip(cells, sources, strict=True))  # fmt: skip


def test_the_menu_changes_the_card_and_the_link() -> None:
    app = opened("history")
    app.selectbox(key="model").select("dino").run()
    assert not app.exception
    assert t("history.about_dino") in words(app)
    assert t("history.not_in_torchvision") in words(app)
    assert not [button for button in app.button if button.key == "fine_tune"]


def test_choices_go_into_the_link_where_they_differ_and_come_back_from_it() -> None:
    app = opened("history", history_over="parameters", history_weights="newest", history_families="vgg resnet none")
    assert app.session_state["history_families"] == ["vgg", "resnet"]
    assert app.query_params["history_over"] == "parameters"
    assert "history_size" not in app.query_params
    first, newest = catalog.entries(MODELS["resnet50"])
    assert first.top1
    assert newest.top1
    assert t("history.recipe_said", first=first.top1.value, newest=newest.top1.value) in words(app)
    app.selectbox(key="history_over").select("multiply_adds").run()
    assert "history_over" not in app.query_params
    app.button_group(key="history_families").set_value([]).run()
    assert [info.value for info in app.info][:1] == [t("history.chart_none")]
    app.button_group(key="history_families").set_value(["lenet"]).run()
    assert t("history.chart_no_points") in [info.value for info in app.info]
    assert not app.exception


def test_what_is_not_drawn_is_named() -> None:
    app = opened("history", history_weights="all")
    named = next(caption.value for caption in app.caption if "Not shown" in caption.value)
    assert "LeNet-5" in named
    assert "VGG-16" not in named, "one of its two sets of weights is in the chart"


def test_fine_tuning_takes_the_network_to_the_lab(no_measuring: None) -> None:
    app = opened("history", model="mobilenet_v2")
    app.button(key="fine_tune").click().run()
    assert not app.exception
    assert app.session_state["recipe"]["network"] == "mobilenet_v2"
    assert app.session_state["recipe"]["weights"] in registry.weights("mobilenet_v2")


def test_all_backbones_but_those_of_other_papers_can_be_reached_from_here() -> None:
    offered = {model.torchvision for model in MODELS.values()} & set(registry.BACKBONES)
    assert {"resnext50_32x4d", "wide_resnet50_2"} <= set(registry.BACKBONES) - offered
    assert all(name.startswith(("resnext", "wide_resnet")) for name in set(registry.BACKBONES) - offered)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_every_figure_with_its_source(language: Language) -> None:
    entries = catalog.choose("all", ["lenet", "resnet", "moco"])
    found = table.rows(*entries)
    assert len(found) == len(entries)
    again = pd.read_csv(io.BytesIO(found.to_csv(index=False).encode("utf-8-sig")))
    for name in catalog.QUANTITIES:
        label = t(f"history.{name}")
        assert again[f"{label} · {t('history.source')}"].notna().all()
        known = [getattr(entry, name).value if getattr(entry, name) else None for entry in entries]
        pd.testing.assert_series_equal(again[label], pd.Series(known, name=label), check_dtype=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_family_has_a_text(language: Language) -> None:
    stories = [t(f"history.about_{id}", language) for id in FAMILIES]
    assert len(set(stories)) == len(FAMILIES)
