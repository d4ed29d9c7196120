"""A run's text against lines written by hand, in the format of the tutorial's program."""

import contextlib
from functools import partial
from pathlib import Path

from explorer.core.i18n import t
from explorer.experiments import printout
from explorer.runs.events import Log, Writer
from explorer.training.recipe import Recipe

OPENING = {
    "classes": ["cat", "dog"], "strip": [], "batches": 250, "train": 16_000, "test": 4, "data": "",
    "device_name": "CPU", "parameters": 11_181_642, "frozen_parameters": 11_176_512,
}  # fmt: skip
EPOCH = {"test_loss": 1.0, "lr": 1e-4, "seconds": 1.0, "frozen": False, "strip": []}

CHINESE = """\
已冻结模型卷积层参数 (11176512/11181642 参数)
Epoch 1/3 | Batch 100/250 | 单Batch损失: 1.0100
Epoch 1/3 | Batch 200/250 | 单Batch损失: 1.0200
Epoch 1 完成 | 训练损失: 1.9633 | 训练准确率: 29.96% | 测试准确率: 32.28%
已解冻模型所有参数 (11181642/11181642 参数可训练)
Epoch 2/3 | Batch 100/250 | 单Batch损失: 2.0100
Epoch 2/3 | Batch 200/250 | 单Batch损失: 2.0200
Epoch 00002: reducing learning rate of group 0 to 5.0000e-05.
Epoch 2 完成 | 训练损失: 1.2998 | 训练准确率: 54.22% | 测试准确率: 67.23%
Epoch 3/3 | Batch 100/250 | 单Batch损失: 3.0100
Epoch 3/3 | Batch 200/250 | 单Batch损失: 3.0200
Epoch 3 完成 | 训练损失: nan | 训练准确率: 90.29% | 测试准确率: 86.30%
训练完成！最终测试准确率: 86.30%"""


def write_epoch(writer: Writer, epoch: int, first: int = 1, last: int = 250) -> None:
    for batch in range(first, last + 1):
        iteration = (epoch - 1) * 250 + batch
        writer.add(
            "batch", {"epoch": epoch, "batch": batch, "iteration": iteration, "loss": epoch + batch / 1e4, "lr": 1}
        )


def end_epoch(writer: Writer, epoch: int, loss: float | None, train: float, test: float) -> None:
    writer.add("epoch", {"epoch": epoch, "train_loss": loss, "train_accuracy": train, "test_accuracy": test, **EPOCH})


def text(folder: Path, language: str = "zh", **recipe: int) -> str:
    log = Log(folder)
    log.update()
    fields = {"epochs": 3, "freeze_epochs": 1, **recipe}
    return "\n".join(printout.lines(Recipe(**fields), log, partial(t, language=language)))  # type: ignore[arg-type]


def test_the_lines_are_those_of_the_tutorial(tmp_path: Path) -> None:
    """Between epochs the run was interrupted after batch 120, and went on from the checkpoint at batch 50."""
    assert text(tmp_path) == ""
    with contextlib.closing(Writer(tmp_path)) as writer:
        writer.add("start", OPENING)
        assert text(tmp_path) == "已冻结模型卷积层参数 (11176512/11181642 参数)"
        write_epoch(writer, 1)
        writer.add(
            "epoch", {"epoch": 1, "train_loss": 1.9633, "train_accuracy": 0.2996, "test_accuracy": 0.3228, **EPOCH}
        )
        write_epoch(writer, 2, last=120)
        writer.add("resume", {**OPENING, "epoch": 2, "seen": 3200, "iteration": 300})
        write_epoch(writer, 2, first=51)
        writer.add(
            "epoch", {"epoch": 2, "train_loss": 1.2998, "train_accuracy": 0.5422, "test_accuracy": 0.6723, **EPOCH}
        )
        writer.add("lr", {"epoch": 2, "lr": 5e-5})
        write_epoch(writer, 3)
        end_epoch(writer, 3, None, 0.9029, 0.863)
        writer.add("end", {"reason": "finished"})
    assert text(tmp_path) == CHINESE
    english = text(tmp_path, "en").splitlines()
    assert english[1] == "Epoch 1/3 | Batch 100/250 | Loss of the batch: 1.0100"
    assert [line.count("|") for line in english] == [line.count("|") for line in CHINESE.splitlines()]
    assert text(tmp_path, freeze_epochs=0).startswith(
        "已解冻模型所有参数 (11181642/11181642 参数可训练)\nEpoch 1/3 | Batch 100"
    )
