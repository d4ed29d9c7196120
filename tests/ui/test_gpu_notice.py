"""The notice about an unused graphics card, on Fine-tune and where Home describes the machine."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core import hardware
from explorer.core.errors import RecipeError
from explorer.core.i18n import t
from explorer.ui.finetune import recipe_form
from explorer.ui.layout import navigation

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "explorer" / "ui" / "main.py"
COMMAND = "python -m pip install torch"

pytestmark = pytest.mark.usefixtures("no_measuring")


@pytest.fixture
def _card(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = RecipeError("errors.gpu_cpu_build", name="RTX <3060>", driver="591.44", torch="2", command=COMMAND)
    monkeypatch.setattr(hardware, "gpu_problem", lambda: problem)
    monkeypatch.setattr(hardware, "has_bfloat16", lambda: False)


def opened(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["lang"] = query.get("lang", "en")
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(navigation.path(page))
    return app.run()


def warned(app: AppTest) -> list[str]:
    assert not app.exception
    return [box.value.replace("\\", "") for box in app.warning]


@pytest.mark.usefixtures("_card")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_fine_tune_says_why_and_gives_the_command(language: str) -> None:
    app = opened("finetune", lang=language)
    (words,) = warned(app)
    assert words == t("errors.gpu_cpu_build", language, name="RTX <3060>", command="").strip()  # type: ignore[arg-type]
    assert COMMAND in [code.value for code in app.code]


@pytest.mark.usefixtures("_card")
def test_home_says_it_with_what_the_machine_has() -> None:
    app = opened("home")
    assert warned(app) == []
    app.session_state["machine_shown"] = True
    app.run()
    assert warned(app) == [t("errors.gpu_cpu_build", "en", name="RTX <3060>", command="").strip()]


@pytest.mark.usefixtures("_card")
def test_gpu_notice_is_hidden_on_a_public_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    assert warned(opened("finetune")) == []


@pytest.mark.usefixtures("_card")
def test_warning_about_emulated_bfloat16() -> None:
    app = opened("finetune", **{recipe_form.LINK: json.dumps({"precision": "bfloat16"})})
    assert t("finetune.slow_bfloat16") in warned(app)
