"""Interventions: scale branch or shortcut, swap two blocks, take the shortcut from another picture."""

from collections.abc import Hashable

import streamlit as st
from markupsafe import Markup
from torch import Tensor

from explorer.analysis import interventions, labels
from explorer.analysis.interventions import AnswerChange, Intervention
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.codegen import shortcut as scripts
from explorer.data import images
from explorer.models.network import Network, check_finite
from explorer.plots import shortcut as drawing
from explorer.ui.layout import header, picture_picker
from explorer.ui.shortcut import block
from explorer.ui.state import cache, memory, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, code_export, html_figures, linked, markup, paper_comparison, scene_view
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import class_names, escaped, network_name, sentences, t

PERCENT = range(0, 201, 5)  # of a factor, since links have integers
SCOPES = ("one", "all")
FACTORS = ("alpha", "beta")  # of the branch, of the shortcut
PAPERS_BLOCKS = 54
OWN = "own"  # option: no swap, or the picture itself


@fragment
def draw(view: View) -> None:
    if not header.has_shortcuts(view):
        return
    st.markdown(t("shortcut.about_change"))
    left, right = st.columns([7, 5], gap="large")
    with left:
        change = choose(view)
    with right:
        donor = donor_shortcut(view, change)
        draw_answer(view, change, interventions.run(view.network, block_inputs(view.key, view), change, donor))
    blocks = list(view.network.graph.blocks.values())
    opening = sum(found.resizes for found in blocks)
    name = escaped(network_name(view.network.name))
    honesty = t("shortcut.honesty", name=name, blocks=len(blocks), opening=opening)
    relu = t("shortcut.honesty_relu") if all(found.rectified for found in blocks) else ""
    st.markdown(sentences(honesty, relu, t("shortcut.honesty_fewer") if len(blocks) < PAPERS_BLOCKS else ""))
    compare(view, st.session_state.block)
    offer_code(view, change)


def choose(view: View) -> Intervention:
    """Draw the widgets; return the chosen intervention."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        path = block.choose(view)
        words = {name: t(f"shortcut.scope_{name}") for name in SCOPES}
        scope = linked.segmented(t("shortcut.scope"), SCOPES, key="change_scope", format_func=words.__getitem__)
    if about := _about(view, path):
        st.caption(about)
    factors = _factors(view, path)
    with st.container(horizontal=True, gap="small"):
        st.button(t("shortcut.drop"), on_click=_set, kwargs={"change_alpha": 0}, icon=":material/call_split:")
        st.button(t("shortcut.cut"), on_click=_set, kwargs={"change_beta": 0}, icon=":material/content_cut:")
        undone = {"change_alpha": 100, "change_beta": 100, "change_swap": OWN, "change_donor": OWN}
        st.button(t("shortcut.reset"), on_click=_set, kwargs=undone, icon=":material/undo:")
    # An expander keeps the answer close to the sliders on a phone
    with st.expander(t("shortcut.more"), key="change_more"):
        swap, donor = _choose_partner(view, path), _choose_donor(view, path)
    paths = tuple(view.network.graph.blocks) if scope == "all" else (path,)
    return Intervention(
        {p: factors["alpha"] for p in paths if factors["alpha"] != 1},
        {p: factors["beta"] for p in paths if factors["beta"] != 1},
        (path, swap) if swap else None,
        path if donor else None,
    )


def _about(view: View, path: str) -> str:
    """Which of several additions of one module this is, and what else multiplies the branch."""
    graph = view.network.graph
    found, call = graph.blocks[path], graph.nodes[graph.blocks[path].add].call
    several = ""
    if call and call.module != path:
        mixer = t(f"shortcut.mixer_{found.mixer or 'other'}")
        several = t("shortcut.change_several", module=escaped(call.module or view.network.name), mixer=mixer)
    scaled = t("shortcut.change_scaled", factors=escaped(", ".join(found.scaled))) if found.scaled else ""
    return sentences(several, scaled)


def _factors(view: View, path: str) -> dict[str, float]:
    """Draw the block with the sliders of both terms, whose pictures move with them; return the factors."""
    factors = {name: url_state.restore(f"change_{name}", PERCENT, 100) for name in FACTORS}
    url_state.keep(**{f"change_{name}": factor for name, factor in factors.items()})
    scaled = {name: factor / 100 for name, factor in factors.items()}
    scene_view.draw(view, path, key="change_scene", start={}, on={"factors": _set_factors}, only=True, factors=scaled)
    return scaled


def _set_factors(given: list[float]) -> None:
    """Take over what the browser reports; what is no factor is ignored."""
    for name, factor in zip(FACTORS, given, strict=False):
        if isinstance(factor, int | float) and 0 <= factor <= 2:
            st.session_state[f"change_{name}"] = round(factor * 20) * 5


def _set(**values: object) -> None:
    st.session_state.update(values)


def _choose_partner(view: View, path: str) -> str | None:
    partners = interventions.partners(view.network, path)
    if not partners:
        st.caption(t("shortcut.order_none", block=labels.of_blocks(view.network.graph)[path]))
        url_state.keep(change_swap=None)
        return None
    short = labels.of_blocks(view.network.graph)
    chosen = linked.selectbox(
        t("shortcut.order"),
        (OWN, *partners),
        key="change_swap",
        omit_default=True,
        format_func=lambda name: t("shortcut.order_own") if name == OWN else short[name],
    )
    return None if chosen == OWN else chosen


def _choose_donor(view: View, path: str) -> str | None:
    names = {OWN: t("shortcut.donor_own"), **_names(view)}
    words = t("shortcut.donor", block=labels.of_blocks(view.network.graph)[path])
    chosen = linked.selectbox(words, names, key="change_donor", omit_default=True, format_func=names.__getitem__)
    return None if chosen == OWN else chosen


def _names(view: View) -> dict[str, str]:
    """Gallery pictures that can be donors: id -> name; pictures of one class also show their id."""
    samples = [sample for sample in images.gallery() if sample.id != view.picture_key]
    labels = [picture_picker.label(sample) for sample in samples]
    return {
        sample.id: label if labels.count(label) == 1 else f"{label} · {sample.id}"
        for sample, label in zip(samples, labels, strict=True)
    }


def donor_shortcut(view: View, change: Intervention) -> Tensor | None:
    """The shortcut's tensor of that block for the donor picture."""
    if change.donor is None:
        return None
    name = st.session_state.change_donor
    return shortcut_of((name, view.network_key), change.donor, view.network, name)


@memory.shared
def shortcut_of(key: Hashable, path: str, _network: Network, _sample: str) -> Tensor:
    role = f"{path}.shortcut"
    x = _network.preprocess(cache.sample(_sample).image)
    return trace(_network, x, keep=[role], until=_network.graph.blocks[path].out)[role]


@memory.shared
def block_inputs(key: Hashable, _view: View) -> dict[str, Tensor]:
    return interventions.block_inputs(_view.network, _view.x)


def draw_answer(view: View, change: Intervention, logits: Tensor) -> None:
    """Draw the change of the prediction in numbers, a sentence and bars."""
    before, after = block_inputs(view.key, view)[view.network.graph.logits][0], logits[0]
    check_finite(before)
    check_finite(after)
    path = st.session_state.block
    alpha, beta = change.alpha.get(path, 1), change.beta.get(path, 1)
    found = view.network.graph.blocks[path]
    symbol, branch = found.terms
    activation = "ReLU" if found.rectified else found.activation
    begin, end = (f"out = {activation}( ", " )") if activation else ("out = ", "")
    if change.donor:
        symbol += f" ({t('shortcut.of', picture=_names(view)[st.session_state.change_donor])})"
    formula = Markup(
        "<p style='margin:0;font-size:1.15rem'>{}<span class='role shortcut'>{:.2f} · {}</span> + "
        "<span class='role branch'>{:.2f} · {}</span>{}</p>"
    )
    markup.show(formula.format(begin, beta, symbol, alpha, branch, end))
    move = interventions.compare(before, after)
    markup.show(
        html_figures.facts(
            [
                (t("shortcut.moved"), f"{move.moved:.1%}"),
                (t("shortcut.logits_changed"), f"{move.change:.1%}"),
            ]
        )
    )
    st.markdown(class_sentence(view, move, before, after) if change.blocks() else t("shortcut.unchanged"))
    table = drawing.answers_table(class_names(view.network.labels), before, after)
    spec = chart_view.themed_spec(drawing.answers(table, t))
    chart_view.show(t("charts.before_after"), spec, key="change_answers", alt=t("shortcut.moved_alt"), height=400)
    st.caption(t("shortcut.moved_help"))


def class_sentence(view: View, move: AnswerChange, before: Tensor, after: Tensor) -> str:
    """A sentence on the old and the new class."""
    names = class_names(view.network.labels)
    return t(
        "shortcut.answer_stays" if move.before == move.after else "shortcut.answer_goes",
        before=escaped(names[move.before]),
        after=escaped(names[move.after]),
        p_before=float(before.softmax(0)[move.before]),
        p_after=float(after.softmax(0)[move.after]),
    )


def compare(view: View, path: str) -> None:
    """Draw the papers' interventions on this network, independent of the sliders."""
    blocks, short = tuple(view.network.graph.blocks), labels.of_blocks(view.network.graph)
    halved = dict.fromkeys(blocks, 0.5)
    scaled, sentence = _reference(view, "halved", Intervention(halved, halved))
    here = t("shortcut.scaled_here", blocks=len(blocks), moved=scaled.moved, answer=sentence)
    paper_comparison.compare(t("shortcut.scaled_paper"), here, None)
    dropped, sentence = _reference(view, f"dropped {path}", Intervention({path: 0}))
    here = t("shortcut.dropped_here", block=short[path], moved=dropped.moved, answer=sentence)
    paper_comparison.compare(t("shortcut.dropped_paper"), here, None)
    pairs = {p: partners[0] for p in (path, *blocks) if (partners := interventions.partners(view.network, p))}
    if not pairs:  # one block per stage
        return
    first, second = next(iter(pairs.items()))
    swapped, sentence = _reference(view, f"swapped {first} {second}", Intervention(swap=(first, second)))
    here = t("shortcut.swapped_here", first=short[first], second=short[second], moved=swapped.moved, answer=sentence)
    paper_comparison.compare(t("shortcut.swapped_paper"), here, None)


def _reference(view: View, name: str, change: Intervention) -> tuple[AnswerChange, str]:
    """The change of the prediction by `change`, and a sentence on it."""
    before = block_inputs(view.key, view)[view.network.graph.logits][0]
    after = reference(view.key, name, view, change)[0]
    move = interventions.compare(before, after)
    return move, class_sentence(view, move, before, after)


@memory.shared
def reference(key: Hashable, name: str, _view: View, _change: Intervention) -> Tensor:
    return interventions.run(_view.network, block_inputs(key, _view), _change)


def offer_code(view: View, change: Intervention) -> None:
    donor: str = st.session_state.change_donor if change.donor else ""

    def pair() -> PictureSet:
        both = (cache.sample(donor).image, view.picture.image)
        return PictureSet(("", ""), both, (scripts.DONOR, scripts.THIS), "picture.source_gallery")

    code_export.offer(view, lambda file: scripts.change(view.network, change, file), pair if donor else None)
