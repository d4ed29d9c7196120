"""Results of trained networks: curves as in figure 6 of He et al. 2015, sentences about them, and a table."""

import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from explorer.experiments import degradation
from explorer.experiments.comparison.results import Comparison
from explorer.experiments.degradation import PUBLISHED, Depths, Published
from explorer.models import trial
from explorer.models.cifar_resnet import Design
from explorer.plots import degradation as drawing
from explorer.ui.widgets import chart_view, linked, tables
from explorer.ui.words import design_name, sentences, t

KEY = "why_measure"


def draw(
    comparison: Comparison, key: str, *, together: str = "", saved: bool = True,
    names: Mapping[str, str] | None = None, looks: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Draw a panel for each kind of network, or a single one with the title `together`.

    `key` must determine the results except for their progress. `names` are those of the designs on screen, by their own
    names, and `looks` the colours by the names on screen.
    """
    if not any(each.train_accuracy for each in comparison.results):
        st.caption(t("why.no_curve"))
        return
    measure = st.session_state.get(KEY) or drawing.MEASURES[0]
    designs = degradation.ordered(degradation.design(each) for each in comparison.results)
    names = names or {each.name: design_name(each) for each in designs}
    pictures, epochs, batch = (
        pictures_of(comparison),
        int(comparison.recipe["epochs"]),
        int(comparison.recipe["batch_size"]),
    )
    batches = math.ceil(pictures / batch)
    table = drawing.table(comparison.results, names, batches)
    top = 1.05 * float(table[measure].max())
    kinds = {"": designs} if together else {
        "plain": [each for each in designs if not each.residual],
        "residual": [each for each in designs if each.residual],
    }  # fmt: skip
    shown = {kind: group for kind, group in kinds.items() if group}
    for (kind, group), column in zip(shown.items(), st.columns(len(shown), gap="medium"), strict=True):
        with column:
            own = dict(zip((names[each.name] for each in group), drawing.colours(group), strict=True))
            shown_looks = {name: (looks or own)[name] for name in own}
            cache_key = key, kind, measure, len(table)
            steps = epochs * batches
            spec = chart_view.cached_spec(cache_key, drawing.panel, table, shown_looks, steps, top, measure, t)
            title, alt = t(f"why.panel_{kind}") if kind else together, alt_text(table, list(own), measure)
            chart_view.show(title, spec, saved=saved, key=f"why_{key.partition(' ')[0]}_{kind}", alt=alt)
    st.caption(t("why.dashed"))


def choose_measure() -> None:
    """Draw the widget that chooses what the panels show."""
    linked.segmented(
        t("why.measure"), drawing.MEASURES, key=KEY, omit_default=True, label_visibility="collapsed",
        format_func=lambda each: t(f"why.show_{each}"), width="content",
    )  # fmt: skip


def pictures_of(comparison: Comparison) -> int:
    """Number of training pictures of each run."""
    most = degradation.PICTURES.get(str(comparison.recipe["data"]), 0)
    return min(comparison.recipe.get("limit") or most, most)


def alt_text(table: pd.DataFrame, order: list[str], measure: str) -> str:
    """Text alternative: the last value of each curve."""
    last = table.sort_values("epoch").groupby(["name", "series"]).tail(1).set_index(["name", "series"])[measure]
    form = "{:.1%}" if measure == "error" else "{:.3f}"
    ends = "; ".join(
        f"{each} {t(f'why.{series}')} {form.format(last[each, series])}"
        for each in order for series in ("train", "test") if (each, series) in last.index
    )  # fmt: skip
    return t("why.curves_alt", ends=ends or "–")


def summary(comparison: Comparison) -> str:
    """Sentences that state only what the curves of finished runs show."""
    seen = degradation.findings(comparison.results)
    parts = [_depth_summary(each) for each in seen]
    if any(each.worse > each.seeds / 2 and not each.deep.residual for each in seen):
        parts.append(t("why.not_overfitting"))
    return sentences(*parts)


def _depth_summary(seen: Depths) -> str:
    kind = "residual" if seen.deep.residual else "plain"
    outcome = "worse" if seen.worse == seen.seeds else "better" if seen.better == seen.seeds else "mixed"
    words = t(
        f"why.found_{kind}_{outcome}", shallow=design_name(seen.shallow), deep=design_name(seen.deep),
        shallow_train=seen.train[0], deep_train=seen.train[1], shallow_test=seen.test[0], deep_test=seen.test[1],
    )  # fmt: skip
    seeds = t("why.one_seed") if seen.seeds == 1 else t("why.of_seeds", worse=seen.worse, seeds=seen.seeds)
    return sentences(words, seeds)


def draw_table(comparison: Comparison) -> None:
    """Draw a row for each network: its size, our errors, and the published one."""
    rows = []
    data = str(comparison.recipe["data"])
    groups = {degradation.design(group.results[0]): group for group in comparison.groups}
    for design in degradation.ordered(groups):
        group = groups[design]
        ended = [each for each in group.finished if each.train_accuracy]
        rows.append({
            "network": design_name(design), "layers": design.depth,
            "parameters": trial.cost(design.name, 32).parameters,
            "train": _mean([100 - 100 * each.train_accuracy[-1] for each in ended]),
            "test": _mean([100 - 100 * each.accuracy[-1] for each in ended]),
            "seeds": len(ended), "published": published(design),
        })  # fmt: skip
    column = st.column_config
    tables.show(
        pd.DataFrame(rows), key=f"why_table_{data}_{len(rows)}", placeholder="–",
        alt=t("why.table_alt"),
        column_config={
            "network": column.TextColumn(t("why.column_network")),
            "layers": column.NumberColumn(t("why.column_layers")),
            "parameters": column.NumberColumn(t("why.column_parameters"), format="localized"),
            "train": column.NumberColumn(t("why.column_train"), format="%.1f%%"),
            "test": column.NumberColumn(t("why.column_test"), format="%.1f%%"),
            "seeds": column.NumberColumn(t("why.column_seeds")),
            "published": column.TextColumn(t("why.column_published"), help=t("why.published_help")),
        },
    )  # fmt: skip


def published(design: Design, errors: Mapping[str, Published] = PUBLISHED) -> str:
    """The paper's test error of the network at full width, one of `errors`, and where the paper states it."""
    entry = errors.get(Design(design.depth, design.shortcut, design.projection, design.preact).name)
    if entry is None:
        return t("why.published_figure") if not design.residual else "–"
    error = f"{entry.error:.2%}" if entry.error is not None else f"> {entry.above:.0%}"
    return f"{error} · {t(f'why.{entry.source}')}"


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
