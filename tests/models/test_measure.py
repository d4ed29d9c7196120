"""What a checkpoint does not say is measured on labelled pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from explorer.core.errors import DataError
from explorer.models import measure
from explorer.models.measure import Labelled, Measured
from explorer.models.own import AS_FOUND, Choice
from tests.models.own_files import NAME, Akamaster, own_state, saved

FILE = "mine.th"


def noise(count: int, px: int = 32) -> tuple[Image.Image, ...]:
    drawn = np.random.default_rng(0)
    return tuple(Image.fromarray(drawn.integers(0, 255, (px, px, 3), np.uint8)) for _ in range(count))


def as_answered(module: torch.nn.Module, pictures: tuple[Image.Image, ...], mean: object, std: object) -> Labelled:
    """The pictures with the network's own answers as their labels: it is right where it sees them as it did here."""
    x = torch.stack([torch.from_numpy(np.array(each)).permute(2, 0, 1) / 255 for each in pictures])
    x = (x - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    with torch.no_grad():
        labels = tuple(module(x).argmax(1).tolist())
    return Labelled(tuple(f"c{k}" for k in range(10)), pictures, labels)


@pytest.fixture(scope="module")
def theirs() -> Akamaster:
    torch.manual_seed(4)
    network = Akamaster().eval()
    with torch.no_grad():  # logits that vary from picture to picture
        features: list[torch.Tensor] = []
        handle = network.linear.register_forward_pre_hook(lambda _, given: features.append(given[0]))
        network(torch.randn(64, 3, 32, 32))
        handle.remove()
        network.linear.weight.copy_(F.normalize(torch.randn(10, 32)) / features[0].std(0))
        network.linear.bias.copy_(-network.linear.weight @ features[0].mean(0))
    return network


def test_padding_and_colours_are_found(theirs: Akamaster) -> None:
    content = saved({"state_dict": {f"module.{name}": value for name, value in theirs.state_dict().items()}})
    labelled = as_answered(theirs, noise(60), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    found = measure.measured(NAME, content, FILE, AS_FOUND, labelled)
    assert {each.words for each in found} == {f"{a} / {b}" for a in ("cifar", "imagenet32") for b in ("both", "end")}
    assert found[0] == Measured(Choice(padding="both", preset="imagenet32", measured=True), "imagenet32", 60, 60)
    assert found[0].right > found[1].right


def test_what_is_chosen_is_not_measured(theirs: Akamaster) -> None:
    content = saved(dict(theirs.state_dict()))
    labelled = as_answered(theirs, noise(4), (0.5,) * 3, (0.5,) * 3)
    chosen = Choice(padding="both", preset="cifar")
    assert measure.measured(NAME, content, FILE, chosen, labelled) == []
    assert [each.words for each in measure.measured(NAME, content, FILE, Choice(preset="cifar"), labelled)][:1] != []
    other = Labelled(("a", "b"), labelled.pictures, (0, 1, 0, 1))
    assert measure.measured(NAME, content, FILE, AS_FOUND, other) == [], "of two classes, where the network has ten"


def test_pictures_of_a_folder(tmp_path: Path) -> None:
    for part, count in (("train", 5), ("test", 3)):
        for name in ("cat", "dog"):
            (tmp_path / part / name).mkdir(parents=True)
            for k, picture in enumerate(noise(count, 600)):
                picture.save(tmp_path / part / name / f"{k}.png")
    (tmp_path / "test" / "cat" / "broken.png").write_bytes(b"no picture")
    found = measure.folder_pictures(tmp_path)
    assert (found.classes, sorted(found.labels)) == (("cat", "dog"), [0, 0, 0, 1, 1, 1])
    assert {picture.size for picture in found.pictures} == {(512, 512)}
    assert len(measure.folder_pictures(tmp_path, 2).pictures) <= 2
    for name in ("cat", "dog"):
        (tmp_path / "none" / name).mkdir(parents=True)
        (tmp_path / "none" / name / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    with pytest.raises(DataError, match="nothing can be measured"):
        measure.folder_pictures(tmp_path / "none")


def test_classes_are_matched_by_name(theirs: Akamaster) -> None:
    content = saved({"state_dict": own_state(), "classes": [f"c{k}" for k in range(10)]})
    network = measure.load_checkpoint(NAME, content, FILE)
    turned = Labelled(("C9", "c0"), noise(2), (0, 1))
    assert measure.targets(network, turned) == [9, 0]
