"""The program for the lesion study: hooks set branches to zero, over a folder of pictures."""

from explorer.analysis.picture_set import PictureSet
from explorer.codegen.views import branch_end, images, is_written_out, loaded, model, program
from explorer.models.network import Network


def lesion(network: Network, pictures: PictureSet, draws: int, seed: int, folder: str) -> str:
    """A program that computes and prints `intact`, `without` (path -> share) and `shares` (a list of `draws` per number
    of removed blocks). Shares are accuracies (0..1), or of the intact network's predictions that stay."""
    return program(
        model(network) if is_written_out(network) else loaded(network),
        images(network.preprocess, folder),
        _hooked(network) if is_written_out(network) else _TRACED,
        f"{_right(network, pictures)}\n"
        "share = lambda cut: (answers(cut) == right).float().mean().item()\n"
        "intact, without = share([]), {path: share([path]) for path in blocks}\n"
        "print(intact, without)",
        f"random, counts = torch.Generator().manual_seed({seed}), range(len(blocks) + 1)\n"
        f"cuts = [[torch.randperm(len(blocks), generator=random)[:k] for _ in range({draws})] for k in counts]\n"
        "shares = [[share([blocks[k] for k in cut]) for cut in drawn] for drawn in cuts]\n"
        "print(shares)",
    )


_TRACED = """\
blocks = list(network.graph.blocks)
def answers(cut):  # zeros in place of F(x)
    edits = {f'{path}.branch': drop() for path in cut}
    return torch.cat([trace(network, batch, keep=(), edits=edits).logits.argmax(1) for batch in images.split(50)])"""


def _hooked(network: Network) -> str:
    last = branch_end(network)
    return (
        f"blocks = [path.removesuffix('.{last}') for path, _ in model.named_modules() if path.endswith('.{last}')]\n\n"
        f"def answers(cut):  # F(x) ends in {last}, whose output the hook puts to zero\n"
        "    zero = lambda module, given, out: torch.zeros_like(out)\n"
        f"    hooks = [model.get_submodule(f'{{path}}.{last}').register_forward_hook(zero) for path in cut]\n"
        "    with torch.no_grad():\n"
        "        found = torch.cat([model(batch).argmax(1) for batch in images.split(50)])\n"
        "    [hook.remove() for hook in hooks]\n"
        "    return found"
    )


def _right(network: Network, pictures: PictureSet) -> str:
    """Code that computes `right`, the correct class of each picture."""
    if pictures.true_labels(network) is None:
        return "right = answers([])  # the network does not have these classes: how many of its answers stay?"
    places = [network.labels.index(name) for name in sorted({str(label) for label in pictures.labels})]
    if places == list(range(len(network.labels))):
        return "right = labels"
    return f"right = torch.tensor({places})[labels]  # where the network has these classes"
