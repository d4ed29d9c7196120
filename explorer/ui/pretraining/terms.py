"""Terms (upstream, downstream, transfer, fine-tuning), upstream data sets, and the effect of initial values."""

import pandas as pd
import streamlit as st
import torch
from markupsafe import Markup

from explorer.analysis import feature_space, initialization
from explorer.analysis.initialization import Filters, Start
from explorer.analysis.picture_set import PictureSet
from explorer.data import cifar10
from explorer.experiments import pretraining, valley
from explorer.plots import pictures
from explorer.plots import pretraining as drawing
from explorer.ui.state import memory, shared_task
from explorer.ui.widgets import chart_view, html_figures, linked, markup, tables
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import escaped, t

TERMS = ("upstream", "downstream", "transfer", "fine_tuning")
PICTURES = 200
STARTS_W = [k / 10 for k in range(-16, 17)]
# Name, training pictures, classes, pixels a side, source
DATA_SETS = (
    ("CIFAR-10", 50_000, 10, "32", "https://www.cs.toronto.edu/~kriz/cifar.html"),
    ("Tiny-ImageNet", 100_000, 200, "64 → 32", "https://cs231n.stanford.edu/reports/2015/pdfs/yle_project.pdf"),
    ("ImageNet-1k", 1_281_167, 1000, "224", "https://arxiv.org/abs/1409.0575"),
)


def draw() -> None:
    for term, column in zip(TERMS, st.columns(len(TERMS), gap="medium"), strict=True):
        column.markdown(f"**{t(f'pretraining.term_{term}')}**  \n{t(f'pretraining.define_{term}')}")
    st.markdown(f"## {t('pretraining.initial')}")
    draw_starts()
    st.markdown(f"## {t('pretraining.local')}")
    draw_valley()
    st.markdown(f"## {t('pretraining.symmetry')}")
    draw_symmetry()
    st.markdown(f"## {t('pretraining.which')}")
    draw_data_sets()


# Initial values


@memory.shared
def open_pictures(root: str) -> PictureSet:
    """Pictures of CIFAR-10 if it is on this machine, else of the digits."""
    return feature_space.labelled_pictures(PICTURES)


@fragment
def draw_starts() -> None:
    shown = open_pictures(str(cifar10.find_cifar10()))
    key = f"starts {shown.source} {len(shown)}"
    found = shared_task.require(key, lambda: initialization.compare(pretraining.STARTS, shown))
    for weights, column in zip(pretraining.STARTS, st.columns(2, gap="large"), strict=True):
        with column:
            draw_start(weights, found[weights])
    guess, classes = feature_space.chance(shown.labels), len(set(shown.labels))
    st.markdown(
        t(
            "pretraining.initial_said",
            guessing=html_figures.number(initialization.chance_loss(classes)),
            classes=classes,
            upstream=mean(found["upstream"]),
            random=mean(found["random"]),
            chance=guess,
        )
    )
    source = escaped(t(shown.source))
    st.caption(t("pretraining.initial_how", count=len(shown), source=source, folds=len(found["random"].probe)))


def draw_start(weights: str, start: Start) -> None:
    limit = float(start.kernels.abs().max())
    name = t(f"pretraining.start_{weights}")
    uris = [pictures.data_uri(pictures.rgb_png(kernel / limit / 2 + 0.5)) for kernel in start.kernels]
    cells = markup.join(Markup('<figure><img src="{}" alt=""></figure>').format(uri) for uri in uris)
    st.markdown(f"**{name}** · {t('pretraining.kernels')}")
    kernels = Markup('<div class="tiles" role="img" aria-label="{}" '
                     'style="grid-template-columns: repeat(16, 1fr); gap: 2px">{}</div>')  # fmt: skip
    markup.show(kernels.format(t("pretraining.kernels_alt", start=name), cells))
    markup.show(html_figures.facts([(t("pretraining.first_loss"), html_figures.number(start.loss)),
                               (t("pretraining.readable"), f"{mean(start):.0%}")]))  # fmt: skip


def mean(start: Start) -> float:
    return sum(start.probe) / len(start.probe)


# Two valleys


@fragment
def draw_valley() -> None:
    st.markdown(t("pretraining.local_about"))
    left, right = st.columns([6, 5], gap="large")
    with left:
        start = linked.select_slider(
            t("pretraining.local_start"), STARTS_W, key="local_start", default=0.6, omit_default=True
        )
        steps, lowest = valley.descent(start), valley.descent(valley.RANGE[0])["loss"].iloc[-1]
        end = steps.iloc[-1]
        kind = "global" if end["loss"] < lowest + 0.01 else "stuck"
        said = t(
            f"pretraining.local_{kind}", start=html_figures.fixed(start, 1), end=html_figures.fixed(end["w"], 2),
            loss=html_figures.fixed(end["loss"], 2), lowest=html_figures.fixed(lowest, 2),
        )  # fmt: skip
        spec = chart_view.cached_spec(start, drawing.valley, valley.curve(), steps, t)
        chart_view.show(t("pretraining.local_chart"), spec, key="valley", alt=t("pretraining.local_alt", said=said))
        st.markdown(said)
    right.markdown(t("pretraining.local_said"))


# All weights alike


@memory.shared
def filters(equal: bool) -> Filters:
    pixels, labels = cifar10.digits()
    x = torch.from_numpy(pixels[:PICTURES]).float().div(255).unsqueeze(1)
    return initialization.train_filters(x, torch.from_numpy(labels[:PICTURES]), equal=equal)


def draw_symmetry() -> None:
    st.markdown(t("pretraining.symmetry_about", pictures=PICTURES))
    for equal, column in zip((True, False), st.columns(2, gap="large"), strict=True):
        found = filters(equal)
        scale = pictures.common_scale([found.before, found.after])
        with column:
            st.markdown(f"**{t('pretraining.equal' if equal else 'pretraining.drawn')}**")
            shown = {t("pretraining.before"): found.before, t("pretraining.after", steps=found.steps): found.after}
            for (words, values), half in zip(shown.items(), st.columns(2, gap="medium"), strict=True):
                half.caption(words)
                with half:
                    markup.show(html_figures.tiles(values[:, 0], range(len(values)), scale, 4))
            apart = t("pretraining.apart_none") if found.apart == 0 else t(
                "pretraining.apart_most", apart=html_figures.number(found.apart)
            )  # fmt: skip
            st.markdown(apart)


# Upstream data


def draw_data_sets() -> None:
    columns = [t(f"pretraining.data_{name}") for name in ("set", "pictures", "classes", "px", "each", "source")]
    rows = [(name, count, classes, px, count // classes, link) for name, count, classes, px, link in DATA_SETS]
    figures_of = dict.fromkeys((columns[1], columns[4]), st.column_config.NumberColumn(format="localized"))
    links = {columns[5]: st.column_config.LinkColumn(display_text=r"https?://(?:www\.)?([^/]*)")}
    left, right = st.columns([7, 5], gap="large")
    with left:
        tables.show(pd.DataFrame(rows, columns=columns), column_config=figures_of | links,
                    alt=t("pretraining.data_alt"))  # fmt: skip
    with right:
        st.markdown(t("pretraining.which_said"))
