"""Training loop that yields events. Independent of run folders and the user interface."""

import math
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from explorer.core import hardware
from explorer.core.errors import RecipeError, RunError
from explorer.data import datasets
from explorer.data.arriving import Arriving, Unforeseen
from explorer.data.datasets import DataSet, Split
from explorer.models import loading, registry, weight_files
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from explorer.models.registry import IMAGENET
from explorer.training import probe, run_metadata, steps
from explorer.training.augment import Augment
from explorer.training.recipe import Recipe
from explorer.training.schedules import batch_bounds, learning_rate, phase
from explorer.training.steps import CapturedSteps, Features, Pictures, Precision, Readback, Steps, generator

T = TypeVar("T")

CHECKPOINT_EVERY_S: Final = 30.0  # writing one of ResNet18 with Adam (135 MB) takes half a second
PLATEAU: Final = {"factor": 0.5, "patience": 2}  # as in the tutorial, on the loss of the split `best_by`
REPORT_EVERY_S: Final = 0.5  # progress of preparations
STOP_EVERY: Final = 16  # steps between two questions of several processes whether to stop
STATE_VERSION: Final = 1


@dataclass(frozen=True)
class Event:
    """An event of a run. `fields` are JSON values; `payload` holds tensors.

    Kinds: prepare, start, resume, freeze, unfreeze, batch, test, lr, warning; and with a payload: epoch
    (`Predictions`), checkpoint (the state to resume from), end (the final weights, or None after a failure).
    """

    kind: str
    fields: dict[str, Any]
    payload: Any = None


@dataclass(frozen=True)
class Predictions:
    """Predictions on the test pictures: labels (N,), predicted classes (N,), their probabilities (N,).

    `weights` is the state dict if it is the best so far, else None.
    """

    labels: Tensor
    predicted: Tensor
    probability: Tensor
    weights: dict[str, Tensor] | None


@dataclass
class Position:
    """Progress of a run: current epoch (from 1), pictures seen in it, total steps, and sums over the epoch's steps."""

    epoch: int = 1
    seen: int = 0
    iteration: int = 0
    loss_sum: float = 0.0
    correct: float = 0.0
    seconds: float = 0.0


class _Stopped(Exception):
    """`stop` returned True."""


def train(
    recipe: Recipe,
    *,
    cache: Path | None = None,
    state: Mapping[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Train as `recipe` says, from `state` (the payload of a checkpoint event) if given.

    `cache` is a folder for decoded data sets. `stop()` is called after every step; once it returns True the run yields
    a checkpoint and ends. On a CPU the same recipe gives bit-identical results, however often the run was interrupted
    and resumed. On a CPU a large data set is decoded while the first epoch runs; if it turns out not to be what its
    first pictures promise, the run starts again. Raises RecipeError, DataError, WeightsError or RunError (out of
    memory, diverged, GPU failure).
    """
    load = partial(datasets.load, recipe, cache=cache, stop=stop)
    assumed = state.get("assumed") if isinstance(state, dict) else None  # by a run that was stopped in its first epoch
    early = (state is None or assumed) and not distributed.is_initialized() and select_device(recipe).type == "cpu"
    order = partial(epoch_order, recipe.seed, 1) if early else None
    again = False
    arriving: Arriving | None = None
    try:
        while True:
            data = yield from _waited("pictures", partial(load, order=order))
            arriving = data.arriving
            if recipe.weights in IMAGENET and recipe.weights in registry.weights(recipe.network):
                yield from _waited("weights", partial(weight_files.get, recipe.network, recipe.weights))
            training = Training(recipe, data, cache)
            if assumed not in (None, training.counted()):
                state, assumed, again = None, None, True
            if state is not None:
                training.restore(state)
            try:
                yield from training.run(stop, resumed=state is not None, again=again)
                return
            except Unforeseen:
                state, assumed, order, arriving, again = None, None, None, None, True
                del data, training  # so that no picture is in memory twice
    except (_Stopped, datasets.Interrupted):  # before there was anything to save
        yield Event("end", {"reason": "stopped"})
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or steps.is_gpu_full(error) or "DefaultCPUAllocator" in str(error):
            raise RunError("errors.memory_full") from error
        if isinstance(error, torch.AcceleratorError):
            raise RunError("errors.gpu_failed", reason=str(error).partition("\n")[0][:200]) from error
        raise
    finally:
        if arriving:
            arriving.cancel()


def epoch_order(seed: int, epoch: int, pictures: int) -> Tensor:
    """Shuffled indices (pictures,) of the training pictures for `epoch` (from 1)."""
    return torch.randperm(pictures, generator=generator(seed, epoch))


def _waited(what: str, call: Callable[..., T]) -> Generator[Event, None, T]:
    """Run `call`, which takes `progress`, in a thread; yield how far it is as prepare events."""
    shown: dict[str, Any] = {"what": "files" if what == "pictures" else what, "done": 0, "total": 0}

    def on_progress(done: int, total: int | None) -> None:
        shown.update(what=what, done=done, total=total or 0)

    with ThreadPoolExecutor(1) as pool:
        called = pool.submit(call, progress=on_progress)
        while not wait([called], REPORT_EVERY_S).done:
            yield Event("prepare", shown.copy())
        return called.result()


def select_device(recipe: Recipe) -> torch.device:
    """The device that `recipe` asks for. Raises RecipeError if torch cannot use it, with the reason if known."""
    kinds = hardware.device_types()
    kind = kinds[0] if recipe.device == "auto" else recipe.device
    if kind not in kinds:
        problem = hardware.gpu_problem() if kind == "cuda" else None
        allowed = f"auto, {', '.join(kinds)}"
        raise problem or RecipeError("errors.recipe_field", field="device", value=kind, allowed=allowed)
    if kind != "cuda":
        return torch.device(kind)
    local = int(os.environ.get("LOCAL_RANK", "0"))  # torchrun's number of this process on this machine
    if local >= torch.cuda.device_count():
        raise RecipeError("errors.too_few_gpus", processes=local + 1, gpus=torch.cuda.device_count())
    return torch.device(kind, local)


class Training:
    """A run in memory: network, optimiser, position."""

    def __init__(self, recipe: Recipe, data: DataSet, cache: Path | None = None) -> None:
        self.recipe = recipe
        self.data = data
        self.cache = cache
        self.device = select_device(recipe)
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)  # streams, events and graphs are those of the current device
        self.rank, self.processes = 0, 1
        if distributed.is_initialized():
            self.rank, self.processes = distributed.get_rank(), distributed.get_world_size()
        if recipe.batch_size < 2 * self.processes:  # BatchNorm needs a variance
            allowed = f"{2 * self.processes} – 4096 ({self.processes} processes)"
            raise RecipeError("errors.recipe_field", field="batch_size", value=recipe.batch_size, allowed=allowed)
        self.network = loading.to_fine_tune(
            recipe.network, recipe.weights, data.classes, data.side, recipe.image_size, seed=recipe.seed
        )
        if recipe.normalization == "cifar10":
            preprocess = self.network.preprocess.normalised_as(CIFAR_PREPROCESSING)
            self.network = replace(self.network, preprocess=preprocess)
        self.module = steps.place(self.network.module, self.device)
        self.head = self.module.get_submodule(self.network.head)
        self.parts = self.network.parts
        self.start = {name: tensor.clone() for name, tensor in self.module.state_dict().items()}
        self.train, self.test = self._to_device(data.train), self._to_device(data.test)
        self.validation = self._to_device(data.validation) if data.validation else None
        preprocess = self.network.preprocess
        self.augment = Augment(recipe, data.side, preprocess.mean, preprocess.std, self.device)
        floats = probe.precision(recipe, self.device, cache)
        if self._all_reduce(torch.tensor(float(floats == "bfloat16"))).item() < self.processes:
            floats = "float32"  # each process measured for itself; bfloat16 only if all agree
        self.precision = Precision(self.device, floats)
        self.batches_per_epoch = len(batch_bounds(len(data.train), recipe.batch_size, self.processes))
        head = f"{self.network.head}."
        backbone = [value for name, value in self.module.named_parameters() if not name.startswith(head)]
        # Both groups from the start: adding one at the unfreeze would change the order in a stored optimiser state.
        groups = [{"params": backbone}, {"params": list(self.head.parameters())}]
        self.optimizer = steps.make_optimizer(recipe.optimizer, groups, recipe.lr, recipe.weight_decay, self.device)
        self.plateau: torch.optim.lr_scheduler.ReduceLROnPlateau | None = None
        self.position = Position()
        self.best: dict[str, float] | None = None
        self.features: dict[str, Tensor] = {}
        # For Dropout, and for augmentation on a GPU. After the probe, whose steps also draw random numbers.
        torch.manual_seed(recipe.seed)

    @property
    def frozen(self) -> bool:
        return self.position.epoch <= self.recipe.freeze_epochs

    def state(self) -> dict[str, Any]:
        """The complete state to resume from: plain values and tensors, for torch.save."""
        return {
            "version": STATE_VERSION,
            "model": {name: tensor.detach().cpu() for name, tensor in self.module.state_dict().items()},
            "optimizer": self.optimizer.state_dict(),
            "lowered": self.peak / self._first_peak(),
            "plateau": self.plateau.state_dict() if self.plateau else None,
            "position": vars(self.position).copy(),
            "best": self.best,
            "precision": self.precision.name,
            "assumed": self.counted() if self.data.arriving else None,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Load a `state`. Raises RunError if it does not match the recipe."""
        try:
            if state["version"] != STATE_VERSION:
                raise ValueError(f"version {state['version']}")
            self.module.load_state_dict(state["model"])
            # Restore only the moments. The options come from the recipe, and captured steps read this lr tensor.
            options = [{k: v for k, v in group.items() if k != "params"} for group in self.optimizer.param_groups]
            self.optimizer.load_state_dict(state["optimizer"])
            for group, own in zip(self.optimizer.param_groups, options, strict=True):
                group.update(own)
            self.position = Position(**state["position"])
            if self.rank:  # the stored sums are kept by process 0 alone
                self.position.loss_sum = self.position.correct = 0.0
            self.best = state["best"]
            if self.recipe.precision != "auto" or probe.has_bfloat16(self.device):  # else this is another machine
                self.precision = Precision(self.device, state["precision"])
            torch.set_rng_state(state["random"])
            if state["random_cuda"] is not None and self.device.type == "cuda":
                torch.cuda.set_rng_state(state["random_cuda"], self.device)
            self._begin_phase()
            if self.plateau and state["plateau"]:
                self.plateau.load_state_dict(state["plateau"])
                self.peak *= state["lowered"]  # relative, because a fork may have another initial rate
                steps.set_lr(self.optimizer, self.peak)
        except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
            raise RunError("errors.checkpoint_not_of_run") from error

    def counted(self) -> list[int]:
        """What the splits and the order of the pictures depend on: how many there are, and their side in pixels."""
        return [len(self.train), len(self.validation or ()), len(self.test), self.data.side]

    def run(self, stop: Callable[[], bool], *, resumed: bool = False, again: bool = False) -> Iterator[Event]:
        """Train from the current position to the end; yields events. `again`: instead of an attempt that was wrong."""
        self.stop = stop
        self.checkpointed_s = self.reported_s = time.monotonic()
        yield self._opening(resumed)
        yield from (Event("warning", warning) for warning in run_metadata.warnings(self.data, self.recipe))
        full = False
        try:
            if not resumed:
                self._begin_phase()
            if again:
                yield Event("warning", {"key": "errors.data_began_again", "values": {}})
                yield self._checkpoint()  # in place of that attempt's
            while self.position.epoch <= self.recipe.epochs:
                yield from self._epoch()
                if self.data.arriving:
                    yield from self._all_arrived(self.data.arriving)
        except _Stopped:
            yield self._checkpoint()
            yield Event("end", {"reason": "stopped"}, self._weights())
        except RuntimeError as error:
            if not steps.is_gpu_full(error):
                raise
            full = True  # handled below, after the exception has released the tensors of the failed step
        else:
            yield Event("end", {"reason": "finished", **self._cost()}, self._weights())
        if full:
            raise RunError("errors.out_of_memory", **self._find_fitting_batch())

    # Epochs

    def _epoch(self) -> Iterator[Event]:
        position, first = self.position, self.position.seen == 0
        if first and position.epoch == 1 and self.frozen:
            fields = {"epoch": 1, "parameters": self._frozen_parameters(), "cached": self.cached}
            yield Event("freeze", {**fields, "freeze_bn": self.recipe.freeze_bn})
        if first and position.epoch == self.recipe.freeze_epochs + 1 > 1:
            self._begin_phase()
            lr = self.recipe.unfreeze_lr
            yield Event("unfreeze", {"epoch": position.epoch, "iteration": position.iteration, "lr": lr})
        self.begun_s = time.perf_counter()
        yield from self._train_epoch()
        measured = yield from self._evaluate()
        position.seconds += time.perf_counter() - self.begun_s
        yield from self._finish_epoch(measured)

    def _all_arrived(self, arriving: Arriving) -> Iterator[Event]:
        """After the first epoch, which needed every picture."""
        self.data = replace(self.data, repeated=arriving.finished(), arriving=None)
        if self.data.repeated:
            yield Event("warning", run_metadata.repeated(self.data))

    def _train_epoch(self) -> Iterator[Event]:
        """The remaining steps of the epoch."""
        position = self.position
        unseen = False
        if isinstance(self.batches, Features):
            yield from self._recompute_features(self.batches)
            unseen = self.batches.select_view(position.epoch)
        order = self._order(position.epoch)
        self.stepped = len(self.train) - position.seen
        # Batches are computed for the remaining pictures, because a run may be resumed with smaller batches.
        left = batch_bounds(len(self.train) - position.seen, self.recipe.batch_size, self.processes)
        places = [(position.seen + low, position.seen + high) for low, high in left]
        for number, (low, high) in enumerate(places, start=self.batches_per_epoch - len(places) + 1):
            yield from self._batch_events()
            try:
                if self.processes == 1 or position.iteration % STOP_EVERY == 0:  # several wait for each other's answer
                    self._check_stop()
            except _Stopped:
                yield from self._batch_events(wait_for_all=True)
                raise
            if time.monotonic() - self.checkpointed_s > CHECKPOINT_EVERY_S:
                yield from self._batch_events(wait_for_all=True)
                yield self._checkpoint()
            lr = self._lr(number)
            steps.set_lr(self.optimizer, lr)
            picks = order[low:high][self.rank :: self.processes]
            weight = len(picks) * self.processes / (high - low)
            random = None  # captured steps use the device's default generator
            if not isinstance(self.steps, CapturedSteps):
                random = generator(self.recipe.seed, position.epoch, low, self.rank, device=self.device)
            if isinstance(self.batches, Features) and unseen:
                self._compute_features(self.batches, position.epoch, order, low, high)
            result = self.steps(picks, random, weight)
            position.seen, position.iteration = high, position.iteration + 1
            what = {"epoch": position.epoch, "batch": number, "iteration": position.iteration, "loss": 0.0, "lr": lr}
            self.readback.put((what, len(picks)), result)
        yield from self._batch_events(wait_for_all=True)

    def _order(self, epoch: int) -> Tensor:
        return epoch_order(self.recipe.seed, epoch, len(self.train)).to(self.device)

    def _compute_features(self, features: Features, epoch: int, order: Tensor, low: int, high: int) -> None:
        """Compute features of the whole batch in every process: later epochs distribute the pictures differently."""
        begun = time.perf_counter()
        features.compute(order[low:high], generator(self.recipe.seed, epoch, low, device=self.device))
        self.steps.spent["data"] += time.perf_counter() - begun

    def _recompute_features(self, features: Features) -> Iterator[Event]:
        """Recompute the cached features of an interrupted run, from the same batches for bit-identical results."""
        seen = []
        for epoch in range(1, self.position.epoch + 1):
            if features.select_view(epoch) and features.view not in features.cached:
                count = len(self.train) if epoch < self.position.epoch else self.position.seen
                seen += [
                    (epoch, low, high) for low, high in batch_bounds(count, self.recipe.batch_size, self.processes)
                ]
        for k, (epoch, low, high) in enumerate(seen):
            features.select_view(epoch)
            self._compute_features(features, epoch, self._order(epoch), low, high)
            if time.monotonic() - self.reported_s > REPORT_EVERY_S:
                self.reported_s = time.monotonic()
                self._check_stop()
                yield Event("prepare", {"what": "features", "done": k + 1, "total": len(seen)})

    def _batch_events(self, *, wait_for_all: bool = False) -> Iterator[Event]:
        for (what, pictures), (loss, correct) in self.readback.ready(wait_for_all=wait_for_all):
            if not math.isfinite(loss):
                raise RunError("errors.diverged", epoch=what["epoch"], iteration=what["iteration"], lr=what["lr"])
            self.position.loss_sum += loss * pictures
            self.position.correct += correct
            yield Event("batch", {**what, "loss": loss})

    def _evaluate(self) -> Generator[Event, None, dict[str, Any]]:
        """Losses and accuracies of the epoch, and the predictions on the test pictures."""
        position, begun = self.position, time.perf_counter()
        sums = self._all_reduce(torch.tensor([position.loss_sum, position.correct], dtype=torch.float64))
        count = len(self.train)
        measured: dict[str, Any] = {"train_loss": sums[0].item() / count, "train_accuracy": sums[1].item() / count}
        if self.processes > 1:  # BatchNorm's statistics differ between processes until the next step
            for buffer in self.module.buffers():
                distributed.broadcast(buffer, 0)
        self.module.eval()
        for name, split in (("validation", self.validation), ("test", self.test)):
            if split is not None:
                losses, predicted, probability = yield from self._predict(name, split)
                measured[f"{name}_loss"] = losses.mean().item()
                if not math.isfinite(measured[f"{name}_loss"]):
                    lr = self._lr(self.batches_per_epoch)
                    raise RunError("errors.diverged", epoch=position.epoch, iteration=position.iteration, lr=lr)
                measured[f"{name}_accuracy"] = int((predicted == split.labels).sum()) / len(split)
        self._set_mode()
        self.steps.spent["test"] = self.steps.spent.get("test", 0.0) + time.perf_counter() - begun
        measured["answers"] = (predicted.cpu(), probability.cpu())
        return measured

    def _predict(self, name: str, split: Split) -> Generator[Event, None, tuple[Tensor, Tensor, Tensor]]:
        """Loss, predicted class and its probability for each picture of `split`, (N,), computed by all processes."""
        mine = split.at(slice(self.rank, None, self.processes))
        labels = mine.labels
        at_once = steps.chunk(self.device, self.recipe.image_size)
        if self.cached:
            if name not in self.features:
                places = torch.split(torch.arange(len(labels)), at_once)
                parts = [self._features(self.augment.plain(mine.pictures(some))) for some in places]
                self.features[name] = torch.cat(parts)
            network = self.network.tail
            chunks = steps.predict(network, lambda a, b: self.features[name][a:b], labels, self.precision, at_once)
        else:

            def plain(low: int, high: int) -> Tensor:
                return self.augment.plain(mine.pictures(slice(low, high)))

            chunks = steps.predict(self.module, plain, labels, self.precision, at_once)
        results = [] if len(labels) else [(torch.zeros(0), labels[:0], torch.zeros(0))]  # fewer pictures than processes
        done = 0
        for chunk in chunks:
            results.append(chunk)
            done += len(chunk[0])
            if time.monotonic() - self.reported_s > REPORT_EVERY_S:
                self.reported_s = time.monotonic()
                yield Event("test", {"done": done, "total": len(labels)})
            if self.processes == 1:  # processes may have different numbers of chunks
                self._check_stop()
        losses, predicted, probability = (torch.cat(columns) for columns in zip(*results, strict=True))
        return (
            self._gather(losses, len(split)),
            self._gather(predicted, len(split)),
            self._gather(probability, len(split)),
        )

    def _finish_epoch(self, measured: dict[str, Any]) -> Iterator[Event]:
        position, recipe = self.position, self.recipe
        predicted, probability = measured.pop("answers")
        accuracy, loss = (measured[f"{recipe.best_by}_{what}"] for what in ("accuracy", "loss"))
        best = self.best is None or accuracy > self.best["accuracy"]
        if best:
            self.best = {"epoch": position.epoch, "accuracy": accuracy}
        before = self._lr(self.batches_per_epoch)
        fields = {
            "epoch": position.epoch, **measured, "lr": before, "frozen": self.frozen,
            "seconds": position.seconds, "best": best,
            "strip": [[int(predicted[k]), round(float(probability[k]), 4)]
                      for k in run_metadata.strip_indices(self.data)],
            **run_metadata.relative_weight_change(self.start, self.module.state_dict(), self.parts, self.network.head),
            "spent": {name: round(seconds, 4) for name, seconds in self.steps.spent.items()},
            "why_not": self.steps.why_not,
        }  # fmt: skip
        if self.device.type == "cuda":
            fields["gpu_memory_gb"] = run_metadata.peak_gb(self.device)
        weights = self._weights() if best else None
        yield Event("epoch", fields, Predictions(self.data.test.labels, predicted, probability, weights))
        took_s = sum(self.steps.spent[name] for name in steps.PARTS)
        if (
            took_s and self.device.type == "cpu" and not self.cached and not self.data.arriving
        ):  # elsewhere it is the time of the launches
            rate = self.stepped / took_s
            probe.check(recipe, self.device, self.precision.name, self.frozen, rate, self.cache)
        self.steps.spent.update(dict.fromkeys(self.steps.spent, 0.0))
        last_of_phase = position.epoch in (recipe.freeze_epochs, recipe.epochs)
        if self.plateau and not last_of_phase:
            held = float(self.optimizer.param_groups[0]["lr"])  # on CUDA float32, so not exactly `peak`
            self.plateau.step(loss)
            if float(self.optimizer.param_groups[0]["lr"]) < held:
                self.peak *= PLATEAU["factor"]
                yield Event("lr", {"epoch": position.epoch, "lr": self.peak})
        self.position = Position(epoch=position.epoch + 1, iteration=position.iteration)
        keep = last_of_phase or (recipe.keep_every > 0 and position.epoch % recipe.keep_every == 0)
        if keep or time.monotonic() - self.checkpointed_s > CHECKPOINT_EVERY_S:
            yield self._checkpoint(keep)

    # Phases: frozen, unfrozen

    def _begin_phase(self) -> None:
        """Set up the phase of the current epoch: gradients, BatchNorm's mode, learning rate, steps."""
        recipe, frozen = self.recipe, self.frozen
        for parameter in self._backbone():
            parameter.requires_grad_(not frozen)
        self.cached = frozen and recipe.caches_features
        self._set_mode()
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
        """Peak learning rate of the current phase, before any plateau reduction."""
        return phase(self.recipe, self.position.epoch)[2]

    def _set_mode(self) -> None:
        """Set train mode; with `freeze_bn`, a frozen network stays in eval mode (BatchNorm statistics, no Dropout).

        The head then sees the same features as if cached, even if a Dropout precedes it.
        """
        self.module.train(not (self.frozen and self.recipe.freeze_bn))

    def _backbone(self) -> list[nn.Parameter]:
        group: list[nn.Parameter] = self.optimizer.param_groups[0]["params"]
        return group

    @torch.no_grad()
    def _features(self, x: Tensor) -> Tensor:
        """Inputs of the head, (n, width), or (n, width, h, w) if it is a convolution; computed in eval mode."""
        reached: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, given: reached.append(given[0]))
        learning = self.module.training
        self.module.eval()
        with self.precision():
            self.module(x)
        hook.remove()
        if learning:
            self._set_mode()
        return reached[-1].float()  # a head may be called for an early exit first

    def _lr(self, batch: int) -> float:
        """Learning rate of step number `batch` (from 1) of the epoch."""
        return learning_rate(self.recipe, self.peak, self.position.epoch, batch, self.batches_per_epoch)

    # Events

    def _opening(self, resumed: bool) -> Event:
        preprocess = self.network.preprocess
        sizes = {"picture_px": self.data.side, "input_px": preprocess.input_px}
        fields = {
            "network": self.recipe.network, **run_metadata.data_info(self.data),
            "parameters": sum(parameter.numel() for parameter in self.module.parameters()),
            "frozen_parameters": self._frozen_parameters() if self.recipe.freeze_epochs else 0,
            **run_metadata.machine_info(self.device), "precision": self.precision.name, "processes": self.processes,
            "batches": self.batches_per_epoch, "preprocess": {**sizes, "mean": preprocess.mean, "std": preprocess.std},
        }  # fmt: skip
        if resumed:
            fields |= {"epoch": self.position.epoch, "seen": self.position.seen, "iteration": self.position.iteration}
        return Event("resume" if resumed else "start", fields)

    def _frozen_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self._backbone())

    def _cost(self) -> dict[str, Any]:
        """Time of one picture's forward pass in the run's precision, and peak memory of the run."""
        memory_gb = run_metadata.peak_gb(self.device)
        self.module.eval()
        with self.precision():
            took_ms = run_metadata.forward_ms(self.module, self.recipe.image_size, self.device)
        return {"forward_ms": round(took_ms, 3), "memory_gb": round(memory_gb, 3)}

    def _checkpoint(self, keep: bool = False) -> Event:
        self.checkpointed_s = time.monotonic()
        position = self.position
        if position.seen:  # within an epoch: add the time so far
            now = time.perf_counter()
            position.seconds, self.begun_s = position.seconds + now - self.begun_s, now
        fields = {"epoch": position.epoch, "seen": position.seen, "iteration": position.iteration, "keep": keep}
        return Event("checkpoint", fields, self.state())

    def _weights(self) -> dict[str, Tensor]:
        return {name: tensor.detach().cpu().clone() for name, tensor in self.module.state_dict().items()}

    # Distributed training, and errors

    def _check_stop(self) -> None:
        """Raise _Stopped in all processes at once if any was asked to stop."""
        if self._all_reduce(torch.tensor(float(self.stop()))).item() > 0:
            raise _Stopped

    def _all_reduce(self, value: Tensor) -> Tensor:
        """Sum of `value` over all processes."""
        if self.processes > 1:
            value = value.to(self.device)
            distributed.all_reduce(value)
        return value

    def _gather(self, mine: Tensor, count: int) -> Tensor:
        """Combine the results of all processes to (count,); process r computed pictures r, r + processes, …"""
        if self.processes == 1:
            return mine
        whole = torch.zeros(count, dtype=mine.dtype, device=self.device)
        whole[self.rank :: self.processes] = mine
        return self._all_reduce(whole)

    def _find_fitting_batch(self) -> dict[str, Any]:
        """Halve the batch size until a forward and backward pass fits into memory; returns both sizes."""
        recipe, size = self.recipe, self.recipe.batch_size // 2
        self.steps = self.readback = None  # type: ignore[assignment]
        while size >= 2:
            self.optimizer.zero_grad(set_to_none=True)
            hardware.free_memory(self.device)
            try:
                x = self.augment(self.train.pictures(slice(size)))
                with self.precision():
                    self.module(x).float().sum().backward()
                break
            except RuntimeError as error:
                if not steps.is_gpu_full(error):
                    raise
                size //= 2
        return {"batch_size": recipe.batch_size, "fits": max(size, 2)}

    def _to_device(self, split: Split) -> Split:
        if self.device.type == "cpu":  # may still be arriving
            return split
        return Split(split.images.to(self.device), split.labels.to(self.device))
