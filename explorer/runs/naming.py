"""Names of runs for display: never a hash, an id or a path, and unique within a list."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from explorer.core import local_networks

_ID: Final = re.compile(r"\d{8}-\d{6}-(.+?)(-[0-9a-f]{16})?")
_HASH: Final = re.compile(r"\S*\b[0-9a-f]{16,64}\b(\.\w+)?")  # with the path of the file that it names


def readable(name: str) -> str:
    """A run's `name` without what only programs read: a hash becomes "…", `own:Net-1a2b3c4d` becomes `Net`."""
    return _HASH.sub("…", local_networks.without_hashes(name))


def from_id(run_id: str) -> str:
    """A name for a run without one: `20261130-231500-resnet18` is `resnet18`."""
    match = _ID.fullmatch(run_id)
    return readable(match[1] if match else run_id)


def unique(named: Iterable[tuple[str, str, str]], taken: Collection[str] = ()) -> dict[str, str]:
    """Id -> name, for the (id, name, time of creation in ISO 8601) of runs, oldest first.

    Of runs with the same name, the first keeps it if it is not `taken`; the others are told apart by their date, or if
    that is not enough by a number: `laptop`, `laptop (11-30 23:15)`, `laptop (11-30 23:15, 2)`.
    """
    used, numbers, names = set(taken), Counter[str](), dict[str, str]()
    for run_id, name, created in named:
        date, shown = created[5:16].replace("T", " "), name
        dated = f"{name} ({date}" if date else f"{name} ("
        while shown in used:  # the counter goes on, so that many equal names are not searched again for each
            numbers[dated] += 1
            number = numbers[dated] if date else numbers[dated] + 1
            shown = f"{dated})" if number == 1 else f"{dated}{', ' if date else ''}{number})"
        used.add(shown)
        names[run_id] = shown
    return names
