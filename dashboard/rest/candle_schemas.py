"""Candles in responses."""

from dashboard.rest.schema_types import ResponseModel

CandleValue = float | None


class CandlesSchema(ResponseModel):
    """Candles as columns; `time` in Unix seconds, null where no candle is known."""

    time: list[int]
    open: list[CandleValue]
    high: list[CandleValue]
    low: list[CandleValue]
    close: list[CandleValue]
    volume: list[CandleValue]
