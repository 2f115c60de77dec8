"""Open, high, low, close and volume of a span of time, and how candles are merged."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from itertools import pairwise

import msgspec

from data.errors import InvalidValue
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.market.trade import require_utc

# Sums are exact or fail: the default context would silently round at 28 digits.
EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])


class CandleSource(StrEnum):
    """The origin of a candle: folded from the tape, or the exchange's own."""

    TRADES = "trades"
    EXCHANGE = "exchange"


class Candle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A closed candle over [open_time, close_time), UTC, with exact decimals.

    `complete`: no trade of the span is missing. The ids and the count identify the trades of a
    candle; exchanges do not publish them, so they are None for source EXCHANGE.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    open_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trade_count: int | None
    first_trade_id: int | None
    last_trade_id: int | None
    complete: bool
    source: CandleSource

    def __post_init__(self) -> None:
        require_utc(self.open_time, "open_time")
        if self.timeframe.floor(self.open_time) != self.open_time:
            raise InvalidValue(f"{self._name}: opens between two {self.timeframe} candles")
        prices = (self.open, self.high, self.low, self.close)
        if not all(value.is_finite() for value in (*prices, self.volume)):
            raise InvalidValue(f"{self._name}: prices and volume must be finite")
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise InvalidValue(
                f"{self._name}: open {self.open} and close {self.close} must lie "
                f"within low {self.low} and high {self.high}"
            )
        if self.volume < 0:
            raise InvalidValue(f"{self._name}: volume must not be negative, was {self.volume}")

    @property
    def _name(self) -> str:
        return f"{self.timeframe} candle of {self.instrument} at {self.open_time.isoformat()}"

    @property
    def close_time(self) -> datetime:
        """Return the end of the span, exclusive."""
        return self.open_time + self.timeframe.duration


def merge_candles(parts: Iterable[Candle], timeframe: Timeframe) -> Candle:
    """Fold consecutive candles of one bucket, in time order, into the candle of `timeframe`.

    The result is complete if every part is; its source is TRADES only if every part's is.
    Raises InvalidValue if there are no parts, or they are not of one instrument, in time order and
    in one bucket.
    """
    ordered = list(parts)
    _require_one_bucket(ordered, timeframe)
    first, last = ordered[0], ordered[-1]
    volume = Decimal(0)
    for part in ordered:
        volume = EXACT.add(volume, part.volume)
    ours = all(part.source is CandleSource.TRADES for part in ordered)
    counts = [part.trade_count for part in ordered if part.trade_count is not None]
    return Candle(
        instrument=first.instrument,
        timeframe=timeframe,
        open_time=timeframe.floor(first.open_time),
        open=first.open,
        high=max(part.high for part in ordered),
        low=min(part.low for part in ordered),
        close=last.close,
        volume=volume,
        trade_count=sum(counts) if ours else None,
        first_trade_id=first.first_trade_id if ours else None,
        last_trade_id=last.last_trade_id if ours else None,
        complete=all(part.complete for part in ordered),
        source=CandleSource.TRADES if ours else CandleSource.EXCHANGE,
    )


def _require_one_bucket(parts: list[Candle], timeframe: Timeframe) -> None:
    if not parts:
        raise InvalidValue("cannot merge an empty list of candles")
    for earlier, later in pairwise(parts):
        if earlier.instrument != later.instrument:
            raise InvalidValue(
                f"cannot merge candles of {earlier.instrument} and {later.instrument}"
            )
        if later.open_time < earlier.open_time:
            raise InvalidValue(
                f"candles to merge must be in time order, but {later.open_time.isoformat()} "
                f"follows {earlier.open_time.isoformat()}"
            )
    last, open_time = parts[-1], timeframe.floor(parts[0].open_time)
    if last.close_time > open_time + timeframe.duration:
        raise InvalidValue(
            f"{last.timeframe} candle at {last.open_time.isoformat()} is not within "
            f"the {timeframe} candle at {open_time.isoformat()}"
        )
