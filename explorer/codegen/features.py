"""Programs of the feature maps page: with hooks on a ResNet's modules, or with traces of any other network."""

from explorer.analysis import features
from explorer.codegen.views import branch_end, image, images, is_written_out, loaded, model, program
from explorer.models.network import Network

_LIFT = """\
def keep(module, given, out):
    kept["maps"] = out.detach().clone()  # a later ReLU is in place
    kept["lift"] = torch.zeros_like(out, requires_grad=True)
    return out + kept["lift"]"""

_SLOPES = """\
top = logits[0].max()
lead = top - (logits[0].sum() - top) / max(logits.shape[1] - 1, 1)  # over the mean of the other classes
lead.backward()
contribution = (maps * kept["lift"].grad[0]).sum((1, 2))"""

_ORDERS = """\
energy = maps.flatten(1).square().mean(1).sqrt()
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
    if not is_written_out(network):
        name = features.tensor_name(network, place, role)
        return program(
            loaded(network),
            image(network.preprocess.sized(size), file),
            f"name = {name!r}\nrun = trace(network, image, keep=[name])",
            "logits, maps = run.logits, maps_of(network, image, name, run[name])[0]\n"
            f"contribution = contributions(network, image, name)\n{_ORDERS}",
        )
    hooks, value = _hooks(network, place, role)
    return program(
        model(network),
        image(network.preprocess.sized(size), file),
        f"kept = {{}}\n\n{_LIFT}\n\n{hooks}",
        f"logits = model(image)\nmaps = {value}[0].detach()\n{_SLOPES}\n{_ORDERS}",
    )


def exciting(network: Network, place: str, role: str, channel: int, folder: str) -> str:
    """A program that computes `values` (N, C), the maximum of each picture's map, and a channel's `best` eight."""
    best = (
        "values = torch.cat(values)\n"
        f"best = values[:, {channel}].topk(min(8, len(values)))\n"
        "for value, k in zip(best.values.tolist(), best.indices.tolist()):\n"
        "    print(data.samples[k][0], value)"
    )
    if not is_written_out(network):
        start = f"name, values = {features.tensor_name(network, place, role)!r}, []\n"
        scan = (
            "for batch in images.split(50):\n"
            "    run = trace(network, batch, keep=[name])\n"
            "    values.append(maps_of(network, batch, name, run[name]).amax((2, 3)))\n"
        )
        return program(loaded(network), images(network.preprocess, folder), start + scan + best)
    hooks, value = _hooks(network, place, role)
    scan = (
        "values = []\n"
        "with torch.no_grad():\n"
        "    for batch in images.split(50):\n"
        "        model(batch)\n"
        f"        values.append(({value}).amax((2, 3)))\n"
    )
    prepared = f"kept = {{}}\n\n{_PLAIN}\n\n{hooks}"
    return program(model(network), images(network.preprocess, folder), prepared, scan + best)


def _hooks(network: Network, place: str, role: str) -> tuple[str, str]:
    """Code that hooks `keep` to the tensor at a place, and the expression for its value."""
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
    if not (is_written_out(first) and is_written_out(second)):
        return _traced_comparison(first, second, size, file)
    common = features.depths(second)
    names = ", ".join(repr(name) for name in features.depths(first) if name in common)
    runs = [
        f"{model(network)}\n{image(network.preprocess.sized(size), file)}\n{variable} = outputs(model, image)"
        for variable, network in (("first", first), ("second", second))
    ]
    return program(f"NAMES = [{names}]", _RUN, *runs, _COMPARE)


def _traced_comparison(first: Network, second: Network, size: int, file: str) -> str:
    one, two = features.depths(first), features.depths(second)
    runs = []
    for variable, network, names in (("first", first, one), ("second", second, two)):
        common = {place: name for place, name in names.items() if place in one and place in two}
        runs.append(
            f"{loaded(network)}\n{image(network.preprocess.sized(size), file)}\nnames = {common}\n"
            "run = trace(network, image, keep=names.values())\n"
            'print("says", run.logits.softmax(1).max(1))\n'
            f"{variable} = {{place: run[name] for place, name in names.items()}}"
        )
    return program(*runs, _COMPARE.replace("NAMES", "names"))
