"""A fine-tune as a stream of events. Knows nothing of files or screens."""

import math
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from explorer.core import hardware
from explorer.core.errors import RecipeError, RunError
from explorer.data import datasets
from explorer.data.datasets import DataSet, Split
from explorer.models import backbones
from explorer.training import probe, run_metadata, steps
from explorer.training.augment import Augment
from explorer.training.recipe import Recipe
from explorer.training.schedules import cuts, share_of_peak
from explorer.training.steps import CapturedSteps, Features, Pictures, Precision, Readback, Steps, generator

CHECKPOINT_EVERY_S: Final = 30.0  # one of ResNet18 with Adam, 135 MB, takes half a second
PLATEAU: Final = {"factor": 0.5, "patience": 2}  # the tutorial's, on the loss of the pictures that choose the best
TELL_EVERY_S: Final = 0.5  # while something is prepared
STATE_VERSION: Final = 1


@dataclass(frozen=True)
class Event:
    """What happened. `fields` are ready for JSON; `payload` is for whoever keeps what does not fit there.

    Kinds: prepare, start, resume, freeze, unfreeze, batch, lr, warning; and with a payload: epoch (`Predictions`),
    checkpoint (the state to go on from), end (the final weights, or None after a failure).
    """

    kind: str
    fields: dict[str, Any]
    payload: Any = None


@dataclass(frozen=True)
class Predictions:
    """Of the test pictures: labels (N,), most probable classes (N,), their probabilities (N,).

    `weights` is the state dict that gave them where it is the best so far, else None.
    """

    labels: Tensor
    predicted: Tensor
    probability: Tensor
    weights: dict[str, Tensor] | None


@dataclass
class Position:
    """How far a run is: pictures seen of the current epoch (from 1), steps in all, and sums over the epoch's steps."""

    epoch: int = 1
    seen: int = 0
    iteration: int = 0
    loss_sum: float = 0.0
    correct: float = 0.0
    seconds: float = 0.0


class _Stopped(Exception):
    """Someone asked the run to stop."""


def train(
    recipe: Recipe,
    *,
    cache: Path | None = None,
    state: Mapping[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Fine-tune as `recipe` says; goes on from `state`, the payload of a checkpoint, where there is one.

    `cache` is a folder for decoded data sets. `stop` is asked after every step; a run that stops gives a checkpoint
    first. On a CPU the same recipe gives the same bits, however often the run was broken off and continued.
    Raises RecipeError, DataError, WeightsError or RunError (out of memory, diverged, the GPU failed).
    """
    try:
        data = yield from _loaded(recipe, cache, stop)
        training = Training(recipe, data, cache)
        if state is not None:
            training.restore(state)
        yield from training.run(stop, resumed=state is not None)
    except (_Stopped, datasets.Interrupted):  # before there was anything to keep
        yield Event("end", {"reason": "stopped"})
    except torch.AcceleratorError as error:
        reason = str(error).partition("\n")[0][:200]
        raise RunError("errors.gpu_failed", reason=reason) from error
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
            words in str(error) for words in ("DefaultCPUAllocator", "MPS backend out of memory")
        ):
            raise RunError("errors.memory_full") from error
        raise


def _loaded(recipe: Recipe, cache: Path | None, stop: Callable[[], bool]) -> Generator[Event, None, DataSet]:
    """The data set; tells meanwhile how many of its pictures have been decoded."""
    told = {"what": "pictures", "done": 0, "total": 0}

    def tell(done: int, total: int) -> None:
        told.update(done=done, total=total)

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(datasets.load, recipe, cache=cache, stop=stop, progress=tell)
        while not wait([loading], TELL_EVERY_S).done:
            yield Event("prepare", told.copy())
        return loading.result()


def device_of(recipe: Recipe) -> torch.device:
    """Raises RecipeError for a device that torch does not have here, or does not use though it is here."""
    kinds = hardware.device_types()
    kind = kinds[0] if recipe.device == "auto" else recipe.device
    if kind not in kinds:
        problem = hardware.gpu_problem() if kind == "cuda" else None
        allowed = f"auto, {', '.join(kinds)}"
        raise problem or RecipeError("errors.recipe_field", field="device", value=kind, allowed=allowed)
    local = os.environ.get("LOCAL_RANK", "0") if distributed.is_initialized() else "0"
    return torch.device(kind, int(local)) if kind == "cuda" else torch.device(kind)


class Training:
    """One run in memory: the network, its optimiser, and how far it is."""

    def __init__(self, recipe: Recipe, data: DataSet, cache: Path | None = None) -> None:
        self.recipe = recipe
        self.data = data
        self.device = device_of(recipe)
        self.rank, self.processes = 0, 1
        if distributed.is_initialized():
            self.rank, self.processes = distributed.get_rank(), distributed.get_world_size()
        if recipe.batch_size < 2 * self.processes:  # BatchNorm knows no variance of one picture
            allowed = f"{2 * self.processes} – 4096 ({self.processes} processes)"
            raise RecipeError("errors.recipe_field", field="batch_size", value=recipe.batch_size, allowed=allowed)
        self.network = backbones.to_fine_tune(
            recipe.network, recipe.weights, data.classes, data.side, recipe.image_size, seed=recipe.seed
        )
        self.module = self.network.module.to(self.device).to(memory_format=torch.channels_last)
        self.head = self.module.get_submodule(self.network.head)
        self.parts = self.network.parts
        self.start = {name: tensor.clone() for name, tensor in self.module.state_dict().items()}
        self.train, self.test = self._placed(data.train), self._placed(data.test)
        self.validation = self._placed(data.validation) if data.validation else None
        preprocess = self.network.preprocess
        self.augment = Augment(recipe, data.side, preprocess.mean, preprocess.std, self.device)
        floats = probe.precision(recipe, self.device, cache)
        if self._over_processes(torch.tensor(float(floats == "bfloat16"))).item() < self.processes:
            floats = "float32"  # each process measures for itself: bfloat16 where all agree
        self.precision = Precision(self.device, floats)
        self.cuts = cuts(len(data.train), recipe.batch_size, self.processes)
        mine = f"{self.network.head}."
        backbone = [value for name, value in self.module.named_parameters() if not name.startswith(mine)]
        # Both groups from the first step on: one that is added at the unfreeze breaks the order of a stored state.
        groups = [{"params": backbone}, {"params": list(self.head.parameters())}]
        self.optimizer = steps.make_optimizer(recipe.optimizer, groups, recipe.lr, recipe.weight_decay, self.device)
        self.plateau: torch.optim.lr_scheduler.ReduceLROnPlateau | None = None
        self.at = Position()
        self.best: dict[str, float] | None = None
        self.features: dict[str, Tensor] = {}
        # For Dropout and its like, and for pictures augmented on a GPU; after the probe, whose steps draw as well.
        torch.manual_seed(recipe.seed)

    @property
    def frozen(self) -> bool:
        return self.at.epoch <= self.recipe.freeze_epochs

    def state(self) -> dict[str, Any]:
        """All that the rest of the run depends on; plain values and tensors that torch.save keeps."""
        return {
            "version": STATE_VERSION,
            "model": {name: tensor.detach().cpu() for name, tensor in self.module.state_dict().items()},
            "optimizer": self.optimizer.state_dict(),
            "lowered": self.peak / self._first_peak(),
            "plateau": self.plateau.state_dict() if self.plateau else None,
            "position": vars(self.at).copy(),
            "best": self.best,
            "precision": self.precision.name,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Raises RunError where `state` does not fit the recipe."""
        try:
            if state["version"] != STATE_VERSION:
                raise ValueError(f"version {state['version']}")
            self.module.load_state_dict(state["model"])
            # Only the moments: the options are the recipe's and the device's, and a captured step reads its rate there.
            options = [{k: v for k, v in group.items() if k != "params"} for group in self.optimizer.param_groups]
            self.optimizer.load_state_dict(state["optimizer"])
            for group, own in zip(self.optimizer.param_groups, options, strict=True):
                group.update(own)
            self.at = Position(**state["position"])
            if self.rank:  # the sums so far are those of all processes, or the first's alone
                self.at.loss_sum = self.at.correct = 0.0
            self.best = state["best"]
            self.precision = Precision(self.device, state["precision"])
            torch.set_rng_state(state["random"])
            if state["random_cuda"] is not None and self.device.type == "cuda":
                torch.cuda.set_rng_state(state["random_cuda"], self.device)
            self._begin_phase()
            if self.plateau and state["plateau"]:
                self.plateau.load_state_dict(state["plateau"])
                self.peak *= state["lowered"]  # and not what it was: a fork may have another rate to begin with
                steps.set_lr(self.optimizer, self.peak)
        except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
            raise RunError("errors.checkpoint_not_of_run") from error

    def run(self, stop: Callable[[], bool], *, resumed: bool = False) -> Iterator[Event]:
        """All events from the current position to the end."""
        self.stop = stop
        self.saved_s = self.told_s = time.monotonic()
        yield self._opening(resumed)
        yield from (Event("warning", warning) for warning in run_metadata.warnings(self.data))
        full = False
        try:
            if not resumed:
                self._begin_phase()
            while self.at.epoch <= self.recipe.epochs:
                yield from self._epoch()
        except _Stopped:
            yield self._checkpoint()
            yield Event("end", {"reason": "stopped"}, self._weights())
        except torch.OutOfMemoryError:
            full = True  # what the error holds of the failed step is let go before a smaller batch is tried
        else:
            yield Event("end", {"reason": "finished", **self._cost()}, self._weights())
        if full:
            raise RunError("errors.out_of_memory", **self._smaller_batch())

    # What an epoch is made of

    def _epoch(self) -> Iterator[Event]:
        at, first = self.at, self.at.seen == 0
        if first and at.epoch == 1 and self.frozen:
            fields = {"epoch": 1, "parameters": self._frozen_parameters(), "cached": self.cached}
            yield Event("freeze", {**fields, "freeze_bn": self.recipe.freeze_bn})
        if first and at.epoch == self.recipe.freeze_epochs + 1 > 1:
            self._begin_phase()
            lr = self.recipe.unfreeze_lr
            yield Event("unfreeze", {"epoch": at.epoch, "iteration": at.iteration, "lr": lr})
        self.begun_s = time.perf_counter()
        yield from self._learn()
        measured = self._measure()
        at.seconds += time.perf_counter() - self.begun_s
        yield from self._ended(measured)

    def _learn(self) -> Iterator[Event]:
        """The steps that the epoch still lacks."""
        at = self.at
        unseen = False
        if isinstance(self.batches, Features):
            yield from self._remembered(self.batches)
            unseen = self.batches.show(at.epoch)
        order = self._order(at.epoch)
        # What is left is cut anew: a run that goes on with smaller batches shows each picture once all the same.
        left = cuts(len(self.train) - at.seen, self.recipe.batch_size, self.processes)
        places = [(at.seen + low, at.seen + high) for low, high in left]
        for number, (low, high) in enumerate(places, start=len(self.cuts) - len(places) + 1):
            yield from self._told()
            try:
                self._ask()
            except _Stopped:
                yield from self._told(all_of_them=True)
                raise
            if time.monotonic() - self.saved_s > CHECKPOINT_EVERY_S:
                yield from self._told(all_of_them=True)
                yield self._checkpoint()
            lr = self._lr(number)
            steps.set_lr(self.optimizer, lr)
            picks = order[low:high][self.rank :: self.processes]
            weight = len(picks) * self.processes / (high - low)
            random = None  # a captured step draws from the device's own generator
            if not isinstance(self.steps, CapturedSteps):
                random = generator(self.recipe.seed, at.epoch, low, self.rank, device=self.device)
            if isinstance(self.batches, Features) and unseen:
                self._remember(self.batches, at.epoch, order, low, high)
            result = self.steps(picks, random, weight)
            at.seen, at.iteration = high, at.iteration + 1
            what = {"epoch": at.epoch, "batch": number, "iteration": at.iteration, "loss": 0.0, "lr": lr}
            self.readback.put((what, len(picks)), result)
        yield from self._told(all_of_them=True)

    def _order(self, epoch: int) -> Tensor:
        """The places (pictures,) of the training pictures in the order in which `epoch` shows them."""
        return torch.randperm(len(self.train), generator=generator(self.recipe.seed, epoch)).to(self.device)

    def _remember(self, features: Features, epoch: int, order: Tensor, low: int, high: int) -> None:
        """Every process computes the whole batch: in a later epoch the pictures are dealt out otherwise."""
        begun = time.perf_counter()
        features.remember(order[low:high], generator(self.recipe.seed, epoch, low, device=self.device))
        self.steps.spent["data"] += time.perf_counter() - begun

    def _remembered(self, features: Features) -> Iterator[Event]:
        """Compute anew what the run knew before it was broken off: from the same batches, so that bits are the same."""
        seen = []
        for epoch in range(1, self.at.epoch + 1):
            if features.show(epoch) and features.view not in features.known:
                count = len(self.train) if epoch < self.at.epoch else self.at.seen
                seen += [(epoch, low, high) for low, high in cuts(count, self.recipe.batch_size, self.processes)]
        for k, (epoch, low, high) in enumerate(seen):
            features.show(epoch)
            self._remember(features, epoch, self._order(epoch), low, high)
            if time.monotonic() - self.told_s > TELL_EVERY_S:
                self.told_s = time.monotonic()
                self._ask()
                yield Event("prepare", {"what": "features", "done": k + 1, "total": len(seen)})

    def _told(self, *, all_of_them: bool = False) -> Iterator[Event]:
        for (what, pictures), (loss, correct) in self.readback.ready(all_of_them=all_of_them):
            if not math.isfinite(loss):
                raise RunError("errors.diverged", epoch=what["epoch"], iteration=what["iteration"], lr=what["lr"])
            self.at.loss_sum += loss * pictures
            self.at.correct += correct
            yield Event("batch", {**what, "loss": loss})

    def _measure(self) -> dict[str, Any]:
        """Losses and accuracies of the epoch, and the answers to the test pictures."""
        at, begun = self.at, time.perf_counter()
        sums = self._over_processes(torch.tensor([at.loss_sum, at.correct], dtype=torch.float64))
        count = len(self.train)
        found: dict[str, Any] = {"train_loss": sums[0].item() / count, "train_accuracy": sums[1].item() / count}
        if self.processes > 1:  # BatchNorm's statistics are each process's own until the next step
            for buffer in self.module.buffers():
                distributed.broadcast(buffer, 0)
        self.module.eval()
        for name, split in (("validation", self.validation), ("test", self.test)):
            if split is not None:
                losses, predicted, probability = self._answers(name, split)
                found[f"{name}_loss"] = losses.mean().item()
                if not math.isfinite(found[f"{name}_loss"]):
                    raise RunError(
                        "errors.diverged", epoch=at.epoch, iteration=at.iteration, lr=self._lr(len(self.cuts))
                    )
                found[f"{name}_accuracy"] = int((predicted == split.labels).sum()) / len(split)
        self._mode()
        self.steps.spent["test"] = self.steps.spent.get("test", 0.0) + time.perf_counter() - begun
        found["answers"] = (predicted.cpu(), probability.cpu())
        return found

    def _answers(self, name: str, split: Split) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, prediction and its probability for each picture of `split`, (N,); several processes share the work."""
        picks = torch.arange(self.rank, len(split), self.processes, device=self.device)
        images, labels = split.images[picks], split.labels[picks]
        if self.cached:
            if name not in self.features:
                parts = []
                for low in range(0, len(images), steps.CHUNK):
                    parts.append(self._features(self.augment.plain(images[low : low + steps.CHUNK])))
                self.features[name] = torch.cat(parts)
            network = self.network.tail
            chunks = steps.answers(network, lambda a, b: self.features[name][a:b], labels, self.precision)
        else:
            chunks = steps.answers(self.module, lambda a, b: self.augment.plain(images[a:b]), labels, self.precision)
        parts_of = [(torch.zeros(0), labels[:0], torch.zeros(0))] if not len(labels) else []  # fewer than processes
        for chunk in chunks:
            parts_of.append(chunk)
            if self.processes == 1:  # the others may have a chunk less
                self._ask()
        losses, predicted, probability = (torch.cat(columns) for columns in zip(*parts_of, strict=True))
        return (
            self._gathered(losses, len(split)),
            self._gathered(predicted, len(split)),
            self._gathered(probability, len(split)),
        )

    def _ended(self, measured: dict[str, Any]) -> Iterator[Event]:
        at, recipe = self.at, self.recipe
        predicted, probability = measured.pop("answers")
        accuracy, loss = (measured[f"{recipe.best_by}_{what}"] for what in ("accuracy", "loss"))
        best = self.best is None or accuracy > self.best["accuracy"]
        if best:
            self.best = {"epoch": at.epoch, "accuracy": accuracy}
        before = self._lr(len(self.cuts))
        fields = {
            "epoch": at.epoch, **measured, "lr": before, "frozen": self.frozen, "seconds": at.seconds, "best": best,
            "strip": [[int(predicted[k]), round(float(probability[k]), 4)] for k in run_metadata.strip(self.data)],
            **run_metadata.moved(self.start, self.module.state_dict(), self.parts, self.network.head),
            "spent": {name: round(seconds, 4) for name, seconds in self.steps.spent.items()},
            "why_not": self.steps.why_not,
        }  # fmt: skip
        if self.device.type == "cuda":
            fields["gpu_memory_gb"] = run_metadata.peak_gb(self.device)
        weights = self._weights() if best else None
        yield Event("epoch", fields, Predictions(self.data.test.labels, predicted, probability, weights))
        self.steps.spent.update(dict.fromkeys(self.steps.spent, 0.0))
        last_of_phase = at.epoch in (recipe.freeze_epochs, recipe.epochs)
        if self.plateau and not last_of_phase:
            self.plateau.step(loss)
            self.peak = float(self.optimizer.param_groups[0]["lr"])
            if self.peak < before:
                yield Event("lr", {"epoch": at.epoch, "lr": self.peak})
        self.at = Position(epoch=at.epoch + 1, iteration=at.iteration)
        keep = last_of_phase or (recipe.keep_every > 0 and at.epoch % recipe.keep_every == 0)
        if keep or time.monotonic() - self.saved_s > CHECKPOINT_EVERY_S:
            yield self._checkpoint(keep)

    # Phases: frozen, then not

    def _begin_phase(self) -> None:
        """Set up for the current epoch: what requires a gradient, how BatchNorm behaves, what a step is made of."""
        recipe, frozen = self.recipe, self.frozen
        for parameter in self._backbone():
            parameter.requires_grad_(not frozen)
        self.cached = frozen and recipe.caches_features
        self._mode()
        self.peak = self._first_peak()
        steps.set_lr(self.optimizer, self.peak)
        self.plateau = None
        if recipe.schedule == "plateau":
            self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(self.optimizer, **PLATEAU)  # type: ignore[arg-type]
        self.batches: Pictures | Features = Pictures(self.train, self.augment)
        network: nn.Module = self.module
        if self.cached:
            network = self.network.tail
            self.batches = Features(self.train, self.augment, self._features, recipe.fixed_views)
        self.features = {}
        if self.processes > 1:
            network = DistributedDataParallel(network)
        made = Steps(network, self.batches, self.optimizer, self.precision, recipe.label_smoothing)
        self.steps: Steps | CapturedSteps = made
        if self.device.type == "cuda" and self.processes == 1 and not self.cached:
            self.steps = CapturedSteps(made, min(recipe.batch_size, len(self.train)))
        else:
            made.why_not = "processes" if self.processes > 1 else "features" if self.cached else "device"
        self.readback = Readback(self.device)

    def _first_peak(self) -> float:
        """The peak of the current phase's learning rate, before a plateau lowers it."""
        return self.recipe.lr if self.frozen or not self.recipe.freeze_epochs else self.recipe.unfreeze_lr

    def _mode(self) -> None:
        """Train mode; but with `freeze_bn` a frozen backbone stays as it is: statistics, and Dropout and its like off.

        So features computed once are what the head sees, also where a Dropout stands before it.
        """
        self.module.train(not (self.frozen and self.recipe.freeze_bn))

    def _backbone(self) -> list[nn.Parameter]:
        group: list[nn.Parameter] = self.optimizer.param_groups[0]["params"]
        return group

    @torch.no_grad()
    def _features(self, x: Tensor) -> Tensor:
        """What reaches the head, (n, width), or (n, width, h, w) for one that is a convolution; in eval mode."""
        reached: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, given: reached.append(given[0]))
        learning = self.module.training
        self.module.eval()
        with self.precision():
            self.module(x)
        hook.remove()
        if learning:
            self._mode()
        return reached[0].float()

    def _lr(self, batch: int) -> float:
        """Learning rate of the epoch's step number `batch` (from 1)."""
        first, last = (
            (1, self.recipe.freeze_epochs) if self.frozen else (self.recipe.freeze_epochs + 1, self.recipe.epochs)
        )
        done = (self.at.epoch - first) * len(self.cuts) + batch
        return self.peak * share_of_peak(self.recipe.schedule, done / ((last - first + 1) * len(self.cuts) + 1))

    # What is told

    def _opening(self, resumed: bool) -> Event:
        preprocess = self.network.preprocess
        sizes = {"picture_px": self.data.side, "input_px": preprocess.input_px}
        fields = {
            "network": self.recipe.network, **run_metadata.pictures(self.data),
            "parameters": sum(parameter.numel() for parameter in self.module.parameters()),
            "frozen_parameters": self._frozen_parameters() if self.recipe.freeze_epochs else 0,
            **run_metadata.machine_of(self.device), "precision": self.precision.name, "processes": self.processes,
            "batches": len(self.cuts), "preprocess": {**sizes, "mean": preprocess.mean, "std": preprocess.std},
        }  # fmt: skip
        if resumed:
            fields |= {"epoch": self.at.epoch, "seen": self.at.seen, "iteration": self.at.iteration}
        return Event("resume" if resumed else "start", fields)

    def _frozen_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self._backbone())

    def _cost(self) -> dict[str, Any]:
        """Of one picture's forward pass in the run's precision, and the most memory that was in use before."""
        memory_gb = run_metadata.peak_gb(self.device)
        self.module.eval()
        with self.precision():
            took_ms = run_metadata.forward_ms(self.module, self.recipe.image_size, self.device)
        return {"forward_ms": round(took_ms, 3), "memory_gb": round(memory_gb, 3)}

    def _checkpoint(self, keep: bool = False) -> Event:
        self.saved_s = time.monotonic()
        at = self.at
        if at.seen:  # in the middle of an epoch: what it took so far counts
            now = time.perf_counter()
            at.seconds, self.begun_s = at.seconds + now - self.begun_s, now
        fields = {"epoch": at.epoch, "seen": at.seen, "iteration": at.iteration, "keep": keep}
        return Event("checkpoint", fields, self.state())

    def _weights(self) -> dict[str, Tensor]:
        return {name: tensor.detach().cpu().clone() for name, tensor in self.module.state_dict().items()}

    # Several processes, and faults

    def _ask(self) -> None:
        """Raises _Stopped when someone asked the run to stop: in every process at once."""
        if self._over_processes(torch.tensor(float(self.stop()))).item() > 0:
            raise _Stopped

    def _over_processes(self, value: Tensor) -> Tensor:
        """The sum of each process's `value`."""
        if self.processes > 1:
            value = value.to(self.device)
            distributed.all_reduce(value)
        return value

    def _gathered(self, mine: Tensor, count: int) -> Tensor:
        """Every process's answers, (count,), where process r gave those of the pictures r, r + processes, …"""
        if self.processes == 1:
            return mine
        whole = torch.zeros(count, dtype=mine.dtype, device=self.device)
        whole[self.rank :: self.processes] = mine
        return self._over_processes(whole)

    def _smaller_batch(self) -> dict[str, Any]:
        """The largest half, quarter, … of the batch size that the device has room for; found by trying."""
        recipe, size = self.recipe, self.recipe.batch_size // 2
        self.steps = self.readback = None  # type: ignore[assignment]
        while size >= 2:
            self.optimizer.zero_grad(set_to_none=True)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            try:
                x = self.augment(self.train.images[:size])
                with self.precision():
                    self.module(x).float().sum().backward()
                break
            except torch.OutOfMemoryError:
                size //= 2
        return {"batch_size": recipe.batch_size, "fits": max(size, 2)}

    def _placed(self, split: Split) -> Split:
        return Split(split.images.to(self.device), split.labels.to(self.device))
