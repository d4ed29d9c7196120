"""The gradient of the loss at every block's input, with the shortcuts and without them."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.trace import Edit, drop, trace
from explorer.models.network import Network, check_finite


@dataclass(frozen=True)
class Gradients:
    """The cross entropy `loss`, and the Euclidean norm of its gradient at the input of each block, by the block's path.

    A norm is over all values of the tensor, whose number differs from stage to stage.
    """

    loss: float
    norms: dict[str, float]


def target(network: Network, label: str | None, logits: Tensor) -> tuple[int, bool]:
    """The class that the loss asks for, and whether it is the picture's true `label`: else the predicted one.

    `logits` (classes,) are the network's answer. Raises WeightsError where they are not finite.
    """
    check_finite(logits)
    return (network.labels.index(label), True) if label in network.labels else (int(logits.argmax()), False)


def measure(network: Network, x: Tensor, wanted: int, *, cut: bool = False) -> Gradients:
    """Gradients of the loss of class `wanted` for one input `x` (1, 3, H, W).

    With `cut`, zeros enter every addition in place of the shortcut: the same weights, which were not trained to be used
    so. A plain network is another thing: see `at_init`.
    """
    nudges: dict[str, Tensor] = {}

    def nudge(path: str) -> Edit:
        """Adds a zero whose gradient is that of what it is added to."""

        def edit(value: Tensor) -> Tensor:
            nudges[path] = torch.zeros_like(value, requires_grad=True)
            return value + nudges[path]

        return edit

    blocks = network.graph.blocks
    edits = {block.input: nudge(path) for path, block in blocks.items()}
    if cut:
        edits |= {f"{path}.shortcut": drop() for path in blocks}
    logits = trace(network, x, keep=(), edits=edits, gradients=True).logits
    loss = F.cross_entropy(logits, torch.tensor([wanted]))
    found = torch.autograd.grad(loss, list(nudges.values()))
    norms = {path: float(torch.linalg.vector_norm(gradient)) for path, gradient in zip(nudges, found, strict=True)}
    return Gradients(float(loss.detach()), norms)


def with_and_without(
    network: Network, x: Tensor, wanted: int
) -> Generator[tuple[int, int], None, tuple[Gradients, Gradients]]:
    """`measure` with the shortcuts, then with all of them cut: yields (done, in all) after each."""
    kept = measure(network, x, wanted)
    yield 1, 2
    cut = measure(network, x, wanted, cut=True)
    yield 2, 2
    return kept, cut


def first_to_last(norms: Iterable[float]) -> float:
    """How many times the last block's gradient the first block gets; 0 where the last gets none."""
    first, *_, last = norms
    return first / last if last else 0.0
