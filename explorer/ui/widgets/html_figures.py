"""Figures as HTML with text alternatives: grids of channel maps, colour scales, rows of facts."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup
from torch import Tensor

from explorer.core.numbers import fixed as fixed
from explorer.core.numbers import number as number
from explorer.plots import pictures
from explorer.plots.pictures import ColourScale
from explorer.ui.widgets.markup import join
from explorer.ui.words import t


def tiles(maps: Tensor, channels: Sequence[int], scale: ColourScale, columns: int, names: Sequence[str] = "") -> Markup:
    """The chosen channels of `maps` (C, H, W) on one scale, in `columns` columns.

    Captions are channel numbers or `names`; a 1x1 map also gets its value.
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
    """A picture above its caption; `title` is its tooltip."""
    tip = "" if title is None else Markup(' title="{}"').format(title)
    figure = Markup('<figure{}><img src="{}" alt="{}"><figcaption>{}</figcaption></figure>')
    return figure.format(tip, uri, alt, caption)


def pair(uri: str, second_uri: str, alt: str) -> Markup:
    """Two pictures, the second one below the first; `alt` is the text alternative of both and their tooltip."""
    figure = Markup('<figure title="{}"><img src="{}" alt="{}"><img src="{}" alt=""></figure>')
    return figure.format(alt, uri, alt, second_uri)


def grid(tiles: Iterable[str], style: str = "", kind: str = "tiles") -> Markup:
    """`tiles` side by side; `kind` is a list of classes in assets/css/app.css."""
    look = Markup(' style="{}"').format(style) if style else ""
    return Markup('<div class="{}"{}>{}</div>').format(kind, look, join(tiles))


def legend(scale: ColourScale) -> Markup:
    low = f"≤ −{number(scale.limit)}" if scale.signed else "0"
    ramp = "var(--signed)" if scale.signed else "var(--magnitude)"
    words = t("source.scale_signed" if scale.signed else "source.scale_magnitude")
    return colour_bar(words, low, ramp, f"≥ {number(scale.limit)}")


def colour_bar(words: str, low: str, ramp: str, high: str) -> Markup:
    """A colour bar: `ramp` (a CSS background) between the labels of its ends; `words` is its text alternative."""
    return Markup(
        '<div class="scale" role="img" aria-label="{}"><span>{}</span>'
        '<i style="background: {}"></i><span>{}</span></div>'
    ).format(words, low, ramp, high)


def tick_or_cross(right: bool) -> Markup:
    """A tick or a cross, in different colours."""
    return Markup("<b class='{}'>{}</b>").format(*(("right", "✓") if right else ("wrong", "✗")))


def facts(entries: Iterable[tuple[str, str]]) -> Markup:
    cell = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
    return Markup('<dl class="facts">{}</dl>').format(join(cell.format(*entry) for entry in entries))


def term(role: str, words: str, figure: str) -> Markup:
    """One term of a sum above its figure. `words` is "symbol|meaning"; `role` is a CSS class that sets the colour."""
    symbol, _, meaning = words.partition("|")
    section = Markup('<section class="term {}"><h2>{} <small>{}</small></h2>{}</section>')
    return section.format(role, symbol, meaning, figure)


def picture(uri: str, alt: str, style: str = "width: 100%") -> Markup:
    return Markup('<img class="pixel" src="{}" alt="{}" style="{}">').format(uri, alt, style)
