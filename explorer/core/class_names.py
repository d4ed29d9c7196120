"""Class names of CIFAR-10, Tiny-ImageNet and ImageNet in English and Chinese."""

import json
from functools import lru_cache

from explorer.core import files
from explorer.core.assets import ASSETS
from explorer.core.i18n import Language

_FILE = ASSETS / "classes.json"


@lru_cache
def class_names() -> dict[str, tuple[tuple[str, str], ...]]:
    """Data set -> (English, Chinese) name of each class, in the order of the logits."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return {data: tuple((entry["en"], entry["zh"]) for entry in entries) for data, entries in content.items()}


@lru_cache(maxsize=32)
def in_language(labels: tuple[str, ...], language: Language) -> tuple[str, ...]:
    """Class names for display: the English names of a known data set in `language`, others shortened.

    Names that differ stay different.
    """
    if language == "zh":
        for names in map(dict, class_names().values()):
            if names.keys() >= set(labels):
                return tuple(names[label] for label in labels)
    return _shortened(labels)


def _shortened(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Long names are cut in the middle, and numbered if they then look alike."""
    if all(files.shortened(label) == label for label in labels):
        return labels
    shown: list[str] = []
    for label in labels:
        short = cut = files.shortened(label)
        number = 2
        while short in shown:
            short, number = f"{cut} ({number})", number + 1
        shown.append(short)
    return tuple(shown)
