"""A comparison as one self-contained HTML file."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from explorer import __version__
from explorer.core import assets
from explorer.core.class_names import in_language
from explorer.core.i18n import Translate
from explorer.data.images import png
from explorer.experiments.comparison import answers, labels, table
from explorer.experiments.comparison.pictures import Pictures
from explorer.experiments.comparison.results import Comparison, Result
from explorer.experiments.comparison.sentences import failure, findings, language_of
from explorer.plots import answers as answer_charts
from explorer.plots import chart_files, charts
from explorer.plots import comparison as comparison_charts
from explorer.plots.pictures import data_uri

WIDTH_PX, INK = 620, "#262c2f"
PICTURES: Final = 12
CLASSES: Final = 30  # of more, those that differ most are shown
NETWORKS_URL: Final = "https://docs.pytorch.org/vision/stable/models.html"
CIFAR10_URL: Final = "https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf"


def html(comparison: Comparison, t: Translate, pictures: Pictures | None = None) -> str:
    """The report: findings, table, charts, recipe and machine, in the light theme and the language of `t`.

    `pictures` are the test pictures, uint8 (N, 3, S, S), in the order of `comparison.labels`; those on which the
    networks differ most are shown.
    """
    language = {"zh": "zh-CN"}.get(language_of(t), "en")
    title = t("report.title", name=comparison.name)
    body = [
        Markup("<h1>{}</h1>").format(title), _intro(comparison, t),
        _section(t("report.findings"), _findings(comparison, t)),
        *_results(comparison, t), *_pair(comparison, t), *_agreement(comparison, t),
        *_pictures(comparison, pictures, t), *_recipe(comparison, t), *_machine(comparison, t),
    ]  # fmt: skip
    style = Markup(assets.css("report"))  # noqa: S704 -- our own file
    page = Markup(
        '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}\n</body>\n</html>\n"
    )
    return str(page.format(language, title, style, Markup("\n").join(body)))


# Sections


def _intro(comparison: Comparison, t: Translate) -> Markup:
    pictures = 0 if comparison.labels is None else len(comparison.labels)
    return _about(t("report.intro", runs=len(comparison.results), groups=len(comparison.groups), pictures=pictures,
                    made=comparison.made[:10], version=__version__))  # fmt: skip


def _findings(comparison: Comparison, t: Translate) -> Markup:
    return _list(Markup("<li>{}</li>").format(sentence) for sentence in findings(comparison, t))


def _results(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    yield _section(t("report.results"), _table(table.shown(comparison, t)), _about(t("report.results_about")))
    if any(result.accuracy for result in comparison.results):
        yield _section(t("report.curves"), _figure(comparison_charts.curves(comparison, t, dark=False), "curves", t))
    if any(group.finished for group in comparison.groups):
        yield _section(
            t("report.time"), _figure(comparison_charts.time_to_accuracy(comparison, t, dark=False), "time", t)
        )


def _pair(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    """The two best groups, class by class."""
    pair = answers.representatives(comparison.ranked)[:2]
    if len(pair) < 2:
        return
    a, b = pair
    per_class = answers.per_class(a, b, comparison)
    first, second = _named(comparison, pair, t)
    words = dict(zip(comparison.classes, in_language(comparison.classes, language_of(t)), strict=True))
    per_class["label"] = [words[label] for label in per_class["label"]]
    per_class = per_class.iloc[per_class["difference"].abs().argsort(kind="stable")[::-1]][:CLASSES]
    plain = pd.DataFrame({
        t("report.class_label"): per_class["label"], t("report.class_pictures"): per_class["pictures"].map(str),
        first: per_class["first"].map("{:.1%}".format), second: per_class["second"].map("{:.1%}".format),
        t("report.class_difference"): (100 * per_class["difference"]).map("{:+.1f}".format),
    })  # fmt: skip
    about = t("report.classes_about", first=first, second=second, seed_a=a.seed, seed_b=b.seed)
    chart = _figure(answer_charts.per_class(per_class, t, dark=False), "classes", t)
    yield _section(t("report.classes", first=first, second=second), _about(about), chart, _table(plain))


def _agreement(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    chosen = answers.representatives(comparison.groups)
    if len(chosen) > 1:
        _, matrix = answers.agreement(chosen)
        chart = answer_charts.agreement(_named(comparison, chosen, t), matrix, t, dark=False)
        yield _section(t("report.agreement"), _about(t("report.agreement_about")), _figure(chart, "agreement", t))


def _pictures(comparison: Comparison, pictures: Pictures | None, t: Translate) -> Iterator[Markup]:
    chosen, labels = answers.representatives(comparison.groups), comparison.labels
    if labels is None or pictures is None or len(pictures) != len(labels):
        return
    places = answers.most_different(chosen, labels, PICTURES)
    if not places:
        return
    names, words = _named(comparison, chosen, t), in_language(comparison.classes, language_of(t))
    cards = []
    for place in places:
        right = int(labels[place])
        votes: dict[int, list[str]] = {}
        for name, result in zip(names, chosen, strict=True):
            assert result.predicted is not None
            votes.setdefault(int(result.predicted[place]), []).append(name)
        listed = [
            Markup("<li{}><b>{}</b>: {}</li>").format(" class=right" if k == right else "", words[k], ", ".join(who))
            for k, who in sorted(votes.items(), key=lambda vote: -len(vote[1]))
        ]
        caption = t("report.picture", number=place, label=words[right])
        card = Markup('<figure><img src="{}" alt="{}"><figcaption>{}</figcaption>{}</figure>')
        cards.append(card.format(_uri(np.asarray(pictures[place])), caption, caption, _list(listed)))
    content = Markup('<div class="pictures">{}</div>').format(Markup("").join(cards))
    yield _section(t("report.different"), _about(t("report.different_about")), content)


def _recipe(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    rows = [
        (t(f"recipe.{name}"), name, labels.value_word(name, value, t), t(f"recipe.{name}_help"))
        for name, value in comparison.recipe.items()
    ]
    columns = [t("report.field"), "recipe.json", t("report.value"), t("report.meaning")]
    content = _table(pd.DataFrame(rows, columns=columns))
    yield _section(t("report.recipe"), _about(t("report.recipe_about")), content)


def _machine(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    versions = ", ".join(f"{name} {version}" for name, version in comparison.versions.items())
    yield _section(
        t("report.machine"),
        Markup("<p>{}: {}<br>{}: {}</p>").format(
            t("report.hardware"), comparison.hardware or "–", t("report.versions"), versions or "–"
        ),
        Markup("<p>{}:</p><pre>{}</pre>").format(t("report.command"), comparison.command),
    )
    rows = [_run(result, t) for result in comparison.results]
    columns = [t(f"report.{name}") for name in ("run", "column_network", "column_weights", "column_image_px", "seed")]
    columns += [t(f"report.column_{name}") for name in ("accuracy", "seconds", "device", "state")]
    yield _section(t("report.runs"), _table(pd.DataFrame(rows, columns=columns)))
    links = [(NETWORKS_URL, t("report.source_networks"))]
    links += [(CIFAR10_URL, t("report.source_cifar10"))] if comparison.recipe.get("data") == "cifar10" else []
    listed = (Markup('<li><a href="{}">{}</a></li>').format(url, words) for url, words in links)
    yield _section(t("report.sources"), _list(listed))


def _run(result: Result, t: Translate) -> tuple[str, ...]:
    accuracy = f"{result.accuracy[-1]:.2%}" if result.accuracy else table.NOTHING
    seconds = f"{result.seconds[-1]:.0f}" if result.seconds else table.NOTHING
    state = ": ".join(filter(None, (t(f"report.state_{result.state}"), failure(result.failure, t))))
    return (result.run, result.network, result.weights, str(result.image_px), str(result.seed), accuracy, seconds,
            result.device or table.NOTHING, state)  # fmt: skip


# Parts of HTML


def _named(comparison: Comparison, results: Sequence[Result], t: Translate) -> tuple[str, ...]:
    """The names of the groups that `results` belong to."""
    by_run = labels.names_by_run(comparison, t)
    return tuple(by_run[result.run] for result in results)


def _section(title: str, *content: Markup) -> Markup:
    return Markup("<section>\n<h2>{}</h2>\n{}\n</section>").format(title, Markup("\n").join(content))


def _about(words: str) -> Markup:
    return Markup('<p class="quiet">{}</p>').format(words)


def _list(items: Iterable[Markup]) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def _table(shown: pd.DataFrame) -> Markup:
    """`shown` holds text. Columns of numbers are aligned to the right."""
    kinds = [" class=figure" if _are_numbers(shown[name]) else "" for name in shown.columns]

    def row(cells: Iterable[object], cell: Markup) -> Markup:
        written = (cell.format(kind, each) for kind, each in zip(kinds, cells, strict=True))
        return Markup("<tr>{}</tr>").format(Markup("").join(written))

    head = row(shown.columns, Markup("<th{}>{}</th>"))
    lines = [row(cells, Markup("<td{}>{}</td>")) for cells in shown.itertuples(index=False, name=None)]
    table = Markup('<div class="wide"><table><thead>{}</thead><tbody>\n{}\n</tbody></table></div>')
    return table.format(head, Markup("\n").join(lines))


def _are_numbers(column: "pd.Series[str]") -> bool:
    return all(re.fullmatch(r"[-+]?[\d.]+( M|%)?|–", value) for value in column)


def _figure(chart: charts.Chart, name: str, t: Translate) -> Markup:
    """The chart as inline SVG. The prefix `name` makes its ids unique within the page."""
    spec = charts.legible(chart, INK)
    svg = chart_files.image(spec, "svg", language_of(t), ink=INK, paper="white", width_px=WIDTH_PX).decode()
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    return Markup("<figure>{}</figure>").format(Markup(svg))  # noqa: S704, Vega escapes text


def _uri(pixels: NDArray[np.uint8]) -> str:
    """A picture (3, S, S) as a data URI of a PNG."""
    return data_uri(png(Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))))
