"""A Python file of the user's own to fine-tune.

Whether it can be, and what it costs, is read off its tape: this process does not run the user's code for that. Only
`to_fine_tune`, in the process of a run, imports the file.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import nn

from explorer.core import local_networks
from explorer.core.errors import ExplorerError, RecipeError
from explorer.models import meta, own_code, own_network
from explorer.models.learner import Learner, new_head, parts
from explorer.models.own_file import OwnFile
from explorer.models.recorder import Call, Ref, Tape, Weight
from explorer.models.replayed import Replayed, weights_of
from explorer.models.seeding import drawn_from
from explorer.models.torch_private import OperationCounter

_AFTER: Final = ("log_softmax", "view", "reshape", "flatten", "squeeze", "contiguous", "float", "clone", "dropout")
"""Calls that may follow the head: they do not change which class is the largest, nor the loss."""


def head_path(name: str) -> str:
    """The path of the layer that gives the logits. Raises RecipeError for a network without a linear one."""
    found = own_network.opened(name)
    return path_of_head(found.tape_of(_meta(found, *found.input_shape[1:])), found.module, found.title)


def path_of_head(tape: Tape, module: nn.Module, title: str) -> str:
    """The module whose linear layer gives the logits of `tape`. Raises RecipeError."""
    call: Call | None = tape.calls[tape.logits.call]
    while call is not None and call.name in _AFTER and len(call.refs) == 1:
        call = _maker(tape, call.refs[0])
    after = call.name if call else "–"
    names = [leaf.name for leaf in call.arguments if isinstance(leaf, Weight)] if call and call.name == "linear" else []
    path = names[0].rpartition(".")[0] if names and names[0].endswith(".weight") else ""
    if not path or type(module.get_submodule(path)) is not nn.Linear:
        raise RecipeError("errors.own_train_head", file=title, last=after)
    weights = weights_of(module)
    twins = [name for name, each in weights.items() if each is weights[names[0]] and name != names[0]]
    elsewhere = [
        each.name for each in tape.calls
        if each.module != path and names[0] in {leaf.name for leaf in each.arguments if isinstance(leaf, Weight)}
    ]  # fmt: skip
    if twins or elsewhere:
        raise RecipeError("errors.own_train_shared", file=title, head=path)
    return path


def _maker(tape: Tape, ref: Ref) -> Call | None:
    return tape.calls[ref.call] if ref.call >= 0 else None


def check(name: str, image_px: int) -> None:
    """Raises RecipeError if the network cannot be trained on pictures of `image_px`; WeightsError for broken code."""
    found = own_network.opened(name)
    channels, height, width = found.input_shape
    if channels != 3:
        raise RecipeError("errors.own_train_channels", file=found.title, channels=channels)
    head_path(name)
    if not _takes(found, image_px):
        raise RecipeError("errors.own_train_size", file=found.title, px=image_px, size=f"{height} × {width}")
    if cost(name, image_px, found.classes + 1) is None:
        raise RecipeError("errors.own_train_classes", file=found.title, head=head_path(name), classes=found.classes)


def _takes(found: OwnFile, image_px: int) -> bool:
    try:
        found.tape_of(_meta(found, image_px, image_px))
    except ExplorerError:
        return False
    return True


def _meta(found: OwnFile, height: int, width: int) -> torch.Tensor:
    return torch.empty(2, found.input_shape[0], height, width, device="meta")


def cost(name: str, image_px: int, classes: int) -> tuple[int, int] | None:
    """Parameters with a head for `classes`, and operations of a forward pass of two pictures.

    None if the network does not take that size or that many classes.
    """
    found = own_network.opened(name)
    try:
        head, module = head_path(name), meta.copy_to_meta(found.module)
        with torch.device("meta"):
            _give_head(module, head, classes)
        with OperationCounter() as counter, torch.no_grad():
            logits = module(_meta(found, image_px, image_px))
    except (ExplorerError, RuntimeError, ValueError):
        return None
    if logits.shape != (2, classes):
        return None
    return sum(parameter.numel() for parameter in module.parameters()), counter.total


def _give_head(module: nn.Module, head: str, classes: int) -> None:
    module.set_submodule(head, new_head(module.get_submodule(head), classes))


def to_measure(name: str, labels: Sequence[str], picture_px: int, input_px: int) -> Learner:
    """What `to_fine_tune` returns, for estimates: the stand-in, which takes about as long, in eval mode."""
    found = own_network.opened(name)
    module: Replayed = copy.deepcopy(found.module)
    return _learner(name, found, module, head_path(name), labels, picture_px, input_px)


def to_fine_tune(name: str, labels: Sequence[str], picture_px: int, input_px: int, seed: int) -> Learner:
    """Import the user's file into this process and build its network with a new head for `labels`.

    The weights are those that the app shows: the file's own, or the checkpoint's that was given with it. `seed` sets
    the new head. Raises RecipeError as `check` does, and WeightsError that names file and line.
    """
    check(name, input_px)
    found, head, given = own_network.opened(name), head_path(name), local_networks.named(name)
    code = own_code.Code(Path(given.path))
    wanted, module = code.network(given.wanted)
    x = torch.zeros(2, 3, input_px, input_px)
    where = {"name": wanted, "size": f"3 × {input_px} × {input_px}"}
    with code.blamed("errors.own_forward", **where), torch.no_grad():
        if any(isinstance(weight, nn.UninitializedParameter) for weight in module.parameters()):
            module(x)
        module.load_state_dict(found.module.state_dict())
    found.close()
    with drawn_from(seed):
        learner = _learner(name, found, module, head, labels, picture_px, input_px)
    with code.blamed("errors.own_forward", **where), drawn_from(seed), torch.no_grad():
        logits = copy.deepcopy(learner.module)(x)
    if not isinstance(logits, torch.Tensor):
        raise RecipeError("errors.own_train_output", file=found.title, output=type(logits).__name__)
    if logits.shape != (2, len(labels)):
        raise RecipeError("errors.own_train_classes", file=found.title, head=head, classes=found.classes)
    return learner


def _learner(
    name: str, found: OwnFile, module: nn.Module, head: str, labels: Sequence[str], picture_px: int, input_px: int
) -> Learner:  # fmt: skip
    _give_head(module, head, len(labels))
    module.requires_grad_(True).train()
    preprocess = own_network.preprocessing(found).fitted(picture_px, input_px)
    return Learner(name, module, head, tuple(labels), preprocess, parts(module, head))
