"""What a group's strategy said, and how far the tape may be met with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bot_manager.trading import TARGETS, to_us
from bot_manager.trading.rows import RowArray
from strategies import Group, Signal
from strategies.ports import SignalRepository

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a group's strategy said: every candle closed up to `evaluated_to` is judged.

    `problem` says why the newest candle was not.
    """

    evaluated_to: datetime
    duration: timedelta
    signals: tuple[Signal, ...] = ()
    problem: str = ""

    @property
    def limit(self) -> datetime:
        """Return the time before which prints may be met."""
        return self.evaluated_to + self.duration

    def targets(self, until: datetime | None = None) -> RowArray:
        """Return the signals as the kernel reads them, decided at or before `until`."""
        rows = [
            (to_us(signal.close_time), int(signal.direction))
            for signal in self.signals
            if until is None or signal.close_time <= until
        ]
        return np.array(rows, TARGETS)


def read_opinion(signals: SignalRepository, group: Group, since: datetime) -> Opinion | None:
    """Read what was decided at or behind `since`; None if nobody evaluates the group yet."""
    status = signals.group(group)
    if status is None:
        return None
    said = signals.signals(group, since, status.evaluated_to + _INSTANT)
    problem = status.last_skip.reason if status.skipping and status.last_skip else ""
    return Opinion(status.evaluated_to, group.timeframe.duration, tuple(said), problem)
