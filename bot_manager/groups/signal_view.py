"""Signals of a group, and the time up to which the tape can be folded with them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from bot_manager.trading import TARGETS, to_us
from bot_manager.trading.rows import RowArray
from strategies import Group, Signal
from strategies.group_progress import GroupStatus
from strategies.ports import SignalRepository

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SignalView:
    """Signals of a group; every candle closed up to `evaluated_to` is evaluated.

    `problem`: why the newest candle was skipped.
    """

    evaluated_to: datetime
    duration: timedelta
    signals: tuple[Signal, ...] = ()
    problem: str = ""

    @property
    def limit(self) -> datetime:
        """Return the time before which prints may be folded."""
        return self.evaluated_to + self.duration

    def targets(self, until: datetime | None = None) -> RowArray:
        """Return the signals at or before `until` as rows of the kernel."""
        rows = [
            (to_us(signal.close_time), int(signal.direction))
            for signal in self.signals
            if until is None or signal.close_time <= until
        ]
        return np.array(rows, TARGETS)


def read_signal_view(signals: SignalRepository, group: Group, since: datetime) -> SignalView | None:
    """Read the signals since `since`, inclusive; None if no engine evaluates the group yet."""
    status = signals.group(group)
    return None if status is None else load_signal_view(status, signals, since)


def load_signal_view(status: GroupStatus, signals: SignalRepository, since: datetime) -> SignalView:
    """Read the signals since `since`, inclusive, given a group's status."""
    signal_view, newest = evaluation_progress(status), status.last_signal
    if newest is None or newest.close_time < since:
        return signal_view
    decided = signals.signals(status.group, since, status.evaluated_to + _INSTANT)
    return replace(signal_view, signals=tuple(decided))


def evaluation_progress(status: GroupStatus) -> SignalView:
    """Return how far a group is evaluated, without its signals."""
    problem = status.last_skip.reason if status.skipping and status.last_skip else ""
    return SignalView(status.evaluated_to, status.group.timeframe.duration, problem=problem)
