"""Every class that the bundled weights know has a name of its own in both languages."""

import json

import pytest

from explorer.network import zoo
from explorer.text.classes import class_name, class_names


def test_class_names_are_whole() -> None:
    names = class_names()
    assert [len(names[data]) for data in ("cifar10", "tiny_imagenet")] == [10, 200]
    for entries in names.values():
        for language in (0, 1):
            assert len({entry[language] for entry in entries}) == len(entries)
    listed = json.loads((zoo.ASSETS / "classes.json").read_text(encoding="utf-8"))["tiny_imagenet"]
    assert [entry["wnid"] for entry in listed] == sorted(entry["wnid"] for entry in listed)


@pytest.mark.parametrize(
    ("english", "chinese"), [("airplane", "飞机"), ("goldfish", "金鱼"), ("a new class", "a new class")]
)
def test_a_class_that_nobody_translated_keeps_its_name(english: str, chinese: str) -> None:
    assert class_name(english, "en") == english
    assert class_name(english, "zh") == chinese
