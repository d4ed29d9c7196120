"""requirements.lock: the pins of requirements.txt and their dependencies, each with the hashes of its files."""

import importlib.metadata
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRIES = [entry.replace("\\\n", "") for entry in re.findall(r"^[a-z].*(?:\n {4}--hash.*)*", LOCK, re.MULTILINE)]
PINS = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
SYSTEMS = {"linux": ("Linux", "x86_64"), "darwin": ("Darwin", "arm64"), "win32": ("Windows", "AMD64")}


def locked(python: str, platform: str) -> dict[str, str]:
    """Name -> version of the locked packages."""
    system, machine = SYSTEMS[platform]
    there = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": platform,
             "platform_system": system, "platform_machine": machine}  # fmt: skip
    wanted = [Requirement(entry.partition("--hash")[0]) for entry in ENTRIES]
    wanted = [each for each in wanted if each.marker is None or each.marker.evaluate(there)]
    assert len({each.name for each in wanted}) == len(wanted), "one version per package"
    return {each.name: str(each.specifier).removeprefix("==") for each in wanted}


@pytest.mark.parametrize("platform", SYSTEMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_each_pin_is_locked_at_its_version(python: str, platform: str) -> None:
    found = locked(python, platform)
    assert len(PINS) > 15
    assert {name: found.get(canonicalize_name(name)) for name in PINS} == PINS
    assert bool([name for name in found if name.startswith("nvidia-")]) is (platform == "linux")


def test_each_entry_is_one_version_with_hashes() -> None:
    assert len(ENTRIES) == len(re.findall("^[^# ]", LOCK, re.MULTILINE))
    for entry in ENTRIES:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+", entry), entry


def test_installed_dependencies_of_the_pins_are_locked() -> None:
    """According to the metadata of the installed packages."""
    here, waiting, seen = {canonicalize_name(entry.partition("=")[0]) for entry in ENTRIES}, list(PINS), set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in seen:
            seen.add(name)
            wanted = map(Requirement, importlib.metadata.requires(name) or ())
            waiting += [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    assert len(seen) > len(PINS)
    assert seen - here == set()


def test_it_names_no_place() -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|^-", LOCK, re.MULTILINE)
