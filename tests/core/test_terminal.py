"""Unencodable characters never end a command, and all messages stay readable in limited encodings."""

import io
import json
import sys
from itertools import pairwise
from typing import Any

import pytest

from explorer.core import terminal
from explorer.core.i18n import LANGUAGES, WORDS


class Pipe(io.TextIOWrapper):
    def __init__(self, encoding: str, tty: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    @property
    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined]


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(encoding: str, tty: bool = False) -> tuple[Pipe, Pipe]:
        out, err = Pipe(encoding, tty), Pipe(encoding, tty)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        return out, err

    return put


@pytest.mark.parametrize(
    ("encoding", "language"),
    [("ascii", "en"), ("cp1252", "en"), ("cp437", "en"), ("gbk", "en"), ("gbk", "zh"), ("gb18030", "zh")],
)
def test_all_words_can_be_read(encoding: str, language: str, streams: Any) -> None:
    out, err = streams(encoding)
    terminal.configure_streams()
    words = "\n".join(pair[LANGUAGES.index(language)] for pair in WORDS.values())  # type: ignore[arg-type]
    print(words)
    print(words, file=sys.stderr)
    assert out.text == err.text
    numbers = out.text.count("\\u") - words.count("\\u")
    assert numbers <= 3, "escapes instead of letters are hard to read"  # 1 and 2 in circles


def test_unencodable_characters_are_escaped(streams: Any) -> None:
    out, _ = streams("cp1252")
    terminal.configure_streams()
    print("猫 … − é ę ﬁ 𝄞 \N{ZERO WIDTH SPACE}.")
    assert out.text == "\\u732b … - é e fi \\U0001d11e \\u200b.\n"


def test_json_can_be_read_with_any_encoding(streams: Any) -> None:
    """PowerShell 5.1 decodes piped output as GBK, which garbles UTF-8."""
    shown, _ = streams("utf-8", tty=True)
    terminal.print_json({"class": "猫 ²"})
    assert "猫 ²" in shown.text
    out, _ = streams("cp1252")
    terminal.print_json({"class": "猫 ²"})
    assert out.text.isascii()
    assert json.loads(out.text) == {"class": "猫 ²"}


def test_a_line_that_moves_leaves_nothing_of_the_one_before(streams: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, err = streams("utf-8", tty=True)
    monkeypatch.setenv("COLUMNS", "13")
    line = terminal.Line()
    line.show("第 10 轮，共 40")  # 15 columns, cut to 12
    line.show("ab")
    line.show("ab")
    line.clear()
    line.clear()
    assert err.text == "\r第 10 轮，共\rab          \r  \r"
    assert "\x1b" not in err.text, "older Windows consoles print escape sequences literally"


def test_a_log_has_progress_of_long_work_in_lines_that_become_rarer(
    streams: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    _, err = streams("utf-8")
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now)
    line, shown = terminal.Line(), []
    for now in range(3601):  # work of an hour
        line.show(f"{now} s")
    line.print("epoch 1")
    line.show("hidden")
    line.clear()
    *shown, last = err.text.splitlines()
    assert last == "epoch 1"
    moments = [int(each.split()[0]) for each in shown]
    assert moments[:3] == [4, 8, 12]
    assert all(4 <= after - before <= max(4, 0.1 * after + 1) for before, after in pairwise(moments))
    assert len(moments) < 70


def test_the_time_left_counts_from_the_first_share(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 0.5, 10.0, 20.0, 20.5, 30.0, 40.0])
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(now))
    left = terminal.TimeLeft("en")
    assert [left(share) for share in (0.5, 0.55, 0.6)] == ["", "", ", about 40 s left"]
    assert [left(share) for share in (0.0, 0.1, 0.5, 1.0)] == ["", "", ", about 10 s left", ""], (
        "a new part starts at 0"
    )


def test_an_error_is_one_line_without_control_characters(streams: Any) -> None:
    _, err = streams("utf-8")
    terminal.print_error("a\nb \x1b[31m")
    assert err.text == "python -m explorer: a b \N{REPLACEMENT CHARACTER}[31m\n"
