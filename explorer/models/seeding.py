"""Seeded weight initialisation, safe for concurrent threads that share torch's random generator."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_SEEDING = threading.Lock()  # torch has one generator a process: concurrent constructors would mix their numbers


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Context manager: draw weights as after `torch.manual_seed(seed)`, then restore the state of torch's generator."""
    with _SEEDING, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # unlike torch.manual_seed, does not seed the GPU's generators
        yield
