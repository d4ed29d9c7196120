"""The form of a new comparison: backbones, weights, sizes and seeds, and one recipe; its plan beside it."""

import os
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.experiments.comparison.labels import weights_word
from explorer.models import registry
from explorer.runs import sweep
from explorer.training.recipe import RECIPES, Recipe
from explorer.ui.comparison import plan
from explorer.ui.comparison.plan import Choice
from explorer.ui.finetune import data_picker, recipe_form
from explorer.ui.finetune.recipe_form import RATES
from explorer.ui.state import data_sets, url_state
from explorer.ui.widgets import errors, linked
from explorer.ui.words import escaped, t

BACKBONES: Final = ["resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5"]  # fast, and pretrained without a download
WEIGHTS: Final = ("random", "upstream", "imagenet")
PICTURES: Final = (200, 500, 1000, 2000, 5000, 10_000, 20_000)
ALL: Final = 0  # no limit on pictures
MAX_EPOCHS, MAX_SEEDS = 40, 5


def draw() -> None:
    left, right = st.columns([5, 7], gap="large")
    with left:
        choice = choose()
    with right:
        if choice is not None:
            plan.draw(choice)


def choose() -> Choice | None:
    """Draw the widgets; return None, with a message, if nothing is chosen or the recipe is invalid."""
    asked = [*st.query_params.get("new_backbones", "").split(" "), *(st.session_state.get("new_backbones") or [])]
    offered = dict.fromkeys([*registry.BACKBONES, *filter(registry.is_known, asked)])
    names = _multiselect("backbones", list(offered), BACKBONES, new=True)
    unknown = [name for name in names if not registry.is_known(name)]
    bundled = ", ".join(name for name in registry.BACKBONES if registry.UPSTREAM in registry.weights(name))
    weights = _multiselect("weights", list(WEIGHTS), ["upstream"], networks=bundled)
    sizes = _multiselect("sizes", list(recipe_form.SIZES["image_size"]), [32])
    seeds = linked.slider(t("compare.seeds"), range(1, MAX_SEEDS + 1), key="new_seeds", omit_default=True,
                          help=t("compare.seeds_help"))  # fmt: skip
    try:
        recipe = choose_recipe()
    except ExplorerError as error:
        errors.show(error)
        return None
    if unknown:
        st.error(t("compare.unknown", names=escaped(", ".join(unknown))), icon=":material/error:")
        return None
    if not (names and weights and sizes):
        st.info(t("compare.choose_some"), icon=":material/checklist:")
        return None
    return Choice(recipe, tuple(names), tuple(weights), tuple(sorted(sizes)), seeds)


def choose_recipe() -> Recipe:
    """Draw the widgets of the recipe. Raises RecipeError."""
    bases = {"compare": sweep.RECIPE, **RECIPES}
    if "recipe" in st.session_state:
        bases["current"] = recipe_form.make_recipe(recipe_form.current())
    name = linked.selectbox(t("compare.base"), bases, key="new_base", omit_default=True, help=t("compare.base_help"),
                            format_func=lambda each: t(f"compare.base_{each}"),
                            on_change=_forget_numbers)  # fmt: skip
    base = bases[name]
    sources = data_sets.sources()
    usual = base.data if base.data in sources else next(iter(sources))
    picked = url_state.restore("new_data", sources, usual)
    st.selectbox(t("recipe.data"), list(sources), key="new_data", format_func=sources.__getitem__,
                 help=t("finetune.data_help"), persist_state="session")  # fmt: skip
    is_file = os.sep in picked  # a path on this server, never in a link
    url_state.keep(new_data=None if picked == usual or is_file else picked)
    if "cifar10" not in sources:
        st.caption(t("compare.no_cifar10"))
        data_picker.offer_cifar10()
    limits: list[Any] = sorted({*PICTURES, *filter(None, [base.limit])})
    most, _ = data_picker.picture_counts(RECIPES["tutorial"].changed(data=picked))
    limits = [limit for limit in limits if limit < most or not most]
    limit = _slider("limit", [*limits, ALL], base.limit or ALL, lambda n: f"{n:,}" if n else t("finetune.no_limit"))
    epochs = linked.slider(t("recipe.epochs"), range(1, MAX_EPOCHS + 1), key="new_epochs",
                           default=min(base.epochs, MAX_EPOCHS), omit_default=True)  # fmt: skip
    changes: dict[str, Any] = {"data": picked, "limit": limit or None, "epochs": epochs}
    changes["lr"] = _slider("lr", sorted({*RATES, base.lr}), base.lr, lambda rate: f"{rate:g}")
    if base.freeze_epochs:
        changes["freeze_epochs"] = min(base.freeze_epochs, epochs)
        rates = sorted({*RATES, base.unfreeze_lr})
        changes["unfreeze_lr"] = _slider("unfreeze_lr", rates, base.unfreeze_lr, lambda rate: f"{rate:g}")
        st.caption(t("compare.frozen", epochs=changes["freeze_epochs"]))
    if picked != base.data:
        changes["classes"] = ()
    return base.changed(**changes)


def _forget_numbers() -> None:
    """Forget the numbers, so that those of the newly chosen recipe apply."""
    url_state.forget(*(f"new_{name}" for name in ("epochs", "lr", "unfreeze_lr", "limit")))


def _multiselect(
    name: str, options: list[Any], default: list[Any], *, new: bool = False, **values: object
) -> list[Any]:
    shown = {"weights": lambda each: weights_word(each, t), "sizes": lambda each: f"{each} px"}.get(name, str)
    return linked.multiselect(
        t(f"compare.{name}"), options, key=f"new_{name}", default=default, omit_default=True, format_func=shown,
        accept_new_options=new, help=t(f"compare.{name}_help", **values), placeholder=t("compare.choose"),
    )  # fmt: skip


def _slider(name: str, options: Sequence[Any], usual: Any, format_func: Any) -> Any:
    """A slider whose default is `usual`, or the last option if `usual` is not one, as with other data."""
    default = usual if usual in options else options[-1]
    return linked.select_slider(t(f"recipe.{name}"), options, key=f"new_{name}", default=default, omit_default=True,
                                format_func=format_func)  # fmt: skip
