"""What a report says of a network's design: its residual additions, and the sides at which its convolutions work."""

from dataclasses import dataclass
from functools import lru_cache

from explorer.core import local_networks
from explorer.models import loading, registry


@dataclass(frozen=True)
class Structure:
    """The design of a network for pictures of one size.

    `residuals` is the number of its residual additions (`models.residuals`). `sides` are the sides in pixels of the
    feature maps of its convolutions, from the first to the last stage: (16, 8, 4, 2, 1) for a resnet18 at 32 px. They
    are empty for a network with attention, whose tokens are no such maps.
    """

    residuals: int
    sides: tuple[int, ...]


@lru_cache(maxsize=64)
def structure(network: str, image_px: int) -> Structure | None:
    """The design of a network that accepts pictures of `image_px`.

    None for a network that this installation does not have, and for a file of the user's own.
    """
    if local_networks.is_own(network) or not registry.is_known(network):
        return None
    graph = loading.graph_of(network, 10, image_px)
    additions = graph.found.residuals
    if any(addition.mixer == "attention" for addition in additions):
        return Structure(len(additions), ())
    sides: list[int] = []
    for call in reversed(graph.tape.calls):  # squeeze-and-excite looks at 1 x 1 between larger maps: these are left out
        if call.name == "conv2d" and (not sides or call.shapes[0][-1] > sides[-1]):
            sides.append(call.shapes[0][-1])
    return Structure(len(additions), tuple(reversed(sides)))
