"""A comparison as tables: a row per group of seeds, or as CSV a row per run and epoch."""

from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from explorer.core.csv_export import csv_bytes
from explorer.core.i18n import Translate
from explorer.experiments.comparison.labels import million, weights_word
from explorer.experiments.comparison.results import Comparison, Group

COLUMNS = (
    "network", "weights", "image_px", "device", "seeds", "accuracy", "spread", "train", "best", "seconds", "parameters",
    "multiply_adds", "memory_gb", "forward_ms",
)  # fmt: skip

NOTHING: Final = "–"
FORMATS: Final[Mapping[str, Callable[[float], str]]] = {
    **dict.fromkeys(("accuracy", "spread", "train", "best"), "{:.1%}".format), "seconds": "{:.0f}".format,
    "parameters": million, "multiply_adds": million, "memory_gb": "{:.2f}".format, "forward_ms": "{:.1f}".format,
}  # fmt: skip


def rows(comparison: Comparison, t: Translate) -> pd.DataFrame:
    """A row per group, the best mean accuracy first; column titles are the translations of `report.column_NAME`.

    Accuracies are 0..1, seconds are per run, unknown values are None. The last column is the state in words.
    """
    groups = comparison.ranked
    table = pd.DataFrame([_row(group) for group in groups], columns=list(COLUMNS))
    table["state"] = [state(group, t) for group in groups]
    settings = [" · ".join(f"{name} {value}" for name, value in group.results[0].settings) for group in groups]
    if any(settings):
        table.insert(3, "settings", settings)
    return table.rename(columns={name: t(f"report.column_{name}") for name in table.columns})


def shown(comparison: Comparison, t: Translate) -> pd.DataFrame:
    """`rows` formatted as text: percent, seconds, millions, NOTHING for unknown values.

    What says nothing is left out: a device or picture size that all groups share, single seeds and their spread, the
    state of runs that have all finished.
    """
    table, weights = rows(comparison, t), t("report.column_weights")
    table[weights] = [weights_word(name, t) for name in table[weights]]
    dropped = [name for name in ("image_px", "device") if table[t(f"report.column_{name}")].nunique() == 1]
    groups = comparison.groups
    dropped += ["seeds", "spread"] if all(len(group.results) == 1 for group in groups) else []
    dropped += ["state"] if all(result.is_finished for result in comparison.results) else []
    table = table.drop(columns=[t(f"report.column_{name}") for name in dropped])
    for name, form in FORMATS.items():
        column = t(f"report.column_{name}")
        if column not in table:
            continue
        table[column] = [NOTHING if pd.isna(value) else form(value) for value in table[column]]
    return table.astype(str)


def text(comparison: Comparison, t: Translate) -> str:
    """`shown` for a terminal."""
    with pd.option_context("display.unicode.east_asian_width", True, "display.width", None):
        return shown(comparison, t).to_string(index=False)


def csv(comparison: Comparison) -> bytes:
    """CSV with a row per run and epoch and English column names; UTF-8 with BOM, for Excel."""
    lines = []
    for result in comparison.results:
        own = {
            "run": result.run, "network": result.network, "weights": result.weights, "image_px": result.image_px,
            **dict(result.settings), "seed": result.seed, "state": result.state, "device": result.device,
            "parameters": result.parameters, "multiply_adds": result.multiply_adds, "memory_gb": result.memory_gb,
            "forward_ms": result.forward_ms,
        }  # fmt: skip
        epochs = zip(result.accuracy, result.seconds, strict=True)
        lines += [
            {**own, "epoch": epoch, "test_accuracy": accuracy, "seconds": seconds}
            for epoch, (accuracy, seconds) in enumerate(epochs, start=1)
        ] or [own]
    return csv_bytes(pd.DataFrame(lines))


def state(group: Group, t: Translate) -> str:
    """State of the group's runs in words: `finished`, or `finished × 2, running × 1`."""
    states = [result.state for result in group.results]
    if all(result.is_finished for result in group.results):
        return t("report.state_finished")
    counted = [f"{t(f'report.state_{each}')} × {states.count(each)}" for each in dict.fromkeys(states)]
    return ", ".join(counted) if len(states) > 1 else t(f"report.state_{states[0]}")


def _row(group: Group) -> tuple[object, ...]:
    first, done = group.results[0], group.finished
    best = max((result.best or 0.0 for result in done), default=None)
    return (
        first.network, first.weights, first.image_px, first.device, len(done), group.accuracy, group.spread,
        group.train_accuracy, best,
        group.seconds, first.parameters, first.multiply_adds, _mean(done, "memory_gb"), _mean(done, "forward_ms"),
    )  # fmt: skip


def _mean(results: tuple[object, ...], field: str) -> float | None:
    values = [value for result in results if (value := getattr(result, field)) is not None]
    return sum(values) / len(values) if values else None
