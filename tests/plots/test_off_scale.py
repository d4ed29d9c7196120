"""The axis of losses, and the marks of what is off it. Expected ranges are calculated by hand."""

import pytest

from explorer.plots import off_scale


def test_an_axis_holds_a_divergence_and_leaves_out_a_lone_spike() -> None:
    """1.05 is the room above the largest value."""
    diverging = [("test", [1, 2, 3, 4], [1.9, 1.5, 3.52, 3.78])]
    assert off_scale.domain(diverging, 2.5) == pytest.approx((0, 3.78 * 1.05))
    calm = [1.0] * 30
    spike = [("train", list(range(30)), calm), ("test", [31], [1e6])]
    assert off_scale.domain(spike, 2.5) == pytest.approx((0, 2.5 * 1.05))
    high = [("train", list(range(30)), [4.0] * 30), ("test", [31], [1e6])]
    assert off_scale.domain(high, 2.5) == pytest.approx((0, 8 * 1.05)), "twice the 90th percentile"
    assert off_scale.domain([("train", [1, 2], [0.2, 0.1])], 2.5) == pytest.approx((0, 0.2 * 1.05)), (
        "scaled to the data"
    )
    assert off_scale.domain([("test", [1, 2], [None, float("nan")])], 2.5) == (0, 2.5)
    assert off_scale.domain([("train", [1, 2, 3], [2.0, 0.5, 0.0])], 2.5, log=True) == pytest.approx(
        (0.5 / 1.05, 2 * 1.05)
    )


def test_what_is_off_the_axis_is_marked_with_its_value() -> None:
    series = [("test", [1, 2, 3, 4], [1.0, 1234.5, None, float("inf")]), ("train", [0.5, 0.51, 3], [7.0, 9.0, 0.01])]
    marks = off_scale.beyond(series, 0.1, 5.0, 4, "not finite")
    assert [(mark["name"], mark["at"], mark["edge"], mark["way"], mark["shown"]) for mark in marks] == [
        ("test", 2, 5.0, "up", "1234"), ("test", 3, 5.0, "up", "not finite"), ("test", 4, 5.0, "up", "not finite"),
        ("train", 0.51, 5.0, "up", "9"), ("train", 3, 0.1, "down", "0.01"),
    ]  # fmt: skip
    many = [("train", [k / 100 for k in range(1000)], [9.0] * 1000)]
    assert len(off_scale.beyond(many, 0, 5, 10, "")) == off_scale.BINS
