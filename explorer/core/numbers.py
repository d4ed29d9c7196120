"""Numbers as text, with a proper minus sign, and numbers that a user types."""

import re
import unicodedata

_TYPED = re.compile(r"\d+(\.\d*)?(e[+-]?\d{1,3})?|\.\d+(e[+-]?\d{1,3})?")


def number(value: float) -> str:
    """`value` with three significant digits."""
    if value == 0:
        return "0"
    return (f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}").replace("-", "−")


def fixed(value: float, decimals: int) -> str:
    """`value` with `decimals` decimals; no minus sign if it rounds to zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def short(value: float) -> str:
    """`value` as a user types it: 20, 0.05, 3e-5."""
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), f"{value:g}")


def parse(typed: str, *, whole: bool = False) -> float:
    """The positive number that a user typed: 0.05, 3e-4, 3E−4, "0,05" with a decimal comma, or full-width "３ｅ－４".

    Raises ValueError for anything else. If it must be `whole`, there is no comma, which could separate thousands.
    """
    text = unicodedata.normalize("NFKC", typed).strip().lower().replace("−", "-").replace("。", ".")
    if not whole and text.count(",") == 1:
        text = text.replace(",", ".")
    superscript = any("<super>" in unicodedata.decomposition(letter) for letter in typed)  # 10⁴ is not 104
    if superscript or not _TYPED.fullmatch(text) or (whole and not float(text).is_integer()):
        raise ValueError(f"no number: {typed}")
    return float(text)
