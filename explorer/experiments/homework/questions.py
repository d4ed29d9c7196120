"""The six questions of the homework, with the options of a guess."""

from collections.abc import Mapping
from typing import Final

from explorer.models.network import Network

QUESTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "identity": ("same", "branch", "rest", "changed"),
    "branch": ("small", "alike", "large"),
    "cut": ("keeps", "opens", "alike", "hardly"),
    "gradient": ("alike", "less", "hardly", "more"),
    "plain": ("same", "overfits", "worse", "better"),
    "picture": ("none", "some", "most"),
}
"""Question -> its options, in the order on screen. Both are in links and in handed-in files: do not rename them."""

WITHOUT_BLOCKS: Final = ("plain",)  # questions that make sense for a network without shortcuts


def number(question: str) -> int:
    """The place of `question`, from 1."""
    return list(QUESTIONS).index(question) + 1


def left_out(question: str, network: Network) -> str | None:
    """Why `question` makes no sense for `network`: a key of the translations, or None."""
    if question in WITHOUT_BLOCKS:
        return None
    blocks = network.graph.blocks.values()
    if not blocks:
        return "homework.no_blocks"
    if question == "cut" and len({block.resizes for block in blocks}) < 2:
        return "homework.one_kind"
    return None
