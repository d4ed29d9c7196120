"""Programs of the feature maps page, with hooks on the network's modules."""

from contextlib import suppress

from explorer.analysis import features
from explorer.analysis.maps import layout
from explorer.codegen.hooks import as_grid, is_resnet, output_of
from explorer.codegen.views import branch_end, image, images, model, program
from explorer.core.errors import TraceError
from explorer.models.network import Network

_LIFT = """\
def keep(module, given, out):
    kept["maps"] = out.detach().clone()  # a later ReLU is in place
    kept["lift"] = torch.zeros_like(out, requires_grad=True)
    return out + kept["lift"]"""

_ORDERS = """\
top = logits[0].max()
lead = top - (logits[0].sum() - top) / max(logits.shape[1] - 1, 1)  # over the mean of the other classes
lead.backward()
energy = maps.flatten(1).square().mean(1).sqrt()
contribution = {contribution}
print(tuple(maps.shape), logits.softmax(1).max().item())
print("by energy:", energy.argsort(descending=True)[:8].tolist(), energy.max().item())
print("for the class:", contribution.argsort(descending=True)[:8].tolist(), contribution.max().item())"""

_PLAIN = """\
def keep(module, given, out):
    kept["maps"] = out.clone()  # a later ReLU is in place"""


def maps(network: Network, place: str, role: str, size: int, file: str) -> str:
    """A program that computes `maps` (C, H, W) at a place and the page's criteria for sorting them, (C,) each.

    The gradient is taken at the block's branch or at the output: an addition passes its gradient to both terms.
    """
    hooks, value = _hooks(network, place, role)
    return program(
        model(network),
        image(network.preprocess.sized(size), file),
        f"kept = {{}}\n\n{_LIFT}\n\n{hooks}",
        f"logits = model(image)\nmaps = {value}[0].detach()\n{_orders(network, place, role)}",
    )


def _orders(network: Network, place: str, role: str) -> str:
    found = layout(network.graph, features.tensor_name(network, place, role))
    given, slope = "maps", 'kept["lift"].grad[0]'
    if found.channel == 1 and not found.extra:
        return _ORDERS.replace("{contribution}", f"({given} * {slope}).sum((1, 2))")
    product = f'(kept["maps"][0] * {slope})'  # also of tokens that are not in the maps
    return _ORDERS.replace("{contribution}", f"{product}.flatten(0, -2).sum(0)")


def exciting(network: Network, place: str, role: str, channel: int, folder: str) -> str:
    """A program that computes `values` (N, C), the maximum of each picture's map, and a channel's `best` eight."""
    hooks, value = _hooks(network, place, role)
    scan = (
        "values = []\n"
        "with torch.no_grad():\n"
        "    for batch in images.split(50):\n"
        "        model(batch)\n"
        f"        values.append(({value}).amax((2, 3)))\n"
        "values = torch.cat(values)\n"
        f"best = values[:, {channel}].topk(min(8, len(values)))\n"
        "for value, k in zip(best.values.tolist(), best.indices.tolist()):\n"
        "    print(data.samples[k][0], value)"
    )
    return program(model(network), images(network.preprocess, folder), f"kept = {{}}\n\n{_PLAIN}\n\n{hooks}", scan)


def _hooks(network: Network, place: str, role: str) -> tuple[str, str]:
    """Code that hooks `keep` to the tensor at a place, and the expression for its value."""
    if not is_resnet(network):
        return _hook_of_any(network, features.tensor_name(network, place, role))
    block = network.graph.blocks.get(place)
    if block is None or role == "out":
        module = features.stages(network).get(place, place)
        return f"model.get_submodule({module!r}).register_forward_hook(keep)", "kept['maps']"
    value = {"branch": "kept['maps']", "shortcut": "kept['shortcut']"}.get(role, "(kept['maps'] + kept['shortcut'])")
    if block.variant:  # returns the terms of the sum: (shortcut, branch)
        return (
            "def added(module, given, terms):\n"
            "    kept.update(shortcut=terms[0].clone())\n"
            "    result = keep(module, given, terms[1])\n"
            "    return terms if result is None else (terms[0], result)\n\n"
            f"model.get_submodule('{place}.variant').register_forward_hook(added)"
        ), value
    hooks = f"model.get_submodule('{place}.{branch_end(network)}').register_forward_hook(keep)"
    if role == "branch":
        return hooks, value
    hooks += f"\nmodel.get_submodule({place if block.identity else f'{place}.downsample'!r})"
    if block.identity:
        hooks += ".register_forward_pre_hook(lambda module, given: kept.update(shortcut=given[0].clone()))"
    else:
        hooks += ".register_forward_hook(lambda module, given, out: kept.update(shortcut=out.clone()))"
    return hooks, value


def _hook_of_any(network: Network, name: str) -> tuple[str, str]:
    """`_hooks` for a tensor that a module returns. Raises TraceError if none does."""
    graph = network.graph
    path, _, role = name.rpartition(".")
    if name not in graph.nodes and role in ("shortcut", "branch"):  # the operand as the module returns it
        block = graph.blocks[path]
        name = block.shortcut if role == "shortcut" else block.branch
    module = output_of(network, name)
    return f"model.get_submodule({module!r}).register_forward_hook(keep)", as_grid(network, name, "kept['maps']")


_RUN = """\
def outputs(model, image):
    kept = {}
    for name in NAMES:
        hook = lambda module, given, out, name=name: kept.update({name: out.clone()})
        model.get_submodule(name).register_forward_hook(hook)
    with torch.no_grad():
        print("says", model(image).softmax(1).max(1))
    return kept"""

_COMPARE = """\
for name in NAMES:
    a, b = first[name].flatten(), second[name].flatten()
    if a.shape == b.shape:
        cosine, difference = F.cosine_similarity(a, b, dim=0), (b - a).norm() / a.norm()
        print(name, f"cosine {cosine:.3f}, relative difference {difference:.3f}")"""


def comparison(first: Network, second: Network, size: int, file: str) -> str:
    """A program that runs two networks and prints the similarity of their tensors `first` and `second` by place."""
    common = _modules(second)
    names = ", ".join(repr(name) for name in _modules(first) if name in common)
    if not names:
        raise TraceError("errors.code_no_common")
    runs = [
        f"{model(network)}\n{image(network.preprocess.sized(size), file)}\n{variable} = outputs(model, image)"
        for variable, network in (("first", first), ("second", second))
    ]
    return program(f"NAMES = [{names}]", _RUN, *runs, _COMPARE)


def _modules(network: Network) -> list[str]:
    """The places whose tensor is what the module of this path returns."""
    depths = features.depths(network)
    return list(depths) if is_resnet(network) else [place for place in depths if _is_module(network, place)]


def _is_module(network: Network, place: str) -> bool:
    with suppress(TraceError):
        return output_of(network, features.tensor_name(network, place)) == place
    return False
