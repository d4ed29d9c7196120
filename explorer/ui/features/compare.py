"""Feature maps of two networks, or of one before and after a fine-tune, at the same place."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup
from torch import Tensor

from explorer.analysis import features
from explorer.analysis.features import Similarity
from explorer.analysis.trace import trace
from explorer.codegen import features as script
from explorer.data.images import Picture
from explorer.models.network import Network
from explorer.plots import likeness, pictures, sheet
from explorer.plots.pictures import ColourScale, common_scale
from explorer.ui.features import channel, grid, maps, place, second
from explorer.ui.server.streamlit_private import Container
from explorer.ui.state import memory, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, html_figures, markup
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import escaped, t

ORDERS = ("index", "energy", "difference")


@dataclass(frozen=True)
class Side:
    """One of the two networks: its name on screen, logits (classes,), maps (C, H, W)."""

    view: View
    name: str
    logits: Tensor
    maps: Tensor


@fragment
def draw(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        other, weights = second.choose(view)
        pairs = paired(view.network, other.network)
        if not pairs:
            st.info(t("features.no_maps"), icon=":material/info:")
            return
        path = place.choose(view.network, list(pairs))
        order = maps.choose_order(ORDERS, "compare_order", "difference")
        turn = st.container(width="content")
    left, right = st.columns([7, 5], gap="medium", vertical_alignment="bottom")
    with left:
        size = place.choose_size(view)
    chosen = (st.session_state.weights, weights)
    paths = path, pairs[path]
    sides = [open_side(v, w, p, size) for v, w, p in zip((view, other), chosen, paths, strict=True)]
    with right:
        number = st.container()
    draw_sides(sides, path, order, turn, number)
    if pairs[path] != path:
        name = place.names(other.network, [pairs[path]])[pairs[path]]
        st.caption(t("features.compare_depth", place=escaped(name)))
    if view.network.preprocess.sized(size) != other.network.preprocess.sized(size):
        st.caption(t("features.compare_prepared"))
    st.caption(t("features.compare_numbers"))
    draw_depth(view, other, size)
    first, then = (second.with_file(v.network, w) for v, w in zip((view, other), chosen, strict=True))
    code_export.offer(view, lambda file: script.comparison(first, then, size, file))


def paired(first: Network, second: Network) -> dict[str, str]:
    """Place of the first network -> the second's: places with the same path, or else those at the same relative depth
    of the first's milestones."""
    one, two = features.places(first), features.places(second)
    common = {place: place for place in one if place in two}
    if not common.keys().isdisjoint(first.graph.ends):
        return common
    ends, others = ([*features.milestones(each, features.with_maps(each))] for each in (first, second))
    return {place: others[(k + 1) * len(others) // len(ends) - 1] for k, place in enumerate(ends)} if others else {}


def open_side(view: View, weights: str, path: str, size: int) -> Side:
    tensor = features.tensor_name(view.network, path)  # stages have different numbers of blocks
    size = size if size in place.sizes(view) else view.network.preprocess.input_px
    found = place.trace_maps(view.key, size, tensor, view.picture, view.network)
    return Side(view, second.title(view, weights), found.logits[0], found[tensor][0])


def draw_sides(sides: list[Side], path: str, order: str, turn: Container, number: Container) -> None:
    one, two = (side.maps for side in sides)
    alike = one.shape == two.shape
    orders = channel_orders(one, two, order)
    with turn:
        shown = maps.choose_page(orders[0], "compare_page", whole=maps.PAGE)
    start = orders[0].index(shown[0])
    chosen = url_state.restore("channel", range(len(one)), orders[0][0])
    with number:
        channel.choose(len(one))
    scale = common_scale([one, two])
    signed = ColourScale(scale.limit, signed=True)
    scales = [scale, scale] if alike else [common_scale([side.maps]) for side in sides]
    enlarged = [(side.name, side.maps, scales[k]) for k, side in enumerate(sides)]
    if alike:
        enlarged.append((t("features.compare_difference"), two - one, signed))
    markup.show(large(enlarged, chosen))
    columns = st.columns(3, gap="medium")
    for k, side in enumerate(sides):
        with columns[k]:
            label, probability = place.top_class(side.view.network, side.logits)
            answer = t("features.compare_says", label=escaped(label), share=probability)
            st.markdown(f"**{escaped(side.name)}**  \n{answer}")
            kept = orders[k][start : start + len(shown)]
            draw_side(path, f"compare_{k}", side.maps, kept, chosen, scales[k], len(one))
    if not alike:
        st.info(t("features.compare_shapes", first=shape(one), second=shape(two)), icon=":material/info:")
        return
    with columns[2]:
        st.markdown(f"**{t('features.compare_difference')}**  \n{similarity_sentence(one, two)}")
        draw_side(path, "compare_difference", two - one, shown, chosen, signed, len(one))


def large(enlarged: Sequence[tuple[str, Tensor, ColourScale]], chosen: int) -> Markup:
    """The chosen channel of each (name, maps (C, H, W), scale) that has it, side by side, also on a phone."""
    drawn = []
    for name, values, scale in enlarged:
        if chosen < len(values):
            uri = pictures.data_uri(pictures.map_png(values[chosen], scale))
            alone = f" · {html_figures.number(values[chosen].item())}" if values[chosen].numel() == 1 else ""
            image = html_figures.picture(uri, f"{name}, #{chosen}")
            figure = Markup('<figure style="max-width: 13rem">{}<figcaption>{}</figcaption></figure>')
            drawn.append(figure.format(image, f"{name} · #{chosen}{alone}"))
    columns = "grid-template-columns: repeat(3, 1fr); column-gap: clamp(.4rem, 2.5vw, 2rem)"  # as the sheets below
    return html_figures.grid(drawn, columns, "tiles strip")


def channel_orders(one: Tensor, two: Tensor, order: str) -> list[list[int]]:
    """Channel order of each: the same for both, or separate ones if their shapes differ."""
    if order == "index":
        return [list(range(len(values))) for values in (one, two)]
    if one.shape != two.shape:
        return [features.rank_channels(features.energies(values)) for values in (one, two)]
    return [features.rank_channels(features.energies(two - one if order == "difference" else one))] * 2


def draw_side(
    path: str, key: str, values: Tensor, shown: list[int], chosen: int, scale: ColourScale, count: int
) -> None:
    """Draw one sheet and its scale; `count` channels can be chosen."""
    energies = features.energies(values)
    notes = [f"#{k} · {t('features.note_energy')} {html_figures.number(energies[k].item())}" for k in shown]
    grid.draw(
        sheet.sheet(values[shown], scale), shown, notes, chosen, len(values) - 1, room_px=420,
        label=t("features.sheet_alt", place=path, count=len(shown)), key=key,
        on_pick=lambda: channel.pick(key, count),
    )  # fmt: skip
    markup.show(html_figures.legend(scale))


def similarity_sentence(first: Tensor, second: Tensor) -> str:
    found = features.similarity("", first, second)
    if found.cosine is None or found.difference is None:
        return t("features.compare_zeros")
    return t("features.compare_likeness", cosine=html_figures.fixed(found.cosine, 2), difference=found.difference)


def draw_depth(view: View, other: View, size: int) -> None:
    if size not in place.sizes(other):
        st.caption(t("features.likeness_size", size=size))
        return
    found = stage_similarities(view.key, other.key, size, view.picture, view.network, other.network)
    if not any(one.cosine is not None for one in found):
        st.markdown(f"**{t('features.likeness')}**")
        st.caption(t("features.likeness_none"))
        return
    names = place.short_names(view.network, [one.name for one in found])
    stages = stage_names(view.network, names)
    spec = chart_view.themed_spec(likeness.chart(found, t, names.__getitem__, stages.__getitem__))
    chart_view.show(t("features.likeness"), spec, key="compare_depth", alt=t("features.likeness_alt"), height=340)
    st.caption(t("features.likeness_means"))


def stage_names(network: Network, names: dict[str, str]) -> dict[str, str]:
    """Place -> the name of its stage; its own in a network of too few stages to tell the depth."""
    graph = network.graph
    if len(graph.stages) < features.FEW:
        return names
    whole = place.short_names(network, list(graph.stages))
    return {name: whole.get(graph.stage_of.get(name, ""), names[name]) for name in names}


@memory.shared
def stage_similarities(
    first_key: Hashable, second_key: Hashable, size: int, _picture: Picture, _first: Network, _second: Network
) -> list[Similarity]:
    keys = ((first_key, _first), (second_key, _second))
    depths = [features.depths(net) for _, net in keys]
    one, two = (
        trace(net, place.network_input(key, size, _picture, net), keep=names.values())
        for (key, net), names in zip(keys, depths, strict=True)
    )
    return features.similarities(one, two, depths)


def shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape))
