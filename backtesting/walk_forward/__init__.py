"""Choose parameters on the past, trade them on what came next, again and again."""

from backtesting.walk_forward.schedule import Fold, Schedule
from backtesting.walk_forward.stitching import stitched

__all__ = ["Fold", "Schedule", "stitched"]
