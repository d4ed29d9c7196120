"""One block: the shortcut's tensor, the branch's, their sum, and the sum after ReLU."""

import streamlit as st
import torch
from markupsafe import Markup
from torch import Tensor

from explorer.analysis import labels, residual
from explorer.analysis import maps as as_grid
from explorer.analysis.residual import Sum
from explorer.analysis.trace import Trace
from explorer.codegen import shortcut as scripts
from explorer.models.graph import Block
from explorer.models.network import check_finite
from explorer.plots import pictures
from explorer.plots.figure_files import Tile
from explorer.plots.pictures import ColourScale, common_scale
from explorer.scene import sentences as sentences_of
from explorer.ui.layout import header, style
from explorer.ui.state import cache, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import code_export, html_figures, linked, markup, save_menu
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import sentences, t

VIEWS = ("clearest", "energy", "chosen")
ROLES = {"raw": "shortcut", "x": "shortcut", "f": "branch", "sum": "sum", "relu": ""}
SIGNS = {"raw": "", "x": "", "f": "+", "sum": "=", "relu": "→"}


@fragment
def draw(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    st.markdown(t("shortcut.about_block"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        path = choose(view)
        traced = cache.block_trace(view.key, path, view.network, view.x)
        channel = choose_channel(view, path, traced)
    check_finite(traced[f"{path}.add"])
    draw_parts(view, path, channel, traced)
    code_export.offer(view, lambda file: scripts.block(view.network, path, channel, file))


def choose(view: View) -> str:
    """Draw the widget of the block, a choice that all pages share."""
    blocks, short = view.network.graph.blocks, labels.of_blocks(view.network.graph)
    names = {path: f"{short[path]} ◆" if block.resizes else short[path] for path, block in blocks.items()}
    words, help_text = t("source.block"), t("shortcut.block_help")
    return linked.selectbox(words, names, key="block", width=150, help=help_text, format_func=names.__getitem__)


def choose_channel(view: View, path: str, traced: Trace) -> int | None:
    """Draw the widgets of the channel; None means the energy over all channels."""
    words = {name: t(f"shortcut.view_{name}") for name in VIEWS}
    shown = linked.segmented(t("shortcut.view"), VIEWS, key="block_view", format_func=words.__getitem__)
    shortcut, branch = (_maps(view, name, traced[name]) for name in (f"{path}.shortcut", f"{path}.branch"))
    if shown == "chosen":
        return linked.number(t("shortcut.channel"), range(len(shortcut)), key="block_channel", width=130)
    url_state.keep(block_channel=None)
    return pictures.leading_channels([shortcut, branch], 1)[0] if shown == "clearest" else None


def draw_parts(view: View, path: str, channel: int | None, traced: Trace) -> None:
    """Draw the terms, their statistics, and sentences about them."""
    block = view.network.graph.blocks[path]
    tensors = {"x": traced[f"{path}.shortcut"], "f": traced[f"{path}.branch"]}
    tensors |= {"sum": traced[f"{path}.add"], **({"relu": traced[f"{path}.out"]} if block.activation else {})}
    of_channels = {part: _maps(view, f"{path}.add", tensor) for part, tensor in tensors.items()}
    maps = {part: _map(each, channel) for part, each in of_channels.items()}
    scale, source = common_scale(maps.values()), None
    measured = residual.measure_sum(tensors["x"], tensors["f"])
    cut = residual.negative_share(tensors["sum"])
    x, f = block.terms
    channels = len(of_channels["x"])
    what = t("shortcut.what_energy", channels=channels)
    if channel is not None:
        what = t("shortcut.what_channel", channel=channel)
    facts = _facts(tensors, measured, cut if block.rectified else None, x)
    terms, tiles = [], []
    names = {"f": "term_f", "sum": "term_sum" if block.activation else "term_sum_left", "relu": "term_relu"}
    names["x"] = {"Wx": "term_projected", "x↓": "term_padded", "x": "term_x"}.get(x, "term_changed")
    if not block.identity:
        raw = traced[block.input]
        source = residual.main_source(view.network, path, channel) if channel is not None else None
        raw_map = _map(_maps(view, block.input, raw), source)
        own = common_scale([raw_map])
        words = t("shortcut.term_raw")
        terms = [_term("raw", path, what, raw_map, own, [_norm(raw)], words, html_figures.legend(own))]
        ends = save_menu.legend(own)
        of_raw = [_norm(raw), (t("shortcut.own_scale"), f"{ends.low} … {ends.high}")]
        tiles = [_tile("raw", "", raw_map, own, of_raw, words)]
    for part in tensors:
        words = t(f"shortcut.{names[part]}", x=x, f=f)
        if part == "relu" and not block.rectified:
            words = t("shortcut.term_activation", name=block.activation)
        terms.append(_term(part, path, what, maps[part], scale, facts[part], words))
        sign = "→" if tiles and part == "x" else SIGNS[part]
        tiles.append(_tile(part, sign, maps[part], scale, facts[part], words))
    markup.apply_css("shortcut")
    markup.show(html_figures.grid(terms, kind="taken-apart") + html_figures.legend(scale))
    title = t("shortcut.figure", block=path, what=what)
    save_menu.draw_for_tiles(title, lambda: tiles, save_menu.legend(scale), "block")
    st.markdown(_meaning(measured, cut, x, block))
    notes = [t("shortcut.scale_one", what=what, channels=channels)]
    if channel is None:
        notes.append(t("shortcut.scale_energy"))
    if not block.identity:
        notes.append(_about_raw(view, path, x, channel, source, traced))
    extra = as_grid.extra_tokens(view.network.graph, f"{path}.add", tensors["sum"]).shape[1]
    if extra:
        notes.append(t("shortcut.extra_tokens", count=extra))
    st.caption(sentences(*notes, _law(measured, x)))


def _about_raw(view: View, path: str, x: str, channel: int | None, source: int | None, traced: Trace) -> str:
    """Why the shortcut is not x itself, and which channel of x is on screen."""
    block = view.network.graph.blocks[path]
    sizes = {"raw": sentences_of.sizes(traced[block.input]), "shape": sentences_of.sizes(traced[f"{path}.shortcut"])}
    reason = {"projection": "scale_raw", "padding": "scale_raw_padded"}.get(block.brings) if block.resizes else None
    kinds = [view.network.graph.nodes[name].kind for name in block.carried]
    if reason == "scale_raw" and kinds != ["Conv2d", "BatchNorm2d"]:
        reason, sizes["calls"] = "scale_raw_by", ", ".join(kinds)
    channels = ""
    if block.brings == "projection" and source is not None:
        channels = t("shortcut.scale_raw_channel", source=source, channel=channel)
    elif channel is not None and source is None:
        channels = t("shortcut.scale_raw_zeros", channel=channel)
    dropout = t("shortcut.scale_dropout") if block.variant == "dropout" else ""
    changed = t("shortcut.scale_raw_changed", x=x) if not reason and not dropout else ""
    return sentences(t(f"shortcut.{reason}", **sizes) if reason else "", changed, channels, dropout)


def _maps(view: View, name: str, tensor: Tensor) -> Tensor:
    """The maps (C, H, W) of a node or role."""
    return as_grid.as_maps(view.network.graph, name, tensor)[0]


def _map(maps: Tensor, channel: int | None) -> Tensor:
    return residual.energy(maps) if channel is None else maps[channel]


def _term(
    part: str,
    path: str,
    what: str,
    values: Tensor,
    scale: ColourScale,
    facts: list[tuple[str, str]],
    words: str,
    legend: str = "",
) -> Markup:
    alt = t("shortcut.map_alt", part=words.partition("|")[0], block=path, what=what)
    image = html_figures.picture(pictures.data_uri(pictures.map_png(values, scale)), alt)
    if values.numel() == 1:
        facts = [(t("shortcut.fact_value"), html_figures.number(values.item())), *facts]
    signed = Markup("<i>{}</i> {}").format(SIGNS[part], words)
    below = Markup("{}<div>{}{}</div>").format(image, html_figures.facts(facts), legend)
    return html_figures.term(ROLES[part], signed, below)


def _tile(part: str, sign: str, values: Tensor, scale: ColourScale, facts: list[tuple[str, str]], words: str) -> Tile:
    """A term for the saved figure."""
    symbol, _, meaning = words.partition("|")
    lines = (symbol, meaning, *(" ".join(fact) for fact in facts))
    return Tile(pictures.map_png(values, scale), lines, sign, style.custom_properties().get(ROLES[part], ""))


def _norm(tensor: Tensor) -> tuple[str, str]:
    return t("shortcut.fact_norm"), html_figures.number(float(torch.linalg.vector_norm(tensor)))


def _facts(tensors: dict[str, Tensor], measured: Sum, cut: float | None, x: str) -> dict[str, list[tuple[str, str]]]:
    facts = {part: [_norm(tensor)] for part, tensor in tensors.items()}
    facts["f"].append((t("shortcut.fact_ratio", x=x), html_figures.number(measured.ratio)))
    facts["f"].append((t("shortcut.fact_cosine"), html_figures.number(measured.cosine)))
    if cut is not None:
        facts["relu"].append((t("shortcut.fact_cut"), f"{cut:.0%}"))
    return facts


def _meaning(measured: Sum, cut: float, x: str, block: Block) -> str:
    """Three sentences with numbers; the thresholds between wordings are ours."""
    if not (measured.shortcut_norm and measured.branch_norm):
        return t("shortcut.said_zero", x=x)
    weight = "small" if measured.ratio < 0.8 else "alike" if measured.ratio <= 1.25 else "large"
    direction = "against" if measured.cosine < -0.1 else "apart" if measured.cosine <= 0.1 else "along"
    return sentences(
        t(f"shortcut.said_{weight}", ratio=html_figures.number(measured.ratio), x=x),
        t(f"shortcut.said_{direction}", cosine=html_figures.number(measured.cosine), x=x),
        t("shortcut.said_activation", name=f"`{block.activation}`")
        if block.activation and not block.rectified
        else t("shortcut.said_cut" if block.rectified else "shortcut.said_kept", cut=cut),
    )


def _law(measured: Sum, x: str) -> str:
    lengths = {
        "shortcut": measured.shortcut_norm, "branch": measured.branch_norm, "sum": measured.sum_norm,
        "cosine": abs(measured.cosine),
    }  # fmt: skip
    sign = "−" if measured.cosine < 0 else "+"
    return t("shortcut.law", x=x, sign=sign, **{name: html_figures.number(value) for name, value in lengths.items()})
