"""The results of a comparison: findings and reasons in sentences, table, downloads, curves, accuracy against cost."""

import time
from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from explorer.core import i18n
from explorer.core.i18n import Translate
from explorer.experiments.comparison import labels, pictures, table
from explorer.experiments.comparison.reasons import cautions, reasons
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

HELPS = ("accuracy", "spread", "train", "seconds", "parameters", "multiply_adds", "memory_gb", "forward_ms", "device")
ORDER = ("network", "weights", "accuracy", "spread", "train", "seconds", "seeds", "image_px", "settings", "parameters",
         "multiply_adds", "memory_gb", "forward_ms", "state", "device")  # fmt: skip
OVER = ("epoch", "seconds")
PERCENT, MILLIONS = "%.1f%%", "%.2f M"
AUTHOR = ("name", "number", "course")
ARRIVES_S = 0.8  # a text that the click has taken the focus from is here by then


def draw(comparison: Comparison, plan: Sweep | None) -> None:
    """Draw everything. `plan` is None for the stored comparison."""
    for caution in cautions(comparison, t):
        st.warning(escaped(caution), icon=":material/school:")
    st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in findings(comparison, t)))
    if why := reasons(comparison, t):
        st.markdown(f"**{t('report.reasons')}**\n" + "".join(f"\n- {escaped(sentence)}" for sentence in why))
    draw_failures(comparison)
    draw_table(comparison)
    draw_downloads(comparison, plan)
    saved = plan is None or not sweep.is_active(plan)
    draw_curves(comparison, saved=saved)
    draw_cost(comparison, saved=saved)
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
    for name in ("accuracy", "spread", "train"):
        rows[titles[name]] = 100 * rows[titles[name]].astype(float)
    for name in ("parameters", "multiply_adds"):
        rows[titles[name]] = rows[titles[name]] / 1e6
    formats = {"accuracy": PERCENT, "spread": PERCENT, "train": PERCENT, "seconds": "%.0f", "parameters": MILLIONS,
               "multiply_adds": MILLIONS, "memory_gb": "%.2f", "forward_ms": "%.1f"}  # fmt: skip
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
    translate, author = partial(_translate, language()), _author()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(t("compare.csv"), partial(table.csv, comparison), "comparison.csv", "text/csv",
                           icon=":material/table:", on_click="ignore", key="compare_csv")  # fmt: skip
        st.download_button(
            t("compare.html"),
            partial(_report, comparison, plan, translate, author),
            "report.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
            help=t("compare.html_help"),
            key="compare_html",
        )


def _author() -> dict[str, str]:
    """Draw the fields of who hands the report in; return the session's copy, which their callbacks keep up to date."""
    typed: dict[str, str] = st.session_state.setdefault("report_author", {})
    with st.container(horizontal=True, key="compare_author"):
        for name in AUTHOR:
            st.text_input(t(f"report.author_{name}"), max_chars=comparison_report.FIELD_LIMIT, width=200,
                          key=f"report_{name}", persist_state="session", on_change=_type, args=(name,))  # fmt: skip
    st.caption(t("compare.author_help"))
    return typed


def _type(name: str) -> None:
    st.session_state.report_author[name] = st.session_state[f"report_{name}"]


def _report(comparison: Comparison, plan: Sweep | None, translate: Translate, typed: Mapping[str, str]) -> str:
    """The file. `typed` is read last: a text that loses the focus by the click arrives a moment after it."""
    until = time.monotonic() + ARRIVES_S
    images = pictures.test_pictures(comparison, plan)
    time.sleep(max(0.0, until - time.monotonic()))
    return comparison_report.html(comparison, translate, images, comparison_report.Author(**typed))


def _translate(chosen: i18n.Language, key: str, **values: object) -> str:
    return i18n.t(key, chosen, **values)


def draw_curves(comparison: Comparison, *, saved: bool) -> None:
    if not any(result.accuracy for result in comparison.results):
        st.caption(t("compare.no_epochs"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.markdown(f"## {t('compare.curves')}", width="content")
        of, *more = kept = drawing.kept(comparison)
        if more:
            of = linked.segmented(
                t("compare.curve_of"), kept, key="compare_of", omit_default=True,
                label_visibility="collapsed", format_func=lambda each: t(f"compare.curve_{each}"), width="content",
            )  # fmt: skip
        over = linked.segmented(
            t("compare.over"), OVER, key="compare_over", omit_default=True, label_visibility="collapsed",
            format_func=lambda each: t(f"compare.over_{each}"), width="content",
        )  # fmt: skip
    spec = chart_view.cached_spec(
        (comparison.stamp, over, of), drawing.curves, comparison, t, dark=style.is_dark(), over=over, of=of
    )
    named = ", ".join(labels.group_names(comparison.groups, t))
    alt = t("compare.curves_alt", names=named, of=t(f"compare.curve_{of}"))
    chart_view.show(t("compare.curves"), spec, key="compare_curves", alt=alt, headed=True, saved=saved)
    has_seeds = any(len(group.results) > 1 for group in comparison.groups)
    st.caption(t("compare.curves_seeds" if has_seeds else "compare.curves_help"))


def draw_cost(comparison: Comparison, *, saved: bool) -> None:
    if drawing.group_table(comparison, t).empty:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.markdown(f"## {t('report.cost')}", width="content")
        over = linked.segmented(
            t("compare.over"), drawing.COSTS, key="compare_cost", omit_default=True, label_visibility="collapsed",
            format_func=lambda each: t(f"report.cost_{each}"), width="content",
        )  # fmt: skip
    spec = chart_view.cached_spec(
        (comparison.stamp, over), drawing.cost, comparison, t, dark=style.is_dark(), over=over
    )  # fmt: skip
    alt = cost_alt(drawing.group_table(comparison, t, over), over)
    chart_view.show(t("report.cost"), spec, key="compare_time", alt=alt, headed=True, saved=saved)
    st.caption(t("report.cost_about") + " " * (language() == "en") + t("compare.time_help"))


def cost_alt(table: pd.DataFrame, over: str) -> str:
    unit = "s" if over == "seconds" else "M"
    points = [f"{row.name}: {row.accuracy:.1%}, {row.cost:.{0 if unit == 's' else 2}f} {unit}"
              for row in table.itertuples(index=False)]  # fmt: skip
    return t("compare.cost_alt", cost=t(f"report.cost_{over}"), points="; ".join(points))


def draw_about(comparison: Comparison) -> None:
    """Draw machine, date, recipe and the command that repeats the comparison."""
    st.markdown(f"## {t('compare.about')}")
    st.markdown(escaped(comparison.origin))
    colon = ": " if language() == "en" else "："
    shared = (f"{t(f'recipe.{name}')}{colon}{labels.value_word(name, value, t)}"
              for name, value in comparison.recipe.items())  # fmt: skip
    st.caption(t("compare.recipe", recipe=escaped(" · ".join(shared))))
    st.code(comparison.command, language="bash", wrap_lines=True)
