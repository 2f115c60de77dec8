"""One equity curve of many runs, each of which begins where the one before ended."""

from collections.abc import Sequence

import numpy as np

from backtesting.metrics import EquityCurve


def stitched(curves: Sequence[EquityCurve]) -> EquityCurve:
    """Chain curves that follow each other: each is scaled to begin with what was left before it.

    So it is what an account would have had that went on with all it had. Raises ValueError for
    none, or for curves that overlap.
    """
    if not curves:
        raise ValueError("there is no curve to stitch")
    times, equity = [curves[0].time_us], [curves[0].equity]
    for curve in curves[1:]:
        if curve.time_us[0] < times[-1][-1]:
            raise ValueError("curves overlap: a stretch of time would count twice")
        scale = equity[-1][-1] / curve.equity[0]
        times.append(curve.time_us[1:])
        equity.append(curve.equity[1:] * scale)
    return EquityCurve(np.concatenate(times), np.concatenate(equity))
