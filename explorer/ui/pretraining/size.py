"""Why a ViT needs larger pictures: the patches of the chosen picture at three sizes."""

import streamlit as st
from markupsafe import Markup
from PIL import Image, ImageDraw, ImageOps

from explorer.analysis import tokens
from explorer.analysis.tokens import Size
from explorer.data import images
from explorer.plots.pictures import data_uri
from explorer.ui.layout import picture_picker
from explorer.ui.widgets import html_figures, markup
from explorer.ui.words import t

SHOWN_PX = 448  # of each figure: twice 224, so that lines lie on pixels


def draw() -> None:
    st.markdown(t("pretraining.size_about"))
    picture = picture_picker.chosen()[0]().image
    for side, column in zip(tokens.SIDES, st.columns(len(tokens.SIDES), gap="medium"), strict=True):
        with column:
            draw_size(picture, tokens.size(side))
    small, large = (tokens.size(side) for side in (tokens.SIDES[0], tokens.SIDES[-1]))
    st.markdown(
        t("pretraining.size_said", small=small.side, few=small.grid**2, large=large.side, many=large.grid**2,
          pairs=small.pairs, more=large.pairs, last=small.stages[-1])
    )  # fmt: skip
    st.caption(t("pretraining.size_how"))


def draw_size(picture: Image.Image, size: Size) -> None:
    alt = t("pretraining.size_alt", side=size.side, grid=size.grid)
    uri = data_uri(images.png(patches(picture, size)))
    figure = Markup('<img src="{}" alt="{}" style="width: 100%; image-rendering: pixelated; border-radius: .3rem">')
    st.markdown(f"**{t('pretraining.size_px', side=size.side)}**")
    markup.show(figure.format(uri, alt))
    facts = [
        (t("pretraining.size_tokens"), f"{size.grid}×{size.grid} + 1 = {size.tokens}"),
        (t("pretraining.size_pairs"), f"{size.pairs:,}"),
        (t("pretraining.size_stages"), ", ".join(map(str, size.stages))),
    ]
    markup.show(html_figures.facts(facts))


def patches(picture: Image.Image, size: Size) -> Image.Image:
    """The picture at its size, enlarged to SHOWN_PX without smoothing, with the grid of patches on it."""
    small = ImageOps.fit(picture.convert("RGB"), (size.side, size.side))
    shown = small.resize((SHOWN_PX, SHOWN_PX), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(shown)
    for k in range(1, size.grid):
        at = round(SHOWN_PX * k * size.patch / size.side)
        for line in ((at, 0, at, SHOWN_PX), (0, at, SHOWN_PX, at)):
            pen.line(line, fill="black", width=4)
            pen.line(line, fill="white", width=2)
    return shown
