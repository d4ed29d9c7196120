"""Attribution of a class to regions of a picture: Grad-CAM, and integrated gradients by Captum.

Both run traces, which need no hooks. Captum is imported lazily, because it imports matplotlib.
"""

import copy
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
import torch
from torch import Tensor, nn

from explorer.analysis import features
from explorer.analysis.features import maps_of, milestones, node_name, stem, tensor_name
from explorer.analysis.maps import layout
from explorer.analysis.trace import Edit, trace
from explorer.models.graph import Graph, Node
from explorer.models.network import Network
from explorer.models.seeding import drawn_from

METHODS = ("grad_cam", "grad_cam_pp", "integrated_gradients")
STEPS = 8  # Gauss-Legendre points of each piece of the path from the baseline
PIECES = (4, 8, 16, 32, 64)  # of the path: as many as make the error small enough, in this order
MAX_GAP = 0.01  # accepted error of completeness, as a share of the difference of the logits
ENOUGH_CELLS = 16  # for a correlation: two maps of 2x2 may agree by chance


PICKS = ("getitem", "select", "index_select", "narrow")


@dataclass(frozen=True)
class Attribution:
    """Maps (h, w) by place: `input`, the end of the stem, the stages. Grad-CAM has no map at the input.

    Grad-CAM maps are >= 0. Maps of integrated gradients are signed, in logits, summed over channels; `apart` is the
    sum over the tokens that are not in the map, such as the class token. `logit` is the class's logit for the picture,
    `baseline` its logit for an input of zeros (the data set's mean colour). `points` is the number of points at which
    integrated gradients sampled the path of each place.
    """

    maps: dict[str, Tensor]
    logit: float
    baseline: float
    apart: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)


def places(network: Network) -> dict[str, str]:
    """Stem's end and `milestones` -> tensor names: where values lie as in the picture and decide the logits."""
    graph = network.graph
    end = _reads_one_token(graph)

    def counts(place: str) -> bool:
        name = node_name(network, tensor_name(network, place))
        return features.has_maps(network, place) and (end is None or graph.nodes[name].index < end)

    first = {place: place for place in stem(network)[-1:] if counts(place)}
    return first | milestones(network, [part for part in graph.parts if counts(part)])


def reads_class_token(network: Network) -> bool:
    """Whether the logits depend, after the last attention, on one token without a place in the picture."""
    return _reads_one_token(network.graph) is not None


def _reads_one_token(graph: Graph) -> int | None:
    """The index of the last attention, if only one token after it, such as the class token, decides the logits."""
    mixing = [node.index for node in graph.nodes.values() if _is_attention(node)]
    if not mixing:
        return None
    after = [node for node in graph.nodes.values() if node.index > mixing[-1] and node.kind in PICKS]
    tokens = (layout(graph, node.inputs[0]).extra and len(node.shape) == 2 for node in after if node.inputs)
    return mixing[-1] if any(tokens) else None


def _is_attention(node: Node) -> bool:
    function = node.call.name if node.call else ""
    return "attention" in function or (function == "softmax" and len(node.shape) > 2)


def attribute(
    network: Network, x: Tensor, method: str, class_index: int
) -> Generator[tuple[int, int], None, Attribution]:
    """Attribution maps of class `class_index` for `x` (1, 3, H, W) by one of METHODS. Yields (pieces done, total)."""
    if method == "integrated_gradients":
        return (yield from integrated_gradients(network, x, class_index))
    return grad_cam(network, x, method, class_index)


def grad_cam(network: Network, x: Tensor, method: str, class_index: int) -> Attribution:
    """Grad-CAM (Selvaraju et al. 2017, eq. 1 and 2) or Grad-CAM++ for all places, in one pass."""
    names, lifts = places(network), {}

    def lift(name: str) -> Edit:
        """Add zeros that require a gradient: theirs equals the gradient of the edited tensor."""

        def edit(value: Tensor) -> Tensor:
            lifts[name] = torch.zeros_like(value, requires_grad=True)
            return value + lifts[name]

        return edit

    edits = {name: lift(name) for name in names.values()}
    run = trace(network, x, keep=names.values(), edits=edits, gradients=True)
    slopes = torch.autograd.grad(run.logits[0, class_index], [lifts[name] for name in names.values()])
    maps = {}
    for (place, name), slope in zip(names.items(), slopes, strict=True):
        value, slope = (maps_of(network, x, name, each.detach()) for each in (run[name], slope))
        maps[place] = (_plus_plus if method == "grad_cam_pp" else _cam)(value, slope)[0]
    return Attribution(maps, *_logits(network, x, class_index))


def _cam(value: Tensor, slope: Tensor) -> Tensor:
    """Grad-CAM of maps and gradients (N, C, H, W): (N, H, W)."""
    return (slope.mean((2, 3), keepdim=True) * value).sum(1).relu()


def _plus_plus(value: Tensor, slope: Tensor) -> Tensor:
    """Grad-CAM++ (Chattopadhay et al. 2018, eq. 10 and 19) of maps and gradients (N, C, H, W): (N, H, W).

    Only positive gradients count; for those the paper's g² / (2g² + g³ ΣA) equals 1 / (2 + g ΣA).
    """
    rising = slope.relu()
    weight = (rising / (2 + rising * value.sum((2, 3), keepdim=True))).sum((2, 3), keepdim=True)
    return (weight * value).sum(1).relu()


def _logits(network: Network, x: Tensor, class_index: int) -> tuple[float, float]:
    """Logits of the class for `x` and for an input of zeros."""
    both = trace(network, torch.cat([x, torch.zeros_like(x)]), keep=()).logits[:, class_index]
    return float(both[0]), float(both[1])


def integrated_places(network: Network) -> dict[str, str]:
    """The input and those of `places` through which everything passes -> tensor names."""
    open_at = network.graph.passages
    return {"input": "input"} | {
        place: name for place, name in places(network).items() if node_name(network, name) in open_at
    }


def integrated_gradients(
    network: Network, x: Tensor, class_index: int
) -> Generator[tuple[int, int], None, Attribution]:
    """Integrated gradients (Sundararajan et al. 2017, eq. 1) by Gauss-Legendre quadrature.

    At a stage the straight path leads from the maps of an input of zeros to those of `x`. It is sampled at more points
    until the sum is within MAX_GAP of the difference of the logits, at most at 512. Yields (pieces done, total), where
    the total grows with the points.
    """
    from captum.attr import IntegratedGradients  # type: ignore[import-untyped]

    names = integrated_places(network)
    ends = trace(network, torch.cat([torch.zeros_like(x), x]), keep=names.values())
    logit, baseline = _logits(network, x, class_index)
    maps: dict[str, Tensor] = {}
    apart: dict[str, float] = {}
    points: dict[str, int] = {}
    done = 0
    for place, name in names.items():
        method = IntegratedGradients(_logits_from(network, name))
        start, end = ends[name].chunk(2)
        for pieces in PIECES:
            later = PIECES[0] * (len(names) - len(maps) - 1)
            total, whole = done + pieces + later, torch.zeros_like(end)
            for k in range(pieces):
                here, there = (start + (end - start) * share / pieces for share in (k, k + 1))
                whole += method.attribute(there, here, target=class_index, n_steps=STEPS).detach()
                done += 1
                yield done, total
            if abs(float(whole.sum()) - (logit - baseline)) <= MAX_GAP * abs(logit - baseline):
                break
        points[place] = pieces * STEPS
        maps[place] = maps_of(network, x, name, whole)[0].sum(0)
        if layout(network.graph, name).extra:
            apart[place] = float(whole.sum() - maps[place].sum())
    return Attribution(maps, logit, baseline, apart, points)


def _logits_from(network: Network, name: str) -> Callable[[Tensor], Tensor]:
    """The function from the maps at `name` to the logits."""
    return lambda value: trace(network, value, keep=(), after=name, gradients=True).logits


def untrained(network: Network, seed: int = 0) -> Network:
    """The same architecture with random weights, in eval mode.

    Convolutions are initialised as in torchvision's ResNet, torch's other layers by torch's default, and weights that
    belong to no layer of torch's, such as a class token, from a normal distribution (std 0.02), as in ViT.
    """
    module = copy.deepcopy(network.module)
    with drawn_from(seed), torch.no_grad():
        for inner in module.modules():
            reset = getattr(type(inner), "reset_parameters", getattr(type(inner), "_reset_parameters", None))
            if isinstance(inner, nn.Conv2d):
                nn.init.kaiming_normal_(inner.weight, mode="fan_out", nonlinearity="relu")
                if inner.bias is not None:
                    nn.init.zeros_(inner.bias)
            elif reset is not None and reset.__module__.startswith("torch.nn."):
                reset(inner)
            else:
                for weight in inner.parameters(recurse=False):
                    nn.init.trunc_normal_(weight, std=0.02)
    return replace(network, module=module)


def sanity_check(
    network: Network, x: Tensor, method: str, class_index: int, attribution: Attribution
) -> Generator[tuple[int, int], None, tuple[Attribution, dict[str, float | None]]]:
    """Maps of the untrained network, and their rank correlation with `attribution` (Adebayo et al. 2018, section 3).

    Spearman's correlation of the magnitudes, -1..1, by place; None for a map with fewer than ENOUGH_CELLS cells or with
    a single distinct value.
    """
    other = yield from attribute(untrained(network), x, method, class_index)
    pairs = {place: (cells.abs(), other.maps[place].abs()) for place, cells in attribution.maps.items()}
    return other, {place: _rank_correlation(*pair) for place, pair in pairs.items()}


def _rank_correlation(first: Tensor, second: Tensor) -> float | None:
    one, other = (pd.Series(cells.flatten().numpy()).rank() for cells in (first, second))
    if len(one) < ENOUGH_CELLS or one.nunique() == 1 or other.nunique() == 1:
        return None
    return float(one.corr(other))
