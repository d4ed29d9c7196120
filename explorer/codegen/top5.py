"""The program for top-1 and top-5 accuracy over a folder of pictures."""

from explorer.analysis.picture_set import PictureSet
from explorer.codegen.views import answers, built, images, program
from explorer.models.network import Network


def top5(network: Network, pictures: PictureSet, folder: str) -> str:
    """A program that computes `ranks` (N,) of the true classes, and prints `top1` and `top5` (0..1).

    The network must have the classes of `pictures`.
    """
    places = [network.labels.index(name) for name in sorted({str(label) for label in pictures.labels})]
    return program(
        built(network),
        images(network.preprocess, folder),
        f"right = torch.tensor({places})[labels]  # where the network has these classes\n"
        "with torch.no_grad():\n"
        f"    logits = torch.cat([{answers(network, 'batch')} for batch in images.split(20)])",
        "ranks = (logits > logits.gather(1, right[:, None])).sum(1) + 1  # 1: the most probable\n"
        "top1, top5 = [(ranks <= k).float().mean().item() for k in (1, 5)]\n"
        "print(top1, top5)",
    )
