"""Figures as HTML, with a text alternative each: rows of channel maps, their scale, facts in a line."""

from collections.abc import Iterable, Sequence
from html import escape

from torch import Tensor

from explorer.drawing import pictures
from explorer.drawing.pictures import ColourScale
from screen.words import say


def number(value: float) -> str:
    """Three digits that matter."""
    if value == 0:
        return "0"
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def fixed(value: float, decimals: int) -> str:
    """So many decimals; what rounds to zero has no sign."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def tiles(maps: Tensor, channels: Sequence[int], scale: ColourScale, columns: int, names: Sequence[str] = "") -> str:
    """The chosen channels of (C, H, W) on one scale. A 1x1 map is a colour with its value under it.

    Channels are numbered, or called by their `names`.
    """
    figures = []
    for channel in channels:
        png = pictures.data_uri(pictures.map_png(maps[channel], scale))
        caption = names[channel] if names else f"#{channel}"
        if maps[channel].numel() == 1:
            caption += f" · {number(maps[channel].item())}"
        alt = say("source.channel_alt", channel=channel)
        figures.append(f'<figure><img src="{png}" alt="{escape(alt)}"><figcaption>{caption}</figcaption></figure>')
    return f'<div class="tiles" style="grid-template-columns: repeat({columns}, 1fr)">{"".join(figures)}</div>'


def legend(scale: ColourScale) -> str:
    low = f"≤ −{number(scale.limit)}" if scale.signed else "0"
    ramp = "var(--signed)" if scale.signed else "var(--magnitude)"
    words = say("source.scale_signed" if scale.signed else "source.scale_magnitude")
    return (
        f'<div class="scale" role="img" aria-label="{escape(words)}"><span>{low}</span>'
        f'<i style="background: {ramp}"></i><span>≥ {number(scale.limit)}</span></div>'
    )


def facts(entries: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in entries)
    return f'<dl class="facts">{cells}</dl>'


def term(role: str, words: str, figure: str) -> str:
    """One term of a sum: its symbol in the role's colour and what it is (`x: what came in`), above its figure."""
    symbol, _, meaning = words.partition("|")
    return f'<section class="term {role}"><h2>{symbol} <small>{meaning}</small></h2>{figure}</section>'


def sum_row(terms: Sequence[str], scale: ColourScale) -> str:
    """x + F(x) = sum on one scale; a fourth term in front is the picture that they come from."""
    signs = ["→", "+", "="][-len(terms) + 1 :]
    row = terms[0] + "".join(f"<b>{sign}</b>{drawn}" for sign, drawn in zip(signs, terms[1:], strict=True))
    return f'<div class="sum-row{" seen" if len(terms) == 4 else ""}">{row}{legend(scale)}</div>'


def picture(uri: str, alt: str, style: str = "width: 100%") -> str:
    return f'<img class="pixel" src="{uri}" alt="{escape(alt)}" style="{style}">'
