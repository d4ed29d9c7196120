"""Speed of a fine-tune relative to the tutorial's own loop in plain PyTorch: `python -m benchmarks.finetune`.

The two alternate. Needs CIFAR-10 (EXPLORER_DATA). Bounds (from the issue). CPU: unfrozen at least 1.5 times the
tutorial's loop at its batch of 64, 2.2 times with a batch of 256; frozen with cached features at least 10 times from
the second frozen epoch on; `laptop` at most 60 s on 2 cores, with over 65 % test accuracy. GPU: an unfrozen epoch of
all 50,000 pictures at batch 64 at least 40 times as fast; the 40 epochs of `tutorial` within a minute; `fast` over
86.30 % within 15 s.
"""

import argparse
import importlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torchvision
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T

from benchmarks import report
from explorer.core import cores
from explorer.data import datasets
from explorer.data.datasets import DataSet, Split
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from explorer.training import trainer
from explorer.training.recipe import RECIPES, Recipe

PICTURES = 6_400
CACHE = Path(tempfile.gettempdir()) / "explorer-benchmark"
TUTORIAL = RECIPES["tutorial"].changed(weights="upstream")  # ImageNet weights need a download and take the same time


class Pictures(Dataset):
    """CIFAR-10 as torchvision's data set returns it: PIL pictures, transformed one by one."""

    transform: Callable[[Image.Image], torch.Tensor]

    def __init__(self, split: Split) -> None:
        self.pixels = split.images.permute(0, 2, 3, 1).contiguous().numpy()
        self.labels = split.labels.tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, k: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[k])), self.labels[k]


AUGMENTED = [T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ColorJitter(0.2, 0.2, 0.2, 0.1),
             T.RandomRotation(15)]  # fmt: skip


def tutorial_pictures(pictures: Pictures, batch_size: int, workers: int, *, augmented: bool) -> DataLoader:
    """The tutorial's DataLoader, of training pictures if `augmented`."""
    normalised = [T.ToTensor(), T.Normalize(CIFAR_PREPROCESSING.mean, CIFAR_PREPROCESSING.std)]
    pictures.transform = T.Compose([*AUGMENTED, *normalised] if augmented else normalised)
    return DataLoader(pictures, batch_size, shuffle=augmented, num_workers=workers)


def tutorial_optimizer(model: nn.Module, lr: float, *, frozen: bool) -> torch.optim.Adam:
    """Adam over what the tutorial trains: the head while `frozen`, then everything."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not frozen or name.startswith("fc.")
    return torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=lr, weight_decay=1e-4)


def tutorial_loop(
    model: nn.Module, batches: DataLoader, optimizer: torch.optim.Optimizer | None
) -> tuple[float, float]:
    """The tutorial's loop over one epoch: mean loss, share of right answers. Without an optimizer it tests."""
    device = next(model.parameters()).device
    total, right, seen = 0.0, 0.0, 0
    model.train(optimizer is not None)
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in batches:
            x, y = x.to(device), y.to(device)
            logits = model(x)
            loss = F.cross_entropy(logits, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(y)
            right += (logits.argmax(1) == y).sum().item()
            seen += len(y)
    return total / seen, right / seen


def tutorial_epoch(data: DataSet, *, frozen: bool, batch_size: int, workers: int) -> float:
    """Pictures per second of the tutorial's loop over one training epoch, data loading included."""
    model = torchvision.models.resnet18()
    model.fc = nn.Linear(512, 10)
    optimizer = tutorial_optimizer(model, 1e-3, frozen=frozen)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    batches = tutorial_pictures(Pictures(data.train), batch_size, workers, augmented=True)
    started = time.perf_counter()
    tutorial_loop(model, batches, optimizer)
    return len(data.train) / (time.perf_counter() - started)


def fastai_epoch(data: DataSet, workers: int) -> float:
    """Pictures per second of a fastai Learner's epoch, unfrozen, with its usual augmentations for a batch."""
    vision: Any = importlib.import_module("fastai.vision.all")
    root = CACHE / "fastai"
    for k, (image, label) in enumerate(zip(data.train.images, data.train.labels.tolist(), strict=True)):
        file = root / str(label) / f"{k}.png"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()).save(file)
    files = sorted(root.rglob("*.png"))[: len(data.train)]
    loaders = vision.ImageDataLoaders.from_path_func(
        root, files, lambda file: file.parent.name, valid_pct=64 / len(files), bs=64, num_workers=workers,
        batch_tfms=vision.aug_transforms(size=32),
    )  # fmt: skip
    learner = vision.Learner(loaders, torchvision.models.resnet18(num_classes=10), vision.CrossEntropyLossFlat())
    with learner.no_bar(), learner.no_logging():
        started = time.perf_counter()
        learner.fit(1, 1e-3)
    return len(files) / (time.perf_counter() - started)


def our_epochs(recipe: Recipe) -> list[float]:
    """Pictures per second of each epoch of `recipe`, without its test; on a GPU the first includes the capture."""
    found = []
    for event in trainer.train(recipe, cache=CACHE):
        if event.kind == "epoch":
            seconds = event.fields["seconds"] - event.fields["spent"]["test"]
            found.append((recipe.limit or 50_000) / seconds)
    return found


def by_turns(
    ours: Callable[[], float], baseline: Callable[[], float], runs: int, what: str, whose: str = "tutorial's loop"
) -> None:
    rates: list[tuple[float, float]] = []
    for run in range(runs):
        pair = (ours(), baseline()) if run % 2 else (baseline(), ours())[::-1]
        rates.append(pair)
    report.line(f"  {whose}, {what}", [b for _, b in rates], "img/s")
    report.line(f"  ours, {what}", [a for a, _ in rates], "img/s")
    report.line(f"  ratio, {what}", [a / b for a, b in rates], "×")


def whole_run(*arguments: str) -> None:
    """`python -m explorer train …` as a whole command: its seconds, and the test accuracy it reports."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".cache").symlink_to(CACHE)  # already decoded and cached, as for any later run
        started = time.perf_counter()
        command = [sys.executable, "-m", "explorer", "train", "--out", folder, "--lang", "en", *arguments]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        seconds = time.perf_counter() - started
    last, best = re.findall(r"([\d.]+) %|([\d.]+)%", done.stdout)[:2]
    print(f"  {' '.join(arguments)}: {seconds:.1f} s, test accuracy {''.join(last)} % (best epoch {''.join(best)} %)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2, help="workers of the tutorial's DataLoader")
    parser.add_argument("--only", choices=("steps", "frozen", "recipes", "fastai"), help="fastai: if it is installed")
    options = parser.parse_args()
    if datasets.cifar10.find_whole_cifar10() is None:
        sys.exit("CIFAR-10 is not here: name its folder in EXPLORER_DATA")
    report.hardware()
    torch.set_num_threads(cores.physical_cores())
    on_gpu = torch.cuda.is_available()
    limit = None if on_gpu else PICTURES
    recipe = TUTORIAL.changed(limit=limit, epochs=1, freeze_epochs=0)
    data = datasets.load(recipe, cache=CACHE)

    def baseline(frozen: bool = False) -> float:
        return tutorial_epoch(data, frozen=frozen, batch_size=64, workers=options.workers)

    if options.only in (None, "steps"):
        by_turns(lambda: our_epochs(recipe)[0], baseline, options.runs, "unfrozen, batch 64")
        large = recipe.changed(batch_size=256)
        by_turns(lambda: our_epochs(large)[0], baseline, options.runs, "unfrozen, ours at batch 256")
    if options.only == "fastai":
        by_turns(lambda: our_epochs(recipe)[0], lambda: fastai_epoch(data, options.workers), options.runs,
                 "unfrozen, batch 64", whose="fastai")  # fmt: skip
    if options.only in (None, "frozen"):
        still = recipe.changed(freeze_epochs=3, epochs=3)
        by_turns(lambda: statistics.median(our_epochs(still)[1:]), lambda: baseline(True), options.runs, "frozen")
        cached = still.changed(freeze_bn=True, fixed_views=1)
        what = "frozen, cached features of 1 view, 2nd epoch on"
        by_turns(lambda: statistics.median(our_epochs(cached)[1:]), lambda: baseline(True), options.runs, what)
    if options.only in (None, "recipes"):
        whole_run("--recipe", "fast" if on_gpu else "laptop")
        if on_gpu:
            whole_run("--recipe", "tutorial", "--weights", "upstream")


if __name__ == "__main__":
    main()
