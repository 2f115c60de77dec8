"""Equity out of sample as one curve."""

import numpy as np
import pytest

from backtesting.metrics import EquityCurve
from backtesting.walk_forward import stitched


def curve(start: int, *equity: float) -> EquityCurve:
    return EquityCurve(np.arange(start, start + len(equity), dtype=np.int64), np.array(equity))


def test_each_curve_begins_with_what_the_one_before_left() -> None:
    whole = stitched([curve(0, 100, 110, 120), curve(2, 100, 50), curve(3, 10, 20)])
    assert whole.time_us.tolist() == [0, 1, 2, 3, 4]
    assert whole.equity.tolist() == [100, 110, 120, 60, 120]


def test_curves_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        stitched([curve(0, 1, 2, 3), curve(1, 1, 2)])


def test_there_must_be_a_curve() -> None:
    with pytest.raises(ValueError, match="no equity curve to stitch"):
        stitched([])
