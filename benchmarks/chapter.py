"""The tutorial's whole run, with its own loop and with ours: `python -m benchmarks.chapter FOLDER`, about two hours.

40 epochs of CIFAR-10 (EXPLORER_DATA), each started from the `upstream` weights. The two take turns, epoch by epoch, so
that both meet the same machine; FOLDER keeps their state, and the same command continues after an interruption. The
seconds are the processor's, of all threads and worker processes, because other programs may run beside them; those of
the wall follow for a machine that was quiet.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks import report
from benchmarks.finetune import CACHE, TUTORIAL, Pictures, tutorial_loop, tutorial_optimizer, tutorial_pictures
from explorer.core import cores
from explorer.data import datasets
from explorer.data.datasets import DataSet
from explorer.models import loading
from explorer.training import trainer

WORKERS = 2  # of the tutorial's DataLoader
Epoch = dict[str, float]


def tutorial(data: DataSet, kept: Path) -> Iterator[Epoch]:
    """The tutorial's loop in plain PyTorch: an item for each epoch, the state in `kept`."""
    torch.manual_seed(TUTORIAL.seed)
    model = loading.to_fine_tune("resnet18", "upstream", data.classes, 32, 32, seed=TUTORIAL.seed).module
    train = tutorial_pictures(Pictures(data.train), TUTORIAL.batch_size, WORKERS, augmented=True)
    test = tutorial_pictures(Pictures(data.test), TUTORIAL.batch_size, WORKERS, augmented=False)
    state: dict[str, Any] = torch.load(kept, weights_only=True) if kept.exists() else {"epoch": 0}
    if state["epoch"]:
        model.load_state_dict(state["model"])
    for epoch in range(state["epoch"] + 1, TUTORIAL.epochs + 1):
        frozen = epoch <= TUTORIAL.freeze_epochs
        if epoch in (state["epoch"] + 1, TUTORIAL.freeze_epochs + 1):  # the start, a resume, the unfreeze
            rate = TUTORIAL.lr if frozen else TUTORIAL.unfreeze_lr
            optimizer = tutorial_optimizer(model, rate, frozen=frozen)
            schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
            if epoch not in (1, TUTORIAL.freeze_epochs + 1):
                optimizer.load_state_dict(state["optimizer"])
                schedule.load_state_dict(state["schedule"])
        train_loss, train_accuracy = tutorial_loop(model, train, optimizer)
        test_loss, test_accuracy = tutorial_loop(model, test, None)
        schedule.step(test_loss)
        state = {"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict(),
                 "schedule": schedule.state_dict()}  # fmt: skip
        torch.save(state, kept)
        yield {"train_loss": train_loss, "train_accuracy": train_accuracy, "test_accuracy": test_accuracy,
               "lr": optimizer.param_groups[0]["lr"]}  # fmt: skip


def ours(kept: Path) -> Iterator[Epoch]:
    """Our trainer: an item for each epoch, the state in `kept`."""
    state = torch.load(kept, weights_only=True) if kept.exists() else None
    recipe = TUTORIAL.changed(keep_every=1)  # a checkpoint after every epoch
    found: Epoch | None = None
    for event in trainer.train(recipe, cache=CACHE, state=state):
        if event.kind == "epoch":
            found = {key: event.fields[key] for key in ("train_loss", "train_accuracy", "test_accuracy", "lr")}
        elif event.kind == "checkpoint" and found is not None:
            torch.save(event.payload, kept)
            yield found
            found = None


def timed(epochs: Iterator[Epoch], log: Path) -> Iterator[None]:
    """Write a line for each epoch to `log`, with its seconds of the processor and of the wall."""
    while True:
        before = os.times()
        epoch = next(epochs, None)
        if epoch is None:
            return
        after = os.times()
        cpu_s = sum(after[:4]) - sum(before[:4])
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**epoch, "cpu_s": round(cpu_s, 1), "wall_s": round(after[4] - before[4], 1)}) + "\n")
        yield


def told(what: str, log: Path) -> None:
    epochs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    cpu_s, wall_s = (sum(epoch[key] for epoch in epochs) for key in ("cpu_s", "wall_s"))
    reached = {number: epochs[number - 1]["test_accuracy"] for number in (5, 6, 10, 40) if number <= len(epochs)}
    at = ", ".join(f"{100 * accuracy:.1f} % after {number}" for number, accuracy in reached.items())
    print(f"{what}: {len(epochs)} epochs, {cpu_s:,.0f} s of the processor, {wall_s:,.0f} s of the wall; {at}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if datasets.cifar10.find_whole_cifar10() is None:
        sys.exit("CIFAR-10 is not here: name its folder in EXPLORER_DATA")
    folder.mkdir(parents=True, exist_ok=True)
    report.hardware()
    torch.set_num_threads(cores.physical_cores())
    data = datasets.load(TUTORIAL, cache=CACHE)
    logs = {"the tutorial's loop": folder / "tutorial.jsonl", "ours": folder / "ours.jsonl"}
    running = [timed(tutorial(data, folder / "tutorial.pt"), logs["the tutorial's loop"]),
               timed(ours(folder / "ours.pt"), logs["ours"])]  # fmt: skip
    while running:
        running = [each for each in running if next(each, False) is None]
    for what, log in logs.items():
        told(what, log)


if __name__ == "__main__":
    main()
