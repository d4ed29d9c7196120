"""All blocks: share of the branch, its angle with x, and layer responses, for one picture and for many."""

from collections.abc import Hashable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st
from torch import Tensor

from explorer.analysis import labels, residual
from explorer.analysis import picture_set as picture_sets
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.residual import Depth
from explorer.codegen import shortcut as scripts
from explorer.data import cifar10
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import Stored
from explorer.models import twins
from explorer.models.network import Network
from explorer.plots import shortcut as drawing
from explorer.ui.layout import header
from explorer.ui.shortcut import designs
from explorer.ui.state import memory, shared_task, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import answers, chart_view, code_export, html_figures, paper_comparison
from explorer.ui.widgets.answers import Answer
from explorer.ui.widgets.fragment import fragment
from explorer.ui.widgets.tables import show
from explorer.ui.words import sentences, t

COUNTS = (20, 50, 100, 200, 500, 1000)
FIGURES = ("share", "angle", "response")
PASSES = 1.7  # time relative to a forward pass
WRITTEN = {"share": "%.1f%%", "angle": "%.1f", "response": "%.3f"}


@fragment
def draw(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    st.markdown(t("shortcut.about_depth"))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        picture_set = choose()
    with answers.offered(
        "depth",
        view,
        picture_set,
        lambda: residual.over_pictures(view.network, picture_set),
        Stored.depth,
        PASSES,
        row=row,
    ) as band:
        draw_band(view, band)
        designs.draw(view, picture_set)


def draw_band(view: View, band: Answer[Depth] | None) -> None:
    """Draw the chosen picture and, if there is one, the band of many."""
    this = measure_picture(view.key, view)
    tables = _tables(view.network, this, band.result if band else None)
    st.markdown(_summary(tables))
    draw_charts(view, tables, band)
    if this.layers:
        compare(this, band)
    else:
        st.caption(t("shortcut.no_norm"))
    more = st.expander(t("shortcut.depth_table"), key="depth_table", on_change="rerun", icon=":material/table:")
    if more.open:
        with more:
            draw_numbers(tables)
    if band and band.has_pictures:
        offer_both = partial(append_own, view, band.pictures)
        code_export.offer(view, lambda folder: scripts.depth(view.network, folder, several=True), offer_both)
    else:
        code_export.offer(view, lambda file: scripts.depth(view.network, file, several=False))


def append_own(view: View, picture_set: PictureSet) -> PictureSet:
    """The pictures, then the chosen one."""
    own = PictureSet(("",), (view.picture.image,), (scripts.THIS,), picture_set.source)
    return replace(
        own,
        ids=picture_set.ids + own.ids,
        pictures=picture_set.pictures + own.pictures,
        labels=picture_set.labels + own.labels,
    )


def choose() -> PictureSet:
    """Draw the slider, if there are more pictures than the gallery's; return the pictures."""
    count = url_state.restore("depth_count", COUNTS, stored_answers.COUNT)
    root = str(cifar10.find_cifar10())
    picture_set = pictures(count, root)
    if picture_set.is_cifar10 or len(picture_set) == count:
        st.select_slider(t("shortcut.pictures"), COUNTS, key="depth_count", width=320, persist_state="session")
        url_state.keep(depth_count=count)
    return picture_set


@memory.shared
def pictures(count: int, root: str) -> PictureSet:
    return picture_sets.find(count)


@memory.shared
def measure_picture(key: Hashable, _view: View) -> Depth:
    return residual.over_depth(_view.network, _view.x)


def draw_charts(view: View, tables: dict[str, pd.DataFrame], band: Answer[Depth] | None) -> None:
    key = (view.key, (_set_name(band.pictures), band.is_stored) if band else None)
    upper = dict(zip(FIGURES, st.columns(2, gap="medium"), strict=False))
    for figure, table in tables.items():
        with upper.get(figure, st.container()):
            chart_view.show(
                t(f"shortcut.depth_{figure}"),
                chart_view.cached_spec((key, figure), drawing.over_depth, table, figure, t),
                key=f"depth_{figure}",
                height=310,
                alt=t(f"shortcut.{figure}_alt", count=len(table)),
            )
            st.caption(t(f"shortcut.{_help(view.network, figure)}"))
    starts = t("shortcut.band_none") if tables["share"]["opens"].any() else ""
    if band is None:
        st.caption(starts)
    else:
        count, source = len(band.pictures), band.pictures.source
        st.caption(sentences(t("shortcut.band_set", count=count, source=t(source)), starts))
        if source == "picture.source_gallery":
            st.warning(t("shortcut.band_gallery", count=count), icon=":material/info:")


def _help(network: Network, figure: str) -> str:
    """The key of the caption: what is measured depends on the kind of the norms, and where they are."""
    if figure != "response":
        return f"depth_{figure}_help"
    blocks, kinds = network.graph.blocks.values(), {network.graph.nodes[name].kind for name in residual.layers(network)}
    if kinds != {"BatchNorm2d"}:
        return "depth_response_any"
    before = all(block.norm_first and not block.rectified for block in blocks)
    return "depth_response_before" if before else "depth_response_help"


def draw_numbers(tables: dict[str, pd.DataFrame]) -> None:
    for figure, table in tables.items():
        names = {
            "name": t(f"shortcut.place_{figure}"),
            "opens": t("shortcut.opens"), "this": t("shortcut.this"), "low": t("shortcut.low"),
            "middle": t("shortcut.median"), "high": t("shortcut.high"),
        }  # fmt: skip
        shown = table.assign(opens=table["opens"].map({True: "◆", False: ""}))
        column = st.column_config.NumberColumn(format=WRITTEN[figure])
        st.markdown(f"**{t(f'shortcut.depth_{figure}')}**")
        values = [name for name in ("this", "low", "middle", "high") if name in shown]
        shown[values] *= 100 if figure == "share" else 1
        numbers = shown[[c for c in names if c in shown]].rename(columns=names)
        written = {names[name]: column for name in values}
        show(numbers, column_config=written, alt=t(f"shortcut.depth_{figure}"))


def compare(this: Depth, band: Answer[Depth] | None) -> None:
    """Compare with fig. 7 of He et al. 2015 on our twins, since the network on screen has no plain counterpart.

    The twins are measured on the pictures of a band that was computed here, else their stored results are shown.
    """
    mean = html_figures.number(float(this.response.mean()))
    computed = band.pictures if band and not band.is_stored else None
    with_shortcuts, plain = twin_responses("residual", computed), twin_responses("plain", computed)
    here = t(
        "shortcut.fig7_twins",
        mean=mean,
        layers=twins.DEPTH,
        count=len(computed) if computed else stored_answers.COUNT,
        residual=html_figures.number(float(with_shortcuts.mean())),
        plain=html_figures.number(float(plain.mean())),
        fewer=int((with_shortcuts < plain).sum()),
        measured=len(plain),
    )
    smaller = bool(with_shortcuts.mean() < plain.mean())
    # The twins were trained on CIFAR-10
    paper_comparison.compare(
        t("shortcut.fig7_paper"), here, smaller if computed is None or computed.is_cifar10 else None
    )


def twin_responses(kind: twins.Kind, picture_set: PictureSet | None) -> Tensor:
    """Response of each layer of a twin, averaged over the pictures, (layers,). Takes a second for 500 pictures.

    Without pictures, the stored ones.
    """
    if picture_set is None:
        return stored_answers.of_twin(kind).depth().response.mean(0)
    key = f"responses {kind} {_set_name(picture_set)}"
    return shared_task.require(key, lambda: residual.over_pictures(twins.load(kind), picture_set)).response.mean(0)


def _set_name(picture_set: PictureSet) -> str:
    return f"{picture_set.source} {len(picture_set)}"


def _tables(network: Network, this: Depth, band: Depth | None) -> dict[str, pd.DataFrame]:
    """FIGURES key -> `drawing.depth_table`; no responses without norm layers."""
    graph = network.graph
    names = {"share": this.blocks, "angle": this.blocks, "response": this.layers}
    return {
        figure: drawing.depth_table(
            names[figure],
            labels.opening(graph),
            getattr(this, figure)[0],
            getattr(band, figure) if band else None,
            labels.stages(graph, names[figure]),
            None if figure == "response" else labels.mixers(graph),
        )
        for figure in FIGURES
        if names[figure]
    }


def _summary(tables: dict[str, pd.DataFrame]) -> str:
    share, angle = tables["share"], tables["angle"]
    means = share.groupby("opens")["this"].mean()
    against = t("shortcut.depth_against", against=int((angle["this"] > 90).sum()), blocks=len(angle))
    if len(means) == 2:
        said = t("shortcut.depth_said", opening=means[True], other=means[False])
    else:
        said = t("shortcut.depth_said_all", mean=share["this"].mean())
    mixed = ""
    if "mixer" in share:
        of_mixers = share.groupby("mixer", sort=False)["this"].mean()
        named = {t(f"shortcut.mixer_{mixer or 'other'}"): mean for mixer, mean in of_mixers.items()}
        mixed = t("shortcut.depth_mixed", means=", ".join(f"{word} {mean:.0%}" for word, mean in named.items()))
    return sentences(said, mixed, against)
