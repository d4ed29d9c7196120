"""Folders and zips of pictures: names that lead outside, links, files that are not pictures, false zip headers."""

import contextlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from explorer.analysis import picture_set
from explorer.core.errors import DataError
from explorer.data import cifar10, datasets, images
from explorer.data.datasets import DataSet
from explorer.training.recipe import Recipe
from tests.hostile import corpus
from tests.hostile.tried import FUZZ, tried

pytestmark = pytest.mark.filterwarnings("ignore")  # zipfile's warning about duplicate names

SECRET = (1, 2, 3)
GOOD = [corpus.encoded(corpus.noise("RGB", 32 + k, 32), "PNG") for k in range(3)]
CONTENTS = st.one_of(st.sampled_from(GOOD), st.sampled_from([b"", b"text", *corpus.pictures().values()]))
FOLDERS = st.sampled_from(("cat", "dog", "train/cat", "train/dog", "test/cat", "test/x", "a/b/c/d/e/f"))
FILES = st.tuples(st.one_of(FOLDERS, FOLDERS, corpus.NAMES), corpus.WILD, st.sampled_from((".png", ".JPG", "")))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


def learned(path: Path) -> DataSet | DataError:
    cache = path.parent / "cache"
    found = tried("data sets", lambda: datasets.load(Recipe(data=str(path)), cache=cache), writes=(cache,))
    if isinstance(found, DataSet):
        assert all(name.isprintable() and len(name) <= 200 for name in (*found.classes, *found.unreadable[:99]))
        assert found.train.labels.max() < len(found.classes)
    return found


def of_files(files: list[tuple[tuple[str, str, str], bytes]]) -> list[tuple[str, bytes]]:
    named = [(f"{folder}/{name}{suffix}", content) for (folder, name, suffix), content in files]
    return [(name.encode(errors="replace").decode(), content) for name, content in named]


ZIPS = st.lists(st.tuples(FILES, CONTENTS), max_size=12).map(of_files).map(corpus.zipped)
WHOLE = corpus.zipped([(f"{name}/{k}.png", GOOD[k]) for name in ("cat", "dog") for k in range(3)])


@settings(max_examples=150 * FUZZ)
@given(st.one_of(ZIPS, corpus.broken(ZIPS), corpus.broken(st.just(WHOLE))))
def test_zips(place: Path, content: bytes) -> None:
    (place / "a.zip").write_bytes(content)
    learned(place / "a.zip")
    assert set(os.listdir(place)) <= {"a.zip", "cache"}


def is_secret(picture: Image.Image | Tensor) -> bool:
    found = picture.getpixel((0, 0)) if isinstance(picture, Image.Image) else tuple(picture[:, 0, 0].tolist())
    return found == SECRET


def put(path: Path, name: bytes, content: bytes, link: Path | None) -> None:
    """Create a file or a link, if the file system allows the name."""
    with contextlib.suppress(OSError, ValueError):
        file = path / os.fsdecode(name.replace(b"\0", b"")[:250])
        file.parent.mkdir(parents=True, exist_ok=True)
        if link is None:
            file.write_bytes(content)
        else:
            file.symlink_to(link)


LINKS = st.sampled_from((None, None, "outside", "outside/secret.png", "a", "loop", "nothing"))
RAW = st.one_of(st.binary(max_size=99), corpus.WILD.map(lambda name: name.encode(errors="surrogatepass")))
ENTRY = st.tuples(st.one_of(FOLDERS, FOLDERS, st.just(".")), RAW, CONTENTS, LINKS)


@settings(max_examples=60 * FUZZ)
@given(st.lists(ENTRY, max_size=14))
def test_folders(tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, bytes, bytes, str | None]]) -> None:
    place = tmp_path_factory.mktemp("folder")
    inside = place / "a"
    for folder in (inside, place / "outside"):
        folder.mkdir()
    (place / "loop").symlink_to("loop")
    Image.new("RGB", (32, 32), SECRET).save(place / "outside" / "secret.png")
    for folder, name, content, link in entries:
        suffix = b"" if link in ("outside", "a") else b".png"
        put(inside / folder, name + suffix, content, place / link if link else None)
    found = learned(inside)
    if isinstance(found, DataSet):
        assert not any(map(is_secret, (*found.train.images, *found.test.images)))
    shown = tried("galleries", lambda: images.gallery(inside))
    for sample in shown[:-12]:
        picture = tried("galleries", lambda sample=sample: images.open_sample(sample.id, inside))
        assert isinstance(picture, images.PictureError | DataError) or not is_secret(picture.image)
    tried("galleries", lambda: picture_set.find(3, inside))


def test_links_to_class_folders_outside_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the gallery nor for training. A link to a whole data set is followed: its owner made it."""
    for name in cifar10.CIFAR10_CLASSES:
        for part in ("train", "test"):
            folder = tmp_path / "outside" / part / name
            folder.mkdir(parents=True)
            (folder / "0.png").write_bytes(GOOD[0])
    for part in ("train", "test"):
        (tmp_path / "foreign" / part).mkdir(parents=True)
        for name in cifar10.CIFAR10_CLASSES:
            (tmp_path / "foreign" / part / name).symlink_to(tmp_path / "outside" / part / name)
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "foreign"))
    assert (cifar10.find_cifar10(tmp_path / "foreign"), cifar10.find_whole_cifar10()) == (None, None)
    (tmp_path / "owned").symlink_to(tmp_path / "outside")
    assert cifar10.find_cifar10(tmp_path / "owned") is not None


@pytest.mark.parametrize("declared", [0, 1, 1 << 20, (1 << 32) - 1])
def test_a_bomb_under_any_declared_size(place: Path, declared: int) -> None:
    size = 64 << 20
    content = corpus.zipped([*((f"cat/{k}.png", bytes(size)) for k in range(2)), ("dog/0.png", GOOD[0])])
    (place / "bomb.zip").write_bytes(content.replace(size.to_bytes(4, "little"), declared.to_bytes(4, "little")))
    assert isinstance(learned(place / "bomb.zip"), DataError)


def test_pictures_that_are_bombs_cost_themselves_only(place: Path) -> None:
    """Each file is small; many are decoded at once."""
    members = [(f"{name}/{k}.png", GOOD[k]) for name in ("cat", "dog") for k in range(3)]
    members += [(f"cat/{kind}.png", content) for kind, content in corpus.bombs().items()]
    (place / "bombs.zip").write_bytes(corpus.zipped(members))
    found = learned(place / "bombs.zip")
    assert isinstance(found, DataSet)
    assert len(found.unreadable) >= len(corpus.bombs()) - 7


def test_the_largest_pictures_at_once(place: Path) -> None:
    """Five pictures of 50 million pixels, each 150 MB when decoded."""
    buffer = io.BytesIO()
    Image.new("L", (7000, 7100)).save(buffer, "PNG", compress_level=1)
    members = [(f"{name}/{k}.png", buffer.getvalue()) for name in ("cat", "dog") for k in range(3)]
    (place / "large.zip").write_bytes(corpus.zipped(members))
    assert isinstance(learned(place / "large.zip"), DataSet)


def test_a_link_round_in_a_circle_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "0.png").write_bytes(GOOD[0])
    (tmp_path / "cat" / "1.png").symlink_to("1.png")
    (tmp_path / "dog").symlink_to("dog")
    found = cifar10.find_cifar10(tmp_path)
    assert found is not None
    assert found.classes == ("cat",)
    assert isinstance(images.open_sample("cat-1", tmp_path), images.Picture)
