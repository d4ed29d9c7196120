"""`python -m explorer info | predict | trace | figure | walk | residuals`: one network without a browser."""

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from explorer import __version__
from explorer.cli import own
from explorer.core import files, local_networks, terminal
from explorer.core.errors import DataError, ExplorerError, TraceError, WeightsError, check_docstrings
from explorer.core.i18n import Language, t

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.data.images import Picture
    from explorer.models.network import Network
    from explorer.models.preprocessing import Preprocessing

IMAGE_SIZES = range(16, 1025)
FIGURES = (  # keys of `figures.FIGURES`, which imports torch
    "prediction", "network", "block", "operation", "networks", "paths", "path-lengths", "branch-share", "angle",
    "responses", "lesion", "lesion-twins", "lesions-at-random", "gradients", "gradients-by-path",
    "gradient-by-length", "shortcuts-alone", "gradients-at-start", "variance-at-start", "shattered",
    "autocorrelation", "cosine", "readable", "channels", "space",
)  # fmt: skip
SUFFIXES: Final = (".png", ".svg", ".html")
BITMAPS: Final = ("channels",)  # figures that are no charts: PNG only
PICTURES = range(2, 10_001)


def add(commands: Any, common: argparse.ArgumentParser, language: Language) -> None:
    """Add the six commands to argparse's `commands`."""
    network = argparse.ArgumentParser(add_help=False)
    network.add_argument("--network", metavar="NAME", help=t("command.network", language))
    network.add_argument("--weights", help=t("command.weights", language))
    network.add_argument("--seed", type=int, default=0, help=t("command.seed", language))
    own.add(network, language)

    info = commands.add_parser("info", parents=[common], help=t("command.info", language))
    info.set_defaults(run=_info)
    predict = commands.add_parser("predict", parents=[network, common], help=t("command.predict", language))
    predict.add_argument("images", nargs="+", metavar="IMAGE")
    predict.add_argument("--image-size", type=int, metavar="N", help=t("command.image_size", language))
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
    walk = commands.add_parser("walk", parents=[network, common], help=t("scene.command", language))
    walk.add_argument("picture", metavar="PICTURE", help=t("figures.picture", language))
    walk.add_argument("--image-size", type=int, metavar="N", help=t("command.image_size", language))
    walk.add_argument("--block", default="", metavar="PATH|all", help=t("scene.command_block", language))
    walk.add_argument("--out", required=True, metavar="FILE.html", help=t("scene.command_out", language))
    walk.set_defaults(run=_walk)
    residuals = commands.add_parser("residuals", parents=[network, common], help=t("command.residuals", language))
    residuals.set_defaults(run=_residuals)


def _info(arguments: argparse.Namespace) -> int:
    from explorer.models import inventory

    facts = inventory.inventory()
    if arguments.json:
        terminal.print_json(facts)
    else:
        print("\n".join(inventory.lines(facts, arguments.lang)))
    return 0


def _predict(arguments: argparse.Namespace) -> int:
    _check_size(arguments)

    from explorer.analysis.trace import trace
    from explorer.data import images

    network, preprocess = _load(arguments)
    entries: list[dict[str, Any]] = []
    line, time_left, count = terminal.Line(), terminal.TimeLeft(arguments.lang), len(arguments.images)
    for k, file in enumerate(arguments.images):
        if count > 1:
            line.show(f"predict: {k} / {count}{time_left(k / count)}")
        try:
            with _quiet_libraries():
                picture = images.read(Path(file))
                x = preprocess(picture.image)
            started = time.perf_counter()
            logits = trace(network, x, keep=()).logits
            seconds = time.perf_counter() - started
            top = _top(network, logits)
        except ExplorerError as error:
            line.clear()
            entries.append({"file": file, "error": t(error.key, arguments.lang, **error.values)})
            terminal.print_error(entries[-1]["error"])
            continue
        line.clear()
        entries.append(
            {"file": file, "network": network.name, "weights": arguments.weights, "seconds": seconds, "top": top}
            | _assumed(arguments, network)
        )
        if notes := [t(key, arguments.lang) for key in picture.notes]:
            entries[-1]["notes"] = notes
            print(terminal.printable(f"{file}: {' '.join(notes)}"), file=sys.stderr)
        if not arguments.json:
            print(f"{terminal.printable(file)}  ({seconds * 1000:.0f} ms)")
            for guess in top:
                print(f"  {guess['probability']:6.1%}  {guess['label']}")
    if arguments.json:
        terminal.print_json(entries)
    return 2 if any("error" in entry for entry in entries) else 0


def _trace(arguments: argparse.Namespace) -> int:
    _check_size(arguments)
    target = _target(arguments.out, arguments.image, arguments.weights or "")

    import torch
    import torchvision

    from explorer.analysis.trace import trace
    from explorer.data import images

    with _quiet_libraries():
        picture = images.read(Path(arguments.image)).image
    network, preprocess = _load(arguments)
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
             "out": arguments.out, "tensors": shapes, "top": top} | _assumed(arguments, network)
        )  # fmt: skip
    else:
        mb = target.stat().st_size / 1e6
        print(t("machine.traced", arguments.lang, out=arguments.out, count=len(tensors), mb=mb, **top[0]))
    return 0


def _figure(arguments: argparse.Namespace) -> int:
    check_docstrings()
    target = _target(arguments.out, arguments.picture)
    allowed = SUFFIXES[:1] if arguments.name in BITMAPS else SUFFIXES
    if target.suffix.lower() not in allowed:
        raise TraceError("errors.figure_suffix", file=target.name, allowed=", ".join(allowed))
    if arguments.pictures not in PICTURES:
        raise DataError("errors.figure_count", count=arguments.pictures)

    from explorer.analysis import features
    from explorer.cli import figures

    picture = _open(arguments.picture)
    network, _ = _load(arguments)
    blocks = network.graph.parts
    places = features.places(network) if arguments.name == "channels" else blocks
    block = arguments.block or next((path for path in places if path in blocks), "")
    if block not in places:
        raise TraceError("errors.figure_block", network=network.name, block=block, allowed=", ".join(places))
    with terminal.progress(arguments.name, arguments.lang) as progress:
        request = figures.Request(network, picture, block, arguments.pictures, arguments.lang, progress)
        drawn = figures.draw(arguments.name, request)
    figures.write(drawn, target, arguments.lang)
    if arguments.json:
        terminal.print_json({"figure": arguments.name, "file": str(target)})
    else:
        print(terminal.printable(str(target)))
    return 0


def _walk(arguments: argparse.Namespace) -> int:
    _check_size(arguments)
    target = _target(arguments.out, arguments.picture, arguments.weights or "")
    if target.suffix.lower() not in (".html", ".htm"):
        raise TraceError("errors.figure_suffix", file=target.name, allowed=".html")

    from explorer.analysis.source import WHOLE
    from explorer.scene.walk import walk

    picture = _open(arguments.picture)
    network, preprocess = _load(arguments)
    parts = network.graph.parts
    blocks = [*parts, WHOLE] if arguments.block == "all" else [arguments.block or (parts[0] if parts else WHOLE)]
    title = f"{_title(network)} · {Path(arguments.picture).name}"
    with terminal.progress("walk", arguments.lang) as progress:
        made = walk(network, preprocess(picture.image), blocks, title, arguments.lang,
                    notes=picture.notes, progress=progress)  # fmt: skip
    made.save(target)
    size = target.stat().st_size
    if arguments.json:
        out = {"file": arguments.out, "network": network.name, "blocks": blocks, "bytes": size}
        terminal.print_json(out | _assumed(arguments, network))
    else:
        count = len(blocks)
        print(terminal.printable(t("scene.written", arguments.lang, file=arguments.out, kb=size / 1000, count=count)))
    return 0


def _residuals(arguments: argparse.Namespace) -> int:
    from explorer.models import residual_table

    network = opened(arguments, only_shapes=True)
    rows, others = residual_table.residuals(network.graph), residual_table.others(network.graph)
    if arguments.json:
        terminal.print_json({"network": network.name, "residuals": rows, "others": others})
        return 0
    print(t("command.residuals_count", arguments.lang, network=_title(network), count=len(rows), others=len(others)))
    for line in residual_table.lines(rows, others, arguments.lang):
        print(terminal.printable(line))
    return 0


def _title(network: "Network") -> str:
    """A network's name for people: of a file of the user's, without the hash."""
    return local_networks.named(network.name).title if local_networks.is_own(network.name) else network.name


def _open(picture: str) -> "Picture":
    """A picture file, or one of the app's pictures by its id. Raises PictureError."""
    from explorer.data import cifar10, images

    with _quiet_libraries():
        is_file = Path(picture).suffix.lower() in cifar10.SUFFIXES
        return images.read(Path(picture)) if is_file else images.open_sample(picture)


def _assumed(arguments: argparse.Namespace, network: "Network") -> dict[str, list[str]]:
    """For JSON: what was assumed of a file of the user's."""
    return {"assumed": arguments.assumed} if network.weights == "own" else {}


def _check_size(arguments: argparse.Namespace) -> None:
    size: int | None = arguments.image_size
    if size is not None and size not in IMAGE_SIZES:
        raise TraceError("errors.image_size", size=size, smallest=IMAGE_SIZES[0], largest=IMAGE_SIZES[-1])


def _load(arguments: argparse.Namespace) -> "tuple[Network, Preprocessing]":
    """The network, and its preprocessing for `--image-size` where the command has that option."""
    from explorer.models import loading

    network = opened(arguments)
    size = getattr(arguments, "image_size", None)
    if size:
        network = loading.at_size(network, network.preprocess.sized(size))
    return network, network.preprocess


def opened(arguments: argparse.Namespace, *, only_shapes: bool = False) -> "Network":
    """The network of `--network` and `--weights`. All commands open theirs here.

    Sets `arguments.weights` to the name of the weights where none is given: the first that the network has. With
    `only_shapes`, these need not be read. Raises ExplorerError.
    """
    from explorer.models import loading, registry

    if not 0 <= arguments.seed < 2**63:
        raise WeightsError("errors.seed", seed=arguments.seed)
    if local_networks.is_local(arguments.network or ""):
        if arguments.weights == "random" and not os.path.isfile("random"):
            arguments.weights = None  # as they are without a file
        weights = arguments.weights if local_networks.is_file(arguments.network) else ""
        arguments.network = local_networks.offer(arguments.network, weights or "")
        arguments.weights = None if weights else arguments.weights
    name = arguments.network or own.NETWORK
    named = registry.weights(name)
    if arguments.weights is None and only_shapes:
        own.check_unused(arguments)
        return loading.outline(name)
    arguments.weights = arguments.weights or named[0]
    if arguments.weights not in named and os.path.isfile(arguments.weights):
        network, arguments.assumed = own.load(arguments)
        for sentence in () if arguments.json else arguments.assumed:
            terminal.note(sentence)
        return network
    own.check_unused(arguments)
    with terminal.progress(arguments.weights, arguments.lang) as progress:
        return loading.load(name, arguments.weights, seed=arguments.seed, progress=progress)


def _top(network: "Network", logits: "Tensor") -> list[dict[str, Any]]:
    from explorer.models.network import top_guesses

    return [vars(guess) for guess in top_guesses(network, logits[0])]


def _target(out: str, *inputs: str) -> Path:
    """The real path of `out`. Raises TraceError where it is one of `inputs`, or no file that can be replaced."""
    target = Path(os.path.realpath(out))
    if any(os.path.exists(file) and os.path.exists(out) and os.path.samefile(file, out) for file in inputs):
        raise TraceError("errors.trace_over_input", file=target.name)
    replaceable = not os.path.lexists(target) or (os.path.isfile(target) and os.access(target, os.W_OK))
    if not (replaceable and os.path.isdir(target.parent) and os.access(target.parent, os.W_OK)):
        raise TraceError("errors.trace_unwritable", file=target.name or out, folder=str(target.parent))
    return target


def _save(tensors: "Mapping[str, Tensor]", metadata: dict[str, str], target: Path) -> None:
    """Write `target` atomically. No two tensors may share memory. Raises TraceError."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    part = target.with_name(f".{os.getpid()}.part")
    try:
        part.touch()
        mode = part.stat().st_mode  # the user's default; safetensors creates files that only the owner can read
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


@contextlib.contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Redirect file descriptor 2 to /dev/null: libtiff prints warnings there, past sys.stderr."""
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)
