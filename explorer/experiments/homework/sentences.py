"""Answers in words and numbers, in the language of `t`. Backticks mark code; class names come from `class_name`."""

import math
from collections.abc import Callable

from explorer.core.i18n import Translate
from explorer.experiments.homework.measures import (
    DEPTH,
    SHALLOW,
    Answer,
    Arrival,
    Branch,
    Cut,
    Identity,
    Plain,
    Removal,
    stored_plain,
)
from explorer.experiments.homework.questions import QUESTIONS
from explorer.models.network import Network

ClassName = Callable[[int], str]  # index of a class -> its name on screen
LIST = " · "  # between the items of a list, in both languages
APART = 10  # degrees from a right angle within which F(x) counts as orthogonal to x


def setup(question: str, network: Network, t: Translate) -> str:
    """What the question is about, for this network; it must not be `left_out`."""
    blocks = network.graph.blocks
    values: dict[str, object] = {"blocks": len(blocks), "opening": sum(block.resizes for block in blocks.values())}
    if question in ("identity", "branch"):
        values["block"] = network.graph.main_block
    if question == "plain":
        values |= {"depth": DEPTH, "epochs": stored_plain().comparison.recipe["epochs"]}
    return t(f"homework.setup_{question}", **values)


def option(question: str, choice: str, t: Translate) -> str:
    """The words of the option `choice`."""
    return t(f"homework.{question}_{choice}")


def options(question: str, t: Translate) -> dict[str, str]:
    """Option -> its words, in order."""
    return {choice: option(question, choice, t) for choice in QUESTIONS[question]}


def verdict(question: str, answer: Answer, guess: str, t: Translate) -> str:
    """Whether the numbers support the option `guess`, and otherwise which."""
    supports = answer.supports
    if not supports:
        return t("homework.undecided", reason=t(f"homework.none_{question}"))
    words = " / ".join(_quoted(option(question, choice, t), t) for choice in supports)
    if guess not in supports:
        return t("homework.differs", other=words)
    return t("homework.agrees") if len(supports) == 1 else t("homework.close", options=words)


def _quoted(words: str, t: Translate) -> str:
    return t("homework.quoted", words=words)


def said(answer: Answer, t: Translate, class_name: ClassName) -> list[str]:
    """Sentences with the numbers."""
    match answer:
        case Identity():
            return _identity(answer, t)
        case Branch():
            return _branch(answer, t)
        case Cut():
            return _cut(answer, t)
        case Arrival():
            return _arrival(answer, t, class_name)
        case Plain():
            return _plain(answer, t)
        case Removal():
            return _removal(answer, t, class_name)


def _identity(answer: Identity, t: Translate) -> list[str]:
    same = "same" in answer.supports
    first = t("homework.said_identity_same" if same else "homework.said_identity_other", block=answer.block)
    if answer.exact in (0, answer.blocks):
        return [first, t("homework.said_identity_all", blocks=answer.blocks)]
    return [first, t("homework.said_identity_some", blocks=answer.blocks, exact=answer.exact)]


def _branch(answer: Branch, t: Translate) -> list[str]:
    if not answer.supports:
        return []
    ratios = answer.ratios.values()
    turn = angle(answer)
    kind = "along" if turn < 90 - APART else "against" if turn > 90 + APART else "apart"
    return [
        t("homework.said_branch", block=answer.block, ratio=answer.sum.ratio),
        t(f"homework.said_{kind}", angle=turn),
        t("homework.said_branch_all", blocks=len(ratios), low=min(ratios), high=max(ratios)),
    ]


def angle(answer: Branch) -> float:
    """Angle between x and F(x), 0..180 degrees."""
    return math.degrees(math.acos(max(-1.0, min(1.0, answer.sum.cosine))))


def _cut(answer: Cut, t: Translate) -> list[str]:
    most, least = (pick(answer.changes, key=lambda change: change.moved) for pick in (max, min))
    return [
        t("homework.said_cut", keeps=answer.median(resizes=False), opens=answer.median(resizes=True)),
        t("homework.said_cut_most", most=most.block, most_moved=most.moved, least=least.block, least_moved=least.moved),
    ]


def _arrival(answer: Arrival, t: Translate, class_name: ClassName) -> list[str]:
    kind = "true" if answer.is_true else "predicted"
    loss = t(f"homework.said_loss_{kind}", name=class_name(answer.wanted))
    if not answer.supports:
        return [loss]
    kept, cut = reached(answer)
    shortcut, branch = number(answer.shortcut), number(answer.branch)
    return [
        t("homework.said_gradient", kept=number(kept), cut=number(cut)),
        t("homework.said_terms", block=answer.block, shortcut=shortcut, branch=branch),
        loss,
    ]


def reached(answer: Arrival) -> tuple[float, float]:
    """Norm of the gradient at the first block relative to the last, with shortcuts and without; 0 if the last is 0."""
    pairs = (list(one.norms.values()) for one in (answer.kept, answer.cut))
    kept, cut = (norms[0] / norms[-1] if norms[-1] else 0.0 for norms in pairs)
    return kept, cut


def _plain(answer: Plain, t: Translate) -> list[str]:
    ends = {
        f"{kind}_{name}": errors[DEPTH, kind]
        for name, errors in (("train", answer.train), ("test", answer.test)) for kind in ("plain", "residual")
    }  # fmt: skip
    shallow = {f"{kind}_shallow": answer.train[SHALLOW, kind] for kind in ("plain", "residual")}
    trained = {f"{kind}_train": answer.train[DEPTH, kind] for kind in ("plain", "residual")}
    return [
        t("homework.said_plain", depth=DEPTH, **ends),
        t("homework.said_plain_depths", depth=DEPTH, shallow=SHALLOW, **shallow, **trained),
    ]


def origin(answer: Answer, t: Translate) -> str:
    """Where stored numbers come from; "" for numbers of this network and picture."""
    if not isinstance(answer, Plain):
        return ""
    runs = answer.comparison
    return t("homework.stored", seeds=answer.seeds, origin=runs.origin, command=runs.command)


def _removal(answer: Removal, t: Translate, class_name: ClassName) -> list[str]:
    name = _quoted(class_name(answer.answer), t)
    blocks = len(answer.changes)
    first = t("homework.said_picture", answer=name, probability=answer.probability, gone=answer.gone, blocks=blocks)
    if not answer.gone or answer.gone == blocks:
        return [first]
    paths = LIST.join(f"`{change.block}`" for change in answer.changes if change.goes)
    return [first, t("homework.said_picture_which", paths=paths)]


def facts(answer: Answer, t: Translate) -> list[tuple[str, str]]:
    """The main numbers: (words, number)."""
    match answer:
        case Identity():
            words = {"same": "homework.fact_x", "branch": "homework.fact_f", "rest": "homework.fact_rest"}
            none = t("homework.other_shape")
            return [
                (t(words[choice]), none if distance is None else number(distance))
                for choice, distance in answer.distances.items()
            ]
        case Branch():
            norms = {"x": answer.sum.shortcut_norm, "f": answer.sum.branch_norm, "sum": answer.sum.sum_norm}
            return [
                *((t(f"homework.fact_{name}_norm"), number(value)) for name, value in norms.items()),
                (t("homework.fact_angle"), f"{angle(answer):.0f}°"),
            ]
        case Cut():
            return [
                (t("homework.cut_keeps"), f"{answer.median(resizes=False):.0%}"),
                (t("homework.cut_opens"), f"{answer.median(resizes=True):.0%}"),
            ]
        case Arrival():
            values = dict(zip(("kept", "cut"), reached(answer), strict=True))
            values |= {"along": answer.shortcut, "through": answer.branch}
            return [(t(f"homework.fact_{name}"), number(value)) for name, value in values.items()]
        case Plain():
            return [
                (t(f"homework.fact_{name}", kind=t(f"gradients.{kind}")), f"{errors[DEPTH, kind]:.1%}")
                for name, errors in (("train", answer.train), ("test", answer.test)) for kind in ("plain", "residual")
            ]  # fmt: skip
        case Removal():
            return [(t("homework.fact_gone"), f"{answer.gone} / {len(answer.changes)}")]


def number(value: float) -> str:
    """Three significant digits; very small and very large values as a power of ten."""
    if value == 0 or not math.isfinite(value) or 1e-3 <= abs(value) < 1e5:
        return f"{value:.3g}"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits} × 10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
