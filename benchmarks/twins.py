"""Train the two networks of the lesion study, with and without shortcuts, on CIFAR-10: half an hour on 2 cores.

    EXPLORER_DATA=FOLDER OMP_NUM_THREADS=1 python -m benchmarks.twins residual
    EXPLORER_DATA=FOLDER OMP_NUM_THREADS=1 python -m benchmarks.twins plain

Each command writes assets/NETWORK_twin.safetensors (float16) and its log (JSON). Seed, recipe and batches are the same
for both; the learning rate was not tuned for either.
"""

import argparse
import json
import time

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from benchmarks import report
from explorer.core.assets import ASSETS
from explorer.data import datasets
from explorer.data.datasets import Split
from explorer.models.cifar_resnet import CifarResNet
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from explorer.models.twins import DEPTH, NAMES, WIDTH
from explorer.training.augment import Augment
from explorer.training.recipe import Recipe
from explorer.training.steps import generator

BATCH, PEAK, SEED = 128, 0.1, 0
RECIPE = Recipe(data="cifar10", brightness=0, contrast=0, saturation=0, hue=0, rotation=0)


def train(kind: str, data: datasets.DataSet, epochs: int) -> None:
    torch.manual_seed(SEED)
    model = CifarResNet(DEPTH, shortcut="identity" if kind == "residual" else "none", width=WIDTH).to(
        memory_format=torch.channels_last
    )
    augment = Augment(RECIPE, 32, CIFAR_PREPROCESSING.mean, CIFAR_PREPROCESSING.std)
    optimizer = torch.optim.SGD(model.parameters(), PEAK, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = len(data.train) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, epochs * steps)
    log = []
    for epoch in range(1, epochs + 1):
        started, losses, random = time.perf_counter(), 0.0, generator(SEED, epoch)
        model.train()
        for picks in torch.randperm(len(data.train), generator=random)[: steps * BATCH].split(BATCH):
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(augment(data.train.images[picks], random))
                loss = F.cross_entropy(logits.float(), data.train.labels[picks])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses += loss.item()
        seconds = time.perf_counter() - started
        log.append({"epoch": epoch, "train_loss": losses / steps, "test_accuracy": accuracy(model, augment, data.test),
                    "seconds": seconds})  # fmt: skip
        print(kind, log[-1], flush=True)
    save(f"{NAMES[kind]}_twin", model, log)


@torch.no_grad()
def accuracy(model: nn.Module, augment: Augment, test: Split) -> float:
    model.eval()
    right = sum(
        int((model(augment.plain(images)).argmax(1) == labels).sum())
        for images, labels in zip(test.images.split(500), test.labels.split(500), strict=True)
    )
    return right / len(test)


def save(name: str, model: nn.Module, log: list[dict[str, float]]) -> None:
    """Write assets/NAME.safetensors, with float16 weights, and its log assets/NAME.json."""
    state = {key: value.half() if value.is_floating_point() else value for key, value in model.state_dict().items()}
    save_file({key: value.contiguous() for key, value in state.items()}, ASSETS / f"{name}.safetensors")
    (ASSETS / f"{name}.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kind", choices=("residual", "plain"))
    parser.add_argument("--epochs", type=int, default=12)
    arguments = parser.parse_args()
    report.hardware()
    train(arguments.kind, datasets.load(RECIPE), arguments.epochs)


if __name__ == "__main__":
    main()
