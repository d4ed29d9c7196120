"""`python -m explorer`: the same without a browser.

Results go to stdout, all else to stderr; a user's error is one line and the exit code 2.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from explorer import __version__
from explorer.errors import ExplorerError, TraceError
from explorer.text import Language, say

if TYPE_CHECKING:  # torch takes a second to import: not for --help
    from explorer.network.zoo import Network

IMAGE_SIZES = range(16, 1025)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"python -m explorer: {message} (see --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 2 for a user's error, 130 when interrupted."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        code = run(arguments)
        sys.stdout.flush()
        return code
    except ExplorerError as error:
        print(f"python -m explorer: {say(error.key, arguments.lang, **error.values)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our stdout has gone, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m explorer", description="See what a residual block does to a picture.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--lang", choices=("en", "zh"), default=_language(), help="language of sentences")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    json_flag = _Parser(add_help=False)
    json_flag.add_argument("--json", action="store_true", help="JSON to stdout")
    network = _Parser(add_help=False)
    network.add_argument("--network", default="resnet18", metavar="NAME", help="resnet18 (default), resnet50, …")
    network.add_argument(
        "--weights", default="cifar10", metavar="WEIGHTS",
        help="cifar10 (default), upstream, imagenet, imagenet-v2, random, or the path of a checkpoint",
    )  # fmt: skip
    network.add_argument("--seed", type=int, default=0, help="of random weights (default 0)")

    info = commands.add_parser("info", parents=[json_flag], help="versions, device, networks and data at hand")
    info.set_defaults(run=_info)
    predict = commands.add_parser("predict", parents=[network, json_flag], help="the five most probable classes")
    predict.add_argument("images", nargs="+", metavar="IMAGE")
    predict.set_defaults(run=_predict)
    trace = commands.add_parser("trace", parents=[network, json_flag], help="every tensor of one run, in one file")
    trace.add_argument("image", metavar="IMAGE")
    trace.add_argument("--image-size", type=int, metavar="N", help="side of the network's input in pixels, 16 to 1024")
    trace.add_argument("--out", required=True, type=Path, metavar="FILE.safetensors")
    trace.set_defaults(run=_trace)
    return parser


def _language() -> Language:
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def _info(arguments: argparse.Namespace) -> int:
    from explorer import machine

    found = machine.inventory()
    if arguments.json:
        _print_json(found)
        return 0

    def word(key: str, **values: object) -> str:
        return say(f"machine.{key}", arguments.lang, **values)

    device, data = found["device"], found["data"]
    print(f"{word('versions')}: " + ", ".join(f"{name} {version}" for name, version in found["versions"].items()))
    print(f"{word('device')}: {device['kind']}, {device['name']}, {word('threads', count=device['threads'])}")
    for name, weights in found["networks"].items():
        print(f"{name}: " + ", ".join(f"{key} ({word(hand)})" for key, hand in weights.items()))
    print(f"{word('data')}: {data['path'] or word('data_none')} ({word('gallery', count=data['gallery'])})")
    return 0


def _predict(arguments: argparse.Namespace) -> int:
    from explorer import images

    network = _load(arguments)
    entries: list[dict[str, Any]] = []
    for file in arguments.images:
        entry: dict[str, Any] = {"file": file, "network": network.name, "weights": arguments.weights}
        try:
            picture = images.read(Path(file))
            entry["seconds"], entry["top"] = _answer(network, network.preprocess(picture.image))
        except ExplorerError as error:
            entry = {"file": file, "error": say(error.key, arguments.lang, **error.values)}
            print(f"python -m explorer: {entry['error']}", file=sys.stderr)
        entries.append(entry)
    if arguments.json:
        _print_json(entries)
    else:
        for entry in (entry for entry in entries if "top" in entry):
            print(f"{entry['file']}  ({entry['seconds'] * 1000:.0f} ms)")
            for guess in entry["top"]:
                print(f"  {guess['probability']:6.1%}  {guess['label']}")
    return 2 if any("error" in entry for entry in entries) else 0


def _trace(arguments: argparse.Namespace) -> int:
    import torch
    import torchvision

    from explorer import images
    from explorer.network.trace import trace

    size: int | None = arguments.image_size
    if size is not None and size not in IMAGE_SIZES:
        raise TraceError("errors.image_size", size=size, smallest=IMAGE_SIZES[0], largest=IMAGE_SIZES[-1])
    network = _load(arguments)
    preprocess = network.preprocess if size is None else network.preprocess.sized(size)
    x = preprocess(images.read(Path(arguments.image)).image)
    traced = trace(network, x)
    tensors = {"logits": traced.logits, **traced.tensors}
    metadata = {
        "network": network.name, "weights": arguments.weights, "image_size": str(preprocess.input_px),
        "torch": torch.__version__, "torchvision": torchvision.__version__, "explorer": __version__,
        "labels": json.dumps(network.labels, ensure_ascii=False),
    } | ({"seed": str(arguments.seed)} if network.weights == "random" else {})  # fmt: skip
    _save(tensors, metadata, arguments.out)
    _, top = _answer(network, x)
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
    if arguments.json:
        _print_json(
            {"file": arguments.image, "network": network.name, "weights": arguments.weights,
             "out": str(arguments.out), "tensors": shapes, "top": top}
        )  # fmt: skip
    else:
        print(f"{arguments.out}: {len(shapes)} tensors; {top[0]['label']} {top[0]['probability']:.1%}")
    return 0


def _load(arguments: argparse.Namespace) -> "Network":
    from explorer.network import zoo

    def show(done: int, total: int | None) -> None:
        share = f"{done / total:.0%}" if total else f"{done / 1e6:.0f} MB"
        print(f"\r{arguments.weights} {share}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    if not 0 <= arguments.seed < 2**63:
        raise TraceError("errors.seed", seed=arguments.seed)
    return zoo.load(arguments.network, arguments.weights, seed=arguments.seed, progress=show)


def _answer(network: "Network", x: Any) -> tuple[float, list[dict[str, Any]]]:
    """Seconds of wall time of the forward pass, and the top five."""
    import time

    from explorer.network.trace import trace
    from explorer.network.zoo import top_guesses

    started = time.perf_counter()
    logits = trace(network, x, keep=()).logits[0]
    return time.perf_counter() - started, [vars(guess) for guess in top_guesses(network, logits)]


def _save(tensors: dict[str, Any], metadata: dict[str, str], out: Path) -> None:
    """Write all or nothing: beside `out`, then in its place. safetensors refuses shared memory, so each is copied."""
    from safetensors.torch import save_file

    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        save_file({name: tensor.clone().contiguous() for name, tensor in tensors.items()}, part, metadata)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, out)
    except Exception as error:  # safetensors wraps what the disk says in an error of its own
        raise TraceError("errors.trace_unwritable", file=out.name, folder=str(out.parent)) from error
    finally:
        part.unlink(missing_ok=True)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    sys.exit(main())
