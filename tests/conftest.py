"""Shared fixtures: networks with random weights, built once; no data set except those that tests create."""

import gc
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from functools import lru_cache
from pathlib import Path

import psutil
import pytest
from PIL import Image
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from explorer.core import cores
from tests import checkout, durations

with pytest.MonkeyPatch.context() as patch:
    # One thread a process, since as many processes run as there are cores; by default idle threads would spin.
    for name, value in cores.training_environment(threads=1).items():
        patch.setenv(name, value)
    import torch

from explorer.data import images
from explorer.models import loading, registry
from explorer.models.network import Network

if sys.platform == "win32":  # tests that need POSIX: fork, signals, limits, containers, /bin/sh, /proc
    collect_ignore = [
        "hostile", "core/test_hardware.py", "models/test_hostile_checkpoints.py", "runs/test_faults.py",
        "runs/test_kills.py", "runs/test_ray_cluster.py", "runs/test_worker.py", "test_docker.py", "test_systems.py",
    ]  # fmt: skip


WHOLE_GIB = 4  # GiB of memory for each process: one uses up to 3 in the whole suite


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also the tests that take longest: what CI runs")


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("rerunfailures"):
        config.option.rerun_show_tracebacks = True  # in the summary: a test that passes at last is still a fault


def is_whole(config: pytest.Config) -> bool:
    """Whether the whole suite runs: no file or folder was named."""
    return config.args == config.getini("testpaths")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process per core and one more for the whole suite: tests in Chromium and of Ray mostly wait.

    None for named files, since each takes seconds to import torch.
    """
    room = psutil.virtual_memory().total // (WHOLE_GIB << 30)
    return max(1, min((os.cpu_count() or 1) + 1, room, 4)) if is_whole(config) else 0


class ByFile(LoadScopeScheduling):
    """A file runs in one process, for its fixtures; so do two folders.

    `browser` shares a server and a Chromium, which take 20 s to warm up; `hostile` counts its inputs.

    `--dist loadgroup` would do that, but with pytest 9.2 xdist 3.8 ignores groups.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in ("browser", "hostile") if file.startswith(f"tests/{folder}/")), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without garbage collection, which took a third of that time; later ones skip what exists now."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the longest tests, mark the slow ones, and let xdist run the longest files first, by `durations`.

    A browser test that fails runs once more: on a busy machine a page may take longer than any test waits.
    """
    found = durations.stored()
    left = {} if config.option.all or not is_whole(config) else durations.left(found)
    files: dict[str, float] = defaultdict(float)
    for test, (_, seconds) in found.items():
        files[test.partition("::")[0]] += seconds if test not in left else 0.0
    gone = [item for item in items if durations.name(item.nodeid) in left]
    items[:] = [item for item in items if durations.name(item.nodeid) not in left]
    for item in items:
        if found.get(durations.name(item.nodeid), (0.0,))[0] >= durations.SLOW_S:
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("browser") and config.pluginmanager.hasplugin("rerunfailures"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: -files[item.nodeid.partition("::")[0]])
    if gone:
        config.hook.pytest_deselected(items=gone)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report the deselected tests. (With several processes, only the workers know how many they deselected.)"""
    if is_whole(config) and not config.option.all:
        left = durations.left(durations.stored())
        minutes = sum(seconds for _, seconds in left.values()) / 60
        terminalreporter.write_line(f"{len(left)} test functions of {minutes:.0f} minutes are left to `pytest --all`.")


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv("EXPLORER_DATA", raising=False)
    monkeypatch.setenv(cores.THREADS, "1")  # of what a test starts; the command `train` changes it for the process
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    yield
    estimate = sys.modules.get("explorer.ui.finetune.estimate")
    if estimate and estimate.executor.cache_info().currsize:  # else its thread would measure during later tests
        estimate.executor().submit(int).result()


@pytest.fixture
def as_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The working folder, from which a program can import `explorer` and read the bundled weights."""
    checkout.link(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def picture(as_checkout: Path) -> Image.Image:
    """A photograph, also as `my photo.png` in the working folder of `as_checkout`."""
    image = images.open_sample("china").image.crop((0, 0, 400, 300))
    image.save("my photo.png")
    return image


@lru_cache
def random_network(name: str) -> Network:
    """`name` with random weights, and BatchNorm statistics other than 0 and 1, as in a trained network."""
    network = loading.load(name, "random", seed=1)
    generator = torch.Generator().manual_seed(2)
    for module in network.module.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.copy_(0.1 * torch.randn(module.num_features, generator=generator))
            module.running_var.copy_(0.5 + torch.rand(module.num_features, generator=generator))
    return network


DEEPEST = ("resnet101", "resnet152")


@pytest.fixture(params=[name for name in registry.NETWORKS if name not in DEEPEST])
def network(request: pytest.FixtureRequest) -> Network:
    """A network of each kind. The deepest are resnet50 with more of the same blocks, and took half of the time."""
    return random_network(request.param)


@pytest.fixture
def resnet18() -> Network:
    return random_network("resnet18")
