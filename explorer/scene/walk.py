"""A walk: the scenes of some blocks for one picture, as one HTML file or in a notebook."""

import html as text
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from explorer.analysis import source
from explorer.analysis.source import WHOLE
from explorer.analysis.trace import trace
from explorer.core import files, i18n
from explorer.core.errors import TraceError, WeightsError
from explorer.core.i18n import LANGUAGES, Language
from explorer.data import cifar10, images
from explorer.models import loading, registry
from explorer.models.network import Network
from explorer.models.own_module import as_network, own_errors
from explorer.models.preprocessing import Preprocessing
from explorer.models.recorder import record
from explorer.scene import document, payload
from explorer.scene.payload import Payload

FRAME_PX = 720  # height of the frame in a notebook


@dataclass(frozen=True)
class Walk:
    """The scenes of `payloads`. `title` and `notes` (by language) stand above them; `step` is the one to begin with."""

    payloads: tuple[Payload, ...]
    title: str
    notes: dict[Language, str]
    language: Language
    step: str = ""

    def html(self) -> str:
        """One HTML file that needs no server and no network."""
        return document.html(self.payloads, self.title, self.notes, self.language, self.step)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the HTML file atomically; returns its path. Raises TraceError if that is not possible."""
        target = Path(path)
        try:
            files.write_atomically(target, self.html().encode())
        except OSError as error:
            raise TraceError("errors.trace_unwritable", file=target.name, folder=str(target.parent)) from error
        return target

    def _repr_html_(self) -> str:
        """The file in a frame: it keeps its style and its script to itself, and is saved with the notebook.

        A notebook that is not trusted drops the frame, but keeps the sentence in it.
        """
        instead = " ".join(i18n.t("scene.no_frame", each) for each in document.both(self.language))
        return (
            f'<iframe srcdoc="{text.escape(self.html())}" sandbox="allow-scripts allow-modals" allow="fullscreen" '
            f'title="{text.escape(self.title)}" style="width: 100%; height: {FRAME_PX}px; border: 0">'
            f"{text.escape(instead)}</iframe>"
        )

    def __repr__(self) -> str:
        return (
            f"Walk({self.title!r}, {', '.join(each.block for each in self.payloads)}); .save('walk.html') writes a file"
        )


def walk(
    network: Network, x: Tensor, blocks: Sequence[str], title: str, language: Language = "en", *, step: str = "",
    notes: Sequence[str] = (), progress: Callable[[int, int], None] | None = None,
) -> Walk:  # fmt: skip
    """The scenes of `blocks` (paths, or WHOLE) for the network's input `x` (1, C, H, W).

    `notes` are keys of sentences about the picture. Raises TraceError for a block that the network lacks, WeightsError
    if its values are not finite.
    """
    allowed = (*network.graph.parts, WHOLE)
    for block in blocks:
        if block not in allowed:
            raise TraceError("errors.figure_block", network=network.name, block=block, allowed=", ".join(allowed))
    made = []
    for k, block in enumerate(blocks):
        if progress:
            progress(k, len(blocks))
        made.append(payload.build(network, block, x, trace(network, x, keep=source.tensors(network, block))))
    about = {language: _about(network, notes, language) for language in LANGUAGES}
    return Walk(tuple(made), title, about, language, step)


def _about(network: Network, notes: Sequence[str], language: Language) -> str:
    t = i18n.translator(language)
    return i18n.joined(language, t(network.origin, **network.facts), *(t(note) for note in notes))


def look(
    network: "str | Network | nn.Module",
    picture: "str | os.PathLike[str] | Image.Image | Tensor" = "china",
    block: str | None = None,
    *,
    weights: str | None = None,
    preprocess: "Preprocessing | str | None" = None,
    labels: Sequence[str] | None = (),
    language: Language | None = None,
) -> Walk:
    """Walk through a block of a network, line by line, with the tensors of a picture. In a notebook, show the result.

    Args:
        network: a name (`resnet18`), a Network, or a module of your own, which is copied and not changed.
        picture: a file, a PIL picture, the id of one of the app's pictures, or the network's input (1, C, H, W).
        block: such as `layer1.0`; `network` for the whole; None for the first block; `all` for every one.
        weights: of a name: one of the app's, or a checkpoint file; None takes the first that the app has.
        preprocess: of a module: `imagenet`, `cifar`, `cifar64`, `imagenet32`, or a Preprocessing; None guesses by its
            first convolution and what it accepts, and says so in the walk.
        labels: class names of a module, in the order of its logits.
        language: of the walk at first; None takes the system's.

    Raises ExplorerError, whose message says what to do.
    """
    if language is not None and language not in LANGUAGES:
        raise TraceError("errors.language_unknown", given=str(language), allowed=", ".join(LANGUAGES))
    shape = _shape(picture) if isinstance(network, nn.Module) else ()
    found = _network(network, weights, preprocess, labels, shape)
    x, name, notes = _input(found, picture)
    title = f"{found.name} · {name}" if name else found.name
    parts = found.graph.parts
    blocks = [*parts, WHOLE] if block == "all" else [block or (parts[0] if parts else WHOLE)]
    first = language or i18n.of_terminal()
    if not isinstance(network, nn.Module):
        return walk(found, x, blocks, title, first, notes=notes)
    with own_errors(found.name):
        _check_followed(found, x)
        return walk(found, x, blocks, title, first, notes=notes)


def _check_followed(network: Network, x: Tensor) -> None:
    """Raises WeightsError if the trace of a module of the user's own does not compute what the module does."""
    with torch.no_grad():
        _, whole = record(network.module, x.clone())
    traced = trace(network, x, keep=()).logits
    if traced.shape != (1, len(network.labels)):
        raise WeightsError("errors.module_output", shape=tuple(traced.shape), classes=len(network.labels))
    if not torch.allclose(whole, traced, rtol=1e-4, atol=1e-5, equal_nan=True):
        raise WeightsError("errors.module_random", kind=network.name)


def _network(
    network: "str | Network | nn.Module",
    weights: str | None,
    preprocess: "Preprocessing | str | None",
    labels: Sequence[str] | None,
    shape: tuple[int, ...],
) -> Network:
    if isinstance(network, Network):
        return network
    if isinstance(network, str):
        return loading.load(network, weights or registry.weights(network)[0])
    return as_network(network, preprocess, labels, shape)


def _shape(picture: object) -> tuple[int, ...]:
    """The shape of the input if it is given as a tensor."""
    shape = tuple(picture.shape) if isinstance(picture, Tensor) else ()
    shape = (1, *shape) if len(shape) == 3 else shape
    return shape if len(shape) == 4 and shape[0] == 1 and all(shape) else ()


def _input(
    network: Network, picture: "str | os.PathLike[str] | Image.Image | Tensor"
) -> tuple[Tensor, str, tuple[str, ...]]:
    """The network's input, the picture's name, and keys of sentences about it."""
    if isinstance(picture, Tensor):
        x = picture.detach()[None] if picture.ndim == 3 else picture.detach()
        if x.ndim != 4 or x.shape[:2] != (1, network.graph.tape.shape[1]) or not x.numel():
            raise TraceError("errors.input_shape", got=tuple(picture.shape))
        is_dense = not (x.is_meta or x.is_complex()) and x.layout == torch.strided
        if not is_dense or not torch.isfinite(x).all():
            raise TraceError("errors.input_values")
        return x.cpu().float(), "", ()
    if isinstance(picture, Image.Image):
        if not all(picture.size):
            raise TraceError("errors.input_shape", got=(1, 3, *reversed(picture.size)))
        return network.preprocess(picture.convert("RGB")), "", ()
    if not isinstance(picture, str | os.PathLike):
        raise TraceError("errors.picture_kind", kind=type(picture).__name__)
    path = Path(picture)
    opened = images.read(path) if path.suffix.lower() in cifar10.SUFFIXES else images.open_sample(str(picture))
    return network.preprocess(opened.image), images.display_name(path.name), tuple(opened.notes)
