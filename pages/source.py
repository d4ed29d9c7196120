"""Step through a network's source, line by line, with the live tensor of each line."""

import streamlit as st

from explorer.analysis import source
from explorer.analysis.source import Listing, Step
from explorer.codegen import views
from explorer.ui.layout import header
from explorer.ui.source import source_view, stepper, tensor_panel
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import code_export
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
    block, steps, step = stepper.draw(view.network)
    traced = cache.block_trace(view.key, block, view.network, view.x)
    with st.container(key="walk"):  # on a phone the statistics come last: see app.css
        left, right = st.columns([5, 7], gap="medium")
    with left:
        listings = source.listings(view.network, block)
        draw_code(listings, steps, step)
        with st.container(key="figures"):
            tensor_panel.draw_figures(view, block, step, traced)
    with right:
        tensor_panel.draw(view, block, steps, step, traced)
    code_export.offer(view, lambda file: views.walk(view.network, block, steps, step, file))
    more = st.expander(t("source.more_source"), key="more", on_change="rerun")
    if more.open:
        for k, (name, listing) in enumerate(list(listings.items())[1:]):
            with more:
                source_view.draw(listing, (), None, label=t("source.listing_label", name=name), key=f"more_{k}")
                st.caption(where(listing))


def clicked(key: str) -> None:
    if step := st.session_state[key].step:
        stepper.go(step)


def draw_code(listings: dict[str, Listing], steps: list[Step], step: Step) -> None:
    walked = next(iter(listings.values()))
    outer = [other for other in steps[: steps.index(step) + 1] if other.depth == 0][-1]
    label = t("source.listing_label", name=walked.name)
    source_view.draw(walked, steps, outer, label=label, key="code", on_step=lambda: clicked("code"))
    st.caption(f"{where(walked)} · {t('source.keys')}")
    if step.depth:
        inner = listings[step.listing]
        label = t("source.listing_label", name=inner.name)
        source_view.draw(
            inner, steps, step, label=label, key="inner_code", low=True, on_step=lambda: clicked("inner_code")
        )
        st.caption(where(inner))


def where(listing: Listing) -> str:
    whose = t("source.ours", path=listing.ours) if listing.ours else t("source.version", version=source.version())
    words = f"`{listing.name}` · {whose}"
    return f"{words} · [{t('source.on_the_web')}]({listing.link})" if listing.link else words


page()
