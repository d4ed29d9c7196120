"""The form of a recipe: freeze epochs and learning rates first, all other settings in an expander."""

import contextlib
import dataclasses
import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import streamlit as st

from explorer.core import local_networks, settings
from explorer.core.errors import ExplorerError
from explorer.core.numbers import parse, short
from explorer.data import cifar10
from explorer.experiments.comparison.labels import value_word
from explorer.models import registry, trial
from explorer.runs import naming
from explorer.training.recipe import GROUPS, RECIPES, Range, Recipe
from explorer.ui.finetune import data_card, data_picker
from explorer.ui.state import data_sets, url_state
from explorer.ui.widgets import errors
from explorer.ui.widgets.html_figures import number
from explorer.ui.words import escaped, network_name, sentences, t, weights_name

FIELDS: Final = {each.name: each for each in dataclasses.fields(Recipe)}
RATES: Final = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1.0)
SIZES: Final = {"image_size": (32, 48, 64, 96, 128, 160, 224), "batch_size": (16, 32, 64, 128, 256, 512, 1024)}
LINK: Final = "settings"
FILES: Final = "recipe_files"  # session key of the settings that are paths: they are in no link, and stay after Back
SHARED: Final = ("freeze_epochs", "epochs", "lr", "unfreeze_lr", *(name for names in GROUPS.values() for name in names))
MAX_EPOCHS: Final = 200  # of the slider; typed, 1000


def choose() -> Recipe | None:
    """Draw the form and return its recipe; None, with a message in the form, if the settings are invalid."""
    chosen = url_state.restore_parsed("recipe", _linked, dict, link=LINK)
    st.segmented_control(
        t("finetune.recipe"),
        list(RECIPES),
        default=_base_name(),
        key="recipe_name",
        on_change=_reset_to_base,
        required=True,
        format_func=lambda name: t(f"recipe.{name}"),
    )
    about = st.empty()
    if _own_files():
        _choose_network(chosen)
    has_data = data_picker.choose(chosen)
    proposal = st.container()
    _epochs(chosen)
    for name in ("lr", "unfreeze_lr"):
        off = name == "unfreeze_lr" and not chosen["freeze_epochs"]
        with _typed_beside(chosen, name, disabled=off):
            _slider(chosen, name, RATES, short, disabled=off, on_change=_forget_typed, args=(name,))
    more = st.expander(t("finetune.all_settings"), key="all_settings", on_change="rerun", icon=":material/tune:")
    if more.open:
        with more:
            _choose_more(chosen)
    if st.session_state.pop("recipe_unknown_network", False) or not has_data:
        return None  # the typed network is unknown, and the recipe still has the previous one
    named = st.session_state.recipe_name
    changed = t("finetune.changed") if chosen != dataclasses.asdict(_for_this_machine(RECIPES[named])) else ""
    about.caption(sentences(t(f"recipe.{named}_about"), changed))
    try:
        trial.check(chosen["network"], chosen["image_size"])
        recipe = make_recipe(chosen)
    except ExplorerError as error:
        errors.show(error)
        return None
    _keep_linked(recipe)
    with proposal, errors.shown():
        if os.sep in recipe.data and (better := data_card.draw_proposal(recipe)):
            set_recipe(better)
            st.rerun()
    return recipe


def current() -> dict[str, Any]:
    """The settings in the session, by field of Recipe; they may be inconsistent."""
    if "recipe" not in st.session_state:
        st.session_state.recipe = _linked(st.query_params.get(LINK, ""))
    found: dict[str, Any] = st.session_state.recipe
    return found


def _linked(text: str) -> dict[str, Any]:
    """The settings of a link, whose value of LINK is `text`; with the files that this session has chosen before."""
    recipe = _with_link_changes(_for_this_machine(RECIPES[_base_name()]), text)
    _forget_widgets()
    return dataclasses.asdict(recipe.changed(data=data_sets.restore_linked(recipe.data)))


def _base_name() -> str:
    """Name of the recipe that the settings are based on."""
    return url_state.restore("recipe_name", tuple(RECIPES), "laptop")


def _with_link_changes(recipe: Recipe, text: str) -> Recipe:
    """`recipe` with the link's changes to SHARED fields; unchanged, with a notice, if they are invalid."""
    try:
        found = {**st.session_state.get(FILES, {}), **json.loads(text or "{}")}
        asked = {name: value for name, value in found.items() if name in SHARED}
        floats = {name: float(value) for name, value in asked.items() if FIELDS[name].type is float}
        linked = recipe.changed(**{**asked, **floats})
        trial.check(linked.network, linked.image_size)
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError, ExplorerError):
        url_state.refuse(LINK, text)
        return recipe
    return linked if linked.weights in registry.weights(linked.network) else recipe


def _keep_linked(recipe: Recipe) -> None:
    """Write the recipe's name and the changes to it into the link, without paths of this machine."""
    name = st.session_state.recipe_name
    usual = dataclasses.asdict(_for_this_machine(RECIPES[name]))
    changes = {each: value for each, value in dataclasses.asdict(recipe).items()
               if each in SHARED and value != usual[each]}  # fmt: skip
    st.session_state[FILES] = {each: value for each, value in changes.items() if os.sep in str(value)}
    changes = {each: value for each, value in changes.items() if each not in st.session_state[FILES]}
    data_sets.keep_linked(recipe.data)
    url_state.keep(recipe_name=name if name != "laptop" else None, **{LINK: json.dumps(changes) if changes else None})


def make_recipe(chosen: dict[str, Any]) -> Recipe:
    """A Recipe of the settings, made consistent where one slider limits another. Raises RecipeError."""
    # Fixed views need a backbone whose BatchNorm is frozen too
    views = chosen["fixed_views"] if chosen["freeze_bn"] else 0
    frozen = min(chosen["freeze_epochs"], chosen["epochs"])
    return Recipe(**{**chosen, "freeze_epochs": frozen, "fixed_views": views})


def set_recipe(recipe: Recipe) -> None:
    """Set the form to `recipe` when it is drawn next."""
    st.session_state.recipe = dataclasses.asdict(recipe)
    _forget_widgets()


def _forget_widgets() -> None:
    for name in FIELDS:
        st.session_state.pop(f"recipe_{name}_widget", None)
        _forget_typed(name)


def draw_limits() -> None:
    """On a public server, draw its limits on a run and on a visitor."""
    if settings.is_public():
        most = {name: settings.limit(f"EXPLORER_MAX_{name.upper()}") for name in ("epochs", "hours", "per_visitor")}
        st.caption(t("server.limits", **most))


def _reset_to_base() -> None:
    if name := st.session_state.recipe_name:  # a slow browser may send the widget as empty
        set_recipe(_for_this_machine(RECIPES[name]))


def _for_this_machine(recipe: Recipe) -> Recipe:
    """`recipe` with the digits if CIFAR-10 is missing, and with the user's own file if the app was started with one.

    The weights of other networks stay: the page offers to download them.
    """
    if not cifar10.find_whole_cifar10():
        recipe = recipe.changed(data="digits")
    for name in _own_files()[:1]:
        with contextlib.suppress(ExplorerError):  # it cannot be trained: the list of networks still has it
            trial.check(name, recipe.image_size)
            return recipe.changed(network=name, weights=registry.weights(name)[0])
    return recipe


def _own_files() -> list[str]:
    return [name for name in local_networks.offered() if local_networks.is_own(name)]


def _key(chosen: dict[str, Any], name: str, *, optional: bool = False) -> str:
    """Key of the widget `name`. It is set to the recipe's value if Streamlit has forgotten it, as it does with widgets
    not drawn, or if the browser sent the widget as empty. `optional`: None is a value.

    Each widget also gets its value as its default. A browser that missed the message with the value, because the script
    ran again at once, would else show the first option and send it as chosen.
    """
    key = f"recipe_{name}_widget"
    if key not in st.session_state or (st.session_state[key] is None and not optional):
        st.session_state[key] = chosen[name]
    return key


def _slider(
    chosen: dict[str, Any], name: str, options: Sequence[Any], format_func: Callable[[Any], str] = str, **more: Any
) -> None:
    """A slider over `options`, extended by the current value if a recipe brought another one or it was typed."""
    known = sorted({*options, chosen[name]})
    key = _key(chosen, name)
    chosen[name] = st.select_slider(
        t(f"recipe.{name}"), known, st.session_state[key], key=key, format_func=format_func,
        help=t(f"recipe.{name}_help"), **more,
    )  # fmt: skip


def _epochs(chosen: dict[str, Any]) -> None:
    first, second = st.container(), st.container()
    for name, place in (("epochs", second), ("freeze_epochs", first)):  # the range of freeze_epochs depends on epochs
        low = 0 if name == "freeze_epochs" else 1
        high = max(MAX_EPOCHS, chosen["epochs"]) if name == "epochs" else max(chosen["epochs"], 1)
        key = f"recipe_{name}_widget"
        # With another range, Streamlit makes a new slider without a value
        if st.session_state.get(f"{key}_high") != high:
            st.session_state.pop(key, None)
        st.session_state[f"{key}_high"] = high
        chosen[name] = min(max(chosen[name], low), high)
        _key(chosen, name)
        with place, _typed_beside(chosen, name):
            chosen[name] = st.slider(
                t(f"recipe.{name}"), low, high, st.session_state[key], key=key, help=t(f"recipe.{name}_help"),
                on_change=_forget_typed, args=(name,),
            )  # fmt: skip


@contextlib.contextmanager
def _typed_beside(chosen: dict[str, Any], name: str, *, disabled: bool = False) -> Iterator[None]:
    """Within, draw a slider of `name`; then the same number stands beside it, to be typed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"typed_{name}"):
        with st.container(width="stretch"):
            yield
        key, value = f"recipe_{name}_typed", short(chosen[name])
        refused = st.session_state.get(f"{key}_refused")
        if refused is None and st.session_state.get(key) != value:
            st.session_state[key] = value
        label = t("finetune.typed", name=t(f"recipe.{name}"))
        st.text_input(label, value, 12, key=key, on_change=_take_typed, args=(name,), disabled=disabled,
                      label_visibility="collapsed", width=84)  # fmt: skip
    if refused is not None:
        low, high = _limits(name)
        words = t("finetune.typed_wrong", typed=escaped(refused), low=short(low), high=short(high), value=value)
        st.error(words, icon=":material/error:")


def _take_typed(name: str) -> None:
    """In a callback: take the typed number, or keep the old one and remember the text for a message."""
    key, chosen = f"recipe_{name}_typed", st.session_state.recipe
    typed = st.session_state[key] or ""
    is_whole, (low, high) = FIELDS[name].type is int, _limits(name)
    _forget_typed(name)
    if not typed.strip():
        return
    try:
        value = parse(typed, whole=is_whole)
    except ValueError:
        value = math.nan
    if low <= value <= high:
        chosen[name] = int(value) if is_whole else value
        st.session_state.pop(f"recipe_{name}_widget", None)
    else:
        st.session_state[f"{key}_refused"] = typed


def _forget_typed(name: str) -> None:
    """Forget a typed text that is no number; the field then shows the setting again."""
    st.session_state.pop(f"recipe_{name}_typed_refused", None)


def _limits(name: str) -> tuple[float, float]:
    allowed = FIELDS[name].metadata["allowed"]
    return allowed.low, st.session_state.recipe["epochs"] if name == "freeze_epochs" else allowed.high


def _choose_more(chosen: dict[str, Any]) -> None:
    for group, names in GROUPS.items():
        st.markdown(f"**{t(f'recipe.group_{group}')}**")
        left, right = st.columns(2)
        for k, name in enumerate(name for name in names if FIELDS[name].type is not bool):
            with (left, right)[k % 2]:
                _widget(chosen, name)
        for name in names:
            if FIELDS[name].type is bool:  # long labels need the full width
                _widget(chosen, name)
        if group == "data":
            _about_network(chosen["network"], chosen["image_size"])


def _widget(chosen: dict[str, Any], name: str) -> None:
    label, help_text, allowed = t(f"recipe.{name}"), t(f"recipe.{name}_help"), FIELDS[name].metadata.get("allowed")
    key = _key(chosen, name, optional=isinstance(allowed, Range) and allowed.optional)
    value = st.session_state[key]
    if name == "image_size":
        _slider(chosen, name, trial.sizes(chosen["network"], SIZES[name]))
    elif name in SIZES:
        _slider(chosen, name, SIZES[name])
    elif name == "network":
        if not _own_files():  # else it is above
            _choose_network(chosen)
    elif name == "weights":
        options = registry.weights(chosen["network"])
        if value not in options:
            st.session_state[key] = value = options[0]
        chosen[name] = st.selectbox(
            label, options, options.index(value), key=key, help=help_text, format_func=weights_name
        )
    elif name == "normalization":
        assert isinstance(allowed, tuple)
        chosen[name] = st.selectbox(
            label, allowed, allowed.index(value), key=key, help=help_text,
            format_func=lambda each: value_word(name, each, t),
        )  # fmt: skip
    elif FIELDS[name].type is bool:
        chosen[name] = st.toggle(label, value, key=key, help=help_text)
    elif isinstance(allowed, tuple):
        chosen[name] = st.selectbox(label, allowed, allowed.index(value), key=key, help=help_text)
    elif isinstance(allowed, Range) and FIELDS[name].type is float:
        step = {"rotation": 1.0, "weight_decay": 1e-4}.get(name, 0.05)
        low, high = float(allowed.low), float(allowed.high)
        chosen[name] = st.number_input(label, low, high, value, key=key, help=help_text, step=step, format="%g")
    else:
        assert isinstance(allowed, Range)
        smallest, largest = int(allowed.low), int(allowed.high)
        if allowed.optional:
            words = t("finetune.no_limit")
            chosen[name] = st.number_input(label, smallest, largest, value, key=key, help=help_text, placeholder=words)
        else:
            chosen[name] = st.number_input(label, smallest, largest, value, key=key, help=help_text)


def _choose_network(chosen: dict[str, Any]) -> None:
    """A select box of torchvision's networks that accepts typed names: CIFAR networks, timm's if installed."""
    key = _key(chosen, "network")
    own, value = _own_files(), st.session_state[key]
    names = list(dict.fromkeys((*own, *registry.BACKBONES, value)))
    name = st.selectbox(
        t("recipe.network"), names, names.index(value), key=key, help=t("recipe.network_help"),
        accept_new_options=True, format_func=network_name,
    )  # fmt: skip
    assert name is not None
    if registry.is_known(name):
        chosen["network"] = name
        if own and chosen["weights"] not in registry.weights(name):
            chosen["weights"] = registry.weights(name)[0]
    else:
        st.session_state.recipe_unknown_network = True
        st.error(t("backbones.unknown", name=escaped(name)), icon=":material/error:")


def _about_network(name: str, image_px: int) -> None:
    try:
        cost = trial.cost(name, image_px)
    except ExplorerError:  # `choose` shows it
        return
    millions = {"parameters": number(cost.parameters / 1e6), "adds": number(cost.multiply_adds / 1e6)}
    takes = "any" if trial.takes_all(name) else "some"
    allowed = ", ".join(map(str, trial.sizes(name, trial.SIZES)))
    st.caption(sentences(t("backbones.cost", **millions, px=image_px), t(f"backbones.takes_{takes}", allowed=allowed)))


def default_run_name(recipe: Recipe, name: str) -> str:
    """Name for a run: the recipe's `name` and the first three changes to it, without hashes."""
    given = dataclasses.asdict(RECIPES[name])
    changes = [f"{key}={_short(value)}" for key, value in dataclasses.asdict(recipe).items()
               if value != given[key] and key not in ("data", "seed", "device", "threads")]  # fmt: skip
    return naming.readable(", ".join([name, *changes[:3]]))


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)
