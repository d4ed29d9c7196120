"""The program of a run on the user's own file: it builds their network in their folder, with the new head."""

import shutil
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.codegen.fine_tune import fine_tune
from explorer.core import local_networks
from explorer.models import own_file
from explorer.training.recipe import RECIPES
from tests.models.test_own_file import STUDENTS


@pytest.mark.parametrize(
    ("student", "wanted", "head"), [("modified_basicblock", "", "linear"), ("residual_wrapper", "net", "")]
)
def test_the_program_builds_the_network(
    student: str, wanted: str, head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "")
    monkeypatch.syspath_prepend(str(tmp_path))
    shutil.copy(STUDENTS / f"{student}.py", tmp_path / f"mine_{student}.py")
    name = local_networks.offer(f"{tmp_path}/mine_{student}.py{':' if wanted else ''}{wanted}")
    program = fine_tune(RECIPES["laptop"].changed(network=name, weights="code", data="digits"))
    assert str(tmp_path) not in program
    start = program.index(f"import mine_{student}")
    space: dict[str, object] = {"nn": nn, "torch": torch, "device": torch.device("cpu")}
    exec(program[start : program.index("optimizer =")], space)
    model = space["model"]
    assert isinstance(model, nn.Module)
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    assert not head or model.get_submodule(head).weight.shape == (10, 64)
    compile(program, "program", "exec")
    sys.modules.pop(f"mine_{student}")
    for found in own_file._OPENED.values():
        if isinstance(found, own_file.OwnFile):
            found.close()
