"""A run as the tutorial's program prints it: its lines, from the run's events."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from explorer.core.i18n import Translate
from explorer.runs.events import Log
from explorer.training.recipe import Recipe


def lines(recipe: Recipe, log: Log, t: Translate) -> Iterator[str]:
    """The lines printed so far, in the reader's language; in Chinese they are those of the tutorial.

    Its program says how many parameters are frozen and when they no longer are, prints the loss of each hundredth batch
    and the figures of each epoch, and PyTorch's ReduceLROnPlateau, with `verbose=True`, says before these that it
    lowers the learning rate. Without frozen epochs, too, it says at first that all parameters are trained.
    """
    if log.opening is None:
        return
    total, frozen = log.opening.get("parameters"), log.opening.get("frozen_parameters")
    batches, lowered = defaultdict[int, list[dict[str, Any]]](list), {}
    for batch in log.printed:
        batches[batch["epoch"]].append(batch)
    for mark in log.marks:
        if mark["kind"] == "lr" and mark["lr"] is not None:
            lowered[mark["epoch"]] = mark["lr"]
    finished = {each["epoch"]: each for each in log.epochs}
    if recipe.freeze_epochs and total and frozen:
        yield t("printout.frozen", frozen=frozen, total=total)
    for epoch in range(1, log.epoch + 1):
        if epoch == recipe.freeze_epochs + 1 and total:
            yield t("printout.unfrozen", total=total)
        for each in batches[epoch]:
            yield t("printout.batch", epoch=epoch, epochs=recipe.epochs, batch=each["batch"],
                    batches=log.opening["batches"], loss=each["loss"])  # fmt: skip
        if epoch in lowered:
            yield f"Epoch {epoch:05d}: reducing learning rate of group 0 to {lowered[epoch]:.4e}."
        if ended := finished.get(epoch):
            yield t("printout.epoch", epoch=epoch, loss=_number(ended["train_loss"]),
                    train=_number(ended["train_accuracy"]), test=_number(ended["test_accuracy"]))  # fmt: skip
    if log.end and log.end["reason"] == "finished" and log.epochs:
        yield t("printout.end", test=_number(log.epochs[-1]["test_accuracy"]))


def _number(value: float | None) -> float:
    """As PyTorch prints a number that is not finite: nan."""
    return float("nan") if value is None else value
