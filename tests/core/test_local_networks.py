"""Networks of this machine: only the command line names a path; links and sessions have opaque names."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.core import local_networks
from explorer.core.errors import RecipeError, WeightsError
from explorer.models import own_network, registry

OFFERS = "EXPLORER_LOCAL_NETWORKS"


@pytest.fixture(autouse=True)
def nothing_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OFFERS, "")  # so that it is as before after the test
    monkeypatch.delenv("EXPLORER_PUBLIC", raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that notes when it is run."""
    folder = tmp_path / "secret folder 网络"
    folder.mkdir()
    (folder / "my_net.py").write_text("open(__file__ + '.ran', 'w').close()\n", encoding="utf-8")
    return folder / "my_net.py"


def test_a_name_holds_no_path_and_tells_networks_apart(file: Path, tmp_path: Path) -> None:
    specs = (str(file), f"{file}:Net", f"{file}:Net(num_blocks=3)", f"{file}:Net(num_blocks=4)")
    names = [local_networks.offer(spec) for spec in specs]
    names.append(local_networks.offer(str(file), str(tmp_path / "weights.pt")))
    assert len(set(names)) == 5
    assert [name.rpartition("-")[0] for name in names] == ["own:my_net", *["own:Net"] * 3, "own:my_net"]
    assert all(re.fullmatch(r"own:[\w-]+-[0-9a-f]{8}", name) for name in names)
    assert local_networks.offered() == tuple(names)
    assert [local_networks.named(name).title for name in names[:3]] == [
        "my_net.py", "my_net.py: Net", "my_net.py: Net(num_blocks=3)",
    ]  # fmt: skip
    given = local_networks.named(names[4])
    assert (given.path, given.wanted, given.weights) == (str(file), "", str(tmp_path / "weights.pt"))
    assert local_networks.offer(str(file)) == names[0]
    assert local_networks.offer(os.path.relpath(file)) == names[0]  # runs elsewhere find it again
    assert not file.with_suffix(".py.ran").exists()


def test_a_strange_call_gives_a_short_name(file: Path) -> None:
    name = local_networks.offer(f"{file}:Net('../../etc/passwd', {'x' * 300!r})")
    assert re.fullmatch(r"own:Net-[0-9a-f]{8}", name)


@pytest.mark.parametrize(
    "spelling", ["{file}", "own:{file}", "{file}:Net", "own:../my_net.py", "own:my_net", "own:", ""]
)
def test_a_link_cannot_name_a_path(file: Path, spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    asked = spelling.format(file=file)
    for other in (None, f"{file}:Other"):  # also when something else is offered
        if other:
            local_networks.offer(other)
        assert not registry.is_known(asked)
        assert not local_networks.is_own(asked)
        for refused in (registry.weights, registry.family, registry.outline):
            with pytest.raises(RecipeError, match=r"network|Python file"):
                refused(asked)  # type: ignore[operator]
    assert not file.with_suffix(".py.ran").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nothing\.py"):
        local_networks.offer(str(tmp_path / "nothing.py:Net"))
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(WeightsError, match=r"folder\.py"):
        local_networks.offer(str(tmp_path / "folder.py"))
    assert local_networks.offered() == ()


def test_which_words_are_files() -> None:
    for spec in ("my_net.py", "a/my_net.py:Net", r"C:\nets\my_net.py:Net(num_blocks=3)", "网络.py:net"):
        assert local_networks.is_file(spec), spec
    for spec in ("resnet18", "hf:folder.py", "timm:resnet18", "my_net.pyc", ".py", "--weights", ""):
        assert not local_networks.is_file(spec), spec


def test_a_public_server_offers_nothing_and_runs_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = local_networks.offer(str(file))
    assert registry.is_known(name)
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")  # with what a command line had offered before
    assert local_networks.offered() == ()
    assert not local_networks.is_own(name)
    assert not registry.is_known(name)
    with pytest.raises(WeightsError, match="public"):
        local_networks.offer(str(file))
    with pytest.raises(WeightsError, match="public"):
        own_network.load(name)
    assert not file.with_suffix(".py.ran").exists()


def test_a_process_that_the_app_starts_inherits_the_offers(file: Path) -> None:
    name = local_networks.offer(f"{file}:Net", "")
    code = (
        "import json; from explorer.core import local_networks as found;"
        "print(json.dumps([found.offered(), vars(found.named(found.offered()[0]))]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-P", "-c", code]
    out = subprocess.run(command, capture_output=True, check=True, cwd=file.parent, env=environment).stdout
    assert json.loads(out) == [[name], {"path": str(file), "wanted": "Net", "weights": ""}]
