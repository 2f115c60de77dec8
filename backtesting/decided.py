"""What a strategy decided over a piece of history, as the targets that an account is told."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot_manager.trading import TARGETS
from bot_manager.trading.codes import LONG, SHORT
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Int64s
from strategies.signals import Directions
from strategies.window import Window
from utils.compiled import compiled


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Changes of target. `end_us`: the last close, before which prints may act."""

    targets: RowArray
    end_us: int


def decided_since(start_us: int, window: Window, directions: Directions) -> Decided:
    """Return what counts of a window's decisions: nothing was decided before the beginning."""
    duration_us = window.candles.timeframe.seconds * 1_000_000
    return decided_at(start_us, window.open_times().view(np.int64) + duration_us, directions)


def decided_at(start_us: int, close_us: Int64s, directions: Directions) -> Decided:
    """Return what counts of decisions at these closes, which rise."""
    first = int(np.searchsorted(close_us, start_us))
    changed = first + _changes(directions[first:])
    rows = np.zeros(len(changed), TARGETS)
    rows["time"], rows["direction"] = close_us[changed], directions[changed]
    return Decided(rows, int(close_us[-1]))


def joined_decisions(parts: Sequence[Decided]) -> Decided:
    """Return consecutive decisions as one."""
    if not parts:
        return Decided(np.zeros(0, TARGETS), 0)
    return Decided(without_repeats([part.targets for part in parts]), parts[-1].end_us)


def without_repeats(parts: Sequence[RowArray]) -> RowArray:
    """Join targets, leaving out the repeats that pieces begin with."""
    told = np.concatenate(parts)
    direction = told["direction"]
    return told[np.concatenate(([True], direction[1:] != direction[:-1]))[: len(told)]]


@compiled
def _changes(directions: Directions) -> Int64s:
    """Return the rows that say another target than was said before."""
    rows = np.empty(len(directions), np.int64)
    count, before = 0, 2
    for row in range(len(directions)):
        said = directions[row]
        if SHORT <= said <= LONG and said != before:
            rows[count] = row
            count, before = count + 1, said
    return rows[:count].copy()
