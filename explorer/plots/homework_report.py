"""The homework as one self-contained HTML file: it opens without a network and prints on A4.

All text is escaped: names, classes and the writer's words are untrusted. The file's policy forbids scripts, except
those of the scene in its sandboxed frame.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from explorer import __version__
from explorer.core import assets, i18n
from explorer.core.i18n import Language, Translate
from explorer.core.palette import BROWN_TEAL
from explorer.experiments.homework import sentences
from explorer.experiments.homework.questions import QUESTIONS, number
from explorer.plots import chart_files, charts
from explorer.plots.homework import Drawing, Maps

WIDTHS_PX: Final = {"page": 620, "phone": 270}
"""Class in the style sheet, which shows one of them -> width of a plot without its axes."""
LINES: Final = 4  # to write on, for each question of a blank worksheet
_NONE: Final = "'none'"
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_HASH = re.compile(r"(?:'|&#39;)(sha256-[A-Za-z0-9+/]+=*)(?:'|&#39;)")


@dataclass(frozen=True)
class Cover:
    """What stands above the questions: (words, value) pairs, and the picture as a data URI.

    `is_small`: the picture has few pixels, so that it is enlarged without blurring.
    """

    facts: Sequence[tuple[str, str]]
    picture: str = ""
    is_small: bool = False


@dataclass(frozen=True)
class Entry:
    """One question of the file.

    `setup` is what it is about, or why it is left out (`is_left_out`). Without a `guess` nothing else is shown but
    `words`. `supports` are the options that the numbers support; `lines` are sentences in which backticks mark code;
    `figures` are made by `figure`.
    """

    question: str
    setup: str
    is_left_out: bool = False
    guess: str | None = None
    supports: Sequence[str] = ()
    verdict: str = ""
    lines: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    figures: Sequence[Markup] = ()
    origin: str = ""
    words: str = ""


def html(cover: Cover, entries: Sequence[Entry], language: Language, scene: str = "") -> str:
    """The file. `scene` is a whole HTML document, shown in a sandboxed frame."""
    t = i18n.translator(language)
    asked = [entry for entry in entries if not entry.is_left_out]
    done = sum(bool(entry.guess and entry.words) for entry in asked)
    body = [
        _head(cover, t, t("homework.file_done", done=done, count=len(asked))),
        *(_section(entry, t) for entry in entries),
        *_scene(scene, t),
        Markup('<p class="quiet">{}</p>').format(t("homework.file_made", version=__version__)),
    ]
    return _page(body, t, language, scene)


def worksheet(setups: Sequence[tuple[str, str]], language: Language) -> str:
    """The questions to print, with boxes to tick and lines to write on. `setups`: (question, what it is about)."""
    t = i18n.translator(language)
    line = Markup('<div class="line"></div>')
    blank = Markup("<dl>{}</dl>").format(
        Markup("").join(
            Markup("<dt>{}</dt><dd>{}</dd>").format(t(f"homework.file_{name}"), line) for name in ("name", "date")
        )
    )
    sections = [
        Markup("<section>{}{}<h3>{}</h3>{}</section>").format(
            _title(question, setup, t), _options(question, None, (), t),
            rich(t(f"homework.words_{question}")), line * LINES,
        )
        for question, setup in setups
    ]  # fmt: skip
    head = Markup("<header><div><h1>{}</h1>{}</div></header>").format(t("homework.title"), blank)
    return _page([head, *sections], t, language)


# Parts


def _page(body: Sequence[Markup], t: Translate, language: Language, scene: str = "") -> str:
    style = Markup(assets.css("homework_report"))  # noqa: S704 -- our own file
    page = Markup(
        '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}\n</body>\n</html>\n"
    )
    lang = {"zh": "zh-CN"}.get(language, "en")
    return str(page.format(lang, policy(scene), t("homework.title"), style, Markup("\n").join(body)))


def policy(scene: str) -> str:
    """The file's content security policy. A frame inherits it: it allows what the scene's own policy allows."""
    declared = _POLICY.search(scene)
    hashes = " ".join(dict.fromkeys(f"'{found}'" for found in _HASH.findall(declared[0]))) if declared else ""
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {hashes or _NONE}; "
        "base-uri 'none'; form-action 'none'"
    )


def _head(cover: Cover, t: Translate, done: str) -> Markup:
    rows = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(*fact) for fact in cover.facts)
    smooth = "" if cover.is_small else Markup(' class="smooth"')
    picture = Markup('<img src="{}" alt="{}"{}>').format(cover.picture, t("homework.file_picture"), smooth)
    return Markup("<header><div><h1>{}</h1><dl>{}</dl><p>{}</p></div>{}</header>").format(
        t("homework.title"), rows, done, picture if cover.picture else ""
    )


def _title(question: str, setup: str, t: Translate) -> Markup:
    place = t("homework.number", number=number(question), count=len(QUESTIONS))
    return Markup('<p class="quiet">{}</p><h2>{}</h2><p>{}</p>').format(
        place, rich(t(f"homework.ask_{question}")), rich(setup)
    )


def _section(entry: Entry, t: Translate) -> Markup:
    parts = [_title(entry.question, entry.setup, t)]
    if not entry.is_left_out:
        parts.append(_options(entry.question, entry.guess, entry.supports, t))
        if entry.guess is None:
            parts.append(Markup('<p class="none">{}</p>').format(t("homework.file_no_guess")))
        else:
            parts += _answer(entry, t)
        parts.append(Markup("<h3>{}</h3>").format(rich(t(f"homework.words_{entry.question}"))))
        written = Markup('<div class="words">{}</div>').format(entry.words)
        none = Markup('<p class="none">{}</p>').format(t("homework.file_no_words"))
        parts.append(written if entry.words else none)
    return Markup("<section>{}</section>").format(Markup("\n").join(parts))


def _options(question: str, guess: str | None, supports: Sequence[str], t: Translate) -> Markup:
    items = []
    for choice, words in sentences.options(question, t).items():
        mine = choice == guess
        marks = [("guess", t("homework.file_guess"))] if mine else []
        marks += [("said", t("homework.file_said"))] if choice in supports else []
        labels = Markup("").join(Markup('<small class="{}">{}</small>').format(*mark) for mark in marks)
        item = Markup('<li{}><span class="box">{}</span>{}{}</li>')
        items.append(item.format(Markup(' class="mine"') if mine else "", "☒" if mine else "☐", words, labels))
    return Markup('<ul class="options">{}</ul>').format(Markup("").join(items))


def _answer(entry: Entry, t: Translate) -> Iterator[Markup]:
    yield Markup("<h3>{}</h3>").format(t("homework.file_said"))
    yield Markup("<p><b>{}</b></p>").format(rich(entry.verdict))
    yield from (Markup("<p>{}</p>").format(rich(line)) for line in entry.lines)
    if entry.facts:
        cell = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
        yield Markup('<dl class="numbers">{}</dl>').format(Markup("").join(cell.format(*fact) for fact in entry.facts))
    yield from entry.figures
    if entry.origin:
        yield Markup('<p class="quiet">{}</p>').format(rich(entry.origin))


def figure(drawn: Drawing | Maps, name: str, language: Language) -> Markup:
    """Maps as pictures, a chart as inline SVG, whose ids begin with `name`. A chart takes some tenths of a second."""
    return _maps(drawn, i18n.translator(language)) if isinstance(drawn, Maps) else _chart(drawn, name, language)


def _maps(maps: Maps, t: Translate) -> Markup:
    def part(role: str, words: str, uri: str) -> Markup:
        symbol, _, meaning = words.partition("|")
        return Markup('<div class="{}"><b>{}</b>{}<img src="{}" alt="{}"></div>').format(
            role, symbol, meaning, uri, f"{symbol}: {meaning}"
        )

    row = Markup("").join(part(each.role, each.words, each.uri) for each in maps.parts)
    low = f"≤ −{maps.scale.limit:.3g}" if maps.scale.signed else "0"
    ramp = ", ".join(BROWN_TEAL if maps.scale.signed else BROWN_TEAL[5:])
    scale = Markup('<div class="scale"><span>{}</span><i style="background: linear-gradient(90deg, {})"></i>{}</div>')
    caption = t("homework.channel", channel=maps.channel)
    return Markup('<figure><div class="maps">{}</div>{}<figcaption>{} {}</figcaption></figure>').format(
        row, scale.format(low, ramp, f"≥ {maps.scale.limit:.3g}"), caption, rich(maps.note)
    )


def _chart(drawing: Drawing, name: str, language: Language) -> Markup:
    spec = charts.legible(drawing.chart, "currentColor")
    drawn = Markup("").join(_svg(spec, f"{name}-{kind}", kind, language) for kind in WIDTHS_PX)
    html = Markup('<figure><div role="img" aria-label="{}">{}</div><figcaption>{}</figcaption></figure>')
    return html.format(drawing.alt, drawn, drawing.title)


def _svg(spec: charts.Spec, name: str, kind: str, language: Language) -> Markup:
    """The prefix `name` makes its ids unique within the page."""
    width = WIDTHS_PX[kind]
    svg = chart_files.image(spec, "svg", language, ink="currentColor", paper="transparent", width_px=width).decode()
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    return Markup('<div class="{}">{}</div>').format(kind, Markup(svg))  # noqa: S704, Vega escapes text


def _scene(scene: str, t: Translate) -> Iterator[Markup]:
    if scene:
        frame = Markup('<iframe sandbox="allow-scripts" allow="fullscreen" title="{}" srcdoc="{}"></iframe>').format(
            t("homework.file_scene"),
            str(scene),  # as text: the attribute escapes it, also if it is Markup
        )
        yield Markup('<section class="screen"><h2>{}</h2>{}</section>').format(t("homework.file_scene"), frame)


def rich(words: str) -> Markup:
    """`words` with code in backticks as <code>; everything else is escaped."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if k % 2 else Markup("{}").format(part)
        for k, part in enumerate(words.split("`"))
    )
