"""The app's style sheet: role colours for the theme in use, and the few figures that Streamlit does not draw."""

import streamlit as st

from explorer.drawing.palette import BROWN_TEAL, ROLE_COLOURS, Role

FIGURES = """
.stMainBlockContainer { padding-top: 4.2rem; padding-bottom: 3rem; max-width: 80rem; }
.thumb { width: 2.5rem; height: 2.5rem; object-fit: cover; border-radius: .4rem; display: block; }
.pixel, .tiles img { image-rendering: pixelated; }
.tiles { display: grid; gap: .4rem; margin: 0; }
.tiles figure { margin: 0; min-width: 0; }
.tiles img { width: 100%; aspect-ratio: 1; object-fit: fill; display: block; border-radius: 2px; }
.tiles figcaption { font-size: .72rem; opacity: .75; text-align: center; font-variant-numeric: tabular-nums; }
.scale { display: flex; align-items: center; gap: .5rem; font-size: .78rem; font-variant-numeric: tabular-nums;
  margin: .35rem 0; }
.scale i { flex: 1; max-width: 16rem; height: .6rem; border-radius: .3rem; display: block; }
.facts { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .2rem 0; padding: 0; }
.facts div { min-width: 4.2rem; }
.facts dt { font-size: .74rem; opacity: .75; }
.facts, .facts dt, .facts dd { margin-left: 0 !important; padding: 0 !important; }
.facts dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.role { font-weight: 600; color: var(--role); white-space: nowrap; }
.role.shortcut { --role: var(--shortcut); } .role.branch { --role: var(--branch); } .role.sum { --role: var(--sum); }
.sum-row { display: grid; grid-template-columns: 1fr auto 1fr auto 1fr; gap: .7rem; align-items: center; }
.term { min-width: 0; border-top: .25rem solid var(--role); padding-top: .4rem; }
.sum-row > b { font-size: 1.5rem; font-weight: 400; }
.sum-row h4 { margin: 0 0 .3rem; padding: 0; font-size: .95rem; color: var(--role); }
.sum-row h4 small { font-weight: 400; opacity: .85; }
.term.seen { --role: transparent; }
.term.shortcut { --role: var(--shortcut); } .term.branch { --role: var(--branch); } .term.sum { --role: var(--sum); }
@media (max-width: 640px) {
  .sum-row { gap: .3rem; }
  .sum-row > b { font-size: 1rem; }
  .sum-row h4 { font-size: .8rem; }
  .sum-row .tiles { grid-template-columns: repeat(2, 1fr) !important; gap: .15rem; }
  .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation-duration: 0s !important; } }
"""


def inject() -> None:
    dark = st.context.theme.type == "dark"
    roles = "".join(f"--{role}: {pair[dark]};" for role, pair in ROLE_COLOURS.items())
    stops = ", ".join(BROWN_TEAL)
    half = ", ".join(BROWN_TEAL[5:])
    ramps = f"--signed: linear-gradient(90deg, {stops}); --magnitude: linear-gradient(90deg, {half});"
    st.html(f"<style>:root {{ {roles} {ramps} }} {FIGURES}</style>")


def role_colour(role: Role) -> str:
    return ROLE_COLOURS[role][st.context.theme.type == "dark"]
