"""How threads wait, and how many cores there are."""

import os

import psutil
import pytest

from explorer import cores


def test_a_users_own_choice_for_threads_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    cores.share()
    assert os.environ["GOMP_SPINCOUNT"] == "7"
    monkeypatch.delenv("GOMP_SPINCOUNT")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    cores.share()
    assert "GOMP_SPINCOUNT" not in os.environ
    monkeypatch.delenv("OMP_WAIT_POLICY")
    cores.share()
    assert os.environ["GOMP_SPINCOUNT"] == cores.SPIN_COUNT


@pytest.mark.parametrize(("physical", "allowed", "found"), [(4, 8, 4), (None, 8, 8), (64, 2, 2), (1, 2, 1)])
def test_cores_are_the_physical_ones_that_may_be_used(
    physical: int | None, allowed: int, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: physical)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    assert cores.physical() == found
