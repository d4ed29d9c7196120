"""Optimisation steps: eager, on cached features, or captured as a CUDA graph."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.errors import RunError
from explorer.data.datasets import Split
from explorer.training import cropped
from explorer.training.augment import Augment

CHUNK = 500  # pictures of up to CHUNK_PX per forward pass in inference; of larger ones fewer
CHUNK_CUDA = 2000
CHUNK_PX = 64

GPU_FULL = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")  # in torch's messages

PARTS = ("data", "forward", "backward", "step")  # timed parts of a step


def generator(*key: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator seeded by `key` alone, so that a resumed run draws the same numbers."""
    key = (len(key), *key)  # SeedSequence does not distinguish (1,) and (1, 0)
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))
    return torch.Generator(device).manual_seed(seed)


def is_gpu_full(error: BaseException) -> bool:
    """Whether `error` says that a GPU's memory is full; it need not be a torch.OutOfMemoryError."""
    return isinstance(error, RuntimeError) and any(words in str(error) for words in GPU_FULL)


def chunk(device: torch.device, image_px: int) -> int:
    """Pictures of `image_px` x `image_px` per forward pass in inference; the memory does not grow with their size."""
    most = CHUNK_CUDA if device.type == "cuda" else CHUNK
    return max(1, min(most, most * CHUNK_PX**2 // image_px**2))


def place(module: nn.Module, device: torch.device) -> nn.Module:
    """Move `module` to `device`, in the memory format and with the kernels that train fastest there; in place."""
    module.to(device).to(memory_format=torch.channels_last)
    if device.type == "cpu":
        cropped.crop(module)
    return module


class Precision:
    """Device and floating-point type of the forward pass; a call returns the autocast context."""

    def __init__(self, device: torch.device, name: str) -> None:
        self.device = device
        self.name = name

    def __call__(self, enabled: bool = True) -> torch.autocast:
        # No cache: a captured graph must cast the weights again at each replay.
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=enabled and self.name == "bfloat16", cache_enabled=False
        )


class Batches(Protocol):
    """Returns inputs and labels (n,) of the training pictures with the indices `picks` (n,)."""

    def __call__(self, picks: Tensor, random: torch.Generator | None) -> tuple[Tensor, Tensor]: ...


class Pictures:
    """Pictures, augmented anew at each call."""

    def __init__(self, split: Split, augment: Augment) -> None:
        self.split = split
        self.augment = augment

    def __call__(self, picks: Tensor, random: torch.Generator | None) -> tuple[Tensor, Tensor]:
        return self.augment(self.split.pictures(picks), random), self.split.labels[picks]


class Features:
    """Cached outputs of a frozen backbone: of each plain picture, or of `views` augmented views of it.

    Epoch e uses view (e - 1) modulo `views`. A view is augmented and computed, batch by batch, in the first epoch that
    uses it.
    """

    def __init__(self, split: Split, augment: Augment, backbone: Callable[[Tensor], Tensor], views: int) -> None:
        self.split = split
        self.augment = augment
        self.backbone = backbone
        self.views = views
        self.cached: dict[int, Tensor] = {}  # view -> (pictures, width), or maps if the head is a convolution
        self.view = 0

    def select_view(self, epoch: int) -> bool:
        """Select the view of `epoch` (from 1); returns whether it is used for the first time."""
        self.view = (epoch - 1) % max(self.views, 1)
        return epoch <= max(self.views, 1)

    def compute(self, picks: Tensor, random: torch.Generator | None) -> None:
        """Compute and cache the features of the pictures `picks` (n,) for the selected view."""
        images = self.split.pictures(picks)
        features = self.backbone(self.augment(images, random) if self.views else self.augment.plain(images))
        if self.view not in self.cached:
            self.cached[self.view] = features.new_zeros(len(self.split), *features.shape[1:])
        self.cached[self.view][picks] = features

    def __call__(self, picks: Tensor, random: torch.Generator | None) -> tuple[Tensor, Tensor]:
        return self.cached[self.view][picks], self.split.labels[picks]


class Steps:
    """Eager steps of one phase: `network` maps the inputs from `batches` to logits.

    The gradient is that of the cross-entropy with smoothed labels; the loss that is returned is the plain one, as on
    the test pictures. `spent` sums the seconds of each of PARTS; on a GPU this is the launch time, not the execution
    time.
    """

    why_not: str | None = None  # reason for not capturing: "device", "processes" or "features"

    def __init__(
        self,
        network: nn.Module,
        batches: Batches,
        optimizer: torch.optim.Optimizer,
        precision: Precision,
        label_smoothing: float,
    ) -> None:
        self.network = network
        self.batches = batches
        self.optimizer = optimizer
        self.precision = precision
        self.label_smoothing = label_smoothing
        self.spent = dict.fromkeys(PARTS, 0.0)

    def __call__(self, picks: Tensor, random: torch.Generator | None, weight: float = 1.0) -> Tensor:
        """One step on the pictures `picks` (n,); returns mean loss and number of correct predictions, (2,), on device.

        `weight` scales the gradient if the processes have different shares of the batch.
        """
        moments = [time.perf_counter()]

        def next_part() -> None:
            moments.append(time.perf_counter())

        x, y = self.batches(picks, random)
        next_part()
        with self.precision():
            logits = self.network(x).float()
        loss = F.cross_entropy(logits, y, label_smoothing=self.label_smoothing)
        next_part()
        self.optimizer.zero_grad(set_to_none=True)
        (loss * weight if weight != 1 else loss).backward()  # type: ignore[no-untyped-call]
        next_part()
        self.optimizer.step()
        next_part()
        for part, begin, end in zip(PARTS, moments, moments[1:], strict=False):
            self.spent[part] += end - begin
        logits = logits.detach()
        plain = F.cross_entropy(logits, y) if self.label_smoothing else loss.detach()
        return torch.stack([plain, (logits.argmax(1) == y).sum()])


class CapturedSteps:
    """Steps as a single CUDA graph: gather, augment, forward, backward and optimiser without Python in between.

    The first WARM_UP steps run eagerly on a side stream, as PyTorch requires before a capture; the capture itself
    computes nothing. Batches of another size, such as the last of an epoch, run eagerly. If the capture fails,
    `why_not` is the reason and all steps run eagerly.
    """

    WARM_UP = 3

    def __init__(self, steps: Steps, batch_size: int) -> None:
        self.steps = steps
        self.spent = steps.spent
        self.picks = torch.zeros(batch_size, dtype=torch.int64, device=steps.precision.device)
        self.stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self.graph: torch.cuda.CUDAGraph | None = None
        self.result: Tensor | None = None
        self.why_not: str | None = None
        self.warmed_up = 0

    def __call__(self, picks: Tensor, random: torch.Generator | None, weight: float = 1.0) -> Tensor:
        if len(picks) != len(self.picks) or self.why_not:
            return self.steps(picks, None)
        if self.warmed_up < self.WARM_UP:
            self.warmed_up += 1
            return self._warm_up_step(picks)
        if self.graph is None:
            self._capture()
            if self.graph is None:
                return self.steps(picks, None)
        assert self.result is not None
        self.picks.copy_(picks)
        self.graph.replay()
        return self.result

    def _warm_up_step(self, picks: Tensor) -> Tensor:
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            result = self.steps(picks, None)
        torch.cuda.current_stream().wait_stream(self.stream)
        return result

    def _capture(self) -> None:
        graph, stream = torch.cuda.CUDAGraph(), torch.cuda.current_stream()
        try:
            # thread_local: a call of another thread, such as an allocation, does not spoil the capture
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self.result = self.steps(self.picks, None)
            self.graph = graph
        except RuntimeError as error:  # an operation that cannot be captured
            torch.cuda.set_stream(stream)  # torch leaves the capture's stream current if it cannot end the capture
            torch.cuda.synchronize()
            cause = error.__context__ or error  # `error` may only say that the capture failed before its end
            self.why_not = str(cause).strip().partition("\n")[0][:200]


def make_optimizer(
    name: str, groups: list[dict[str, Any]], lr: float, weight_decay: float, device: torch.device
) -> torch.optim.Optimizer:
    """Adam, AdamW, or SGD with Nesterov momentum 0.9; fused implementations.

    On CUDA the learning rate is a tensor on the device, which a captured step reads at each replay. Each group has its
    own, because ReduceLROnPlateau would reduce a shared one once per group.
    """
    on_cuda = device.type == "cuda"
    if on_cuda:
        groups = [{**group, "lr": torch.tensor(lr, device=device)} for group in groups]
    if name == "sgd":
        return torch.optim.SGD(groups, lr, momentum=0.9, nesterov=True, weight_decay=weight_decay, fused=True)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(groups, lr, weight_decay=weight_decay, fused=True, capturable=on_cuda)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of all groups, in place if it is a tensor."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr


@torch.no_grad()
def predict(
    network: Callable[[Tensor], Tensor],
    inputs: Callable[[int, int], Tensor],
    labels: Tensor,
    precision: Precision,
    chunk: int,
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield cross-entropy, predicted class and its probability, (n,) each, for at most `chunk` pictures at a time.

    `inputs(low, high)` are the pictures low to high. If they do not fit into a GPU's memory, half as many are tried.
    Raises RunError if not even one fits.
    """
    low = 0
    while low < len(labels):
        high = min(low + chunk, len(labels))
        try:
            with precision():
                logits = network(inputs(low, high)).float()
        except RuntimeError as error:
            if not is_gpu_full(error):
                raise
            if chunk == 1:
                raise RunError("errors.memory_full") from error
            chunk //= 2
            continue
        loss = F.cross_entropy(logits, labels[low:high], reduction="none")
        probability, predicted = logits.softmax(1).max(1)
        yield loss, predicted, probability
        low = high


class Readback:
    """Reads results of steps without waiting for the device.

    On a GPU results are read in groups, every BURST_S. CUDA copies a group asynchronously, and it is read once an event
    signals the end of the copy; MPS has to wait for it.
    """

    BURST_S = 0.2

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.pending: list[tuple[Any, Tensor]] = []
        self.in_flight: tuple[list[Any], Tensor, Any] | None = None
        self.last_burst = time.monotonic()

    def put(self, what: Any, result: Tensor) -> None:
        """Add the `result` (k,) of `what`. On a GPU it is cloned: a captured step reuses its output tensor."""
        self.pending.append((what, result.clone() if self.device.type == "cuda" else result))

    def ready(self, *, wait_for_all: bool = False) -> Iterator[tuple[Any, list[float]]]:
        """Yield available (what, result) pairs in order; with `wait_for_all`, all of them."""
        if self.device.type != "cuda":
            if self.pending and (wait_for_all or self.device.type == "cpu" or self._is_due()):
                arrived, self.pending, self.last_burst = self.pending, [], time.monotonic()
                results = torch.stack([result for _, result in arrived]).tolist()
                yield from ((what, result) for (what, _), result in zip(arrived, results, strict=True))
            return
        while True:
            if self.in_flight is not None:
                names, host, copied = self.in_flight
                if not wait_for_all and not copied.query():
                    return
                copied.synchronize()
                self.in_flight = None
                yield from zip(names, host.tolist(), strict=True)
            if not self.pending or not (wait_for_all or self._is_due()):
                return
            self._send()

    def _is_due(self) -> bool:
        return time.monotonic() - self.last_burst > self.BURST_S

    def _send(self) -> None:
        results = torch.stack([result for _, result in self.pending])
        host = torch.empty(results.shape, dtype=results.dtype, pin_memory=True)
        host.copy_(results, non_blocking=True)
        copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
        copied.record()
        self.in_flight = [what for what, _ in self.pending], host, copied
        self.pending = []
        self.last_burst = time.monotonic()
