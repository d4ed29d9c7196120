"""A comparison as one self-contained HTML file, to hand in as homework 1."""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from explorer import __version__
from explorer.core import assets, files
from explorer.core.class_names import in_language
from explorer.core.i18n import Translate
from explorer.data.images import png
from explorer.experiments import published_run
from explorer.experiments.comparison import answers, labels, table
from explorer.experiments.comparison.pictures import Pictures
from explorer.experiments.comparison.reasons import cautions, chain, reasons
from explorer.experiments.comparison.results import Comparison, Result
from explorer.experiments.comparison.sentences import failure, findings, language_of
from explorer.experiments.comparison.structure import structure
from explorer.plots import answers as answer_charts
from explorer.plots import chart_files, charts, curves
from explorer.plots import comparison as comparison_charts
from explorer.plots.pictures import data_uri

INK: Final = "#262c2f"
ALONE, BESIDE, NAMED, SQUARE = (660, 270), (390, 290), (300, 180), (370, 240)
"""Widths in pixels of a plot without its axes, on a page and on a phone: alone, two in a row, two with names at their
right, a matrix."""
PICTURES: Final = 12
CLASSES: Final = 30  # of more, those that differ most are shown
MATRICES: Final = 4  # confusion matrices, of the most accurate
MATRIX_CLASSES: Final = 20
FIELD_LIMIT: Final = 80  # characters of a name, a number, a course
NETWORKS_URL: Final = "https://docs.pytorch.org/vision/stable/models.html"
CIFAR10_URL: Final = "https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf"


@dataclass(frozen=True)
class Author:
    """Who hands the report in, as typed; empty fields are left out."""

    name: str = ""
    number: str = ""
    course: str = ""


def html(
    comparison: Comparison, t: Translate, pictures: Pictures | None = None, author: Author = Author()
) -> str:  # fmt: skip
    """The report: whose it is, what was compared, findings, reasons, table, charts, recipe and machine, in the light
    theme and the language of `t`. It loads nothing.

    `pictures` are the test pictures, uint8 (N, 3, S, S), in the order of `comparison.labels`; those on which the
    networks differ most are shown.
    """
    language = {"zh": "zh-CN"}.get(language_of(t), "en")
    title = t("report.title", name=comparison.name)
    body = [
        Markup("<h1>{}</h1>").format(title), _author(author, t), _intro(comparison, t),
        *_compared(comparison, t), *_findings(comparison, t), *_results(comparison, t), *_cost(comparison, t),
        *_curves(comparison, t), *_classes(comparison, t), *_matrices(comparison, t), *_agreement(comparison, t),
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


def _author(author: Author, t: Translate) -> Markup:
    """Name, student number and course, if typed, and today's date."""
    facts = [(t(f"report.author_{name}"), files.one_line(getattr(author, name), FIELD_LIMIT))
             for name in ("name", "number", "course")]  # fmt: skip
    facts.append((t("report.author_date"), datetime.date.today().isoformat()))
    listed = (Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in facts if value)
    return Markup("<dl>{}</dl>").format(Markup("").join(listed))


def _intro(comparison: Comparison, t: Translate) -> Markup:
    pictures = 0 if comparison.labels is None else len(comparison.labels)
    return _about(t("report.intro", runs=len(comparison.results), groups=len(comparison.groups), pictures=pictures,
                    made=comparison.made[:10], version=__version__))  # fmt: skip


def _compared(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    """A row per network and size: its start, size and design."""
    rows: dict[tuple[str, int], list[str]] = {}
    starts: dict[tuple[str, int], list[str]] = {}
    for group in comparison.groups:
        first = group.results[0]
        key = first.network, first.image_px
        starts.setdefault(key, []).append(labels.weights_word(first.weights, t))
        design = structure(*key)
        rows[key] = [
            labels.million(first.parameters), labels.million(first.multiply_adds),
            str(design.residuals) if design else table.NOTHING,
            chain(first.image_px, design.sides) if design and design.sides else table.NOTHING,
        ]  # fmt: skip
    lines = [(name, ", ".join(dict.fromkeys(starts[name, px])), *row) for (name, px), row in rows.items()]
    columns = [t(f"report.column_{name}") for name in ("network", "weights", "parameters", "multiply_adds")]
    columns += [t("report.column_residuals"), t("report.column_sides")]
    warnings = [Markup('<p class="caution">{}</p>').format(words) for words in cautions(comparison, t)]
    content = _table(pd.DataFrame(lines, columns=columns)), _about(t("report.compared_about"))
    yield _section(t("report.compared"), *warnings, *content)


def _findings(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    yield _section(t("report.findings"), _sentences(findings(comparison, t)))
    if why := reasons(comparison, t):
        yield _section(t("report.reasons"), _sentences(why))


def _results(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    content = [_table(table.shown(comparison, t)), _about(t("report.results_about"))]
    recipe = comparison.recipe
    if recipe.get("data") == "cifar10" and not recipe.get("classes"):
        theirs = published_run.epochs().iloc[-1]
        content.insert(1, Markup("<p>{}</p>").format(t("report.published", accuracy=theirs["test_accuracy"],
                                                       epoch=int(theirs["epoch"]))))  # fmt: skip
    yield _section(t("report.results"), *content)


def _cost(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    if not any(group.accuracy is not None and group.seconds for group in comparison.groups):
        return
    drawn = [
        _titled(t(f"report.cost_{over}"), comparison_charts.cost(comparison, t, dark=False, over=over), over, t, BESIDE)
        for over in comparison_charts.COSTS
    ]
    yield _section(t("report.cost"), _about(t("report.cost_about")), _grid(drawn))


def _curves(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    drawn = [
        _titled(t(f"compare.curve_{of}"), comparison_charts.curves(comparison, t, dark=False, of=of), of, t, NAMED)
        for of in comparison_charts.kept(comparison)
    ]
    if drawn:
        yield _section(t("report.curves"), _about(t("report.curves_about")), _grid(drawn))


def _classes(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    """Class by class: the best two in a chart, all in a table."""
    chosen = answers.representatives(comparison.ranked)
    if len(chosen) < 2 or comparison.labels is None:
        return
    a, b = chosen[:2]
    names = _named(comparison, chosen, t)
    words = dict(zip(comparison.classes, in_language(comparison.classes, language_of(t)), strict=True))
    per_class = answers.per_class(a, b, comparison)
    per_class["label"] = [words[label] for label in per_class["label"]]
    per_class = per_class.iloc[per_class["difference"].abs().argsort(kind="stable")[::-1]][:CLASSES]
    rows = answers.accuracies(chosen, comparison)
    rows["label"] = [words[label] for label in rows["label"]]
    rows = rows[rows["label"].isin(per_class["label"])]
    titles = {"label": t("report.class_label"), "pictures": t("report.class_pictures")}
    plain = rows[list(titles)].astype(str).rename(columns=titles)
    for k, name in enumerate(names):
        plain[name] = rows[k].map("{:.1%}".format)
    about = t("report.classes_about", first=names[0], second=names[1], seed_a=a.seed, seed_b=b.seed)
    chart = _figure(answer_charts.per_class(per_class, t, dark=False), "classes", t)
    title = t("report.classes", first=names[0], second=names[1])
    yield _section(title, _about(about), chart, _table(plain), _about(t("report.classes_table")))


def _matrices(comparison: Comparison, t: Translate) -> Iterator[Markup]:
    """Confusion matrices of the most accurate groups."""
    chosen, true = answers.representatives(comparison.ranked)[:MATRICES], comparison.labels
    if not chosen or true is None or len(comparison.classes) > MATRIX_CLASSES:
        return
    words = in_language(comparison.classes, language_of(t))
    titles = {name: t(f"finetune.matrix_{name}") for name in ("true", "predicted", "count")}
    titles["share"] = t("charts.share")
    figures = []
    for k, (name, each) in enumerate(zip(_named(comparison, chosen, t), chosen, strict=True)):
        assert each.predicted is not None
        matrix = answers.confusion(true, each.predicted, words)
        chart = curves.matrix(matrix, words, names=titles, dark=False, ink=INK)
        figures.append(_titled(name, chart, f"matrix{k}", t, SQUARE))
    yield _section(t("report.matrices"), _about(t("report.matrices_about")), _grid(figures))


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


def _sentences(sentences: Iterable[str]) -> Markup:
    return _list(Markup("<li>{}</li>").format(sentence) for sentence in sentences)


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


def _grid(items: Iterable[Markup]) -> Markup:
    """Two in a row where there is room."""
    return Markup('<div class="grid">{}</div>').format(Markup("").join(items))


def _titled(title: str, chart: charts.Chart, name: str, t: Translate, widths: tuple[int, int]) -> Markup:
    return Markup("<div><h3>{}</h3>{}</div>").format(title, _figure(chart, name, t, widths))


def _figure(chart: charts.Chart, name: str, t: Translate, widths: tuple[int, int] = ALONE) -> Markup:
    """The chart as inline SVG, drawn for a page and again for a phone, of which the style sheet shows one."""
    spec = charts.legible(chart, INK)
    drawn = [_svg(spec, f"{name}-{kind}", t, px) for kind, px in zip(("page", "phone"), widths, strict=True)]
    return Markup('<figure><div class="page">{}</div><div class="phone">{}</div></figure>').format(*drawn)


def _svg(spec: charts.Spec, name: str, t: Translate, width_px: int) -> Markup:
    """The prefix `name` makes its ids unique within the page."""
    svg = chart_files.image(spec, "svg", language_of(t), ink=INK, paper="white", width_px=width_px).decode()
    return Markup(re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg))  # noqa: S704, Vega escapes text


def _uri(pixels: NDArray[np.uint8]) -> str:
    """A picture (3, S, S) as a data URI of a PNG."""
    return data_uri(png(Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))))
