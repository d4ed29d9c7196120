"""A graphics card that is here and not used."""

import streamlit as st

from explorer.core import hardware, settings
from explorer.ui.words import escaped, t


def draw_problem() -> None:
    """Why torch does not use it, and the command that mends that. Not for strangers, who cannot type it."""
    problem = None if settings.is_public() else hardware.gpu_problem()
    if problem is None:
        return
    command = str(problem.values.get("command", ""))
    st.warning(escaped(t(problem.key, **{**problem.values, "command": ""})), icon=":material/memory:")
    if command:
        st.code(command, language=None, wrap_lines=True)
