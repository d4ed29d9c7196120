"""OpenMP wait policy and number of cores."""

import os

import psutil
import pytest

from explorer.core import cores


@pytest.fixture(autouse=True)
def _nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (cores.POLICY, cores.SPINS):
        monkeypatch.setenv(name, "")  # so that monkeypatch restores it
        monkeypatch.delenv(name)
    monkeypatch.setattr(cores, "_policy_is_ours", False)


def test_the_app_waits_passively_and_training_spins() -> None:
    cores.set_passive_waiting()
    assert os.environ[cores.POLICY] == "PASSIVE"
    environment = cores.training_environment()
    assert environment[cores.SPINS] == cores.SPIN_COUNT
    assert cores.POLICY not in environment
    assert os.environ[cores.POLICY] == "PASSIVE"


@pytest.mark.parametrize(("name", "value"), [(cores.POLICY, "ACTIVE"), (cores.SPINS, "7")])
def test_a_users_own_choice_stays(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    cores.set_passive_waiting()
    environment = cores.training_environment()
    assert os.environ[name] == environment[name] == value
    assert not {cores.POLICY, cores.SPINS} - {name} & environment.keys()


def test_a_runs_threads_are_no_more_than_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "physical_cores", lambda: 4)
    assert [cores.thread_count(threads) for threads in (0, 1, 4, 256)] == [4, 1, 4, 4]
    assert [cores.training_environment(threads)[cores.THREADS] for threads in (0, 3)] == ["4", "3"]


@pytest.mark.parametrize(("physical", "allowed", "found"), [(4, 8, 4), (None, 8, 8), (64, 2, 2), (1, 2, 1)])
def test_cores_are_the_physical_ones_that_may_be_used(
    physical: int | None, allowed: int, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: physical)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    assert cores.physical_cores() == found


@pytest.mark.parametrize(
    ("own", "others", "threads", "busy"),
    [(2, 0, 2, False), (1.7, 0.2, 2, False), (1.0, 1.0, 2, True), (1.0, 1.0, 1, False), (0.5, 1.5, 1, True),
     (0.7, 1.3, 1, True), (0, 0.2, 2, False), (0, 2, 1, True)],
)  # fmt: skip
def test_the_machine_is_busy_if_others_take_cores_that_the_threads_need(
    own: float, others: float, threads: int, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`own` and `others` are cores in use on a machine with two, over ten seconds."""
    now = [0.0]
    monkeypatch.setattr(cores.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(cores, "physical_cores", lambda: 2)
    monkeypatch.setattr(cores, "_processors", lambda: [0, 1])
    monkeypatch.setattr(cores, "_own_s", lambda: own * now[0])
    monkeypatch.setattr(cores, "_used_s", lambda: (own + others) * now[0])
    load = cores.Load()
    assert not load.is_busy(threads), "too soon to say"
    now[0] = 10.0
    assert load.is_busy(threads) == busy
