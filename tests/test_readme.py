"""README's commands for newcomers, in both languages. `.ci/run` executes them on Python 3.11 and 3.13."""

import re

import pytest

from explorer.core import hardware
from tests.follow_readme import ROOT, commands, follow

READMES = sorted(path.name for path in ROOT.glob("README*.md"))


@pytest.mark.parametrize("readme", READMES)
def test_each_readme_has_the_same_two_commands(readme: str) -> None:
    app, tests = commands(readme)[:2]
    assert app == "pip install -r requirements.txt && streamlit run streamlit_app.py"
    assert tests == "pip install -r requirements-dev.txt && pytest"


@pytest.mark.parametrize("readme", READMES)
def test_the_lines_for_other_systems_name_what_is_pinned(readme: str) -> None:
    """The same wheels as requirements.txt; no `&&`, which PowerShell before version 7 does not support."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^(torch|torchvision)==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.M))
    named = re.findall(r"\b(torch|torchvision)==([\d.]+)", text)
    assert len(named) == 4
    assert all(pinned[name] == version for name, version in named)
    for block in re.findall(r"^```powershell\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        assert "&&" not in block
    for build in hardware.BUILDS[:1]:
        assert f"torch=={pinned['torch']}+{build.name}" in text


def test_a_command_that_starts_no_app_is_said() -> None:
    with pytest.raises(AssertionError, match="has exited"):
        follow("false")
