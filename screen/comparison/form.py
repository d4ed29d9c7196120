"""A new comparison: backbones, weights, sizes and seeds, one recipe for all of them, and what comes of it."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from explorer.drawing.comparison import weights_word
from explorer.errors import ExplorerError
from explorer.network import backbones
from explorer.training import data, sweep
from explorer.training.recipe import RECIPES, Recipe
from screen import recipe as controls
from screen.comparison import plan
from screen.comparison.plan import Choice
from screen.recipe import RATES
from screen.words import escaped, say, say_error

BACKBONES: Final = ["resnet18", "mobilenet_v3_small", "shufflenet_v2_x1_0"]  # quick ones of three kinds
WEIGHTS: Final = ("random", "upstream", "imagenet")
PICTURES: Final = (200, 500, 1000, 2000, 5000, 10_000, 20_000, None)  # None: all
MOST_EPOCHS, MOST_SEEDS = 40, 5


def draw() -> None:
    left, right = st.columns([5, 7], gap="large")
    with left:
        choice = choose()
    with right:
        if choice is not None:
            plan.draw(choice)


def choose() -> Choice | None:
    """The widgets. None where nothing is chosen, or no recipe comes of it: what is wrong then stands among them."""
    names = _several("backbones", list(backbones.BACKBONES), BACKBONES, new=True)
    unknown = [name for name in names if not backbones.is_known(name)]
    weights = _several("weights", list(WEIGHTS), ["random", "upstream"])
    sizes = _several("sizes", list(controls.SIZES["image_size"]), [32])
    _start("seeds", 1)
    seeds = st.slider(say("comparison.seeds"), 1, MOST_SEEDS, key="compare_seeds", help=say("comparison.seeds_help"),
                      persist_state="session")  # fmt: skip
    try:
        recipe = choose_recipe()
    except ExplorerError as error:
        st.error(say_error(error), icon=":material/error:")
        return None
    if unknown:
        st.error(say("comparison.unknown", names=escaped(", ".join(unknown))), icon=":material/error:")
        return None
    if not (names and weights and sizes):
        st.info(say("comparison.choose_some"), icon=":material/checklist:")
        return None
    return Choice(recipe, tuple(names), tuple(weights), tuple(sorted(sizes)), seeds)


def choose_recipe() -> Recipe:
    """Raises RecipeError."""
    bases = {"compare": sweep.RECIPE, **RECIPES}
    if "recipe" in st.session_state:
        bases["current"] = controls.made(controls.current())
    _start("base", "compare")
    name = st.selectbox(say("comparison.base"), list(bases), key="compare_base", help=say("comparison.base_help"),
                        format_func=lambda each: say(f"comparison.base_{each}"), on_change=_forget_numbers,
                        persist_state="session")  # fmt: skip
    base = bases[name]
    sources = _sources()
    _start("data", base.data if base.data in sources else next(iter(sources)))
    picked = st.selectbox(say("recipe.data"), list(sources), key="compare_data", format_func=sources.__getitem__,
                          help=say("finetune.data_help"), persist_state="session")  # fmt: skip
    if "cifar10" not in sources:
        st.caption(say("comparison.no_cifar10"))
    limits: list[Any] = sorted({*PICTURES[:-1], *filter(None, [base.limit])})
    if picked == "digits":
        limits = [limit for limit in limits if limit < 1437]  # all there are
    limit = _slider("limit", [*limits, None], base.limit, lambda n: f"{n:,}" if n else say("finetune.no_limit"))
    _start("epochs", min(base.epochs, MOST_EPOCHS))
    epochs = st.slider(say("recipe.epochs"), 1, MOST_EPOCHS, key="compare_epochs", persist_state="session")
    changes: dict[str, Any] = {"data": picked, "limit": limit, "epochs": epochs}
    changes["lr"] = _slider("lr", sorted({*RATES, base.lr}), base.lr, lambda rate: f"{rate:g}")
    if base.freeze_epochs:
        changes["freeze_epochs"] = min(base.freeze_epochs, epochs)
        rates = sorted({*RATES, base.unfreeze_lr})
        changes["unfreeze_lr"] = _slider("unfreeze_lr", rates, base.unfreeze_lr, lambda rate: f"{rate:g}")
        st.caption(say("comparison.frozen", epochs=changes["freeze_epochs"]))
    if picked != base.data:
        changes["classes"] = ()
    return base.changed(**changes)


def _sources() -> dict[str, str]:
    """Pictures to learn from, and their names: CIFAR-10 where it is here, the digits, the reader's own zip."""
    found = {"cifar10": "CIFAR-10"} if data.find_whole_cifar10() else {}
    return {**found, "digits": say("finetune.digits"), **dict(filter(None, [st.session_state.get("own_data")]))}


def _forget_numbers() -> None:
    """The next ones are those of the recipe that was chosen now."""
    for name in ("epochs", "lr", "unfreeze_lr", "limit"):
        st.session_state.pop(f"compare_{name}", None)


def _start(name: str, value: Any) -> None:
    st.session_state.setdefault(f"compare_{name}", value)


def _several(name: str, options: list[Any], default: list[Any], *, new: bool = False) -> list[Any]:
    _start(name, default)
    shown = {"weights": lambda each: weights_word(each, say), "sizes": lambda each: f"{each} px"}.get(name, str)
    chosen: list[Any] = st.multiselect(
        say(f"comparison.{name}"), options, key=f"compare_{name}", format_func=shown, accept_new_options=new,
        help=say(f"comparison.{name}_help"),
        persist_state="session", placeholder=say("comparison.choose"),
    )  # fmt: skip
    return chosen


def _slider(name: str, options: Sequence[Any], default: Any, format_func: Any) -> Any:
    key = f"compare_{name}"
    if st.session_state.get(key, default) not in options:  # of other data
        st.session_state[key] = options[-1]
    _start(name, default)
    return st.select_slider(say(f"recipe.{name}"), options, key=key, format_func=format_func, persist_state="session")
