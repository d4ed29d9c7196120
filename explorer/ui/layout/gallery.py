"""Thumbnails to choose a picture from, by click or keyboard; while they are open, a picture can be pasted too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import streamlit as st

_CSS = """
h2 { margin: .6rem 0 .25rem; font: 600 .78rem/1.3 var(--st-font); color: inherit; opacity: .75; }
h2:first-child { margin-top: 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(3.6rem, 1fr)); gap: .3rem; }
button { border: 2px solid transparent; border-radius: .45rem; padding: .15rem; background: none; cursor: pointer;
  font: .72rem/1.25 var(--st-font); color: inherit; min-width: 0; }
button:hover { background: var(--st-secondary-background-color); }
button[aria-pressed="true"] { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--focus); }
img { width: 100%; aspect-ratio: 1; object-fit: cover; image-rendering: pixelated; border-radius: .3rem;
  display: block; }
span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
"""

_JS = """
function make(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

function thumbnail(entry, chosen, pick) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = entry.label;
  button.setAttribute("aria-pressed", String(entry.id === chosen));
  const image = document.createElement("img");
  image.src = entry.uri;
  image.alt = "";
  button.append(image, make("span", entry.label));
  button.onclick = () => pick(entry.id);
  return button;
}

// Streamlit's uploader takes files that are chosen or dropped; a pasted one is put where a chosen one would be.
function paste(event) {
  const input = document.querySelector('.st-key-uploaded input[type="file"]');
  if (!input || !event.clipboardData?.files.length) return;
  event.preventDefault();
  const carried = new DataTransfer();
  carried.items.add(event.clipboardData.files[0]);
  input.files = carried.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

export default function ({ data, parentElement, setTriggerValue }) {
  let all = parentElement.querySelector("div.all");
  if (!all) {
    all = document.createElement("div");
    all.className = "all";
    parentElement.appendChild(all);
  }
  all.replaceChildren(...data.groups.flatMap(([words, entries]) => {
    const grid = document.createElement("div");
    grid.className = "grid";
    grid.append(...entries.map((entry) => thumbnail(entry, data.chosen, (id) => setTriggerValue("picked", id))));
    return [make("h2", words), grid];
  }));
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
"""

_component = st.components.v2.component("picture_gallery", css=_CSS, js=_JS)


class Entry(TypedDict):
    """A picture to choose: its id, its name, its thumbnail as a data URI."""

    id: str
    label: str
    uri: str


def draw(groups: Mapping[str, Sequence[Entry]], chosen: str, *, key: str, on_pick: Callable[[], None]) -> Any:
    """Entries below the heading of their group.

    The id of a clicked one arrives as the trigger `picked` of the session's `key`; `on_pick` is called then.
    """
    data = {"groups": [[words, list(entries)] for words, entries in groups.items()], "chosen": chosen}
    return _component(key=key, data=data, on_picked_change=on_pick)
