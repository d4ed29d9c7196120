"""Output to terminals and pipes whose encoding has few characters (on Windows: GBK, cp1252)."""

import codecs
import io
import json
import shutil
import sys
import unicodedata
from typing import Any, Final

_ASCII: Final = {
    "…": "...", "–": "-", "—": "-", "−": "-", "·": "-", "×": "x", "÷": "/", "±": "+-", "≈": "~", "≤": "<=", "≥": ">=",
    "→": "->", "←": "<-", "↓": "v", "↑": "^", "“": '"', "”": '"', "‘": "'", "’": "'", "‖": "||", "√": "sqrt",
    "°": " deg",
    "⊕": "(+)", "⊗": "(x)", "⌊": "[", "⌋": "]", "◆": "*", "█": "#", "α": "alpha", "β": "beta", "γ": "gamma",
}  # fmt: skip


def configure_streams() -> None:
    """Make stdout and stderr replace characters that they cannot encode instead of raising UnicodeEncodeError."""
    codecs.register_error("explorer.plain", _replace_unencodable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="explorer.plain")


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    """Error handler for `codecs`: similar ASCII characters if there are any, else a backslash escape."""
    assert isinstance(error, UnicodeEncodeError)
    replaced = []
    for letter in error.object[error.start : error.end]:
        simple = _ASCII.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        replaced.append(simple or letter.encode("ascii", "backslashreplace").decode())
    return "".join(replaced), error.end


def print_json(value: Any) -> None:
    """Print JSON: Unicode to a terminal, ASCII escapes to a pipe, because PowerShell decodes piped output as GBK."""
    print(json.dumps(value, ensure_ascii=not sys.stdout.isatty(), indent=2))


class Line:
    """A progress line on standard error that is overwritten in place."""

    def __init__(self) -> None:
        self.text = ""

    def show(self, text: str) -> None:
        """Replace the line by `text`, cut to the terminal's width: a wrapped line could not be overwritten."""
        if sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            while _columns(text) > width:
                text = text[:-1]
        blank = " " * (_columns(self.text) - _columns(text))
        self.text = text
        print(f"\r{text}{blank}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Overwrite the line with blanks: older Windows consoles print escape sequences literally."""
        if self.text:
            print(f"\r{' ' * _columns(self.text)}\r", end="", file=sys.stderr, flush=True)
        self.text = ""


def _columns(text: str) -> int:
    """Terminal columns of `text`. Ambiguous width (A) counts as two, as in Chinese Windows consoles."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WFA") for letter in text)
