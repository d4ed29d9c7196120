"""Reasons for the order of a comparison, each tied to a figure; and cautions about what was compared."""

from collections.abc import Sequence
from typing import Final

from explorer.core.i18n import Translate
from explorer.experiments.comparison import certainty
from explorer.experiments.comparison.labels import million, weights_word
from explorer.experiments.comparison.results import Comparison, Group
from explorer.experiments.comparison.sentences import SCRATCH, above_chance, names
from explorer.experiments.comparison.structure import structure

PAIRS: Final = 3  # networks explained against the first
SIZED: Final = 1.5  # a network is larger than another if it has so many times the parameters
MEMORISED: Final = 0.05  # a training accuracy so far above the test accuracy is named


def cautions(comparison: Comparison, t: Translate) -> list[str]:
    """What a reader must know before the figures: fewer than two pretrained networks, different pretraining data."""
    groups = comparison.groups
    pretrained = {group.results[0].network: group for group in groups if group.results[0].weights != SCRATCH}
    sentences = []
    if len(pretrained) < 2:
        one = next(iter(pretrained), None)
        key = "none_pretrained" if one is None else "one_pretrained"
        sentences.append(t(f"report.caution_{key}", name=one))
    starts = {group.results[0].weights: weights_word(group.results[0].weights, t) for group in pretrained.values()}
    if len(starts) > 1:
        sentences.append(t("report.caution_starts", weights=", ".join(starts.values())))
    return sentences


def reasons(comparison: Comparison, t: Translate) -> list[str]:
    """Possible reasons why the first is ahead of the other networks, and what training and test accuracy say.

    Of each other network its best group counts. Nothing is said about a difference that chance explains, nor about
    networks that are no better than guessing.
    """
    ranked, named = above_chance(comparison), names(comparison, t)
    if not ranked:
        return []
    first = ranked[0]
    others: dict[str, Group] = {}
    for group in ranked:
        if group.results[0].network != first.results[0].network:
            others.setdefault(group.results[0].network, group)
    clear = [group for group in others.values() if certainty.is_clear(first, group, comparison)][:PAIRS]
    sentences = [sentence for other in clear for sentence in _pair(first, other, named, t)]
    sentences += _single(clear and [first, *clear], t) + _gaps(ranked, named, t)
    if clear:
        sentences.append(t("report.reason_scope"))
    elif others:
        sentences.insert(0, t("report.reason_none", name=named[first]))
    return sentences


def _pair(first: Group, other: Group, named: dict[Group, str], t: Translate) -> list[str]:
    """Sentences on parameters, the last stage, residual additions and the start, where these differ."""
    a, b = first.results[0], other.results[0]
    shared = {"first": named[first], "other": named[other]}
    sentences = []
    sizes = {"a": million(a.parameters), "b": million(b.parameters), "ma": million(a.multiply_adds),
             "mb": million(b.multiply_adds)}  # fmt: skip
    if a.parameters >= SIZED * b.parameters:
        sentences.append(t("report.reason_larger", times=a.parameters / b.parameters, **sizes, **shared))
    elif b.parameters >= SIZED * a.parameters:
        sentences.append(t("report.reason_smaller", **sizes, **shared))
    if a.weights != SCRATCH and b.weights == SCRATCH:
        sentences.append(t("report.reason_start", weights=weights_word(a.weights, t), **shared))
    one, two = structure(a.network, a.image_px), structure(b.network, b.image_px)
    if one is None or two is None:
        return sentences
    if one.sides and two.sides and one.sides[-1] > two.sides[-1]:
        ways = {"from_a": chain(a.image_px, one.sides), "from_b": chain(b.image_px, two.sides)}
        sentences.append(t("report.reason_map", mine=one.sides[-1], theirs=two.sides[-1], **ways, **shared))
    if one.residuals and not two.residuals:
        sentences.append(t("report.reason_residual", count=one.residuals, **shared))
    elif two.residuals and not one.residuals:
        sentences.append(t("report.reason_no_residual", count=two.residuals, **shared))
    return sentences


def _single(groups: Sequence[Group], t: Translate) -> list[str]:
    """Networks whose last stage has a single position, with the sides at which each halves the picture."""
    found = {}
    for group in groups:
        network, image_px = group.results[0].network, group.results[0].image_px
        design = structure(network, image_px)
        if design and design.sides and design.sides[-1] == 1:
            found[network] = chain(image_px, design.sides)
    listed = ", ".join(f"{name} ({sides})" for name, sides in found.items())
    return [t("report.reason_single", names=listed)] if found else []


def chain(image_px: int, sides: Sequence[int]) -> str:
    """`32 → 16 → 8`: the side of the pictures, and of the feature maps."""
    return " → ".join(map(str, dict.fromkeys((image_px, *sides))))


def _gaps(ranked: Sequence[Group], named: dict[Group, str], t: Translate) -> list[str]:
    """Networks that are far better on the training pictures than on the test pictures, or not better at all."""
    known = [(group, last) for group in ranked if (last := group.train_accuracy) is not None]
    gaps = {named[group]: last - (group.accuracy or 0.0) for group, last in known}
    far = {name: gap for name, gap in gaps.items() if gap >= MEMORISED}
    behind = [name for name, gap in gaps.items() if gap <= 0]
    sentences = []
    if far:
        listed = ", ".join(f"{name} (+{100 * gap:.1f})" for name, gap in far.items())
        sentences.append(t("report.reason_memorised", names=listed))
    if behind:
        sentences.append(t("report.reason_unfitted", names=", ".join(behind)))
    return sentences
