"""Before a run: its learning rate over the epochs, and its augmentation on twelve pictures of the data set."""

from itertools import zip_longest
from typing import Final

import pandas as pd
import streamlit as st
import torch
from PIL import Image
from torch import Tensor

from explorer.core.errors import ExplorerError
from explorer.data import card, cifar10, datasets
from explorer.plots import pictures, run_curves
from explorer.plots.run_curves import Look, RunData
from explorer.training.augment import Augment
from explorer.training.recipe import Recipe
from explorer.training.schedules import planned_rates
from explorer.ui.finetune import data_card
from explorer.ui.layout import style
from explorer.ui.state import data_sets, memory
from explorer.ui.widgets import chart_view, html_figures, markup
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import class_names, t

SHOWN: Final = 12
POINTS: Final = 400  # of the curve of the learning rate
MAX_SEED: Final = 2**31


def draw(recipe: Recipe) -> None:
    _draw_schedule(recipe)
    fragment(lambda: _draw_augmentation(recipe))()


def _draw_schedule(recipe: Recipe) -> None:
    table = schedule_table(recipe)
    words = tuple((name, t(f"finetune.{name}")) for name in ("epoch", "frozen", "unfreeze"))
    look = Look(recipe.epochs, recipe.freeze_epochs, (*words, ("lr", t("recipe.lr"))), (), style.text_colour())
    peaks = " → ".join(f"{rate:.3g}" for rate in _peaks(recipe))
    chart_view.show(t("finetune.schedule"), run_curves.rate(look, RunData(table, ())), key="planned_rate",
                    alt=t("finetune.schedule_alt", peaks=peaks), saved=False)  # fmt: skip
    st.caption(t("finetune.schedule_plateau") if recipe.schedule == "plateau" else t("finetune.schedule_help"))


def schedule_table(recipe: Recipe) -> pd.DataFrame:
    """About POINTS rows: `at`, completed epochs, and `lr`."""
    return pd.DataFrame(planned_rates(recipe, max(2, POINTS // recipe.epochs)), columns=["at", "lr"])


def _peaks(recipe: Recipe) -> tuple[float, ...]:
    frozen = recipe.freeze_epochs
    return (recipe.lr, recipe.unfreeze_lr) if 0 < frozen < recipe.epochs else (recipe.lr,)


def _draw_augmentation(recipe: Recipe) -> None:
    try:
        names, images = _examples(recipe.data, data_sets.written(recipe.data), recipe.classes, recipe.image_size)
    except ExplorerError:  # the form says it
        return
    st.markdown(f"**{t('finetune.augmented')}**")
    if not recipe.augments:
        st.caption(t("finetune.augments_nothing"))
        return
    seed = st.session_state.setdefault("augment_seed", 0)
    after = augmented(recipe, images, seed)
    labels = class_names(names)
    cells = [
        html_figures.pair(_uri(plain / 255), _uri(changed), t("finetune.augmented_alt", name=label))
        for plain, changed, label in zip(images, after, labels, strict=True)
    ]
    markup.show(html_figures.grid(cells, kind="pairs tiles"))
    st.button(t("finetune.another_draw"), icon=":material/casino:", key="another_draw", on_click=_draw_again)
    st.caption(t("finetune.augmented_help"))


def _draw_again() -> None:
    st.session_state.augment_seed = (st.session_state.augment_seed + 1) % MAX_SEED


def augmented(recipe: Recipe, images: Tensor, seed: int) -> Tensor:
    """Pictures (N, 3, S, S) uint8 as the run augments them: float32, 0..1, not normalised."""
    augment = Augment(recipe, images.shape[-1], [0.0] * 3, [1.0] * 3)
    draws = augment.draw(len(images), torch.Generator().manual_seed(seed))
    return augment.changed(images, draws).clamp(0, 1)


@memory.shared
def _examples(data: str, written: int, chosen: tuple[str, ...], image_size: int) -> tuple[list[str], Tensor]:
    """Classes of SHOWN pictures, and the pictures (N, 3, S, S) uint8 as they are stored for a run, at most a thumbnail.

    They are spread over the classes. Raises DataError.
    """
    found = data_card.read(data)
    names = [name for name in found.classes if not chosen or name in chosen]
    if data == "digits":
        pixels, labels = cifar10.digits()
        shown = [(str(label), Image.fromarray(digit).convert("RGB"))
                 for digit, label in zip(pixels, labels, strict=True) if str(label) in names][:SHOWN]  # fmt: skip
        side = datasets.DIGITS_PX
    else:
        by_class = card.examples(data, found, names[:SHOWN])
        rounds = zip_longest(*by_class.values())  # first one of each class, then a second one
        shown = [(name, each) for some in rounds for name, each in zip(by_class, some, strict=True) if each][:SHOWN]
        side = min(image_size, max(min(picture.size) for _, picture in shown))
    stored = [torch.from_numpy(datasets.resize_and_crop(picture, side)).permute(2, 0, 1) for _, picture in shown]
    return [name for name, _ in shown], torch.stack(stored)


def _uri(values: Tensor) -> str:
    return pictures.data_uri(pictures.rgb_png(values))
