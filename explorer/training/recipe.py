"""Training configuration: `Recipe`, validated on construction and stored as recipe.json."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from explorer.core.errors import RecipeError
from explorer.data.selection import MAX_CLASSES

VERSION: Final = 1  # of recipe.json; greater versions were written by a newer Residual Explorer
ALL: Final = "all"  # on the command line, a limit of None
MAX_TEXT: Final = 4096  # characters of a text field; the limit of a path on Linux


@dataclass(frozen=True)
class Range:
    """Allowed range of a number, inclusive. `optional` also allows None, which means "no limit"."""

    low: float
    high: float
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.low:g} – {self.high:g}"


def _number(default: Any, low: float, high: float, group: str = "", *, optional: bool = False) -> Any:
    return field(default=default, metadata={"allowed": Range(low, high, optional), "group": group})


def _choice(default: str, *options: str, group: str = "") -> Any:
    return field(default=default, metadata={"allowed": options, "group": group})


def _other(default: Any, group: str = "") -> Any:
    return field(default=default, metadata={"group": group})


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Configuration of one run. The defaults are those of the tutorial's published run, except for `normalization`.

    Raises RecipeError for a field out of range; the message names the field, its value and the allowed range.
    """

    network: str = _other("resnet18", "data")
    weights: str = _other("imagenet", "data")  # a name of `registry.weights(network)`, or the path of a checkpoint
    data: str = "cifar10"  # cifar10, digits, or the path of a folder or zip of class folders
    classes: tuple[str, ...] = ()  # only these classes; empty means all
    image_size: int = _number(32, 32, 224, "data")  # input side in pixels
    # Mean and standard deviation of the input: those of the initial weights (the default: older recipe.json files lack
    # this field), or CIFAR-10's as the tutorial has them.
    normalization: str = _choice("weights", "weights", "cifar10", group="data")
    batch_size: int = _number(64, 2, 4096, "course")  # at least 2: BatchNorm needs a variance
    epochs: int = _number(40, 1, 1000)  # total, including frozen ones
    freeze_epochs: int = _number(5, 0, 1000)  # epochs that train only the head
    lr: float = _number(1e-3, 1e-6, 10)  # peak while frozen, or of the whole run if nothing is frozen
    unfreeze_lr: float = _number(1e-4, 1e-6, 10)  # peak after the unfreeze
    optimizer: str = _choice("adam", "adam", "adamw", "sgd", group="course")  # sgd: Nesterov momentum 0.9
    schedule: str = _choice("plateau", "plateau", "cosine", "onecycle", "steps", "constant", group="course")
    weight_decay: float = _number(1e-4, 0, 1, "course")
    label_smoothing: float = _number(0.0, 0, 0.9, "course")
    crop_padding: int = _number(4, 0, 16, "augment")  # pixels for a picture of 32 px; scaled with its side
    flip: float = _number(0.5, 0, 1, "augment")  # probability of a horizontal flip
    rotation: float = _number(15.0, 0, 180, "augment")  # maximum degrees in both directions
    brightness: float = _number(0.2, 0, 1, "augment")
    contrast: float = _number(0.2, 0, 1, "augment")
    saturation: float = _number(0.2, 0, 1, "augment")
    hue: float = _number(0.1, 0, 0.5, "augment")  # fraction of the colour circle
    freeze_bn: bool = _other(False, "course")  # keep BatchNorm's running statistics while frozen; the tutorial does not
    fixed_views: int = _number(0, 0, 16, "course")  # augmented views while frozen, drawn once; 0: new ones each epoch
    best_by: str = _choice("test", "test", "validation", group="course")  # validation: a held-out tenth of training
    limit: int | None = _number(None, 2, 10_000_000, "data", optional=True)  # training pictures, balanced by class
    limit_per_class: int | None = _number(None, 1, 10_000_000, "data", optional=True)
    test_limit: int | None = _number(None, 2, 10_000_000, "data", optional=True)  # test pictures, balanced by class
    precision: str = _choice("auto", "auto", "float32", "bfloat16", group="machine")
    device: str = _choice("auto", "auto", "cpu", "cuda", "mps", group="machine")
    threads: int = _number(0, 0, 256, "machine")  # CPU threads; 0: one per core
    keep_every: int = _number(0, 0, 1000, "machine")  # epochs between kept checkpoints; 0: at the unfreeze and the end
    seed: int = _number(0, 0, 2**31 - 1, "machine")

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            _check(each, getattr(self, each.name))
        if self.freeze_epochs > self.epochs:
            raise _out_of_range("freeze_epochs", self.freeze_epochs, f"0 – {self.epochs} (epochs)")
        if self.fixed_views and not self.freeze_bn:
            raise _out_of_range("fixed_views", self.fixed_views, "0, or freeze_bn = true")

    @property
    def augments(self) -> bool:
        """Whether any augmentation is enabled."""
        return any((self.crop_padding, self.flip, self.brightness, self.contrast, self.saturation, self.hue,
                    self.rotation))  # fmt: skip

    @property
    def caches_features(self) -> bool:
        """Whether the frozen backbone's features of a picture are the same every epoch, so that they can be cached."""
        return self.freeze_epochs > 0 and self.freeze_bn and (self.fixed_views > 0 or not self.augments)

    def changed(self, **fields: Any) -> Self:
        """A copy with changed `fields`. Raises RecipeError."""
        return dataclasses.replace(self, **fields)

    def to_json(self) -> str:
        return json.dumps({"version": VERSION, **dataclasses.asdict(self)}, ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse recipe.json. Raises RecipeError if it is invalid, has an unknown field or a newer version."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecipeError("errors.recipe_no_json") from error
        if not isinstance(fields, dict):
            raise RecipeError("errors.recipe_no_json")
        return cls.from_fields(fields)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Construct from JSON values by field name. Raises RecipeError."""
        version = fields.get("version", VERSION)
        if type(version) is not int or version > VERSION:
            raise RecipeError("errors.recipe_newer", version=_shown(version), known=VERSION)
        values = {name: value for name, value in fields.items() if name != "version"}
        names = {each.name for each in dataclasses.fields(cls)}
        if unknown := [name for name in values if name not in names]:
            raise RecipeError("errors.recipe_unknown_field", field=unknown[0][:40], allowed=", ".join(sorted(names)))
        if isinstance(values.get("classes"), list):
            values["classes"] = tuple(values["classes"])
        return cls(**values)


def _check(each: "dataclasses.Field[Any]", value: Any) -> None:
    allowed = each.metadata.get("allowed")
    if isinstance(allowed, Range):
        if value is None and allowed.optional:
            return
        kinds = (int, float) if each.type is float else (int,)
        good = type(value) in kinds and allowed.low <= value <= allowed.high
    elif allowed is not None:
        good, allowed = value in allowed, ", ".join(allowed)
    elif each.type is bool:
        good, allowed = type(value) is bool, "true, false"
    elif each.name == "classes":
        good = isinstance(value, tuple) and len(value) <= MAX_CLASSES and all(_is_text(name) for name in value)
        good, allowed = good and len(value) != 1, "[], or two or more names"
    else:
        good, allowed = _is_text(value), "…"
    if not good:
        raise _out_of_range(each.name, value, str(allowed))


def _is_text(value: object) -> bool:
    if not (isinstance(value, str) and 0 < len(value) <= MAX_TEXT and "\0" not in value):
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)  # lone surrogates cannot be encoded


def _out_of_range(name: str, value: object, allowed: str) -> RecipeError:
    return RecipeError("errors.recipe_field", field=name, value=_shown(value), allowed=allowed)


def _shown(value: object) -> str:
    """At most 40 printable characters of any value."""
    try:
        return "".join(c for c in str(value)[:40] if c.isprintable())
    except (RecursionError, ValueError):  # deeply nested lists; integers too long for str()
        return "…"


GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    group: tuple(each.name for each in dataclasses.fields(Recipe) if each.metadata.get("group") == group)
    for group in ("course", "data", "augment", "machine")
}
"""Fields by the group under which a form shows them; the rest have places of their own."""

RECIPES: Final[Mapping[str, Recipe]] = {
    "tutorial": Recipe(normalization="cifar10"),
    "fast": Recipe(
        weights="upstream", image_size=64, batch_size=256, epochs=10, freeze_epochs=0, lr=0.1, unfreeze_lr=0.1,
        optimizer="sgd", weight_decay=5e-4, schedule="cosine", label_smoothing=0.1,
        brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, rotation=0.0,
    ),
    "laptop": Recipe(
        weights="upstream", batch_size=128, epochs=3, freeze_epochs=1, lr=1e-2, unfreeze_lr=5e-2, optimizer="sgd",
        weight_decay=5e-4, schedule="cosine", label_smoothing=0.1, freeze_bn=True, fixed_views=1, limit=10_000,
        brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, rotation=0.0,
    ),
}  # fmt: skip
"""`tutorial`: the published run; `fast`: best accuracy per second on a GPU; `laptop`: one minute on a CPU."""
