"""The program for iterative inference: cosines by hooks and autograd, and the head after each last block."""

from collections.abc import Sequence

from explorer.analysis.iterative_inference import last_stage
from explorer.codegen.views import branch_end, has_variant, image, is_written_out, loaded, model, program, read
from explorer.models.network import Network


def inference(network: Network, target: int, file: str) -> str:
    """A program that computes and prints `cosines` (path -> cosine of F(x) and the loss gradient of the class
    `target` at x) and `probabilities` (path of a block of the last stage -> the head's output for it)."""
    stage = last_stage(network)
    if not is_written_out(network):
        return program(
            "from explorer.analysis import iterative_inference",
            loaded(network),
            image(network.preprocess, file),
            f"found = iterative_inference.cosines(network, image, torch.tensor([{target}]))[0]\n"
            "cosines = dict(zip(network.graph.blocks, found.tolist()))\n"
            "print(cosines)",
            f"end = {network.graph.blocks[stage[-1]].out!r}  # the head reads what is put here\n"
            f"outs = trace(network, image, keep=[f'{{path}}.out' for path in {list(stage)}]).tensors\n"
            "read = {name.removesuffix('.out'): trace(network, image, keep=(), edits={end: replace(out)}).logits[0]\n"
            "        for name, out in outs.items()}\n"
            "probabilities = {path: logits.softmax(0) for path, logits in read.items()}\n"
            f"print({{path: found.topk({min(3, len(network.labels))}) for path, found in probabilities.items()}})",
        )
    opening = [path for path, block in network.graph.blocks.items() if block.resizes]
    return program(
        model(network),
        image(network.preprocess, file),
        "given, branches, outs = {}, {}, {}\n"
        "blocks = {path: module for path, module in model.named_modules() if hasattr(module, 'downsample')}\n"
        "for path, block in blocks.items():\n"
        "    def leave(module, inputs, out, path=path):\n"
        "        outs[path] = out.detach()\n"
        "        given.setdefault(path, inputs[0])\n"
        f"{_terms(network, opening)}",
        f"loss = F.cross_entropy(model(image), torch.tensor([{target}]))\n"
        "gradients = dict(zip(given, torch.autograd.grad(loss, list(given.values()))))\n"
        "cosines = {path: F.cosine_similarity(gradients[path].flatten(), branches[path].flatten(), 0, 1e-20).item()\n"
        "           for path in given}\n"
        "print(cosines)",
        f"read = {{path: {read(network, 'outs[path]')}[0] for path in {list(stage)}}}\n"
        "probabilities = {path: logits.softmax(0).detach() for path, logits in read.items()}\n"
        f"print({{path: found.topk({min(3, len(network.labels))}) for path, found in probabilities.items()}})",
    )


def _terms(network: Network, opening: Sequence[str]) -> str:
    """Code that stores the branch of `block` at `path` and, where x has another shape, the shortcut's output."""
    if has_variant(network):
        return (
            "    def add(module, inputs, terms, path=path):  # what is added: shortcut and branch\n"
            "        branches[path] = terms[1].detach().clone()\n"
            f"        given.update({{path: terms[0]}} if path in {opening} else {{}})\n"
            "    block.register_forward_hook(leave)\n"
            "    block.variant.register_forward_hook(add)"
        )
    return (
        "    def add(module, inputs, out, path=path):\n"
        "        branches[path] = out.detach().clone()  # the addition overwrites it\n"
        "    block.register_forward_hook(leave)\n"
        f"    block.{branch_end(network)}.register_forward_hook(add)\n"
        f"    if path in {opening}:  # what the shortcut brings has the shape of F(x)\n"
        "        project = lambda module, inputs, out, path=path: given.update({path: out})\n"
        "        block.downsample.register_forward_hook(project)"
    )
