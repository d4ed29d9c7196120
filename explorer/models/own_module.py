"""A module of the user's own as a Network: copied, in eval mode, traced."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace

from torch import nn

from explorer.core.errors import ExplorerError, WeightsError
from explorer.models.graph import Graph, input_channels
from explorer.models.network import Network
from explorer.models.own import PRESETS
from explorer.models.preprocessing import Preprocessing

GUESSES = ("imagenet", "cifar64", "cifar")  # presets by the size of their pictures; the last first for a small stem


def as_network(
    module: nn.Module,
    preprocess: Preprocessing | str | None = None,
    labels: Sequence[str] | None = (),
    shape: Sequence[int] = (),
) -> Network:
    """A Network of a copy of `module`, on the CPU in float32.

    `preprocess` is a key of PRESETS; None guesses by the first convolution, and takes the first preset whose pictures
    the module's code accepts. `labels` are the classes in the order of the logits; without them they are numbered.
    `shape` is that of the input that it will get, if it is known. Raises WeightsError.
    """
    kind = type(module).__name__
    if preprocess is not None and not isinstance(preprocess, Preprocessing) and str(preprocess) not in PRESETS:
        raise WeightsError("errors.preset_unknown", preset=str(preprocess), allowed=", ".join(PRESETS))
    with own_errors(kind):
        own = deepcopy(module).cpu().float().eval().requires_grad_(False)
        guess, graph = _recorded(own, preprocess, shape)
    chosen = preprocess if isinstance(preprocess, Preprocessing) else PRESETS[guess]
    if graph.tape.shape[1] == 1:
        chosen = replace(chosen, channels=1)
    output = graph.nodes[graph.logits].shape
    if len(output) != 2:
        raise WeightsError("errors.module_output", shape=output, classes=len(labels or ()) or "N")
    classes = output[1]
    names = tuple(map(str, () if labels is None else labels))
    if names and len(names) != classes:
        raise WeightsError("errors.labels_count", got=len(names), classes=classes)
    origin = "network.origin_module" if preprocess else "network.origin_module_guessed"
    names = names or tuple(map(str, range(classes)))
    facts = {"kind": kind, "classes": classes, "guess": guess}
    return Network(kind, "own", own, names, chosen, graph, origin, facts)


def _recorded(own: nn.Module, preprocess: Preprocessing | str | None, shape: Sequence[int]) -> tuple[str, Graph]:
    """The preset, and the calls for a picture of its size, or of `shape`."""
    stem = next((inner for inner in own.modules() if isinstance(inner, nn.Conv2d)), None)
    small = stem is not None and stem.kernel_size[0] <= 3 and stem.stride[0] == 1
    guesses = [preprocess] if isinstance(preprocess, str) else GUESSES[::-1] if small else list(GUESSES)
    if shape:
        return guesses[0], Graph.of(own, shape)
    sizes = [preprocess.shape] if isinstance(preprocess, Preprocessing) else [PRESETS[name].shape for name in guesses]
    first: Exception | None = None
    for guess, (_, _, height, width) in zip(guesses, sizes, strict=False):
        try:
            return guess, Graph.of(own, (1, input_channels(own), height, width))
        except Exception as error:
            first = first or error
    assert first is not None
    raise first


@contextmanager
def own_errors(kind: str) -> Iterator[None]:
    """What a module of the user's own raises becomes a WeightsError: its code can raise anything."""
    try:
        yield
    except ExplorerError:
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError("errors.module_not_followed", kind=kind, reason=reason) from error
