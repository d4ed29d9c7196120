"""Two networks compared by class and by picture; agreement between all pairs of networks."""

from collections.abc import Sequence
from itertools import combinations

import streamlit as st
from markupsafe import Markup

from explorer.experiments.comparison import answers, labels, pictures
from explorer.experiments.comparison.results import Comparison, Result
from explorer.plots import answers as answer_charts
from explorer.plots.pictures import data_uri, rgb_png
from explorer.runs.sweep import Sweep
from explorer.ui.layout import style
from explorer.ui.widgets import chart_view, html_figures, linked, markup
from explorer.ui.words import class_names, escaped, sentences, t

SHOWN = 12  # pictures
CLASSES = 20  # the most classes drawn: those that differ most


def draw(comparison: Comparison, plan: Sweep | None, *, saved: bool) -> None:
    results = answers.representatives(comparison.ranked)
    if len(results) < 2 or comparison.labels is None:
        st.caption(t("compare.no_pair"))
        return
    names = labels.names_by_run(comparison, t)
    st.markdown(f"## {t('compare.pair')}")
    first, second = choose(results, names)
    if first is second:
        st.info(t("compare.same"), icon=":material/compare_arrows:")
    else:
        draw_classes(comparison, first, second, names, saved=saved)
        draw_pictures(comparison, plan, results, first, second, names)
    draw_agreement(comparison, results, names, saved=saved)


def choose(results: Sequence[Result], names: dict[str, str]) -> tuple[Result, Result]:
    by_run = {each.run: each for each in results}
    chosen = []
    columns = st.columns(2)
    for k, key in enumerate(("compare_a", "compare_b")):
        with columns[k]:
            picked = linked.selectbox(t(f"compare.{('first', 'second')[k]}"), by_run, key=key, default=list(by_run)[k],
                                      omit_default=True, format_func=names.__getitem__)  # fmt: skip
        chosen.append(by_run[picked])
    return chosen[0], chosen[1]


def draw_classes(comparison: Comparison, first: Result, second: Result, names: dict[str, str], *, saved: bool) -> None:
    table = answers.per_class(first, second, comparison)
    shown = table.loc[table["difference"].abs().sort_values(ascending=False).index[:CLASSES]]
    shown["label"] = shown["label"].map(dict(zip(comparison.classes, class_names(comparison.classes), strict=True)))
    key = first.run, second.run, comparison.stamp
    spec = chart_view.cached_spec(key, answer_charts.per_class, shown, t, dark=style.is_dark())
    points = "; ".join(
        f"{label} {100 * gap:+.1f}" for label, gap in zip(shown["label"], shown["difference"], strict=True)
    )
    alt = t("compare.classes_alt", points=points)
    title = f"① {names[first.run]} – ② {names[second.run]}"
    chart_view.show(title, spec, key="compare_classes", alt=alt, saved=saved)
    values = {"first": escaped(names[first.run]), "second": escaped(names[second.run])}
    words = t("compare.classes_help", **values, pictures=round(table["pictures"].mean()))
    cut = t("compare.classes_cut", shown=CLASSES, all=len(table)) if len(table) > CLASSES else ""
    st.caption(sentences(words, cut))


def draw_pictures(
    comparison: Comparison, plan: Sweep | None, results: Sequence[Result], first: Result, second: Result,
    names: dict[str, str],
) -> None:  # fmt: skip
    """Draw pictures that the two classify differently, first those on which the other networks disagree most too."""
    assert comparison.labels is not None
    assert first.predicted is not None
    assert second.predicted is not None
    places = [k for k in answers.most_different(results, comparison.labels, len(comparison.labels))
              if first.predicted[k] != second.predicted[k]][:SHOWN]  # fmt: skip
    st.markdown(f"**{t('compare.pictures')}**")
    images = pictures.test_pictures(comparison, plan) if places else None
    if images is None:
        why = "no_differences" if not places else "no_pictures" if plan else "no_pictures_stored"
        st.caption(t(f"compare.{why}"))
        return
    labels, cells = class_names(comparison.classes), []
    for place in places:
        true = int(comparison.labels[place])
        uri = data_uri(rgb_png(images[place].float() / 255))
        alt = t("compare.picture_alt", true=labels[true])
        pair = (("①", first.predicted), ("②", second.predicted))
        marks = markup.join(_answer(number, labels, int(predicted[place]), true) for number, predicted in pair)
        cells.append(html_figures.tile(uri, alt, Markup("<b>{}</b>{}").format(labels[true], marks), alt))
    markup.show(html_figures.grid(cells, kind="strip tiles"))
    st.caption(t("compare.pictures_help", first=escaped(names[first.run]), second=escaped(names[second.run])))


def _answer(number: str, labels: Sequence[str], predicted: int, true: int) -> Markup:
    return Markup("<br>{} {} {}").format(number, html_figures.tick_or_cross(predicted == true), labels[predicted])


def draw_agreement(comparison: Comparison, results: Sequence[Result], names: dict[str, str], *, saved: bool) -> None:
    _, matrix = answers.agreement(results)
    labels = [names[each.run] for each in results]
    st.markdown(f"## {t('compare.agreement')}")
    spec = chart_view.cached_spec(comparison.stamp, answer_charts.agreement, labels, matrix, t, dark=style.is_dark())
    points = "; ".join(f"{a} – {b}: {matrix[i, j]:.0%}" for (i, a), (j, b) in combinations(enumerate(labels), 2))
    alt = t("compare.agreement_alt", points=points)
    chart_view.show(t("compare.agreement"), spec, key="compare_agreement", alt=alt, headed=True, saved=saved)
    st.caption(t("compare.agreement_help"))
