"""A walk in a notebook: a frame, with a sentence in its place where a notebook that is not trusted drops frames."""

import html
import re

import pytest
from PIL import Image

from explorer.core.i18n import LANGUAGES, Language
from explorer.scene.walk import look
from tests.conftest import random_network


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dropped_frame_leaves_a_sentence_in_both_languages(language: Language) -> None:
    walk = look(random_network("cifar-resnet8"), Image.new("RGB", (32, 32), "teal"), language=language)
    made = walk._repr_html_()
    frame = re.fullmatch(r'<iframe srcdoc="([^"]*)"[^<>]*>([^<>]*)</iframe>', made)
    assert frame
    assert html.unescape(frame[1]) == walk.html()
    words = ["not trusted", "未被信任"]
    places = [frame[2].index(word) for word in words]
    assert (places[0] < places[1]) == (language == "en")
