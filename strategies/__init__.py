"""The public API for writing a strategy: candles in, targets out."""

from strategies.base import Indicators, SecondTimeframe, Strategy
from strategies.exits import Exits
from strategies.frame import StrategyFrame
from strategies.rules import crossed_above, crossed_below, decide, previous
from strategies.signals import Direction, Directions, Group, Signal

__all__ = [
    "Direction",
    "Directions",
    "Exits",
    "Group",
    "Indicators",
    "SecondTimeframe",
    "Signal",
    "Strategy",
    "StrategyFrame",
    "crossed_above",
    "crossed_below",
    "decide",
    "previous",
]
