"""Many pictures in each stage's feature space: a 2-D projection, and the accuracy of linear probes."""

from collections.abc import Hashable

import numpy as np
import streamlit as st

from explorer.analysis import feature_space, features
from explorer.analysis.feature_space import Features, Projection, Space
from explorer.analysis.picture_set import PictureSet
from explorer.codegen import space as scripts
from explorer.data import cifar10
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import Stored, StoredSpace
from explorer.plots import space as drawing
from explorer.ui.features import place
from explorer.ui.layout import style
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import answers, chart_view, code_export, linked, markup, paper_comparison
from explorer.ui.widgets.answers import Answer
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import class_names, escaped, sentences, t

COUNTS = tuple(range(100, 1001, 100))
PASSES = 1.7  # time relative to a forward pass


@fragment
def draw(view: View) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        shown, method, count = choose(view)
    picture_set = pictures(count, str(cifar10.find_cifar10()))
    with answers.offered(
        "space",
        view,
        picture_set,
        lambda: feature_space.measure(view.network, picture_set),
        Stored.space,
        PASSES,
        row=row,
        by_class=True,
    ) as answer:
        if answer is None:
            st.caption(t("space.about"))
        else:
            draw_found(view, answer, shown, method)


def draw_found(view: View, answer: Answer[Space | StoredSpace], shown: str, method: str) -> None:
    measured, picture_set = answer.result, answer.pictures
    key = ("space", view.network_key, picture_set.source, len(picture_set), answer.is_stored)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        draw_points(view, picture_set, measured, shown, method, key)
    with right:
        draw_probes(view, picture_set, measured, key)
    st.markdown(sentences(describe(picture_set), t("space.about")))
    compare(view, picture_set, measured)
    if answer.has_pictures:
        code_export.offer(view, lambda folder: scripts.space(view.network, picture_set, folder), lambda: picture_set)


def choose(view: View) -> tuple[str, str, int]:
    """Draw the widgets: stage, projection method, number of pictures."""
    places = feature_space.places(view.network)
    shown = linked.selectbox(
        t("space.place"), places, key="space_place", default=places[-1], width=160,
        format_func=place.names(view.network, places).__getitem__,
    )  # fmt: skip
    method = linked.segmented(
        t("space.method"), feature_space.METHODS, key="space_method",
        format_func=lambda method: t(f"space.method_{method}"), help=t("space.method_help"),
    )  # fmt: skip
    count = linked.select_slider(t("space.count"), COUNTS, key="space_count", default=stored_answers.COUNT, width=220)
    return shown, method, count


@memory.shared
def pictures(count: int, path: str) -> PictureSet:
    """`path` is the data set's path as a cache key, since it may be downloaded while the app runs."""
    return feature_space.labelled_pictures(count)


@memory.shared
def thumbnails(key: Hashable, _picture_set: PictureSet) -> list[str]:
    return [drawing.hover_uri(picture) for picture in _picture_set.pictures]


@memory.shared
def own_features(key: Hashable, _view: View) -> dict[str, Features]:
    return feature_space.features_of(_view.network, _view.x)


@memory.shared
def projection(key: Hashable, _features: Features, _mine: Features, method: str) -> Projection:
    return feature_space.project(_features, _mine, method)


def draw_points(
    view: View, picture_set: PictureSet, measured: Space | StoredSpace, shown: str, method: str, key: Hashable
) -> None:
    mine = own_features(view.key, view)[shown]
    name = place.names(view.network, [shown])[shown]
    if isinstance(measured, StoredSpace):
        seen = measured.project(shown, mine, method)
    else:
        with st.spinner(t("space.placing"), show_time=True):
            seen = projection((key, shown, method, view.picture_key), measured.features[shown], mine, method)
    title = t("space.points", place=name, channels=mine.shape[1])
    shows_pictures = bool(picture_set.pictures)
    uris = thumbnails(f"{picture_set.source} {len(picture_set)}", picture_set) if shows_pictures else None
    table = drawing.table(seen.points, label_names(picture_set), uris)
    own = drawing.table(
        seen.mine, [t("space.mine")] * len(seen.mine), [drawing.hover_uri(view.picture.image)] * len(seen.mine)
    )
    spec = chart_view.themed_spec(drawing.scatter(table, own, t, seen.shares, dark=style.is_dark()))
    markup.apply_css("space")
    chart_view.show(title, spec, key="space_points", alt=t("space.points_alt", count=len(picture_set), place=name))
    st.caption(
        sentences(
            t(f"space.axes_{method}", share=sum(seen.shares or ())),
            t("space.hover" if shows_pictures else "space.legend"),
            "" if len(seen.mine) else t("space.not_placed"),
        )
    )


def label_names(picture_set: PictureSet) -> list[str]:
    """Class name of each picture, in the chosen language."""
    labels = sorted({str(label) for label in picture_set.labels})
    in_words = dict(zip(labels, class_names(labels), strict=True))
    return [in_words[str(label)] for label in picture_set.labels]


def draw_probes(view: View, picture_set: PictureSet, measured: Space | StoredSpace, key: Hashable) -> None:
    if not feature_space.folds(picture_set.labels):
        st.markdown(f"**{t('space.probes')}**")
        st.caption(t("space.no_probe"))
        return
    names = place.short_names(view.network, list(measured.probes))
    names |= {shown: t("space.stem") for shown in features.stem(view.network)[-1:]}
    table = drawing.probe_table(measured.probes, names)
    spec = chart_view.cached_spec(
        key, drawing.probes, table, t, chance=feature_space.chance(picture_set.labels), own=measured.own
    )
    words = ", ".join(f"{row.place} {row.accuracy:.0%}" for row in table.itertuples())
    alt = t("space.probes_alt", accuracies=words)
    chart_view.show(t("space.probes"), spec, key="space_probes", alt=alt)
    off = error(float(table["accuracy"].iloc[-1]), picture_set)
    st.caption(t("space.probes_caption", folds=feature_space.folds(picture_set.labels), error=off))


def describe(picture_set: PictureSet) -> str:
    source = escaped(t(picture_set.source))
    known = {"picture.source_cifar10": "space.set_cifar10", "picture.source_digit": "space.set_digits"}
    return t(known.get(picture_set.source, "space.set_folder"), count=len(picture_set), source=source)


def compare(view: View, picture_set: PictureSet, measured: Space | StoredSpace) -> None:
    means = {shown: float(np.mean(folds)) for shown, folds in measured.probes.items() if folds}
    if not means:
        return
    values = list(means.values())
    falls = {
        deep: before - now
        for deep, before, now in zip(list(means)[1:], values, values[1:], strict=False)
        if now < before
    }
    places = " · ".join(place.short_names(view.network, list(falls)).values())
    rise = t("space.falls", places=places) if falls else t("space.rises")
    here = t("space.here", first=values[0], last=values[-1], chance=feature_space.chance(picture_set.labels))
    # The paper's finding is about the classes that the network learned
    agrees = None if measured.own is None else not falls
    if falls and max(falls.values()) < error(values[-1], picture_set):
        agrees = None
    paper_comparison.compare(t("space.paper"), sentences(here, rise), agrees)


def error(accuracy: float, picture_set: PictureSet) -> float:
    """Standard error of an accuracy measured on these pictures."""
    return float(np.sqrt(accuracy * (1 - accuracy) / len(picture_set)))
