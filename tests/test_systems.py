"""The library and the app work on a system without POSIX-only modules and functions.

The tests remove these on Linux, after importing other packages, which handle each system themselves.
"""

import os
import subprocess
import sys
from pathlib import Path

from explorer.ui.layout import navigation

ROOT = Path(__file__).parents[1]
MAIN = ROOT / "explorer" / "ui" / "main.py"

WITHOUT = """
import asyncio, getpass, importlib, json, os, pathlib, platform, signal, subprocess, sys, tempfile, threading
import altair, contourpy, filelock, pandas, PIL.Image, psutil, safetensors.torch, sklearn, streamlit, torch, torchvision
import captum.attr, pygments, tensorboardX, torchinfo, vl_convert
from streamlit.testing.v1 import AppTest

for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "crypt", "syslog"):
    sys.modules[name] = None
for owner, names in {
    os: "fork forkpty getuid geteuid getgid getegid getgroups getpgid getpgrp getsid setsid setpgid killpg initgroups "
    "sched_getaffinity sched_setaffinity pread pwrite preadv pwritev mkfifo mknod chown lchown chroot fchmod fchown "
    "nice getpriority setpriority getloadavg statvfs fstatvfs uname ttyname ctermid sync fdatasync posix_spawn "
    "posix_fadvise posix_fallocate sendfile wait wait3 wait4 O_DIRECTORY O_SYNC O_NOCTTY",
    signal: "SIGKILL SIGALRM SIGCHLD SIGHUP SIGQUIT SIGUSR1 SIGUSR2 SIGPIPE SIGSTOP SIGCONT SIGTSTP pthread_sigmask "
    "pthread_kill alarm setitimer getitimer sigwait sigpending siginterrupt pause SIG_BLOCK SIG_UNBLOCK SIG_SETMASK",
}.items():
    for name in names.split():
        if hasattr(owner, name):
            delattr(owner, name)
"""


def run(code: str, folder: Path) -> str:
    """Output of `code`, run in a process without them."""
    environment = {**os.environ, "EXPLORER_RUNS": str(folder / "runs"), "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + code], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_is_imported_pages_that_train_open_and_runs_are_run(tmp_path: Path) -> None:
    """In one process, since each takes seconds to import the libraries."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for folder in ("explorer",)
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "__main__.py" and path.parent.name != "_app"
    ]
    pages = ("home", "finetune", "runs", "compare")
    paths = {page: navigation.path(page) for page in pages}
    assert len(modules) > 150
    code = f"""
for name in {modules!r}:
    importlib.import_module(name)
assert "ray" not in sys.modules, "it is imported only when runs are sent"
app = AppTest.from_file({str(MAIN)!r}, default_timeout=120)
for page in {pages!r}:
    app.switch_page({paths!r}[page]).run()
    assert not app.exception, (page, app.exception)
    assert app.title, page
from explorer.cli.main import main
from explorer.data import images
images.open_sample("china").image.save("相片 一.png")
assert main(["predict", "相片 一.png", "--lang", "en"]) == 0

# In a process of its own: stopped, gone on with, killed, deleted.
import time
from explorer.core import files
from explorer.runs import store, worker
from explorer.training.recipe import Recipe

def wait_for(condition):
    give_up = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < give_up, store.status(run)
        time.sleep(0.05)

small = dict(network="cifar-resnet8", limit=60, test_limit=20, batch_size=20, image_size=32)
recipe = Recipe(data="digits", weights="random", **small, freeze_epochs=0, epochs=400, threads=1)
run = store.create(recipe)
worker.submit(run)
assert worker.start_queued() == [run]
wait_for(lambda: store.status(run).iteration)
worker.stop(run)
wait_for(lambda: store.status(run).state == "stopped")
assert (run.path / store.LAST).exists(), "a stop is no kill"
ended = store.status(run).epoch
worker.resume(run, epochs=ended + 1)
worker.start_queued()
wait_for(lambda: store.status(run).state == "finished")
assert main(["runs", "--json"]) == 0
worker.resume(run, epochs=400)
worker.start_queued()
wait_for(lambda: store.status(run).epoch > ended + 1)
files.write_json(run.path / store.STOP, {{"pid": store.claim(run).process().pid, "asked_s": 0.0}})
signal.SIGKILL = 9  # psutil's own, on this system
assert worker.kill_if_stuck(run)
wait_for(lambda: not store.is_running(run))
store.delete(run)
print(store.restore(run.id).id == run.id)
"""
    output = run(code, tmp_path)
    assert "相片 一.png" in output
    assert '"state": "finished"' in output
    assert output.splitlines()[-1] == "True"
