"""Fixtures of the tests of programs."""

from pathlib import Path

import pytest
from PIL import Image

from explorer.data import images
from tests import checkout


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Image.Image:
    """A photograph, also as `my photo.png` in the working folder, beside the bundled weights."""
    checkout.link(tmp_path)
    monkeypatch.chdir(tmp_path)
    image = images.open_sample("china").image.crop((0, 0, 400, 300))
    image.save("my photo.png")
    return image
