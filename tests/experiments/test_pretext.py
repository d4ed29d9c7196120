"""Pretext tasks keep what they say of the picture; the descent is that of the loss."""

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.experiments import pretext, valley


def noise(side: int = pretext.SIDE_PX) -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (side, side, 3), np.uint8))


def test_each_task_changes_the_picture_as_it_says() -> None:
    picture = noise()
    found = pretext.tasks(picture)
    pixels = np.asarray(picture)
    (turned,) = found["rotation"].shown
    assert np.array_equal(np.rot90(pixels, 3), np.asarray(turned))
    (puzzle,) = found["jigsaw"].shown
    tiles = [sorted(map(bytes, _tiles(np.asarray(each), pretext.TILES))) for each in (picture, puzzle)]
    assert tiles[0] == tiles[1]
    assert not np.array_equal(pixels, np.asarray(puzzle))
    (grey,) = found["colour"].shown
    assert not np.ptp(np.asarray(grey), axis=2).any()
    (hidden,) = found["masked"].shown
    same = [(part == own).all() for part, own in zip(_tiles(np.asarray(hidden), pretext.PATCHES),
                                                      _tiles(pixels, pretext.PATCHES), strict=True)]  # fmt: skip
    assert np.mean(same) == pytest.approx(0.25)
    first, second = found["views"].shown
    assert first.size == second.size == picture.size
    assert not np.array_equal(np.asarray(first), np.asarray(second))
    assert pretext.tasks(Image.new("L", (31, 77))).keys() == found.keys()


def _tiles(pixels: np.ndarray, count: int) -> list[np.ndarray]:
    return [np.ascontiguousarray(tile) for row in np.split(pixels, count) for tile in np.split(row, count, axis=1)]


def test_the_descent_is_torchs_and_its_end_depends_on_its_begin() -> None:
    for start in (-1.6, -0.3, 0.2, 0.6, 1.6):
        w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=valley.LR)
        for _ in range(valley.STEPS):
            optimizer.zero_grad()
            ((w**2 - 1) ** 2 + 0.3 * w).backward()
            optimizer.step()
        steps = valley.descent(start)
        assert steps["w"].iloc[-1] == pytest.approx(w.item())
        assert steps["loss"].diff().max() < 1e-12
    left, right = (valley.descent(start).iloc[-1] for start in (-1, 1))
    curve = valley.curve()
    assert left["loss"] == pytest.approx(curve["loss"].min(), abs=1e-3)
    assert right["loss"] > left["loss"] + 0.5
    assert abs(valley.slope(right["w"])) < 1e-3
