"""What pages are given: plain values, made from the market's own."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dashboard.feed import FeedView
from data import Candle, CandleFrame, Cursor, Instrument, InstrumentId, Timeframe, TimeSpan, Trade


@dataclass(frozen=True, slots=True)
class Quote:
    """The last price, and what happened in the 24 hours before it (or `since`, if shorter)."""

    last: Decimal
    time: datetime
    since: datetime
    reference: float
    high: float
    low: float
    volume: float
    full_day: bool


@dataclass(frozen=True, slots=True)
class Seed:
    """Where one tape stands: its end, its newest trades, and the candles that are forming."""

    end: Cursor | None
    trades: list[Trade]
    forming: dict[Timeframe, Candle]


@dataclass(frozen=True, slots=True)
class ChartHistory:
    """Candles of a chart; `gaps` are the spans inside of which nothing is known.

    `begins`: no older candle is stored.
    """

    frame: CandleFrame
    gaps: list[TimeSpan]
    begins: bool


@dataclass(frozen=True, slots=True)
class Market:
    """One instrument as the Market page shows it."""

    instrument: Instrument
    timeframe: Timeframe
    history: ChartHistory
    trades: list[Trade]
    quote: Quote | None
    feed: FeedView


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be chosen on the Market page."""

    instruments: list[InstrumentId]
    timeframes: tuple[Timeframe, ...]
