"""The pages in the menu, and their paths for Streamlit."""

import os
from collections.abc import Mapping
from typing import Final

from explorer.core.assets import PACKAGE, PAGES

SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "": {"home": ":material/home:"},
    "bar.room_look": {
        "source": ":material/code:",
        "diagrams": ":material/account_tree:",
        "shortcut": ":material/alt_route:",
        "why": ":material/trending_down:",
        "features": ":material/grid_view:",
        "predict": ":material/bar_chart:",
    },
    "bar.room_train": {
        "finetune": ":material/tune:",
        "runs": ":material/history:",
        "compare": ":material/leaderboard:",
    },
    "bar.room_learn": {
        "homework": ":material/assignment:",
        "pretraining": ":material/school:",
        "history": ":material/timeline:",
        "glossary": ":material/dictionary:",
    },
}
"""Word key of a section -> file name of a page in `pages/`, which is also its URL path -> icon."""


def path(name: str) -> str:
    """The file of page `name` for `st.switch_page` and `st.page_link`: relative to the main script's folder."""
    return os.path.relpath(PAGES / f"{name}.py", PACKAGE / "ui")
