"""Every class that the bundled weights know has a name of its own in both languages."""

import json

from explorer.network import zoo
from explorer.text.classes import class_names, in_language


def test_class_names_are_whole() -> None:
    names = class_names()
    assert [len(names[data]) for data in ("cifar10", "tiny_imagenet")] == [10, 200]
    for entries in names.values():
        for language in (0, 1):
            assert len({entry[language] for entry in entries}) == len(entries)
    listed = json.loads((zoo.ASSETS / "classes.json").read_text(encoding="utf-8"))["tiny_imagenet"]
    assert [entry["wnid"] for entry in listed] == sorted(entry["wnid"] for entry in listed)


def test_a_list_of_classes_has_one_language() -> None:
    assert in_language(("airplane", "goldfish"), "en") == ("airplane", "goldfish")
    assert in_language(("airplane", "goldfish"), "zh") == ("飞机", "金鱼")
    assert in_language(("goldfish", "a class that nobody translated"), "zh")[0] == "goldfish"
