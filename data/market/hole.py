"""Holes: ranges of trade ids that are missing from a tape."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

import msgspec

from data.errors import InvalidValue
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.trade import require_utc


class IdRange(msgspec.Struct, frozen=True, order=True):
    """Trade ids from `first` to `last`, both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise InvalidValue(f"id range {self.first}..{self.last} is empty")

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, trade_id: int) -> bool:
        return self.first <= trade_id <= self.last

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


class HoleState(StrEnum):
    """The state of a hole.

    OPEN: being filled; the tape waits. DEFERRED: too large to wait for; a download fills it later.
    FILLED: such a download did. VERIFIED: the exchange has ids on both sides and none between, so
    nothing is missing. UNRECOVERABLE: the exchange no longer has the trades.
    """

    OPEN = "open"
    DEFERRED = "deferred"
    FILLED = "filled"
    VERIFIED = "verified"
    UNRECOVERABLE = "unrecoverable"

    @property
    def harmless(self) -> bool:
        """Return whether candles over such a hole may still be complete."""
        return self in (HoleState.FILLED, HoleState.VERIFIED)


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """Ids missing from one tape, between the trades at `after_time` and `before_time`."""

    instrument: InstrumentId
    ids: IdRange
    state: HoleState
    after_time: datetime
    before_time: datetime
    detected_at: datetime

    def __post_init__(self) -> None:
        for name in ("after_time", "before_time", "detected_at"):
            require_utc(getattr(self, name), name)

    @property
    def span(self) -> TimeSpan:
        """Return the span in which the missing ids were traded."""
        return TimeSpan(self.after_time, self.before_time)


def chained(candles: Sequence[Candle], holes: Iterable[Hole]) -> bool:
    """Return whether all ids between the candles, made from trades, lie in the holes."""
    spans = [(candle.first_trade_id or 0, candle.last_trade_id or 0) for candle in candles]
    gaps = [(last + 1, first - 1) for (_, last), (first, _) in pairwise(spans) if first > last + 1]
    if not gaps:
        return True
    declared = [hole.ids for hole in holes]
    return all(any(first in ids and last in ids for ids in declared) for first, last in gaps)
