"""What a group's strategy said, and how far the tape may be met with it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from bot_manager.trading import TARGETS, to_us
from bot_manager.trading.rows import RowArray
from strategies import Group, Signal
from strategies.ports import SignalRepository
from strategies.status import GroupStatus

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SignalView:
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


def read_signal_view(signals: SignalRepository, group: Group, since: datetime) -> SignalView | None:
    """Read what was decided at or behind `since`; None if nobody evaluates the group yet."""
    status = signals.group(group)
    return None if status is None else load_signal_view(status, signals, since)


def load_signal_view(status: GroupStatus, signals: SignalRepository, since: datetime) -> SignalView:
    """Read what was decided at or behind `since`, given how far a group is evaluated."""
    signal_view, newest = evaluation_progress(status), status.last_signal
    if newest is None or newest.close_time < since:
        return signal_view
    decided = signals.signals(status.group, since, status.evaluated_to + _INSTANT)
    return replace(signal_view, signals=tuple(decided))


def evaluation_progress(status: GroupStatus) -> SignalView:
    """Return how far a group is judged, without what was decided."""
    problem = status.last_skip.reason if status.skipping and status.last_skip else ""
    return SignalView(status.evaluated_to, status.group.timeframe.duration, problem=problem)
