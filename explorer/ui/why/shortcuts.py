"""The shortcuts of He et al. 2016: what each does, its published error, and the error of our runs."""

import inspect

import pandas as pd
import streamlit as st

from explorer.experiments import degradation
from explorer.models import cifar_resnet
from explorer.models.cifar_resnet import Design
from explorer.ui.why import curves
from explorer.ui.why.experiment import draw_details
from explorer.ui.why.plan import KINDS, make_design
from explorer.ui.widgets import tables
from explorer.ui.words import t

STORED = "shortcuts"


def draw() -> None:
    st.markdown(t("why.shortcuts_about"))
    rows = [
        {
            "kind": t(f"why.kind_{kind}"), "formula": t(f"why.formula_{kind}"), "means": t(f"why.means_{kind}"),
            "published": curves.published(make_design(110, kind, Design().width)),
        }
        for kind in KINDS
    ]  # fmt: skip
    columns = {name: st.column_config.TextColumn(t(f"why.column_{name}")) for name in rows[0]}
    tables.show(pd.DataFrame(rows), key="why_shortcuts", column_config=columns,
                height=35 * len(rows) + 38, alt=t("why.shortcuts_table_alt"))  # fmt: skip
    st.caption(t("why.shortcuts_note"))
    if comparison := degradation.stored().get(STORED):
        curves.draw(comparison, f"{STORED} {comparison.made}", together=t("why.shortcuts_ours"))
        draw_details(comparison)
    st.caption(t("why.shortcuts_try"))
    shown = st.expander(t("why.shortcuts_code"), key="why_code", on_change="rerun", icon=":material/code:")
    if shown.open:
        with shown:
            block = "\n\n".join(inspect.getsource(each) for each in (cifar_resnet.Gate, cifar_resnet.CifarBlock))
            st.code(block, language="python", wrap_lines=True)
