"""The network unravelled into paths, and the number of paths of each length (Veit et al. 2016)."""

import streamlit as st

from explorer.analysis import paths
from explorer.codegen import diagrams as scripts
from explorer.plots import diagram_paths
from explorer.ui.layout import header, style
from explorer.ui.state import url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, linked, paper_comparison
from explorer.ui.widgets.fragment import fragment
from explorer.ui.widgets.html_figures import number
from explorer.ui.words import network_name, t

MAX_BLOCKS = 54  # the blocks of ResNet-110, the paper's network
EFFECTIVE = (5, 17)
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@fragment
def draw(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    graph = view.network.graph
    here = len(graph.blocks)
    layers = paths.layers(graph)
    shortest = next(length for length, count in enumerate(layers) if count)
    power, number_of = "2" + str(here).translate(SUPERSCRIPT), sum(paths.branches(graph))
    chain = number_of == 2**here
    st.markdown(t("diagrams.paths_here" if chain else "diagrams.paths_not_a_chain", power=power, blocks=here,
                    network=network_name(view.network.name), paths=f"{number_of:,}", shortest=shortest,
                    longest=len(layers) - 1))  # fmt: skip
    blocks, low, high = choose(here)
    counts = paths.by_length(blocks)
    left, right = st.columns([6, 5], gap="large")
    with left:
        draw_tree(blocks)
    with right:
        spec = chart_view.cached_spec((blocks, low, high), diagram_paths.lengths, counts, low, high, t)
        listed = ", ".join(f"{length}: {count:,}" for length, count in enumerate(counts))
        alt = t("diagrams.lengths_alt", counts=listed)
        chart_view.show(t("charts.lengths"), spec, key="diagram_lengths", alt=alt)
        st.markdown(t("diagrams.paths_range_said", low=low, high=high, paths=f"{2**blocks:,}",
                        share=percent(paths.share(blocks, low, high))))  # fmt: skip
    paper_comparison.compare(
        t("diagrams.paths_paper"), t("diagrams.paths_agrees", share=percent(paths.share(MAX_BLOCKS, *EFFECTIVE))), None
    )
    code_export.offer(view, lambda _: scripts.paths(blocks, low, high))


def choose(here: int) -> tuple[int, int, int]:
    """Draw the widgets; return the number of blocks and the range of path lengths to sum."""
    with st.container(horizontal=True, gap="large"):
        blocks = linked.slider(t("diagrams.paths_blocks"), range(1, max(here, MAX_BLOCKS) + 1), key="paths_blocks",
                               default=here, on_change=reset_range)  # fmt: skip
        usual = EFFECTIVE if blocks == MAX_BLOCKS else (blocks // 2 - blocks // 8, blocks - blocks // 2 + blocks // 8)
        low = url_state.restore("paths_low", range(blocks + 1), usual[0])
        high = url_state.restore("paths_high", range(low, blocks + 1), max(low, usual[1]))
        st.session_state.paths_range = (low, high)
        st.slider(t("diagrams.paths_range"), 0, blocks, key="paths_range", on_change=keep_range)
    url_state.keep(paths_low=low, paths_high=high)
    return blocks, low, high


def reset_range() -> None:
    """Reset the range of lengths, which depends on the number of blocks."""
    url_state.forget("paths_low", "paths_high")


def keep_range() -> None:
    st.session_state.paths_low, st.session_state.paths_high = st.session_state.paths_range


def draw_tree(blocks: int) -> None:
    words = f"{2**blocks:,}"
    if blocks > diagram_paths.MOST_DRAWN:
        st.info(t("diagrams.paths_too_many", blocks=blocks, paths=words, most=diagram_paths.MOST_DRAWN))
        return
    spec = chart_view.cached_spec(blocks, diagram_paths.tree, blocks, t, dark=style.is_dark())
    chart_view.show(t("charts.tree"), spec, key="diagram_tree", alt=t("diagrams.tree_alt", paths=words))
    st.caption(t("diagrams.paths_tree_said"))


def percent(share: float) -> str:
    return f"{number(100 * share)}%"
