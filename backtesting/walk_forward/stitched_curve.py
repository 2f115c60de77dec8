"""Stitching of many runs to one equity curve."""

from collections.abc import Sequence

import numpy as np

from backtesting.metrics import EquityCurve


def stitched(curves: Sequence[EquityCurve]) -> EquityCurve:
    """Chain consecutive curves: each is scaled to start at the end of the one before.

    The result is the equity of an account that reinvests everything. Raises ValueError for no
    curves, or for curves that overlap.
    """
    if not curves:
        raise ValueError("no equity curve to stitch")
    times, equity = [curves[0].time_us], [curves[0].equity]
    for curve in curves[1:]:
        if curve.time_us[0] < times[-1][-1]:
            raise ValueError("equity curves overlap: a time span would count twice")
        scale = equity[-1][-1] / curve.equity[0]
        times.append(curve.time_us[1:])
        equity.append(curve.equity[1:] * scale)
    return EquityCurve(np.concatenate(times), np.concatenate(equity))
