"""Random weights from a seed, in a process with many users and one random generator."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_SEEDING = threading.Lock()  # torch has one generator for the whole process: two at once would mix their weights


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Within it, weights are drawn as after `torch.manual_seed(seed)`; afterwards torch's generator is as it was."""
    with _SEEDING, torch.random.fork_rng(devices=[]):  # the seed is for this network alone
        torch.default_generator.manual_seed(seed)  # unlike torch.manual_seed, leaves the GPU's generators
        yield
