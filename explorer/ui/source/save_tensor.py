"""Save the maps of the tensor at a line of the source as one figure."""

from explorer.analysis import maps
from explorer.analysis.source import Step
from explorer.plots import pictures
from explorer.plots.figure_files import Tile
from explorer.ui.source import place
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import save_menu
from explorer.ui.words import t

LEADING = 8  # channels, if none is picked


def offer(view: View, block: str, step: Step) -> None:
    """Draw the menu for the tensor after `step`: its picked channels, else those with most contrast."""
    traced = cache.block_trace(view.key, block, view.network, view.x)
    found = maps.as_maps(view.network.graph, step.tensor, traced[step.tensor])[0]
    picked = [channel for channel in place.channels() if channel < len(found)]
    shown = picked or pictures.leading_channels([found], LEADING)
    scale = pictures.common_scale([found[shown]])
    tiles = [Tile(pictures.map_png(found[channel], scale), (f"#{channel}",)) for channel in shown]
    sizes = " × ".join(map(str, found.shape))
    title = t("source.figure", block=block, statement=step.statement, shape=sizes, count=len(shown))
    save_menu.draw_for_tiles(title, lambda: tiles, save_menu.legend(scale), "tensor")
