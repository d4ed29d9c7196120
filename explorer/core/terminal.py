"""Output to a terminal or pipe: encodings that lack characters (on Windows GBK, cp1252), JSON, errors, progress."""

import codecs
import contextlib
import io
import json
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, Final

from explorer.core.i18n import Language, t

PROGRAM: Final = "python -m explorer"

_PLAIN: Final = {
    "…": "...", "–": "-", "—": "-", "−": "-", "·": "-", "×": "x", "÷": "/", "±": "+-", "≈": "~", "≤": "<=", "≥": ">=",
    "→": "->", "←": "<-", "↓": "v", "↑": "^", "“": '"', "”": '"', "‘": "'", "’": "'", "‖": "||", "√": "sqrt",
    "°": " deg",
    "⊕": "(+)", "⊗": "(x)", "⌊": "[", "⌋": "]", "◆": "*", "█": "#", "α": "alpha", "β": "beta", "γ": "gamma",
}  # fmt: skip


def configure_streams() -> None:
    """Make stdout and stderr replace characters that their encoding lacks, instead of raising UnicodeEncodeError."""
    codecs.register_error("explorer.plain", _replace_unencodable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="explorer.plain")


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    """Error handler of codecs: similar ASCII characters where there are any, else the escaped code point."""
    assert isinstance(error, UnicodeEncodeError)
    parts = []
    for letter in error.object[error.start : error.end]:
        simple = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        parts.append(simple or letter.encode("ascii", "backslashreplace").decode())
    return "".join(parts), error.end


def print_json(value: Any) -> None:
    """Print JSON; non-ASCII characters are escaped unless stdout is a terminal: PowerShell decodes pipes as GBK."""
    print(json.dumps(value, ensure_ascii=not sys.stdout.isatty(), indent=2))


def print_error(text: str) -> None:
    """Print `text` to stderr as one line, without control characters."""
    print(f"{PROGRAM}: {printable(' '.join(text.split()))}", file=sys.stderr)


def note(text: str) -> None:
    """Print `text` to stderr as one line: what a user should know beside the result."""
    print(printable(" ".join(text.split())), file=sys.stderr)


def printable(text: str) -> str:
    """`text` with control characters, which a terminal would obey, replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class Line:
    """Progress: a line on stderr that is rewritten in place.

    In a pipe or file it is a new line, the first after QUIET_S and the next after as long or a tenth of the time so
    far, whichever is longer: work of ten hours leaves about seventy.
    """

    QUIET_S: Final = 4.0

    def __init__(self) -> None:
        self.text = ""
        self.begun = self.printed = time.monotonic()

    def show(self, text: str) -> None:
        """Replace the line by `text`, cut to the terminal's width: a wrapped line could not be rewritten."""
        if text == self.text:
            return
        if not sys.stderr.isatty():
            now = time.monotonic()
            if now - self.printed >= max(self.QUIET_S, 0.1 * (now - self.begun)):
                self.print(text)
            return
        width = shutil.get_terminal_size().columns - 1
        while _columns(text) > width:
            text = text[:-1]
        if text != self.text:
            blank = " " * (_columns(self.text) - _columns(text))
            self.text = text
            print(f"\r{text}{blank}", end="", file=sys.stderr, flush=True)

    def print(self, text: str) -> None:
        """Print `text` to stderr as a line of its own, in place of the progress."""
        self.clear()
        self.printed = time.monotonic()
        print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Overwrite the line with blanks: older Windows consoles print escape sequences as they are."""
        if self.text:
            print(f"\r{' ' * _columns(self.text)}\r", end="", file=sys.stderr, flush=True)
        self.text = ""


@contextlib.contextmanager
def progress(name: str, language: Language) -> Iterator[Callable[[int, int | None], None]]:
    """Show the progress of `name` on stderr; yields a function of (done, total), in bytes where the total is None."""
    line, time_left = Line(), TimeLeft(language)

    def show(done: int, total: int | None) -> None:
        share = f"{done / total:.0%}{time_left(done / total)}" if total else f"{done / 1e6:.0f} MB"
        line.show(f"{name}: {share}")

    try:
        yield show
    finally:
        line.clear()


class TimeLeft:
    """The time left of long work, extrapolated from the share (0..1) done since the first call."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.start = (0.0, 0.0)  # seconds, share
        self.share = 1.0

    def __call__(self, share: float) -> str:
        """`, about 12 s left`; empty in the first second and at the end. Restarts when `share` falls: a new part."""
        now = time.monotonic()
        if share < self.share:
            self.start = now, share
        self.share = share
        seconds, done = now - self.start[0], share - self.start[1]
        if seconds < 1 or done <= 0 or share >= 1:
            return ""
        return t("machine.left", self.language, seconds=seconds * (1 - share) / done)


def _columns(text: str) -> int:
    """Width of `text` on a Chinese Windows console, which shows characters of ambiguous width (A) in two columns."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WFA") for letter in text)
