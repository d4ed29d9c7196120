"""What tests share: networks with random weights, built once, and no data set but the one a test makes."""

import sys
from functools import lru_cache
from pathlib import Path

import pytest

from explorer.core import cores

with pytest.MonkeyPatch.context() as patch:
    for (
        name,
        value,
    ) in cores.training_environment().items():  # else waiting threads keep the cores busy
        patch.setenv(name, value)
    import torch

from explorer.models import zoo
from explorer.models.zoo import Network

if sys.platform == "win32":  # what uses means of POSIX: forks, signals, limits, containers, /bin/sh, /proc
    collect_ignore = [
        "hostile", "network/test_hostile_checkpoints.py", "test_docker.py", "test_hardware.py", "test_systems.py",
        "training/test_cluster.py", "training/test_faults.py", "training/test_kills.py", "training/test_worker.py",
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EXPLORER_DATA", raising=False)
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))


@lru_cache
def random_network(name: str) -> Network:
    """`name` with random weights and, as in a trained network, BatchNorm statistics that are not 0 and 1."""
    network = zoo.load(name, "random", seed=1)
    generator = torch.Generator().manual_seed(2)
    for module in network.module.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.copy_(0.1 * torch.randn(module.num_features, generator=generator))
            module.running_var.copy_(0.5 + torch.rand(module.num_features, generator=generator))
    return network


@pytest.fixture(params=zoo.NETWORKS)
def network(request: pytest.FixtureRequest) -> Network:
    return random_network(request.param)


@pytest.fixture
def resnet18() -> Network:
    return random_network("resnet18")
