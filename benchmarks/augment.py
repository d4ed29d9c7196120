"""Time to augment a batch, and how many times longer other libraries take: `python -m benchmarks.augment`.

The tutorial's transforms of 32 px pictures, on 2 threads. Compared with torchvision's transforms.v2, called once per
picture (needed for independent parameters), and with `--kornia` (not in our requirements: pip install kornia) kornia,
whose jitter draws its order once per batch. Bounds: 2.5 ms for 64 pictures, 8 ms for 256.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import v2

from benchmarks import report
from benchmarks.tracing import ratios
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from explorer.training.augment import Augment
from explorer.training.recipe import RECIPES, Recipe

SIDE = 32
MEAN, STD = CIFAR_PREPROCESSING.mean, CIFAR_PREPROCESSING.std

Augmentation = Callable[[Tensor], Tensor]


def torchvision_v2(recipe: Recipe) -> Augmentation:
    chain = v2.Compose([
        v2.RandomCrop(SIDE, recipe.crop_padding), v2.RandomHorizontalFlip(recipe.flip),
        v2.ColorJitter(recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue),
        v2.RandomRotation(recipe.rotation), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD),
    ])  # fmt: skip
    return lambda images: torch.stack([chain(image) for image in images])


def kornia(recipe: Recipe) -> Augmentation:
    from kornia import augmentation as K  # optional: only with --kornia

    jitter = (recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue)
    chain: Any = K.AugmentationSequential(
        K.RandomCrop((SIDE, SIDE), recipe.crop_padding), K.RandomHorizontalFlip(p=recipe.flip),
        K.ColorJitter(*jitter, p=1.0), K.RandomRotation(recipe.rotation, resample="nearest", p=1.0),
        K.Normalize(torch.tensor(MEAN), torch.tensor(STD)),
    )  # fmt: skip
    return lambda images: chain(images / 255)


def milliseconds(call: Callable[[], object], runs: int) -> list[float]:
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        found.append((time.perf_counter() - started) * 1000)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kornia", action="store_true")
    parser.add_argument("--runs", type=int, default=101)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.empty(4_000_000)  # warm up as a training step does: the allocator then keeps freed memory
    report.hardware()
    others = {"transforms.v2 a picture": torchvision_v2} | ({"kornia": kornia} if options.kornia else {})
    for n in (64, 256):
        measure(n, others, options.runs)


def measure(n: int, others: dict[str, Callable[[Recipe], Augmentation]], runs: int) -> None:
    images = torch.randint(0, 256, (n, 3, SIDE, SIDE), dtype=torch.uint8)
    recipe = RECIPES["tutorial"]
    ours = Augment(recipe, SIDE, MEAN, STD)
    milliseconds(partial(ours, images), 10)
    report.line(f"{n} pictures", milliseconds(partial(ours, images), runs), "ms")
    report.line(f"{n} pictures, plain", milliseconds(partial(ours.plain, images), runs), "ms")
    for name, make in others.items():
        other = make(recipe)
        found = ratios(partial(other, images), partial(ours, images), max(1, runs // 10))
        report.line(f"{n} pictures, {name} / ours", found, "x")


if __name__ == "__main__":
    main()
