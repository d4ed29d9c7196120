"""Famous ideas that torchvision has no module for, as schemes: LeNet-5, and pretraining without labels."""

from collections.abc import Callable
from typing import Final

from explorer.experiments.history.block_plan import Plan

Shape = tuple[int, ...]

# LeCun et al. 1998, section II.B: name, what it outputs (maps, height, width), trainable parameters
LENET: Final[tuple[tuple[str, Shape, int], ...]] = (
    ("c1", (6, 28, 28), 156), ("s2", (6, 14, 14), 12), ("c3", (16, 10, 10), 1516), ("s4", (16, 5, 5), 32),
    ("c5", (120,), 48_120), ("f6", (84,), 10_164), ("rbf", (10,), 0),
)  # fmt: skip


def lenet(plan: Plan) -> None:
    plan.shapes = {"x": (1, 32, 32)}
    plan.enter()
    for name, shape, parameters in LENET:
        plan.step(name, f"famous.lenet_{name}", shape=shape, channels=shape[0], parameters=parameters)


SLOW = "EMA →"  # an exponential moving average of the weights
COLUMNS = 0.5, 1.85  # of two networks, with room between them for the weights that go from one to the other


def views(plan: Plan, columns: tuple[float, float] = COLUMNS) -> None:
    """A picture, and two random views of it."""
    plan.enter(sum(columns) / 2, "famous.picture")
    for k, column in enumerate(columns):
        plan.step(f"view{k}", "famous.view", start="x", column=column, values={"number": k + 1})


def simclr(plan: Plan) -> None:
    """Chen et al. 2020, arXiv:2002.05709, figure 2."""
    views(plan, (0.5, 1.5))
    ways = [("view0", 0.5), ("view1", 1.5)]
    for id in ("encoder", "head", "loss"):
        (left, lane), (right, other) = ways
        plan.step(id, f"famous.simclr_{id}", start=left, column=1, lane=lane, width=2)
        plan.wire(right, id, lane=other)
        ways = [(id, 0.5), (id, 1.5)]


def moco(plan: Plan) -> None:
    """He et al. 2020, arXiv:1911.05722, figures 1 and 2c."""
    views(plan)
    query = plan.step("query", "famous.moco_query", start="view0")
    key = plan.step("key", "famous.moco_key", start="view1")
    plan.wire(query, key, slow=True, name=SLOW)
    plan.step("queue", "famous.moco_queue", start=key, column=2.95, row=plan.nodes[key].row)
    plan.step("loss", "famous.moco_loss", start=query, column=1.725, width=3.45)
    plan.wire(key, "loss")
    plan.wire("queue", "loss")


def byol(plan: Plan) -> None:
    """Grill et al. 2020, arXiv:2006.07733, figure 2."""
    pair(plan, "byol")
    plan.step("predictor", "famous.byol_predictor", start="student")
    plan.step("stop", "famous.byol_stop", start="teacher")
    meet(plan, "predictor", "stop", "famous.byol_loss")


def dino(plan: Plan) -> None:
    """Caron et al. 2021, arXiv:2104.14294, figure 2."""
    pair(plan, "dino")
    plan.step("softmax", "famous.dino_softmax", start="student")
    plan.step("centre", "famous.dino_centre", start="teacher")
    meet(plan, "softmax", "centre", "famous.dino_loss")


def mae(plan: Plan) -> None:
    """He et al. 2022, arXiv:2111.06377, figure 1."""
    plan.enter(word="famous.picture")
    for id in ("patches", "encoder", "tokens", "decoder", "loss"):
        plan.step(id, f"famous.mae_{id}")
    plan.wire("x", "loss", around=True)


def pair(plan: Plan, name: str) -> None:
    """A network that learns, and one whose weights follow it slowly."""
    views(plan)
    for k, who in enumerate(("student", "teacher")):
        plan.step(who, f"famous.{name}_{who}", start=f"view{k}")
    plan.wire("student", "teacher", slow=True, name=SLOW)


def meet(plan: Plan, left: str, right: str, word: str) -> None:
    plan.step("loss", word, start=left, column=sum(COLUMNS) / 2, width=COLUMNS[1] + 0.5)
    plan.wire(right, "loss")


SCHEMES: Final[dict[str, Callable[[Plan], None]]] = {
    "lenet": lenet, "moco": moco, "simclr": simclr, "byol": byol, "dino": dino, "mae": mae,
}  # fmt: skip
