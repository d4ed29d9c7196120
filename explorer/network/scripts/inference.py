"""The program of iterative inference: cosines by hooks and autograd, and the head behind each last block."""

from explorer.network.inference import last_stage
from explorer.network.script import image, model, program
from explorer.network.zoo import Network


def inference(network: Network, target: int, file: str) -> str:
    """A script that makes `cosines` (path -> cosine of F(x) and the loss gradient of the class `target` at x) and
    `probabilities` (path of a block of the last stage -> what the head makes of its output), and prints them."""
    norm = next(iter(network.anatomy.blocks.values())).branch.rpartition(".")[2]
    stage = last_stage(network)
    return program(
        model(network),
        image(network.preprocess, file),
        "given, branches, outs = {}, {}, {}\n"
        "blocks = {path: module for path, module in model.named_modules() if hasattr(module, 'downsample')}\n"
        "for path, block in blocks.items():\n"
        "    def leave(module, inputs, out, path=path):\n"
        "        outs[path] = out.detach()\n"
        "        given.setdefault(path, inputs[0])\n"
        "    def add(module, inputs, out, path=path):\n"
        "        branches[path] = out.detach().clone()  # the addition overwrites it\n"
        "    block.register_forward_hook(leave)\n"
        f"    block.{norm}.register_forward_hook(add)\n"
        "    if block.downsample is not None:  # the projected x, which has the shape of F(x)\n"
        "        project = lambda module, inputs, out, path=path: given.update({path: out})\n"
        "        block.downsample.register_forward_hook(project)",
        f"loss = F.cross_entropy(model(image), torch.tensor([{target}]))\n"
        "gradients = dict(zip(given, torch.autograd.grad(loss, list(given.values()))))\n"
        "cosines = {path: F.cosine_similarity(gradients[path].flatten(), branches[path].flatten(), 0, 1e-20).item()\n"
        "           for path in given}\n"
        "print(cosines)",
        f"read = {{path: model.fc(model.avgpool(outs[path]).flatten(1))[0] for path in {list(stage)}}}\n"
        "probabilities = {path: logits.softmax(0).detach() for path, logits in read.items()}\n"
        f"print({{path: found.topk({min(3, len(network.labels))}) for path, found in probabilities.items()}})",
    )
