"""Findings of a comparison as sentences that claim no more than the numbers show."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.core.class_names import in_language
from explorer.core.i18n import Language, Translate
from explorer.experiments.comparison import certainty
from explorer.experiments.comparison.answers import agreement, per_class, representatives
from explorer.experiments.comparison.labels import group_names, weights_word
from explorer.experiments.comparison.results import Comparison, Group

SCRATCH = "random"


def language_of(t: Translate) -> Language:
    """The language that `t` translates to."""
    return "zh" if t("report.language") == "中文" else "en"


def findings(comparison: Comparison, t: Translate) -> list[str]:
    """The best group and whether chance explains it, the gain of pretrained weights, speed, where the best two differ.

    Only about groups with a finished seed, never about networks in general. Problems come first. Of groups that are no
    better than guessing nothing else is said.
    """
    problems = [t(problem.key, **problem.values) for problem in comparison.problems]
    named = names(comparison, t)
    ranked = finished(comparison)
    unfinished = sum(not result.is_finished for result in comparison.results)
    sentences = [t("report.found_unfinished", count=unfinished, total=len(comparison.results))] if unfinished else []
    if not ranked:
        return [*problems, t("report.found_nothing")]
    able = above_chance(comparison)
    if len(able) > 1:
        sentences = [*_first(able[0], able[1], named, comparison, t), *sentences]
        sentences += _weights(able, comparison, t) + _time(able, named, comparison, t)
        sentences += _differences(able, named, comparison, t)
    guessing = [group for group in ranked if group not in able]
    return [*problems, *sentences, *_guessing(guessing, named, comparison, t), t("report.found_scope")]


def names(comparison: Comparison, t: Translate) -> dict[Group, str]:
    """The name of each group."""
    return dict(zip(comparison.groups, group_names(comparison.groups, t), strict=True))


def finished(comparison: Comparison) -> list[Group]:
    """The groups with a finished seed, the most accurate first."""
    return [group for group in comparison.ranked if group.finished]


def above_chance(comparison: Comparison) -> list[Group]:
    """Those of `finished` that are better than guessing explains."""
    _, most = certainty.chance(comparison)
    return [group for group in finished(comparison) if _accuracy(group) > most]


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


def _first(first: Group, second: Group, named: dict[Group, str], comparison: Comparison, t: Translate) -> list[str]:
    points = 100 * (_accuracy(first) - _accuracy(second))
    shared = {
        "first": named[first], "second": named[second], "accuracy": first.accuracy, "other": second.accuracy,
        "points": points, "pictures": _pictures(comparison), "epochs": len(first.finished[0].accuracy),
    }  # fmt: skip
    if points < 0.005:
        return [t("report.found_tie", **shared)]
    is_clear = certainty.is_clear(first, second, comparison)
    sentences = [t("report.found_first" if is_clear else "report.found_close", **shared)]
    if interval := certainty.welch(first, second):
        low, high = (100 * end for end in interval)
        key, seeds = "clear" if is_clear else "open", min(len(first.finished), len(second.finished))
        return [*sentences, t(f"report.found_seeds_{key}", seeds=seeds, low=low, high=high)]
    if tested := certainty.on_pictures(first, second, comparison):
        key = "clear" if tested.p < certainty.LEVEL else "open"
        p = f"= {tested.p:.2g}" if tested.p >= 0.001 else "< 0.001"
        sentences.append(t(f"report.found_answers_{key}", **shared, a=tested.first, b=tested.second, p=p))
    return [*sentences, t("report.found_one_seed")]


def _weights(ranked: Sequence[Group], comparison: Comparison, t: Translate) -> list[str]:
    """The gain of each pretrained start over scratch, all else equal."""

    def rest(group: Group) -> tuple[object, ...]:
        first = group.results[0]
        return first.network, first.image_px, first.settings, first.device

    scratch = {rest(group): group for group in ranked if group.results[0].weights == SCRATCH}
    sentences = []
    for group in ranked:
        first, other = group.results[0], scratch.get(rest(group))
        if first.weights != SCRATCH and other is not None:
            points = 100 * (_accuracy(group) - _accuracy(other))
            key = "more" if points >= 0 else "less"
            key = key if certainty.is_clear(group, other, comparison) else "same"
            sentences.append(t(f"report.found_weights_{key}", network=first.network, px=first.image_px,
                               weights=weights_word(first.weights, t), accuracy=group.accuracy, other=other.accuracy,
                               points=abs(points)))  # fmt: skip
    return sentences


def _time(ranked: Sequence[Group], named: dict[Group, str], comparison: Comparison, t: Translate) -> list[str]:
    """The fastest group, and the first to reach the highest accuracy in tenths that two groups have reached.

    No accuracy that guessing explains is held to be reached.
    """
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
    _, by_guessing = certainty.chance(comparison)
    if threshold > by_guessing and len(times) > 1:
        sentences.append(t("report.found_time", name=times[0][1], threshold=threshold, seconds=times[0][0],
                           last=times[-1][1], others=times[-1][0], reached=len(times), count=len(ranked)))  # fmt: skip
    return sentences


def _guessing(guessing: Sequence[Group], named: dict[Group, str], comparison: Comparison, t: Translate) -> list[str]:
    """Groups whose accuracy lies within the interval of guessing."""
    if not guessing:
        return []
    chance, most = certainty.chance(comparison)
    is_all = len(guessing) == len(finished(comparison))
    key = "report.found_all_guessing" if is_all else "report.found_guessing"
    return [t(key, names=", ".join(named[group] for group in guessing), best=max(map(_accuracy, guessing)),
              chance=chance, most=most, pictures=_pictures(comparison))]  # fmt: skip


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
    """The class with the largest difference between the best two groups, if chance does not explain it, and their
    agreement."""
    pair = representatives(ranked[:2])
    if len(pair) < 2:
        return []
    a, b = pair
    first, second = (named[group] for group in ranked[:2])
    sentences = []
    if rows := per_class(a, b, comparison).to_dict("records"):
        row = max(rows, key=lambda row: abs(row["difference"]))
        k = comparison.classes.index(row["label"])
        of_class = np.asarray(comparison.labels) == k
        right, others = (np.asarray(each.predicted)[of_class] == k for each in pair)
        if certainty.mcnemar(right, others).p < certainty.LEVEL / len(rows):  # many tests: Bonferroni
            words = dict(zip(comparison.classes, in_language(comparison.classes, language_of(t)), strict=True))
            sentences.append(t("report.found_class", label=words[row["label"]], first=first, second=second,
                               a=row["first"], b=row["second"], pictures=row["pictures"]))  # fmt: skip
        else:
            sentences.append(t("report.found_no_class", first=first, second=second, classes=len(rows)))
    share = float(agreement(pair)[1][0, 1])
    return [*sentences, t("report.found_agreement", first=first, second=second, share=share)]


def _pictures(comparison: Comparison) -> int:
    return 0 if comparison.labels is None else len(comparison.labels)
