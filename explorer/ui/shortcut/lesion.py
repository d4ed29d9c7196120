"""Lesions: accuracy after removing single blocks or random sets of blocks, compared with a plain twin."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from explorer.analysis import ablation, labels
from explorer.analysis.ablation import RandomRemoval, Singles
from explorer.analysis.picture_set import PictureSet
from explorer.codegen import lesion as scripts
from explorer.core import palette
from explorer.data import cifar10
from explorer.experiments import stored_answers
from explorer.experiments.stored_answers import Stored
from explorer.models import registry, twins
from explorer.plots import charts
from explorer.plots import lesion as drawing
from explorer.ui.layout import header
from explorer.ui.shortcut.depth import pictures
from explorer.ui.state import shared_task, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import answers, chart_view, code_export, html_figures, linked, paper_comparison
from explorer.ui.widgets.answers import Answer
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import escaped, network_name, sentences, t

COUNTS = (50, 100, 200, 500, 1000, 2000)
DRAWS = (3, 5, 10, 20)
HARDLY, SMOOTH = 0.05, 0.7  # accuracy loss called hardly any; share of answers that remain (0.8 in the paper)
PAPERS_BLOCKS = 54
KINDS: tuple[twins.Kind, ...] = ("residual", "plain")
OWN, *TWINS = charts.TEAL, palette.WITH_SHORTCUTS, palette.WITHOUT_SHORTCUTS


@fragment
def draw(view: View) -> None:
    if not header.has_shortcuts(view):
        if not registry.counterpart(view.network.name):
            draw_plain(view)
        return
    st.markdown(t("lesion.about"))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        picture_set = choose()
    blocks = len(view.network.graph.blocks)
    with answers.offered(
        "singles",
        view,
        picture_set,
        lambda: ablation.remove_each(view.network, picture_set),
        Stored.singles,
        passes=1 + 0.3 * blocks,
        row=row,
    ) as own:
        if own:
            draw_singles(view, own)
            draw_several(view, picture_set, is_stored=own.is_stored)


def draw_plain(view: View) -> None:
    """Draw the removal of single parts of a network without shortcuts, as Veit et al. removed layers of VGG."""
    network, parts = view.network, ablation.sections(view.network)
    if not parts:
        st.markdown(t("lesion.plain_none"))
        return
    st.markdown(t("lesion.about_plain", parts=len(parts), of=len(network.graph.parts)))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        picture_set = choose()
    with answers.offered(
        "singles",
        view,
        picture_set,
        lambda: ablation.remove_each(network, picture_set),
        Stored.singles,
        passes=1 + 0.3 * len(parts),
        row=row,
    ) as own:
        if own:
            draw_parts(view, own)


def draw_parts(view: View, own: Answer[Singles]) -> None:
    name, short = network_name(view.network.name), {row.path: row.path for row in own.result.rows}
    alt = t("lesion.one_alt", network=name, shares=list_blocks(own.result), intact=own.result.intact)
    spec = chart_view.themed_spec(drawing.single_lesions({name: own.result}, [palette.WITHOUT_SHORTCUTS], t))
    chart_view.show(finding(name, own.result, short), spec, key="lesion_own", alt=alt)
    warn_of_gallery(own.pictures)
    stay = "" if own.result.true_labels else t("lesion.set_stay", network=escaped(name))
    source = t("lesion.set", count=len(own.pictures), source=escaped(t(own.pictures.source)))
    st.caption(sentences(source, stay, t("lesion.plain_reading")))


def choose() -> PictureSet:
    """Draw the slider, if there are more pictures than the gallery's; return the pictures."""
    count = url_state.restore("lesion_count", COUNTS, stored_answers.COUNT)
    picture_set = pictures(count, str(cifar10.find_cifar10()))
    if picture_set.source != "picture.source_gallery":
        st.select_slider(t("lesion.pictures"), COUNTS, key="lesion_count", width=320, persist_state="session")
        url_state.keep(lesion_count=count)
    return picture_set


def warn_of_gallery(picture_set: PictureSet) -> None:
    if picture_set.source == "picture.source_gallery":
        st.warning(t("lesion.gallery", count=len(picture_set), one=1 / len(picture_set)), icon=":material/info:")


def draw_singles(view: View, answer: Answer[Singles]) -> None:
    """Draw the removal of single blocks of the network and of the twins, measured on the same pictures."""
    own, picture_set, blocks = answer.result, answer.pictures, view.network.graph.blocks
    warn_of_gallery(picture_set)
    if answer.is_stored:
        pair = [stored_answers.of_twin(kind).singles() for kind in KINDS]
    else:
        key = ("singles", picture_set.source, len(picture_set))
        pair = [
            shared_task.require((*key, kind), partial(ablation.remove_each, twins.load(kind), picture_set))
            for kind in KINDS
        ]
    left, right = st.columns([4, 6], gap="medium", vertical_alignment="bottom")  # a title may take two lines
    name = network_name(view.network.name)
    with left:
        alt = t("lesion.one_alt", network=name, shares=list_blocks(own), intact=own.intact)
        short, mixers = labels.of_blocks(view.network.graph), labels.mixers(view.network.graph)
        chart = drawing.single_lesions({name: own}, [OWN], t, labels=short, mixers=mixers)
        spec = chart_view.themed_spec(chart)
        chart_view.show(finding(name, own, short), spec, key="lesion_own", alt=alt)
    with right:
        alt = t("lesion.twins_alt", residual=list_blocks(pair[0]), plain=list_blocks(pair[1]))
        spec = chart_view.themed_spec(drawing.single_lesions(dict(zip(twin_names(), pair, strict=True)), TWINS, t))
        chart_view.show(t("lesion.twins", layers=twins.DEPTH), spec, key="lesion_twins", alt=alt)
    source = t("lesion.set", count=len(picture_set), source=escaped(t(picture_set.source)))
    stay = "" if own.true_labels else t("lesion.set_stay", network=escaped(name))
    st.caption(sentences(source, stay, t("lesion.reading")))
    st.caption(t("lesion.plain_means"))
    compare_singles(name, picture_set, own, *pair)
    few = t("lesion.honest_few") if len(own.rows) < PAPERS_BLOCKS / 2 else ""
    relu = t("lesion.honest_relu") if all(block.rectified for block in blocks.values()) else ""
    opening = sum(row.resizes for row in own.rows)
    st.caption(
        sentences(t("lesion.honest", network=escaped(name), blocks=len(own.rows), opening=opening), relu, few,
                  t("lesion.honest_single"))
    )  # fmt: skip


def finding(name: str, study: Singles, short: Mapping[str, str]) -> str:
    """A sentence on the blocks whose removal matters most and least, or on the only one."""
    ranked = sorted(study.rows, key=lambda row: row.share)
    worst, best = ranked[0], ranked[-1]
    lost = {
        key: html_figures.fixed(100 * (study.intact - row.share), 1) for key, row in (("most", worst), ("least", best))
    }
    return t("lesion.one", network=name, worst=short[worst.path], best=short[best.path], **lost)


def compare_singles(name: str, picture_set: PictureSet, own: Singles, residual: Singles, plain: Singles) -> None:
    kinds = {row.resizes for row in own.rows}
    lost = {
        f"{who}{what}": html_figures.fixed(100 * study.median_drop(resizes=resizes), 1)
        for who, study in (("", own), ("twin_", residual), ("plain_", plain))
        for what, resizes in (("mid", False), ("open", True))
        if who or resizes in kinds
    }
    if len(kinds) == 1:  # no block starts a stage, or all do
        lost["median"] = lost.pop("mid", "") or lost.pop("open", "")
    here = t(
        "lesion.fig3_here" if len(kinds) == 2 else "lesion.fig3_here_one_kind",
        network=escaped(name),
        intact=f"{100 * own.intact:.1f}",
        twin_intact=f"{100 * residual.intact:.1f}",
        plain_intact=f"{100 * plain.intact:.1f}",
        **lost,
    )
    less = residual.median_drop(resizes=False) < plain.median_drop(resizes=False) / 2
    both = (own, residual) if len(kinds) == 2 else (residual,)
    more = all(study.median_drop(resizes=True) > study.median_drop(resizes=False) for study in both)
    as_large = max(study.median_drop(resizes=False) for study in both) < HARDLY
    is_conclusive = picture_set.is_cifar10 and own.true_labels
    draw_verdict(t("lesion.fig3_paper"), here, less and more if is_conclusive else None, as_large)


def draw_verdict(paper: str, here: str, direction: bool | None, as_large: bool) -> None:
    """Draw a comparison with the paper in direction and size; `direction` is None if the pictures do not decide it."""
    if direction and not as_large:
        paper_comparison.compare(paper, sentences(here, t("lesion.larger")), None)
    else:
        paper_comparison.compare(paper, here, direction)


def draw_several(view: View, picture_set: PictureSet, *, is_stored: bool) -> None:
    """Draw the removal of random sets of blocks for the network and the twins, and the program of both experiments.

    `is_stored`: the result above is.
    """
    st.markdown(f"## {t('lesion.several')}")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        draws = linked.select_slider(
            t("lesion.draws"), DRAWS, key="lesion_draws", default=stored_answers.DRAWS, width=220
        )
        seed = linked.number(t("lesion.seed"), range(1000), key="lesion_seed", width=120)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    blocks = len(view.network.graph.blocks)
    with answers.offered(
        "several",
        view,
        picture_set,
        lambda: ablation.remove_random(view.network, picture_set, draws, seed),
        lambda stored: stored.several() if (draws, seed) == (stored_answers.DRAWS, stored_answers.SEED) else None,
        passes=draws * (blocks + 1) / 6,
        row=row,
        key=(draws, seed),
        again=is_stored,
    ) as answer:
        if answer:
            draw_curves(view, answer, draws, seed)
        if answer is None or answer.has_pictures:
            code_export.offer(
                view, lambda folder: scripts.lesion(view.network, picture_set, draws, seed, folder), lambda: picture_set
            )


def draw_curves(view: View, answer: Answer[tuple[RandomRemoval, ...]], draws: int, seed: int) -> None:
    own, picture_set = answer.result, answer.pictures
    if answer.is_stored:
        pair = [stored_answers.of_twin(kind).several() for kind in KINDS]
    else:
        key = ("several", picture_set.source, len(picture_set), draws, seed)
        pair = [
            shared_task.require(
                (*key, kind), partial(ablation.remove_random, twins.load(kind), picture_set, draws, seed)
            )
            for kind in KINDS
        ]
    studies = dict(zip((network_name(view.network.name), *twin_names()), (own, *pair), strict=True))
    shares = "; ".join(f"{name}: {', '.join(f'{row.mean:.0%}' for row in rows)}" for name, rows in studies.items())
    spec = chart_view.themed_spec(drawing.random_lesions(studies, [OWN, *TWINS], t))
    alt = t("lesion.several_alt", shares=shares)
    chart_view.show(t("lesion.several"), spec, key="lesion_several", alt=alt, headed=True)
    st.caption(t("lesion.several_reading", draws=draws))
    compare_several(network_name(view.network.name), picture_set, own, *pair)


def compare_several(
    name: str,
    picture_set: PictureSet,
    own: Sequence[RandomRemoval],
    residual: Sequence[RandomRemoval],
    plain: Sequence[RandomRemoval],
) -> None:
    """Compare with the paper at its share of removed blocks, 10 of 54."""
    removed, own_removed = (max(1, round((len(rows) - 1) * 10 / 54)) for rows in (residual, own))
    step, plain_step = ablation.largest_drop(residual), ablation.largest_drop(plain)
    here = t(
        "lesion.fig5_here",
        network=escaped(name),
        removed=removed,
        of=len(residual) - 1,
        twin=residual[removed].mean,
        twin_intact=residual[0].mean,
        plain=plain[removed].mean,
        plain_intact=plain[0].mean,
        step=100 * step,
        plain_step=100 * plain_step,
        own=own[own_removed].mean,
        own_removed=own_removed,
        own_of=len(own) - 1,
    )
    less = step < plain_step and residual[removed].mean > plain[removed].mean
    draw_verdict(
        t("lesion.fig5_paper"), here, less if picture_set.is_cifar10 else None, residual[removed].mean > SMOOTH
    )


def twin_names() -> list[str]:
    return [t(f"lesion.{kind}") for kind in KINDS]


def list_blocks(study: Singles) -> str:
    return ", ".join(f"{row.path} {row.share:.0%}" for row in study.rows)
