"""The bundled comparison: real runs of `python -m benchmarks.comparison`."""

import dataclasses
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from explorer.core.assets import ASSETS
from explorer.experiments.comparison.results import Comparison, Result

NAME: Final = "comparison"
MOST: Final = 10_000  # test pictures whose predictions are kept
CURVES: Final = ("train_accuracy", "train_loss", "test_loss")  # optional
FIELDS: Final = ("name", "recipe", "classes", "hardware", "versions", "command", "made")


def is_there() -> bool:
    return all((ASSETS / f"{NAME}.{kind}").is_file() for kind in ("json", "npz"))


@lru_cache(maxsize=1)
def comparison() -> Comparison:
    """The bundled comparison."""
    return read(ASSETS)


def read(folder: Path) -> Comparison:
    """Read comparison.json and comparison.npz of `folder`. Raises ValueError if they do not match."""
    data = json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8"))
    with np.load(folder / f"{NAME}.npz", allow_pickle=False) as arrays:
        labels, predicted, brightness = arrays["labels"], arrays["predicted"], arrays.get("brightness")
    shared = from_plain(data)
    results = list(shared.results)
    with_answers = [k for k, fields in enumerate(data["results"]) if fields["answers"]]
    if predicted.shape != (len(with_answers), len(labels)):
        raise ValueError(f"{NAME}.npz: {predicted.shape} answers of {len(with_answers)} runs to {len(labels)} pictures")
    for row, k in enumerate(with_answers):
        results[k] = dataclasses.replace(results[k], predicted=predicted[row])
    return dataclasses.replace(shared, results=tuple(results), labels=labels, brightness=brightness)


def from_plain(data: dict[str, Any]) -> Comparison:
    """The inverse of `plain`: a comparison without predictions."""
    shared = {name: data[name] for name in FIELDS} | {"classes": tuple(data["classes"])}
    return Comparison(results=tuple(map(_result, data["results"])), labels=None, **shared)


def _result(fields: dict[str, Any]) -> Result:
    own = {name: value for name, value in fields.items() if name != "answers"}
    lists = {name: tuple(own[name]) for name in ("accuracy", "seconds", *CURVES) if name in own}
    return Result(**own | lists | {"settings": tuple(map(tuple, own["settings"]))})


def write(comparison: Comparison, folder: Path) -> None:
    """Write what `read` reads: rounded numbers as JSON, predictions as bytes. Raises ValueError without predictions."""
    answered = [result.predicted for result in comparison.results if result.predicted is not None]
    if comparison.labels is None or not answered:
        raise ValueError("no run has answers")
    text = json.dumps(plain(comparison), ensure_ascii=False, indent=1)
    (folder / f"{NAME}.json").write_text(text + "\n", encoding="utf-8")
    predicted = np.stack(answered)[:, :MOST].astype(np.uint8)
    labels = comparison.labels[:MOST].astype(np.uint8)
    arrays = {"predicted": predicted, "labels": labels}
    if comparison.brightness is not None:
        arrays["brightness"] = comparison.brightness[:MOST]
    np.savez_compressed(folder / f"{NAME}.npz", allow_pickle=False, **arrays)


def plain(comparison: Comparison) -> dict[str, Any]:
    """`comparison` without predictions, as plain values for JSON."""
    return {name: getattr(comparison, name) for name in FIELDS} | {"results": [_plain(r) for r in comparison.results]}


def _plain(result: Result) -> dict[str, Any]:
    names = [each.name for each in dataclasses.fields(Result) if each.name not in ("predicted", *CURVES)]
    fields = {name: getattr(result, name) for name in names}
    curves = {"accuracy": [round(value, 5) for value in result.accuracy],
              "seconds": [round(value, 2) for value in result.seconds]}  # fmt: skip
    curves |= {name: [round(value, 5) for value in values] for name in CURVES if (values := getattr(result, name))}
    return fields | curves | {"answers": result.predicted is not None}
