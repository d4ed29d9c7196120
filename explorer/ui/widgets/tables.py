"""Tables on a page. Streamlit offers each as CSV, so formulas in cells are escaped."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from explorer.core.csv_export import escape_formulas


def show(table: pd.DataFrame, *, alt: str, styled: Callable[[pd.DataFrame], Styler] | None = None, **more: Any) -> Any:
    """Draw `table` without its index, with formulas escaped; `styled` colours it, `more` goes to `st.dataframe`."""
    safe = escape_formulas(table)
    return st.dataframe(styled(safe) if styled else safe, hide_index=True, alt=alt, **more)
