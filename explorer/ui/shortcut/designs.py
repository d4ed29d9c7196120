"""Blocks of several designs on the same pictures: ResNet, ConvNeXt, ViT, Swin and the network that is open."""

from collections.abc import Sequence

import streamlit as st

from explorer.analysis import designs
from explorer.analysis.designs import Design
from explorer.analysis.picture_set import PictureSet
from explorer.codegen import designs as scripts
from explorer.models.network import Network
from explorer.plots import designs as drawing
from explorer.plots.gradients import power_of_ten
from explorer.ui.state import cache, memory, shared_task
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, html_figures, linked
from explorer.ui.words import escaped, network_name, sentences, t, weights_name

OF = ("picture", "set")
COUNT = 10  # pictures of a set


def draw(view: View, of_set: PictureSet) -> None:
    """`of_set` are the pictures from which the first are taken."""
    st.markdown(f"## {t('designs.title')}")
    st.markdown(t("designs.about"))
    first = min(COUNT, len(of_set))
    words = {"picture": t("designs.of_picture"), "set": t("designs.of_set", count=first)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        of = linked.segmented(t("designs.of"), OF, key="designs_of", format_func=words.__getitem__)
        pictures = _one(view) if of == "picture" else _first(of_set, first)
        chosen = designs.references()
        network = view.network
        run_s = cache.prediction(view.key, network, view.x).seconds
        estimated = designs.estimate(network, run_s, len(pictures), chosen, machine_speed())
        seconds = sum(estimated.values())
        found = shared_task.offer(
            ("designs", view.key if of == "picture" else view.network_key, of, of_set.source, tuple(chosen.items())),
            lambda: designs.compare(view.network, pictures, chosen, estimated),
            t("designs.start_one" if of == "picture" else "designs.start", count=len(pictures), seconds=seconds),
        )
    if found is not None:
        draw_charts(found, network)
    st.markdown(t("designs.attention"))
    st.caption(sentences(t("designs.stream"), t("designs.sizes")))
    code_export.offer(
        view, lambda folder: scripts.designs(network, chosen, folder), lambda: pictures, key="designs_code"
    )


@memory.shared
def machine_speed() -> float:
    return designs.machine_speed()


def _one(view: View) -> PictureSet:
    return PictureSet(("",), (view.picture.image,), (view.picture.label,), "picture.source_gallery")


def _first(several: PictureSet, count: int) -> PictureSet:
    return PictureSet(several.ids[:count], several.pictures[:count], several.labels[:count], several.source)


def draw_charts(found: Sequence[Design], own: Network) -> None:
    names = [_name(each) for each in found]
    blocks = drawing.table(found, names)
    medians = blocks.groupby("network", sort=False)["ratio"].median()
    values = ", ".join(f"{name} {_number(median)}" for name, median in medians.items())
    spec = chart_view.themed_spec(drawing.ratios(blocks, t))
    chart_view.show(t("designs.ratio_title"), spec, key="designs_ratio", alt=t("designs.ratio_alt", values=values))
    st.caption(sentences(t("designs.ratio_said", values=escaped(values)), t("designs.ratio_help")))
    if blocks["moved"].notna().any():
        means = blocks.dropna(subset="moved").groupby("network", sort=False)["moved"].mean()
        values = ", ".join(f"{name} {mean:.0%}" for name, mean in means.items())
        spec = chart_view.themed_spec(drawing.costs(blocks, t))
        chart_view.show(t("designs.moved_title"), spec, key="designs_moved", alt=t("designs.moved_alt", values=values))
        st.caption(sentences(t("designs.moved_said", values=_most(found, names)), t("designs.moved_help")))
    missing = [each.network for each in found if each.moved is None]
    if missing:
        said = t("designs.untrained", names=escaped(", ".join(map(network_name, missing))))
        scaled = t("designs.layer_scale") if any(name.startswith("convnext") for name in missing) else ""
        st.info(sentences(said, scaled), icon=":material/info:")


def _most(found: Sequence[Design], names: Sequence[str]) -> str:
    """Of each trained network the block whose removal changes the prediction most."""
    said = []
    for each, name in zip(found, names, strict=True):
        if each.moved is not None:
            moved, place = each.moved.mean(0).max(0)
            block = escaped(each.short[int(place)])
            said.append(t("designs.most", network=escaped(name), block=block, moved=float(moved)))
    return ", ".join(said)


def _number(value: float) -> str:
    """Three significant digits; small values as a power of ten."""
    if value == 0 or value >= 1e-3:
        return html_figures.number(value)
    digits, _, power = f"{value:.2e}".partition("e")
    return f"{digits} × {power_of_ten(int(power))}"


def _name(design: Design) -> str:
    weights = t("designs.own") if design.weights == "own" else weights_name(design.weights)
    return f"{network_name(design.network)} · {weights}"
