"""The app's style sheet: role colours for the theme in use, and the few figures that Streamlit does not draw."""

import streamlit as st
from markupsafe import Markup

from explorer.core.palette import BROWN_TEAL, ROLE_COLOURS, Role
from explorer.ui.widgets import markup
from explorer.ui.words import language

# In the light theme and in the dark one.
RIGHT, WRONG = ("#0b6e6e", "#5fd0c8"), ("#a8323e", "#ff8f8f")
FOCUS = RIGHT  # around what the keyboard is on

FIGURES = Markup("""
.stMainBlockContainer { padding-top: 4.2rem; padding-bottom: 3rem; max-width: 80rem; }
.thumb { width: 2.5rem; height: 2.5rem; object-fit: cover; border-radius: .4rem; display: block; }
.pixel, .tiles img { image-rendering: pixelated; }
.tiles { display: grid; gap: .4rem; margin: 0; }
.tiles figure { margin: 0; min-width: 0; }
.tiles img { width: 100%; aspect-ratio: 1; object-fit: fill; display: block; border-radius: 2px; }
.tiles img, .term > img { outline: 1px solid var(--quiet); outline-offset: -1px; }
.tiles figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tiles figcaption { font-size: .72rem; opacity: .75; text-align: center; font-variant-numeric: tabular-nums; }
.strip { grid-template-columns: repeat(auto-fill, minmax(5.2rem, 1fr)); }
.strip img { image-rendering: pixelated; }
.strip figcaption { white-space: normal; opacity: .9; line-height: 1.25; }
.strip .right { color: var(--right); } .strip .wrong { color: var(--wrong); }
.scale { display: flex; align-items: center; gap: .5rem; font-size: .78rem; font-variant-numeric: tabular-nums;
  margin: .35rem 0; }
.scale i { flex: 1; max-width: 16rem; height: .6rem; border-radius: .3rem; display: block; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(3rem, 1fr)); gap: .3rem .6rem;
  margin: .2rem 0; padding: 0; }
.facts dt { font-size: .74rem; opacity: .75; overflow-wrap: anywhere; }
.facts, .facts dt, .facts dd { margin-left: 0 !important; padding: 0 !important; }
.facts dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.role { font-weight: 600; color: var(--role); white-space: nowrap; }
.shortcut { --role: var(--shortcut); } .branch { --role: var(--branch); } .sum { --role: var(--sum); }
/* Terms of a sum: headings in one row, pictures in the next, the signs beside the pictures. */
.sum-row { display: grid; grid-template: auto auto / 1fr auto 1fr auto 1fr; gap: .4rem .7rem; }
.sum-row.seen { grid-template-columns: 1fr auto 1fr auto 1fr auto 1fr; }
.term { display: grid; grid-row: 1 / span 2; grid-template-rows: subgrid; min-width: 0; align-content: start; }
.sum-row > b { grid-row: 2; align-self: center; font-size: 1.5rem; font-weight: 400; }
.term h2 { margin: 0; padding: .35rem 0 0; border-top: .25rem solid var(--role, var(--quiet)); color: var(--role);
  font-size: .95rem; font-weight: 600; line-height: 1.4; letter-spacing: normal; }
.term h2 small { display: block; font-weight: 400; color: var(--st-text-color, inherit); }
.sum-row > .scale { grid-row: 3; grid-column: 1 / -1; }
.sum-row.seen > .scale { grid-column: 3 / -1; }
[data-testid="stCaptionContainer"] { opacity: 1; color: color-mix(in srgb, var(--ink) 80%, var(--page)); }
[data-testid="stCaptionContainer"] * { opacity: 1; }
[data-testid="stCaptionContainer"] code { font-size: .8rem; color: inherit; }
[data-testid="stSliderThumbValue"] p, [data-testid="stButtonGroup"] [aria-checked="true"] p { color: var(--ink); }
.st-key-tour_bar { padding: .5rem .9rem; background: var(--shade); flex-wrap: nowrap !important; }
.st-key-tour_bar button { white-space: nowrap; }
/* What saves a chart stands where Streamlit's own toolbar would lie, unseen, and take its clicks. */
[class*="st-key-save_"] button { min-height: 1.6rem; padding: 0 .2rem; font-size: .8rem; }
[data-testid="stElementContainer"]:has(.stVegaLiteChart) [data-testid="stElementToolbar"] { display: none; }
.st-key-lang { margin-left: auto; }
/* Where the keyboard is: a line that shows on both pages and on coloured buttons. */
:is(button, a, summary, [role], [tabindex]):focus-visible { outline: 2px solid var(--focus) !important;
  outline-offset: 2px; }
main:focus-visible { outline-offset: -2px; }
.stSlider :has(> div > input:focus-visible) { outline: 2px solid var(--focus); outline-offset: 2px; }
[data-testid="stElementToolbar"]:focus-within { opacity: 1; }
.st-key-document { display: none; }
/* Streamlit's colours of code are too pale on the light page, and take those of the roles. */
.stCode .token { color: var(--ink) !important; }
.stCode :is(.string, .number, .boolean) { color: var(--right) !important; }
.stCode .keyword { font-weight: 650; }
.stCode .comment { font-style: italic; opacity: .8; }
.st-key-picture_menu button { max-width: 11rem; }
/* As high as a choice from a list, so that labels side by side stand on one line. */
[data-testid="stButtonGroup"] > div > button { min-height: 2.5rem; }
@media (max-width: 640px) {
  .sum-row, .sum-row.seen { grid-template-columns: 1fr auto 1fr auto 1fr; column-gap: .3rem; }
  /* The picture stands above the three terms. */
  .sum-row.seen { grid-template-rows: repeat(5, auto); }
  .sum-row.seen > .term { grid-row: 3 / span 2; }
  .sum-row.seen > .term:first-child { grid-row: 1 / span 2; grid-column: 1 / span 3; max-width: 8rem;
    margin-bottom: .6rem; }
  .sum-row.seen > b { grid-row: 4; }
  .sum-row.seen > b:nth-child(2) { display: none; }
  .sum-row.seen > .scale { grid-row: 5; grid-column: 1 / -1; }
  .sum-row > b { font-size: 1rem; }
  .term h2 { font-size: .85rem; }
  .sum-row .tiles { gap: .15rem; }
  .stMainBlockContainer { padding: 4.2rem 1rem 6rem; }
  /* A run that is going on is what the reader came for. */
  .st-key-lab_live > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] {
    flex-flow: column-reverse nowrap; }
  .st-key-prediction [data-testid="stColumn"]:nth-child(2) { order: 3; }
  .st-key-walk [data-testid="stColumn"], .st-key-walk [data-testid="stColumn"] > [data-testid="stVerticalBlock"] {
    display: contents; }
  .st-key-walk > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] { flex-flow: column nowrap; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-figures) { order: 1; }
  .st-key-tour_bar { flex-wrap: wrap !important; }
  .st-key-network, .st-key-weights { flex: 1 1 8.5rem !important; min-width: 0; }
  .st-key-block { flex: 1 1 6rem !important; min-width: 0; }
  .st-key-into, .st-key-into > * { width: auto !important; flex: none !important; }
  .st-key-network > *, .st-key-weights > *, .st-key-block > * { width: 100% !important; }
  /* The stepper's buttons stay under the thumb, while the tensor is scrolled into view. */
  .st-key-controls { position: fixed !important; inset: auto 0 0 0; z-index: 10; width: auto !important;
    flex-wrap: nowrap !important; padding: .5rem 1rem; background: var(--page); border-top: 1px solid var(--quiet); }
  .st-key-controls kbd, .st-key-controls label, .st-key-step { display: none !important; }
  .st-key-back p, .st-key-into p { font-size: 0 !important; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation-duration: 0s !important; } }
""")

# Streamlit's own words, which it has in English only: the skip link, the uploader's button, limits (said in our
# label) and refusals, the camera.
CHINESE = Markup("""
[data-testid="stSkipToContent"] { font-size: 0; }
[data-testid="stSkipToContent"]::after { content: "跳到正文"; font-size: .875rem; }
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stFileChip"]:has([data-testid="stFileChipIconError"]) [data-testid="stFileChipName"]::after {
  content: "不能用：类型不对，或文件太大"; display: block; white-space: normal; }
[data-testid="stFileUploaderDropzone"] button p, [data-testid="stCameraInputButton"] { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: "选择文件"; font-size: .875rem; }
[data-testid="stCameraInputButton"]::after { content: "拍照 / 重拍"; font-size: .875rem; }
""")


def inject() -> None:
    theme = st.context.theme.type or "light"
    variables = {role: pair[theme == "dark"] for role, pair in ROLE_COLOURS.items()} | {
        "signed": f"linear-gradient(90deg, {', '.join(BROWN_TEAL)})",
        "magnitude": f"linear-gradient(90deg, {', '.join(BROWN_TEAL[5:])})",
        "page": paper(),
        "shade": st.get_option(f"theme.{theme}.secondaryBackgroundColor"),
        "ink": ink(),
        "right": RIGHT[theme == "dark"],
        "wrong": WRONG[theme == "dark"],
        "focus": FOCUS[theme == "dark"],
        "quiet": st.get_option(f"theme.{theme}.borderColor"),
    }
    root = " ".join(f"--{name}: {value};" for name, value in variables.items())
    sheet = Markup("<style>:root {{ {} }} {} {}</style>")
    markup.show(sheet.format(root, FIGURES, CHINESE if language() == "zh" else ""))


def paper() -> str:
    """The theme's ground."""
    return str(st.get_option(f"theme.{st.context.theme.type or 'light'}.backgroundColor"))


def dark() -> bool:
    """Whether the reader's theme is the dark one."""
    return st.context.theme.type == "dark"


def role_colour(role: Role) -> str:
    return ROLE_COLOURS[role][dark()]


def ink() -> str:
    """The theme's text colour."""
    return str(st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor"))
