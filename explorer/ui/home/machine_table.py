"""What this machine has: hardware, data, and a table of networks and weights."""

import pandas as pd
import streamlit as st

from explorer.models import inventory, registry
from explorer.ui.widgets import gpu_notice, tables
from explorer.ui.words import escaped, language, network_name, t, weights_name


def draw() -> None:
    machine = inventory.inventory()
    for name, words in inventory.facts(machine, language()).items():
        st.markdown(f"**{name}** · {escaped(words)}")
    gpu_notice.draw_problem()
    st.markdown(t("machine.gallery", count=machine["data"]["gallery"]))
    columns = (*registry.BUNDLED, *registry.IMAGENET, "random")
    rows = [
        {t("machine.network"): network_name(name)}
        | {weights_name(w): t(f"machine.{weights[w]}") if w in weights else "–" for w in columns}
        for name, weights in machine["networks"].items()
    ]
    tables.show(pd.DataFrame(rows), alt=t("machine.table_alt"))
    st.caption(t("home.command_line"))
