"""The program that compares blocks across designs."""

from collections.abc import Mapping

from explorer.codegen.views import loaded, program
from explorer.models.network import Network


def designs(network: Network, chosen: Mapping[str, str], folder: str) -> str:
    """A program that prints, for each network, the median of |F(x)| / |x| and the mean cost of a lesion by block, on
    the pictures of `folder`."""
    own = "" if chosen.get(network.name) == network.weights else f"{loaded(network)}\n"
    return program(
        "from explorer.analysis import designs\nfrom explorer.analysis.picture_set import PictureSet",
        f"files = sorted(Path({folder!r}).rglob('*.png'))\n"
        "opened = tuple(Image.open(file).convert('RGB') for file in files)\n"
        "pictures = PictureSet(('',) * len(opened), opened, (None,) * len(opened), '')",
        f"{own}networks = [{'network, ' * bool(own)}*(load_network(*pair) for pair in {list(chosen.items())})]\n"
        "for each in networks:\n"
        "    steps = designs.measure(each, pictures)\n"
        "    try:\n"
        "        while True:\n"
        "            next(steps)\n"
        "    except StopIteration as ended:\n"
        "        found = ended.value\n"
        "    moved = None if found.moved is None else found.moved.mean(0).tolist()\n"
        "    print(each.name, found.ratios.quantile(0.5, 0).tolist(), moved)",
    )
