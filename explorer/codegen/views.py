"""Views as programs in plain torch and torchvision that compute the tensor on screen; shared parts of programs.

CIFAR networks are not in torchvision: programs import their definition from `cifar_resnet`, and the reader of a user's
file whose tensors have other names.
"""

import re
import textwrap
from collections.abc import Sequence

import torchvision

from explorer.analysis.source import WHOLE, Step
from explorer.core import settings
from explorer.models import weight_files
from explorer.models.cifar_resnet import CifarResNet, Design
from explorer.models.network import Network
from explorer.models.preprocessing import Preprocessing
from explorer.models.registry import IMAGENET

_IMPORTS = {
    "gzip": "import gzip",
    "torch": "import torch",
    "torchvision": "import torchvision",
    "timm": "import timm",
    "combinations": "from itertools import combinations",
    "comb": "from math import comb",
    "Path": "from pathlib import Path",
    "Random": "from random import Random",
    "contributions": "from explorer.analysis.features import contributions",
    "maps_of": "from explorer.analysis.features import maps_of",
    "trace": "from explorer.analysis.trace import trace",
    "drop": "from explorer.analysis.trace import drop",
    "scale": "from explorer.analysis.trace import scale",
    "replace": "from explorer.analysis.trace import replace",
    "load_network": "from explorer.models.loading import load as load_network",
    "load_checkpoint": "from explorer.models.loading import load_checkpoint",
    "Choice": "from explorer.models.own import Choice",
    "Design": "from explorer.models.cifar_resnet import Design",
    "Image": "from PIL import Image",
    "load": "from safetensors.torch import load",
    "load_file": "from safetensors.torch import load_file",
    "nn": "from torch import nn",
    "F": "from torch.nn import functional as F",
    "TF": "from torchvision.transforms import functional as TF",
}


def prediction(network: Network, file: str) -> str:
    """A program that prints the up to five most probable classes of the picture `file` and their probabilities."""
    return program(
        built(network),
        image(network.preprocess, file),
        f"with torch.no_grad():\n    logits = {answers(network, 'image')}",
        f"probabilities, classes = logits.softmax(1)[0].topk({min(5, len(network.labels))})\n"
        "print(classes.tolist(), probabilities.tolist())",
    )


def walk(network: Network, block: str, steps: Sequence[Step], step: Step, file: str) -> str:
    """A program that runs `block` (or WHOLE) on the picture `file` line by line, as torchvision does, up to `step`.

    For networks that programs cannot write out, it takes the tensor of `step` from a trace. For a step inside a call it
    ends with the call's line. Prints shape, mean and standard deviation of the last tensor.
    """
    if not is_written_out(network):
        return program(
            loaded(network),
            image(network.preprocess, file),
            f"out = trace(network, image, keep=[{step.tensor!r}])[{step.tensor!r}]",
            "print(tuple(out.shape), out.mean().item(), out.std(correction=0).item())",
        )
    done = [other for other in steps[: steps.index(step) + 1] if other.depth == 0]
    lines = [other.statement for other in done if other.kind not in ("test", "return")]
    shown = next((other.variable for other in reversed(done) if other.variable), "x")
    if done[-1].kind == "return":
        shown = done[-1].statement.removeprefix("return ")
        if not shown.isidentifier():
            lines.append(f"out = {shown}")
            shown = "out"
    owner, start = ("model", "x = image") if block == WHOLE else ("block", "model(image)\nx = inputs[0]")
    body = "\n".join([start, *lines]).replace("self.", f"{owner}.")
    return program(
        model(network),
        image(network.preprocess, file),
        "" if block == WHOLE else catch(block),
        "with torch.no_grad():\n" + textwrap.indent(body, "    "),
        f"print(tuple({shown}.shape), {shown}.mean().item(), {shown}.std(correction=0).item())",
    )


def program(*parts: str) -> str:
    """Join `parts` with empty lines, after the imports that they need."""
    code = "\n\n".join(part for part in parts if part)
    imports = (line for name, line in _IMPORTS.items() if re.search(rf"(?<!\.)\b{name}\b", code))
    return "\n".join(imports) + f"\n\n{code}\n"


def model(network: Network) -> str:
    """Code that builds `model`, with its weights, in eval mode."""
    facts, cifar = network.facts, Design.named(network.name) is not None
    build = f"Design.named({network.name!r}).build" if cifar else f"torchvision.models.{network.name}"
    if network.weights == "random":
        return f"torch.manual_seed({facts['seed']})\nmodel = {build}().eval()"
    if network.weights in IMAGENET:
        return f"model = {build}(weights={facts['member']!r}).eval()"
    if facts.get("adapted"):  # other names, or other entries beside the weights: plain torch cannot read it in a line
        given = [f"{key}={facts[key]!r}" for key in ("part", "padding") if facts[key]]
        choice = f", Choice({', '.join(given)})" if given else ""
        arguments = f"{network.name!r}, Path({str(facts['file'])!r}).read_bytes(), {str(facts['file'])!r}{choice}"
        return f"model = load_checkpoint({arguments}).module"
    lines = [f"model = {build}(num_classes={len(network.labels)}).eval()"]
    if not cifar and network.module.state_dict()["conv1.weight"].shape[-1] == 3:  # a small stem
        lines += ["model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)", "model.maxpool = nn.Identity()"]
    file = str(facts["file"]) if network.weights == "own" else bundled(network.name, network.weights)
    return "\n".join([*lines, f"model.load_state_dict({load(file)})"])


def is_written_out(network: Network) -> bool:
    """Whether programs can write the forward pass out: that of torchvision's ResNets and of CIFAR networks."""
    return isinstance(network.module, torchvision.models.ResNet | CifarResNet)


def loaded(network: Network) -> str:
    """Code that loads `network`, for programs that run it with `explorer.analysis.trace`."""
    facts = network.facts
    if network.weights != "own":
        seed = f", seed={facts['seed']}" if network.weights == "random" else ""
        return f"network = load_network({network.name!r}, {network.weights!r}{seed})"
    given = [f"{key}={facts[key]!r}" for key in ("part", "padding") if facts.get(key)]
    choice = f", Choice({', '.join(given)})" if given else ""
    file = str(facts["file"])
    return f"network = load_checkpoint({network.name!r}, Path({file!r}).read_bytes(), {file!r}{choice})"


def built(network: Network) -> str:
    """Code that builds `model`, or loads `network` where programs cannot write it out."""
    return model(network) if is_written_out(network) else loaded(network)


def answers(network: Network, x: str) -> str:
    """The expression of the logits for `x`, after `built`."""
    return f"model({x})" if is_written_out(network) else f"trace(network, {x}, keep=()).logits"


def stem(network: Network, x: str = "x", normed: str = "{}") -> str:
    """The expression of the first stage's input from `x`; `normed` is a format for the BatchNorm's output."""
    value = f"model.relu({normed.format(f'model.bn1(model.conv1({x}))')})"
    return f"model.maxpool({value})" if "maxpool" in network.graph.nodes else value


def head(network: Network) -> list[str]:
    """The modules after the last stage; maps are flattened before the last of them."""
    return [*(["model.last"] if "last.0" in network.graph.nodes else []), "model.avgpool", "model.fc"]


def read(network: Network, value: str) -> str:
    """The expression of the logits from `value`, the last stage's output."""
    *maps, last = head(network)
    for module in maps:
        value = f"{module}({value})"
    return f"{last}({value}.flatten(1))"


def stages(network: Network) -> list[str]:
    return list(dict.fromkeys(f"model.{path.partition('.')[0]}" for path in network.graph.parts))


def branch_end(network: Network) -> str:
    """The name of the last module of F(x) within each block."""
    kind = next(iter(network.graph.blocks.values())).kind
    return {"Bottleneck": "bn3", "PreactBlock": "conv2"}.get(kind, "bn2")


def has_variant(network: Network) -> bool:
    """Whether blocks have a module `variant` before the sum, which returns (shortcut, branch)."""
    return any(block.variant for block in network.graph.blocks.values())


def bundled(name: str, weights: str) -> str:
    """Path of bundled `weights`, relative to the repository; absolute if the app is not run from a repository."""
    file = weight_files.bundled(name, weights)
    repository = file.parents[1]
    is_seen = (repository / "explorer").is_dir() or settings.is_public()
    return file.relative_to(repository).as_posix() if is_seen else str(file)


def load(file: str) -> str:
    """The expression that loads a checkpoint, by its suffix."""
    if file.endswith(".safetensors.gz"):
        return f"load(gzip.open({file!r}).read())"
    return f"load_file({file!r})" if file.endswith(".safetensors") else f"torch.load({file!r}, weights_only=True)"


def image(preprocess: Preprocessing, file: str) -> str:
    """Code that reads the picture `file` as `image`, the network's input (1, 3, H, W)."""
    lines = [
        f"picture = Image.open({file!r}).convert('RGB')",
        f"image = TF.center_crop(TF.resize(picture, [{preprocess.resize_px}]), [{preprocess.crop_px}])",
        f"image = TF.normalize(TF.to_tensor(image), {preprocess.mean}, {preprocess.std})[None]",
    ]
    if preprocess.enlarge_px and preprocess.enlarge_px != preprocess.crop_px:
        size = (preprocess.enlarge_px, preprocess.enlarge_px)
        lines.append(f"image = F.interpolate(image, size={size}, mode='bilinear')")
    return "\n".join(lines)


def images(preprocess: Preprocessing, folder: str) -> str:
    """Code that reads the pictures of `folder`, one folder per class, as `images` (N, 3, H, W).

    `labels` (N,) are indices into `classes`, the folders' names, sorted.
    """
    size = preprocess.input_px
    lines = [
        "def prepared(picture):",
        f"    image = TF.center_crop(TF.resize(picture, [{preprocess.resize_px}]), [{preprocess.crop_px}])",
        f"    return TF.normalize(TF.to_tensor(image), {preprocess.mean}, {preprocess.std})",
        "",
        f"data = torchvision.datasets.ImageFolder({folder!r}, prepared)",
        "images, classes = torch.stack([image for image, _ in data]), data.classes",
        "labels = torch.tensor(data.targets)",
    ]
    if preprocess.enlarge_px and preprocess.enlarge_px != preprocess.crop_px:
        lines.append(f"images = F.interpolate(images, size=({size}, {size}), mode='bilinear')")
    return "\n".join(lines)


def catch(block: str) -> str:
    """Code that appends the input of `block` to `inputs`."""
    return (
        f"block = model.get_submodule({block!r})\n"
        "inputs = []\n"
        "block.register_forward_pre_hook(lambda module, given: inputs.append(given[0]))"
    )
