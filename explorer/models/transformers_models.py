"""Image classifiers of the transformers library, from a folder of this machine: `config.json` and safetensors.

Only folders that the command line has offered (`core.local_networks`) are opened. No code in a folder is executed, and
nothing is downloaded.
"""

import importlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from torch import nn

from explorer.core import files, local_networks
from explorer.core.errors import WeightsError
from explorer.models.families import Family, Pretrained, class_labels
from explorer.models.preprocessing import IMAGENET_PREPROCESSING, Preprocessing, preprocess_in, side_in

FOLDER: Final = "folder"
"""The weights of the folder."""
_MAX_JSON: Final = 16 << 20  # bytes; a config with the names of 21,843 classes has 1.5 MB


class Transformers(Family):
    """Models of `transformers.AutoModelForImageClassification`, where transformers is installed."""

    trainable = False
    suffix = "_hf"

    def has(self, name: str) -> bool:
        return name.startswith(local_networks.HF) and name in local_networks.offered()

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        config, library = _config(name), _library(name)
        if num_classes is not None:
            config.num_labels = num_classes
        module: nn.Module = library.AutoModelForImageClassification.from_config(config, attn_implementation="eager")
        return module

    def preprocessing(self, name: str) -> Preprocessing:
        found = _json(Path(local_networks.named(name).path) / "preprocessor_config.json")
        if preprocess := _preprocessing(found):
            return preprocess
        image_px = getattr(_config(name), "image_size", 224)
        return IMAGENET_PREPROCESSING.sized(side_in(image_px))

    def labels(self, name: str) -> tuple[str, ...]:
        names = _config(name).id2label
        found = tuple(files.one_line(str(names.get(i, "")), 200) for i in range(len(names)))
        unnamed = all(label == f"LABEL_{i}" for i, label in enumerate(found))
        return class_labels(len(found)) if unnamed else found

    def published(self, name: str) -> tuple[str, ...]:
        return (FOLDER,)

    def published_file(self, name: str, weights: str) -> tuple[Path, str]:
        return Path(local_networks.named(name).path) / "config.json", ""

    def pretrained(self, name: str, weights: str, file: Path, image_px: int) -> Pretrained:
        library, folder = _library(name), Path(local_networks.named(name).path)
        try:
            module, found = library.AutoModelForImageClassification.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True,
                attn_implementation="eager", output_loading_info=True, dtype="float32",
            )  # fmt: skip
        except Exception as error:  # the library's code can raise anything
            raise _broken(name, error) from error
        if missing := sorted(found["missing_keys"]):
            raise WeightsError("errors.hf_missing", folder=folder.name, count=len(missing), name=missing[0])
        facts = {"file": folder.name, "kind": type(module).__name__}
        return Pretrained(module, self.preprocessing(name), self.labels(name), "network.origin_hf", facts)


def _library(name: str) -> Any:
    if importlib.util.find_spec("transformers") is None:
        raise WeightsError("errors.hf_not_installed", folder=Path(local_networks.named(name).path).name)
    transformers: Any = importlib.import_module("transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def _config(name: str) -> Any:
    try:
        return _library(name).AutoConfig.from_pretrained(
            local_networks.named(name).path, local_files_only=True, trust_remote_code=False
        )
    except WeightsError:
        raise
    except Exception as error:  # the library's code can raise anything
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> WeightsError:
    reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    folder = Path(local_networks.named(name).path).name
    return WeightsError("errors.hf_broken", folder=folder, reason=files.one_line(reason, 200))


def _json(file: Path) -> Mapping[str, Any]:
    """A JSON object, empty if there is none."""
    try:
        with files.open_regular(file) as opened:
            found = json.loads(opened.read(_MAX_JSON))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _preprocessing(found: Mapping[str, Any]) -> Preprocessing | None:
    """The preprocessing of a `preprocessor_config.json`."""
    if found.get("do_normalize") is False:
        found = {**found, "image_mean": (0, 0, 0), "image_std": (1, 1, 1)}
    crops = found.get("do_center_crop", "crop_size" in found)
    preprocess = preprocess_in({key: value for key, value in found.items() if crops or key != "crop_size"})
    if preprocess is None:
        return None
    if crops and "size" in found and not found.get("crop_pct"):
        return replace(preprocess, resize_px=max(side_in(found["size"]), preprocess.crop_px))
    return preprocess if crops or found.get("crop_pct") else replace(preprocess, resize_px=preprocess.crop_px)
