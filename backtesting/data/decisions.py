"""Decisions of a strategy over a chunk of history, as targets of an account."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot_manager.trading import TARGETS
from bot_manager.trading.codes import LONG, SHORT
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Int64s
from strategies.signals import Directions
from strategies.window import Window
from utils.compiled import compiled

_NONE = np.zeros(0, TARGETS)


@dataclass(frozen=True, slots=True, eq=False)
class DecisionBatch:
    """Changes of target from the start on. `end_us`: the last close, before which prints may act.

    `in_force` is the target decided before the start, one row at its deciding close; empty if there
    was none.
    """

    targets: RowArray
    end_us: int
    in_force: RowArray = field(default_factory=lambda: _NONE)


def decisions_since(start_us: int, window: Window, directions: Directions) -> DecisionBatch:
    """Return a window's decisions, earlier ones as the target in force at the start."""
    duration_us = window.candles.timeframe.seconds * 1_000_000
    return decisions_at(start_us, window.open_times().view(np.int64) + duration_us, directions)


def decisions_at(start_us: int, close_us: Int64s, directions: Directions) -> DecisionBatch:
    """Return the decisions at these rising closes; one at the start is not before it."""
    first = int(np.searchsorted(close_us, start_us))
    changed = first + _changes(directions[first:])
    targets, end_us = _rows(close_us, directions, changed), int(close_us[-1])
    if not first:
        return DecisionBatch(targets, end_us)
    before = _changes(directions[:first])[-1:]
    return DecisionBatch(targets, end_us, _rows(close_us, directions, before))


def join_decisions(parts: Sequence[DecisionBatch]) -> DecisionBatch:
    """Join consecutive decisions into one batch."""
    if not parts:
        return DecisionBatch(np.zeros(0, TARGETS), 0)
    return DecisionBatch(
        drop_repeats([part.targets for part in parts]),
        parts[-1].end_us,
        drop_repeats([part.in_force for part in parts])[-1:],
    )


def join_before_start(start_us: int, decisions: Iterable[DecisionBatch]) -> Iterator[DecisionBatch]:
    """Yield consecutive decisions; those that end before the start are joined to the next batch."""
    parts: list[DecisionBatch] = []
    for decided in decisions:
        parts.append(decided)
        if decided.end_us >= start_us:
            yield join_decisions(parts)
            parts = []
    if parts:
        yield join_decisions(parts)


def drop_repeats(parts: Sequence[RowArray]) -> RowArray:
    """Join targets, without repeats at the seams of the parts."""
    targets = np.concatenate(parts)
    direction = targets["direction"]
    return targets[np.concatenate(([True], direction[1:] != direction[:-1]))[: len(targets)]]


def _rows(close_us: Int64s, directions: Directions, chosen: Int64s) -> RowArray:
    rows = np.zeros(len(chosen), TARGETS)
    rows["time"], rows["direction"] = close_us[chosen], directions[chosen]
    return rows


@compiled
def _changes(directions: Directions) -> Int64s:
    """Return the rows whose target differs from the one before."""
    rows = np.empty(len(directions), np.int64)
    count, before = 0, 2
    for row in range(len(directions)):
        target = directions[row]
        if SHORT <= target <= LONG and target != before:
            rows[count] = row
            count, before = count + 1, target
    return rows[:count].copy()
