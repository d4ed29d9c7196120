"""Programs for attribution: Grad-CAM with hooks, integrated gradients with a loop; with traces for most networks."""

from collections.abc import Mapping

from explorer.analysis.attribution import STEPS, integrated_places, places
from explorer.analysis.features import stages, stem
from explorer.codegen.views import built, head, image, is_written_out, program
from explorer.models.network import Network

_STEPS = (
    "def steps(points):  # shares of the way, and their weights\n"
    f"    pieces = points // {STEPS}\n"
    "    return [((piece + (1 + node) / 2) / pieces, weight / (2 * pieces))\n"
    f"            for piece in range(pieces) for node, weight in zip(*leggauss({STEPS}))]"
)

_WEIGHTS = {
    "grad_cam": ["weight = slope.mean((2, 3), keepdim=True)"],
    "grad_cam_pp": [
        "rising = slope.relu()  # elsewhere eq. 19's share does not count",
        "share = 1 / (2 + rising * value.sum((2, 3), keepdim=True))",
        "weight = (share * rising).sum((2, 3), keepdim=True)",
    ],
}


def attribution(
    network: Network, input_px: int, method: str, class_index: int, file: str, points: Mapping[str, int]
) -> str:
    """A program that computes `maps` (place -> heatmap) of a class for the picture `file`; prints ranges and sums.

    `points` are those of the Attribution of integrated gradients.
    """
    written = is_written_out(network)
    start = [built(network), image(network.preprocess.sized(input_px), file)]
    shown = (
        "for place, cells in maps.items():\n"
        "    print(place, tuple(cells.shape), cells.min().item(), cells.max().item(), cells.sum().item())"
    )
    if method == "integrated_gradients":
        lines = (_integrated if written else _integrated_traces)(network, class_index)
        sampled = [f"points = {dict(points)}", _STEPS]
        return program("from numpy.polynomial.legendre import leggauss", *start, *sampled, *lines, shown)
    return program(*start, *(_grad_cam if written else _traced_grad_cam)(network, method, class_index), shown)


def _traced_grad_cam(network: Network, method: str, class_index: int) -> list[str]:
    return [
        f"names = {places(network)}\n"
        "lifts = {}\n\n"
        "def lift(name):  # zeros that are added: their gradient is that of the tensor\n"
        "    def edit(value):\n"
        "        lifts[name] = torch.zeros_like(value, requires_grad=True)\n"
        "        return value + lifts[name]\n"
        "    return edit",
        "edits = {name: lift(name) for name in names.values()}\n"
        "run = trace(network, image, keep=edits, edits=edits, gradients=True)\n"
        f"slopes = torch.autograd.grad(run.logits[0, {class_index}], [lifts[name] for name in edits])\n"
        "maps = {}\n"
        "for (place, name), slope in zip(names.items(), slopes):\n"
        "    value, slope = (maps_of(network, image, name, each.detach()) for each in (run[name], slope))\n"
        + "".join(f"    {line}\n" for line in _WEIGHTS[method])
        + "    maps[place] = (weight * value).sum(1)[0].relu()",
    ]


def _integrated_traces(network: Network, class_index: int) -> list[str]:
    return [
        f"names = {integrated_places(network)}",
        "maps, ends = {}, trace(network, torch.cat([torch.zeros_like(image), image]), keep=names.values())\n"
        "for place, name in names.items():\n"
        "    (start, end), slopes = ends[name].chunk(2), 0\n"
        "    for share, weight in steps(points[place]):  # the straight way from start to end\n"
        "        point = (start + share * (end - start)).detach().requires_grad_()\n"
        f"        logit = trace(network, point, keep=(), after=name, gradients=True).logits[0, {class_index}]\n"
        "        slopes = slopes + weight * torch.autograd.grad(logit, point)[0]\n"
        "    maps[place] = maps_of(network, image, name, slopes * (end - start))[0].sum(0)",
        "logits = trace(network, torch.cat([image, torch.zeros_like(image)]), keep=()).logits\n"
        f"difference = (logits[0] - logits[1])[{class_index}].item()\nprint(difference)",
    ]


def _grad_cam(network: Network, method: str, class_index: int) -> list[str]:
    modules = {place: stages(network).get(place, place) for place in places(network)}
    return [
        f"places = {modules}  # a stage ends with its last block\n"
        "values = {}\n"
        "for place, path in places.items():\n"
        "    hook = lambda module, given, out, place=place: values.update({place: out})\n"
        "    model.get_submodule(path).register_forward_hook(hook)",
        f"logit = model(image)[0, {class_index}]\nmaps = {{}}\n"
        "for place, slope in zip(values, torch.autograd.grad(logit, list(values.values()))):\n"
        "    value = values[place]\n"
        + "".join(f"    {line}\n" for line in _WEIGHTS[method])
        + "    maps[place] = (weight * value).sum(1)[0].relu().detach()",
    ]


def _integrated(network: Network, class_index: int) -> list[str]:
    begin = "".join(f", model.{name}" for name in stem(network))
    parts = ", ".join(f"model.{stage}" for stage in stages(network))
    *maps, last = head(network)
    places = ["input", stem(network)[-1], *stages(network)]
    return [
        f"stages = [nn.Sequential(model.conv1, model.bn1{begin}), {parts}]\n"
        f"head = [{', '.join(maps)}, nn.Flatten(), {last}]\n"
        f"places = {places}",
        "maps, start, end = {}, torch.zeros_like(image), image\n"
        "for k, place in enumerate(places):\n"
        "    slopes = 0\n"
        "    for share, weight in steps(points[place]):  # the straight way from start to end\n"
        "        point = (start + share * (end - start)).detach().requires_grad_()\n"
        f"        logit = nn.Sequential(*stages[k:], *head)(point)[0, {class_index}]\n"
        "        slopes = slopes + weight * torch.autograd.grad(logit, point)[0]\n"
        "    maps[place] = (slopes * (end - start))[0].sum(0).detach()\n"
        "    if k < len(stages):\n"
        "        start, end = stages[k](start), stages[k](end)",
        f"difference = (model(image) - model(torch.zeros_like(image)))[0, {class_index}].item()\nprint(difference)",
    ]
