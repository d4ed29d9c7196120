"""A user's own checkpoint: which of its state dicts, under which names, with which preprocessing and classes.

A file seldom says how its pictures were prepared or what its classes are called. What it does not say is a `Choice`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from explorer.core import files
from explorer.core.errors import WeightsError
from explorer.core.i18n import Language, t
from explorer.models import foreign_names, registry, trial
from explorer.models.checkpoint import Contents, fill, read
from explorer.models.cifar_resnet import Design, with_padding_moved
from explorer.models.families import Pretrained, class_labels
from explorer.models.foreign_names import Translation, outlined, shapes_of
from explorer.models.preprocessing import (
    CIFAR_PREPROCESSING,
    IMAGENET_PREPROCESSING,
    SIZES_PX,
    Preprocessing,
    preprocess_in,
)  # fmt: skip
from explorer.models.registry import NETWORKS

PADDINGS: Final = ("end", "both")
PRESETS: Final[Mapping[str, Preprocessing]] = {
    "imagenet": IMAGENET_PREPROCESSING,
    "cifar": CIFAR_PREPROCESSING.sized(32),
    "imagenet32": replace(IMAGENET_PREPROCESSING, resize_px=32, crop_px=32),
    "cifar64": CIFAR_PREPROCESSING,
}
"""Usual preprocessings. `cifar` is the tutorial's, also for a stem of 7x7; `imagenet32` is akamaster's."""
MAX_CLASS_FILE: Final = 1 << 20  # bytes of a text file of class names; ImageNet's has 22,000


@dataclass(frozen=True)
class Choice:
    """What the user says of a file; an empty value is found in the file, or by the network.

    `part` is the path of a state dict in the file; `padding` one of PADDINGS, for networks with option A; `preset` a
    key of PRESETS. `mean`, `std` (RGB) and `size_px` (the input's side) change the preset. `classes` are the names of
    the classes in the order of the logits. `measured`: padding and preset are those that did best on labelled pictures.
    Raises WeightsError for values out of range.
    """

    part: str = ""
    padding: str = ""
    preset: str = ""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    size_px: int = 0
    classes: tuple[str, ...] = ()
    measured: bool = False

    def __post_init__(self) -> None:
        if self.size_px and self.size_px not in SIZES_PX:
            raise WeightsError("errors.image_size", size=self.size_px, smallest=SIZES_PX[0], largest=SIZES_PX[-1])
        for values in (self.mean, self.std):
            if values and not (len(values) == 3 and all(0 <= value <= 255 for value in values)):
                raise WeightsError("errors.mean_std")
        if self.std and min(self.std) <= 0:
            raise WeightsError("errors.mean_std")

    @property
    def says_preprocessing(self) -> bool:
        return bool(self.preset or self.mean or self.std or self.size_px)

    def applied(self, preprocess: Preprocessing) -> Preprocessing:
        """`preprocess`, or the preset, with the mean, std and size that were given; those above 2 are of 0..255."""
        found = PRESETS[self.preset] if self.preset else preprocess
        scale = 255 if max((*self.mean, *self.std), default=0) > 2 else 1
        if self.mean:
            red, green, blue = (value / scale for value in self.mean)
            found = replace(found, mean=(red, green, blue))
        if self.std:
            red, green, blue = (value / scale for value in self.std)
            found = replace(found, std=(red, green, blue))
        if 0 < self.size_px <= 64 and not found.enlarge_px:  # small pictures are seldom cropped
            return replace(found, resize_px=self.size_px, crop_px=self.size_px)
        return found.sized(self.size_px) if self.size_px else found


AS_FOUND: Final = Choice()


def load_own(
    name: str, data: bytes, file: str, choice: Choice = AS_FOUND, *, image_px: int | None = None,
    headless: bool = False,
) -> Pretrained:  # fmt: skip
    """Load a user's file into network `name`, with any number of classes. No code in the file is executed.

    `image_px` is the side of its input, by default what the preprocessing says. `headless`: a file without the last
    layer is accepted, for its user to replace that layer. Raises WeightsError; RecipeError for an input of a size that
    the network does not take.
    """
    contents = read(data, file)
    needed, head, _ = outlined(name)
    part, each = _part(name, contents, choice.part, file, headless)
    state = each.applied(contents.parts[part])
    if headless and f"{head}.weight" not in state:
        state |= {name: torch.zeros(shape) for name, shape in needed.items() if name.startswith(f"{head}.")}
    classes = _count_classes(name, state)
    if f"{head}.bias" in needed and f"{head}.weight" in state and f"{head}.bias" not in state:
        state[f"{head}.bias"] = torch.zeros(classes)  # a layer without bias computes the same
    if missing := _lacks_only_head(state, needed, head):
        raise WeightsError("errors.checkpoint_no_head", file=file, network=name, name=missing)
    padding = _padding(name, choice, each.names.get(f"{head}.weight", ""))
    if padding == "both":
        state = _moved(name, state, file)
    small_stem = has_small_stem(name, state)
    preprocess, preprocess_from = _preprocess(name, contents, choice, small_stem)
    image_px = image_px or preprocess.input_px
    if registry.size_option(name, image_px):
        trial.check(name, image_px)
    module = registry.blank(name, classes, image_px)
    if small_stem:
        give_small_stem(module)
    try:
        fill(module, registry.family(name).adapted(name, state, file, image_px), file, name)
    except WeightsError as error:
        if "near" in error.values:
            near = foreign_names.nearest(shapes_of(contents.parts[part]))
            error.values |= {"near": ", ".join(map(str, near[:2])) or "–", "nearest": near[0].name if near else ""}
        raise
    labels, classes_from = _labels(name, contents, choice, classes)
    facts = {
        "file": file, "digest": hashlib.sha256(data).hexdigest()[:12], "classes": classes,
        "part": part, "parts": tuple(contents.parts), "padding": padding,
        "padding_from": ("measured" if choice.measured else "given") if choice.padding else "names",
        "dropped": len(each.unused), "renamed": each.renamed, "classes_from": classes_from,
        "preprocess_from": preprocess_from,
    }  # fmt: skip
    facts["adapted"] = bool(part or facts["renamed"] or padding == "both" or contents.parts[part].keys() - needed)
    origin = {"given": "named", "file": "labelled", "data": "known", "numbers": "numbered"}[classes_from]
    if classes_from == "file" and "picture_px" in _mapping(contents.notes.get("preprocess")):
        origin = "described"  # by this app
    return Pretrained(module, preprocess, labels, f"network.origin_own_{origin}", facts)


def networks_of(data: bytes, file: str) -> list[foreign_names.Near]:
    """The networks that the first state dict in a file resembles, the nearest first. Raises WeightsError."""
    return foreign_names.nearest(shapes_of(next(iter(read(data, file).parts.values()))))


def has_small_stem(name: str, state: Mapping[str, Tensor]) -> bool:
    """Whether the tensors are of a torchvision ResNet with a stem of 3x3, as those for CIFAR's pictures often have."""
    return name in NETWORKS and "conv1.weight" in state and state["conv1.weight"].shape[-2:] == (3, 3)


def give_small_stem(module: Any) -> None:
    """Replace the stem by a 3x3 convolution without pooling."""
    device = module.conv1.weight.device
    module.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False, device=device)
    module.maxpool = nn.Identity()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


# The state dict


def _part(name: str, contents: Contents, wanted: str, file: str, headless: bool) -> tuple[str, Translation]:
    """The state dict to use: the one `wanted`, else the first that fits, else the first."""
    if wanted and wanted not in contents.parts:
        allowed = ", ".join(files.one_line(path, 60) for path in contents.parts)
        raise WeightsError("errors.checkpoint_no_part", file=file, part=wanted, allowed=allowed)
    needed, head, children = outlined(name)
    tried = {
        path: foreign_names.translated(shapes_of(state), needed, head, children)
        for path, state in contents.parts.items()
        if path == wanted or not wanted
    }

    def fits(each: Translation) -> bool:
        lacking = [ours for ours in needed if ours not in each.names and not ours.endswith("num_batches_tracked")]
        return not each.left and all(ours == f"{head}.bias" or (headless and ours.startswith(head)) for ours in lacking)

    return next((found for found in tried.items() if fits(found[1])), next(iter(tried.items())))


def _lacks_only_head(state: Mapping[str, Tensor], needed: Mapping[str, object], head: str) -> str:
    """The name of the last layer's weight, if `state` has all but that layer, and nothing else; else empty."""
    lacking = [name for name in needed if name not in state and not name.endswith("num_batches_tracked")]
    only = lacking and all(name.startswith(f"{head}.") for name in lacking) and not state.keys() - needed.keys()
    return lacking[0] if only else ""


def _count_classes(name: str, state: Mapping[str, Tensor]) -> int:
    head = state.get(f"{registry.head_paths(name)[0]}.weight")
    dimensions = 4 if registry.has_map_head(name) else 2
    return head.shape[0] if head is not None and head.ndim == dimensions and len(head) else 1000


def _padding(name: str, choice: Choice, head: str) -> str:
    """Where option A's zeros are, `end` or `both`; empty for a network without such shortcuts.

    Nothing in a file says so. Unless it is chosen, a last layer called `linear` is taken for akamaster's code.
    """
    design = Design.named(name)
    pads = design is not None and design.pads
    if choice.padding and not (pads and choice.padding in PADDINGS):
        raise WeightsError("errors.checkpoint_padding", padding=choice.padding, network=name)
    usual = "both" if head.endswith("linear.weight") else "end"
    return (choice.padding or usual) if pads else ""


def _moved(name: str, state: Mapping[str, Tensor], file: str) -> dict[str, Tensor]:
    design = Design.named(name)
    assert design is not None
    shapes, needed = shapes_of(state), outlined(name)[0]
    if any(shape != needed.get(ours) for ours, shape in shapes.items() if not ours.startswith("fc.")):
        return dict(state)  # `fill` says what does not fit
    if shapes["fc.weight"][1:] != needed["fc.weight"][1:]:
        return dict(state)
    return with_padding_moved(state, design)


# Classes


def _labels(name: str, contents: Contents, choice: Choice, classes: int) -> tuple[tuple[str, ...], str]:
    """Names of the classes, and where they are from: `given`, `file`, `data` (by their number) or `numbers`."""
    if choice.classes:
        if len(choice.classes) != classes:
            raise WeightsError("errors.classes_count", given=len(choice.classes), count=classes)
        return tuple(map(_one_line, choice.classes)), "given"
    if named := labels_in(contents.notes, classes):
        return named, "file"
    known = (10, 200) if Design.named(name) else (10, 200, 1000)
    if classes in known:
        return class_labels(classes), "data"
    return tuple(f"class {i}" for i in range(classes)), "numbers"


def labels_in(notes: Mapping[str, Any], classes: int) -> tuple[str, ...]:
    """Validate class names that a file gives as a list, name -> number or number -> name; empty if there are none."""
    for key in ("classes", "CLASSES", "class_names", "labels", "categories"):
        found = notes.get(key)
        if isinstance(found, list | tuple) and len(found) == classes and all(isinstance(each, str) for each in found):
            return tuple(map(_one_line, found))
    for key in ("class_to_idx", "idx_to_class", "id2label"):
        found = notes.get(key)
        if not isinstance(found, Mapping) or len(found) != classes:
            continue
        pairs = [(k, name) if key != "class_to_idx" else (name, k) for k, name in found.items()]
        names = {str(k): name for k, name in pairs if isinstance(name, str)}
        if names.keys() == set(map(str, range(classes))):
            return tuple(_one_line(names[str(k)]) for k in range(classes))
    return ()


def _one_line(name: str) -> str:
    return files.one_line(name, 200)


def parse_classes(text: str) -> tuple[str, ...]:
    """Class names, one a line. Empty lines are ignored."""
    return tuple(filter(None, map(_one_line, text.splitlines())))


def read_classes(path: Path) -> tuple[str, ...]:
    """Class names from a text file, or the names of a folder's class folders, sorted as torchvision's ImageFolder.

    Raises WeightsError.
    """
    try:
        if path.is_dir():
            inside = path / "train" if (path / "train").is_dir() else path
            found = tuple(sorted(each.name for each in inside.iterdir() if each.is_dir() and each.name[0] not in "._"))
        else:
            with files.open_regular(path) as file:
                found = parse_classes(file.read(MAX_CLASS_FILE).decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise WeightsError("errors.classes_unreadable", file=path.name) from error
    if not found:
        raise WeightsError("errors.classes_unreadable", file=path.name)
    return tuple(map(_one_line, found))


# Preprocessing


def _preprocess(name: str, contents: Contents, choice: Choice, small_stem: bool) -> tuple[Preprocessing, str]:
    """The preprocessing, and its origin: `given`, `file`, `measured`, or the network's stem (`imagenet`, `cifar`)."""
    found = preprocess_in(contents.notes)
    small = small_stem or Design.named(name) is not None
    usual = PRESETS["cifar"] if small else registry.preprocessing(name)
    origin = "file" if found else "cifar" if small else "imagenet"
    if choice.says_preprocessing:
        origin = "measured" if choice.measured else "given"
    return choice.applied(found or usual), origin


def described(found: Mapping[str, Any], classes: int) -> tuple[tuple[str, ...], Preprocessing] | None:
    """The classes and preprocessing that a fine-tune stored in its file; None if one is missing or invalid."""
    labels, preprocess = labels_in(found, classes), preprocess_in(found)
    return (labels, preprocess) if labels and preprocess else None


# In words


def summary(facts: Mapping[str, Any], preprocess: Preprocessing, language: Language) -> list[str]:
    """Sentences on what was taken from the file and what was assumed."""

    def origin(kind: str) -> str:
        return t(f"own.from_{facts[f'{kind}_from']}", language)

    found = []
    if len(facts["parts"]) > 1:
        part = facts["part"] or t("own.part_file", language)
        found.append(t("own.part", language, part=part, count=len(facts["parts"])))
    mean, std = figures(preprocess.mean), figures(preprocess.std)
    size = preprocess.input_px
    found.append(t("own.preprocess", language, origin=origin("preprocess"), size=size, mean=mean, std=std))
    if facts["renamed"]:
        found.append(t("own.renamed", language))
    if facts["dropped"]:
        found.append(t("own.dropped", language, count=facts["dropped"]))
    if facts["padding"]:
        found.append(t(f"own.padded_{facts['padding']}", language, origin=origin("padding")))
    return found


def figures(values: Sequence[float]) -> str:
    """Three numbers as text, separated by spaces."""
    return " ".join(f"{value:.4g}" for value in values)
