"""What a comparison's figures show, in sentences that claim no more."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.class_names import in_language
from explorer.core.i18n import Language, Translate
from explorer.experiments.comparison.answers import agreement, per_class, representatives
from explorer.experiments.comparison.labels import names, weights_word
from explorer.experiments.comparison.results import Comparison, Group

SCRATCH = "random"


def language_of(t: Translate) -> Language:
    return "zh" if t("report.language") == "中文" else "en"


def findings(comparison: Comparison, t: Translate) -> list[str]:
    """Who is first and whether that may be chance, what pretrained weights gave, who was quick, where two differ.

    Only of groups with a finished seed, and not of what is best in general. What could not be read comes first.
    """
    problems = [t(problem.key, **problem.values) for problem in comparison.problems]
    groups = comparison.groups
    named = dict(zip(groups, names(groups, t), strict=True))
    ranked = sorted((group for group in named if group.finished), key=lambda group: -_accuracy(group))
    unfinished = sum(not result.is_finished for result in comparison.results)
    told = [t("report.found_unfinished", count=unfinished, total=len(comparison.results))] if unfinished else []
    if not ranked:
        return [*problems, t("report.found_nothing")]
    pictures = 0 if comparison.labels is None else len(comparison.labels)
    if len(ranked) > 1:
        told = [*_first(ranked[0], ranked[1], named, pictures, t), *told]
        told += _weights(ranked, t) + _time(ranked, named, t) + _apart(ranked, named, comparison, t)
    return [*problems, *told, *_guessing(ranked, named, len(comparison.classes), t), t("report.found_scope")]


def failure(end: Mapping[str, Any] | None, t: Translate) -> str:
    """Why a run failed, by its end event: a sentence of ours, whatever the file says. Empty for one that did not."""
    if end is None:
        return ""
    try:
        return t(str(end["key"]), **end["values"])
    except (LookupError, TypeError, ValueError):  # a file that anyone may have written
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
    told = [t("report.found_first", **shared)]
    spreads = [group.spread for group in (first, second) if group.spread is not None]
    if len(spreads) == 2:
        spread, seeds = 100 * max(spreads), min(len(first.finished), len(second.finished))
        key = "report.found_more_than_spread" if points > spread else "report.found_within_spread"
        told.append(t(key, seeds=seeds, spread=spread))
    elif pictures:
        error = 100 * math.sqrt(_accuracy(first) * (1 - _accuracy(first)) / pictures)
        key = "report.found_more_than_error" if points > 2 * error else "report.found_within_error"
        told.append(t(key, pictures=pictures, error=error))
    return told


def _weights(ranked: Sequence[Group], t: Translate) -> list[str]:
    """What each pretrained start gave against scratch, all else the same."""

    def rest(group: Group) -> tuple[object, ...]:
        first = group.results[0]
        return first.network, first.image_px, first.settings, first.device

    scratch = {rest(group): _accuracy(group) for group in ranked if group.results[0].weights == SCRATCH}
    told = []
    for group in ranked:
        first, other = group.results[0], scratch.get(rest(group))
        if first.weights != SCRATCH and other is not None:
            points = 100 * (_accuracy(group) - other)
            key = "report.found_weights_more" if points >= 0 else "report.found_weights_less"
            told.append(t(key, network=first.network, px=first.image_px, weights=weights_word(first.weights, t),
                            accuracy=group.accuracy, other=other, points=abs(points)))  # fmt: skip
    return told


def _time(ranked: Sequence[Group], named: dict[Group, str], t: Translate) -> list[str]:
    """Who ended soonest, and who was the first above the highest tenth of accuracy that two have reached."""
    first, quickest = ranked[0], min(ranked, key=lambda group: group.seconds or math.inf)
    seconds = quickest.seconds or 0.0
    if quickest is first:
        told = [t("report.found_quickest_first", name=named[first], seconds=seconds)]
    else:
        told = [t("report.found_quickest", name=named[quickest], seconds=seconds, accuracy=quickest.accuracy,
                    first=named[first], times=(first.seconds or 0.0) / max(seconds, 1e-9))]  # fmt: skip
    tops = sorted((min(max(each.accuracy) for each in group.finished) for group in ranked), reverse=True)
    threshold = math.floor(10 * tops[1] + 1e-9) / 10
    reached = {group: _seconds_to(group, threshold) for group in ranked}
    there = sorted((taken, named[group]) for group, taken in reached.items() if taken is not None)
    if threshold > 0 and len(there) > 1:
        told.append(t("report.found_time", name=there[0][1], threshold=threshold, seconds=there[0][0],
                        last=there[-1][1], others=there[-1][0], reached=len(there), count=len(ranked)))  # fmt: skip
    return told


def _guessing(ranked: Sequence[Group], named: dict[Group, str], classes: int, t: Translate) -> list[str]:
    """Who is not a fifth above 1 / classes."""
    chance = 1 / max(classes, 1)
    found = [group for group in ranked if _accuracy(group) < 1.2 * chance]
    if not found:
        return []
    most = max(map(_accuracy, found))
    return [t("report.found_guessing", names=", ".join(named[group] for group in found), most=most, chance=chance)]


def _seconds_to(group: Group, threshold: float) -> float | None:
    """Mean seconds to the first epoch that tests at `threshold` or above; None where a seed never does."""
    taken = []
    for result in group.finished:
        there = [s for accuracy, s in zip(result.accuracy, result.seconds, strict=True) if accuracy >= threshold]
        if not there:
            return None
        taken.append(there[0])
    return sum(taken) / len(taken)


def _apart(ranked: Sequence[Group], named: dict[Group, str], comparison: Comparison, t: Translate) -> list[str]:
    """The class that separates the first two most, and how often they agree."""
    pair = representatives(ranked[:2])
    if len(pair) < 2:
        return []
    a, b = pair
    first, second = (named[group] for group in ranked[:2])
    table = per_class(a, b, comparison)
    told = []
    if len(table):
        row = max(table.to_dict("records"), key=lambda row: abs(row["difference"]))
        words = dict(zip(comparison.classes, in_language(comparison.classes, language_of(t)), strict=True))
        told.append(t("report.found_class", label=words[row["label"]], first=first, second=second,
                        a=row["first"], b=row["second"], pictures=row["pictures"]))  # fmt: skip
    share = float(agreement(pair)[1][0, 1])
    return [*told, t("report.found_agreement", first=first, second=second, share=share)]
