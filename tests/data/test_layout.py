"""Classes and parts are found in the layouts that people have; what is not learned is named; nothing is decoded."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.core.errors import DataError
from explorer.data import layout
from explorer.data.layout import Survey, class_name, role, survey


class Files:
    """A source of empty pictures and of tables with content."""

    def __init__(self, names: list[str], tables: dict[str, str], left_out: dict[str, str]) -> None:
        self.names, self.tables, self._tables = sorted(names), sorted(tables), tables
        every = [*names, *tables, *left_out]
        self.folders = {name[:k] for name in every for k, letter in enumerate(name) if letter == "/"}
        self.folders |= {name for name, why in left_out.items() if why == "folder"}
        self.left_out = [(name, why) for name, why in left_out.items() if why != "folder"]
        self.left_out += [(name, "data.why_note") for name in tables]

    def read(self, name: str, at_most: int = 1 << 30) -> bytes:
        return self._tables[name].encode()[:at_most]

    def digest(self, check: Callable[[], None]) -> str:
        return ""


def spelled(*counts: str) -> list[str]:
    """File names: `cat*3` is cat/0.jpg to cat/2.jpg; without a count, the name of one file."""
    names = []
    for each in counts:
        folder, _, count = each.partition("*")
        names += [f"{folder}/{k}.jpg" for k in range(int(count))] if count else [each]
    return names


def surveyed(*counts: str, tables: dict[str, str] | None = None, left_out: dict[str, str] | None = None) -> Survey:
    return survey(Files(spelled(*counts), tables or {}, left_out or {}), Path("set"))


def numbers(found: Survey) -> tuple[dict[str, int], dict[str, int] | None]:
    test = None if found.test is None else dict(Counter(name for name, _ in found.test))
    return dict(Counter(name for name, _ in found.train)), test


def within(*parts: tuple[str, int], classes: tuple[str, ...] = ("cat", "dog")) -> list[str]:
    """`part/class*count` of each class."""
    return [f"{part}/{name}*{count}" for part, count in parts for name in classes]


TWO, ONE = {"cat": 3, "dog": 3}, {"cat": 2, "dog": 2}

PARTS = [
    ("train", "test"), ("train", "val"), ("Train", "Val"), ("TRAIN", "TEST"), ("training", "validation"),
    ("Training", "Testing"), ("train_set", "test_set"), ("trainset", "testset"), ("TrainSet", "TestSet"),
    ("training_set", "test_set"), ("seg_train", "seg_test"), ("Training Data", "Test Data"),
    ("train_images", "val_images"),
    ("train-images", "dev"), ("train", "eval"), ("training", "evaluation"), ("train", "valid"),
    ("TrainingData", "TestingData"),
    ("images_train", "images_test"), ("train2017", "val2017"), ("01_train", "02_test"), ("OCT_train", "OCT_test"),
    ("asl_alphabet_train", "asl_alphabet_test"), ("train_another", "validation_another"), ("traindata", "testdata"),
    ("训练集", "测试集"), ("训练", "验证"), ("訓練集", "測試集"), ("训练集图片", "验证集图片"),
    ("train训练集", "test测试集"),
    ("猫狗训练集", "猫狗测试集"), ("1.训练集", "2.测试集"), ("训练数据", "测试数据"), ("学習", "テスト"),
    ("ｔｒａｉｎ", "ｔｅｓｔ"), ("trainning", "vaild"),
    ("OCT2017 train ", "OCT2017 test "), ("trainval", "test"), ("train_1", "test_1"), ("Train (1)", "Test (1)"),
]  # fmt: skip


@pytest.mark.parametrize(("train", "test"), PARTS)
@pytest.mark.parametrize("around", ["", "d/", "a/b/c/d/"])
def test_parts_by_any_name_below_wrappers(train: str, test: str, around: str) -> None:
    found = surveyed(*within((around + train, 3), (around + test, 2)))
    assert numbers(found) == (TWO, ONE)
    assert found.used == {"train": class_name(train), "test": class_name(test)}
    assert found.parts == {class_name(train): 6, class_name(test): 4}
    assert (found.left_out, found.notes) == ([], [])


@pytest.mark.parametrize(("train", "test"), PARTS)
def test_parts_within_classes(train: str, test: str) -> None:
    found = surveyed(f"x/cat/{train}*3", f"x/cat/{test}*2", f"x/dog/{train}*3", f"x/dog/{test}*2")
    assert numbers(found) == (TWO, ONE)
    assert found.used == {"train": class_name(train), "test": class_name(test)}


LAYOUTS = {
    "classes": (["cat*3", "dog*3"], TWO, None),
    "a stray picture": (["cat*3", "dog*3", "sample.jpg"], TWO, None),
    "wrappers": (["a/b/c/cat*3", "a/b/c/dog*3"], TWO, None),
    "a wrapper and a stray picture": (["data/cat*3", "data/dog*3", "sample.jpg"], TWO, None),
    "a wrapper and figures": (["data/cat*3", "data/dog*3", "figures*5"], TWO, None),
    "images beside another folder": (["images/cat*3", "images/dog*3", "examples*5"], TWO, None),
    "classes and figures": (["cat*3", "dog*3", "figures*5"], TWO, None),
    "only train": (within(("train", 3)), TWO, None),
    "only val": (within(("val", 3)), TWO, None),
    "nested train": (within(("train/train", 3), ("test/test", 2)), TWO, ONE),
    "images in parts": (within(("train/images", 3), ("test/images", 2)), TWO, ONE),
    "parts in images": (within(("images/train", 3), ("images/val", 2)), TWO, ONE),
    "parts and figures": ([*within(("x/train", 3), ("x/test", 2)), "figures*4", "x/results*3"], TWO, ONE),
    "training_set twice": (within(("training_set/training_set", 3), ("test_set/test_set", 2)), TWO, ONE),
    "test flat": ([*within(("train", 3)), "test*4"], TWO, None),
    "test1 flat": ([*within(("train", 3)), "test1*4"], TWO, None),
    "test flat twice": ([*within(("train", 3)), "test/test*4"], TWO, None),
    "test in one folder": ([*within(("train", 3)), "test/unknown*4"], TWO, None),
    "test flat and val": ([*within(("train", 3), ("val", 2)), "test*4"], TWO, ONE),
    "test, val and train": (within(("train", 3), ("val", 9), ("test", 2)), TWO, ONE),
    "eval before val": (within(("training", 3), ("validation", 9), ("evaluation", 2)), TWO, ONE),
    "pred": ([*within(("seg_train/seg_train", 3), ("seg_test/seg_test", 2)), "seg_pred/seg_pred*9"], TWO, ONE),
    "pred with folders": (within(("train", 3), ("test", 2), ("pred", 9)), TWO, ONE),
    "test beside classes": (["cat*3", "dog*3", "test*4"], TWO, None),
    "test beside a wrapper": (["data/cat*3", "data/dog*3", "test*4"], TWO, None),
    "test with classes beside classes": (["cat*3", "dog*3", "test/cat*2", "test/dog*2"], TWO, ONE),
    "test beside a set with parts": ([*within(("d/d/train", 3), ("d/d/valid", 2)), "test/test*4"], TWO, ONE),
    "fruits": ([*within(("f/Training", 3), ("f/Test", 2)), "f/test-multiple_fruits*4"], TWO, ONE),
    "blood cells": (within(("i/TRAIN", 3), ("i/TEST", 2), ("i/TEST_SIMPLE", 9)), TWO, ONE),
    "train in pieces": (within(("train1", 1), ("train2", 1), ("train3", 1), ("test", 2)), None, ONE),
    "class with images": (["cat/images*3", "dog/images*3"], TWO, None),
    "class with sub folders": (["cat/a*1", "cat/b*2", "dog*3"], TWO, None),
    "Google Drive": (within(("train-20221106T023729Z-001/train", 3), ("test-20221106T023808Z-001/test", 2)), TWO, ONE),
    "a copy of all": (["cat*3", "dog*3", "pets/cat*3", "pets/dog*3"], TWO, None),
    "a copy of all parts": (within(("x/train", 3), ("x/test", 2), ("x/x/train", 3), ("x/x/test", 2)), TWO, ONE),
    "part and class in one name": (["cat_train*3", "cat_test*2", "Dog_train*3", "Dog_test*2"], TWO, ONE),
    "class and part in one name": (["x/train_cat*3", "x/test_cat*2", "x/train_dog*3", "x/test_dog*2"], TWO, ONE),
    "drivers": ([*within(("imgs/train", 3)), "imgs/test*4"], TWO, None),
    "Train twice": (within(("Train/Train", 3), ("Validation/Validation", 2)), TWO, ONE),
    "of species": (["oak/a*1", "oak/b*2", "elm/c*1", "elm/d*2", "fir/e*1", "fir/f*2"],
                   {"oak": 3, "elm": 3, "fir": 3}, None),
    "vehicles": (["train*3", "plane*3"], {"train": 3, "plane": 3}, None),
    "bullet train": (["bullet train*3", "car*3"], {"bullet train": 3, "car": 3}, None),
    "tickets": (["train ticket*3", "test paper*3"], {"train ticket": 3, "test paper": 3}, None),
    "mask": (["mask*3", "no_mask*3"], {"mask": 3, "no_mask": 3}, None),
    "underscore": (["_background_*3", "cat*3"], {"_background_": 3, "cat": 3}, None),
    "Chinese": (["数据集/训练集/猫*3", "数据集/训练集/狗*3", "数据集/验证集/猫*2", "数据集/测试集/猫*1"],
                {"猫": 3, "狗": 3}, {"猫": 1}),
    "Chinese classes": (["猫*3", "狗*3"], {"猫": 3, "狗": 3}, None),
    "dev": (within(("train", 3), ("dev", 2)), TWO, ONE),
    "trailing blank": (within(("OCT2017 /train", 3), ("OCT2017 /test", 2)), TWO, ONE),
    "no test of one class": (["train/cat*3", "train/dog*3", "test/cat*2"], TWO, {"cat": 2}),
    "a class without parts": (["cat/train*3", "cat/test*2", "dog/train*3", "dog/test*2", "readme*2"], TWO, ONE),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str) -> None:
    files, train, test = LAYOUTS[name]
    found = surveyed(*files)
    if name == "train in pieces":
        train = TWO
        names = sorted(file for _, file in found.train)
        assert len(names) == 6
    assert numbers(found)[1] == test
    assert sum(numbers(found)[0].values()) == sum((train or {}).values())
    assert numbers(found)[0] == train
    used = {file for _, file in (*found.train, *(found.test or ()))}
    assert used | {file for file, _ in found.left_out} == set(spelled(*files)), "each picture is used or named"
    assert not used & {file for file, _ in found.left_out}


@pytest.mark.parametrize(
    ("files", "key", "words"),
    [
        (["color/apple*3", "color/corn*3", "grey/apple*3", "grey/corn*3"], "data_same_folders", "color, grey"),
        ([f"fold{k}/{name}*2" for k in range(1, 6) for name in ("cat", "dog")], "data_same_folders", "cat, dog"),
        (within(("amazon/images", 2), ("dslr/images", 2)), "data_same_folders", "amazon, dslr"),
        (["VOC2012/JPEGImages*3", "VOC2012/SegmentationClass*2"], "data_flat", "5 images"),
        (["jpg/image_1.jpg", "jpg/image_2.jpg"], "data_flat", "2 images"),
        (["data_part1*3", "data_part2*3"], "data_flat", "6 images"),
        (["train/x/a*2", "train/x/b*2", "train/y/a*2", "train/y/b*2"], "data_same_folders", "x, y"),
        ([*within(("one/train", 2)), *within(("two/train", 2))], "data_several", "one, two"),
        (["0.jpg", "1.jpg"], "data_flat", "2 images"),
        (["x/0.jpg", "x/1.jpg", "x/y/0.jpg", "x/z/0.jpg", "x/y/w/0.jpg"], None, ""),
        (["cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.1.jpg"], "data_flat_names", "cat, dog"),
        (["x/cat (1).jpg", "x/cat (2).jpg", "x/dog_1.jpg", "x/dog_2.jpg"], "data_flat_names", "cat, dog"),
        (["train*3", "test*2"], "data_flat", "3 images"),
        (["images/train*3", "images/val*3"], "data_flat", "3 images"),
        (["train/images*3", "train/masks*3"], "data_flat", "6 images"),
        (within(("val", 3), ("test", 3)), "data_no_train", "test, val"),
        (["cat*3"], "data_class_count", "is 1"),
        (["train/cat*3", "test/cat*3"], "data_class_count", "is 1"),
        (["cats*3", "test*2"], "data_class_count", "is 1"),
        ([*within(("train", 2)), "test/cat*1", "test/bird*1"], "data_class_only_in_test", "bird"),
        ([f"{k}*1" for k in range(1001)], "data_class_count", "is 1001"),
        ([], "data_no_pictures", "found: –"),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(files: list[str], key: str | None, words: str) -> None:
    if key is None:
        surveyed(*files)
        return
    with pytest.raises(DataError) as caught:
        surveyed(*files)
    assert caught.value.key == f"errors.{key}"
    assert words in str(caught.value)


def test_boxes_beside_pictures_are_for_detection() -> None:
    for files, labels in (
        (["images/train*3", "images/val*3"], "labels/train/0.txt"),
        (["train/images*3", "valid/images*3"], "train/labels/0.txt"),
    ):
        with pytest.raises(DataError, match="object detection"):
            surveyed(*files, tables={labels: "0 .5 .5 1 1"})


ROWS = "1,cat\n2,dog\n3,cat\n4,dog\n"
FOUR = ["1.png", "2.png", "3.png", "4.png"]
TRAIN_FOUR = [f"train/{name}" for name in FOUR]


@pytest.mark.parametrize(
    ("files", "tables"),
    [
        (TRAIN_FOUR, {"trainLabels.csv": f"id,label\n{ROWS}"}),
        ([f"d/train/images/{name}" for name in FOUR], {"d/labels/train.csv": f"id,label\n{ROWS}"}),
        ([f"d/train/images/{name}" for name in FOUR], {"d/train.csv": f"id,label\n{ROWS}"}),
        (TRAIN_FOUR, {"train.csv": f"\ufeffid,breed\r\n{ROWS}"}),
        (TRAIN_FOUR, {"labels.csv": "image,w,class\n1.png,5,cat\n2.png,5,dog\n3.png,6,cat\n4.png,6,dog\n"}),
        (TRAIN_FOUR, {"train/labels.csv": "label;file\ncat;1.png\ndog;2.png\ncat;3.png\ndog;4.png\n"}),
        (TRAIN_FOUR, {"a.csv": "path,category\ntrain/1.png,cat\ntrain/2.png,dog\nx/3.png,cat\nx\\4.png,dog\n"}),
        (TRAIN_FOUR, {"train.txt": "train/1.png cat\ntrain/2.png dog\ntrain/3.png cat\ntrain/4.png dog\n"}),
        (TRAIN_FOUR, {"train/metadata.jsonl": "".join(
            f'{{"file_name": "{name}", "label": "{label}"}}\n'
            for name, label in zip(FOUR, ["cat", "dog"] * 2, strict=True))}),
        (TRAIN_FOUR, {"train/_classes.csv": "filename, cat, dog\n1.png, 1, 0\n2.png,0,1\n3.png,1,0\n4.png,0,1\n"}),
        (TRAIN_FOUR, {"a.tsv": "1.png\tcat\t0\t62\n2.png\tdog\t1\t2\n3.png\tcat\t0\t6\n4.png\tdog\t1\t2\n"}),
        (FOUR, {"labels.csv": f"id,label\n{ROWS}"}),
        ([f"HAM_images_part_{1 + k // 2}/{name}" for k, name in enumerate(FOUR)], {"HAM.csv": f"image_id,dx\n{ROWS}"}),
        ([f"images/{name}" for name in FOUR], {"labels.csv": f"id,label\n{ROWS}"}),
        ([f"a/b/images/{name}" for name in FOUR], {"a/b/labels.csv": f"图片,类别\n{ROWS}"}),
        ([*TRAIN_FOUR, "test/9.png", "test/8.png"],
         {"trainLabels.csv": f"id,label\n{ROWS}", "sampleSubmission.csv": "id,label\n8,cat\n9,cat\n"}),
        ([*TRAIN_FOUR, *(f"test/{name}" for name in FOUR)], {"trainLabels.csv": f"id,label\n{ROWS}"}),
        ([*TRAIN_FOUR, *(f"test/{name}" for name in FOUR)], {"labels.csv": f"id,label\n{ROWS}"}),
    ],
)  # fmt: skip
def test_a_table_names_the_classes(files: list[str], tables: dict[str, str]) -> None:
    found = surveyed(*files, tables=tables)
    assert [(name, file[-5]) for name, file in found.train] == [("cat", "1"), ("cat", "3"), ("dog", "2"), ("dog", "4")]
    assert found.test is None
    assert ("data.note_table", {"table": next(iter(tables)).rpartition("/")[2], "count": 4}) in found.notes


def test_one_table_for_both_parts() -> None:
    files = ["train/1.png", "train/2.png", "test/3.png", "test/4.png"]
    assert numbers(surveyed(*files, tables={"labels.csv": f"id,label\n{ROWS}"})) == (
        {"cat": 1, "dog": 1}, {"cat": 1, "dog": 1},
    )  # fmt: skip


def test_a_text_file_beside_each_picture_names_its_class() -> None:
    pictures = [f"train_data/img_{k}.jpg" for k in range(6)]
    found = surveyed(*pictures, tables={f"train_data/img_{k}.txt": f"img_{k}.jpg, {k % 3}" for k in range(6)})
    assert numbers(found) == ({"0": 2, "1": 2, "2": 2}, None)
    boxes = {f"train_data/img_{k}.txt": "0 .5 .5 .1 .1" for k in range(6)}
    with pytest.raises(DataError) as refused:
        surveyed(*pictures, tables=boxes)
    assert refused.value.key == "errors.data_flat"


def test_a_number_of_the_class_is_its_name() -> None:
    """Kaggle's GTSRB: class folders for training, and a table of boxes and ClassId for the test."""
    rows = "Width,Height,Roi.X1,ClassId,Path\n27,26,5,0,Test/00.png\n28,27,5,10,Test/01.png\n"
    found = surveyed("Train/0*3", "Train/10*3", "Test/00.png", "Test/01.png", tables={"Test.csv": rows})
    assert numbers(found) == ({"0": 3, "10": 3}, {"0": 1, "10": 1})


def test_tiny_imagenet() -> None:
    files = ["tiny/train/n1/images*3", "tiny/train/n2/images*3", "tiny/val/images*2", "tiny/test/images*9"]
    boxes = "0.JPEG\tn2\t0\t32\t44\t62\n1.jpg\tn1\t52\t55\t57\t59\n".replace("JPEG", "jpg")
    tables = {"tiny/val/val_annotations.txt": boxes, "tiny/wnids.txt": "n1\nn2\n",
              "tiny/train/n1/n1_boxes.txt": "0.jpg\t0\t0\t62\t62\n"}  # fmt: skip
    found = surveyed(*files, tables=tables)
    assert numbers(found) == ({"n1": 3, "n2": 3}, {"n1": 1, "n2": 1})
    assert found.used == {"train": "train", "test": "val"}
    assert ("data.note_unlabelled", {"part": "test", "count": 9}) in found.notes


@pytest.mark.parametrize(
    "table",
    ["", "id,label\n", "id,label\n7,cat\n8,dog\n", "a,b,c\n1,x,y\n2,x,y\n3,z,y\n4,x,y\n", "\0\n1,cat\n", '"' * 200_000],
)
def test_a_table_that_names_no_class(table: str) -> None:
    with pytest.raises(DataError, match="4 images are in one folder"):
        surveyed(*TRAIN_FOUR, tables={"labels.csv": table})


def test_pictures_without_a_row_are_left_out() -> None:
    found = surveyed(*TRAIN_FOUR, tables={"labels.csv": "id,label\n1,cat\n2,dog\n3,\n"})
    assert numbers(found)[0] == {"cat": 1, "dog": 1}
    assert [name for name, why in found.left_out if why == "data.why_unlabelled"] == ["train/3.png", "train/4.png"]


# Names


def test_case_differs_between_training_and_test() -> None:
    found = surveyed("train/Cat*3", "train/DOG*3", "test/cat*2", "test/DOG*2")
    assert numbers(found) == ({"Cat": 3, "DOG": 3}, {"Cat": 2, "DOG": 2})
    assert found.notes == [("data.note_matched", {"test": "cat", "train": "Cat", "count": 1})]


def test_classes_that_differ_in_case_only_stay_two_and_are_said() -> None:
    found = surveyed("train/Cat*3", "train/cat*3", "test/cat*2", "test/Cat*1")
    assert numbers(found) == ({"Cat": 3, "cat": 3}, {"Cat": 1, "cat": 2})
    assert ("data.note_case", {"names": "Cat, cat"}) in found.notes
    with pytest.raises(DataError, match="“CAT” has test images but no"):
        surveyed("train/Cat*3", "train/cat*3", "test/cat*2", "test/CAT*1")


def test_names_are_composed() -> None:
    found = surveyed("train/cafe\u0301*3", "train/dog*3", "test/caf\u00e9*2", "test/dog*2")
    assert numbers(found) == ({"caf\u00e9": 3, "dog": 3}, {"caf\u00e9": 2, "dog": 2})
    both = surveyed("cafe\u0301*3", "caf\u00e9*2", "dog*1")
    assert numbers(both)[0] == {"caf\u00e9": 5, "dog": 1}
    assert both.notes == [("data.note_merged", {"name": "caf\u00e9"})]


def test_long_names_stay_apart() -> None:
    names = ["A" * 45 + middle + "Z" * 20 for middle in ("one", "two")] + ["B" * 300 + end for end in "xy"]
    found = surveyed(*(f"{name}*1" for name in names))
    assert len(found.classes) == 4
    assert set(names[:2]) < set(found.classes)
    assert max(map(len, found.classes)) == layout.MAX_NAME
    assert class_name("cat\u202e\n x") == "cat x"


def test_labels_are_sorted_as_image_folder_sorts() -> None:
    assert surveyed(*(f"{k}*1" for k in range(12))).classes == tuple(sorted(map(str, range(12))))


OTHER_WORDS = (
    "cat constraint protest contest strain Detroit valley value development tester trainer evaluator train_test"
    " predator 测量 火车"
)


@pytest.mark.parametrize("name", OTHER_WORDS.split())
def test_other_words_are_no_parts(name: str) -> None:
    assert role(name) == ("", ())


# What is left out


@pytest.mark.parametrize(
    ("why", "key"),
    [
        ("data.why_heic", "data_class_heic"),
        ("data.why_empty", "data_class_empty"),
        ("data.why_link", "data_class_empty"),
    ],
)
@pytest.mark.parametrize("around", ["", "train/", "a/b/"])
def test_a_class_whose_pictures_cannot_be_used_does_not_vanish(why: str, key: str, around: str) -> None:
    with pytest.raises(DataError, match="“bird”") as caught:
        surveyed(f"{around}cat*3", f"{around}dog*3", left_out={f"{around}bird/{k}": why for k in range(5)})
    assert caught.value.key == f"errors.{key}"
    with pytest.raises(DataError, match="“bird”"):
        surveyed(f"{around}cat/a*3", f"{around}cat/b*3", left_out={f"{around}bird/{k}": why for k in range(5)})


def test_empty_folders_are_named() -> None:
    found = surveyed("cat*3", "dog*3", left_out={"bird": "folder", "notes/0.pdf": "data.why_note"})
    assert found.left_out == [
        ("notes/0.pdf", "data.why_note"), ("bird", "data.why_empty_folder"), ("notes", "data.why_folder"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left_out", "key"),
    [
        ({"a/0": "data.why_heic"}, "data_only_heic"),
        ({"a": "data.why_link", "b/0": "data.why_no_picture"}, "data_only_links"),
        ({"train.zip": "data.why_no_picture"}, "data_nested"),
        ({"train-0.parquet": "data.why_no_picture"}, "data_no_pictures"),
    ],
)
def test_sources_without_pictures(left_out: dict[str, str], key: str) -> None:
    with pytest.raises(DataError) as caught:
        surveyed(left_out=left_out)
    assert caught.value.key == f"errors.{key}"


def test_the_digest_follows_the_split() -> None:
    one = surveyed("train/cat*3", "train/dog*3", "test/cat*2", "test/dog*2")
    assert one.digest() == surveyed("train/cat*3", "train/dog*3", "test/cat*2", "test/dog*2").digest()
    rows = {"labels.csv": f"id,label\n{ROWS}"}
    digests = {one.digest(), surveyed(*TRAIN_FOUR, tables=rows).digest()}
    digests.add(surveyed(*TRAIN_FOUR, tables={"labels.csv": rows["labels.csv"].replace("1,cat", "1,dog")}).digest())
    digests.add(surveyed("train/cat*3", "train/dog*3").digest())
    assert len(digests) == 4


def test_a_list_of_the_test_images_is_said_not_to_be_read() -> None:
    paths = "".join(f"{name}\n" for name in ("cat/0.png", "dog/0.png"))
    found = surveyed(*within(("", 5)), tables={"val_list.txt": paths, "classes.txt": "cat\ndog\n"})
    assert found.test is None
    assert found.notes == [("data.note_split_list", {"file": "val_list.txt", "count": 1})]
    assert surveyed(*within(("train", 5), ("test", 2)), tables={"val_list.txt": paths}).notes == []
