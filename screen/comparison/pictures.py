"""The test pictures of a comparison, where they are on this machine."""

from pathlib import Path

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from explorer.comparison.results import Comparison
from explorer.drawing import pictures
from explorer.training import data, dataset, runs
from explorer.training.events import Log
from explorer.training.recipe import Recipe
from explorer.training.sweep import Sweep


def of(comparison: Comparison, plan: Sweep | None) -> Tensor | None:
    """(pictures, 3, S, S), uint8, in the order of `comparison.labels`; None where they are not here."""
    split = _of_runs(plan) if plan else _of_source(str(comparison.recipe.get("data")))
    if split is None or comparison.labels is None or not np.array_equal(split.labels.numpy(), comparison.labels):
        return None
    return split.images


def _of_runs(plan: Sweep) -> dataset.Split | None:
    """As the cache beside the runs has them."""
    for run in plan.runs:
        log = Log(run.path, batches=False)
        log.update()
        if log.opening:
            return dataset.cached_test(log.opening["data"], run.cache, run.recipe().classes)
    return None


@st.cache_resource(max_entries=2, show_spinner=False)
def _read(kind: str, root: Path) -> dataset.Split:
    if kind == "digits":
        return dataset.load(Recipe(data="digits"), cache=runs.folder() / ".cache").test
    pixels, labels = data.cifar10_batches(root, train=False)
    return dataset.Split(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()), torch.tensor(labels))


def _of_source(name: str) -> dataset.Split | None:
    """Straight from where they come from: only torchvision's layout has them in the order that everyone has."""
    found = data.find_whole_cifar10()
    if name == "digits":
        return _read(name, Path())
    return _read(name, found.path) if name == "cifar10" and found and found.kind == "torchvision" else None


@st.cache_resource(max_entries=512, show_spinner=False)
def thumbnail(key: str, place: int, _images: Tensor) -> str:
    """Picture `place` as a data address; `key` names the comparison."""
    return pictures.data_uri(pictures.rgb_png(_images[place].float() / 255))
