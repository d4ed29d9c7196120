"""What the README tells a newcomer to type, in both languages. `.ci/run` types it, on Python 3.11 and 3.12."""

import pytest

from tests.follow_readme import ROOT, commands, follow

READMES = sorted(path.name for path in ROOT.glob("README*.md"))


@pytest.mark.parametrize("readme", READMES)
def test_each_readme_has_the_same_two_commands(readme: str) -> None:
    app, tests = commands(readme)[:2]
    assert app == "pip install -r requirements.txt && streamlit run streamlit_app.py"
    assert tests == "pip install -r requirements-dev.txt && pytest"


def test_a_command_that_starts_no_app_is_said() -> None:
    with pytest.raises(AssertionError, match="has ended"):
        follow("false")
