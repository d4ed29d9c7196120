"""`python -m explorer`: the same without a browser. The commands of a fine-tune are in training/commands.py.

Results go to stdout, all else to stderr; a user's error is one line and the exit code 2.
"""

import argparse
import contextlib
import errno
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from explorer import __version__
from explorer.cli import compare
from explorer.cli import training as commands_of_training
from explorer.core import files, terminal
from explorer.core.errors import (
    DataError,
    ExplorerError,
    TraceError,
    WeightsError,
    check_docstrings,
    torch_import_error,
)
from explorer.core.i18n import LANGUAGES, Language, of_terminal, t
from explorer.models import loading

if TYPE_CHECKING:  # torch takes seconds to import: not for --help
    from torch import Tensor

    from explorer.models.network import Network

PROGRAM = "python -m explorer"
IMAGE_SIZES = range(16, 1025)
FIGURES = (
    "prediction", "network", "block", "operation", "networks", "paths", "path-lengths", "branch-share", "angle",
    "responses", "lesion", "lesion-twins", "lesions-at-random", "gradients", "gradients-at-start", "variance-at-start",
    "shattered", "autocorrelation", "cosine", "readable", "channels", "space",
)  # fmt: skip # of `explorer.cli.figures`, which imports torch
PICTURES = range(2, 10_001)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _complain(f"{message} (see --help)")
        self.exit(2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 2 for a user's error, 130 when interrupted."""
    terminal.configure_streams()
    try:
        code = _run(argv)
        print(end="", flush=True)
        return code
    except KeyboardInterrupt:
        _complain(t("machine.interrupted", of_terminal()))
        return 130
    except OSError as error:  # stdout's: files that a user names have sentences of their own
        # The reader, as in `| head`; of whom Windows says EINVAL.
        gone = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
        if missing := torch_import_error(error):
            _complain(t(missing.key, of_terminal(), **missing.values))
            return 2
        if not gone:
            _complain(str(error))
        for stream in (sys.stdout, sys.stderr):  # or Python fails once more when it flushes them at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return 0 if gone else 2


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as ended:  # how argparse ends --help, and a wrong call
        return int(ended.code or 0)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except ExplorerError as error:
        _complain(_sentence(error, arguments))
        return 2


def _parser() -> argparse.ArgumentParser:
    language = of_terminal()
    parser = _Parser(prog=PROGRAM, description=t("command.explorer", language))
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--lang", choices=LANGUAGES, default=language, help=t("command.lang", language))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help=t("command.json", language))
    common.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=t("command.lang", language))
    network = _Parser(add_help=False)
    network.add_argument("--network", default="resnet18", metavar="NAME", help=t("command.network", language))
    network.add_argument("--weights", default="cifar10", help=t("command.weights", language))
    network.add_argument("--seed", type=int, default=0, help=t("command.seed", language))

    info = commands.add_parser("info", parents=[common], help=t("command.info", language))
    info.set_defaults(run=_info)
    predict = commands.add_parser("predict", parents=[network, common], help=t("command.predict", language))
    predict.add_argument("images", nargs="+", metavar="IMAGE")
    predict.set_defaults(run=_predict)
    trace = commands.add_parser("trace", parents=[network, common], help=t("command.trace", language))
    trace.add_argument("image", metavar="IMAGE")
    trace.add_argument("--image-size", type=int, metavar="N", help=t("command.image_size", language))
    trace.add_argument("--out", required=True, metavar="FILE.safetensors")
    trace.set_defaults(run=_trace)
    figure = commands.add_parser("figure", parents=[network, common], help=t("figures.command", language))
    figure.add_argument("name", choices=FIGURES, metavar="NAME", help=", ".join(FIGURES))
    figure.add_argument("--picture", default="china", metavar="FILE|ID", help=t("figures.picture", language))
    figure.add_argument("--block", metavar="PATH", help=t("figures.block", language))
    figure.add_argument("--pictures", type=int, default=200, metavar="N", help=t("figures.pictures", language))
    figure.add_argument("--out", required=True, metavar="FILE", help=t("figures.out", language))
    figure.set_defaults(run=_figure)
    commands_of_training.add(commands, common, language)
    compare.add(commands, common, language)
    return parser


def _info(arguments: argparse.Namespace) -> int:
    from explorer.models import inventory

    found = inventory.inventory()
    if arguments.json:
        terminal.print_json(found)
    else:
        print("\n".join(inventory.lines(found, arguments.lang)))
    return 0


def _predict(arguments: argparse.Namespace) -> int:
    from explorer.analysis.trace import trace
    from explorer.data import images

    network = _load(arguments)
    entries: list[dict[str, Any]] = []
    for file in arguments.images:
        try:
            with _quiet_libraries():
                x = network.preprocess(images.read(Path(file)).image)
            started = time.perf_counter()
            logits = trace(network, x, keep=()).logits
            seconds = time.perf_counter() - started
            top = _top(network, logits)
        except ExplorerError as error:
            entries.append({"file": file, "error": _sentence(error, arguments)})
            _complain(entries[-1]["error"])
            continue
        entries.append(
            {"file": file, "network": network.name, "weights": arguments.weights, "seconds": seconds, "top": top}
        )
        if not arguments.json:
            print(f"{_printable(file)}  ({seconds * 1000:.0f} ms)")
            for guess in top:
                print(f"  {guess['probability']:6.1%}  {guess['label']}")
    if arguments.json:
        terminal.print_json(entries)
    return 2 if any("error" in entry for entry in entries) else 0


def _trace(arguments: argparse.Namespace) -> int:
    import torch
    import torchvision

    from explorer.analysis.trace import trace
    from explorer.data import images

    size: int | None = arguments.image_size
    if size is not None and size not in IMAGE_SIZES:
        raise TraceError("errors.image_size", size=size, smallest=IMAGE_SIZES[0], largest=IMAGE_SIZES[-1])
    target = _target(arguments.out, arguments.image, arguments.weights)
    with _quiet_libraries():
        picture = images.read(Path(arguments.image)).image
    network = _load(arguments)
    preprocess = network.preprocess if size is None else network.preprocess.sized(size)
    traced = trace(network, preprocess(picture))
    tensors = {"logits": traced.logits, **traced.tensors}
    metadata = {
        "network": network.name, "weights": arguments.weights, "image_size": str(preprocess.input_px),
        "torch": torch.__version__, "torchvision": torchvision.__version__, "explorer": __version__,
        "labels": json.dumps(network.labels, ensure_ascii=False),
    } | ({"seed": str(arguments.seed)} if network.weights == "random" else {})  # fmt: skip
    _save(tensors, metadata, target)
    top = _top(network, traced.logits)
    if arguments.json:
        shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
        terminal.print_json(
            {"file": arguments.image, "network": network.name, "weights": arguments.weights,
             "out": arguments.out, "tensors": shapes, "top": top}
        )  # fmt: skip
    else:
        mb = target.stat().st_size / 1e6
        print(t("machine.traced", arguments.lang, out=arguments.out, count=len(tensors), mb=mb, **top[0]))
    return 0


def _figure(arguments: argparse.Namespace) -> int:
    check_docstrings()
    from explorer.analysis import features
    from explorer.cli import figures
    from explorer.data import cifar10, images

    target = _target(arguments.out, arguments.picture)
    figures.check_suffix(arguments.name, target)
    if arguments.pictures not in PICTURES:
        raise DataError("errors.figure_count", count=arguments.pictures)
    is_file = Path(arguments.picture).suffix.lower() in cifar10.SUFFIXES
    with _quiet_libraries():
        picture = images.read(Path(arguments.picture)) if is_file else images.open_sample(arguments.picture)
    network = _load(arguments)
    blocks = network.graph.parts
    allowed = features.places(network) if arguments.name == "channels" else blocks
    block = arguments.block or blocks[0]
    if block not in allowed:
        raise TraceError("errors.figure_block", network=network.name, block=block, allowed=", ".join(allowed))
    with _moving(arguments.name, arguments.lang) as show:
        order = figures.Order(network, picture, block, arguments.pictures, arguments.lang, show)
        drawn = figures.draw(arguments.name, order)
    figures.write(drawn, target, arguments.lang)
    if arguments.json:
        terminal.print_json({"figure": arguments.name, "file": str(target)})
    else:
        print(_printable(str(target)))
    return 0


def _load(arguments: argparse.Namespace) -> "Network":

    if not 0 <= arguments.seed < 2**63:
        raise WeightsError("errors.seed", seed=arguments.seed)
    with _moving(arguments.weights, arguments.lang) as show:
        return loading.load(arguments.network, arguments.weights, seed=arguments.seed, progress=show)


@contextlib.contextmanager
def _moving(name: str, language: Language) -> Iterator[Callable[[int, int | None], None]]:
    """A line on stderr that moves; call what it gives with what is done, and how much there is in all.

    How long it still takes is told from a second on, and anew where another part begins.
    """
    line, before, begun = terminal.Line(), 0, 0.0

    def show(done: int, total: int | None) -> None:
        nonlocal before, begun
        if not line.text or done < before:
            begun = time.monotonic()
        before, spent = done, time.monotonic() - begun
        share = f"{done / total:.0%}" if total else f"{done / 1e6:.0f} MB"
        if total and spent > 1:
            share += t("machine.left", language, seconds=spent * (total - done) / max(done, 1))
        if f"{name}: {share}" != line.text:
            line.show(f"{name}: {share}")

    try:
        yield show
    finally:
        if line.text:
            print(file=sys.stderr)  # what follows has a line of its own


def _top(network: "Network", logits: "Tensor") -> list[dict[str, Any]]:
    from explorer.models.network import top_guesses

    return [vars(guess) for guess in top_guesses(network, logits[0])]


def _target(out: str, *inputs: str) -> Path:
    """Where the file really goes, checked before the work. Raises TraceError; never for a device such as /dev/null."""
    target = Path(os.path.realpath(out))
    if any(os.path.exists(given) and os.path.exists(out) and os.path.samefile(given, out) for given in inputs):
        raise TraceError("errors.trace_over_input", file=target.name)
    replaceable = not os.path.lexists(target) or (os.path.isfile(target) and os.access(target, os.W_OK))
    if not (replaceable and os.path.isdir(target.parent) and os.access(target.parent, os.W_OK)):
        raise TraceError("errors.trace_unwritable", file=target.name or out, folder=str(target.parent))
    return target


def _save(tensors: "Mapping[str, Tensor]", metadata: dict[str, str], target: Path) -> None:
    """All or nothing: a file beside `target`, then in its place. No two tensors may share memory. Raises TraceError."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    part = target.with_name(f".{os.getpid()}.part")
    try:
        part.touch()
        mode = part.stat().st_mode  # what this user's new files have; safetensors makes one that only the owner reads
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part, metadata)
        part.chmod(mode)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        files.replace(part, target)
    except (OSError, SafetensorError) as error:
        raise TraceError("errors.trace_unwritable", file=target.name, folder=str(target.parent)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _sentence(error: ExplorerError, arguments: argparse.Namespace) -> str:
    return t(error.key, arguments.lang, **error.values)


def _complain(sentence: str) -> None:
    print(f"{PROGRAM}: {_printable(' '.join(sentence.split()))}", file=sys.stderr)  # one line, whatever a user typed


def _printable(words: str) -> str:
    """Without what a terminal would obey."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)


@contextlib.contextmanager
def _quiet_libraries() -> Iterator[None]:
    """libtiff writes what it thinks of a file to the process's stderr, past Python."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
