"""The way from the network's constructor to a block, a function at a time; a click on a name opens the next one."""

from collections.abc import Sequence

import streamlit as st

from explorer.analysis import construction
from explorer.analysis.construction import Call, Mention
from explorer.analysis.source import Listing
from explorer.core import assets
from explorer.scene import listing as lines
from explorer.scene.listing import Token
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import linked
from explorer.ui.widgets.reports import reported
from explorer.ui.words import escaped, t

KEY = "source_call"  # the name of the function that is shown
_component = st.components.v2.component("source_calls", css=assets.css("source_calls"), js=assets.js("source_calls"))


def draw(view: View, block: str) -> Listing | None:
    """Draw the way to `block`. Returns the source that is shown, None if the network has none."""
    way = {call.listing.name: call for call in _calls(view.network_key, view, block)}
    if not way:
        return None
    names = list(way)
    st.markdown(f"## {t('source.way_title')}")
    st.markdown(t("source.way_about", first=names[0], last=names[-1]))
    shown = linked.segmented(
        t("source.way_choose"), names, key=KEY, omit_default=True, label_visibility="collapsed",
        format_func=lambda name: escaped(name) + ("" if name == names[-1] else " ›"),
    )  # fmt: skip
    call = way[shown]
    to = names[names.index(shown) + 1] if call.to else ""
    data = {
        "rows": rows(call), "shown": f"{block} {shown}", "to": to, "label": t("source.listing_label", name=shown),
        "open": t("source.way_open", name=to),
    }  # fmt: skip
    _component(key="source_calls", data=data, on_opened_change=_open)
    if to and call.to is None:
        st.markdown(t("source.way_called", name=to))
    return call.listing


def rows(call: Call) -> list[tuple[int, bool, list[Token]]]:
    """The lines: number, whether it leads to the next function, its tokens; the name that leads there is `go`."""
    found = []
    for row in lines.rows(call.listing, ()):
        marked = call.to is not None and row["number"] == call.to.line
        tokens = cut(row["tokens"], call.to) if marked and call.to else list(row["tokens"])
        found.append((row["number"], marked, tokens))
    return found


def cut(tokens: Sequence[Token], mention: Mention) -> list[Token]:
    """The tokens of a line with those of the mentioned name as one of class `go`."""
    found: list[Token] = []
    at = 0
    for kind, text in tokens:
        first, last = (min(max(place - at, 0), len(text)) for place in (mention.start, mention.end))
        for part, name in ((text[:first], kind), (text[first:last], "go"), (text[last:], kind)):
            if part:
                found.append((name, part))
        at += len(text)
    return found


@memory.shared
def _calls(key: object, _view: View, block: str) -> tuple[Call, ...]:
    return construction.calls(_view.network, block)


def _open() -> None:
    if opened := reported("source_calls", "opened"):
        st.session_state[KEY] = str(opened)
