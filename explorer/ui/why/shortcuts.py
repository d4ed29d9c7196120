"""The shortcuts of He et al. 2016: what each does, its published error, and the error of our runs."""

import dataclasses
import inspect
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from explorer.experiments import degradation
from explorer.experiments.comparison.results import Comparison
from explorer.models import cifar_resnet
from explorer.models.cifar_resnet import Design
from explorer.plots import degradation as drawing
from explorer.ui.why import curves
from explorer.ui.why.experiment import draw_details
from explorer.ui.why.plan import KINDS, OWN, make_design
from explorer.ui.widgets import chart_view, linked, tables
from explorer.ui.words import sentences, t

STORED = "shortcuts"
MOST_LINES = 4


def draw() -> None:
    gains = [
        t("why.shortcuts_gain", layers=layers, before=before, after=after)
        for layers, (before, after) in degradation.PREACT_GAIN.items()
    ]
    st.markdown(t("why.shortcuts_about", gains=t("why.listed").join(gains)))
    rows = [
        {
            "kind": t(f"why.kind_{kind}"), "formula": t(f"why.formula_{kind}"), "means": t(f"why.means_{kind}"),
            "published": curves.published(make_design(110, kind, Design().width), degradation.PUBLISHED_2016),
        }
        for kind in KINDS
    ]  # fmt: skip
    columns = {name: st.column_config.TextColumn(t(f"why.column_{name}")) for name in rows[0]}
    tables.show(pd.DataFrame(rows), key="why_shortcuts", column_config=columns,
                height=35 * len(rows) + 38, alt=t("why.shortcuts_table_alt"))  # fmt: skip
    st.caption(t("why.shortcuts_note"))
    if comparison := degradation.stored().get(STORED):
        draw_results(comparison)
        draw_details(comparison)
    st.button(t("why.shortcuts_try"), on_click=open_form, icon=":material/tune:", key="why_train_them")
    shown = st.expander(t("why.shortcuts_code"), key="why_code", on_change="rerun", icon=":material/code:")
    if shown.open:
        with shown:
            block = "\n\n".join(inspect.getsource(each) for each in (cifar_resnet.Gate, cifar_resnet.CifarBlock))
            st.code(block, language="python", wrap_lines=True)


def order_found(errors: dict[str, float], comparison: Comparison, depth: int) -> str:
    """Which shortcuts have a lower test error here than the identity, and what that is worth."""
    identity = errors[t("why.kind_identity")]
    ahead = [f"{name} ({error:.1%})" for name, error in errors.items() if error < identity]
    seeds = min(len(group.finished) for group in comparison.groups)
    words = t("why.order_same") if not ahead else t("why.order_other", names=", ".join(ahead), error=identity)
    return sentences(words, t("why.order_worth", depth=depth, epochs=comparison.recipe["epochs"], seeds=seeds))


def open_form() -> None:
    """Open the form of an own experiment, with two kinds of shortcut."""
    st.session_state.update(why_part="experiment", why_preset=OWN, why_depths=[20], why_kinds=["identity", "gate"])


def draw_results(comparison: Comparison) -> None:
    """Draw the last errors of all networks as sorted bars, beside them the curves of the chosen ones."""
    designs = degradation.ordered(map(degradation.design, comparison.results))
    depth, width = designs[0].depth, designs[0].width
    names = {make_design(depth, kind, width).name: t(f"why.kind_{kind}") for kind in KINDS}
    names = {each.name: names[each.name] for each in designs}
    st.markdown(summary(comparison, names))
    left, right = st.columns(2, gap="large")
    with left:
        looks = dict(zip(names.values(), drawing.colours(designs), strict=True))
        last = drawing.ends(drawing.table(comparison.results, names, batches=1), looks)
        ends = "; ".join(f"{name} {error:.1%}" for name, error in zip(last["name"], last["test"], strict=True))
        spec = chart_view.cached_spec((comparison.made, *names), drawing.bars, last, t)
        chart_view.show(t("why.shortcuts_ours"), spec, key="why_ends", alt=t("why.curves_alt", ends=ends))
        st.caption(t("why.bars_caption"))
        st.markdown(order_found(dict(zip(last["name"], last["test"], strict=True)), comparison, depth))
    with right:
        usual = [each.name for each in designs if each.shortcut in ("none", "identity") and not each.projection]
        chosen = linked.multiselect(t("why.lines"), list(names), key="why_lines", default=usual[:MOST_LINES],
                                    most=MOST_LINES, omit_default=True, format_func=names.__getitem__)  # fmt: skip
        if not chosen:
            st.caption(t("why.lines_none"))
            return
        results = tuple(each for each in comparison.results if each.network in chosen)
        shown = dataclasses.replace(comparison, results=results)
        curves.draw(
            shown, f"{STORED} {comparison.made} {chosen}", together=t("why.lines_title"), names=names, looks=looks
        )


def summary(comparison: Comparison, names: Mapping[str, str]) -> str:
    """What our runs show as the paper does, and what not. `names`: network -> word."""
    identity = next(each for each in comparison.results if degradation.is_identity(degradation.design(each)))
    agree, differ = (
        t("why.listed").join(
            t("why.shortcuts_one", name=names[each.network], error=1 - each.accuracy[-1])
            for each in sorted(results, key=lambda each: -each.accuracy[-1])
        )
        for results in degradation.against_identity(comparison.results)
    )
    shown = t(
        "why.shortcuts_agree", layers=degradation.design(identity).depth, epochs=comparison.recipe["epochs"],
        pictures=curves.pictures_of(comparison), identity=1 - identity.accuracy[-1], names=agree,
    )  # fmt: skip
    return sentences(shown, t("why.shortcuts_differ", names=differ) if differ else "")
