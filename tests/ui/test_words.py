"""Escaping of untrusted text for Markdown; `tests/browser/test_hostile_names.py` tests it in a browser."""

import pytest

from explorer.ui.words import escaped


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("**b** `c` $x$ <b>", r"\*\*b\*\* \`c\` \$x\$ \<b\>"),
        ("one\n\n    two\r\u2028# three\u202e\u200b", r"one two \# three"),
        ("C:\\runs", r"C\:\\runs"),
        ("error: lr = 0.1", r"error\: lr = 0\.1"),
        (7, "7"),
    ],
)
def test_marks_are_escaped_and_all_is_one_line(words: object, shown: str) -> None:
    assert escaped(words) == shown


@pytest.mark.parametrize("words", ["https://a.example", "www.a.example", "me@a.example", ":material/lock:", "a -> b"])
def test_what_a_browser_would_read_in_plain_words_is_set_apart(words: str) -> None:
    assert escaped(words).replace(":small[]", "").replace("\\", "") == words
    assert ":small[]" in escaped(words)
