"""A file is the old one or the new one, whole, and a lock lives as long as its holder."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.errors import RunError
from explorer.training import files
from tests.training.written import killed_at, largest_file, leftovers


def test_a_kill_at_any_write_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "about.json"
    files.write_json(path, {"name": "old"})
    call = 1
    while killed_at(call, lambda: files.write_json(path, {"name": "new"})):
        assert files.read_json(path)["name"] in ("old", "new")
        call += 1
        files.sweep(tmp_path)
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
        files.sweep(tmp_path)
        assert part.exists()
        other.communicate(b"\n")
    files.sweep(tmp_path)
    assert not part.exists()


def test_those_who_look_do_not_take_each_other_for_the_holder(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    assert not files.is_locked(path)
    with files.locked(path, patience_s=0) as lock:
        assert lock is not None
        assert files.is_locked(path)
        with files.locked(path, patience_s=0) as second:
            assert second is None
        assert files.is_locked(path), "the second, who was refused, has not let go of it"
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not files.is_locked(path)
    os.close(looking)
