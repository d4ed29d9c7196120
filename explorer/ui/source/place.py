"""Where a reader is in the scene: block, line and channels, in the session and in the link."""

import streamlit as st

from explorer.analysis import source
from explorer.analysis.source import WHOLE, Step
from explorer.models.network import Network
from explorer.ui.state import url_state

MOST_CHANNELS = 4  # shown at once: MOST_PICKED of assets/scene/walk.js
MAX_CHANNEL = 10**6  # no network here has so many; links and browsers may send any number


def restore(network: Network) -> tuple[str, list[Step], Step]:
    """The block, its steps and the step, from the session or the link, which is updated."""
    parts = (*network.graph.parts, WHOLE)
    block = url_state.restore("block", parts, parts[0])
    steps = source.walk(network, block)
    ids = [step.id for step in steps]
    place = ids.index(url_state.restore("step", ids, ids[0]))
    url_state.keep(block=block, step=ids[place])
    return block, steps, steps[place]


def channels() -> tuple[int, ...]:
    """The picked channels; the first time those of the link (`channels_list=5, 6`). Invalid ones are dropped."""
    picked = url_state.restore_parsed("channels_list", _numbers, list)
    chosen = tuple(dict.fromkeys(picked[:MOST_CHANNELS]))
    url_state.keep(channels_list=", ".join(map(str, chosen)) or None)
    return chosen


def _numbers(text: str) -> list[int]:
    parts = text.replace("，", ",").split(",")
    return [int(part) for part in parts if part.strip().isdecimal() and len(part) < 7]


def wanted() -> tuple[int, ...]:
    """Channels whose numbers the scene needs: those that were asked for by number or by a link, not those picked."""
    found: tuple[int, ...] = st.session_state.setdefault("channels_wanted", channels())
    return found


def go(step: str) -> None:
    st.session_state.step = step


def open_block(block: str) -> None:
    st.session_state.block = block


def pick(picked: list[object]) -> None:
    """Take over the channels that the reader picked."""
    if all(_is_channel(channel) for channel in picked):
        st.session_state.channels_list = picked[:MOST_CHANNELS]


def want(channel: int) -> None:
    """Fetch the numbers of a channel, and show it."""
    if _is_channel(channel):
        st.session_state.channels_list = [channel]
        st.session_state.channels_wanted = (*st.session_state.get("channels_wanted", ()), channel)[-MOST_CHANNELS:]


def _is_channel(value: object) -> bool:
    return type(value) is int and 0 <= value < MAX_CHANNEL
