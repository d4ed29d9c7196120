"""Numbers that a user types, against Python's own float."""

import pytest

from explorer.core.numbers import parse, short


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3e-4", "0.0003"),
        (" 3E−4 ", "0.0003"),
        ("３ｅ－４", "0.0003"),
        ("０．０５", "0.05"),
        ("0,05", "0.05"),
        ("0，05", "0.05"),
        ("0。05", "0.05"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1", "1"),
    ],
)
def test_a_number_as_people_write_it(typed: str, value: str) -> None:
    assert parse(typed) == float(value)
    assert parse(short(float(value))) == float(value)


@pytest.mark.parametrize("typed", ["", "x", "-1", "nan", "inf", "10⁴", "1 000", "1,000,5", "0x10", "1_0", "9e"])
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        parse(typed)


def test_whole_numbers() -> None:
    assert parse("２０", whole=True) == 20
    for typed in ("2.5", "1,000", "1e-3", "1e999"):
        with pytest.raises(ValueError, match="no number"):
            parse(typed, whole=True)
