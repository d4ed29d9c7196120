"""What top-5 accuracy means: for the chosen picture, and over many labelled pictures."""

from functools import partial

import pandas as pd
import streamlit as st

from explorer.analysis import top5
from explorer.analysis.top5 import Ranks
from explorer.codegen import top5 as scripts
from explorer.codegen import views
from explorer.data import cifar10
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import Stored
from explorer.plots import top5 as drawing
from explorer.ui.layout import header
from explorer.ui.shortcut.depth import pictures
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import answers, chart_view, code_export
from explorer.ui.widgets.answers import Answer
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import class_names, escaped, sentences, t

SHOWN = 8
PASSES = 1  # time relative to a forward pass


@fragment
def draw(view: View) -> None:
    st.header(t("famous.top5_title"))
    st.markdown(t("famous.top5_about"))
    header.caption(view)
    left, right = st.columns(2, gap="large")
    with left:
        draw_picture(view)
    with right:
        draw_many(view)


def draw_picture(view: View) -> None:
    """Draw the most probable classes, the top-1 and top-5 cuts, and the rank of the true class."""
    shares = cache.prediction(view.key, view.network, view.x).logits.softmax(0)
    order, labels = shares.argsort(descending=True).tolist(), class_names(view.network.labels)
    true = view.network.labels.index(view.picture.label) if view.picture.label in view.network.labels else None
    rank = 1 + order.index(true) if true is not None else None
    ranks = [*range(1, min(SHOWN, len(order)) + 1), *([rank] if rank and rank > SHOWN else [])]
    rows = [
        {"rank": k, "label": labels[order[k - 1]], "share": shares[order[k - 1]].item(), "true": k == rank}
        for k in ranks
    ]
    spec = chart_view.cached_spec(view.key, drawing.answers, pd.DataFrame(rows), t)
    alt = ", ".join(f"{row['rank']}. {row['label']} {row['share']:.1%}" for row in rows)
    st.markdown(verdict(view, labels[true] if true is not None else "", rank))
    chart_view.show(t("charts.most_probable"), spec, key="top5_answers", alt=alt)


def verdict(view: View, label: str, rank: int | None) -> str:
    if rank:
        place = "first" if rank == 1 else "five" if rank <= 5 else "neither"
        return t(f"famous.place_{place}", label=escaped(label), rank=rank)
    if view.picture.label:
        return t("famous.place_other", label=escaped(class_names([view.picture.label])[0]))
    return t("famous.place_unknown")


def draw_many(view: View) -> None:
    """Draw top-1 and top-5 accuracy over labelled pictures, if the network has their classes."""
    picture_set, network = pictures(stored_answers.COUNT, str(cifar10.find_cifar10())), view.network
    targets, classes = picture_set.true_labels(network), len(network.labels)
    chance = t("famous.chance", classes=classes, one=1 / classes, five=min(5 / classes, 1))
    stored = stored_answers.find(network.name, network.weights)
    if targets is None and not (stored and stored.ranks()):
        st.markdown(sentences(chance, t("famous.no_labels", source=escaped(t(picture_set.source)))))
        code_export.offer(view, lambda file: views.prediction(network, file), key="code_top5")
        return
    start = None if targets is None else partial(top5.over_pictures, network, picture_set, targets)
    with answers.offered("top5", view, picture_set, start, Stored.ranks, PASSES) as answer:
        if answer is None:
            st.markdown(chance)
        else:
            draw_accuracy(answer, chance)
        if answer is None or answer.has_pictures:
            code_export.offer(
                view, lambda folder: scripts.top5(network, picture_set, folder), lambda: picture_set, key="code_top5"
            )


def draw_accuracy(answer: Answer[Ranks], chance: str) -> None:
    all_ranks, picture_set = answer.result, answer.pictures
    counted = {"top1": all_ranks.within(1), "top5": all_ranks.within(5), "count": len(picture_set)}
    easy = t("famous.easy") if all_ranks.chance(5) >= 0.25 else ""
    st.markdown(sentences(t("famous.counted", **counted), chance, easy))
    spec = chart_view.themed_spec(drawing.top_k_accuracy(all_ranks, min(all_ranks.classes, 10), t))
    alt = t("famous.counted", **counted)
    chart_view.show(t("charts.within"), spec, key="top5_within", alt=alt)
    st.caption(t("famous.pictures", count=len(picture_set), source=escaped(t(picture_set.source))))
