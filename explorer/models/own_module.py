"""A module of the user's own as a Network: copied, in eval mode, traced."""

from collections.abc import Sequence
from copy import deepcopy

from torch import nn
from torchvision.models import ResNet

from explorer.core.errors import WeightsError
from explorer.models.cifar_resnet import CifarResNet
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.own import PRESETS
from explorer.models.preprocessing import Preprocessing


def as_network(module: nn.Module, preprocess: Preprocessing | str | None = None, labels: Sequence[str] = ()) -> Network:
    """A Network of a copy of `module`, a torchvision ResNet or a CifarResNet, on the CPU in float32.

    `preprocess` is a key of PRESETS; None guesses by the stem: ImageNet's for 7x7, CIFAR's at 32 px for 3x3. `labels`
    are the classes in the order of the logits; without them they are numbered. Raises WeightsError.
    """
    if not isinstance(module, ResNet | CifarResNet):
        raise WeightsError("errors.module_kind", kind=type(module).__name__)
    own = deepcopy(module).cpu().float().eval().requires_grad_(False)
    guess = "imagenet" if own.conv1.kernel_size[0] > 3 else "cifar"
    if isinstance(preprocess, str) and preprocess not in PRESETS:
        raise WeightsError("errors.preset_unknown", preset=preprocess, allowed=", ".join(PRESETS))
    chosen = preprocess if isinstance(preprocess, Preprocessing) else PRESETS[preprocess or guess]
    classes = own.fc.out_features
    if labels and len(labels) != classes:
        raise WeightsError("errors.labels_count", got=len(labels), classes=classes)
    origin = "network.origin_module" if preprocess else "network.origin_module_guessed"
    names = tuple(labels) or tuple(map(str, range(classes)))
    facts = {"kind": type(module).__name__, "classes": classes, "guess": guess}
    return Network(type(module).__name__, "own", own, names, chosen, Graph(deepcopy(own).to("meta")), origin, facts)
