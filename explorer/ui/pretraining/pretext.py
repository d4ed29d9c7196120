"""Pretraining without labels: pretext tasks of the chosen picture, and a fine-tune from such weights."""

import streamlit as st

from explorer.data import images
from explorer.experiments import pretext
from explorer.experiments.history import catalog
from explorer.plots.pictures import data_uri
from explorer.ui.layout import picture_picker
from explorer.ui.widgets import html_figures, markup
from explorer.ui.words import t

COMMAND = "python -m explorer train --network resnet50 --weights moco_v2_800ep_pretrain.pth.tar"


def draw() -> None:
    st.markdown(t("pretraining.pretext_about"))
    found = pretext.tasks(picture_picker.chosen()[0]().image)
    for (name, task), column in zip(found.items(), st.columns(len(found), gap="medium"), strict=True):
        with column:
            words = {"shown": t("pretraining.pretext_shown"), "answer": t("pretraining.pretext_answer")}
            pictures = [("shown", each) for each in task.shown] + ([("answer", task.answer)] if task.answer else [])
            figures = [
                html_figures.tile(data_uri(images.png(image)), t(f"pretraining.pretext_{name}"), words[role])
                for role, image in pictures
            ]
            st.markdown(f"**{t(f'pretraining.pretext_{name}')}**")
            markup.show(html_figures.grid(figures, "grid-template-columns: repeat(2, 1fr)"))
            st.markdown(t(f"pretraining.pretext_{name}_said"))
    st.markdown(t("pretraining.pretext_result", **accuracies()))
    st.markdown(f"## {t('pretraining.start_without')}")
    st.markdown(t("pretraining.start_without_about"))
    st.code(COMMAND, language="bash", wrap_lines=True)
    st.caption(t("pretraining.start_without_names"))


def accuracies() -> dict[str, float]:
    """ImageNet top-1 in percent of a ResNet-50, by how it was trained."""
    models = {"moco": "moco", "simclr": "simclr", "labels": "resnet50"}
    return {name: top1.value for name, id in models.items() if (top1 := catalog.entries(catalog.MODELS[id])[0].top1)}
