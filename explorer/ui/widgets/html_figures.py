"""Figures as HTML, with a text alternative each: rows of channel maps, their scale, facts in a line."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup
from torch import Tensor

from explorer.plots import pictures
from explorer.plots.pictures import ColourScale
from explorer.ui.widgets.markup import joined
from explorer.ui.words import t


def number(value: float) -> str:
    """Three digits that matter."""
    if value == 0:
        return "0"
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def fixed(value: float, decimals: int) -> str:
    """So many decimals; what rounds to zero has no sign."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def tiles(maps: Tensor, channels: Sequence[int], scale: ColourScale, columns: int, names: Sequence[str] = "") -> Markup:
    """The chosen channels of (C, H, W) on one scale. A 1x1 map is a colour with its value under it.

    Channels are numbered, or called by their `names`.
    """
    figures = []
    for channel in channels:
        png = pictures.data_uri(pictures.map_png(maps[channel], scale))
        caption = names[channel] if names else f"#{channel}"
        if maps[channel].numel() == 1:
            caption += f" · {number(maps[channel].item())}"
        alt = t("source.channel_alt", channel=channel)
        figures.append(tile(png, alt, caption))
    return grid(figures, f"grid-template-columns: repeat({columns}, 1fr)")


def tile(uri: str, alt: str, caption: str, title: str | None = None) -> Markup:
    """A picture above its caption; `title` is shown under a pointer."""
    tip = "" if title is None else Markup(' title="{}"').format(title)
    figure = Markup('<figure{}><img src="{}" alt="{}"><figcaption>{}</figcaption></figure>')
    return figure.format(tip, uri, alt, caption)


def grid(tiles: Iterable[str], style: str = "", kind: str = "tiles") -> Markup:
    """`tiles` side by side; `kind` are classes of assets/css/app.css."""
    look = Markup(' style="{}"').format(style) if style else ""
    return Markup('<div class="{}"{}>{}</div>').format(kind, look, joined(tiles))


def legend(scale: ColourScale) -> Markup:
    low = f"≤ −{number(scale.limit)}" if scale.signed else "0"
    ramp = "var(--signed)" if scale.signed else "var(--magnitude)"
    words = t("source.scale_signed" if scale.signed else "source.scale_magnitude")
    return ramped(words, low, ramp, f"≥ {number(scale.limit)}")


def ramped(words: str, low: str, ramp: str, high: str) -> Markup:
    """A colour scale: its `ramp`, a CSS background, between what its ends stand for; `words` say all of it."""
    return Markup(
        '<div class="scale" role="img" aria-label="{}"><span>{}</span>'
        '<i style="background: {}"></i><span>{}</span></div>'
    ).format(words, low, ramp, high)


def mark(right: bool) -> Markup:
    """Whether an answer is right, by colour and shape."""
    return Markup("<b class='{}'>{}</b>").format(*(("right", "✓") if right else ("wrong", "✗")))


def facts(entries: Iterable[tuple[str, str]]) -> Markup:
    cell = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
    return Markup('<dl class="facts">{}</dl>').format(joined(cell.format(*entry) for entry in entries))


def term(role: str, words: str, figure: str) -> Markup:
    """One term of a sum: its symbol in the role's colour and what it is (`x: what came in`), above its figure."""
    symbol, _, meaning = words.partition("|")
    section = Markup('<section class="term {}"><h2>{} <small>{}</small></h2>{}</section>')
    return section.format(role, symbol, meaning, figure)


def sum_row(terms: Sequence[str], scale: ColourScale) -> Markup:
    """x + F(x) = sum on one scale; a fourth term in front is the picture that they come from."""
    signs = ["→", "+", "="][-len(terms) + 1 :]
    rest = joined(Markup("<b>{}</b>{}").format(sign, drawn) for sign, drawn in zip(signs, terms[1:], strict=True))
    row = Markup('<div class="sum-row{}">{}{}{}</div>')
    return row.format(" seen" if len(terms) == 4 else "", terms[0], rest, legend(scale))


def picture(uri: str, alt: str, style: str = "width: 100%") -> Markup:
    return Markup('<img class="pixel" src="{}" alt="{}" style="{}">').format(uri, alt, style)
