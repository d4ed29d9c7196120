"""The page Predict: a batch of files, and one of them opened."""

import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import t
from explorer.data import images
from explorer.ui.layout import navigation
from explorer.ui.words import escaped
from tests.ui.test_pages import opened, words


def png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 7), colour).save(buffer, "PNG")
    return buffer.getvalue()


FILES = [("red <b>.png", png("red"), "image/png"), ("text.png", b"hello", "image/png"),
         ("blue.png", png("blue"), "image/png")]  # fmt: skip


@pytest.fixture
def batch() -> AppTest:
    app = opened("predict")
    app.file_uploader(key="many").set_value(FILES).run()
    assert not app.exception
    return app


def choose(app: AppTest, row: int) -> AppTest:
    """AppTest cannot select a row of a table; this is what a selection stores."""
    app.session_state["row"] = row
    return app.run()


def test_each_row_has_a_thumbnail(batch: AppTest) -> None:
    table = batch.dataframe[0].value
    assert list(table[t("predict.file")]) == ["red <b>.png", "text.png", "blue.png"]
    uris = list(table[t("predict.many_thumbnail")])
    assert [str(uri).startswith("data:image/png;base64,") for uri in uris] == [True, False, True]
    assert uris[0] != uris[2]
    assert "row" not in batch.query_params


def test_a_chosen_row_is_opened_with_its_prediction_and_leads_into_the_explorer(batch: AppTest) -> None:
    before = batch.session_state["picture"]
    choose(batch, 1)
    assert escaped("red <b>.png") in [header.value for header in batch.header]
    assert batch.query_params["row"] == "1"
    assert batch.session_state["picture"] == before, "until it leads somewhere"
    batch.button(key="many_links_features").click().run()
    assert not batch.exception
    assert (batch.session_state["picture"], batch.session_state["features_part"]) == ("many", "attribution")
    assert batch.title[0].value == t("features.title")
    batch.switch_page(navigation.path("predict")).run()
    assert len(batch.dataframe[0].value) == 3, "the files stay, though the uploader is empty"
    assert "9 × 7" in words(batch)


def test_a_row_that_is_no_picture_says_why(batch: AppTest) -> None:
    choose(batch, 2)
    assert [error.value for error in batch.error] == [
        escaped(t("errors.picture_unknown_format", file="text.png", formats=", ".join(images.FORMATS)))
    ]
    choose(batch, 4)  # there is none
    assert batch.session_state["row"] == 0
    assert not batch.error


def test_files_are_removed(batch: AppTest) -> None:
    choose(batch, 1)
    batch.button(key="many_clear").click().run()
    assert not batch.dataframe
    assert "row" not in batch.query_params
    assert batch.session_state["many_files"] == []
