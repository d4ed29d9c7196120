"""Thumbnails to choose a picture from, by click or keyboard."""

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import streamlit as st

_CSS = """
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(3.6rem, 1fr)); gap: .4rem; }
button { border: 2px solid transparent; border-radius: .45rem; padding: .15rem; background: none; cursor: pointer;
  font: .72rem/1.25 var(--st-font); color: inherit; min-width: 0; }
button:hover { background: var(--st-secondary-background-color); }
button[aria-pressed="true"] { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
img { width: 100%; aspect-ratio: 1; object-fit: cover; image-rendering: pixelated; border-radius: .3rem;
  display: block; }
span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
"""

_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  let grid = parentElement.querySelector(".grid");
  if (!grid) {
    grid = document.createElement("div");
    grid.className = "grid";
    parentElement.appendChild(grid);
  }
  grid.replaceChildren(...data.entries.map((entry) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = entry.label;
    button.setAttribute("aria-pressed", String(entry.id === data.chosen));
    const image = document.createElement("img");
    image.src = entry.uri;
    image.alt = "";
    const label = document.createElement("span");
    label.textContent = entry.label;
    button.append(image, label);
    button.onclick = () => setTriggerValue("picked", entry.id);
    return button;
  }));
}
"""

_component = st.components.v2.component("picture_gallery", css=_CSS, js=_JS)


class Entry(TypedDict):
    id: str
    label: str
    uri: str


def draw(entries: Sequence[Entry], chosen: str, *, key: str, on_pick: Callable[[], None]) -> Any:
    """The id of a clicked entry arrives as the trigger `picked` of the session's `key`; `on_pick` is called then."""
    return _component(key=key, data={"entries": list(entries), "chosen": chosen}, on_picked_change=on_pick)
