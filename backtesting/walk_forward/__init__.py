"""Walk-forward: optimise parameters on the past, trade the next span, repeat."""

from backtesting.walk_forward.schedule import Schedule, WalkForwardFold

__all__ = ["Schedule", "WalkForwardFold"]
