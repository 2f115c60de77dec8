"""Signals as marks of a chart. Pure."""

import hashlib
from collections.abc import Iterable

import msgspec

from data import Timeframe
from strategies import Group, Signal
from strategies.group_progress import GroupAdvance, Skip
from utils.codec import encode

SKIPPED = "SKIPPED"


class SignalMark(msgspec.Struct, frozen=True, kw_only=True):
    """One mark at the candle that opens at `time` (Unix seconds).

    `direction` is LONG, FLAT, SHORT or SKIPPED; `group` identifies strategy and parameters.
    """

    group: str
    strategy: str
    time: int
    direction: str
    reason: str


def group_id(group: Group) -> str:
    """Return a short name of a group."""
    return hashlib.blake2b(encode(group), digest_size=6).hexdigest()


def signal_mark(signal: Signal) -> SignalMark:
    """Return a signal as a mark at the candle it was decided on."""
    group = signal.group
    return SignalMark(
        group=group_id(group),
        strategy=group.strategy,
        time=int(signal.close_time.timestamp()) - group.timeframe.seconds,
        direction=signal.direction.name,
        reason=signal.reason,
    )


def skip_mark(group: Group, skip: Skip) -> SignalMark:
    """Return a skip as a mark at the first candle that was skipped."""
    return SignalMark(
        group=group_id(group),
        strategy=group.strategy,
        time=int(skip.first_close_time.timestamp()) - group.timeframe.seconds,
        direction=SKIPPED,
        reason=skip.reason,
    )


def marks_by_timeframe(advances: Iterable[GroupAdvance]) -> dict[Timeframe, list[SignalMark]]:
    """Return the signals and skips of groups, by timeframe."""
    by_timeframe: dict[Timeframe, list[SignalMark]] = {}
    for advance in advances:
        marks = [signal_mark(signal) for signal in advance.signals]
        marks += [skip_mark(advance.group, skip) for skip in advance.skips]
        if marks:
            by_timeframe.setdefault(advance.group.timeframe, []).extend(marks)
    return by_timeframe
