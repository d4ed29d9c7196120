"""Programs of the shortcut page: one block, all blocks, and interventions."""

import textwrap
from collections.abc import Mapping

from explorer.analysis.interventions import Intervention
from explorer.codegen.views import (
    branch_end,
    catch,
    has_variant,
    image,
    images,
    is_written_out,
    loaded,
    model,
    program,
    read,
    stages,
    stem,
)
from explorer.models.network import Network

THIS, DONOR = "this picture", "donor"  # folders with a single picture


def block(network: Network, path: str, channel: int | None, file: str) -> str:
    """A program that prints the numbers of the block `path` and computes four `maps`, of `channel` or the energy."""
    if not is_written_out(network):
        return _block_of_any(network, path, channel, file)
    tensor = "tensor[0].square().mean(0).sqrt()" if channel is None else f"tensor[0, {channel}]"
    lines = ["model(image)", "x = raw = inputs[0]", *_sum(network, ""), "total = out + identity"]
    leaves = "total.relu()" if _rectified(network) else "total"
    return program(
        model(network),
        image(network.preprocess, file),
        catch(path),
        "with torch.no_grad():\n" + textwrap.indent("\n".join(lines), "    "),
        f"tensors = (identity, out, total, {leaves})\n"
        "norms = [tensor.double().norm().item() for tensor in (raw, *tensors)]\n"
        "cosine = F.cosine_similarity(identity.double().flatten(), out.double().flatten(), dim=0).item()\n"
        "cut = (total < 0).float().mean().item()\n"
        f"maps = [{tensor} for tensor in tensors]\n"
        "print(norms, norms[2] / norms[1], cosine, cut)",
    )


def depth(network: Network, file: str, *, several: bool) -> str:
    """A program that prints each block's share and angle, and each layer's response, for the picture `file`.

    With `several`, `file` is a folder: the picture is in its folder THIS, the band is over all others.
    """
    if not is_written_out(network):
        return _depth_of_any(network, file, several=several)
    lines = [
        f"x = {stem(network, 'images', 'noted({})')}",
        f"for block in [*{', *'.join(stages(network))}]:",
        *(f"    {line}" for line in _sum(network, "noted")),
        "    norms = [tensor.flatten(1).norm(dim=1) for tensor in (identity, out)]",
        "    shares.append(norms[1] / sum(norms))",
        "    angles.append(F.cosine_similarity(identity.flatten(1), out.flatten(1)).clamp(-1, 1).acos().rad2deg())",
        f"    x = {_left(network, 'out + identity')}",
    ]
    shown = "print(figures[this].tolist(), figures[~this].quantile(torch.tensor([0.1, 0.5, 0.9]), 0).tolist())"
    read_pictures = images(network.preprocess, file) + f"\nthis = labels == classes.index({THIS!r})"
    return program(
        model(network),
        read_pictures if several else image(network.preprocess, file) + "\nimages = image",
        "shares, angles, responses = [], [], []\n"
        "def noted(out):\n    responses.append(out.flatten(1).std(1, correction=0))\n    return out",
        "with torch.no_grad():\n" + textwrap.indent("\n".join(lines), "    "),
        "for figures in (shares, angles, responses):\n    figures = torch.stack(figures, 1)\n"
        f"    {shown if several else 'print(figures.tolist())'}",
    )


def change(network: Network, change: Intervention, file: str) -> str:
    """A program that runs the network with an intervention, block by block, and prints how far the prediction moved.

    If another picture donates its shortcut, `file` is a folder with that picture in DONOR and this one in THIS.
    """
    if not is_written_out(network):
        return _change_of_any(network, change, file)
    lines = [
        f"x = {stem(network)}",
        "for path in order:",
        "    block = model.get_submodule(path)",
        *(f"    {line}" for line in _sum(network, "")),
        *(["    shortcuts[path] = identity = borrowed.get(path, identity)"] if change.donor else []),
        f"    x = {_left(network, 'alpha.get(path, 1) * out + beta.get(path, 1) * identity')}",
        f"return {read(network, 'x')}",
    ]
    read_pictures, paths, borrow, order = image(network.preprocess, file), f"paths = {_PATHS}\n", "", "paths"
    if change.donor:
        read_pictures = (
            f"{images(network.preprocess, file)}\ndonor, image = images.split(1)  # folders by name: {DONOR}, {THIS}"
        )
        paths = f"paths, shortcuts, borrowed = {_PATHS}, {{}}, {{}}\n"
        borrow = f"answer(donor, paths)\nborrowed[{change.donor!r}] = shortcuts[{change.donor!r}]\n"
    if change.swap:
        swapped, order = dict([change.swap, change.swap[::-1]]), "order"
        paths += f"order = [{swapped}.get(path, path) for path in paths]\n"
    alpha, beta = _factors(network, change.alpha), _factors(network, change.beta)
    return program(
        model(network),
        read_pictures,
        f"{paths}@torch.no_grad()\ndef answer(x, order, alpha={{}}, beta={{}}):\n"
        + textwrap.indent("\n".join(lines), "    "),
        f"before = answer(image, paths)\n{borrow}after = answer(image, {order}, alpha={alpha}, beta={beta})\n"
        "moved = (before.softmax(1) - after.softmax(1)).abs().sum().item() / 2\n"
        "change = ((after - before).norm() / before.norm()).item()\n"
        "print(before.softmax(1).tolist(), after.softmax(1).tolist(), moved, change)",
    )


def _block_of_any(network: Network, path: str, channel: int | None, file: str) -> str:
    block = network.graph.blocks[path]
    shown = f"maps.as_maps(network.graph, {block.add!r}, tensor)[0]"
    tensor = f"{shown}.square().mean(0).sqrt()" if channel is None else f"{shown}[{channel}]"
    roles = [f"{path}.{role}" for role in ("shortcut", "branch", "add", "out")]
    return program(
        "from explorer.analysis import maps",
        loaded(network),
        image(network.preprocess, file),
        f"names = {[block.input, *roles]}\n"
        "run = trace(network, image, keep=names)\n"
        "raw, identity, out, total, leaves = (run[name] for name in names)",
        "norms = [tensor.double().norm().item() for tensor in (raw, identity, out, total, leaves)]\n"
        "cosine = F.cosine_similarity(identity.double().flatten(), out.double().flatten(), dim=0).item()\n"
        "cut = (total < 0).float().mean().item()\n"
        f"maps = [{tensor} for tensor in (identity, out, total, leaves)]\n"
        "print(norms, norms[2] / norms[1], cosine, cut)",
    )


def _depth_of_any(network: Network, file: str, *, several: bool) -> str:
    read_pictures = images(network.preprocess, file) + f"\nthis = labels == classes.index({THIS!r})"
    shown = "print(figures[this].tolist(), figures[~this].quantile(torch.tensor([0.1, 0.5, 0.9]), 0).tolist())"
    return program(
        "from explorer.analysis import residual",
        loaded(network),
        read_pictures if several else image(network.preprocess, file) + "\nimages = image",
        "runs = [residual.over_depth(network, one[None]) for one in images]",
        "for name in ('share', 'angle', 'response'):\n"
        "    figures = torch.cat([getattr(run, name) for run in runs])\n"
        f"    {shown if several else 'print(figures.tolist())'}",
    )


def _change_of_any(network: Network, change: Intervention, file: str) -> str:
    donating = [f"{change.donor}.shortcut"] if change.donor else []
    read_pictures = image(network.preprocess, file)
    given = f"Intervention({dict(change.alpha)}, {dict(change.beta)}, {change.swap}, {change.donor!r})"
    borrowed = "None"
    if donating:
        read_pictures = (
            f"{images(network.preprocess, file)}\ndonor, image = images.split(1)  # folders: {DONOR}, {THIS}"
        )
        borrowed = f"trace(network, donor, keep={donating})[{donating[0]!r}]"
    return program(
        "from explorer.analysis import interventions\nfrom explorer.analysis.interventions import Intervention",
        loaded(network),
        read_pictures,
        f"change = {given}  # alpha, beta, swap, donor\n"
        f"borrowed = {borrowed}\n"
        "values = interventions.block_inputs(network, image)\n"
        "before, after = values[network.graph.logits], interventions.run(network, values, change, borrowed)\n"
        "moved = (before.softmax(1) - after.softmax(1)).abs().sum().item() / 2\n"
        "change = ((after - before).norm() / before.norm()).item()\n"
        "print(before.softmax(1).tolist(), after.softmax(1).tolist(), moved, change)",
    )


_PATHS = "[name for name, module in model.named_modules() if hasattr(module, 'bn2')]"


def _rectified(network: Network) -> bool:
    return next(iter(network.graph.blocks.values())).rectified


def _left(network: Network, total: str) -> str:
    """The expression of the block's output: the sum, after a ReLU if there is one."""
    return f"block.relu({total})" if _rectified(network) else total


def _sum(network: Network, noted: str) -> list[str]:
    """Code that computes the terms of a block's sum, `identity` and `out`, from `x`, as the block's forward does.

    `noted` names a function that is applied to each BatchNorm's output; "" for none.
    """
    lines = ["identity = block.downsample(x) if block.downsample else x"]
    norm = f"{noted}(block.bn{{k}}({{given}}))" if noted else "block.bn{k}({given})"
    for k in (1, 2, 3) if branch_end(network) == "bn3" else (1, 2):
        if branch_end(network).startswith("conv"):  # pre-activation
            given = f"block.relu({norm.format(k=k, given='x' if k == 1 else 'out')})"
            lines.append(f"out = block.conv{k}({given})")
        else:
            given = f"block.conv{k}({'x' if k == 1 else 'block.relu(out)'})"
            lines.append(f"out = {norm.format(k=k, given=given)}")
    return [*lines, *(["identity, out = block.variant(x, identity, out)"] if has_variant(network) else [])]


def _factors(network: Network, factors: Mapping[str, float]) -> str:
    """`factors` as code: `dict.fromkeys` if all blocks have the same factor."""
    different = set(factors.values())
    if len(different) == 1 and len(factors) == len(network.graph.blocks) > 1:
        return f"dict.fromkeys(paths, {different.pop()})"
    return repr(dict(factors))
