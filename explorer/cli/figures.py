"""The charts of the pages as files for lecture notes, without a browser: `python -m explorer figure NAME`."""

import io
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import altair as alt
import pandas as pd
from PIL import Image
from torch import Tensor

from explorer.analysis import (
    ablation,
    at_init,
    feature_space,
    features,
    gradients,
    iterative_inference,
    model_costs,
    paths,
    picture_set,
    residual,
)
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.core import files, palette
from explorer.core.class_names import in_language
from explorer.core.errors import TraceError
from explorer.core.i18n import Language, t
from explorer.data.images import Picture
from explorer.models import loading, registry, twins
from explorer.models.network import Network
from explorer.plots import (
    chart_files,
    charts,
    diagram_block,
    diagram_compare,
    diagram_operation,
    diagram_paths,
    diagrams,
)
from explorer.plots import gradients as gradient_charts
from explorer.plots import inference as inference_charts
from explorer.plots import lesion as lesion_charts
from explorer.plots import shortcut as shortcut_charts
from explorer.plots import space as space_charts
from explorer.plots.pictures import common_scale
from explorer.plots.sheet import poster

Chart = alt.LayerChart | alt.FacetChart
Drawn = Chart | Image.Image
T = TypeVar("T")

WIDE_PX, INK = 1150, "#262c2f"  # on paper: the light theme
SUFFIXES = (".png", ".svg", ".html")
PICTURES = ("channels",)  # which are pixels, no charts: PNG alone


@dataclass(frozen=True)
class Order:
    """What a figure shows: a network, a picture, a block (`layer2.0`), and `count` pictures where it is about many.

    `progress` is called with (done, in all) while something long is computed.
    """

    network: Network
    picture: Picture
    block: str
    count: int
    language: Language
    progress: Callable[[int, int], None]

    @cached_property
    def x(self) -> Tensor:
        return self.network.preprocess(self.picture.image)

    @cached_property
    def several(self) -> PictureSet:
        return picture_set.find(self.count)

    @cached_property
    def logits(self) -> Tensor:
        return trace(self.network, self.x, keep=()).logits[0]

    def t(self, key: str, **values: object) -> str:
        return t(key, self.language, **values)

    def finish(self, steps: Generator[tuple[int, int], None, T]) -> T:
        while True:
            try:
                self.progress(*next(steps))
            except StopIteration as ended:
                result: T = ended.value
                return result


def _guesses(order: Order) -> Chart:
    labels = in_language(order.network.labels, order.language)
    found = order.logits.softmax(0).topk(min(5, len(labels)))
    table = pd.DataFrame({"label": [labels[k] for k in found.indices.tolist()], "share": found.values.tolist()})
    return charts.guesses(table, label=order.t("predict.label"), probability=order.t("predict.probability"))


def _network(order: Order) -> Chart:
    return diagrams.network(model_costs.compute(order.network), order.t, dark=False).properties(width=WIDE_PX)


def _block(order: Order) -> Chart:
    return diagram_block.block(model_costs.compute(order.network), order.block, order.t, dark=False)


def _operation(order: Order) -> Chart:
    first = next(iter(model_costs.compute(order.network).inside(order.block).values()))
    return diagram_operation.window(first, order.t, dark=False)


def _networks(order: Order) -> Chart:
    own = model_costs.compute(order.network)
    plain = order.t("diagrams.plain_name", network=own.network)
    twin = {plain: model_costs.without_shortcuts(own)} if order.network.graph.blocks else {}
    others = {name: model_costs.compute(loading.outline(name), own.input_px) for name in ("resnet34", "resnet50")}
    return diagram_compare.networks({own.network: own, **twin, **others}, order.t, dark=False)


def _paths(order: Order) -> Chart:
    return diagram_paths.tree(min(len(order.network.graph.blocks), diagram_paths.MOST_DRAWN), order.t, dark=False)


def _path_lengths(order: Order) -> Chart:
    blocks = len(order.network.graph.blocks)
    return diagram_paths.lengths(paths.by_length(blocks), blocks // 3, blocks - blocks // 3, order.t)


def _over_depth(figure: str, order: Order) -> Chart:
    opening = [path for path, block in order.network.graph.blocks.items() if block.resizes]
    this = residual.over_depth(order.network, order.x)
    band = order.finish(residual.over_pictures(order.network, order.several))
    names = this.layers if figure == "response" else this.blocks
    table = shortcut_charts.depth_table(names, opening, getattr(this, figure)[0], getattr(band, figure))
    return shortcut_charts.over_depth(table, figure, order.t)


def _twins(order: Order) -> dict[str, Network]:
    kinds: tuple[twins.Kind, ...] = ("residual", "plain")
    return {order.t(f"lesion.{kind}"): twins.load(kind) for kind in kinds}


def _lesion(order: Order) -> Chart:
    own = order.finish(ablation.remove_each(order.network, order.several))
    return lesion_charts.singles({order.network.name: own}, [charts.TEAL], order.t)


def _lesion_twins(order: Order) -> Chart:
    studies = {name: order.finish(ablation.remove_each(twin, order.several)) for name, twin in _twins(order).items()}
    return lesion_charts.singles(studies, [palette.WITH_SHORTCUTS, palette.WITHOUT_SHORTCUTS], order.t)


def _lesions(order: Order) -> Chart:
    studies = {
        name: order.finish(ablation.remove_random(one, order.several, 5, 0))
        for name, one in {order.network.name: order.network, **_twins(order)}.items()
    }
    return lesion_charts.several(studies, [charts.TEAL, palette.WITH_SHORTCUTS, palette.WITHOUT_SHORTCUTS], order.t)


def _gradients(order: Order) -> Chart:
    wanted, _ = gradients.target(order.network, order.picture.label, order.logits)
    kept, cut = (gradients.measure(order.network, order.x, wanted, cut=cut) for cut in (False, True))
    return gradient_charts.picture(kept.norms, cut.norms, order.t)


def _gradients_at_start(order: Order) -> Chart:
    pair = (at_init.Twin(56, 0), at_init.Twin(56, 0, residual=False))
    found = order.finish(at_init.measure(pair, *at_init.batch(picture_set.find(at_init.PICTURES))))
    return gradient_charts.twins(found[0].norms, found[1].norms, order.t)


def _branch_share(order: Order) -> Chart:
    pair = (at_init.Twin(56, 0), at_init.Twin(56, 0, norm=False))
    normed, bare = order.finish(at_init.measure(pair, *at_init.batch(picture_set.find(at_init.PICTURES))))
    return gradient_charts.shares(normed.shares, bare.shares, order.t)


def _shattered(order: Order) -> Chart:
    return gradient_charts.curves(order.finish(at_init.shatter(50, 0)).gradients, order.t)


def _autocorrelation(order: Order) -> Chart:
    return gradient_charts.correlations(order.finish(at_init.shatter(50, 0)).correlations, order.t)


def _cosine(order: Order) -> Chart:
    wanted, _ = gradients.target(order.network, order.picture.label, order.logits)
    here = iterative_inference.cosines(order.network, order.x, Tensor([wanted]).long())[0]
    found = order.finish(iterative_inference.over_set(order.network, order.several))
    return inference_charts.cosine(tuple(order.network.graph.blocks), here, found.cosines, order.t)


def _readable(order: Order) -> Chart:
    found = order.finish(iterative_inference.over_set(order.network, order.several))
    return inference_charts.readable(found.blocks, found.probes, found.heads, found.true_labels, order.t)


def _channels(order: Order) -> Image.Image:
    name = features.tensor_name(order.network, order.block)
    maps = trace(order.network, order.x, keep=[name])[name][0]
    title = f"{order.network.name} · {order.network.weights} · {order.block} · picture: {order.picture.name}"
    return poster(maps, features.rank_channels(features.energies(maps)), common_scale([maps]), (title,))


def _space(order: Order) -> Chart:
    several = feature_space.labelled_pictures(order.count)
    found = order.finish(feature_space.measure(order.network, several))
    place = list(found.features)[-1]
    mine = feature_space.features_of(order.network, order.x)[place]
    seen = feature_space.project(found.features[place], mine, "pca")
    labels = sorted({str(label) for label in several.labels})
    words = dict(zip(labels, in_language(tuple(labels), order.language), strict=True))
    uris = [space_charts.hover_uri(picture) for picture in several.pictures]
    table = space_charts.table(seen.points, [words[str(label)] for label in several.labels], uris)
    own_uri = space_charts.hover_uri(order.picture.image)
    own = space_charts.table(seen.mine[None], [order.t("space.mine")], [own_uri])
    return space_charts.scatter(table, own, order.t, seen.shares, dark=False)


FIGURES: dict[str, Callable[[Order], Drawn]] = {
    "prediction": _guesses,
    "network": _network,
    "block": _block,
    "operation": _operation,
    "networks": _networks,
    "paths": _paths,
    "path-lengths": _path_lengths,
    "branch-share": partial(_over_depth, "share"),
    "angle": partial(_over_depth, "angle"),
    "responses": partial(_over_depth, "response"),
    "lesion": _lesion,
    "lesion-twins": _lesion_twins,
    "lesions-at-random": _lesions,
    "gradients": _gradients,
    "gradients-at-start": _gradients_at_start,
    "variance-at-start": _branch_share,
    "shattered": _shattered,
    "autocorrelation": _autocorrelation,
    "cosine": _cosine,
    "readable": _readable,
    "channels": _channels,
    "space": _space,
}

ABOUT_SHORTCUTS = ("paths", "path-lengths", "branch-share", "angle", "gradients", "cosine", "readable")


def draw(name: str, order: Order) -> Drawn:
    """One of FIGURES. Raises TraceError where it is about shortcuts and the network has none."""
    network = order.network
    if name in ABOUT_SHORTCUTS and not network.graph.blocks:
        raise TraceError(
            "errors.figure_plain", figure=name, network=network.name, twin=registry.counterpart(network.name)
        )
    return FIGURES[name](order)


def check_suffix(name: str, target: Path) -> None:
    """Raises TraceError where the figure cannot be written as such a file: before it is computed."""
    allowed = (".png",) if name in PICTURES else SUFFIXES
    if target.suffix.lower() not in allowed:
        raise TraceError("errors.figure_suffix", file=target.name, allowed=", ".join(allowed))


def write(drawn: Drawn, target: Path, language: Language) -> None:
    """To a file, whole or not at all; HTML holds all that it needs. Raises TraceError where it cannot be written."""
    content = _rendered(drawn, target.suffix.lower().removeprefix("."), language)
    try:
        files.replace(files.write_part(target, [content]), target)
    except OSError as error:
        raise TraceError("errors.trace_unwritable", file=target.name, folder=str(target.parent)) from error


def _rendered(drawn: Drawn, kind: str, language: Language) -> bytes:
    if isinstance(drawn, Image.Image):
        buffer = io.BytesIO()
        drawn.save(buffer, "PNG")
        return buffer.getvalue()
    return chart_files.image(charts.legible(drawn, INK), kind, language, ink=INK, paper="white")
