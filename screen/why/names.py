"""What the networks of the experiment are called."""

from collections.abc import Iterable

from explorer.network.cifar_resnet import Design
from screen.words import say


def name(design: Design) -> str:
    """`plain-56`, `ResNet-56`, and how it differs from the paper's."""
    kind = "preact" if design.preact else "residual" if design.residual else "plain"
    parts = [say(f"why.name_{kind}", depth=design.depth)]
    if design.shortcut not in ("identity", "none"):
        parts.append(say(f"why.short_{design.shortcut}"))
    if design.projection:
        parts.append(say("why.short_b"))
    return " · ".join(parts)


def ordered(designs: Iterable[Design]) -> list[Design]:
    """The shallowest first, plain before residual, identity before the other shortcuts."""
    return sorted(
        set(designs), key=lambda d: (d.depth, d.residual, d.shortcut != "identity", d.shortcut, d.preact, d.projection)
    )
