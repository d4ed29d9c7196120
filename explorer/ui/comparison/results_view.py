"""The results of a comparison: findings in sentences, table, downloads, curves, time to accuracy."""

from functools import partial

import pandas as pd
import streamlit as st

from explorer.core import i18n
from explorer.experiments.comparison import labels, pictures, table
from explorer.experiments.comparison.results import Comparison
from explorer.experiments.comparison.sentences import failure, findings
from explorer.plots import comparison as drawing
from explorer.plots import comparison_report
from explorer.runs import sweep
from explorer.runs.sweep import Sweep
from explorer.ui.comparison import pair
from explorer.ui.layout import style
from explorer.ui.widgets import chart_view, linked, tables
from explorer.ui.words import escaped, language, t

HELPS = ("accuracy", "spread", "seconds", "parameters", "multiply_adds", "memory_gb", "forward_ms", "device")
ORDER = ("network", "weights", "accuracy", "spread", "seconds", "seeds", "image_px", "settings", "parameters",
         "multiply_adds", "memory_gb", "forward_ms", "state", "device")  # fmt: skip
OVER = ("epoch", "seconds")
PERCENT = "%.1f%%"


def draw(comparison: Comparison, plan: Sweep | None) -> None:
    """Draw everything. `plan` is None for the stored comparison."""
    st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in findings(comparison, t)))
    draw_failures(comparison)
    draw_table(comparison)
    draw_downloads(comparison, plan)
    saved = plan is None or not sweep.is_active(plan)
    draw_curves(comparison, saved=saved)
    draw_time(comparison, saved=saved)
    pair.draw(comparison, plan, saved=saved)
    draw_about(comparison)


def draw_failures(comparison: Comparison) -> None:
    """Draw one warning per distinct failure, with the names of the runs that had it."""
    failed: dict[str, list[str]] = {}
    for group, name in zip(comparison.groups, labels.group_names(comparison.groups, t), strict=True):
        for result in group.results:
            if sentence := failure(result.failure, t):
                failed.setdefault(sentence, []).append(name)
    for sentence, names in failed.items():
        st.warning(f"**{escaped(', '.join(dict.fromkeys(names)))}**: {escaped(sentence)}", icon=":material/error:")


def draw_table(comparison: Comparison) -> None:
    rows, column = table.rows(comparison, t), st.column_config
    titles = {name: t(f"report.column_{name}") for name in (*table.COLUMNS, "settings", "state")}
    rows[titles["weights"]] = [labels.weights_word(each, t) for each in rows[titles["weights"]]]
    of = [len(group.results) for group in comparison.ranked]
    rows[titles["seeds"]] = [f"{done} / {count}" for done, count in zip(rows[titles["seeds"]], of, strict=True)]
    helps = {name: t(f"compare.help_{name}") for name in HELPS}
    for name in ("accuracy", "spread"):
        rows[titles[name]] = 100 * rows[titles[name]].astype(float)
    formats = {"accuracy": PERCENT, "spread": PERCENT, "seconds": "%.0f", "parameters": "compact",
               "multiply_adds": "compact", "memory_gb": "%.2f", "forward_ms": "%.1f"}  # fmt: skip
    columns = {
        titles[name]: column.NumberColumn(help=helps[name], format=form, width=88) for name, form in formats.items()
    }
    columns |= {
        titles["network"]: column.TextColumn(pinned=True),
        titles["image_px"]: column.NumberColumn("px", width=50),
        titles["seeds"]: column.TextColumn(help=t("compare.help_seeds"), width=65),
        titles["device"]: column.TextColumn(help=helps["device"], width=240),
    }
    shared = ["device"] if rows[titles["device"]].nunique() == 1 else []  # `draw_about` names it below
    order = [titles[name] for name in ORDER if titles[name] in rows and name not in shared]
    tables.show(rows, column_config=columns, column_order=order, placeholder="–",
                key="compare_table", alt=t("compare.table_alt"), height=35 * min(len(rows), 18) + 38)  # fmt: skip


def draw_downloads(comparison: Comparison, plan: Sweep | None) -> None:
    """Draw the buttons. Files are made on click, outside the script, so the language is passed along."""
    translate = partial(_translate, language())
    with st.container(horizontal=True):
        st.download_button(t("compare.csv"), partial(table.csv, comparison), "comparison.csv", "text/csv",
                           icon=":material/table:", on_click="ignore", key="compare_csv")  # fmt: skip
        st.download_button(
            t("compare.html"),
            lambda: comparison_report.html(comparison, translate, pictures.test_pictures(comparison, plan)),
            "report.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
            help=t("compare.html_help"),
            key="compare_html",
        )


def _translate(chosen: i18n.Language, key: str, **values: object) -> str:
    return i18n.t(key, chosen, **values)


def draw_curves(comparison: Comparison, *, saved: bool) -> None:
    if not any(result.accuracy for result in comparison.results):
        st.caption(t("compare.no_epochs"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.markdown(f"## {t('compare.curves')}", width="content")
        over = linked.segmented(
            t("compare.over"), OVER, key="compare_over", omit_default=True, label_visibility="collapsed",
            format_func=lambda each: t(f"compare.over_{each}"), width="content",
        )  # fmt: skip
    spec = chart_view.cached_spec(
        (comparison.stamp, over), drawing.curves, comparison, t, dark=style.is_dark(), over=over
    )
    named = ", ".join(labels.group_names(comparison.groups, t))
    alt = t("compare.curves_alt", names=named)
    chart_view.show(t("compare.curves"), spec, key="compare_curves", alt=alt, headed=True, saved=saved)
    has_seeds = any(len(group.results) > 1 for group in comparison.groups)
    st.caption(t("compare.curves_seeds" if has_seeds else "compare.curves_help"))


def draw_time(comparison: Comparison, *, saved: bool) -> None:
    table = drawing.group_table(comparison, t)
    if table.empty:
        return
    st.markdown(f"## {t('compare.time')}")
    spec = chart_view.cached_spec(comparison.stamp, drawing.time_to_accuracy, comparison, t, dark=style.is_dark())
    chart_view.show(t("compare.time"), spec, key="compare_time", alt=time_alt(table), headed=True, saved=saved)
    st.caption(t("compare.time_help"))


def time_alt(table: pd.DataFrame) -> str:
    points = [f"{row.name}: {row.accuracy:.1%}, {row.seconds:.0f} s" for row in table.itertuples(index=False)]
    return t("compare.time_alt", points="; ".join(points))


def draw_about(comparison: Comparison) -> None:
    """Draw machine, date, recipe and the command that repeats the comparison."""
    st.markdown(f"## {t('compare.about')}")
    st.markdown(escaped(comparison.origin))
    colon = ": " if language() == "en" else "："
    shared = (f"{t(f'recipe.{name}')}{colon}{labels.value_word(name, value, t)}"
              for name, value in comparison.recipe.items())  # fmt: skip
    st.caption(t("compare.recipe", recipe=escaped(" · ".join(shared))))
    st.code(comparison.command, language="bash", wrap_lines=True)
