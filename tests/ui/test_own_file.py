"""The user's own Python file in the app: it opens, the page follows when it is saved, others are refused."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core import local_networks
from explorer.core.i18n import LANGUAGES, t
from explorer.models import own_file
from explorer.models.registry import BACKBONES
from explorer.runs import store, worker
from explorer.runs.store import Run
from explorer.training.recipe import RECIPES
from explorer.ui.state import memory
from tests.models.test_own_file import STUDENTS
from tests.ui.test_finetune import head
from tests.ui.test_pages import opened, words

LINE = "        out += self.shortcut(x)"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "")
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    shutil.copy(STUDENTS / "modified_basicblock.py", tmp_path / "my_net.py")
    yield tmp_path / "my_net.py"
    memory.clear()
    for found in own_file._OPENED.values():
        if isinstance(found, own_file.OwnFile):
            found.close()


def errors(app: AppTest) -> list[str]:
    return [each.value for each in app.error]


def ratio(app: AppTest) -> float:
    """‖F(x)‖ ÷ ‖x‖ as the page says it."""
    found = re.search(r"The norm of F\\?\(x\\?\) is ([\d.]+) times", words(app).replace("\\", ""))
    assert found, words(app)
    return float(found[1])


def test_the_app_opens_on_the_file_and_follows_it(file: Path) -> None:
    name = local_networks.offer(f"{file}:Net")
    app = opened("shortcut", shortcut_part="block", picture="china")
    assert app.session_state["network"] == name
    assert not app.error
    said = words(app)
    assert "my\\_net\\.py: Net" in said.replace("\\:", ":")
    assert "3×32×32" in said
    assert str(file.parent) not in said
    before = ratio(app)

    source = file.read_text(encoding="utf-8")
    file.write_text(source.replace(LINE, f"        out = out * 3\n{LINE}"), encoding="utf-8")
    app.run()
    assert ratio(app) == pytest.approx(3 * before, rel=0.01)

    file.write_text(source.replace(LINE, LINE.replace("shortcut", "shortcutt")), encoding="utf-8")
    app.run()
    (sentence,) = errors(app)
    assert "my\\_net\\.py, line 22" in sentence
    assert t("network.code_waits", "en") in words(app)
    file.write_text(source, encoding="utf-8")
    app.run()
    assert not app.error
    assert ratio(app) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_what_was_not_offered_opens_the_usual_network(
    language: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = file.with_suffix(".ran")
    file.write_text(f"open({str(ran)!r}, 'w').close()\nfrom torch import nn\nnet = nn.Linear(2, 2)\n", encoding="utf-8")
    monkeypatch.chdir(file.parent)
    for asked in ("own:Net-12345678", "../my_net.py", "my_net.py", str(file), f"own:{file}", f"{file}:net"):
        app = opened("predict", network=asked, lang=language)
        assert app.session_state["network"] == "resnet18"
        assert not ran.exists()
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", json.dumps({"own:net-1": {"path": str(file)}}))
    app = opened("predict", network="own:net-1", lang=language)
    assert app.session_state["network"] == "resnet18"
    assert not ran.exists()


def test_fine_tune_takes_it(file: Path, started: list[Run], no_measuring: None) -> None:
    name = local_networks.offer(f"{file}:Net")
    app = opened("finetune")
    network = app.selectbox(key="recipe_network_widget")
    assert (network.value, network.options[:2]) == (name, ["my_net.py: Net", BACKBONES[0]])
    assert not app.error
    assert app.text_input(key="run_name").placeholder == "laptop, network=Net, weights=code", "no hash"
    assert "my_net.py: Net, initial weights as its file makes them" in head(app)
    app.button(key="start").click().run()
    assert not app.exception
    app.selectbox(key="recipe_network_widget").select("resnet18").run()
    app.button(key="start").click().run()
    app.selectbox(key="recipe_network_widget").select("my_net.py: Net").run()
    app.button(key="start").click().run()
    assert [run.recipe().network for run in started] == [name, "resnet18", name]
    assert [run.recipe().weights for run in started] == ["code", "cifar10", "code"]


def test_fine_tune_says_why_a_file_cannot_be_trained(file: Path, started: list[Run], no_measuring: None) -> None:
    local_networks.offer(str(STUDENTS / "mnist.py"))
    app = opened("finetune")
    assert app.selectbox(key="recipe_network_widget").value == "resnet18"
    assert not app.error
    app.selectbox(key="recipe_network_widget").select("mnist.py").run()
    (sentence,) = errors(app)
    assert "its input has 1 channels" in sentence.replace("\\", "")
    assert not started
    assert "start" not in [button.key for button in app.button]


def test_a_run_whose_file_is_not_offered_still_shows_its_curves(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = local_networks.offer(str(file))
    recipe = RECIPES["laptop"].changed(
        network=name, weights="code", data="digits", limit=64, batch_size=32, epochs=1, freeze_epochs=0,
        freeze_bn=False, fixed_views=0, precision="float32",
    )  # fmt: skip
    run = store.create(recipe, "mine")
    assert worker.run(run)["reason"] == "finished"
    app = opened("predict", network=name, weights=f"run:{run.id}", picture="china")
    assert not app.error
    assert t("network.origin_code_run", "en") in words(app)

    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "")
    for is_gone in (False, True):
        if is_gone:
            file.unlink()
        app = opened("finetune", run=run.id)
        assert not app.exception
        assert app.get("vega_lite_chart") or app.get("bidi_component")
        assert not any(button.key == "open_run" for button in app.button)
        app = opened("runs")
        assert not app.exception
        assert "mine" in " ".join([words(app), *map(str, (frame.value for frame in app.dataframe))])
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", json.dumps({name: {"path": str(file)}}))
    app = opened("predict", network=name, picture="china")
    assert len(errors(app)) == 1
    assert "my\\_net\\.py" in errors(app)[0]
