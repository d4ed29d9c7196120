"""Chart of accuracy over cost of all networks, with choices of axes, size, colour, weights and families."""

from typing import cast

import streamlit as st

from explorer.experiments.history import catalog
from explorer.experiments.history.catalog import CHOICES, FAMILIES, MODELS, Choice, Entry
from explorer.plots import history as charts
from explorer.ui.layout import style
from explorer.ui.state import url_state
from explorer.ui.widgets import chart_view, linked
from explorer.ui.widgets.reports import reported
from explorer.ui.words import sentences, t

OPTIONS = {"accuracy": charts.ACCURACIES, "over": charts.AXES, "size": charts.SIZES, "colour": charts.COLOURS}


def draw(model: str) -> None:
    st.header(t("history.chart_title"))
    st.markdown(finding())
    of, over, size, colour, weights, families = choose()
    if of != "top5":
        chosen = {"history_accuracy": "top5"}
        st.button(t("history.top5_axis_show"), key="show_top5", type="tertiary", icon=":material/swap_vert:",
                  on_click=st.session_state.update, args=(chosen,))  # fmt: skip
    if not families:
        st.info(t("history.chart_none"))
        words = t("history.all_families")
        st.button(words, key="show_all_families", type="primary", on_click=take_families, args=(list(FAMILIES),))
        return
    entries = catalog.choose(cast(Choice, weights), families)
    drawn = [entry for entry in entries if getattr(entry, over) and getattr(entry, of)]
    if not drawn:
        st.info(t("history.chart_no_points"))
        return
    key = (catalog.version(), of, over, size, colour, weights, tuple(families))
    spec = chart_view.cached_spec(
        key, charts.accuracy, drawn, t, over=over, of=of, size=size, colour=colour, dark=style.is_dark()
    )
    best = max(drawn, key=lambda entry: getattr(entry, of).value)
    words = t("history.chart_alt", of=t(f"history.{of}"), over=t(f"history.{over}"), count=len(drawn),
                best=f"{best.model.name}, {getattr(best, of).value:.1f} %")  # fmt: skip
    chart_view.show(
        t("history.chart_title"), charts.mark_chosen(spec, model), key="history_chart", alt=words, headed=True,
        on_select=pick, selection_mode="picked",
    )  # fmt: skip
    draw_caption(entries, drawn, weights)


def finding() -> str:
    """A sentence that compares two networks, five years apart, with their first published weights."""
    found: dict[str, str | float] = {}
    for name in ("vgg16", "efficientnet_b0"):
        entry = catalog.entries(MODELS[name])[0]
        assert entry.multiply_adds
        assert entry.top1
        found |= {f"{name}_cost": entry.multiply_adds.value / 1e9, f"{name}_top1": entry.top1.value}
    return t("history.chart_finding", **found)


def choose() -> tuple[str, str, str, str, str, list[str]]:
    """Draw the widgets; the link has the choices that differ from the defaults."""
    chosen: dict[str, str] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, options in OPTIONS.items():
            words = {option: t(f"history.{option}") for option in options}
            chosen[name] = linked.selectbox(t(f"history.{name}"), options, key=f"history_{name}", omit_default=True,
                                            format_func=words.__getitem__, width=150)  # fmt: skip
        words = {weights: t(f"history.choice_{weights}") for weights in CHOICES}
        chosen["weights"] = linked.selectbox(t("history.weights"), CHOICES, key="history_weights", omit_default=True,
                                             format_func=words.__getitem__, help=t("history.weights_help"),
                                             width=190)  # fmt: skip
        families = choose_families()
    return (*(chosen[name] for name in (*OPTIONS, "weights")), families)  # type: ignore[return-value]


def choose_families() -> list[str]:
    """Draw the widget of the families. The link has them, space-separated, unless all are chosen."""
    url_state.restore_list("history_families", list(FAMILIES), list(FAMILIES))
    count = len(st.session_state.history_families)
    with st.popover(t("history.families_count", count=count), icon=":material/filter_list:"):
        st.pills(t("history.families"), list(FAMILIES), key="history_families", selection_mode="multi",
                 format_func=lambda id: FAMILIES[id].name, persist_state="session")  # fmt: skip
        with st.container(horizontal=True):
            st.button(t("history.all_families"), on_click=take_families, args=(list(FAMILIES),))
            st.button(t("history.no_families"), on_click=take_families, args=([],))
    chosen = [id for id in FAMILIES if id in st.session_state.history_families]
    url_state.keep(history_families=None if len(chosen) == len(FAMILIES) else " ".join(chosen))
    return chosen


def take_families(ids: list[str]) -> None:
    st.session_state.history_families = ids


def pick() -> None:
    if points := reported("history_chart", "selection", "picked"):
        st.session_state.model = points[0]["model"]


def draw_caption(entries: list[Entry], drawn: list[Entry], weights: str) -> None:
    seen = {entry.model.id for entry in drawn}
    left_out = dict.fromkeys(entry.model.name for entry in entries if entry.model.id not in seen)
    parts = [t("history.chart_said", count=len(drawn), version=catalog.version())]
    if left_out:
        parts.append(t("history.chart_left_out", names=" · ".join(left_out)))
    if weights == "newest":
        first, newest = (entry.top1.value for entry in catalog.entries(MODELS["resnet50"])[:2] if entry.top1)
        parts.append(t("history.recipe_said", first=first, newest=newest))
    st.caption(sentences(*parts))
    st.caption(t("history.chart_fair"))
