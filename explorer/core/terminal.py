"""What is printed in a terminal, or piped to a program, that may know few letters (on Windows: GBK, cp1252)."""

import codecs
import io
import json
import shutil
import sys
import unicodedata
from typing import Any, Final

_PLAIN: Final = {
    "…": "...", "–": "-", "—": "-", "−": "-", "·": "-", "×": "x", "÷": "/", "±": "+-", "≈": "~", "≤": "<=", "≥": ">=",
    "→": "->", "←": "<-", "↓": "v", "↑": "^", "“": '"', "”": '"', "‘": "'", "’": "'", "‖": "||", "√": "sqrt",
    "°": " deg",
    "⊕": "(+)", "⊗": "(x)", "⌊": "[", "⌋": "]", "◆": "*", "█": "#", "α": "alpha", "β": "beta", "γ": "gamma",
}  # fmt: skip


def make_ready() -> None:
    """Letters that standard output and error cannot show are told with others; no program ends for one."""
    codecs.register_error("explorer.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="explorer.plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs: like letters of ASCII where there are some, else the letter's number."""
    assert isinstance(error, UnicodeEncodeError)
    told = []
    for letter in error.object[error.start : error.end]:
        simple = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        told.append(simple or letter.encode("ascii", "backslashreplace").decode())
    return "".join(told), error.end


def print_json(value: Any) -> None:
    """Other letters as they are for people, as numbers for a program: PowerShell reads what is piped as GBK."""
    print(json.dumps(value, ensure_ascii=not sys.stdout.isatty(), indent=2))


class Line:
    """A line on standard error that is written over again and again."""

    def __init__(self) -> None:
        self.words = ""

    def show(self, words: str) -> None:
        """Cut where it would wrap, for then its first part would stay."""
        if sys.stderr.isatty():
            most = shutil.get_terminal_size().columns - 1
            while _columns(words) > most:
                words = words[:-1]
        blank = " " * (_columns(self.words) - _columns(words))
        self.words = words
        print(f"\r{words}{blank}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Blanks in its place: an older console of Windows shows an escape sequence as it is."""
        if self.words:
            print(f"\r{' ' * _columns(self.words)}\r", end="", file=sys.stderr, flush=True)
        self.words = ""


def _columns(words: str) -> int:
    """As many as a Chinese console of Windows takes, which shows letters of ambiguous width (A) in two."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WFA") for letter in words)
