"""One optimisation step: eager, on features computed once, or captured as a CUDA graph."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.data.datasets import Split
from explorer.training.augment import Augment

CHUNK = 500  # pictures of a forward pass that learns nothing
CHUNK_CUDA = 2000

PARTS = ("data", "forward", "backward", "step")  # of a step's time


def generator(*key: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Random numbers that depend on `key` alone: a run that goes on draws what it would have drawn."""
    key = (len(key), *key)  # SeedSequence takes (1,) and (1, 0) for the same
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))
    return torch.Generator(device).manual_seed(seed)


class Precision:
    """Where tensors live, and the floats of a forward pass: bfloat16 where autocast allows it, else float32."""

    def __init__(self, device: torch.device, name: str) -> None:
        self.device = device
        self.name = name

    def __call__(self, enabled: bool = True) -> torch.autocast:
        # Without its cache: a captured graph must cast the weights anew at each replay.
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=enabled and self.name == "bfloat16", cache_enabled=False
        )


class Batches(Protocol):
    """Inputs and labels (n,) of the training pictures that `picks` (n,) names."""

    def __call__(self, picks: Tensor, random: torch.Generator | None) -> tuple[Tensor, Tensor]: ...


class Pictures:
    """Augmented pictures, drawn anew at each call."""

    def __init__(self, split: Split, augment: Augment) -> None:
        self.split = split
        self.augment = augment

    def __call__(self, picks: Tensor, random: torch.Generator | None) -> tuple[Tensor, Tensor]:
        return self.augment(self.split.images[picks], random), self.split.labels[picks]


class Features:
    """What a frozen backbone hands to the head: of each picture as it is, or of `views` augmented views of it.

    Epoch 1 sees view 0, epoch 2 view 1, and so on round; a view is drawn and computed, batch by batch, in the epoch
    that sees it first.
    """

    def __init__(self, split: Split, augment: Augment, backbone: Callable[[Tensor], Tensor], views: int) -> None:
        self.split = split
        self.augment = augment
        self.backbone = backbone
        self.views = views
        self.known: dict[int, Tensor] = {}  # by view: (pictures, width), or maps of it where the head is a convolution
        self.view = 0

    def show(self, epoch: int) -> bool:
        """Make the view of `epoch` (from 1) the one that is learned from; whether it is seen for the first time."""
        self.view = (epoch - 1) % max(self.views, 1)
        return epoch <= max(self.views, 1)

    def remember(self, picks: Tensor, random: torch.Generator | None) -> None:
        """Compute the features of the pictures `picks` (n,) for the view that is shown."""
        images = self.split.images[picks]
        features = self.backbone(self.augment(images, random) if self.views else self.augment.plain(images))
        if self.view not in self.known:
            self.known[self.view] = features.new_zeros(len(self.split), *features.shape[1:])
        self.known[self.view][picks] = features

    def __call__(self, picks: Tensor, random: torch.Generator | None) -> tuple[Tensor, Tensor]:
        return self.known[self.view][picks], self.split.labels[picks]


class Steps:
    """Steps of one phase. `network` maps what `batches` gives to logits; `optimizer` moves what requires a gradient.

    `spent` sums the seconds of each of PARTS; on a GPU those of giving orders, not of carrying them out.
    """

    why_not: str | None = None  # they are not captured: "device", "processes" or "features"

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
        """One step on the pictures `picks` (n,); its mean loss and the number of right answers: (2,), on the device.

        `weight` scales the gradient: a process of several, whose share of the batch is not the average one.
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
        return torch.stack([loss.detach(), (logits.argmax(1) == y).sum()])


class CapturedSteps:
    """The same steps as one CUDA graph: gather, augment, forward, backward and optimiser without Python between them.

    The first steps are real ones on a side stream, as PyTorch asks before a capture; the capture itself computes
    nothing. A batch of another size, the last of an epoch, is an eager step. Where a capture fails, `why_not` says why
    and all steps are eager.
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
            return self._aside(picks)
        if self.graph is None:
            self._capture()
            if self.graph is None:
                return self.steps(picks, None)
        assert self.result is not None
        self.picks.copy_(picks)
        self.graph.replay()
        return self.result

    def _aside(self, picks: Tensor) -> Tensor:
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            result = self.steps(picks, None)
        torch.cuda.current_stream().wait_stream(self.stream)
        return result

    def _capture(self) -> None:
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self.result = self.steps(self.picks, None)
            self.graph = graph
        except RuntimeError as error:  # an operation that cannot be captured
            torch.cuda.synchronize()
            self.why_not = str(error).strip().partition("\n")[0][:200]


def make_optimizer(
    name: str, groups: list[dict[str, Any]], lr: float, weight_decay: float, device: torch.device
) -> torch.optim.Optimizer:
    """Adam, AdamW, or SGD with Nesterov momentum 0.9; one fused pass over all weights.

    On CUDA the learning rate is a tensor there, which a captured step reads anew at each replay: one for each group,
    since ReduceLROnPlateau would halve a common one once a group.
    """
    on_cuda = device.type == "cuda"
    if on_cuda:
        groups = [{**group, "lr": torch.tensor(lr, device=device)} for group in groups]
    if name == "sgd":
        return torch.optim.SGD(groups, lr, momentum=0.9, nesterov=True, weight_decay=weight_decay, fused=True)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(groups, lr, weight_decay=weight_decay, fused=True, capturable=on_cuda)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr


@torch.no_grad()
def answers(
    network: Callable[[Tensor], Tensor], inputs: Callable[[int, int], Tensor], labels: Tensor, precision: Precision
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Chunk by chunk: cross-entropy, most probable class and its probability, (n,) each; `inputs(low, high)`."""
    chunk = CHUNK_CUDA if precision.device.type == "cuda" else CHUNK
    for low in range(0, len(labels), chunk):
        high = min(low + chunk, len(labels))
        with precision():
            logits = network(inputs(low, high)).float()
        loss = F.cross_entropy(logits, labels[low:high], reduction="none")
        probability, predicted = logits.softmax(1).max(1)
        yield loss, predicted, probability


class Readback:
    """Results of steps, brought to Python without waiting for the device.

    On a GPU they are copied in bursts, and read when an event says that the copy is done.
    """

    BURST_S = 0.2

    def __init__(self, device: torch.device) -> None:
        self.on_cuda = device.type == "cuda"
        self.put_in: list[tuple[Any, Tensor]] = []
        self.under_way: tuple[list[Any], Tensor, Any] | None = None
        self.last_burst = time.monotonic()

    def put(self, what: Any, result: Tensor) -> None:
        """`result` (k,) belongs to `what`. A captured step writes its result to one place: it is copied from there."""
        self.put_in.append((what, result.clone() if self.on_cuda else result))

    def ready(self, *, all_of_them: bool = False) -> Iterator[tuple[Any, list[float]]]:
        """What has arrived, in order; with `all_of_them`, waits for the rest."""
        if not self.on_cuda:
            arrived, self.put_in = self.put_in, []
            yield from ((what, result.tolist()) for what, result in arrived)
            return
        while True:
            if self.under_way is not None:
                names, host, copied = self.under_way
                if not all_of_them and not copied.query():
                    return
                copied.synchronize()
                self.under_way = None
                yield from zip(names, host.tolist(), strict=True)
            due = all_of_them or time.monotonic() - self.last_burst > self.BURST_S
            if not (due and self.put_in):
                return
            self._send()

    def _send(self) -> None:
        results = torch.stack([result for _, result in self.put_in])
        host = torch.empty(results.shape, dtype=results.dtype, pin_memory=True)
        host.copy_(results, non_blocking=True)
        copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
        copied.record()
        self.under_way = [what for what, _ in self.put_in], host, copied
        self.put_in = []
        self.last_burst = time.monotonic()
