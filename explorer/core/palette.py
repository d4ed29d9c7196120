"""Colours used throughout the app. Each role has one colour for the light and one for the dark theme.

The role colours (blue, orange, purple-red) are distinguishable under the common kinds of colour blindness and always
labelled. Values use ColorBrewer's brown-white-teal scale, whose hues no role has: negative is brown, zero white,
positive teal. Tensors without negative values use the teal half, so a value keeps its colour after a ReLU.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["shortcut", "branch", "sum"]

ROLE_COLOURS: Final[dict[Role, tuple[str, str]]] = {
    "shortcut": ("#0067a5", "#5db8f5"),
    "branch": ("#b84a00", "#ff9d57"),
    "sum": ("#9c2a78", "#f08cc8"),
}

# (light theme, dark theme)
RIGHT, WRONG = ("#0b6e6e", "#5fd0c8"), ("#a8323e", "#ff8f8f")
FOCUS = RIGHT  # outline of the element with keyboard focus

WITH_SHORTCUTS, WITHOUT_SHORTCUTS = "#7a6bb5", "#b0861f"  # a residual network and its plain twin, and nothing else
RESIDUAL_DEPTHS, PLAIN_DEPTHS = ("#9787cc", "#6a57ae"), ("#b0861f", "#806010")  # the shallowest and the deepest of each

BROWN_TEAL: Final = (
    "#543005", "#8c510a", "#bf812d", "#dfc27d", "#f6e8c3", "#f5f5f5",
    "#c7eae5", "#80cdc1", "#35978f", "#01665e", "#003c30",
)  # fmt: skip


def ramp(colours: tuple[str, ...], steps: int = 256) -> NDArray[np.uint8]:
    """Interpolate `colours` (hexadecimal) linearly in RGB; returns (steps, 3), 0..255."""
    stops = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours])
    places = np.linspace(0, len(colours) - 1, steps)
    return np.stack([np.interp(places, range(len(colours)), stops[:, k]) for k in range(3)], 1).round().astype(np.uint8)


SIGNED: Final = ramp(BROWN_TEAL, 255)  # odd, so that zero has its own colour
MAGNITUDE: Final = ramp(BROWN_TEAL[5:], 255)
