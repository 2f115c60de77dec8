"""Targets of strategies, and the signals of their changes."""

from datetime import datetime
from enum import IntEnum

import msgspec
import numpy as np
import numpy.typing as npt

from data import InstrumentId, Timeframe, require_utc
from strategies.errors import StrategyError

Directions = npt.NDArray[np.int8]


class Direction(IntEnum):
    """The target position of a strategy: repeating it is harmless. HOLD: as before."""

    SHORT = -1
    FLAT = 0
    LONG = 1
    HOLD = 2


class Group(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The unit of evaluation: equal requests share one group.

    `version` is the digest of the strategy's source file, `parameters` those that decide signals,
    as canonical JSON: exits belong to the account and are not part of it.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    strategy: str
    version: str
    parameters: str


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A group's target changed with the candle that closed at `close_time`.

    `direction` is never HOLD. `window_digest` names the candles it was decided on.
    """

    group: Group
    close_time: datetime
    direction: Direction
    reason: str
    window_digest: str

    def __post_init__(self) -> None:
        require_utc(self.close_time, "close_time")
        if self.direction is Direction.HOLD:
            raise StrategyError("a signal is a target: HOLD is not one")


def targets_of(directions: Directions, before: Direction = Direction.FLAT) -> Directions:
    """Return the target at each row: HOLD keeps the one before it, `before` at the start."""
    rows = np.arange(len(directions))
    decided = np.maximum.accumulate(np.where(directions != int(Direction.HOLD), rows, -1))
    return np.where(decided >= 0, directions[decided], np.int8(before)).astype(np.int8)


def changes_of(targets: Directions, before: Direction = Direction.FLAT) -> npt.NDArray[np.int64]:
    """Return the rows at which the target differs from the row before."""
    return np.flatnonzero(np.diff(targets, prepend=np.int8(before)))
