"""Train the bundled Tiny-ImageNet weights of a small network from scratch: under an hour on one core each.

    OMP_NUM_THREADS=1 python -m benchmarks.upstream mobilenet_v3_small TINY_IMAGENET
    OMP_NUM_THREADS=1 python -m benchmarks.upstream shufflenet_v2_x0_5 TINY_IMAGENET

TINY_IMAGENET is the data set's folder at 32 px: train, val/images, val/val_annotations.txt. The pictures are enlarged
to 64 px in the last epochs. Each command writes assets/NETWORK_upstream.safetensors (float16) and its log (JSON). The
peak of the learning rate was chosen from three after one epoch.
"""

import argparse
import time

import torch
from torch.nn import functional as F

from benchmarks import report
from benchmarks.twins import accuracy, save
from explorer.data import datasets
from explorer.models import registry
from explorer.models.preprocessing import TINY_PREPROCESSING
from explorer.training.augment import Augment
from explorer.training.recipe import Recipe
from explorer.training.steps import generator

BATCH, PEAK, SEED, DECAY, WARM_UP = 256, 0.4, 0, 5e-5, 0.15
SIDES_PX = (*[32] * 12, *[64] * 10)  # of the input, epoch by epoch


def train(network: str, data: datasets.DataSet, sides_px: tuple[int, ...]) -> None:
    torch.manual_seed(SEED)
    model = registry.build(network, len(data.classes)).to(memory_format=torch.channels_last)
    decayed = [each for each in model.parameters() if each.ndim > 1]
    plain = [each for each in model.parameters() if each.ndim <= 1]  # of BatchNorm, and biases
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, PEAK, momentum=0.9, nesterov=True)
    steps = len(data.train) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK, len(sides_px) * steps, pct_start=WARM_UP, cycle_momentum=False
    )
    log = []
    for epoch, side in enumerate(sides_px, 1):
        augment = augmentation(side)
        started, losses, random = time.perf_counter(), 0.0, generator(SEED, epoch)
        model.train()
        for picks in torch.randperm(len(data.train), generator=random)[: steps * BATCH].split(BATCH):
            logits = model(augment(data.train.images[picks], random))
            loss = F.cross_entropy(logits, data.train.labels[picks])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses += loss.item()
        seconds = time.perf_counter() - started
        log.append({"epoch": epoch, "input_px": side, "train_loss": losses / steps,
                    "test_accuracy": accuracy(model, augment, data.test), "seconds": round(seconds)})  # fmt: skip
        print(network, log[-1], flush=True)
        save(f"{network}_upstream", model, log)


def augmentation(side_px: int) -> Augment:
    recipe = Recipe(image_size=side_px, brightness=0, contrast=0, saturation=0, hue=0, rotation=0)
    return Augment(recipe, 32, TINY_PREPROCESSING.mean, TINY_PREPROCESSING.std)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("data", help="Tiny-ImageNet's folder")
    options = parser.parse_args()
    report.hardware()
    train(options.network, datasets.load(Recipe(data=options.data)), SIDES_PX)


if __name__ == "__main__":
    main()
