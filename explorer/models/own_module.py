"""A module of the user's own as a Network: copied, in eval mode, traced."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import nn
from torchvision.models import ResNet

from explorer.core.errors import ExplorerError, WeightsError
from explorer.models.cifar_resnet import CifarResNet
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.own import PRESETS
from explorer.models.preprocessing import Preprocessing


def as_network(
    module: nn.Module, preprocess: Preprocessing | str | None = None, labels: Sequence[str] | None = ()
) -> Network:
    """A Network of a copy of `module`, a torchvision ResNet or a CifarResNet, on the CPU in float32.

    `preprocess` is a key of PRESETS; None guesses by the stem: ImageNet's for 7x7, CIFAR's at 32 px for 3x3. `labels`
    are the classes in the order of the logits; without them they are numbered. Raises WeightsError, also for a module
    with hooks, which a trace would not run.
    """
    if not isinstance(module, ResNet | CifarResNet):
        raise WeightsError("errors.module_kind", kind=type(module).__name__)
    kind = type(module).__name__
    if hooked := next((path or kind for path, inner in module.named_modules() if _has_hooks(inner)), None):
        raise WeightsError("errors.module_hooks", module=hooked)
    if preprocess is not None and not isinstance(preprocess, Preprocessing) and str(preprocess) not in PRESETS:
        raise WeightsError("errors.preset_unknown", preset=str(preprocess), allowed=", ".join(PRESETS))
    with own_errors(kind):
        own = deepcopy(module).cpu().float().eval().requires_grad_(False)
        graph = Graph.of(own)
        stem = next(inner for inner in own.modules() if isinstance(inner, nn.Conv2d))
        guess = "imagenet" if stem.kernel_size[0] > 3 or stem.stride[0] > 1 else "cifar"
        chosen = preprocess if isinstance(preprocess, Preprocessing) else PRESETS[preprocess or guess]
        classes = _classes(own, chosen.input_px)
    names = tuple(map(str, () if labels is None else labels))
    if names and len(names) != classes:
        raise WeightsError("errors.labels_count", got=len(names), classes=classes)
    origin = "network.origin_module" if preprocess else "network.origin_module_guessed"
    names = names or tuple(map(str, range(classes)))
    facts = {"kind": kind, "classes": classes, "guess": guess}
    return Network(kind, "own", own, names, chosen, graph, origin, facts)


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


def _has_hooks(module: nn.Module) -> bool:
    """Whether calling the module runs more than its `forward`."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _classes(own: nn.Module, input_px: int) -> int:
    """The number of logits; what stands in for `fc` is run."""
    if isinstance(own.fc, nn.Linear):
        return own.fc.out_features
    with torch.no_grad():
        return int(own(torch.zeros(1, 3, input_px, input_px)).shape[1])
