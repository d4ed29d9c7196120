"""`python -m explorer data`: what a folder or zip of pictures holds, and a recipe for it, before it is trained on."""

import argparse
import shlex
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.training import named_recipe
from explorer.core import terminal
from explorer.core.i18n import Language, t
from explorer.training import advice

if TYPE_CHECKING:
    from explorer.data.card import Card

MAX_SHOWN = 10  # files that are named


def add(commands: Any, common: argparse.ArgumentParser, language: Language) -> None:
    """Add the command to argparse's `commands`."""
    data = commands.add_parser("data", parents=[common], help=t("data.command", language))
    data.add_argument("path", metavar="PATH", help=t("data.command_path", language))
    data.add_argument("--recipe", default="laptop", metavar="NAME|FILE", help=t("recipe.command_recipe", language))
    data.set_defaults(run=_data)


def _data(arguments: argparse.Namespace) -> int:
    from explorer.data import card

    recipe = named_recipe(arguments.recipe)
    progress, words = terminal.Line(), t("finetune.preparing_files", arguments.lang)
    try:
        found = card.look(arguments.path, lambda: progress.show(words))
    finally:
        progress.clear()
    warnings = advice.advice(found.classes, found.sizes_px, recipe)
    proposal = advice.proposal(found.classes, found.sizes_px, recipe)
    reason = t(proposal.key, arguments.lang, **proposal.values)
    if arguments.json:
        told = [t(key, arguments.lang, **values) for key, values in warnings]
        terminal.print_json({**found.to_json(), "advice": told, "proposal": {"reason": reason, **proposal.changes}})
        return 0
    for line in _lines(found, arguments.lang):
        print(terminal.printable(line))
    for key, values in warnings:
        print(terminal.printable(f"! {t(key, arguments.lang, **values)}"))
    print(terminal.printable(reason))
    if proposal.changes:
        given = {"recipe": arguments.recipe, "data": str(Path(arguments.path)), **proposal.changes}
        options = " ".join(f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in given.items())
        print(terminal.printable(f"{terminal.PROGRAM} train {options}"))
    return 0


def _lines(found: "Card", language: Language) -> Iterator[str]:
    train, test = found.counts
    yield t("data.card_title", language, name=found.name, classes=len(found.classes), train=train, test=test)
    width = max(map(_width, found.classes))
    for name, (of_train, of_test) in found.classes.items():
        yield f"  {name}{' ' * (width - _width(name))} {of_train:>7} {of_test:>7}"
    if len(found.parts) > 1:
        parts = ", ".join(f"{part or '.'} {count}" for part, count in found.parts.items())
        yield t("data.card_parts", language, parts=parts)
    for key, values in found.remarks:
        yield t(key, language, **values)
    for why, count, names in found.left_out_lines(MAX_SHOWN):
        yield t("data.card_left_out", language, count=count, why=t(why, language), names=names)


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
