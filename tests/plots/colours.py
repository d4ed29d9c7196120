"""Differences between colours: WCAG contrast, and distance as seen with a colour vision deficiency."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# severity 1.0; for linear RGB. And normal vision.
SIGHTS: Final = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_XYZ: Final = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE: Final = _XYZ.sum(1)


def linear(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB -> linear RGB, both 0..1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def rgb(colour: str) -> NDArray[np.float64]:
    """`#rrggbb` -> sRGB, 0..1."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def luminance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """WCAG's relative luminance of (…, 3) sRGB, 0..1."""
    found: NDArray[np.float64] = linear(values) @ _XYZ[1]
    return found


def contrast(one: str, two: str) -> float:
    """WCAG 2's contrast ratio, 1..21."""
    light, dark = sorted((float(luminance(rgb(colour))) for colour in (one, two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(over: str, under: str, share: float) -> str:
    """`over` with opacity `share` on `under`, mixed in sRGB as browsers do."""
    pairs = ((int(over[i : i + 2], 16), int(under[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def lab(colour: str, sight: str = "usual") -> NDArray[np.float64]:
    """CIELAB (D65) of `colour` as seen with `sight`."""
    ratios = _XYZ @ np.clip(SIGHTS[sight] @ linear(rgb(colour)), 0, 1) / _WHITE
    x, y, z = np.where(ratios > (6 / 29) ** 3, np.cbrt(ratios), ratios / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, two: str, sight: str = "usual") -> float:
    """CIE 1976 distance of two colours as seen with `sight`; about 2 is just noticeable side by side."""
    return float(np.linalg.norm(lab(one, sight) - lab(two, sight)))
