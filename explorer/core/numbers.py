"""Numbers as text, with a proper minus sign."""


def number(value: float) -> str:
    """`value` with three significant digits."""
    if value == 0:
        return "0"
    return (f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}").replace("-", "−")


def fixed(value: float, decimals: int) -> str:
    """`value` with `decimals` decimals; no minus sign if it rounds to zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")
