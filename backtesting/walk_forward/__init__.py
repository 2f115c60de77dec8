"""Walk-forward: optimise parameters on the past, trade the next span, repeat."""

from backtesting.walk_forward.schedule import Fold, Schedule
from backtesting.walk_forward.stitched_curve import stitched

__all__ = ["Fold", "Schedule", "stitched"]
