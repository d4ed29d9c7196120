"""A network to fine-tune: its new head, the layers after the features, and the parts of its backbone."""

from dataclasses import dataclass

from torch import nn

from explorer.models.preprocessing import Preprocessing


@dataclass(frozen=True)
class Learner:
    """A network to train, in train mode, owned by the caller.

    `head` is the path of the last layer with weights, newly initialised, with a logit for each of `labels`; the rest is
    the backbone. `preprocess` converts pictures to its input. `parts` are the paths of the backbone's blocks, in order;
    some weights may be outside them (the stem).
    """

    name: str
    module: nn.Module
    head: str
    labels: tuple[str, ...]
    preprocess: Preprocessing
    parts: tuple[str, ...]

    @property
    def tail(self) -> nn.Module:
        """The layers from the head's input to logits (N, classes). They share the head's weights."""
        layer = self.module.get_submodule(self.head)
        if isinstance(layer, nn.Linear):
            return layer
        above, _, own = self.head.rpartition(".")
        after = list(self.module.get_submodule(above).named_children())
        place = [name for name, _ in after].index(own)
        return nn.Sequential(*(child for _, child in after[place:]), nn.Flatten())


def new_head(old: nn.Module, classes: int) -> nn.Module:
    """A layer of the same type as the head `old`, with random weights and `classes` outputs."""
    if isinstance(old, nn.Conv2d):  # SqueezeNet: 1x1, a map per class, averaged afterwards
        return nn.Conv2d(old.in_channels, classes, old.kernel_size)  # type: ignore[arg-type]
    assert isinstance(old, nn.Linear)
    return nn.Linear(old.in_features, classes)


def parts(module: nn.Module, head: str) -> tuple[str, ...]:
    """Paths of the parts of a network's backbone.

    Descends into containers, and into modules that hold the head or over 90% of the weights; any other module with
    weights is a part.
    """
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
