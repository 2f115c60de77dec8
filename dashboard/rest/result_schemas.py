"""Results of bots and of backtests in responses.

Amounts are floats in quote currency, made to be drawn; times are in Unix seconds.
"""

from typing import Annotated, Literal

from pydantic import Field

from dashboard.rest.schema_types import ResponseModel

MetricValues = dict[str, float | None]
"""Metrics by their names in the catalog; null where one is undefined."""


class RoundTripSchema(ResponseModel):
    """A closed position. `return` is on the entry value; `adverse` and `favourable`: the extremes.

    `profit` is after fees.
    """

    number: int
    side: Literal["long", "short"]
    entry_time: float
    exit_time: float
    entry_price: float
    exit_price: float
    size: float
    fees: float
    profit: float
    adverse: float
    favourable: float
    return_: Annotated[float | None, Field(alias="return")]
    reason: str


class EquityCurveSchema(ResponseModel):
    """Equity and drawdown over time, as columns; drawdowns are fractions."""

    time: list[float]
    equity: list[float]
    drawdown: list[float]


class HistogramSchema(ResponseModel):
    """Returns of round trips by their size: `counts` between each two `edges`."""

    edges: list[float]
    counts: list[int]


class YearReturnsSchema(ResponseModel):
    """The returns of the months of a year, and of the year; null: no data."""

    year: int
    months: list[float | None]
    total: float | None
