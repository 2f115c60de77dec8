"""Plain values that pages receive, made from the market's own."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from data import Candle, CandleFrame, Cursor, Instrument, InstrumentId, Timeframe, TimeSpan, Trade

TRADES_SHOWN = 20
"""The newest trades of an instrument that its page shows."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The last price, and statistics of the 24 hours before it (or since `since`, if shorter)."""

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
    """The state of a tape: its end, its newest trades, and its forming candles."""

    end: Cursor | None
    trades: list[Trade]
    forming: dict[Timeframe, Candle]


@dataclass(frozen=True, slots=True)
class ChartHistory:
    """Candles of a chart; `gaps` are the spans without known candles between them.

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


@dataclass(frozen=True, slots=True)
class Listing:
    """The instruments and timeframes to choose from on the Market page."""

    instruments: list[InstrumentId]
    timeframes: tuple[Timeframe, ...]
