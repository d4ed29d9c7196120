"""Programs of the shortcut lab's parts: one block, all blocks, and a changed network."""

import textwrap
from collections.abc import Mapping

from explorer.network.intervene import Intervention
from explorer.network.script import catch, image, images, model, program
from explorer.network.zoo import Network

THIS, DONOR = "this picture", "donor"  # folders that hold one picture apart from the rest


def block(network: Network, path: str, channel: int | None, file: str) -> str:
    """A script that prints the figures of the block `path`, and makes its four `maps`: of `channel`, or the energy."""
    tensor = "tensor[0].square().mean(0).sqrt()" if channel is None else f"tensor[0, {channel}]"
    lines = ["model(image)", "x = raw = inputs[0]", *_sum(network, ""), "total = out + identity"]
    return program(
        model(network),
        image(network.preprocess, file),
        catch(path),
        "with torch.no_grad():\n" + textwrap.indent("\n".join(lines), "    "),
        "tensors = (identity, out, total, total.relu())\n"
        "norms = [tensor.norm().item() for tensor in (raw, *tensors)]\n"
        "cosine = F.cosine_similarity(identity.flatten(), out.flatten(), dim=0).item()\n"
        "cut = (total < 0).float().mean().item()\n"
        f"maps = [{tensor} for tensor in tensors]\n"
        "print(norms, norms[2] / norms[1], cosine, cut)",
    )


def depth(network: Network, file: str, *, several: bool) -> str:
    """A script that prints each block's share and angle, and each layer's response, for the picture `file`.

    Over `several` it is a folder: the picture's line is that of its folder THIS, the band that of all others.
    """
    lines = [
        f"x = {_STEM.format(norm='noted(model.bn1(model.conv1(images)))')}",
        f"for block in [*{', *'.join(_stages(network))}]:",
        *(f"    {line}" for line in _sum(network, "noted")),
        "    norms = [tensor.flatten(1).norm(dim=1) for tensor in (identity, out)]",
        "    shares.append(norms[1] / sum(norms))",
        "    angles.append(F.cosine_similarity(identity.flatten(1), out.flatten(1)).clamp(-1, 1).acos().rad2deg())",
        "    x = block.relu(out + identity)",
    ]
    shown = "print(figures[this].tolist(), figures[~this].quantile(torch.tensor([0.1, 0.5, 0.9]), 0).tolist())"
    read = images(network.preprocess, file) + f"\nthis = labels == classes.index({THIS!r})"
    return program(
        model(network),
        read if several else image(network.preprocess, file) + "\nimages = image",
        "shares, angles, responses = [], [], []\n"
        "def noted(out):\n    responses.append(out.flatten(1).std(1, correction=0))\n    return out",
        "with torch.no_grad():\n" + textwrap.indent("\n".join(lines), "    "),
        "for figures in (shares, angles, responses):\n    figures = torch.stack(figures, 1)\n"
        f"    {shown if several else 'print(figures.tolist())'}",
    )


def change(network: Network, change: Intervention, file: str) -> str:
    """A script that runs the changed network block by block, and prints how far the answer moved.

    Where another picture gives its shortcut, `file` is a folder with that one in DONOR and the picture in THIS.
    """
    lines = [
        f"x = {_STEM.format(norm='model.bn1(model.conv1(x))')}",
        "for path in order:",
        "    block = model.get_submodule(path)",
        *(f"    {line}" for line in _sum(network, "")),
        *(["    shortcuts[path] = identity = borrowed.get(path, identity)"] if change.donor else []),
        "    x = block.relu(alpha.get(path, 1) * out + beta.get(path, 1) * identity)",
        "return model.fc(model.avgpool(x).flatten(1))",
    ]
    read, paths, borrow, order = image(network.preprocess, file), f"paths = {_PATHS}\n", "", "paths"
    if change.donor:
        read = f"{images(network.preprocess, file)}\ndonor, image = images.split(1)  # folders by name: {DONOR}, {THIS}"
        paths = f"paths, shortcuts, borrowed = {_PATHS}, {{}}, {{}}\n"
        borrow = f"answer(donor, paths)\nborrowed[{change.donor!r}] = shortcuts[{change.donor!r}]\n"
    if change.swap:
        swapped, order = dict([change.swap, change.swap[::-1]]), "order"
        paths += f"order = [{swapped}.get(path, path) for path in paths]\n"
    alpha, beta = _factors(network, change.alpha), _factors(network, change.beta)
    return program(
        model(network),
        read,
        f"{paths}@torch.no_grad()\ndef answer(x, order, alpha={{}}, beta={{}}):\n"
        + textwrap.indent("\n".join(lines), "    "),
        f"before = answer(image, paths)\n{borrow}after = answer(image, {order}, alpha={alpha}, beta={beta})\n"
        "moved = (before.softmax(1) - after.softmax(1)).abs().sum().item() / 2\n"
        "change = ((after - before).norm() / before.norm()).item()\n"
        "print(before.softmax(1).tolist(), after.softmax(1).tolist(), moved, change)",
    )


_PATHS = "[name for name, module in model.named_modules() if hasattr(module, 'bn2')]"
_STEM = "model.maxpool(model.relu({norm}))"


def _stages(network: Network) -> list[str]:
    return list(dict.fromkeys(f"model.{path.rpartition('.')[0]}" for path in network.anatomy.blocks))


def _sum(network: Network, noted: str) -> list[str]:
    """The two terms of a block's sum, `identity` and `out`, as torchvision's forward makes them from `x`.

    `noted` names a function that each BatchNorm's result goes through.
    """
    convolutions = {"BasicBlock": 2, "Bottleneck": 3}[next(iter(network.anatomy.blocks.values())).kind]
    lines = ["identity = block.downsample(x) if block.downsample else x"]
    for k in range(1, convolutions + 1):
        given = "x" if k == 1 else "block.relu(out)"
        normed = f"block.bn{k}(block.conv{k}({given}))"
        lines.append(f"out = {noted}({normed})" if noted else f"out = {normed}")
    return lines


def _factors(network: Network, factors: Mapping[str, float]) -> str:
    """A dict in code: short where all blocks have the same factor."""
    different = set(factors.values())
    if len(different) == 1 and len(factors) == len(network.anatomy.blocks) > 1:
        return f"dict.fromkeys(paths, {different.pop()})"
    return repr(dict(factors))
