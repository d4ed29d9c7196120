"""Choose a network and its weights: by name, from a run, or from an uploaded checkpoint."""

from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import partial

import streamlit as st

from explorer.core import local_networks, settings
from explorer.core.errors import ExplorerError
from explorer.models import loading, registry, weight_files
from explorer.models.network import Network
from explorer.runs import store
from explorer.ui.layout import own_checkpoint, own_code
from explorer.ui.state import access_control, cache, url_state
from explorer.ui.widgets import errors, linked
from explorer.ui.widgets.download_progress import progress_bar
from explorer.ui.words import escaped, network_name, t, weights_name

RUN_PREFIX = "run:"  # prefix of a run's id: the weights of its best epoch
SEEDS = range(2**31)
MAX_PUBLIC_PARAMETERS = 100_000_000  # of networks that visitors name: 400 MB


def choose() -> None:
    """Draw the widgets. `chosen` returns the choice."""
    typed = str(st.session_state.get("network") or "")
    if typed and not may_open(typed):
        st.toast(t("bar.network_unknown", name=escaped(typed)), icon=":material/error:")
    name = linked.selectbox(
        t("bar.network"),
        network_options("network"),
        key="network",
        default=next(iter(local_networks.offered()), "resnet18"),
        label_visibility="collapsed",
        width=210,
        format_func=network_name,
        accept_new_options=True,
    )
    labels = weight_options(name, str(st.session_state.get("weights") or st.query_params.get("weights", "")))
    labels["own"] = weights_name("own")
    weights = linked.selectbox(
        t("bar.weights"),
        labels,
        key="weights",
        label_visibility="collapsed",
        width=230,
        format_func=labels.__getitem__,
    )
    url_state.restore("seed", SEEDS, 0)
    if weights == "random":
        linked.number(
            t("bar.seed"),
            SEEDS,
            key="seed",
            label_visibility="collapsed",
            icon=":material/casino:",
            width=140,
            help=t("bar.seed_help"),
        )
    else:
        url_state.keep(seed=None)
    if st.session_state.weights == "own":
        with st.popover(t("bar.own"), icon=":material/upload_file:"):
            own_checkpoint.draw()
    errors.show_kept("checkpoint_refused")


def network_options(key: str, *more: str) -> list[str]:
    """Names of the networks to choose from: those of this machine, torchvision's, the twins, CIFAR's, and `more`.

    Any other network that the session or the link names under `key`, such as a run's or a typed one, is added.
    """
    asked = str(st.session_state.get(key) or st.query_params.get(key, ""))
    known = [asked] if may_open(asked) else []
    listed = (*local_networks.offered(), *registry.BACKBONES, *registry.TWINS, *registry.CIFAR_NETWORKS)
    return list(dict.fromkeys((*listed, *more, *known)))


def may_open(name: str) -> bool:
    """Whether there is such a network; on a public server, it is also listed or of a moderate size."""
    if not registry.is_known(name):
        return False
    return not settings.is_public() or name in registry.BACKBONES or registry.parameters(name) <= MAX_PUBLIC_PARAMETERS


def weight_options(name: str, wanted: str = "") -> dict[str, str]:
    """Weights of a network, except an uploaded file -> their names on screen.

    They include the weights of recent runs, and of the run `wanted`, however old.
    """
    seen = access_control.visible_run_ids()
    trained = {f"{RUN_PREFIX}{run.id}": run for run in store.with_weights(name, only=seen)}
    if (
        wanted.startswith(RUN_PREFIX)
        and wanted not in trained
        and (seen is None or wanted.removeprefix(RUN_PREFIX) in seen)
    ):
        with suppress(ExplorerError):
            run = store.find(wanted.removeprefix(RUN_PREFIX))
            if run.recipe().network == name and (run.path / store.BEST_WEIGHTS).is_file():
                trained[wanted] = run
    return {
        **{weights: weights_name(weights) for weights in registry.weights(name)},
        **{weights: run.about().name for weights, run in trained.items()},
    }


def weights_words() -> str:
    """The chosen weights in words: their name, the run's, or that of the user's file."""
    weights, file = st.session_state.weights, own_checkpoint.held()
    if weights == "own" and file:
        return file.shown
    if weights.startswith(RUN_PREFIX):
        return store.find(weights.removeprefix(RUN_PREFIX)).about().name
    return weights_name(weights)


def chosen() -> tuple[Callable[[], Network], tuple[Hashable, ...]]:
    """A function that opens the chosen network (raises ExplorerError), and its cache key.

    If its weights are missing, show how to get them and stop the script.
    """
    name, weights, seed = (st.session_state[key] for key in ("network", "weights", "seed"))
    if weights == "own":
        file = own_checkpoint.held()
        if file is None:
            st.info(t("bar.own_missing"), icon=":material/upload_file:")
            url_state.stop()
        return partial(own_checkpoint.opened, name, file), own_checkpoint.cache_key(name, file)
    return open_network(name, weights, seed)


def open_network(name: str, weights: str, seed: int = 0) -> tuple[Callable[[], Network], tuple[Hashable, ...]]:
    """`chosen` for a network and weights by name; see `weight_options`."""
    if weights.startswith(RUN_PREFIX):
        run = store.find(weights.removeprefix(RUN_PREFIX))
        best = run.path / store.BEST_WEIGHTS
        written = best.stat().st_mtime_ns
        version = own_code.version(name) if local_networks.is_own(name) else ""
        key = ("run", name, run.id, written, *([version] if version else []))
        return partial(cache.run_network, name, str(best), written, version), key
    if weights in registry.IMAGENET and not weight_files.published(name, weights)[0].is_file():
        _offer_imagenet(name, weights)
    if local_networks.is_own(name):
        version = own_code.version(name)
        return partial(cache.own_code, name, version), ("own code", name, version)
    seed = seed if weights == "random" else 0
    return partial(cache.network, name, weights, seed), ("named", name, weights, seed)


def _offer_imagenet(name: str, weights: str) -> None:
    file, _ = weight_files.published(name, weights)
    size_mb = 4 * registry.parameters(name) / 1e6
    words = t("bar.imagenet_missing", file=escaped(file.name), size=size_mb, folder=escaped(file.parent))
    st.info(words, icon=":material/download:")
    with st.container(horizontal=True):
        wanted = st.button(t("bar.imagenet_get", file=escaped(file.name)), type="primary", icon=":material/download:")
        others = {
            "random": (":material/casino:", {"network": name, "weights": "random"}),
            "back": (":material/undo:", {"network": "resnet18", "weights": registry.CIFAR10}),
        }
        for key, (icon, choice) in others.items():
            st.button(t(f"bar.imagenet_{key}"), on_click=st.session_state.update, args=(choice,), icon=icon)
    if not wanted:
        url_state.stop()
    with progress_bar() as show:
        loading.load(name, weights, progress=show)
    st.rerun()
