"""The characteristic block of a network, as a diagram beside torchvision's source."""

import streamlit as st

from explorer.analysis import source
from explorer.analysis.source import Listing
from explorer.experiments.history import famous_block
from explorer.experiments.history.block_plan import INPUT_PX, Block
from explorer.experiments.history.catalog import MODELS
from explorer.plots import famous as drawing
from explorer.ui.diagrams import shared
from explorer.ui.layout import style
from explorer.ui.source import source_view
from explorer.ui.widgets import chart_view
from explorer.ui.words import sentences, t


def draw(model_id: str) -> None:
    """Draw the block of a model, by its id in `explorer.experiments.history.catalog`."""
    block = famous_block.block(famous_block.kind_of(model_id))
    st.header(t("famous.title"))
    if block.sources:
        draw_words(block)  # before the diagram, also on a phone
    left, right = st.columns([5, 6], gap="large")
    with left:
        draw_diagram(block, MODELS[model_id].name)
    with right:
        if block.sources:
            draw_source(block.sources)
        else:
            draw_words(block)


def draw_words(block: Block) -> None:
    st.markdown(t(f"famous.about_{block.kind}", **template_values(block)))
    st.caption(source_caption(block))


def draw_diagram(block: Block, name: str) -> None:
    spec = chart_view.cached_spec(block.kind, drawing.diagram, block, t, dark=style.is_dark())
    cards = [words[0][0] for node in block.nodes.values() if (words := drawing.lines(node, t))]
    chart_view.show(f"{t('famous.title')} · {name}", spec, key=f"famous_{block.kind}", headed=True,
               alt=t("famous.alt", cards=", ".join(cards)))  # fmt: skip
    most = max(node.channels for node in block.nodes.values())
    roles = {edge.role for edge in block.edges}
    st.caption(
        sentences(
            t("famous.reading_shortcut") if "shortcut" in roles else "",
            t("famous.reading_slow") if any(edge.slow for edge in block.edges) else "",
            t("famous.reading", most=f"{most:,}") if most else "",
            t("famous.reading_modules") if block.sources else "",
        )
    )


def template_values(block: Block) -> dict[str, object]:
    """Values for the texts. `plain`: weights of one 3×3 convolution with the same channels."""
    given, out = block.input, block.output
    return {
        "parameters": f"{block.parameters:,}", "plain": f"{9 * given.channels * out.channels:,}",
        "channels_in": given.channels, "channels_out": out.channels, "tokens": given.shape[0] if given.shape else 0,
        "input": shared.shape(given.shape), "output": shared.shape(out.shape),
    }  # fmt: skip


def source_caption(block: Block) -> str:
    count = t("famous.parameters_here", parameters=f"{block.parameters:,}") if block.parameters else ""
    if not block.sources:
        return sentences(t("famous.drawn_paper"), count)
    made = t("famous.drawn_from", model=block.model, path=block.path, side=INPUT_PX) if block.model else ""
    return sentences(made, count)


def draw_source(sources: tuple[Listing, ...]) -> None:
    """Draw one listing at a time, with the line numbers of torchvision's file."""
    if not sources:
        return
    names = [listing.name for listing in sources]
    name = st.selectbox(t("famous.source"), names, key=f"famous_{'_'.join(names)}", width=360)
    listing = sources[names.index(name)]
    file = listing.file.rpartition("torchvision/")[2]
    st.caption(t("famous.source_at", version=source.version(), file=f"torchvision/{file}", first=listing.first,
                   last=listing.last, link=listing.link))  # fmt: skip
    with st.container(key="famous_source"):
        source_view.draw(listing, label=t("famous.source"))
