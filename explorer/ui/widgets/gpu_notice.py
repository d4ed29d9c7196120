"""A notice about a graphics card that torch does not use."""

import streamlit as st

from explorer.core import hardware, settings
from explorer.ui.words import escaped, t


def draw_problem() -> None:
    """Show why torch does not use the card, and the command that fixes it. Hidden on a public server."""
    problem = None if settings.is_public() else hardware.gpu_problem()
    if problem is None:
        return
    command = str(problem.values.get("command", ""))
    st.warning(escaped(t(problem.key, **{**problem.values, "command": ""})), icon=":material/memory:")
    if command:
        st.code(command, language=None, wrap_lines=True)
