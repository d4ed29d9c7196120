"""Fixtures of pages that train: a machine of known speed, a queue that starts nothing; checks of every chart."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner

from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.models import twins
from explorer.runs import worker
from explorer.runs.store import Run
from explorer.training import probe
from explorer.training.probe import Speed
from explorer.ui.state import memory
from explorer.ui.widgets import chart_view
from tests.models.small import twin
from tests.ui import complete


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Else each AppTest would look for Streamlit components in the metadata of all installed packages, for 0.15 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def _charts_are_complete(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check every chart that a test draws against `complete`."""
    found: list[str] = []
    show = chart_view.show

    def checked(title: str, spec: chart_view.Spec, *, key: str, alt: str, **more: Any) -> Any:
        found.extend(f"{key}: {fault}" for fault in complete.faults(title, spec, alt))
        return show(title, spec, key=key, alt=alt, **more)

    monkeypatch.setattr(chart_view, "show", checked)
    yield
    assert sorted(set(found)) == []


@pytest.fixture
def no_measuring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(probe, "measure", lambda *_: Speed(1000, 3000, 5000))
    monkeypatch.setattr(probe, "precision", lambda *_: "float32")
    memory.clear()
    yield
    memory.clear()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Runs that the page submitted; none is started."""
    found: list[Run] = []
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    monkeypatch.setattr(worker, "submit", found.append)
    return found


@pytest.fixture
def small_twins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pair = {kind: twin(residual=kind == "residual", labels=CIFAR10_CLASSES) for kind in ("residual", "plain")}
    monkeypatch.setattr(twins, "load", pair.__getitem__)
    memory.clear()
    yield
    memory.clear()
