"""Residual Explorer. Start it with `streamlit run streamlit_app.py`."""

import streamlit as st

from explorer.core.assets import PACKAGE
from explorer.ui.server import process, security_middleware

# Not this file: Streamlit runs a folder `pages` beside the main script by itself, before `st.navigation` is called.
MAIN = str(PACKAGE / "ui" / "main.py")

app = st.App(MAIN, lifespan=process.lifespan, middleware=security_middleware.middleware(MAIN))
