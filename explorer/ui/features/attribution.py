"""Attribution maps of a class over the picture, at the stem, at each stage and at the input."""

from collections.abc import Hashable

import streamlit as st
from markupsafe import Markup
from torch import Tensor

from explorer.analysis import attribution
from explorer.analysis.attribution import METHODS, Attribution
from explorer.codegen import attribution as scripts
from explorer.models.network import Network, top_guesses
from explorer.plots import pictures
from explorer.plots.figure_files import Legend, Tile
from explorer.plots.overlay import overlay
from explorer.plots.pictures import ColourScale
from explorer.ui.features import place
from explorer.ui.state import cache, memory, shared_task
from explorer.ui.state.cache import View
from explorer.ui.widgets import code_export, html_figures, linked, markup, paper_comparison, save_menu
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import class_names, escaped, sentences, t

PREDICTED = -1  # option: the most probable class


@fragment
def draw(view: View) -> None:
    if not attribution.places(view.network):
        st.info(t("attribution.no_maps"), icon=":material/info:")
        return
    classes, methods, sizes = st.columns([3, 5, 4], gap="medium", vertical_alignment="bottom")
    with sizes:
        size = place.choose_size(view)
    x = place.network_input(view.key, size, view.picture, view.network)
    logits = cache.prediction((view.key, size), view.network, x).logits
    with classes:
        chosen = choose_class(view, logits)
    with methods:
        method = choose_method()
    maps = st.container()  # above the two controls of their appearance
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        opacity = st.slider(
            t("attribution.opacity"), 0, 100, 65, 5, format="%d%%", key="attribution_opacity", width=220,
            persist_state="session",
        )  # fmt: skip
        smooth = st.toggle(
            t("attribution.smooth"), key="attribution_smooth", help=t("attribution.smooth_help"),
            persist_state="session",
        )  # fmt: skip
    with maps:
        result = attributed(view, x, size, method, chosen)
        markup.show(tiles(view, x, result, opacity / 100, smooth) + legend(method))
        st.caption(t("attribution.legend"))
        offer_figure(view, x, result, method, chosen, opacity / 100, smooth)
    st.markdown(f"{t(f'attribution.about_{method}')}\n\n{explanation(view, result, size, chosen, method)}")
    check(view, x, result, size, chosen, method, opacity / 100, smooth)
    code_export.offer(view, lambda file: scripts.attribution(view.network, size, method, chosen, file, result.points))


def attributed(view: View, x: Tensor, size: int, method: str, chosen: int) -> Attribution:
    key = ("attribution", view.key, size, method, chosen)
    if method != "integrated_gradients":
        return grad_cam(key, view.network, x, method, chosen)
    return shared_task.require(key, lambda: attribution.integrated_gradients(view.network, x, chosen))


@memory.shared
def grad_cam(key: Hashable, _network: Network, _x: Tensor, method: str, chosen: int) -> Attribution:
    return attribution.grad_cam(_network, _x, method, chosen)


def choose_class(view: View, logits: Tensor) -> int:
    """Draw the widget of the class: the five most probable first, then the others in order. Raises WeightsError."""
    labels = view.network.labels
    top_guesses(view.network, logits)  # raises if the logits are not finite
    shares = logits.softmax(0).tolist()
    top = logits.topk(min(5, len(labels))).indices.tolist()
    options: list[int] = [PREDICTED, *top[1:], *(k for k in range(len(labels)) if k not in top)]
    names = class_names(labels)

    def label(k: int) -> str:
        index = top[0] if k == PREDICTED else k
        return t("attribution.probable", label=names[index], share=shares[index]) if index in top else names[index]

    chosen = linked.selectbox(
        t("attribution.class"), options, key="attribution_class", omit_default=True, format_func=label,
        help=t("attribution.class_help"),
    )  # fmt: skip
    return top[0] if chosen == PREDICTED else chosen


def choose_method() -> str:
    words = {method: t(f"attribution.method_{method}") for method in METHODS}
    return linked.segmented(t("attribution.method"), METHODS, key="attribution_method", format_func=words.__getitem__)


def names(view: View, result: Attribution) -> dict[str, str]:
    """Names of the maps on screen."""
    places = [shown for shown in result.maps if shown != "input"]
    return {"input": t("attribution.input"), **place.short_names(view.network, places)}


def offer_figure(
    view: View, x: Tensor, result: Attribution, method: str, chosen: int, opacity: float, smooth: bool
) -> None:
    """Draw the menu that saves the strip."""
    picture, named, facts = view.network.preprocess.pixels(x)[0], names(view, result), notes(result)
    seen, side = t("attribution.seen"), f"{x.shape[-1]} px"

    def make() -> list[Tile]:
        own = Tile(pictures.rgb_png(picture), (seen, side))
        heats = ((name, overlay(picture, cells, opacity, smooth=smooth)) for name, cells in result.maps.items())
        return [own, *(Tile(png, (named[name], *facts[name])) for name, png in heats)]

    signed = method == "integrated_gradients"
    legend = Legend(ColourScale(1.0, signed), t("attribution.against") if signed else "0", t("attribution.strongest"))
    title = t(
        "attribution.figure", method=t(f"attribution.method_{method}"), label=class_names(view.network.labels)[chosen]
    )
    save_menu.draw_for_tiles(title, make, legend, "attribution", side_px=150)


def notes(result: Attribution) -> dict[str, list[str]]:
    """For each map its size, and its maximum or, if it has a sum that means something, that."""
    found = {}
    for shown, cells in result.maps.items():
        if "input" not in result.maps:
            facts = [t("attribution.most", value=html_figures.number(float(cells.max())))]
        else:
            facts = [t("attribution.sum", value=html_figures.number(float(cells.sum())))]
            if shown in result.apart:
                facts.append(t("attribution.apart", value=html_figures.number(result.apart[shown])))
        found[shown] = [f"{cells.shape[0]}×{cells.shape[1]}", *facts]
    return found


def tiles(view: View, x: Tensor, result: Attribution, opacity: float, smooth: bool) -> Markup:
    """The network's input, then the map of each place over it."""
    picture = view.network.preprocess.pixels(x)[0]
    named = names(view, result)
    drawn = [tile(pictures.rgb_png(picture), t("attribution.seen"), f"{x.shape[-1]} px")]
    for shown, facts in notes(result).items():
        png = overlay(picture, result.maps[shown], opacity, smooth=smooth)
        drawn.append(tile(png, named[shown], " · ".join(facts)))
    return html_figures.grid(drawn, "grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); row-gap: .8rem")


def tile(png: bytes, name: str, note: str) -> Markup:
    caption = Markup("<b>{}</b><br>{}").format(name, note)
    return html_figures.tile(pictures.data_uri(png), f"{name}, {note}", caption)


def legend(method: str) -> Markup:
    signed = method == "integrated_gradients"
    low, ramp = (t("attribution.against"), "var(--signed)") if signed else ("0", "var(--magnitude)")
    return html_figures.colour_bar(t("attribution.legend"), low, ramp, t("attribution.strongest"))


def explanation(view: View, result: Attribution, size: int, chosen: int, method: str) -> str:
    """Sentences on the maps: resolution of the last one, and the sum of integrated gradients."""
    rows, columns = list(result.maps.values())[-1].shape
    coarse = t("attribution.coarse", size=size, rows=rows, columns=columns, cell=round(size / rows))
    larger = t("attribution.larger") if rows <= 4 else ""
    token = t("attribution.class_token") if attribution.reads_class_token(view.network) else ""
    if method != "integrated_gradients":
        named = names(view, result)
        empty = [named[shown] for shown, cells in result.maps.items() if not cells.any()]
        none = t("attribution.empty", places=" · ".join(empty)) if empty else ""
        if len(empty) == len(named) - 1 and result.logit == result.baseline:
            none = t("attribution.no_effect")
        return sentences(coarse, larger, none, token)
    difference = result.logit - result.baseline
    sums = (float(cells.sum()) + result.apart.get(shown, 0) for shown, cells in result.maps.items())
    gap = max(abs(total - difference) for total in sums)
    complete = t(
        "attribution.complete",
        label=escaped(class_names(view.network.labels)[chosen]),
        logit=html_figures.number(result.logit),
        baseline=html_figures.number(result.baseline),
        difference=html_figures.number(difference),
        gap=html_figures.number(gap),
        fewest=min(result.points.values()),
        most=max(result.points.values()),
    )
    starts = attribution.integrated_places(view.network).keys() >= attribution.places(view.network).keys()
    return sentences(complete, coarse, larger, token, "" if starts else t("attribution.no_start"))


def check(
    view: View, x: Tensor, result: Attribution, size: int, chosen: int, method: str, opacity: float, smooth: bool
) -> None:
    """The sanity check of Adebayo et al.: do the maps change when all weights are random?"""
    checked = shared_task.offer(
        ("attribution sanity", view.key, size, method, chosen),
        lambda: attribution.sanity_check(view.network, x, method, chosen, result),
        t("attribution.check"),
    )
    if checked is None:
        st.caption(t("attribution.sanity"))
        return
    other, likeness = checked
    st.markdown(f"**{t('attribution.untrained')}**")
    markup.show(tiles(view, x, other, opacity, smooth))
    measured = {shown: value for shown, value in likeness.items() if value is not None}
    named = names(view, result)
    listed = (f"{named[shown]} {html_figures.fixed(value, 2)}" for shown, value in measured.items())
    here = t("attribution.here", values=" · ".join(listed)) if measured else t("attribution.here_none")
    changes = all(abs(value) < 0.5 for value in measured.values())
    is_conclusive = method == "grad_cam" and measured and view.network.weights != "random"
    paper_comparison.compare(t("attribution.sanity"), here, changes if is_conclusive else None)
