"""The names of the classes that the bundled weights know, English and Chinese."""

import json
from functools import lru_cache
from pathlib import Path

from explorer.text import Language

_FILE = Path(__file__).parents[2] / "assets" / "classes.json"


@lru_cache
def class_names() -> dict[str, tuple[tuple[str, str], ...]]:
    """Data set -> the (English, Chinese) name of each class, in the order of the bundled weights' logits."""
    listed = json.loads(_FILE.read_text(encoding="utf-8"))
    return {data: tuple((entry["en"], entry["zh"]) for entry in entries) for data, entries in listed.items()}


def class_name(english: str, language: Language) -> str:
    """The name of a class in `language`, where it is known there; else `english`."""
    return english if language == "en" else _chinese().get(english, english)


@lru_cache
def _chinese() -> dict[str, str]:
    return {english: chinese for names in class_names().values() for english, chinese in names}
