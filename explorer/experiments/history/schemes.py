"""Diagrams of ideas that no module of torchvision shows as it is: LeNet-5, factorised kernels, architecture search, and
self-supervised pretraining."""

from collections.abc import Callable
from typing import Any, Final

from torchvision.models.inception import InceptionC

from explorer.experiments.history.block_plan import Diagram

Shape = tuple[int, ...]

# LeCun et al. 1998, section II.B: name, output shape (maps, height, width), trainable parameters
LENET: Final[tuple[tuple[str, Shape, int], ...]] = (
    ("c1", (6, 28, 28), 156), ("s2", (6, 14, 14), 12), ("c3", (16, 10, 10), 1516), ("s4", (16, 5, 5), 32),
    ("c5", (120,), 48_120), ("f6", (84,), 10_164), ("rbf", (10,), 0),
)  # fmt: skip


def lenet(diagram: Diagram) -> None:
    diagram.shapes = {"x": (1, 32, 32)}
    diagram.enter()
    for name, shape, parameters in LENET:
        diagram.step(name, f"famous.lenet_{name}", shape=shape, channels=shape[0], parameters=parameters)


# Szegedy et al. 2015, arXiv:1512.00567, figure 6, with the channels of torchvision's Mixed_6b: window, channels in, out
FACTORIZED: Final[tuple[tuple[tuple[str, int, int], ...], ...]] = (
    (("1×1", 768, 192),),
    (("1×1", 768, 128), ("1×7", 128, 128), ("7×1", 128, 192)),
    (("1×1", 768, 128), ("7×1", 128, 128), ("1×7", 128, 128), ("7×1", 128, 128), ("1×7", 128, 192)),
    (("", 768, 768), ("1×1", 768, 192)),
)


def factorized(diagram: Diagram) -> None:
    side = (17, 17)
    diagram.shapes = {"x": (768, *side)}
    diagram.enter(2)
    ends = []
    for k, way in enumerate(FACTORIZED):
        end = "x"
        for j, (window, before, after) in enumerate(way):
            area = int(window[0]) * int(window[-1]) if window else 0
            weights = area * before * after + 2 * after if window else 0  # with BatchNorm's γ and β
            end = diagram.step(
                f"way{k}_{j}", "famous.factor" if window else "famous.factor_pool", start=end, column=k + 0.5,
                shape=(after, *side), channels=after, parameters=weights, values={"window": window},
            )  # fmt: skip
        ends.append(end)
    diagram.concat(*ends, column=2, width=4)


def nasnet(diagram: Diagram) -> None:
    """Zoph et al. 2017, arXiv:1707.07012, figures 1 and 2."""
    diagram.enter(word="famous.nasnet_choices")
    for id in ("controller", "child", "reward", "transfer"):
        diagram.step(id, f"famous.nasnet_{id}")


SLOW = "EMA →"  # an exponential moving average of the weights
COLUMNS = 0.5, 1.85  # of two networks, with room between them for the wire of the weights


def views(diagram: Diagram, columns: tuple[float, float] = COLUMNS) -> None:
    """A picture and two random views of it."""
    diagram.enter(sum(columns) / 2, "famous.picture")
    for k, column in enumerate(columns):
        diagram.step(f"view{k}", "famous.view", start="x", column=column, values={"number": k + 1})


def simclr(diagram: Diagram) -> None:
    """Chen et al. 2020, arXiv:2002.05709, figure 2."""
    views(diagram, (0.5, 1.5))
    ways = [("view0", 0.5), ("view1", 1.5)]
    for id in ("encoder", "head", "loss"):
        (left, lane), (right, other) = ways
        diagram.step(id, f"famous.simclr_{id}", start=left, column=1, lane=lane, width=2)
        diagram.wire(right, id, lane=other)
        ways = [(id, 0.5), (id, 1.5)]


def moco(diagram: Diagram) -> None:
    """He et al. 2020, arXiv:1911.05722, figures 1 and 2c."""
    views(diagram)
    query = diagram.step("query", "famous.moco_query", start="view0")
    key = diagram.step("key", "famous.moco_key", start="view1")
    diagram.wire(query, key, slow=True, name=SLOW)
    diagram.step("queue", "famous.moco_queue", start=key, column=2.95, row=diagram.nodes[key].row)
    diagram.step("loss", "famous.moco_loss", start=query, column=1.725, width=3.45)
    diagram.wire(key, "loss")
    diagram.wire("queue", "loss")


def byol(diagram: Diagram) -> None:
    """Grill et al. 2020, arXiv:2006.07733, figure 2."""
    pair(diagram, "byol")
    diagram.step("predictor", "famous.byol_predictor", start="student")
    diagram.step("stop", "famous.byol_stop", start="teacher")
    meet(diagram, "predictor", "stop", "famous.byol_loss")


def dino(diagram: Diagram) -> None:
    """Caron et al. 2021, arXiv:2104.14294, figure 2."""
    pair(diagram, "dino")
    diagram.step("softmax", "famous.dino_softmax", start="student")
    diagram.step("centre", "famous.dino_centre", start="teacher")
    meet(diagram, "softmax", "centre", "famous.dino_loss")


def mae(diagram: Diagram) -> None:
    """He et al. 2022, arXiv:2111.06377, figure 1."""
    diagram.enter(word="famous.picture")
    for id in ("patches", "encoder", "tokens", "decoder", "loss"):
        diagram.step(id, f"famous.mae_{id}")
    diagram.wire("x", "loss", around=True)


def pair(diagram: Diagram, name: str) -> None:
    """A student network, and a teacher whose weights are its moving average."""
    views(diagram)
    for k, who in enumerate(("student", "teacher")):
        diagram.step(who, f"famous.{name}_{who}", start=f"view{k}")
    diagram.wire("student", "teacher", slow=True, name=SLOW)


def meet(diagram: Diagram, left: str, right: str, word: str) -> None:
    diagram.step("loss", word, start=left, column=sum(COLUMNS) / 2, width=COLUMNS[1] + 0.5)
    diagram.wire(right, "loss")


SCHEMES: Final[dict[str, Callable[[Diagram], None]]] = {
    "lenet": lenet, "factorized": factorized, "nasnet": nasnet,
    "moco": moco, "simclr": simclr, "byol": byol, "dino": dino, "mae": mae,
}  # fmt: skip

SOURCES: Final[dict[str, tuple[Callable[..., Any], ...]]] = {"factorized": (InceptionC._forward, InceptionC.__init__)}
"""torchvision's code of a scheme, where it has any."""
