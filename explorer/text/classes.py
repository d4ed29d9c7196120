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


@lru_cache(maxsize=32)
def in_language(labels: tuple[str, ...], language: Language) -> tuple[str, ...]:
    """`labels`, English, in `language`; as they are where one of them is not known in it: no list of two languages."""
    known = {english: chinese for names in class_names().values() for english, chinese in names}
    return labels if language == "en" or not known.keys() >= set(labels) else tuple(known[label] for label in labels)
