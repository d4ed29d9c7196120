"""Gradient norms of the loss at every block's input, with and without shortcuts."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.trace import Edit, drop, trace
from explorer.models.network import Network, check_finite


@dataclass(frozen=True)
class Gradients:
    """Cross-entropy `loss`, and the Euclidean norm of its gradient at each block's input, by the block's path.

    A norm is over all values of the tensor; their number differs between stages.
    """

    loss: float
    norms: dict[str, float]


def target(network: Network, label: str | None, logits: Tensor) -> tuple[int, bool]:
    """Target class of the loss, and whether it is the true `label`; if the network lacks it, the predicted class.

    `logits` is (classes,). Raises WeightsError if they are not finite.
    """
    check_finite(logits)
    return (network.labels.index(label), True) if label in network.labels else (int(logits.argmax()), False)


def measure(network: Network, x: Tensor, wanted: int, *, cut: bool = False) -> Gradients:
    """Gradients of the loss with target class `wanted` for one input `x` (1, 3, H, W).

    With `cut`, zeros replace every shortcut; the weights were not trained for that. For plain networks see `at_init`.
    """
    edits = {f"{path}.shortcut": drop() for path in network.graph.blocks} if cut else {}
    loss, gradients = at_inputs(network, x, wanted, edits)
    return Gradients(loss, {path: float(torch.linalg.vector_norm(each)) for path, each in gradients.items()})


def at_inputs(
    network: Network, x: Tensor, wanted: int, edits: Mapping[str, Edit] | None = None
) -> tuple[float, dict[str, Tensor]]:
    """The loss, and its gradient at each block's input, by the block's path. `edits` are those of `trace`."""
    nudges: dict[str, Tensor] = {}

    def nudge(name: str) -> Edit:
        """Add zeros that require a gradient: theirs equals the gradient of the edited tensor."""

        def edit(value: Tensor) -> Tensor:
            nudges[name] = torch.zeros_like(value, requires_grad=True)
            return value + nudges[name]

        return edit

    blocks = network.graph.blocks
    nudged = {block.input: nudge(block.input) for block in blocks.values()}
    logits = trace(network, x, keep=(), edits={**nudged, **(edits or {})}, gradients=True).logits
    loss = F.cross_entropy(logits, torch.tensor([wanted]))
    gradients = torch.autograd.grad(loss, list(nudges.values()), materialize_grads=True)
    found = dict(zip(nudges, gradients, strict=True))
    return float(loss.detach()), {path: found[block.input] for path, block in blocks.items()}


def with_and_without(
    network: Network, x: Tensor, wanted: int
) -> Generator[tuple[int, int], None, tuple[Gradients, Gradients]]:
    """`measure` with the shortcuts, then with all of them cut. Yields (done, total)."""
    kept = measure(network, x, wanted)
    yield 1, 2
    cut = measure(network, x, wanted, cut=True)
    yield 2, 2
    return kept, cut


def first_to_last(norms: Iterable[float]) -> float:
    """Ratio of the first to the last norm; 0 if the last is 0."""
    first, *_, last = norms
    return first / last if last else 0.0
