"""Programs that print the numbers of the Diagrams page."""

from collections.abc import Sequence

from torchvision.models import list_models

from explorer.codegen.views import has_variant, image, model, program
from explorer.models import registry
from explorer.models.cifar_resnet import Design
from explorer.models.network import Network

_HOOK = """\
rows, last = [], (1, 1, 0.0)  # a receptive field: size, jump, start; it travels with the tensor

def measure(module, given, result):
    global last
    size, jump, start = getattr(given[0], "field", last)
    kernel = getattr(module, "kernel_size", given[0].shape[-1] if module.path == "avgpool" else 1)
    kernel, stride, padding = [value if isinstance(value, int) else value[0] for value in
                               (kernel, getattr(module, "stride", 1), getattr(module, "padding", 0))]
    last = (size + (kernel - 1) * jump, jump * stride, start + ((kernel - 1) / 2 - padding) * jump)
    result.field = last
    parameters = sum(weight.numel() for weight in module.parameters())
    places = result[0, 0].numel() if isinstance(module, torch.nn.Conv2d) else 1
    rows.append((module.path, tuple(result.shape[1:]), parameters, parameters * places, *last))

for path, module in model.named_modules():
    if not list(module.children()):
        module.path = path
        module.register_forward_hook(measure)"""
_LEAF = "if not list(module.children())"
_VARIANT = """
    if path.endswith("variant"):  # takes x, shortcut and branch: the branch sees the most
        module.register_forward_hook(lambda module, given, terms: setattr(terms[1], "field", given[2].field))"""


def table(network: Network, file: str) -> str:
    """Prints each layer's output shape, parameters, multiply-adds, and receptive field (size, jump, start)."""
    return program(
        model(network),
        image(network.preprocess, file),
        _HOOK.replace(_LEAF, f"{_LEAF} and not path.endswith('variant')") + _VARIANT if has_variant(network) else _HOOK,
        "with torch.no_grad():\n    model(image)\n"
        'print(*rows, sep="\\n")\nprint(sum(row[2] for row in rows), sum(row[3] for row in rows))',
    )


def compare(names: Sequence[str], classes: int, input_px: int) -> str:
    """A program that prints blocks, parameters and multiply-adds of ResNets for inputs of `input_px`; no weights.

    In a plain network the modules in place of residual blocks are counted.
    """
    cifar = [Design.named(name) is not None for name in names]
    ours, theirs = (
        f"Design.named(name).build({classes}).eval()",
        f"torchvision.models.get_model(name, num_classes={classes}).eval()",
    )
    build = ours if all(cifar) else f"{ours} if Design.named(name) else {theirs}" if any(cifar) else theirs
    return program(
        f"""\
totals = {{}}
for name in {list(names)!r}:
    with torch.device("meta"):  # shapes without values
        model = {build}
        image = torch.empty(1, 3, {input_px}, {input_px})
    multiply_adds = []

    def measure(module, given, result):
        places = result[0, 0].numel() if isinstance(module, nn.Conv2d) else 1
        multiply_adds.append(places * sum(weight.numel() for weight in module.parameters()))

    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(measure)
    model(image)
    blocks = sum(len(stage) for path, stage in model.named_children() if path.startswith("layer"))
    totals[name] = (blocks, sum(weight.numel() for weight in model.parameters()), sum(multiply_adds))
    print(name, *totals[name])"""
    )


def counted(names: Sequence[str], classes: int) -> str:
    """A program that prints parameters and multiply-adds (`Cost.products`) of any networks at their own input size.

    Empty if a network is neither torchvision's, timm's nor of `cifar_resnet`.
    """
    builds = [_build(name, classes) for name in names]
    if not all(builds):
        return ""
    networks = [
        f"    {name!r}: (lambda: {build}, {registry.preprocessing(name).shape}),"
        for name, build in zip(names, builds, strict=True)
    ]
    return program(
        "from torch.utils.flop_counter import FlopCounterMode",
        "\n".join(["networks = {  # how to build it, the shape of its input", *networks, "}"]),
        """\
# Convolutions, linear layers and attention: each weight once per position, without biases and norms.
totals = {}
for name, (build, shape) in networks.items():
    model = build().to("meta").eval()  # shapes without values
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.empty(shape, device="meta"))
    totals[name] = (sum(weight.numel() for weight in model.parameters()), counter.get_total_flops() // 2)
    print(name, *totals[name])""",
    )


def _build(name: str, classes: int) -> str:
    library, _, model = name.rpartition(":")
    if Design.named(name):
        return f"Design.named({name!r}).build({classes})"
    if library == "timm":
        return f"timm.create_model({model!r}, num_classes={classes})"
    return f"torchvision.models.get_model({name!r}, num_classes={classes})" if name in list_models() else ""


def paths(blocks: int, low: int, high: int) -> str:
    """A program that counts the paths of `blocks` blocks by length; prints the share of lengths `low` to `high`."""
    return program(
        f"""\
counts = [1]  # before the first block there is one path, through no branch
for block in range({blocks}):
    # each path goes on by the shortcut, as long as it was, or through the branch, longer by one
    counts = [shortcut + branch for shortcut, branch in zip(counts + [0], [0] + counts)]

share = sum(counts[{low}:{high} + 1]) / sum(counts)
print(counts, sum(counts), share)"""
    )
