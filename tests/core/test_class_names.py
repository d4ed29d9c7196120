"""Every class of the supported data sets has a unique name in both languages."""

import json

from torchvision import models

from explorer.core.assets import ASSETS
from explorer.core.class_names import class_names, in_language


def test_class_names_are_whole() -> None:
    names = class_names()
    assert {data: len(pairs) for data, pairs in names.items()} == {
        "cifar10": 10,
        "tiny_imagenet": 200,
        "imagenet": 1000,
    }
    for entries in names.values():
        for language in (0, 1):
            assert len({entry[language] for entry in entries}) == len(entries)
    listed = json.loads((ASSETS / "classes.json").read_text(encoding="utf-8"))["tiny_imagenet"]
    assert [entry["wnid"] for entry in listed] == sorted(entry["wnid"] for entry in listed)


def test_imagenets_classes_are_torchvisions() -> None:
    categories = models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    assert [english for english, _ in class_names()["imagenet"]] == categories
    chinese = in_language(tuple(categories), "zh")
    assert (chinese[0], chinese[207], chinese[999]) == ("丁鲷", "金毛寻回犬", "卫生纸")


def test_a_list_of_classes_has_one_language() -> None:
    assert in_language(("airplane", "truck"), "en") == ("airplane", "truck")
    assert in_language(("airplane", "truck"), "zh") == ("飞机", "卡车")
    assert in_language(("goldfish",), "zh") == ("金鱼",)
    assert in_language(("goldfish", "a class that nobody translated"), "zh")[0] == "goldfish"
    assert in_language(("3",), "zh") == ("3",)


def test_long_names_are_cut_and_stay_different() -> None:
    long = tuple("A" * 45 + middle + "Z" * 20 for middle in ("one", "two", "six"))
    shown = in_language(("cat", *long), "en")
    assert shown[:2] == ("cat", "A" * 40 + "…" + "Z" * 19)
    assert shown[2:] == (f"{shown[1]} (2)", f"{shown[1]} (3)")
    assert in_language(("cat", "B" * 60), "zh") == ("cat", "B" * 60)
