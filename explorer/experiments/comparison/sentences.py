"""Findings of a comparison as sentences that claim no more than the numbers show."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.class_names import in_language
from explorer.core.i18n import Language, Translate
from explorer.experiments.comparison.answers import agreement, per_class, representatives
from explorer.experiments.comparison.labels import group_names, weights_word
from explorer.experiments.comparison.results import Comparison, Group

SCRATCH = "random"


def language_of(t: Translate) -> Language:
    """The language that `t` translates to."""
    return "zh" if t("report.language") == "中文" else "en"


def findings(comparison: Comparison, t: Translate) -> list[str]:
    """The best group and whether chance explains it, the gain of pretrained weights, speed, where the best two differ.

    Only about groups with a finished seed, never about networks in general. Problems come first.
    """
    problems = [t(problem.key, **problem.values) for problem in comparison.problems]
    groups = comparison.groups
    named = dict(zip(groups, group_names(groups, t), strict=True))
    ranked = sorted((group for group in named if group.finished), key=lambda group: -_accuracy(group))
    unfinished = sum(not result.is_finished for result in comparison.results)
    sentences = [t("report.found_unfinished", count=unfinished, total=len(comparison.results))] if unfinished else []
    if not ranked:
        return [*problems, t("report.found_nothing")]
    pictures = 0 if comparison.labels is None else len(comparison.labels)
    if len(ranked) > 1:
        sentences = [*_first(ranked[0], ranked[1], named, pictures, t), *sentences]
        sentences += _weights(ranked, t) + _time(ranked, named, t) + _differences(ranked, named, comparison, t)
    return [*problems, *sentences, *_guessing(ranked, named, len(comparison.classes), t), t("report.found_scope")]


def failure(end: Mapping[str, Any] | None, t: Translate) -> str:
    """Why a run failed, as a translated sentence, by its end event; "" for None, a generic one if it is malformed."""
    if end is None:
        return ""
    try:
        return t(str(end["key"]), **end["values"])
    except (LookupError, TypeError, ValueError):  # the file may be forged
        return t("errors.run_crashed")


def _accuracy(group: Group) -> float:
    return group.accuracy or 0.0


def _first(first: Group, second: Group, named: dict[Group, str], pictures: int, t: Translate) -> list[str]:
    points = 100 * (_accuracy(first) - _accuracy(second))
    shared = {
        "first": named[first], "second": named[second], "accuracy": first.accuracy, "other": second.accuracy,
        "points": points, "pictures": pictures, "epochs": len(first.finished[0].accuracy),
    }  # fmt: skip
    if points < 0.005:
        return [t("report.found_tie", **shared)]
    sentences = [t("report.found_first", **shared)]
    spreads = [group.spread for group in (first, second) if group.spread is not None]
    if len(spreads) == 2:
        spread, seeds = 100 * max(spreads), min(len(first.finished), len(second.finished))
        key = "report.found_more_than_spread" if points > spread else "report.found_within_spread"
        sentences.append(t(key, seeds=seeds, spread=spread))
    elif pictures:
        error = 100 * math.sqrt(_accuracy(first) * (1 - _accuracy(first)) / pictures)
        key = "report.found_more_than_error" if points > 2 * error else "report.found_within_error"
        sentences.append(t(key, pictures=pictures, error=error))
    return sentences


def _weights(ranked: Sequence[Group], t: Translate) -> list[str]:
    """The gain of each pretrained start over scratch, all else equal."""

    def rest(group: Group) -> tuple[object, ...]:
        first = group.results[0]
        return first.network, first.image_px, first.settings, first.device

    scratch = {rest(group): _accuracy(group) for group in ranked if group.results[0].weights == SCRATCH}
    sentences = []
    for group in ranked:
        first, other = group.results[0], scratch.get(rest(group))
        if first.weights != SCRATCH and other is not None:
            points = 100 * (_accuracy(group) - other)
            key = "report.found_weights_more" if points >= 0 else "report.found_weights_less"
            sentences.append(t(key, network=first.network, px=first.image_px, weights=weights_word(first.weights, t),
                               accuracy=group.accuracy, other=other, points=abs(points)))  # fmt: skip
    return sentences


def _time(ranked: Sequence[Group], named: dict[Group, str], t: Translate) -> list[str]:
    """The fastest group, and the first to reach the highest accuracy in tenths that two groups have reached."""
    first, quickest = ranked[0], min(ranked, key=lambda group: group.seconds or math.inf)
    seconds = quickest.seconds or 0.0
    if quickest is first:
        sentences = [t("report.found_quickest_first", name=named[first], seconds=seconds)]
    else:
        sentences = [t("report.found_quickest", name=named[quickest], seconds=seconds, accuracy=quickest.accuracy,
                       first=named[first], times=(first.seconds or 0.0) / max(seconds, 1e-9))]  # fmt: skip
    tops = sorted((min(max(each.accuracy) for each in group.finished) for group in ranked), reverse=True)
    threshold = math.floor(10 * tops[1] + 1e-9) / 10
    reached = {group: _seconds_to(group, threshold) for group in ranked}
    times = sorted((taken, named[group]) for group, taken in reached.items() if taken is not None)
    if threshold > 0 and len(times) > 1:
        sentences.append(t("report.found_time", name=times[0][1], threshold=threshold, seconds=times[0][0],
                           last=times[-1][1], others=times[-1][0], reached=len(times), count=len(ranked)))  # fmt: skip
    return sentences


def _guessing(ranked: Sequence[Group], named: dict[Group, str], classes: int, t: Translate) -> list[str]:
    """Groups whose accuracy is below 1.2 / classes."""
    chance = 1 / max(classes, 1)
    guessing = [group for group in ranked if _accuracy(group) < 1.2 * chance]
    if not guessing:
        return []
    names = ", ".join(named[group] for group in guessing)
    return [t("report.found_guessing", names=names, most=max(map(_accuracy, guessing)), chance=chance)]


def _seconds_to(group: Group, threshold: float) -> float | None:
    """Mean seconds to the first epoch with a test accuracy of `threshold`; None if a seed never reaches it."""
    times = []
    for result in group.finished:
        epochs = zip(result.accuracy, result.seconds, strict=True)
        first = next((seconds for accuracy, seconds in epochs if accuracy >= threshold), None)
        if first is None:
            return None
        times.append(first)
    return sum(times) / len(times)


def _differences(ranked: Sequence[Group], named: dict[Group, str], comparison: Comparison, t: Translate) -> list[str]:
    """The class with the largest difference between the best two groups, and their agreement."""
    pair = representatives(ranked[:2])
    if len(pair) < 2:
        return []
    a, b = pair
    first, second = (named[group] for group in ranked[:2])
    table = per_class(a, b, comparison)
    sentences = []
    if len(table):
        row = max(table.to_dict("records"), key=lambda row: abs(row["difference"]))
        words = dict(zip(comparison.classes, in_language(comparison.classes, language_of(t)), strict=True))
        sentences.append(t("report.found_class", label=words[row["label"]], first=first, second=second,
                           a=row["first"], b=row["second"], pictures=row["pictures"]))  # fmt: skip
    share = float(agreement(pair)[1][0, 1])
    return [*sentences, t("report.found_agreement", first=first, second=second, share=share)]
