"""Responses of `/api/v1/candles`: both are hot, and encoded by their routes."""

from dashboard.rest.candle_schemas import CandlesSchema
from dashboard.rest.schema_types import DecimalText, InstrumentIdText, ResponseModel
from data import Timeframe

TradeRow = tuple[int, DecimalText, DecimalText, int, int]
"""The trade's id, its price and size, its side (1: buy, -1: sell), its time in Unix ms."""


class CandleColumnsSchema(CandlesSchema):
    """Candles as columns. `begins`: there are no older ones."""

    begins: bool


class ChartInstrument(ResponseModel):
    """An instrument as the chart shows it."""

    symbol: str
    exchange: str
    size_unit: str
    price_step: float
    price_decimals: int
    size_decimals: int


class QuoteSchema(ResponseModel):
    """The last price, and statistics of the 24 hours before it, or since `since`, if shorter."""

    last: DecimalText
    since: str
    reference: float
    high: float
    low: float
    volume: float
    full_day: bool


class ChartView(ResponseModel):
    """What was requested."""

    symbol: InstrumentIdText
    timeframe: Timeframe


class EmptyNotice(ResponseModel):
    """Why there are no candles, and what to do about it."""

    title: str
    action: str


class OutageNotice(EmptyNotice):
    """Why nothing can be read at present."""

    kind: str


class MarketSnapshot(ResponseModel):
    """The newest candles and trades, which live frames continue: `epoch` and `numbers` of topics.

    While the database is down: `problem`, without the rest.
    """

    view: ChartView
    epoch: str
    numbers: dict[str, int]
    instrument: ChartInstrument | None = None
    step_s: int | None = None
    candles: CandleColumnsSchema | None = None
    trades: list[TradeRow] | None = None
    quote: QuoteSchema | None = None
    notice: str | None = None
    empty: EmptyNotice | None = None
    problem: OutageNotice | None = None


class OlderCandles(ResponseModel):
    """The candles before a time. `key`: as it was sent."""

    key: str
    candles: CandleColumnsSchema
