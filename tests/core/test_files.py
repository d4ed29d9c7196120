"""Atomic writes leave the old or the new file; a lock is released when its holder ends."""

import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.core import files
from explorer.core.errors import RunError
from tests.runs.written import killed_at, largest_file, leftovers

ROOT = Path(__file__).parents[2]


def test_a_file_stem_suits_windows() -> None:
    """Its reserved characters: https://learn.microsoft.com/windows/win32/fileio/naming-a-file"""
    assert files.file_stem("my_net.py: Net(blocks=3)") == "my_net.py-Net-blocks-3"
    assert files.file_stem('猫 <a>:"/\\|?*') == "猫-a"


def test_a_kill_at_any_write_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "about.json"
    files.write_json(path, {"name": "old"})
    call = 1
    while killed_at(call, lambda: files.write_json(path, {"name": "new"})):
        assert files.read_json(path)["name"] in ("old", "new")
        call += 1
        files.remove_stale_parts(tmp_path)
        files.write_json(path, {"name": "old"})
    assert files.read_json(path)["name"] == "new"
    assert leftovers(tmp_path) == []
    assert call > 5


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "about.json"
    files.write_atomically(path, b"old")
    with largest_file(9), pytest.raises(RunError, match="File too large"):
        files.write_atomically(path, b"12345", b"67890")
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []
    with largest_file(9):
        files.write_atomically(path, b"12345", b"6789")
    assert path.read_bytes() == b"123456789"


def test_a_living_writers_part_is_not_swept(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        part = tmp_path / f".about.json.{other.pid}-{'0' * 32}.part"
        part.touch()
        files.remove_stale_parts(tmp_path)
        assert part.exists()
        other.communicate(b"\n")
    files.remove_stale_parts(tmp_path)
    assert not part.exists()


def test_a_lock_has_one_holder_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with files.locked(path, timeout_s=0) as first:
        with files.locked(path, timeout_s=0.05) as second:
            assert (first, second) == (True, False)
        with files.locked(path, timeout_s=0) as third:
            assert not third, "the refused call does not release the lock"
    code = (
        "import pathlib, sys\nfrom explorer.core import files\n"
        "with files.locked(pathlib.Path(sys.argv[1]), 0) as taken: print(taken, flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"True"
        with files.locked(path, timeout_s=0) as taken:
            assert not taken
        holder.kill()
        holder.wait()
        with files.locked(path, timeout_s=0) as taken:
            assert taken


def test_a_lock_is_no_way_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="Nothing can be written"), files.locked(tmp_path / ".lock", timeout_s=0):
        pass
    assert not (tmp_path / "elsewhere").exists()


# On Windows an open file cannot be replaced or removed


@pytest.mark.parametrize(
    ("refused", "act"),
    [
        ("os.replace", lambda path: files.write_json(path, {"name": "new"})),
        ("pathlib.Path.unlink", files.remove),
        ("io.FileIO", files.read_text),
        ("os.replace", lambda path: files.link(path, path.with_name("linked"))),
    ],
)
def test_a_file_in_use_is_tried_again_and_then_said(
    refused: str, act: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "about.json"
    files.write_json(path, {"name": "old"})
    refusals = iter([PermissionError(13, "in use")] * 3)
    owner, name = refused.rsplit(".", 1)
    real = pkgutil.resolve_name(f"{owner}:{name}" if owner in ("os", "io") else "pathlib:Path.unlink")

    def call(*given: Any, **more: Any) -> Any:
        if error := next(refusals, None):
            raise error
        return real(*given, **more)

    monkeypatch.setattr(refused, call)
    monkeypatch.setattr(files, "RETRY_S", 5.0)
    act(path)
    assert next(refusals, None) is None, "all three occurred"
    monkeypatch.setattr(files, "RETRY_S", 0.1)
    monkeypatch.setattr(refused, lambda *given, **more: (_ for _ in ()).throw(PermissionError(13, "in use")))
    with pytest.raises((RunError, PermissionError), match="in use"):
        act(path)
