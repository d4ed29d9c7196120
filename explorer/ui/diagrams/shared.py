"""Shared by the parts: model costs, the network's diagram, and the source step of an operation."""

from collections.abc import Collection, Hashable, Mapping
from contextlib import suppress

from explorer.analysis import model_costs, source
from explorer.analysis.model_costs import ModelCosts
from explorer.models import loading
from explorer.models.network import Network
from explorer.plots import diagram_stream
from explorer.ui.layout import style
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view
from explorer.ui.widgets.chart_view import Spec
from explorer.ui.words import t


def costs_of(view: View) -> ModelCosts:
    return _costs_of(view.network_key, view.network)


@memory.shared
def _costs_of(network_key: Hashable, _network: Network) -> ModelCosts:
    return model_costs.compute(_network)


@memory.shared
def outline(name: str, classes: int, input_px: int) -> ModelCosts:
    """Costs of a network, built without weights: for this input, or its own size if it takes no other."""
    network = loading.outline(name, classes)
    if input_px != network.preprocess.input_px:
        with suppress(Exception):  # raised by the network's code, such as a transformer's for tokens of a fixed number
            return model_costs.compute(network, input_px)
    return model_costs.compute(network)


def network_spec(
    costs: ModelCosts, chosen: str, key: Hashable = (), values: Mapping[str, float] | None = None, scale: str = "",
    unfolded: Collection[str] | None = None, named: Collection[str] = (),
) -> Spec:  # fmt: skip
    """The diagram of a network. `key` must determine `values`, which colour its blocks."""
    return chart_view.cached_spec(
        (costs.network, costs.input_px, costs.total, list(costs.blocks), chosen, key, unfolded, named),
        diagram_stream.network, costs, t, dark=style.is_dark(), values=values, scale=scale, chosen=chosen,
        unfolded=unfolded, named=named,
    )  # fmt: skip


def shape(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))


def step_of(network: Network, block: str, op: str) -> str:
    """The step on the page Source that runs the call `op`: the innermost one, as `downsample.0` is within
    `downsample`; none of a call that the source does not show."""
    steps = [step.id for step in source.walk(network, block) if op in step.nodes and "/" not in step.id]
    return steps[-1] if steps else ""
