"""Step through a network's source, line by line, with the live tensor of each line."""

from functools import partial

import streamlit as st

from explorer.analysis import source
from explorer.analysis.source import WHOLE, Listing
from explorer.codegen import views
from explorer.ui.layout import header
from explorer.ui.source import save_walk, source_view
from explorer.ui.state import url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import code_export, scene_view
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import t


def page() -> None:
    st.title(t("source.title"))
    view = header.view()
    walk(view)
    header.caption(view)
    st.caption(t("source.sources"))


@fragment
def walk(view: View) -> None:
    """A fragment, since a step changes neither the header nor the network."""
    parts = (*view.network.graph.parts, WHOLE)
    block = url_state.restore("block", parts, parts[0])
    steps = {step.id: step for step in source.walk(view.network, block)}
    step = url_state.restore("step", steps, next(iter(steps)))
    url_state.keep(block=block, step=step)
    scene_view.draw(
        view, block, key="scene", step=step, on_step=partial(choose, "step"), on_block=partial(choose, "block")
    )
    save_walk.offer(view, block, step)
    code_export.offer(view, lambda file: views.walk(view.network, block, list(steps.values()), steps[step], file))
    listings = source.listings(view.network, block)
    more = st.expander(t("source.more_source"), key="more", on_change="rerun")
    if more.open:
        with more:
            for name, listing in list(listings.items())[1:]:
                source_view.draw(listing, label=t("source.listing_label", name=name))
                st.caption(where(listing))
    st.caption(where(next(iter(listings.values()))))


def choose(what: str, value: str) -> None:
    st.session_state[what] = value


def where(listing: Listing) -> str:
    whose = t("source.ours", path=listing.ours) if listing.ours else t("source.version", version=source.version())
    words = f"`{listing.name}` · {whose}"
    return f"{words} · [{t('source.on_the_web')}]({listing.link})" if listing.link else words


page()
