"""Other people's names for the tensors of a network here: prefixes of wrappers, other words for the same layers.

`translated` finds the names in a file that stand for a network's; `nearest` says which network a file fits best. Both
compare names and shapes only, so that they work on outlines.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from torch import Tensor

from explorer.models import registry
from explorer.models.cifar_resnet import WIDTHS, Design

MIN_TENSORS, MAX_TENSORS = 20, 4000  # vgg11_bn, the smallest network here, has 66, resnet152 932
MAX_SPLITS: Final = 6  # words of a prefix: `model.module.backbone.`

Shapes = Mapping[str, tuple[int, ...]]

_COUNTERS: Final = re.compile(r"(.*\.)?(n_averaged|num_batches_tracked|total_ops|total_params|_extra_state)")
_NO_HEAD: Final = re.compile(r"proj|embed|predictor|criterion|loss|queue|centers?\b", re.I)


def _next(text: str, offset: int = 1) -> str:
    return str(int(text) + offset)


_SHORTCUT: Final = r"(?:shortcut|skip|skip_connection|identity|identity_downsample|projection|proj|residual|downsample)"
_STEM: Final = r"(?:stem|embedder(?:\.embedder)?|init_block|input_block|conv_?0|first)"
_IN_SEQUENCE: Final = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}
_RULES: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = tuple(
    (re.compile(pattern), into)
    for pattern, into in (
        # transformers: resnet.encoder.stages.0.layers.1.layer.2.convolution.weight
        (r"\bencoder\.stages\.(\d)\.layers\.(\d+)", lambda m: f"layer{_next(m[1])}.{m[2]}"),
        (r"\.layer\.(\d)\.convolution\b", lambda m: f".conv{_next(m[1])}"),
        (r"\.layer\.(\d)\.normalization\b", lambda m: f".bn{_next(m[1])}"),
        # conv2_x.0.residual_function.3.weight
        (r"\bconv([2-5])_x\b", lambda m: f"layer{_next(m[1], -1)}"),
        (r"\b(?:residual_function|residual_branch|left|body|convs|block)\.([013467])(?=\.)",
         lambda m: _IN_SEQUENCE[m[1]]),
        # a stem of its own, a convolution with its BatchNorm
        (rf"\b{_STEM}\.(?:conv\w*|0)(?=\.\w+$)", "conv1"),
        (rf"\b{_STEM}\.(?:bn\w*|norm\w*|1)(?=\.\w+$)", "bn1"),
        (r"\b(?:conv0|conv_stem|stem_conv|init_conv)(?=\.\w+$)", "conv1"),
        (r"\b(?:bn0|norm0|bn_stem|stem_bn|init_bn)(?=\.\w+$)", "bn1"),
        (r"\bconv(\d)\.(?:0|conv)(?=\.\w+$)", r"conv\1"),
        (r"\bconv(\d)\.(?:1|bn|norm)(?=\.\w+$)", r"bn\1"),
        # the shortcut
        (rf"\b{_SHORTCUT}\.(?:conv\w*|0)(?=\.\w+$)", "downsample.0"),
        (rf"\b{_SHORTCUT}\.(?:bn\w*|norm\w*|1)(?=\.\w+$)", "downsample.1"),
        (rf"\b{_SHORTCUT}_?conv(?=\.\w+$)|\bconv_?{_SHORTCUT}(?=\.\w+$)", "downsample.0"),
        (rf"\b{_SHORTCUT}_?(?:bn|norm)(?=\.\w+$)|\b(?:bn|norm)_?{_SHORTCUT}(?=\.\w+$)", "downsample.1"),
        # other words
        (r"\b(?:batch_?norm|norm|bn)_?(\d)(?=\.\w+$)", r"bn\1"),
        (r"\bconv_(\d)(?=\.\w+$)", r"conv\1"),
    )
)  # fmt: skip
_STAGE: Final = re.compile(r"\b(?:layers?|stages?|blocks?|groups?|res)[._]?(\d)(?=\.\d+\.)")


@dataclass(frozen=True)
class Translation:
    """`names`: the network's name of a tensor -> the file's. `left` are the file's names that the network does not
    have, `unused` those outside of the prefix, which belong to something else (a projection head, a metric)."""

    names: Mapping[str, str]
    left: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def renamed(self) -> bool:
        return any(ours != theirs for ours, theirs in self.names.items())

    def applied(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """`state` under the network's names; tensors that it lacks keep their own names, so that `fill` names one."""
        return {ours: state[theirs] for ours, theirs in self.names.items()} | {name: state[name] for name in self.left}


def shapes_of(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in state.items()}


def translated(found: Shapes, needed: Shapes, head: str, children: Sequence[str] = ()) -> Translation:
    """Match the tensors `found` in a file with those `needed` by a network whose last layer is `head`.

    Names are tried as they are, then in other people's words, then numbered as in `nn.Sequential(*children)`; the
    words under which most tensors fit are taken. The prefix that they share is stripped. What counts steps or
    operations is dropped. A last layer under any name is found if only one layer is left for it.
    """
    words: dict[str, Callable[[str], str]] = {"as it is": str, "renamed": _renamer(found)}
    if children:
        words["numbered"] = _counted(children, 0)
        words["numbered within"] = _counted(children, 1)  # fastai: Sequential(Sequential(*children), head)
    tried = []
    for rename in words.values():
        each = _stripped({name: rename(name) for name in found}, needed)
        tried.append(_with_head(each, found, needed, head))
        if not tried[-1].left and needed.keys() - tried[-1].names.keys() == set():
            break
    return max(tried, key=lambda each: fitting(each, found, needed, head))


def fitting(each: Translation, found: Shapes, needed: Shapes, head: str) -> int:
    """The number of tensors that fit by name and shape. Any number of classes fits, and a stem of 3x3."""

    def fits(ours: str, got: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
        small_stem = ours == "conv1.weight" and got == (*wanted[:2], 3, 3)
        return got == wanted or small_stem or (ours.startswith(f"{head}.") and got[1:] == wanted[1:])

    return sum(
        fits(ours, found[theirs], needed[ours]) for ours, theirs in each.names.items() if not _COUNTERS.fullmatch(ours)
    )


def _renamer(found: Iterable[str]) -> Callable[[str], str]:
    stages = [int(match[1]) for name in found if (match := _STAGE.search(name))]
    offset = 1 - min(stages, default=1)

    def rename(name: str) -> str:
        for pattern, into in _RULES:
            name = pattern.sub(into, name)
        return _STAGE.sub(lambda match: f"layer{_next(match[1], offset)}", name, count=1)

    return rename


def _counted(children: Sequence[str], skipped: int) -> Callable[[str], str]:
    """Rename the first number in a name, after `skipped` others, to that of the child."""

    def rename(name: str) -> str:
        words = name.split(".")
        places = [k for k, word in enumerate(words) if word.isdecimal()]
        place = places[skipped] if len(places) > skipped else None
        if place is not None and len(words[place]) < 3 and int(words[place]) < len(children):
            words[place] = children[int(words[place])]
        return ".".join(words)

    return rename


def _stripped(names: Mapping[str, str], needed: Shapes) -> Translation:
    """Strip the prefix under which most `names` (the file's -> renamed) are needed."""
    votes = Counter[str]()
    for name in names.values():
        words = name.split(".")
        for count in range(min(MAX_SPLITS, len(words) - 1) + 1):
            if ".".join(words[count:]) in needed:
                votes[".".join([*words[:count], ""]) if count else ""] += 1
    prefix = max(votes, key=lambda each: (votes[each], -len(each)), default="")
    own = {theirs: name.removeprefix(prefix) for theirs, name in names.items() if name.startswith(prefix)}
    matched = {ours: theirs for theirs, ours in reversed(own.items()) if ours in needed}
    left = [theirs for theirs, ours in own.items() if matched.get(ours) != theirs and not _COUNTERS.fullmatch(theirs)]
    unused = [theirs for theirs in names if theirs not in own and not _COUNTERS.fullmatch(theirs)]
    return Translation({name: matched[name] for name in needed if name in matched}, tuple(left), tuple(unused))


def _with_head(each: Translation, found: Shapes, needed: Shapes, head: str) -> Translation:
    """Find the last layer where the file calls it otherwise: the only layer left with as many inputs."""
    if f"{head}.weight" in each.names or f"{head}.weight" not in needed:
        return each
    wide = needed[f"{head}.weight"][1:]
    over = (*each.left, *each.unused)
    layers = [name for name in over if len(found[name]) > 1 and name.endswith("weight") and not _NO_HEAD.search(name)]
    if len(layers) != 1 or found[layers[0]][1:] != wide:
        return each
    own = {f"{head}.{kind}": f"{layers[0].removesuffix('weight')}{kind}" for kind in ("weight", "bias")}
    own = {ours: theirs for ours, theirs in own.items() if theirs in over and ours in needed}
    taken = set(own.values())
    return Translation(
        {**each.names, **own},
        tuple(name for name in each.left if name not in taken),
        tuple(name for name in each.unused if name not in taken),
    )


@dataclass(frozen=True)
class Near:
    """A network that a file may be for: `fits` of its and the file's `tensors` fit by name and shape.

    `headless`: all fit but those of the last layer, which the file lacks.
    """

    name: str
    fits: int
    tensors: int
    headless: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.fits}/{self.tensors})"


def nearest(found: Shapes) -> list[Near]:
    """The networks that a file resembles, the nearest first; those of which less than half fits are left out.

    Once one fits almost, those of other families are not tried: their outlines take seconds.
    """
    if not MIN_TENSORS <= len(found) <= MAX_TENSORS:
        return []
    near: list[Near] = []
    for names in (_designs(found), registry.NETWORKS, registry.OTHERS):
        near += [each for each in (_near(name, found) for name in names) if 2 * each.fits > each.tensors]
        near.sort(key=lambda each: each.fits / each.tensors, reverse=True)
        if near and near[0].fits > 0.9 * near[0].tensors:
            break
    return near


def _near(name: str, found: Shapes) -> Near:
    needed, head, children = outlined(name)
    each = translated(found, needed, head, children)
    own = sum(not _COUNTERS.fullmatch(theirs) for theirs in found if theirs not in each.unused)
    tensors = max(own, sum(not _COUNTERS.fullmatch(ours) for ours in needed))
    fits = fitting(each, found, needed, head)
    of_head = sum(ours.startswith(f"{head}.") for ours in needed)
    return Near(name, fits, tensors, f"{head}.weight" not in each.names and fits == tensors - of_head)


def _designs(found: Shapes) -> list[str]:
    """Networks for CIFAR with the file's depth and width: plain or preactivated, with option A or B."""
    names = list(map(_renamer(found), found))
    if any(re.search(r"\blayer4\.", name) for name in names):
        return []
    blocks = {int(match[1]) for name in names if (match := re.search(r"\blayer3\.(\d{1,2})\.", name))}
    stems = [shape[0] for shape in found.values() if len(shape) == 4 and shape[1] == 3]
    if not blocks or not stems or stems[0] not in WIDTHS or max(blocks) > 17:
        return []
    depth = 6 * (max(blocks) + 1) + 2
    return [
        Design(depth, projection=projection, preact=preact, width=stems[0]).name
        for preact in (False, True)
        for projection in (False, True)
    ]


@lru_cache(maxsize=64)
def outlined(name: str) -> tuple[dict[str, tuple[int, ...]], str, tuple[str, ...]]:
    """(shapes of the tensors of network `name`, path of its head, names of its children)."""
    module = registry.outline(name)
    children = tuple(child for child, _ in module.named_children())
    return shapes_of(module.state_dict()), registry.head_paths(name)[0], children
