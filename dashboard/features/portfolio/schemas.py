"""Responses of `/api/v1/portfolio`.

Amounts are floats in quote currency, made to be drawn: the CSV file of round trips is exact. Times
are in Unix seconds.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from bot_manager.domain.lifecycle import BotState
from dashboard.rest.result_schemas import (
    EquityCurveSchema,
    HistogramSchema,
    MetricValues,
    RoundTripSchema,
    YearReturnsSchema,
)
from dashboard.rest.schema_types import DecimalText, ResponseModel

RangeName = Literal["1d", "7d", "30d", "90d", "1y", "ytd", "all"]
"""A span up to now: days, a year, the year to date, or since the first bot started."""


class GrowthCurveSchema(ResponseModel):
    """The growth of a bot's capital in the span, as columns; growth is a fraction."""

    name: str
    time: list[float]
    growth: list[float]


class PortfolioBotSchema(ResponseModel):
    """A bot of the portfolio: `profit`, `return` and round trips are those of the span."""

    name: str
    state: BotState
    strategy: str
    instrument: str
    timeframe: str
    capital: float
    equity: float
    profit: float
    return_: Annotated[float | None, Field(alias="return")]
    round_trips: int
    win_rate: float | None


class BotReconciliationSchema(ResponseModel):
    """What fills explain of the change of equity; `differences`: by bot what they do not, exact."""

    realised: float
    unrealised: float
    fees: float
    change: float
    differences: dict[str, DecimalText]


class DayProfitsSchema(ResponseModel):
    """The profit of each UTC day of the span, by its start, and the equity after it."""

    time: list[float]
    profit: list[float]
    equity: list[float]


class ProfitShareSchema(ResponseModel):
    """The profit after fees of the round trips of one strategy, instrument or hour."""

    name: str
    profit: float
    round_trips: int
    won: int


class ProfitBySchema(ResponseModel):
    """Profit after fees by strategy, by instrument and by the UTC hour of the exit."""

    strategy: list[ProfitShareSchema]
    instrument: list[ProfitShareSchema]
    hour: list[ProfitShareSchema]


class PortfolioRoundTripSchema(RoundTripSchema):
    """A round trip of a bot."""

    bot: str


class BenchmarkCurveSchema(ResponseModel):
    """The value of all capital, had it been held, as columns."""

    time: list[float]
    equity: list[float]


class BenchmarkSchema(ResponseModel):
    """Buy and hold: no curve, but what is `missing`, if a price is not stored."""

    missing: list[str]
    curve: BenchmarkCurveSchema | None
    return_: Annotated[float | None, Field(alias="return")]


class PortfolioResponse(ResponseModel):
    """The selected bots together over a span, in one quote currency.

    `currencies`: those of all bots that match, that of most bots first. `metrics` are as of
    backtests. `closed_round_trips` are the newest of `round_trips`. `growth_curves`: of the best
    and the worst bots. `daily_before`: until then only the equity at the end of each day is stored.
    """

    currency: str
    currencies: list[str]
    start: float
    end: float
    bots: int
    metrics: MetricValues
    daily_before: float | None
    days: float
    round_trips: int
    curve: EquityCurveSchema | None
    growth_curves: list[GrowthCurveSchema]
    members: list[PortfolioBotSchema]
    reconciliation: BotReconciliationSchema
    months: list[YearReturnsSchema]
    day_profits: DayProfitsSchema
    histogram: HistogramSchema
    profit_by: ProfitBySchema
    closed_round_trips: list[PortfolioRoundTripSchema]
    benchmark: BenchmarkSchema | None = None


def portfolio_response(portfolio: Mapping[str, Any]) -> PortfolioResponse:
    """Return the portfolio that `BotServices.portfolio` computes as a response."""
    return PortfolioResponse.model_validate(portfolio)
