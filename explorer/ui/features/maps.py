"""All maps of a place as one sheet, one enlarged, pictures with its highest activation, the input's size."""

from collections.abc import Hashable

import streamlit as st
from markupsafe import Markup
from torch import Tensor

from explorer.analysis import features
from explorer.analysis.maps import layout
from explorer.codegen import features as script
from explorer.data.images import Picture
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.plots import sheet
from explorer.plots.pictures import ColourScale, common_scale
from explorer.ui.features import channel, exciting, export, grid, kernels, place, resolution
from explorer.ui.features.place import Place
from explorer.ui.state import memory, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import code_export, html_figures, linked, markup
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import escaped, sentences, t

ORDERS = ("index", "energy", "class")
PAGE = 64  # maps of the narrowest stage
WHOLE = 512  # more are paged by default


@fragment
def draw(view: View) -> None:
    places = features.places(view.network)
    if not places:
        st.info(t("features.no_maps"), icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        path = place.choose(view.network, places)
        role = place.choose_role(view, path)
        order = choose_order(ORDERS, "maps_order", "energy")
        turn = st.container(width="content")
    left, right = st.columns([7, 5], gap="medium")
    with right:
        size = place.choose_size(view)
    here = Place(path, role, features.tensor_name(view.network, path, role), size)
    found = place.trace_maps(view.key, size, here.tensor, view.picture, view.network)
    maps = found[here.tensor][0]
    scores = channel_scores(view, here, maps, order)
    channels = list(range(len(maps))) if order == "index" else features.rank_channels(scores)
    with turn:
        shown = choose_page(channels, "maps_page", WHOLE)
    chosen = url_state.restore("channel", range(len(maps)), channels[0])
    scale = common_scale([maps])
    with left:
        draw_sheet(here, maps, shown, scores, order, scale, chosen, describe_place(view, here))
        export.draw(view, here, maps, shown, scale)
    with right:
        resolution.draw_prediction(view, here, found.logits[0])
        channel.draw(view, here, maps[chosen], len(maps))
        exciting.draw(view, here, chosen)
    resolution.draw(view, size)
    left_out = set(features.depths(view.network)) - set(places)
    if left_out:
        st.caption(t("features.left_out", count=len(left_out)))
    kernels.draw(view, here, chosen)
    code_export.offer(view, lambda file: script.maps(view.network, path, role, size, file))


def choose_order(orders: tuple[str, ...], key: str, usual: str) -> str:
    return linked.segmented(
        t("features.order"),
        orders,
        key=key,
        default=usual,
        format_func={order: t(f"features.order_{order}") for order in orders}.__getitem__,
        help=t("features.order_help"),
    )


def choose_page(channels: list[int], key: str, whole: int) -> list[int]:
    """The channels on screen. Page 0 shows all, and is the default for at most `whole` channels."""
    count = len(channels)
    if count <= PAGE:
        return channels
    pages = range(-(-count // PAGE) + 1)
    names = {k: t("features.page_some", first=(k - 1) * PAGE + 1, last=min(k * PAGE, count)) for k in pages[1:]}
    page = linked.selectbox(
        t("features.page"),
        pages,
        key=key,
        default=0 if count <= whole else 1,
        format_func={0: t("features.page_all", count=count), **names}.__getitem__,
        width=140,
    )
    return channels[(page - 1) * PAGE : page * PAGE] if page else channels


def channel_scores(view: View, here: Place, maps: Tensor, order: str) -> Tensor:
    """The value by which channels are ordered, (C,)."""
    if order != "class":
        return features.energies(maps)
    return contributions(view.key, here.size, here.tensor, view.picture, view.network)


@memory.shared
def contributions(key: Hashable, size: int, tensor: str, _picture: Picture, _network: Network) -> Tensor:
    return features.contributions(_network, place.network_input(key, size, _picture, _network), tensor)


def draw_sheet(
    here: Place,
    maps: Tensor,
    shown: list[int],
    scores: Tensor,
    order: str,
    scale: ColourScale,
    chosen: int,
    is_what: str,
) -> None:
    """Draw the maps `shown`; `is_what` describes them."""
    count, (rows, columns) = len(maps), maps.shape[1:]
    role = {"add": "sum", "out": ""}.get(here.role, here.role)
    title = Markup("<b class='role {}' style='color: var(--role, inherit)'>{}</b>").format(role, here.title)
    holds = t("features.holds", count=count, rows=rows, columns=columns)
    markup.show(Markup("<p style='margin:0'>{} · {}</p>").format(title, holds))
    of = t("features.note_class" if order == "class" else "features.note_energy")
    notes = [f"#{k} · {of} {html_figures.number(scores[k].item())}" for k in shown]
    if rows * columns == 1:
        notes = [f"#{k} · {html_figures.number(maps[k].item())}" for k in shown]
    label = t("features.sheet_alt", place=here.title, count=len(shown))
    grid.draw(
        sheet.sheet(maps[shown], scale), shown, notes, chosen, count - 1,
        label=label, key="maps_sheet", on_pick=lambda: channel.pick("maps_sheet", count),
    )  # fmt: skip
    markup.show(html_figures.legend(scale))
    st.caption(sentences(t(f"features.order_{order}_means"), is_what))


def describe_place(view: View, here: Place) -> str:
    """The place in a sentence, and what is not in its maps."""
    graph = view.network.graph
    found = layout(graph, here.tensor)
    apart = t("features.apart", count=found.extra) if found.extra else ""
    return sentences(_describe_role(graph, here, features.node_name(view.network, here.tensor)), apart)


def _describe_role(graph: Graph, here: Place, name: str) -> str:
    node = graph.nodes[name]
    if here.role != "out":
        after = any(block.add == name and block.rectified for block in graph.blocks.values())
        return t("features.is_sum" if here.role == "add" and not after else f"features.is_{here.role}")
    if any(name == block.add for block in graph.blocks.values()):
        return t("features.is_sum")
    before = graph.nodes[node.inputs[0]] if "pool" in node.kind.lower() else node
    return t("features.is_out") if before.kind.lower() == "relu" else t("features.is_node", kind=escaped(node.kind))
