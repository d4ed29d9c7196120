"""The container, tested without Docker: its files, and its command run by a user who can write to the volumes only.

No image is built.
"""

import json
import os
import re
import shlex
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from explorer.core import settings
from explorer.core.i18n import t
from explorer.runs import checkpoints, store
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from explorer.ui.server import hosts
from tests import visitor

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
OUTSIDE = "lab.example.org"  # the host name of a reverse proxy

# Instructions of the last stage, which is the image: (name, arguments)
STEPS = [
    tuple(line.split(None, 1))
    for line in re.sub(r"\\\n\s*", "", DOCKERFILE.rpartition("\nFROM ")[2]).splitlines()[1:]
    if line and not line.startswith("#")
]


def step(name: str) -> str:
    (found,) = [rest for each, rest in STEPS if each == name]
    return found


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(step("ENV")))


def command(name: str) -> list[str]:
    """The command of CMD or HEALTHCHECK."""
    found: list[str] = json.loads("[" + step(name).partition("[")[2])
    return found


def copied() -> list[str]:
    """Paths that the image copies from this repository."""
    return [name for each, rest in STEPS if each == "COPY" and "--from" not in rest for name in rest.split()[:-1]]


def test_the_image_runs_as_a_user_without_rights() -> None:
    uid, _, gid = step("USER").partition(":")
    assert int(uid) > 999
    assert int(gid) > 999
    assert f"--uid {uid}" in step("RUN")
    assert [each for each, _ in STEPS].index("USER") > [each for each, _ in STEPS].index("RUN")


def test_the_image_writes_to_its_volumes_and_tmp_only() -> None:
    places = json.loads(step("VOLUME"))
    assert {Path(variables()[name]).parts[1] for name in ("HOME", "TORCH_HOME", "EXPLORER_RUNS", "EXPLORER_DATA")} == {
        "tmp", "data", "runs"
    }  # fmt: skip
    assert sorted(places) == ["/data", "/runs"]
    assert variables()["PYTHONDONTWRITEBYTECODE"] == "1"


def test_the_image_takes_packages_from_public_places_only() -> None:
    hosts = re.findall(r"https?://([^/\s\"'}]+)", DOCKERFILE + COMPOSE)
    assert set(hosts) <= {"download.pytorch.org", "pypi.org", "127.0.0.1:8501"}
    assert "ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu\n" in DOCKERFILE
    pinned = [
        line
        for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if re.match("torch(vision)?==", line)
    ]
    assert len(pinned) == 2, "the Dockerfile finds the pins by this pattern"


def test_the_base_image_is_pinned_by_digest() -> None:
    (base,) = re.findall(r"^ARG PYTHON=python:3\.11\S+@sha256:([0-9a-f]+)$", DOCKERFILE, re.MULTILINE)
    assert len(base) == 64
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON}"] * 2


def test_without_cuda_its_libraries_are_left_out_of_the_lock() -> None:
    """The Dockerfile's command removes whole entries with their hashes, and no others."""
    (program,) = re.findall(r"awk '([^']+)' requirements\.lock", DOCKERFILE)
    rest = subprocess.check_output(["awk", program, ROOT / "requirements.lock"], encoding="utf-8")
    entries = re.compile(r"^[a-z].*(?:\n +.*)*", re.MULTILINE)
    whole = entries.findall((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    left = entries.findall(rest)
    gone = {entry.partition("=")[0] for entry in set(whole) - set(left)}
    assert left == [entry for entry in whole if entry.partition("=")[0] not in gone]
    assert {"nvidia-cublas", "cuda-toolkit", "triton"} <= gone
    assert all(re.match("nvidia-|cuda-|triton$", name) for name in gone)
    assert {"torch", "torchvision"} <= {entry.partition("=")[0] for entry in left}


def test_everything_that_is_copied_is_sent_to_docker() -> None:
    sent = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    ]
    assert set(copied()) | {"requirements*.txt", "requirements.lock"} == set(sent)
    assert all((ROOT / name).exists() for name in copied())


@pytest.mark.parametrize(
    "line",
    [
        "  read_only: true", "  cap_drop: [ALL]", '  security_opt: ["no-new-privileges:true"]', "  init: true",
        '  volumes: ["data:/data", "runs:/runs"]',
        '  ports: ["${EXPLORER_ADDRESS:-127.0.0.1}:${EXPLORER_PORT:-8501}:8501"]',
        "  mem_limit: ${EXPLORER_MEMORY:-8g}", "  stop_grace_period: 2m", "    profiles: [cpu]", "    profiles: [cuda]",
        "              capabilities: [gpu]",
    ],
)  # fmt: skip
def test_compose_locks_the_container(line: str) -> None:
    assert line in [re.sub(r"\s+#.*", "", each) for each in COMPOSE.splitlines()]


def test_both_variants_are_the_same_but_for_the_gpu() -> None:
    assert COMPOSE.count("<<: *explorer") == 2
    names = {hosts.HOSTS, settings.PUBLIC, settings.MIRROR, *settings.LIMITS}
    assert set(re.findall(r"- (EXPLORER_\w+)", COMPOSE)) == names


def test_no_other_name_than_this_machines_is_answered_at_first() -> None:
    assert variables()[hosts.HOSTS] == ""


# As in the container


@dataclass
class Container:
    """The image's files, owned by root, and its command, run by an unprivileged user."""

    folder: Path
    port: int
    uid: int
    first: int = 0  # pid of its first process, as seen from outside

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def inside(self, path: str) -> str:
        return re.sub(r"(?<![\w/.])/(tmp|data|runs|app)\b", lambda found: f"{self.folder}{found[0]}", path)

    def start(self, *words: str, **options: object) -> "subprocess.Popen[str]":
        """Start a process in the container. All others end with the first one."""
        apart = ["nsenter", f"--target={self.first}"] if self.first else ["unshare", "--fork", "--kill-child"]
        user = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--no-new-privs"]
        space = ["--pid", "--mount"] if self.first else ["--pid", "--mount-proc"]
        environment = {name: self.inside(value) for name, value in variables().items()}
        more = {"PATH": f"{self.folder}/bin:/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(site.getsitepackages()),
                "STREAMLIT_SERVER_PORT": str(self.port), "OMP_NUM_THREADS": "1", hosts.HOSTS: OUTSIDE}  # fmt: skip
        go = ["sh", "-c", 'cd "$0" && exec "$@"', f"{self.folder}/app"]
        return subprocess.Popen(  # type: ignore[call-overload]
            [*apart, *space, *user, *go, *words], env={**environment, **more}, encoding="utf-8", **options
        )

    def can(self, code: str, python: str = "python") -> bool:
        return self.start(python, "-c", code, stderr=subprocess.DEVNULL).wait(120) == 0

    def run(self, *words: str) -> str:
        process = self.start(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    def is_healthy(self) -> bool:
        words = [word.replace(":8501/", f":{self.port}/") for word in command("HEALTHCHECK")]
        return self.start(*words, stderr=subprocess.DEVNULL).wait(30) == 0


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    if (
        os.geteuid() != 0
        or subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "setpriv", "true"]).returncode
    ):
        pytest.skip("only root becomes another user and has processes apart (setpriv, unshare)")
    folder = Path(tempfile.mkdtemp(prefix="container-", dir="/tmp"))  # other users cannot read pytest's own folder
    folder.chmod(0o755)
    uid = int(step("USER").partition(":")[0])
    try:
        (folder / "app").mkdir()
        for name in copied():
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / "app" / name)
        for name in ("tmp", "data", "runs"):
            (folder / name).mkdir()
            os.chown(folder / name, uid, uid)
        (folder / "app" / "data").symlink_to(folder / "data")
        (folder / "bin").mkdir()
        found = Container(folder, visitor.free_port(), uid)
        pythons = [sys.executable, shutil.which("python3.11", path="/usr/local/bin:/usr/bin")]  # root's may be its own
        python = next((each for each in pythons if each and found.can("import torch, streamlit", each)), None)
        if python is None:
            pytest.skip("another user cannot run a Python that has torch")
        for name, module in (("python", ""), ("streamlit", " -m streamlit")):
            (folder / "bin" / name).write_text(f'#!/bin/sh\nexec {python}{module} "$@"\n', encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)
        yield found
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def served(container: Container) -> Iterator["subprocess.Popen[str]"]:
    words = [word.replace("0.0.0.0", "127.0.0.1") for word in command("CMD")]  # without a container
    with container.log.open("w", encoding="utf-8") as log:
        process = container.start(*words, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: bool(psutil.Process(process.pid).children()))
        container.first = psutil.Process(process.pid).children()[0].pid
        wait_for(lambda: container.is_healthy() or process.poll() is not None)
        assert process.poll() is None, container.log.read_text(encoding="utf-8")
        yield process
    finally:
        process.kill()  # ends all processes in the container
        process.wait()


def wait_for(condition: Callable[[], bool], within_s: float = 90) -> None:
    give_up = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up, "timed out"
        time.sleep(0.1)


def visited(port: int, origin: str) -> ClientConnection:
    """Visit as a browser does through a reverse proxy that forwards the Host header."""
    return visitor.visit(port, OUTSIDE, origin)


def test_the_home_page_runs_without_a_place_to_write(container: Container, served: "subprocess.Popen[str]") -> None:
    with visited(container.port, f"https://{OUTSIDE}") as browser:
        assert t("home.title") in visitor.hear(browser).headings
    assert not container.can("open('new', 'w')")
    assert container.can("open('data/new', 'w')")


def test_other_sites_are_kept_out(container: Container, served: "subprocess.Popen[str]") -> None:
    with pytest.raises(InvalidStatus) as refused:
        visited(container.port, "https://elsewhere.example.net")
    assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        visitor.visit(container.port, "rebound.example.net")
    assert refused.value.response.status_code == 400


def test_a_stop_waits_for_the_checkpoint(container: Container, served: "subprocess.Popen[str]") -> None:
    recipe = Recipe(data="digits", weights="random", epochs=1000, freeze_epochs=0, batch_size=16)
    code = (
        "import sys\nfrom explorer.runs import store, worker\nfrom explorer.training.recipe import Recipe\n"
        "made = [store.create(Recipe.from_json(sys.argv[1])) for _ in range(2)]\n"
        "for run in made: worker.submit(run)\n"
        "worker.start_queued()\nprint(*(run.path for run in made))"
    )
    first, second = (Run(Path(path)) for path in container.run("python", "-c", code, recipe.to_json()).split())
    wait_for(lambda: store.status(first).iteration > 0)
    os.kill(container.first, signal.SIGTERM)
    served.wait(60)
    assert store.status(first).state == "stopped"
    assert checkpoints.last_checkpoint(first)[0], "a checkpoint to resume from"
    assert store.status(second).state == "queued", "it is resumed when the container starts again"
    assert "Traceback" not in container.log.read_text(encoding="utf-8")
