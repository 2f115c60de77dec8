"""Timeframes: the lengths of candles, all aligned to UTC; weeks begin on Monday."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MONDAY = EPOCH + timedelta(days=4)


class Timeframe(StrEnum):
    """The length of a candle, written as `1m`, `4h`, `1w`; from the finest to the coarsest."""

    S1 = "1s"
    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H12 = "12h"
    D1 = "1d"
    W1 = "1w"

    @cached_property
    def duration(self) -> timedelta:
        """Return the time from open to close."""
        unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
        return timedelta(**{unit[self.value[-1]]: int(self.value[:-1])})

    @cached_property
    def seconds(self) -> int:
        """Return the time from open to close, in seconds."""
        return int(self.duration.total_seconds())

    @cached_property
    def origin(self) -> datetime:
        """Return one open time from which all others follow."""
        return _FIRST_MONDAY if self is Timeframe.W1 else EPOCH

    def floor(self, time: datetime) -> datetime:
        """Return the open time of the candle that holds `time`."""
        return time - (time - self.origin) % self.duration

    def ceil(self, time: datetime) -> datetime:
        """Return the first open time at or after `time`."""
        floor = self.floor(time)
        return floor if floor == time else floor + self.duration

    def divides(self, coarser: "Timeframe") -> bool:
        """Return whether every candle of `coarser` consists of whole candles of this timeframe."""
        whole = coarser.seconds % self.seconds == 0
        aligned = (coarser.origin - self.origin) % self.duration == timedelta(0)
        return whole and aligned


def finest_first(timeframes: "set[Timeframe] | frozenset[Timeframe]") -> tuple[Timeframe, ...]:
    """Sort timeframes by length."""
    return tuple(timeframe for timeframe in Timeframe if timeframe in timeframes)
