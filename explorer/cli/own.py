"""Options for a checkpoint of one's own, shared by the commands that load a network."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from explorer.core import terminal
from explorer.core.errors import WeightsError
from explorer.core.i18n import Language, t

if TYPE_CHECKING:
    from explorer.models.network import Network
    from explorer.models.own import Choice

NETWORK: Final = "resnet18"  # of weights that have a name
PRESETS: Final = ("imagenet", "cifar", "imagenet32", "cifar64")  # keys of `own.PRESETS`, which imports torch


def add(parser: argparse.ArgumentParser, language: Language) -> None:
    """Add the options to a command's parser; it also needs `--network`, `--weights` and `--image-size`."""
    group = parser.add_argument_group(t("command.own_group", language))
    group.add_argument("--part", default="", metavar="PATH", help=t("command.own_part", language))
    group.add_argument("--shortcut-padding", default="", choices=("end", "both"), metavar="end|both",
                       help=t("command.own_padding", language))  # fmt: skip
    group.add_argument("--preprocess", default="", choices=PRESETS, metavar="NAME",
                       help=t("command.own_preprocess", language))  # fmt: skip
    for name in ("mean", "std"):
        group.add_argument(f"--{name}", nargs=3, type=float, default=(), metavar=("R", "G", "B"),
                           help=t(f"command.own_{name}", language))  # fmt: skip
    group.add_argument("--classes", type=Path, metavar="FILE|FOLDER", help=t("command.own_classes", language))
    group.add_argument("--data", type=Path, metavar="FOLDER", help=t("command.own_data", language))


def load(arguments: argparse.Namespace) -> "tuple[Network, list[str]]":
    """The network in the user's file `arguments.weights`, and sentences on what was assumed. Raises ExplorerError."""
    from explorer.models import loading, registry, weight_files
    from explorer.models.own import summary

    name, language, said = arguments.network or "", arguments.lang, []
    file = Path(arguments.weights)
    data = weight_files.own(name or NETWORK, arguments.weights, registry.weights(name or NETWORK))
    if not name:
        name = loading.find_network(data, file.name)
        said.append(t("command.own_network", language, file=file.name, network=name))
    choice, measured = _measured(name, data, file.name, _choice(arguments), arguments)
    network = loading.load_checkpoint(name, data, file.name, choice)
    return network, [*said, *measured, *summary(network.facts, network.preprocess, language)]


def check_unused(arguments: argparse.Namespace) -> None:
    """Raises WeightsError if an option for a file is given with weights that have a name."""
    given = {"--part": arguments.part, "--shortcut-padding": arguments.shortcut_padding, "--mean": arguments.mean,
             "--preprocess": arguments.preprocess, "--std": arguments.std, "--classes": arguments.classes,
             "--data": arguments.data}  # fmt: skip
    if option := next((option for option, value in given.items() if value), ""):
        raise WeightsError("errors.only_for_own", option=option, weights=arguments.weights)


def _choice(arguments: argparse.Namespace) -> "Choice":
    from explorer.models.own import Choice, read_classes

    return Choice(
        part=arguments.part, padding=arguments.shortcut_padding, preset=arguments.preprocess,
        mean=tuple(arguments.mean), std=tuple(arguments.std), size_px=getattr(arguments, "image_size", None) or 0,
        classes=read_classes(arguments.classes) if arguments.classes else (),
    )  # fmt: skip


def _measured(
    name: str, data: bytes, file: str, choice: "Choice", arguments: argparse.Namespace
) -> "tuple[Choice, list[str]]":
    """`choice` with what it leaves open as it does best on labelled pictures, where these are at hand; and in words."""
    from explorer.models import measure

    labelled = measure.folder_pictures(arguments.data) if arguments.data else measure.cifar10_pictures()
    with terminal.progress(terminal.printable(file), arguments.lang) as progress:
        found = measure.measured(name, data, file, choice, labelled, progress) if labelled else []
    if not found:
        return choice, []
    shares = ", ".join(f"{each.words} {each.right / each.pictures:.0%}" for each in found)
    return found[0].choice, [t("command.own_measured", arguments.lang, count=found[0].pictures, shares=shares)]
