"""The scene on a page in AppTest, which runs no browser: what the component is given, and what it would report."""

import base64
import json
import zlib
from typing import Any

from streamlit.testing.v1 import AppTest


def all_given(app: AppTest) -> list[dict[str, Any]]:
    """The data of the page's scenes."""
    found = [each.proto for each in app.get("bidi_component") if each.proto.component_name == "scene"]
    return [json.loads(each.json) for each in found]


def given(app: AppTest) -> dict[str, Any]:
    """The data of the page's only scene."""
    (data,) = all_given(app)
    return data


def shown(app: AppTest) -> dict[str, Any]:
    return unpacked(given(app)["packed"])


def unpacked(packed: str) -> dict[str, Any]:
    """What a scene shows, as explorer/scene/payload.py describes it."""
    content = zlib.decompress(base64.b64decode(packed), -15)
    length = int.from_bytes(content[:4], "little")
    payload: dict[str, Any] = json.loads(content[4 : 4 + length])
    return payload


def stories(app: AppTest, language: int = 0) -> list[str]:
    return [step["words"][language]["story"] for step in shown(app)["steps"]]
