"""What a fine-tune is told: every slider is a field of `Recipe`, checked in one place and stored as recipe.json."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from explorer.core.errors import RecipeError
from explorer.data.selection import MAX_CLASSES

VERSION: Final = 1  # of recipe.json; a file with a greater one was written by a newer Residual Explorer
ALL: Final = "all"  # pictures: on the command line, what a recipe has as None
MAX_TEXT: Final = 4096  # letters of a text field; a path's limit on Linux


@dataclass(frozen=True)
class Range:
    """What a number may be. `optional` allows None, which means "no limit"."""

    low: float
    high: float
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.low:g} – {self.high:g}"


def _number(default: Any, low: float, high: float, *, optional: bool = False) -> Any:
    return field(default=default, metadata={"allowed": Range(low, high, optional)})


def _choice(default: str, *options: str) -> Any:
    return field(default=default, metadata={"allowed": options})


@dataclass(frozen=True)
class Recipe:
    """One fine-tune, whole. The defaults are the tutorial's, as its published run had them.

    Raises RecipeError for a field that is out of range: which one, what it was, and what is allowed.
    """

    network: str = "resnet18"
    weights: str = "imagenet"  # a name of `registry.weights(network)`, or the path of a checkpoint
    data: str = "cifar10"  # cifar10, digits, or the path of a folder or zip of class folders
    classes: tuple[str, ...] = ()  # only these classes; none named means all
    image_size: int = _number(32, 32, 224)  # pixels a side, what the network sees
    batch_size: int = _number(64, 2, 4096)  # a batch of one has no variance for BatchNorm
    epochs: int = _number(40, 1, 1000)  # in all: the frozen ones count
    freeze_epochs: int = _number(5, 0, 1000)  # while only the head learns
    lr: float = _number(1e-3, 1e-6, 10)  # the peak while frozen (and all along when nothing is frozen)
    unfreeze_lr: float = _number(1e-4, 1e-6, 10)  # the peak after the unfreeze
    optimizer: str = _choice("adam", "adam", "adamw", "sgd")  # sgd: Nesterov momentum 0.9
    weight_decay: float = _number(1e-4, 0, 1)
    schedule: str = _choice("plateau", "plateau", "cosine", "onecycle", "steps", "constant")
    label_smoothing: float = _number(0.0, 0, 0.9)
    crop_padding: int = _number(4, 0, 16)  # pixels of a 32 px picture; larger ones in proportion
    flip: float = _number(0.5, 0, 1)  # probability of a mirrored picture
    brightness: float = _number(0.2, 0, 1)
    contrast: float = _number(0.2, 0, 1)
    saturation: float = _number(0.2, 0, 1)
    hue: float = _number(0.1, 0, 0.5)  # of the colour circle
    rotation: float = _number(15.0, 0, 180)  # degrees to either side
    fixed_views: int = _number(0, 0, 16)  # while frozen, so many views a picture, drawn once; 0: drawn anew each epoch
    freeze_bn: bool = False  # BatchNorm's running statistics stay while frozen; the tutorial lets them drift
    best_by: str = _choice("test", "test", "validation")  # validation: a tenth of the training pictures, kept aside
    keep_every: int = _number(0, 0, 1000)  # epochs from one kept checkpoint to the next; 0: at the unfreeze and the end
    limit: int | None = _number(None, 2, 10_000_000, optional=True)  # training pictures in all, evenly by class
    limit_per_class: int | None = _number(None, 1, 10_000_000, optional=True)
    test_limit: int | None = _number(None, 2, 10_000_000, optional=True)  # test pictures in all, evenly by class
    precision: str = _choice("auto", "auto", "float32", "bfloat16")
    device: str = _choice("auto", "auto", "cpu", "cuda", "mps")
    threads: int = _number(0, 0, 256)  # of the CPU; 0: a thread for each core
    seed: int = _number(0, 0, 2**31 - 1)

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            _check(each, getattr(self, each.name))
        if self.freeze_epochs > self.epochs:
            raise _out_of_range("freeze_epochs", self.freeze_epochs, f"0 – {self.epochs} (epochs)")
        if self.fixed_views and not self.freeze_bn:
            raise _out_of_range("fixed_views", self.fixed_views, "0, or freeze_bn = true")

    @property
    def augments(self) -> bool:
        """Whether a picture can look different from one epoch to the next."""
        return any((self.crop_padding, self.flip, self.brightness, self.contrast, self.saturation, self.hue,
                    self.rotation))  # fmt: skip

    @property
    def caches_features(self) -> bool:
        """Whether the frozen backbone gives a picture the same features each time, so that they are computed once."""
        return self.freeze_epochs > 0 and self.freeze_bn and (self.fixed_views > 0 or not self.augments)

    def changed(self, **fields: Any) -> Self:
        """The same recipe with other `fields`. Raises RecipeError."""
        return dataclasses.replace(self, **fields)

    def to_json(self) -> str:
        return json.dumps({"version": VERSION, **dataclasses.asdict(self)}, ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises RecipeError for what is no recipe, has an unknown field, or comes from a newer version."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecipeError("errors.recipe_no_json") from error
        if not isinstance(found, dict):
            raise RecipeError("errors.recipe_no_json")
        return cls.from_fields(found)

    @classmethod
    def from_fields(cls, found: Mapping[str, Any]) -> Self:
        """A recipe from names and values, as JSON has them. Raises RecipeError."""
        version = found.get("version", VERSION)
        if type(version) is not int or version > VERSION:
            raise RecipeError("errors.recipe_newer", version=_shown(version), known=VERSION)
        values = {name: value for name, value in found.items() if name != "version"}
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
    return not any("\ud800" <= letter <= "\udfff" for letter in value)  # halves of a letter, which no file can hold


def _out_of_range(name: str, value: object, allowed: str) -> RecipeError:
    return RecipeError("errors.recipe_field", field=name, value=_shown(value), allowed=allowed)


def _shown(value: object) -> str:
    """A few letters of a value that may be anything."""
    try:
        return "".join(c for c in str(value)[:40] if c.isprintable())
    except (RecursionError, ValueError):  # lists in lists in lists; a number of more digits than Python writes
        return "…"


RECIPES: Final[Mapping[str, Recipe]] = {
    "tutorial": Recipe(),
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
"""`tutorial` is the published run; `fast` the best accuracy for the seconds spent on a GPU; `laptop` a CPU minute."""
