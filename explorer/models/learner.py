"""A network to fine-tune: its new head, what leads to it, and the parts of its backbone."""

from dataclasses import dataclass

from torch import nn

from explorer.models.preprocessing import Preprocessing


@dataclass(frozen=True)
class Learner:
    """A network for a caller of its own, in train mode.

    `head` is the path of its last layer with weights, which is new and gives a logit for each of `labels`; the rest is
    the backbone. `preprocess` is how it sees pictures. `parts` are the paths of the blocks that the backbone is made
    of, in order; some weights may belong to none (the stem).
    """

    name: str
    module: nn.Module
    head: str
    labels: tuple[str, ...]
    preprocess: Preprocessing
    parts: tuple[str, ...]

    @property
    def tail(self) -> nn.Module:
        """From what reaches the head to logits (N, classes). It shares the head's weights."""
        layer = self.module.get_submodule(self.head)
        if isinstance(layer, nn.Linear):
            return layer
        above, _, own = self.head.rpartition(".")
        after = list(self.module.get_submodule(above).named_children())
        place = [name for name, _ in after].index(own)
        return nn.Sequential(*(child for _, child in after[place:]), nn.Flatten())


def new_head(old: nn.Module, classes: int) -> nn.Module:
    """A layer like the head `old`, with random weights, for another number of classes."""
    if isinstance(old, nn.Conv2d):  # SqueezeNet's, 1x1: a map of each class, averaged afterwards
        return nn.Conv2d(old.in_channels, classes, old.kernel_size)  # type: ignore[arg-type]
    assert isinstance(old, nn.Linear)
    return nn.Linear(old.in_features, classes)


def parts(module: nn.Module, head: str) -> tuple[str, ...]:
    """The parts of a network's backbone, as paths: containers are opened, and whatever holds the head or nearly all
    weights; every other module with weights is a part."""
    whole = _size(module)

    def inside(path: str, module: nn.Module) -> list[str]:
        found = []
        for name, child in module.named_children():
            inner, size = f"{path}{name}", _size(child)
            if inner == head or not size:
                continue
            container = type(child) in (nn.Sequential, nn.ModuleList)
            opened = container or head.startswith(f"{inner}.") or size > 0.9 * whole
            found += inside(f"{inner}.", child) if opened and any(child.children()) else [inner]
        return found

    return tuple(inside("", module))


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
