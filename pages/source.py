"""Step through a network's source, line by line, with the live tensor of each line."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.analysis import source
from explorer.analysis.source import Listing
from explorer.codegen import views
from explorer.ui.layout import header
from explorer.ui.source import breadcrumbs, place, save_tensor, save_walk, source_view
from explorer.ui.state.cache import View
from explorer.ui.widgets import code_export, scene_view
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import t


def page() -> None:
    st.title(t("source.title"))
    view = header.view()
    scene_view.restart("scene")
    walk(view)
    header.caption(view)
    st.caption(t("source.sources"))


@fragment
def walk(view: View) -> None:
    """A fragment, since a step changes neither the header nor the network."""
    block, steps, step = place.restore(view.network)
    start = {"step": step.id, "picked": place.channels()}
    events: dict[str, Callable[[Any], None]] = {
        "step": place.go,
        "block": place.open_block,
        "channels": place.pick,
        "channel": place.want,
    }
    scene_view.draw(view, block, key="scene", start=start, channels=place.wanted(), on=events)
    with st.container(horizontal=True, vertical_alignment="center"):
        save_walk.offer(view, block, step.id)
        save_tensor.offer(view, block, step)
    code_export.offer(view, lambda file: views.walk(view.network, block, steps, step, file))
    listings = list(source.listings(view.network, block).items())
    st.caption(where(listings[0][1]))
    shown = breadcrumbs.draw(view, block)
    if shown:
        st.caption(where(shown))
    more = st.expander(t("source.more_source"), key="more", on_change="rerun")
    if more.open:
        with more:
            for name, listing in listings[1:]:
                source_view.draw(listing, label=t("source.listing_label", name=name))
                st.caption(where(listing))


def where(listing: Listing) -> str:
    words = f"`{listing.name}` · {whose(listing)}"
    return f"{words} · [{t('source.on_the_web')}]({listing.link})" if listing.link else words


def whose(listing: Listing) -> str:
    if listing.ours:
        return t("source.ours", path=listing.ours)
    if not listing.package:
        return t("source.own_file") if listing.file else t("source.no_file")
    if listing.package == "torchvision":
        return t("source.version", version=source.version())
    return t("source.package", name=listing.package, version=source.version(listing.package))


page()
