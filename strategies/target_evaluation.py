"""Changes of target among one window's candles: evaluated the same live and in a replay."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from data import from_datetime64
from strategies.base import Strategy
from strategies.evaluation import evaluate, frame_of, reason_at
from strategies.second_timeframe import SecondValues
from strategies.signals import Direction, Group, Signal, changes_of, targets_of
from strategies.window import Times, Window

RowMask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TargetChange:
    """A new target from the candle that closed at `close_time` on."""

    close_time: datetime
    direction: Direction
    reason: str
    window_digest: str

    def signal(self, group: Group) -> Signal:
        """Return the change as a signal of a group."""
        return Signal(
            group=group,
            close_time=self.close_time,
            direction=self.direction,
            reason=self.reason,
            window_digest=self.window_digest,
        )


@dataclass(frozen=True, slots=True)
class TargetEvaluation:
    """The changes among some candles of a window, and the target after them."""

    changes: tuple[TargetChange, ...]
    target: Direction


def evaluate_targets(
    strategy: Strategy,
    window: Window,
    second: SecondValues | None,
    requested: RowMask,
    before: Direction,
) -> TargetEvaluation:
    """Evaluate the `requested` candles among those from the anchor on; the others are HOLD."""
    first = int(np.argmax(requested))
    directions = evaluate(strategy, window, second)[first:]
    directions[~requested[first:]] = Direction.HOLD
    targets = targets_of(directions, before)
    rows = changes_of(targets, before)
    if not len(rows):
        return TargetEvaluation((), before)
    frame = frame_of(strategy, window, second)
    start, close_times = window.first + first, window.close_times
    changes = tuple(
        TargetChange(
            close_time=from_datetime64(close_times[start + row]),
            direction=Direction(int(targets[row])),
            reason=reason_at(strategy, frame, start + row),
            window_digest=window.digest(start + row),
        )
        for row in rows.tolist()
    )
    return TargetEvaluation(changes, changes[-1].direction)


def closing_times(window: Window) -> Times:
    """Return when the candles from the anchor on close."""
    return window.close_times[window.first : window.stop]
