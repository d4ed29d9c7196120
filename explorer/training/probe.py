"""Timed steps before a run, to estimate its duration and to choose the faster precision."""

import contextlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch

from explorer.core import cores, files, hardware
from explorer.data.datasets import Split
from explorer.models import inventory, loading, trial
from explorer.training import steps
from explorer.training.augment import Augment
from explorer.training.recipe import Recipe
from explorer.training.steps import CapturedSteps, Pictures, Precision, Steps

TIMED_S: Final = 0.5  # seconds of timed steps of each kind, after the warm-up
MAX_PIXELS: Final = 256 * 64 * 64  # per batch; a step then takes about a second on two cores
PICTURE_PX: Final = 32
KINDS: Final = ("learning", "frozen", "looking")
BOTH: Final = ("float32", "bfloat16")
FILE: Final = "speed.json"
DOUBTED: Final = 1.5  # factor between a run's own speed and the stored one from which on the stored one is forgotten
MAX_AGE_S: Final = 24 * 3600.0  # of a stored measurement: drivers, power settings and temperatures change


@dataclass(frozen=True)
class Speed:
    """Pictures per second: `learning` trains all weights, `frozen` only the head, `looking` is inference.

    `busy`: other programs computed meanwhile, so that a quiet machine is faster.
    """

    learning: float
    frozen: float
    looking: float
    busy: bool = False

    @classmethod
    def of(cls, rates: Mapping[str, float], busy: bool = False) -> "Speed":
        """The speed of a run that was measured in all of KINDS."""
        return cls(rates["learning"], rates["frozen"], rates["looking"], busy)


def precision(recipe: Recipe, device: torch.device, cache: Path | None = None) -> str:
    """float32 or bfloat16: the recipe's choice, or for `auto` the faster one that the device supports.

    On a CPU with bfloat16 instructions, `auto` measures both by turns.
    """
    if recipe.precision != "auto":
        return recipe.precision
    if not has_bfloat16(device):
        return "float32"
    if device.type == "cuda":
        return "bfloat16"
    rates, _ = _known_or_measured(recipe, device, BOTH, ("learning",), cache)
    return max(BOTH, key=lambda name: rates[name]["learning"])


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself. CUDA emulates it, slowly, on cards before Ampere."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and hardware.has_bfloat16()


@contextlib.contextmanager
def use_threads(recipe: Recipe) -> Iterator[None]:
    """Set torch's number of threads to that of a run of `recipe`, temporarily."""
    before = torch.get_num_threads()
    torch.set_num_threads(cores.thread_count(recipe.threads))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure(recipe: Recipe, device: torch.device, name: str, cache: Path | None = None) -> Speed:
    """Measure the speed in the precision `name`, in a second or two.

    What was measured on a quiet machine is stored in the folder `cache` for MAX_AGE_S; on a busy one it is not.
    """
    rates, busy = _known_or_measured(recipe, device, (name,), KINDS, cache)
    return Speed.of(rates[name], busy)


def _known_or_measured(
    recipe: Recipe, device: torch.device, names: Sequence[str], kinds: Sequence[str], cache: Path | None
) -> tuple[dict[str, dict[str, float]], bool]:
    """Precision -> kind -> pictures per second, and whether the machine was busy while they were measured."""
    threads = torch.get_num_threads()
    keys = {name: _key(recipe, device.type, name, threads) for name in names}
    file = cache / FILE if cache else None
    speeds = _read_cache(file)
    rates = {name: _stored(speeds, keys[name]) for name in names}
    missing = [kind for kind in kinds if any(kind not in rates[name] for name in names)]
    if not missing:
        return rates, False
    load = cores.Load()
    found = _measure(recipe, device, names, missing, _batch(recipe))
    hardware.free_memory(device)  # for the run, which is another process
    busy = load.is_busy(threads)
    rates = {name: rates[name] | found[name] for name in names}
    if file and not busy:
        _write_cache(file, {**speeds, **{keys[name]: {**rates[name], "time": time.time()} for name in names}})
    return rates, busy


def check(
    recipe: Recipe, device: torch.device, precision: str, frozen: bool, pictures_per_s: float, cache: Path | None
) -> None:
    """Forget what is stored if a run's own speed contradicts it: one of the two met a busy machine."""
    file = cache / FILE if cache else None
    speeds, key = _read_cache(file), _key(recipe, device.type, precision, torch.get_num_threads())
    stored = _stored(speeds, key).get("frozen" if frozen else "learning")
    if file and stored:
        ratio = pictures_per_s / stored
        if not 1 / DOUBTED < ratio < DOUBTED:
            _write_cache(file, {other: speed for other, speed in speeds.items() if other != key})


def known(recipe: Recipe, device: torch.device, cache: Path) -> Speed | None:
    """The stored speed of `recipe` on this machine, in the faster precision; None if it must be measured."""
    speeds, threads = _read_cache(cache / FILE), cores.thread_count(recipe.threads)
    names = BOTH if recipe.precision == "auto" else (recipe.precision,)
    found = [_stored(speeds, _key(recipe, device.type, name, threads)) for name in names]
    whole = [Speed.of(each) for each in found if len(each) == len(KINDS)]
    return max(whole, key=lambda speed: speed.learning, default=None)


def _batch(recipe: Recipe) -> int:
    return min(recipe.batch_size, max(2, MAX_PIXELS // recipe.image_size**2))


def _key(recipe: Recipe, device: str, precision: str, threads: int) -> str:
    return " ".join(map(str, (
        inventory.device()["name"], device, threads, torch.__version__,
        recipe.network + trial.version(recipe.network),
        recipe.image_size, _batch(recipe), recipe.optimizer, precision, recipe.augments,
    )))  # fmt: skip


def seconds(recipe: Recipe, speed: Speed, train: int, test: int) -> float:
    """Estimated seconds of a run on `train` and `test` pictures: epochs and tests, without start and checkpoints."""
    return sum(epoch_seconds(recipe, speed, train, test))


def epoch_seconds(recipe: Recipe, speed: Speed, train: int, test: int) -> list[float]:
    """Estimated seconds of each epoch with its test."""
    learning = train / speed.learning + test / speed.looking
    if not recipe.caches_features:
        frozen = [train / speed.frozen + test / speed.looking] * recipe.freeze_epochs
    else:  # the features of each view are computed once, and those of the test pictures; the head itself is fast
        views = min(max(recipe.fixed_views, 1), recipe.freeze_epochs)
        frozen = [train / speed.looking] * views + [0.0] * (recipe.freeze_epochs - views)
        frozen[0] += test / speed.looking
    return frozen + [learning] * (recipe.epochs - recipe.freeze_epochs)


def _measure(
    recipe: Recipe, device: torch.device, names: Sequence[str], kinds: Sequence[str], batch: int
) -> dict[str, dict[str, float]]:
    network = loading.to_measure(recipe.network, [str(k) for k in range(10)], PICTURE_PX, recipe.image_size)
    module = steps.place(network.module, device)
    shape = (batch, 3, PICTURE_PX, PICTURE_PX)
    images = torch.randint(256, shape, generator=steps.generator(0), dtype=torch.uint8).to(device)
    split = Split(images, torch.arange(batch, device=device) % 10)
    augment = Augment(recipe, PICTURE_PX, network.preprocess.mean, network.preprocess.std, device)
    on_cuda = device.type == "cuda"
    picks = torch.arange(batch, device=device)
    random = None if on_cuda else steps.generator(0, device=device)
    found: dict[str, dict[str, float]] = {name: {} for name in names}
    for kind in [kind for kind in kinds if kind != "looking"]:
        frozen = kind == "frozen"
        module.requires_grad_(not frozen)
        module.get_submodule(network.head).requires_grad_(True)
        optimizer = steps.make_optimizer(recipe.optimizer, [{"params": list(module.parameters())}], 1e-3, 0.0, device)
        calls: dict[str, Callable[[], object]] = {}
        for name in names:
            pictures, precision = Pictures(split, augment), Precision(device, name)
            eager = Steps(module, pictures, optimizer, precision, recipe.label_smoothing)
            step = CapturedSteps(eager, batch) if on_cuda else eager
            for _ in range(CapturedSteps.WARM_UP + 1 if on_cuda else 2):
                step(picks, random)
            calls[name] = partial(step, picks, random)
        for name, rate in _rates(calls, batch, device).items():
            found[name][kind] = rate
    if "looking" not in kinds:
        return found
    module.eval()
    chunk = min(batch * 2, steps.CHUNK)
    images = images.repeat(2, 1, 1, 1)[:chunk]
    labels = torch.zeros(chunk, dtype=torch.int64, device=device)

    def plain(low: int, high: int) -> torch.Tensor:
        return augment.plain(images[low:high])

    def look(name: str) -> None:
        list(steps.predict(module, plain, labels, Precision(device, name), chunk))

    for name, rate in _rates({name: partial(look, name) for name in names}, chunk, device).items():
        found[name]["looking"] = rate
    return found


def _rates(calls: Mapping[str, Callable[[], object]], pictures: int, device: torch.device) -> dict[str, float]:
    """Pictures per second of each call, by turns; the fastest counts, since other processes may interfere."""
    best, begun = dict.fromkeys(calls, math.inf), time.perf_counter()
    while math.inf in best.values() or time.perf_counter() - begun < TIMED_S * len(calls):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            if device.type != "cpu":  # calls return before the device has computed
                torch.accelerator.synchronize()
            best[name] = min(best[name], time.perf_counter() - started)
    return {name: round(pictures / seconds, 1) for name, seconds in best.items()}


def _stored(speeds: Mapping[str, Any], key: str) -> dict[str, float]:
    """Kind -> the pictures per second stored under `key`; empty if there are none, or they are too old."""
    try:
        found = speeds[key]
        age_s = time.time() - found["time"]
        return {kind: float(found[kind]) for kind in KINDS if kind in found} if 0 <= age_s < MAX_AGE_S else {}
    except (TypeError, KeyError, ValueError):  # missing, of an older version, or edited by hand
        return {}


def _read_cache(file: Path | None) -> dict[str, Any]:
    try:
        speeds = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):  # missing or damaged: measure again
        return {}
    return speeds if isinstance(speeds, dict) else {}


def _write_cache(file: Path, speeds: Mapping[str, Any]) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):  # full disk or read-only folder: measure again next time
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(speeds, indent=1), encoding="utf-8")
        files.replace(part, file)
