"""Programs for attribution: Grad-CAM with hooks, integrated gradients with a loop."""

from explorer.analysis.attribution import PIECES, STEPS, places
from explorer.analysis.features import stages, stem
from explorer.codegen.hooks import as_grid, is_resnet, output_of
from explorer.codegen.views import head, image, model, program
from explorer.core.errors import TraceError
from explorer.models.network import Network

_WEIGHTS = {
    "grad_cam": ["weight = slope.mean((2, 3), keepdim=True)"],
    "grad_cam_pp": [
        "rising = slope.relu()  # elsewhere eq. 19's share does not count",
        "share = 1 / (2 + rising * value.sum((2, 3), keepdim=True))",
        "weight = (share * rising).sum((2, 3), keepdim=True)",
    ],
}


def attribution(network: Network, input_px: int, method: str, class_index: int, file: str) -> str:
    """A program that computes `maps` (place -> heatmap) of a class for the picture `file`; prints ranges and sums."""
    start = [model(network), image(network.preprocess.sized(input_px), file)]
    shown = (
        "for place, cells in maps.items():\n"
        "    print(place, tuple(cells.shape), cells.min().item(), cells.max().item(), cells.sum().item())"
    )
    if method == "integrated_gradients" and not is_resnet(network):
        raise TraceError("errors.code_parts")
    if method == "integrated_gradients":
        return program(
            "from numpy.polynomial.legendre import leggauss", *start, *_integrated(network, class_index), shown
        )
    return program(*start, *_grad_cam(network, method, class_index), shown)


def _modules(network: Network) -> dict[str, str]:
    """Place -> the module that returns its tensor. Raises TraceError if none does."""
    if not is_resnet(network):
        return {place: output_of(network, name) for place, name in places(network).items()}
    return {place: stages(network).get(place, place) for place in places(network)}


def _grids(network: Network) -> str:
    """The line that makes maps of `value` and `slope`, tensors of the same layout at all places, if they are none."""
    found = {as_grid(network, name, "{}") for name in places(network).values()}
    if len(found) > 1:
        raise TraceError("errors.code_layouts")
    (grid,) = found
    return "" if grid == "{}" else f"    value, slope = {grid.format('value')}, {grid.format('slope')}\n"


def _grad_cam(network: Network, method: str, class_index: int) -> list[str]:
    own = is_resnet(network)
    return [
        f"places = {_modules(network)}  # {'a stage ends with its last block' if own else 'what they return'}\n"
        "values = {}\n"
        "for place, path in places.items():\n"
        "    hook = lambda module, given, out, place=place: values.update({place: out})\n"
        "    model.get_submodule(path).register_forward_hook(hook)",
        f"logit = model(image)[0, {class_index}]\nmaps = {{}}\n"
        "for place, slope in zip(values, torch.autograd.grad(logit, list(values.values()))):\n"
        "    value = values[place]\n"
        + ("" if own else _grids(network))
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
        f"places = {places}\n"
        f"steps = [((piece + (1 + node) / 2) / {PIECES}, weight / {2 * PIECES})\n"
        f"         for piece in range({PIECES}) for node, weight in zip(*leggauss({STEPS}))]",
        "maps, start, end = {}, torch.zeros_like(image), image\n"
        "for k, place in enumerate(places):\n"
        "    slopes = 0\n"
        "    for share, weight in steps:  # the straight way from start to end\n"
        "        point = (start + share * (end - start)).detach().requires_grad_()\n"
        f"        logit = nn.Sequential(*stages[k:], *head)(point)[0, {class_index}]\n"
        "        slopes = slopes + weight * torch.autograd.grad(logit, point)[0]\n"
        "    maps[place] = (slopes * (end - start))[0].sum(0).detach()\n"
        "    if k < len(stages):\n"
        "        start, end = stages[k](start), stages[k](end)",
        f"difference = (model(image) - model(torch.zeros_like(image)))[0, {class_index}].item()\nprint(difference)",
    ]
