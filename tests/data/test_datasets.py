"""Loaded pictures equal those of Pillow and torchvision, are selected evenly and decoded once."""

import io
import os
import pickle
import threading
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor
from torchvision.datasets import CIFAR10, utils
from torchvision.transforms import functional as TF

from explorer.core.errors import DataError
from explorer.data import cifar10, datasets, images
from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.data.datasets import DataSet, Interrupted, Split, cached_test, load
from explorer.models.preprocessing import Preprocessing
from explorer.training.recipe import Recipe


def picture(seed: int, width: int = 40, height: int = 40) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def folders(root: Path, counts: dict[str, int], seed: int = 0) -> Path:
    """`counts` different pictures in each folder."""
    for folder, count in counts.items():
        (root / folder).mkdir(parents=True)
        for k in range(count):
            (root / folder / f"{k:04}.png").write_bytes(png(picture(seed := seed + 1)))
    return root


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def counts(split: Split | None) -> dict[int, int]:
    assert split is not None
    return dict(sorted(Counter(split.labels.tolist()).items()))


def pixels(*splits: Split | None) -> list[bytes]:
    return sorted(image.numpy().tobytes() for split in splits if split is not None for image in split.images)


def same(one: DataSet, other: DataSet) -> bool:
    return all(
        torch.equal(a, b)
        for part in ("train", "test")
        for a, b in zip(vars(getattr(one, part)).values(), vars(getattr(other, part)).values(), strict=True)
    )


def recipe(path: Path, **fields: Any) -> Recipe:
    return Recipe(data=str(path), **fields)


SIZES = [(32, 32), (40, 40), (64, 48), (45, 90), (200, 40), (33, 264), (20, 100), (31, 31)]


@pytest.fixture
def sizes(tmp_path: Path) -> Path:
    root = folders(tmp_path / "sizes", {"train/b": 1, "test/a": 1})
    (root / "train" / "a").mkdir()
    for k, size in enumerate(SIZES):
        picture(k, *size).save(root / "train" / "a" / f"{k}.png")
    return root


def test_a_picture_is_stored_as_prediction_sees_it(sizes: Path) -> None:
    found = load(recipe(sizes))
    assert found.side == 32
    prepare = Preprocessing(32, 32, (0, 0, 0), (1, 1, 1))
    for k, size in enumerate(SIZES):
        assert torch.equal(found.train.images[k], (prepare(picture(k, *size))[0] * 255).round().byte()), size
    assert torch.equal(found.train.images[0], TF.pil_to_tensor(picture(0, 32, 32)))


@pytest.mark.parametrize(("image_size", "side"), [(32, 32), (64, 48), (40, 40)])
def test_nothing_is_stored_larger_than_the_largest_picture(
    sizes: Path, tmp_path: Path, image_size: int, side: int
) -> None:
    load(recipe(sizes, image_size=33), cache=tmp_path)
    found = load(recipe(sizes, image_size=image_size), cache=tmp_path)
    assert found.side == side
    small = TF.center_crop(TF.resize(picture(6, 20, 100), [side], antialias=True), [side])
    assert torch.equal(found.train.images[6], TF.pil_to_tensor(small))


def test_a_strip_is_cut_before_it_is_enlarged(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/a": 1, "train/b": 1, "test/b": 1})
    Image.new("RGB", (1, 30_000), (9, 8, 7)).save(root / "train" / "a" / "0000.png")
    assert load(recipe(root)).train.images[0].unique().tolist() == [7, 8, 9]


def test_labels_follow_sorted_names_and_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/tea": 2, "train/Coffee": 3, "test/tea": 1, "elsewhere/x": 1})
    (root / "train" / "water").symlink_to(root / "elsewhere")
    found = load(recipe(root))
    assert found.classes == ("Coffee", "tea")
    assert found.train.labels.tolist() == [0, 0, 0, 1, 1]
    assert (found.test.labels.tolist(), found.validation) == ([1], None)
    want = [Image.open(root / "train" / name) for name in ("Coffee/0002.png", "tea/0000.png")]
    assert pixels(found.train.at(slice(2, 4))) == sorted(
        TF.pil_to_tensor(TF.resize(image, [32], antialias=True)).numpy().tobytes() for image in want
    )


def test_a_source_in_one_part_is_split_by_seed(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"a": 20, "b": 7, "c": 2, "d": 1})
    first, again, other = (load(recipe(root, seed=seed)) for seed in (0, 0, 1))
    for found in (first, other):
        assert counts(found.test) == {0: 4, 1: 1, 2: 1}
        assert counts(found.train) == {0: 16, 1: 6, 2: 1, 3: 1}
        assert len(set(pixels(found.train, found.test))) == 30
    assert same(first, again)
    assert not same(first, other)


def test_the_seed_leaves_a_test_part_alone(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/a": 5, "train/b": 5, "test/a": 2, "test/b": 2})
    first, other = (load(recipe(root, seed=seed)) for seed in (0, 1))
    assert first.digest == other.digest
    assert same(first, other)


@pytest.mark.parametrize(
    ("fields", "want"),
    [
        ({"limit": 6}, {0: 2, 1: 2, 2: 2}),
        ({"limit": 7}, {0: 3, 1: 2, 2: 2}),
        ({"limit": 18}, {0: 8, 1: 8, 2: 2}),
        ({"limit": 10_000_000}, {0: 12, 1: 9, 2: 2}),
        ({"limit_per_class": 3}, {0: 3, 1: 3, 2: 2}),
        ({"limit_per_class": 3, "limit": 5}, {0: 2, 1: 2, 2: 1}),
        ({"limit_per_class": 3, "limit": 100}, {0: 3, 1: 3, 2: 2}),
    ],
)
def test_a_limit_takes_evenly_from_the_training_pictures(
    tmp_path: Path, fields: dict[str, int], want: dict[int, int]
) -> None:
    root = folders(tmp_path / "root", {"train/a": 12, "train/b": 9, "train/c": 2, "test/a": 9})
    whole, found, again = (load(recipe(root, **few)) for few in ({}, fields, fields))
    assert counts(found.train) == want
    assert found.train.labels.tolist() == sorted(found.train.labels.tolist()), "in their original order"
    assert len(found.test) == 9
    assert set(pixels(found.train)) <= set(pixels(whole.train))
    assert len(set(pixels(found.train))) == len(found.train)
    assert same(found, again)


def test_another_seed_limits_to_other_pictures(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/a": 12, "train/b": 12, "test/a": 1})
    assert not same(*(load(recipe(root, seed=seed, limit=6)) for seed in (0, 1)))


@pytest.mark.parametrize(
    ("limit", "want", "of_a"),
    [
        (9, {0: 3, 1: 3, 2: 3}, [0, 3, 6]),
        (10, {0: 4, 1: 3, 2: 3}, [0, 2, 4, 6]),
        (15, {0: 6, 1: 6, 2: 3}, [0, 2, 3, 4, 6, 7]),
        (10_000_000, {0: 8, 1: 7, 2: 3}, list(range(8))),
    ],
)
def test_a_test_limit_takes_evenly_and_the_same_ones(
    tmp_path: Path, limit: int, want: dict[int, int], of_a: list[int]
) -> None:
    inside = {f"{part}/{name}": n for part in ("train", "test") for name, n in {"a": 8, "b": 7, "c": 3}.items()}
    root = folders(tmp_path / "root", inside)
    whole, found, other = (
        load(recipe(root, **few)) for few in ({}, {"test_limit": limit}, {"test_limit": limit, "seed": 1})
    )
    assert counts(found.test) == want
    assert torch.equal(found.test.images[: len(of_a)], whole.test.images[of_a]), "spread over the class, in its order"
    assert same(found, other), "whatever the seed"
    assert pixels(found.train) == pixels(whole.train)


def test_a_tenth_is_kept_aside_for_validation(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/a": 30, "train/b": 4, "train/c": 1, "test/a": 2})
    whole, found = (load(recipe(root, best_by=by)) for by in ("test", "validation"))
    assert counts(found.validation) == {0: 3, 1: 1}
    assert counts(found.train) == {0: 27, 1: 3, 2: 1}
    assert pixels(found.train, found.validation) == pixels(whole.train)
    few = load(recipe(root, best_by="validation", limit=20))
    assert (counts(few.validation), counts(few.train)) == ({0: 2, 1: 1}, {0: 13, 1: 3, 2: 1})


@pytest.mark.parametrize("parts", [("train/", "test/"), ("",)], ids=["two parts", "one part"])
def test_a_small_selection_is_decoded_alone_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: tuple[str, ...]
) -> None:
    root = folders(tmp_path / "root", {f"{part}{name}": 20 for part in parts for name in "abcd"})
    load(recipe(root, seed=1), cache=tmp_path / "whole")
    decoded: list[bytes] = []
    decode = images.decode
    monkeypatch.setattr(images, "decode", lambda content: decoded.append(content) or decode(content))
    for fields in (
        {"limit": 6, "test_limit": 5}, {"limit_per_class": 2, "classes": ("b", "d"), "test_limit": 4},
        {"limit": 10, "test_limit": 4, "best_by": "validation"}, {"limit": 2, "test_limit": 8},
    ):  # fmt: skip
        chosen, cache = recipe(root, seed=1, **fields), tmp_path / "few"
        from_whole = load(chosen, cache=tmp_path / "whole")
        assert decoded == []
        alone, again = (load(chosen, cache=cache) for _ in range(2))
        kept = pixels(alone.train, alone.test, alone.validation)
        assert len(decoded) == len(kept) < 20, "once, and no other"
        assert pixels(from_whole.train, from_whole.test, from_whole.validation) == kept
        assert same(alone, from_whole)
        assert same(alone, again)
        assert (alone.classes, alone.repeated, counts(alone.validation or alone.test)) == (
            from_whole.classes, 0, counts(from_whole.validation or from_whole.test),
        )  # fmt: skip
        test = cached_test(alone.digest, cache, chosen)
        assert test is not None
        assert torch.equal(test.images, alone.test.images)
        decoded.clear()


def test_a_small_selection_does_not_depend_on_the_cache(tmp_path: Path) -> None:
    """Where a picture is broken, smaller than the others, or repeated, the whole source would give another answer."""
    few: dict[str, Any] = {"limit": 4, "test_limit": 3, "image_size": 64}
    for name, change in {
        "broken": lambda root: [(root / f"train/a/{k:04}.png").write_bytes(b"\x89PNG") for k in range(20)],
        "small": lambda root: picture(1, 34, 36).save(root / "train/a/0003.png"),
        "large": lambda root: [picture(k, 60, 60).save(root / f"train/b/{20 + k:04}.png") for k in range(3)],
        "repeated": lambda root: (root / "test/a/0001.png").write_bytes((root / "train/a/0001.png").read_bytes()),
    }.items():
        sources = {"train/a": 21, "train/b": 20, "test/a": 10, "test/b": 10}
        root, cache = folders(tmp_path / name, sources), tmp_path / f"{name} cache"
        change(root)
        first = load(recipe(root, **few), cache=cache)
        load(recipe(root, image_size=64), cache=cache)
        last = load(recipe(root, **few), cache=cache)
        assert same(first, last), name
        assert (first.side, first.repeated) == (last.side, last.repeated)
        assert counts(first.train) == ({0: 1, 1: 3} if name == "broken" else {0: 2, 1: 2})


def test_only_some_classes(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {f"{part}/{name}": 2 for part in ("train", "test") for name in "abcd"})
    whole, found = (load(recipe(root, classes=names)) for names in ((), ("d", "b")))
    assert found.classes == ("b", "d")
    assert found.train.labels.tolist() == found.test.labels.tolist() == [0, 0, 1, 1]
    assert torch.equal(found.train.images, whole.train.images[[2, 3, 6, 7]])
    assert found.digest == whole.digest
    with pytest.raises(DataError, match=r"no class “x”\. Available: a, b, c, d\."):
        load(recipe(root, classes=("a", "x")))
    with pytest.raises(DataError, match="classes is 1;"):
        load(recipe(root, classes=("a", "a")))


def test_the_same_picture_in_both_parts_is_counted(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/a": 2, "train/b": 2, "test/a": 2, "test/b": 2})
    for copy in ("test/a/0000.png", "test/a/0001.png"):
        (root / copy).write_bytes((root / "train/b/0001.png").read_bytes())
    (root / "train/a/0000.png").write_bytes((root / "train/b/0001.png").read_bytes())
    assert load(recipe(root)).repeated == 2
    assert load(recipe(folders(root, {"train/c": 1, "test/c": 1}, seed=50), classes=("b", "c"))).repeated == 0
    (root / "test/a/0000.png").write_bytes(png(picture(999)))
    assert load(recipe(root)).repeated == 1


def test_a_broken_picture_is_skipped_and_listed(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/a": 60, "train/b": 2, "test/a": 2, "test/b": 1})
    broken = root / "train/a/0057.png"
    broken.write_bytes(broken.read_bytes()[:-40])
    (root / "test/b/0000.png").write_text("text", encoding="utf-8")
    found = load(recipe(root))
    assert found.unreadable == ("a/0057.png", "b/0000.png")
    assert (counts(found.train), counts(found.test)) == ({0: 59, 1: 2}, {0: 2})
    next_one = TF.resize(Image.open(root / "train/a/0058.png"), [32], antialias=True)
    assert torch.equal(found.train.images[57], TF.pil_to_tensor(next_one))


def spoiled(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).write_bytes(b"spoiled")
    return root


@pytest.mark.parametrize(
    ("inside", "spoil", "fields", "sentence"),
    [
        ({"a": 3}, (), {}, "root: the number of classes is 1; 2 to 1000 are supported"),
        ({}, (), {}, "root has no images in a supported format"),
        ({"a": 1, "b": 1}, (), {}, "There are no images to test on"),
        ({"train/a": 1, "train/b": 1, "test/a": 1}, ("test/a/0000.png",), {}, "There are no images to test on"),
        ({"a": 2, "b": 1}, ("b/0000.png",), {}, "The class “b” has no readable training images"),
        (
            {"train/a": 2, "train/b": 1, "test/b": 1},
            ("train/b/0000.png",),
            {},
            "The class “b” has no readable training images",
        ),
        ({"train/a": 2, "train/b": 1, "test/c": 1}, (), {}, "The class “c” has test images but no training images"),
        ({"a": 2, "b": 2}, (), {"best_by": "validation"}, "No class has a second training image"),
    ],
)
def test_what_cannot_be_learned_is_said(
    tmp_path: Path, inside: dict[str, int], spoil: tuple[str, ...], fields: dict[str, str], sentence: str
) -> None:
    (tmp_path / "root").mkdir()
    with pytest.raises(DataError, match=sentence):
        load(recipe(spoiled(folders(tmp_path / "root", inside), *spoil), **fields))


def test_ten_thousand_classes_are_refused_before_one_is_decoded(tmp_path: Path, never_decode: None) -> None:
    path = zipped(tmp_path / "a.zip", {f"{k}/0.png": b"0" for k in range(10_000)})
    with pytest.raises(DataError, match=r"a\.zip: the number of classes is 10000; 2 to 1000"):
        load(recipe(path))


def test_more_than_is_stored_is_refused_at_the_first_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folders(tmp_path / "root", {"a": 5, "b": 5})
    monkeypatch.setattr(datasets, "MAX_STORED_BYTES", 10 * 3 * 32 * 32)
    load(recipe(root))
    with pytest.raises(DataError, match="10 images with a side of 40 px take more than"):
        load(recipe(root, image_size=48))


def test_a_zip_is_read_as_the_folder_is(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"train/a": 3, "train/b": 2, "test/a": 1})
    files = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in root.rglob("*.png")}
    path = zipped(tmp_path / "a.zip", files | {"../root/train/a/x.png": b"x", "root/train/a/y.png": b"y"})
    found = load(recipe(path))
    assert same(found, load(recipe(root)))
    assert found.unreadable == ("a/x.png", "a/y.png")
    assert not (tmp_path / "x.png").exists()


@pytest.fixture
def never_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(content: bytes, name: str = "") -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(images, "decode", refuse)


def test_what_is_cached_is_not_decoded_again(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    root = spoiled(folders(tmp_path / "root", {"a": 6, "b": 6}), "a/0003.png")
    (root / "b/0000.png").write_bytes((root / "b/0001.png").read_bytes())
    first = load(recipe(root), cache=tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"{first.digest}.safetensors"]
    request.getfixturevalue("never_decode")
    found = load(recipe(root), cache=tmp_path / "cache")
    assert same(first, found)
    assert (found.classes, found.unreadable, found.repeated, found.digest) == (
        first.classes, first.unreadable, first.repeated, first.digest,
    )  # fmt: skip
    with pytest.raises(AssertionError, match="decoded"):
        load(recipe(root, seed=1), cache=tmp_path / "cache")


def test_the_test_pictures_of_a_run_are_read_from_the_cache(tmp_path: Path) -> None:
    root, cache = folders(tmp_path / "root", {"a": 6, "b": 6, "c": 6}), tmp_path / "cache"
    for chosen in (recipe(root), recipe(root, classes=("a", "c")), recipe(root, classes=("a", "c"), test_limit=2)):
        found = load(chosen, cache=cache)
        test = cached_test(found.digest, cache, chosen)
        assert test is not None
        assert torch.equal(test.images, found.test.images)
        assert torch.equal(test.labels, found.test.labels)
    for digest, classes in (("0" * 64, ()), (f"../cache/{found.digest}", ()), (found.digest, ("a", "x"))):
        assert cached_test(digest, cache, recipe(root, classes=classes)) is None


@pytest.mark.parametrize("damage", ["cut", "header", "empty", "other"])
def test_a_damaged_cache_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    root, cache = folders(tmp_path / "root", {"a": 6, "b": 6}), tmp_path / "cache"
    first = load(recipe(root), cache=cache)
    file = cache / f"{first.digest}.safetensors"
    whole = file.read_bytes()
    file.unlink()  # not truncated: the file is memory-mapped
    file.write_bytes(
        {"cut": whole[:-1], "header": b"\xff" * 8 + whole[8:], "empty": b"", "other": b"\2" + bytes(7) + b"{}"}[damage]
    )
    assert cached_test(first.digest, cache, recipe(root)) is None
    assert same(first, load(recipe(root), cache=cache))
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", {"a": 6, "b": 6})
    (tmp_path / "file").touch()
    assert same(load(recipe(root)), load(recipe(root), cache=tmp_path / "file"))


def test_two_at_once_both_succeed(tmp_path: Path) -> None:
    root, cache = folders(tmp_path / "root", {"a": 20, "b": 20}), tmp_path / "cache"
    found: list[DataSet] = []
    threads = [threading.Thread(target=lambda: found.append(load(recipe(root), cache=cache))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(same(found[0], other) for other in found)
    assert [path.name for path in cache.iterdir()] == [f"{found[0].digest}.safetensors"]


def test_the_cache_keeps_what_was_used_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, cache = folders(tmp_path / "root", {"a": 20, "b": 20}), tmp_path / "cache"
    digests = [load(recipe(root, seed=seed), cache=cache).digest for seed in range(3)]
    (cache / ".left.part").write_bytes(b"by a killed process")
    size = max(path.stat().st_size for path in cache.iterdir())
    names = [f"{digests[0]}.safetensors", f"{digests[1]}.safetensors", ".left.part", f"{digests[2]}.safetensors"]
    for age, name in enumerate(names):
        os.utime(cache / name, (1000 + age, 1000 + age))
    load(recipe(root, seed=0), cache=cache)
    monkeypatch.setattr(datasets, "CACHE_BYTES", 3 * size + 5)
    digests.append(load(recipe(root, seed=3), cache=cache).digest)
    assert {path.stem for path in cache.iterdir()} == {digests[0], digests[2], digests[3]}


def test_stopping(tmp_path: Path) -> None:
    root, cache = folders(tmp_path / "root", {"a": 20, "b": 20}), tmp_path / "cache"
    with pytest.raises(Interrupted):
        load(recipe(root), cache=cache, stop=lambda: True)
    assert not cache.exists()


def test_progress_ends_at_the_number_of_pictures(tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    load(recipe(folders(tmp_path / "root", {"a": 20, "b": 20})), progress=lambda *done: reported.append(done))
    assert reported[-1] == (40, 40)


def test_files_are_read_as_they_are_decoded_not_all_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, under_way, most = folders(tmp_path / "root", {"a": 50, "b": 50}), 0, 0
    monkeypatch.setattr(datasets, "GROUP_BYTES", 1)
    results, groups = datasets._in_order, datasets._read_groups

    def counted_groups(*arguments: Any) -> Any:
        nonlocal under_way, most
        for group in groups(*arguments):
            under_way += 1
            most = max(most, under_way)
            yield group

    def counted_results(*arguments: Any) -> Any:
        nonlocal under_way
        for result in results(*arguments):
            under_way -= 1
            yield result

    monkeypatch.setattr(datasets, "_read_groups", counted_groups)
    monkeypatch.setattr(datasets, "_in_order", counted_results)
    load(recipe(root))
    assert 1 < most <= datasets.WORKERS + 1


def test_digits_are_scikit_learns() -> None:
    found = load(Recipe(data="digits"))
    assert (len(found.train), len(found.test), found.side) == (1438, 359, 32)
    assert found.classes == tuple("0123456789")
    want = load_digits()
    totals = Counter(want.target.tolist())
    assert counts(found.test) == {digit: round(totals[digit] * 0.2) for digit in range(10)}
    prepare = Preprocessing(32, 32, (0, 0, 0), (1, 1, 1))

    def prepared(k: int) -> Tensor:
        grey = Image.fromarray(np.round(want.images[k] * 255 / 16).astype(np.uint8))
        return (prepare(grey.convert("RGB"))[0] * 255).round().byte()

    both = {
        image.numpy().tobytes(): label
        for split in (found.train, found.test)
        for image, label in zip(split.images, split.labels.tolist(), strict=True)
    }
    assert [both[prepared(k).numpy().tobytes()] for k in range(0, 1797, 100)] == want.target[::100].tolist()
    assert same(found, load(Recipe(data="digits", seed=1)))


def test_cifar10_in_class_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = {f"cifar10/{part}/{name}": 1 for part in ("train", "test") for name in CIFAR10_CLASSES}
    folders(tmp_path, inside)
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    found = load(Recipe())
    assert (found.classes, found.train.labels.tolist(), len(found.test)) == (CIFAR10_CLASSES, list(range(10)), 10)


@pytest.mark.parametrize("inside", [{}, {"test/cat": 2}, {"train/cat": 2, "train/dog": 2, "test/cat": 1}])
def test_other_pictures_are_not_taken_for_cifar10(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: dict[str, int]
) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(folders(tmp_path, inside)))
    with pytest.raises(DataError, match=r"CIFAR-10 was not found.*--data digits") as caught:
        load(Recipe())
    assert str(tmp_path) in str(caught.value)


@pytest.fixture
def torchvision_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CIFAR-10 of thirty training and twenty test pictures whose checksums torchvision accepts."""
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()
    random = np.random.default_rng(0)
    for name, count in (("data_batch_1", 30), ("test_batch", 20)):
        batch = {"data": random.integers(0, 256, (count, 3072), np.uint8), "labels": [k % 10 for k in range(count)]}
        (folder / name).write_bytes(pickle.dumps(batch))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list(CIFAR10_CLASSES)}))
    sums = {path.name: utils.calculate_md5(path) for path in folder.iterdir()}
    monkeypatch.setattr(CIFAR10, "train_list", [["data_batch_1", sums["data_batch_1"]]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": sums["batches.meta"]})
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    return folder


def test_cifar10_in_torchvisions_layout(torchvision_layout: Path, tmp_path: Path) -> None:
    found = load(Recipe(image_size=64), cache=tmp_path / "cache")
    assert (found.classes, found.side, len(found.train), len(found.test)) == (CIFAR10_CLASSES, 32, 30, 20)
    for split, train in ((found.train, True), (found.test, False)):
        for k, (image, label) in enumerate(CIFAR10(tmp_path, train=train)):
            assert torch.equal(split.images[k], TF.pil_to_tensor(image))
            assert split.labels[k] == label
    assert same(found, load(Recipe(), cache=tmp_path / "cache"))


def test_damaged_training_pictures_are_said(torchvision_layout: Path) -> None:
    (torchvision_layout / "data_batch_1").write_bytes(b"damaged")
    with pytest.raises(DataError, match="damaged or incomplete"):
        load(Recipe())


def test_the_environments_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    assert cifar10.search_roots() == [tmp_path, Path("data")]


def test_a_cache_file_that_lost_its_facts_is_made_anew(tmp_path: Path) -> None:
    whole = load(Recipe(data="digits"), cache=tmp_path)
    (file,) = tmp_path.glob("*.safetensors")
    file.write_bytes(file.read_bytes().replace(b"unreadable", b"unreadible"))
    assert datasets.cached_test(whole.digest, tmp_path, Recipe(data="digits")) is None
    assert load(Recipe(data="digits"), cache=tmp_path).classes == whole.classes
