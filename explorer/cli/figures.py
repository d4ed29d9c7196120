"""Charts of the pages as files, drawn without a browser: `python -m explorer figure NAME`."""

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
    labels,
    model_costs,
    path_gradients,
    paths,
    picture_set,
    residual,
)
from explorer.analysis.path_gradients import PathGradients
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
    diagram_stream,
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

WIDE_PX, INK = 1150, "#262c2f"  # the light theme, for paper


@dataclass(frozen=True)
class Request:
    """What to draw: a network, a picture, a block (`layer2.0`), and `count` pictures for figures over many pictures.

    `progress` is called with (done, total) during long computations.
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
    def pictures(self) -> PictureSet:
        return picture_set.find(self.count)

    @cached_property
    def logits(self) -> Tensor:
        return trace(self.network, self.x, keep=()).logits[0]

    def t(self, key: str, **values: object) -> str:
        return t(key, self.language, **values)

    def finish(self, steps: Generator[tuple[int, int], None, T]) -> T:
        """Run a generator of (done, total) to its end; returns its result."""
        while True:
            try:
                self.progress(*next(steps))
            except StopIteration as end:
                result: T = end.value
                return result


def _guesses(request: Request) -> Chart:
    labels = in_language(request.network.labels, request.language)
    top = request.logits.softmax(0).topk(min(5, len(labels)))
    table = pd.DataFrame({"label": [labels[k] for k in top.indices.tolist()], "share": top.values.tolist()})
    return charts.guesses(table, label=request.t("predict.label"), probability=request.t("predict.probability"))


def _network(request: Request) -> Chart:
    costs = model_costs.compute(request.network)
    return diagram_stream.network(costs, request.t, dark=False).properties(width=WIDE_PX)


def _block(request: Request) -> Chart:
    return diagram_block.block(model_costs.compute(request.network), request.block, request.t, dark=False)


def _operation(request: Request) -> Chart:
    calls = model_costs.compute(request.network).inside(request.block).values()
    first = next((cost for cost in calls if diagram_operation.has_window(cost)), None)
    if first is None:
        raise TraceError("errors.figure_no_window", block=request.block, network=request.network.name)
    return diagram_operation.window(first, request.t, dark=False)


def _networks(request: Request) -> Chart:
    own = model_costs.compute(request.network)
    plain = request.t("diagrams.plain_name", network=own.network)
    twin = {plain: model_costs.without_shortcuts(own)} if request.network.graph.blocks else {}
    others = {name: model_costs.compute(loading.outline(name), own.input_px) for name in ("resnet34", "resnet50")}
    return diagram_compare.networks({own.network: own, **twin, **others}, request.t, dark=False)


def _paths(request: Request) -> Chart:
    return diagram_paths.tree(min(len(request.network.graph.blocks), diagram_paths.MOST_DRAWN), request.t, dark=False)


def _path_lengths(request: Request) -> Chart:
    blocks = len(request.network.graph.blocks)
    return diagram_paths.lengths(paths.by_length(blocks), blocks // 3, blocks - blocks // 3, request.t)


def _over_depth(quantity: str, request: Request) -> Chart:
    graph = request.network.graph
    this = residual.over_depth(request.network, request.x)
    band = request.finish(residual.over_pictures(request.network, request.pictures))
    names = this.layers if quantity == "response" else this.blocks
    mixers = labels.mixers(graph) if quantity != "response" else None
    table = shortcut_charts.depth_table(
        names, labels.opening(graph), getattr(this, quantity)[0], getattr(band, quantity), labels.stages(graph, names),
        mixers,
    )  # fmt: skip
    return shortcut_charts.over_depth(table, quantity, request.t)


def _twins(request: Request) -> dict[str, Network]:
    kinds: tuple[twins.Kind, ...] = ("residual", "plain")
    return {request.t(f"lesion.{kind}"): twins.load(kind) for kind in kinds}


def _lesion(request: Request) -> Chart:
    own = request.finish(ablation.remove_each(request.network, request.pictures))
    graph = request.network.graph
    return lesion_charts.single_lesions(
        {request.network.name: own}, [charts.TEAL], request.t, labels=labels.of_blocks(graph),
        mixers=labels.mixers(graph),
    )  # fmt: skip


def _lesion_twins(request: Request) -> Chart:
    studies = {
        name: request.finish(ablation.remove_each(twin, request.pictures)) for name, twin in _twins(request).items()
    }
    return lesion_charts.single_lesions(studies, [palette.WITH_SHORTCUTS, palette.WITHOUT_SHORTCUTS], request.t)


def _random_lesions(request: Request) -> Chart:
    studies = {
        name: request.finish(ablation.remove_random(one, request.pictures, 5, 0))
        for name, one in {request.network.name: request.network, **_twins(request)}.items()
    }
    return lesion_charts.random_lesions(
        studies, [charts.TEAL, palette.WITH_SHORTCUTS, palette.WITHOUT_SHORTCUTS], request.t
    )


def _gradients(request: Request) -> Chart:
    target = _target(request)
    kept, cut = (gradients.measure(request.network, request.x, target, cut=cut) for cut in (False, True))
    return gradient_charts.norms(kept.norms, cut.norms, request.t, labels.of_blocks(request.network.graph))


def _target(request: Request) -> int:
    """The target class of the loss."""
    return gradients.target(request.network, request.picture.label, request.logits)[0]


def _path_gradients(request: Request) -> PathGradients:
    target = _target(request)
    paths = path_gradients.choose(len(request.network.graph.blocks))
    return request.finish(path_gradients.measure(request.network, request.x, target, paths))


def _gradients_by_path(request: Request) -> Chart:
    return gradient_charts.path_norms(_path_gradients(request).norms, request.t)


def _gradient_by_length(request: Request) -> Chart:
    found = _path_gradients(request)
    return gradient_charts.path_shares([count / sum(found.counts) for count in found.counts], found.shares, request.t)


def _shortcuts_alone(request: Request) -> Chart:
    target = _target(request)
    found = path_gradients.shortcuts_alone(request.network, request.x, target)
    ratios, cosines = ({path: getattr(one, name) for path, one in found.items()} for name in ("ratio", "cosine"))
    return gradient_charts.alone(ratios, cosines, request.t, labels.of_blocks(request.network.graph))


def _gradients_at_start(request: Request) -> Chart:
    pair = (at_init.Twin(56, 0), at_init.Twin(56, 0, residual=False))
    with_shortcuts, plain = request.finish(at_init.measure(pair, *at_init.batch(picture_set.find(at_init.PICTURES))))
    return gradient_charts.norms_at_init(with_shortcuts.norms, plain.norms, request.t)


def _branch_share(request: Request) -> Chart:
    pair = (at_init.Twin(56, 0), at_init.Twin(56, 0, norm=False))
    normed, bare = request.finish(at_init.measure(pair, *at_init.batch(picture_set.find(at_init.PICTURES))))
    return gradient_charts.shares(normed.shares, bare.shares, request.t)


def _shattered(request: Request) -> Chart:
    return gradient_charts.curves(request.finish(at_init.shatter(50, 0)).gradients, request.t)


def _autocorrelation(request: Request) -> Chart:
    return gradient_charts.correlations(request.finish(at_init.shatter(50, 0)).correlations, request.t)


def _cosine(request: Request) -> Chart:
    target = _target(request)
    here = iterative_inference.cosines(request.network, request.x, Tensor([target]).long())[0]
    over_set = request.finish(iterative_inference.over_set(request.network, request.pictures))
    return inference_charts.cosine(
        tuple(request.network.graph.blocks), here, over_set.cosines, request.t,
        labels=labels.of_blocks(request.network.graph), mixers=labels.mixers(request.network.graph),
    )  # fmt: skip


def _readable(request: Request) -> Chart:
    study = request.finish(iterative_inference.over_set(request.network, request.pictures))
    names = labels.of_blocks(request.network.graph)
    return inference_charts.readable(study.blocks, study.probes, study.heads, study.true_labels, request.t, names)


def _channels(request: Request) -> Image.Image:
    name = features.tensor_name(request.network, request.block)
    run = trace(request.network, request.x, keep=[name])
    maps = features.maps_of(request.network, request.x, name, run[name])[0]
    title = f"{request.network.name} · {request.network.weights} · {request.block} · picture: {request.picture.name}"
    return poster(maps, features.rank_channels(features.energies(maps)), common_scale([maps]), (title,))


def _space(request: Request) -> Chart:
    pictures = feature_space.labelled_pictures(request.count)
    measured = request.finish(feature_space.measure(request.network, pictures))
    place = list(measured.features)[-1]
    mine = feature_space.features_of(request.network, request.x)[place]
    projected = feature_space.project(measured.features[place], mine, "pca")
    labels = sorted({str(label) for label in pictures.labels})
    words = dict(zip(labels, in_language(tuple(labels), request.language), strict=True))
    uris = [space_charts.hover_uri(picture) for picture in pictures.pictures]
    table = space_charts.table(projected.points, [words[str(label)] for label in pictures.labels], uris)
    own_uri = space_charts.hover_uri(request.picture.image)
    own = space_charts.table(projected.mine, [request.t("space.mine")], [own_uri])
    return space_charts.scatter(table, own, request.t, projected.shares, dark=False)


FIGURES: dict[str, Callable[[Request], Drawn]] = {
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
    "lesions-at-random": _random_lesions,
    "gradients": _gradients,
    "gradients-by-path": _gradients_by_path,
    "gradient-by-length": _gradient_by_length,
    "shortcuts-alone": _shortcuts_alone,
    "gradients-at-start": _gradients_at_start,
    "variance-at-start": _branch_share,
    "shattered": _shattered,
    "autocorrelation": _autocorrelation,
    "cosine": _cosine,
    "readable": _readable,
    "channels": _channels,
    "space": _space,
}

ABOUT_SHORTCUTS = (
    "paths", "path-lengths", "branch-share", "angle", "gradients", "gradients-by-path", "gradient-by-length",
    "shortcuts-alone", "cosine", "readable",
)  # fmt: skip


def draw(name: str, request: Request) -> Drawn:
    """Draw one of FIGURES. Raises TraceError for a figure about shortcuts if the network has none."""
    network = request.network
    if name in ABOUT_SHORTCUTS and not network.graph.blocks:
        raise TraceError(
            "errors.figure_plain", figure=name, network=network.name, twin=registry.counterpart(network.name)
        )
    return FIGURES[name](request)


def write(drawn: Drawn, target: Path, language: Language) -> None:
    """Write a figure to a file, by its suffix, atomically; HTML is self-contained. Raises TraceError."""
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
