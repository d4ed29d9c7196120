"""Preprocessing of pictures of any shape equals torchvision's."""

from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch.nn import functional as F
from torchvision.transforms import functional as TF

from explorer.models.preprocessing import CIFAR_PREPROCESSING, IMAGENET_PREPROCESSING, TINY_PREPROCESSING, Preprocessing


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


LIKE_TORCHVISION = [
    (224, 224), (256, 256), (255, 257), (640, 480), (480, 640), (33, 47), (47, 33), (8, 64), (64, 8), (1000, 130),
    (130, 1000), (1, 1), (1, 8), (3, 2),
]  # fmt: skip


@pytest.mark.parametrize("size", LIKE_TORCHVISION, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("weights", ["ResNet18_Weights.IMAGENET1K_V1", "Wide_ResNet50_2_Weights.IMAGENET1K_V2"])
def test_imagenet_pixels_are_torchvisions(size: tuple[int, int], weights: str) -> None:
    transforms = torchvision.models.get_weight(weights).transforms()
    ours = Preprocessing(
        transforms.resize_size[0], transforms.crop_size[0], *map(tuple, (transforms.mean, transforms.std))
    )
    assert torch.equal(ours(noise(*size))[0], transforms(noise(*size)))


@pytest.mark.parametrize("size", [(2000, 100), (100, 3000), (40, 800)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_middle_of_a_long_picture_is_torchvisions_too(size: tuple[int, int]) -> None:
    """The part cropped before the resize would have been cropped after it."""
    expected = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.transforms()(noise(*size))
    assert torch.equal(IMAGENET_PREPROCESSING(noise(*size))[0], expected)


@pytest.mark.parametrize("size", [(1, 30_000), (30_000, 1), (20_000, 10), (10, 20_000), (7, 57)])
@pytest.mark.parametrize("preprocess", [IMAGENET_PREPROCESSING, CIFAR_PREPROCESSING], ids=["224 px", "64 px"])
def test_a_long_picture_never_becomes_a_large_one(
    size: tuple[int, int], preprocess: Preprocessing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    resize = Image.Image.resize

    def watched(image: Image.Image, size: tuple[int, int], *args: Any, **kwargs: Any) -> Image.Image:
        made.append(size[0] * size[1])
        return resize(image, size, *args, **kwargs)

    monkeypatch.setattr(Image.Image, "resize", watched)
    x = preprocess(noise(*size))
    assert x.shape == (1, 3, preprocess.input_px, preprocess.input_px)
    assert made
    assert max(made) <= 9 * preprocess.resize_px**2


@pytest.mark.parametrize(
    ("preprocess", "mean", "std"),
    [
        (CIFAR_PREPROCESSING, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
        (TINY_PREPROCESSING, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ],
    ids=["cifar10", "upstream"],
)
@pytest.mark.parametrize("size", [(32, 32), (640, 480), (48, 200)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("input_px", [32, 64, 96])
def test_our_weights_pixels_are_shrunk_normalised_and_enlarged(
    preprocess: Preprocessing, mean: tuple[float, ...], std: tuple[float, ...], size: tuple[int, int], input_px: int
) -> None:
    width, height = size
    picture = noise(width, height)
    shorter = min(size)
    small = picture.resize((int(32 * width / shorter), int(32 * height / shorter)), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(TF.center_crop(small, [32, 32])) / np.float32(255)).permute(2, 0, 1)
    normal = (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    expected = F.interpolate(normal[None], size=(input_px, input_px), mode="bilinear", align_corners=False)
    found = preprocess.sized(input_px)(picture)
    assert torch.equal(found, expected)
    assert found.is_contiguous()


@pytest.mark.parametrize("input_px", [32, 64, 224, 320])
def test_sized_gives_that_size_and_pixels_undo_the_colours(input_px: int) -> None:
    for preprocess in (IMAGENET_PREPROCESSING, TINY_PREPROCESSING, CIFAR_PREPROCESSING):
        sized = preprocess.sized(input_px)
        x = sized(noise(300, 200))
        assert sized.input_px == input_px == x.shape[-1]
        assert (sized.mean, sized.std) == (preprocess.mean, preprocess.std)
        pixels = sized.pixels(x)
        assert (pixels.min() >= 0, pixels.max() <= 1) == (True, True)
        again = TF.normalize(pixels[0], list(sized.mean), list(sized.std))
        torch.testing.assert_close(again, x[0], rtol=1e-5, atol=1e-5)


def test_sized_at_its_own_size_changes_nothing() -> None:
    for preprocess in (IMAGENET_PREPROCESSING, TINY_PREPROCESSING, CIFAR_PREPROCESSING):
        assert preprocess.sized(preprocess.input_px) == preprocess


def test_a_picture_is_only_read() -> None:
    picture = noise(90, 60)
    before = picture.tobytes()
    CIFAR_PREPROCESSING(picture)
    assert picture.tobytes() == before


@pytest.mark.parametrize("size", [(640, 480), (300, 700), (224, 224), (50, 40), (1500, 256)])
@pytest.mark.parametrize("member", ["IMAGENET1K_V1", "IMAGENET1K_V2"])
def test_imagenet_preprocessing_is_torchvisions(size: tuple[int, int], member: str) -> None:
    transforms = torchvision.models.ResNet50_Weights[member].transforms()
    ours = Preprocessing(transforms.resize_size[0], 224, tuple(transforms.mean), tuple(transforms.std))
    assert torch.equal(ours(noise(*size))[0], transforms(noise(*size)))


def test_cifar_preprocessing_normalises_then_enlarges() -> None:
    picture = noise(32, 32)
    pixels = torchvision.transforms.functional.pil_to_tensor(picture).float() / 255
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)))
    expected = F.interpolate(((pixels - mean) / std)[None], size=(64, 64), mode="bilinear", align_corners=False)
    found = CIFAR_PREPROCESSING(picture)
    assert torch.equal(found, expected)
    small = CIFAR_PREPROCESSING.sized(32)
    assert torch.allclose(small.pixels(small(picture))[0], pixels, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 30_000), (20_000, 10)])
def test_any_shape_gives_the_size_asked_for(size: tuple[int, int]) -> None:
    for preprocess in (CIFAR_PREPROCESSING, IMAGENET_PREPROCESSING, IMAGENET_PREPROCESSING.sized(96)):
        x = preprocess(noise(*size))
        assert x.shape == (1, 3, preprocess.input_px, preprocess.input_px)
        assert torch.isfinite(x).all()


def test_sized_keeps_the_share_that_is_cut_away() -> None:
    assert IMAGENET_PREPROCESSING.sized(112).resize_px == 128
    assert CIFAR_PREPROCESSING.sized(128).enlarge_px == 128


@pytest.mark.parametrize(("height", "width"), [(32, 64), (64, 32), (20, 90)])
def test_an_input_that_is_no_square_shows_the_middle(height: int, width: int) -> None:
    """A picture of the input's own ratio is only resized; of a wider one the middle is left."""
    preprocess = Preprocessing(height, height, (0.0,) * 3, (1.0,) * 3, width_px=width)
    assert preprocess.shape == (1, 3, height, width)
    picture = Image.effect_noise((3 * width, 3 * height), 60).convert("RGB")
    plain = TF.to_tensor(TF.resize(picture, [height, width], antialias=True))[None]
    torch.testing.assert_close(preprocess(picture), plain)
    wider = Image.new("RGB", (9 * width, 3 * height))
    wider.paste(picture, (3 * width, 0))
    torch.testing.assert_close(preprocess(wider)[..., 2:-2], plain[..., 2:-2])


def test_one_channel_is_grey() -> None:
    preprocess = Preprocessing(8, 8, (0.3, 0.4, 0.5), (0.1, 0.2, 0.3), channels=1)
    x = preprocess(Image.new("RGB", (20, 20), (255, 0, 0)))
    assert x.shape == preprocess.shape == (1, 1, 8, 8)
    assert float(x[0, 0, 0, 0]) == pytest.approx((76 / 255 - 0.4) / 0.2, abs=1e-4), "ITU-R 601: 0.299 R"
    assert preprocess.pixels(x).shape == (1, 3, 8, 8)
