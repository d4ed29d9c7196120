"""Hypothesis without deadline or database, deterministic in CI; prints the number of inputs after the session."""

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, configuration, settings

from tests.hostile import tried
from tests.ui.conftest import components_found_once  # noqa: F401 # a fixture

_HOME = tempfile.TemporaryDirectory(prefix="hypothesis-")  # instead of a folder in the repository
configuration.set_hypothesis_home_dir(_HOME.name)
settings.register_profile(
    "hostile", derandomize=tried.FUZZ == 1, database=None, deadline=None, print_blob=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
)  # fmt: skip
settings.load_profile("hostile")


@pytest.fixture(autouse=True)
def _bounded(request: pytest.FixtureRequest) -> Iterator[None]:
    with tried.little_memory(request.node.name):
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if total := tried.inputs.total():
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tried.inputs.items()))
        slowest, peak = max(tried.slowest.values()), max(tried.peaks.values(), default=0)
        words = f"slowest {slowest:.2f} s of processor time, largest {peak >> 20} MiB"
        terminalreporter.write_line(f"{total:,} hostile inputs: {kinds}; {words}")
