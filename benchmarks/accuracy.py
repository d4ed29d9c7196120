"""Top-1 and top-5 accuracy of the bundled weights, the numbers in MODEL_CARD.md.

python -m benchmarks.accuracy resnet18 cifar10 DATA   DATA as for EXPLORER_DATA: torchvision's layout, or class folders
python -m benchmarks.accuracy NETWORK upstream DATA   DATA is Tiny-ImageNet's folder: val/images and its annotations
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import torch
from PIL import Image
from torchvision.datasets import CIFAR10, ImageFolder

from benchmarks import report
from explorer.core.assets import ASSETS
from explorer.data import cifar10 as data
from explorer.models import loading, registry

Labelled = Iterator[tuple[Image.Image, int]]


def cifar10(root: Path) -> Labelled:
    found = data.find_cifar10(root)
    if found is None or not found.is_cifar10:
        sys.exit(f"no CIFAR-10 in {root}")
    yield from CIFAR10(found.path, train=False) if found.kind == "torchvision" else ImageFolder(found.path)


def tiny_imagenet(root: Path) -> Labelled:
    listed = json.loads((ASSETS / "classes.json").read_text(encoding="utf-8"))["tiny_imagenet"]
    places = {entry["wnid"]: k for k, entry in enumerate(listed)}
    for row in (root / "val" / "val_annotations.txt").read_text(encoding="utf-8").splitlines():
        name, wnid = row.split("\t")[:2]
        yield Image.open(root / "val" / "images" / name).convert("RGB"), places[wnid]


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=(*registry.BACKBONES, *registry.TWINS))
    parser.add_argument("weights", choices=registry.BUNDLED)
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    report.hardware()
    network = loading.load(options.network, options.weights)
    source = tiny_imagenet if options.weights == registry.UPSTREAM else cifar10
    started, seen, first, five = time.perf_counter(), 0, 0, 0
    pictures = source(options.data)
    for batch in iter(lambda: list(islice(pictures, 250)), []):
        x = torch.cat([network.preprocess(picture) for picture, _ in batch])
        labels = torch.tensor([label for _, label in batch])
        guesses = network.module(x).topk(5).indices == labels[:, None]
        seen, first, five = seen + len(batch), first + int(guesses[:, 0].sum()), five + int(guesses.sum())
    print(
        f"{options.network} {options.weights}: top-1 {first / seen:.2%} ({first} of {seen}), "
        f"top-5 {five / seen:.2%}, float32, {time.perf_counter() - started:.0f} s"
    )


if __name__ == "__main__":
    main()
