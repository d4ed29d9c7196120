"""Pictures in, the five most probable classes out."""

import streamlit as st

from explorer.codegen import views
from explorer.ui.layout import header
from explorer.ui.predict import batch, single
from explorer.ui.widgets import code_export
from explorer.ui.words import class_names, escaped, language, t


def page() -> None:
    st.title(t("predict.title"))
    view = header.view()
    header.caption(view)
    with st.container(key="prediction"):  # on a phone the answer comes second: see app.css
        left, middle, right = st.columns([3, 3, 6], gap="medium")
    with right:
        single.draw_answer(view)  # first, so the browser draws its chart while the pictures are encoded
    with left:
        single.draw_picture(view, t("predict.picture"))
    with middle:
        single.draw_input(view)
    st.header(t("predict.many"))
    batch.draw(view)
    code_export.offer(view, lambda file: views.prediction(view.network, file))
    with st.expander(t("predict.classes")):
        names = class_names(view.network.labels)
        st.markdown(("、" if language() == "zh" else ", ").join(map(escaped, names)))


page()
