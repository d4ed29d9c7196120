"""Curves of two runs with different initial weights, and sentences about them."""

from explorer.experiments import pretraining
from explorer.experiments.comparison.results import Comparison
from explorer.plots import pretraining as drawing
from explorer.ui.widgets import chart_view, html_figures
from explorer.ui.words import sentences, t


def draw(comparison: Comparison, key: str, title: str, *, height: int, saved: bool = True) -> None:
    table = drawing.starts_table(comparison.results)
    epochs, classes = int(comparison.recipe["epochs"]), len(comparison.classes) or 10
    spec = chart_view.cached_spec((key, len(table), height), drawing.starts, table, epochs, classes, t, height=height)
    ends = "; ".join(
        f"{t(f'pretraining.start_{name}')}: {', '.join(f'{value:.1%}' for value in rows['mean'])}"
        for name, rows in table.groupby("weights", sort=False)
    )
    alt = t("pretraining.curves_alt", ends=ends or "–")
    chart_view.show(title, spec, key=f"starts_{key.partition(' ')[0]}", alt=alt, saved=saved)


def headline(comparison: Comparison) -> str:
    """A headline on the first epoch; a general one while runs are missing."""
    seen = pretraining.finding(comparison.results)
    if seen is None:
        return t("pretraining.curves")
    upstream, random = (seen.first[start] for start in pretraining.STARTS)
    return t("pretraining.headline", upstream=upstream, random=random)


def summary(comparison: Comparison) -> str:
    """Sentences that state only what the curves show; empty until all runs have ended."""
    seen = pretraining.finding(comparison.results)
    if seen is None:
        return ""
    caught = "caught" if seen.caught else "not_caught"
    upstream, random = (seen.last[start] for start in pretraining.STARTS)
    return sentences(
        t("pretraining.last", epochs=seen.epochs, upstream=upstream, random=random,
            points=html_figures.number(100 * (upstream - random))),
        t(f"pretraining.{caught}", epoch=seen.caught, epochs=seen.epochs),
        t("pretraining.one_seed") if seen.seeds == 1
        else t(f"pretraining.{'apart' if seen.apart else 'overlap'}", seeds=seen.seeds),
    )  # fmt: skip
