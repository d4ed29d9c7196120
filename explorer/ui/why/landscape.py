"""The loss around two trained networks on a plane of two random directions, as contours and as a surface."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.analysis import landscape
from explorer.analysis.landscape import Landscape, Settings
from explorer.analysis.picture_set import PictureSet
from explorer.core.errors import RunError
from explorer.core.i18n import Language
from explorer.data import cifar10
from explorer.models import registry, twins
from explorer.models.cifar_resnet import Design
from explorer.models.network import Network
from explorer.plots import landscape as drawing
from explorer.runs import store
from explorer.ui.finetune import run_monitor
from explorer.ui.layout import network_picker as network
from explorer.ui.layout import style
from explorer.ui.layout.network_picker import RUN_PREFIX
from explorer.ui.shortcut.depth import pictures
from explorer.ui.state import access_control, memory, shared_task
from explorer.ui.widgets import chart_view, linked, paper_comparison
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import escaped, language, network_name, sentences, t

BOXES = ("landscape_left", "landscape_right")
POINTS = tuple(range(7, 52, 4))
COUNTS = (64, 128, 256, 512, 1024)
PERCENT = (25, 50, 75, 100, 125, 150)  # half-width of the plane, relative to each filter's norm
SEEDS = range(1000)
AZIMUTHS, ELEVATIONS = range(0, 360, 5), range(10, 81, 5)
USUAL_VIEW = (30, 50)
MAX_RUNS = 30
PAPERS_DEPTH = 56  # layers of the paper's networks with a chaotic surface


@dataclass(frozen=True)
class Choice:
    """A network and its name on screen. Surfaces of a run are stored in its `folder`."""

    name: str
    network: Network
    key: str
    folder: Path | None


@fragment
def draw() -> None:
    st.markdown(t("landscape.about"))
    draw_pair(choose_pair(), choose_settings())


def choose_pair() -> list[Choice]:
    """Draw the widgets for two networks; the default is the twins."""
    offered = {f"twin-{kind}": t(f"landscape.twin_{kind}") for kind in twins.NAMES} | trained_runs()
    chosen = []
    for key, column, first in zip(BOXES, st.columns(2, gap="medium"), list(offered)[:2], strict=True):
        with column:
            chosen.append(linked.selectbox(t(key.replace("_", ".")), offered, key=key, default=first,
                                           omit_default=True, format_func=offered.__getitem__))  # fmt: skip
    return [open_choice(each, offered) for each in chosen]


def trained_runs() -> dict[str, str]:
    """The newest runs that have weights of a best epoch -> their names."""
    entries = [
        entry
        for entry in access_control.newest_runs()
        if entry.recipe and registry.is_known(entry.recipe.network) and (entry.run.path / store.BEST_WEIGHTS).is_file()
    ]
    return {
        f"{RUN_PREFIX}{entry.run.id}": f"{entry.about.name} · {network_name(entry.recipe.network)}"
        for entry in entries[:MAX_RUNS]
        if entry.recipe
    }


def open_choice(chosen: str, offered: dict[str, str]) -> Choice:
    if not chosen.startswith(RUN_PREFIX):
        kind: Any = chosen.removeprefix("twin-")
        return Choice(offered[chosen], twins.load(kind), chosen, None)
    run = store.find(chosen.removeprefix(RUN_PREFIX))
    open_network, key = network.open_network(run.recipe().network, chosen)
    return Choice(offered[chosen], open_network(), " ".join(map(str, key[1:])), run.path)


def choose_settings() -> Settings:
    stored = landscape.stored()[0]["residual"].settings
    usual = {"points": stored.points, "pictures": stored.pictures, "span": round(100 * stored.span)}
    options = {"points": POINTS, "pictures": COUNTS, "span": PERCENT}
    shown: dict[str, Callable[[int], str]] = {
        "points": lambda n: f"{n} × {n}", "pictures": str, "span": lambda n: f"± {n / 100:g}",
    }  # fmt: skip
    chosen = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for name, values in options.items():
            chosen[name] = linked.select_slider(
                t(f"landscape.{name}"), values, key=f"landscape_{name}", default=usual[name], omit_default=True,
                format_func=shown[name], width=200, help=t(f"landscape.{name}_help"),
            )  # fmt: skip
        seed = linked.number(t("landscape.seed"), SEEDS, key="landscape_seed", default=stored.seed, omit_default=True,
                             width=120, help=t("landscape.seed_help"))  # fmt: skip
    return Settings(chosen["points"], chosen["pictures"], chosen["span"] / 100, seed)


def draw_pair(pair: Sequence[Choice], settings: Settings) -> None:
    surfaces, made = landscape.stored()
    ours = [surfaces.get(choice.key.removeprefix("twin-")) for choice in pair]
    if all(one is not None and one.settings == settings for one in ours):
        landscapes, of = [one for one in ours if one], stored_words(made)
    else:
        picture_set = pictures(settings.pictures, str(cifar10.find_cifar10()))
        landscapes = surfaces_of(pair, picture_set, replace(settings, pictures=len(picture_set)))
        of = picture_words(pair, picture_set)
    if landscapes:
        draw_surfaces(pair, landscapes, of)


def surfaces_of(pair: Sequence[Choice], picture_set: PictureSet, settings: Settings) -> list[Landscape]:
    """Surfaces of both networks; empty until missing ones were requested and computed."""
    root = str(cifar10.find_cifar10())
    wanted = f"{' '.join(choice.key for choice in pair)} {settings} {root}"
    known = [stored_surface(choice, settings, root) for choice in pair]
    asked = st.session_state.get("landscape_asked") == wanted
    if not all(known) and not asked:
        seconds = sum(
            seconds_per_evaluation(choice.key, choice.network)
            for choice, one in zip(pair, known, strict=True)
            if not one
        )
        seconds *= settings.points**2 * settings.pictures
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                t("landscape.start"), type="primary", icon=":material/play_arrow:", on_click=request, args=(wanted,)
            )
            st.caption(t("landscape.estimate", time=run_monitor.duration(seconds)))
        return []
    return [
        one or compute_surface(choice, picture_set, settings, root) for choice, one in zip(pair, known, strict=True)
    ]


def stored_surface(choice: Choice, settings: Settings, root: str) -> Landscape | None:
    return landscape.load_cached(choice.folder, settings, f"{choice.key} {root}") if choice.folder else None


def compute_surface(choice: Choice, picture_set: PictureSet, settings: Settings, root: str) -> Landscape:
    of = f"{choice.key} {root}"
    start = lambda: landscape.of_network(choice.network, picture_set, settings)  # noqa: E731
    surface = shared_task.require(("landscape", of, settings), start)
    if choice.folder:
        with suppress(RunError):  # a full disk or read-only folder: it is computed again next time
            landscape.save_cached(choice.folder, surface, of)
    return surface


def request(wanted: str) -> None:
    st.session_state.landscape_asked = wanted


@memory.shared
def seconds_per_evaluation(key: str, _network: Network) -> float:
    return landscape.seconds_per_evaluation(_network)


def draw_surfaces(pair: Sequence[Choice], landscapes: Sequence[Landscape], of: str) -> None:
    across = drawing.loss_range([one.loss for one in landscapes])
    settings = landscapes[0].settings
    key = (*(choice.key for choice in pair), settings, of)
    columns = st.columns(2, gap="medium")
    for place, choice, one, column in zip(BOXES, pair, landscapes, columns, strict=True):
        with column:
            st.markdown(describe(one))
            spec = chart_view.cached_spec((*key, place), drawing.contours, settings.places, one.loss, across, t)
            alt = t("landscape.contours_alt", network=choice.name, said=describe(one))
            title = t("charts.contours", network=choice.name)
            chart_view.show(title, spec, key=f"{place}_contours", alt=alt, width="content")
    azimuth, elevation = choose_view()
    columns = st.columns(2, gap="medium")
    for place, choice, one, column in zip(BOXES, pair, landscapes, columns, strict=True):
        with column:
            spec = surface((*key, place), azimuth, elevation, language(), style.text_colour(), one, across)
            alt = t("landscape.surface_alt", network=choice.name, azimuth=azimuth, elevation=elevation)
            chart_view.show(t("charts.surface", network=choice.name), spec, key=f"{place}_surface", alt=alt)
    compare(pair, landscapes)
    grid = t("landscape.grid", points=settings.points, span=f"{settings.span:g}", seed=settings.seed)
    st.caption(sentences(of, grid, t("landscape.reading")))


@memory.shared
def surface(
    key: object, azimuth: int, elevation: int, language: Language, ink: str, _found: Landscape,
    _across: tuple[float, float],
) -> chart_view.Spec:  # fmt: skip
    chart = drawing.surface(_found.settings.places, _found.loss, _across, t, azimuth=azimuth, elevation=elevation)
    return chart_view.themed_spec(chart, ink)


def choose_view() -> tuple[int, int]:
    chosen = []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for name, values, usual in zip(("azimuth", "elevation"), (AZIMUTHS, ELEVATIONS), USUAL_VIEW, strict=True):
            chosen.append(linked.slider(t(f"landscape.{name}"), values, key=f"landscape_{name}", default=usual,
                                        omit_default=True, format="%d°", width=260))  # fmt: skip
    return chosen[0], chosen[1]


def describe(surface: Landscape) -> str:
    """One surface in numbers, as a sentence."""
    highest = float(surface.loss.max())
    shown = f"{highest:.3g}" if highest < drawing.HIGHEST else f"> {drawing.HIGHEST:g}"
    return t("landscape.said", centre=f"{surface.centre:.2f}", highest=shown)


def compare(pair: Sequence[Choice], landscapes: Sequence[Landscape]) -> None:
    """Draw which of the two is flatter and smoother, with the paper's finding if the pair is comparable."""
    near, downhill = ([measure(one) for one in landscapes] for measure in (lambda one: one.near(1), Landscape.downhill))
    words = []
    for key, values in (("near", near), ("downhill", downhill)):
        left, right = (f"{value:.0%}" for value in values)
        if left == right:
            words.append(t(f"landscape.same_{key}", share=min(values)))
        else:
            more, less = sorted(values, reverse=True)
            name = escaped(pair[values.index(more)].name)
            words.append(t(f"landscape.more_{key}", network=name, more=more, less=less))
    here = sentences(*words)
    designs = [Design.named(choice.network.name) for choice in pair]
    kinds = [design.residual for design in designs if design]
    depths = {design.depth for design in designs if design}
    if sorted(kinds) != [False, True] or len(depths) != 1:
        st.markdown(here)
        return
    (depth,), residual, plain = depths, kinds.index(True), kinds.index(False)
    if depth < PAPERS_DEPTH:
        here, agrees = sentences(here, t("landscape.shallower", depth=depth, papers=PAPERS_DEPTH)), None
    else:
        agrees = near[residual] > near[plain] and downhill[residual] > downhill[plain]
    paper_comparison.compare(t("landscape.paper"), here, agrees)


def picture_words(pair: Sequence[Choice], picture_set: PictureSet) -> str:
    words = [t("landscape.set", count=len(picture_set), source=escaped(t(picture_set.source)))]
    for choice in {each.key: each for each in pair}.values():
        if picture_set.true_labels(choice.network) is None:
            words.append(t("landscape.own_answers", network=escaped(choice.name)))
    return sentences(*words)


def stored_words(made: dict[str, str]) -> str:
    surfaces, _ = landscape.stored()
    count = surfaces["residual"].settings.pictures
    details = {name: escaped(made[name]) for name in ("day", "hardware", "versions")}
    return sentences(
        t("landscape.set", count=count, source=escaped(t(made["source"]))),
        t("landscape.ours", command=made["command"], **details),
    )
