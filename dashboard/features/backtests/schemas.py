"""Requests and responses of `/api/v1/backtests`.

Amounts of results are floats in quote currency, made to be drawn; times are in Unix seconds.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from backtesting.config import BacktestConfig
from backtesting.metrics.definition import Group, Unit
from dashboard.forms.validation import CheckedForm
from dashboard.rest.candle_schemas import CandlesSchema
from dashboard.rest.config_schemas import BacktestConfigSchema, PromotedBotSchema
from dashboard.rest.form_schemas import FormFieldSchema, FormProblemSchema, FormSectionSchema
from dashboard.rest.result_schemas import (
    HistogramSchema,
    MetricValues,
    RoundTripSchema,
    YearReturnsSchema,
)
from dashboard.rest.schema_types import RequestModel, ResponseModel, RowNumber

MAX_NOTE_LENGTH = 2_000


class RunJobRequest(RequestModel):
    """A job, by its number."""

    job: RowNumber


class AnnotateBacktestRequest(RequestModel):
    """Replace note and tags of a backtest."""

    backtest: RowNumber
    note: Annotated[str, Field(max_length=MAX_NOTE_LENGTH)]
    tags: list[str]


class DeleteBacktestsRequest(RequestModel):
    """Delete these backtests."""

    backtests: Annotated[list[RowNumber], Field(min_length=1)]


class RangeFieldSchema(FormFieldSchema):
    """A field of a parameter, with a suggested range for a sweep; empty: none."""

    range: str


class RangeStrategySchema(ResponseModel):
    """A strategy that the forms offer, with the fields of its parameters."""

    name: str
    title: str
    description: str
    fields: list[RangeFieldSchema]


class MetricDefinitionSchema(ResponseModel):
    """Name, formula, unit and source of a metric, and the data it needs to be meaningful.

    `better` is the sign of the desired direction, 0: neither.
    """

    name: str
    title: str
    group: Group
    unit: Unit
    formula: str
    requires: str
    source: str
    better: int
    notes: str


class BacktestCatalogResponse(ResponseModel):
    """The forms of backtests and sweeps, and the definitions of the metrics.

    `without_steps`: instruments whose steps are not stored, so that the form must give them.
    """

    sections: list[FormSectionSchema]
    sweep: list[FormFieldSchema]
    strategies: list[RangeStrategySchema]
    instruments: list[str]
    without_steps: list[str]
    cards: list[MetricDefinitionSchema]


class StoredSpanResponse(ResponseModel):
    """Start and end of the known candles, and the share between them that is known."""

    start: int | None
    end: int | None
    known: float


class CheckedBacktestResponse(ResponseModel):
    """The configuration of a form, or the problems of its fields."""

    config: BacktestConfigSchema | None
    problems: list[FormProblemSchema]


class BacktestRowSchema(ResponseModel):
    """A stored backtest in the list. `agrees`: its ledger is consistent.

    `missing`: the share of its span without data.
    """

    id: int
    created_at: int
    instrument: str
    currency: str
    timeframe: str
    strategy: str
    parameters: str
    start: int
    end: int
    note: str
    tags: list[str]
    agrees: bool
    missing: float
    total_return: float | None
    benchmark_return: float | None
    max_drawdown: float | None
    sharpe: float | None
    profit_factor: float | None
    win_rate: float | None
    round_trips: float | None


class BacktestDigestsSchema(ResponseModel):
    """Digests of configuration, data, code, data inside candles, and outcome."""

    config: str
    data: str
    code: str
    intrabar: str
    outcome: str


class DataGapSchema(ResponseModel):
    """A part of the span without data."""

    start: datetime
    end: datetime


class DataQualitySchema(ResponseModel):
    """How much of the span is known. `gaps`: the first of `gap_count`.

    `incomplete_candles`: made from a tape with holes. `warmup`: candles before the first decision,
    of which `warmup_in_span` are in the requested span.
    """

    candles: int
    prints: int
    missing: float
    missing_candles: int
    incomplete_candles: int
    gap_count: int
    gaps: list[DataGapSchema]
    first_print: datetime
    last_print: datetime
    warmup: int
    warmup_in_span: int


class ReconciliationCheckSchema(ResponseModel):
    """A comparison of amounts: how many were compared, and how many differ."""

    name: str
    what: str
    compared: int
    different: int
    holds: bool


class BacktestCurveSchema(ResponseModel):
    """Equity, buy and hold, drawdowns and exposure over time, as columns.

    The columns of buy and hold are empty where it is undefined.
    """

    time: list[int]
    equity: list[float]
    benchmark: list[float]
    drawdown: list[float]
    benchmark_drawdown: list[float]
    exposure: list[float]


class BacktestResponse(BacktestRowSchema):
    """A stored backtest. `values`: its configuration as the texts of a form."""

    config: BacktestConfigSchema
    values: dict[str, str]
    metrics: MetricValues
    digests: BacktestDigestsSchema
    quality: DataQualitySchema
    reconciled: list[ReconciliationCheckSchema]
    drilled_candles: int
    warnings: list[str]
    curve: BacktestCurveSchema
    months: list[YearReturnsSchema]
    histogram: HistogramSchema
    closed_round_trips: list[RoundTripSchema]


class BacktestGrowthSchema(ResponseModel):
    """The growth of a backtest's capital over time, as columns; growth is a fraction."""

    time: list[int]
    growth: list[float]


class ComparedBacktestSchema(BacktestRowSchema):
    """A backtest in a comparison. `values`: its configuration as the texts of a form."""

    metrics: MetricValues
    values: dict[str, str]
    curve: BacktestGrowthSchema


class BacktestCandlesResponse(ResponseModel):
    """Candles of a backtest, and its round trips there.

    `begins`, `ends`: the window reaches the start or the end of the backtest.
    """

    candles: CandlesSchema
    step_s: int
    closed_round_trips: list[RoundTripSchema]
    begins: bool
    ends: bool


class PromotionResponse(ResponseModel):
    """The configuration of a bot that trades as a backtest did, and what could not be copied."""

    bot: PromotedBotSchema
    warnings: list[str]


def checked_backtest_response(checked: CheckedForm[BacktestConfig]) -> CheckedBacktestResponse:
    """Return a checked form as a response."""
    return CheckedBacktestResponse.model_validate(checked, from_attributes=True)


def backtest_row_schemas(rows: Iterable[Mapping[str, Any]]) -> list[BacktestRowSchema]:
    """Return stored backtests as rows of the list."""
    return [BacktestRowSchema.model_validate(row) for row in rows]


def backtest_response(result: Mapping[str, Any]) -> BacktestResponse:
    """Return a stored backtest as a response."""
    return BacktestResponse.model_validate(result)


def compared_backtest_schemas(rows: Iterable[Mapping[str, Any]]) -> list[ComparedBacktestSchema]:
    """Return stored backtests as parts of a comparison."""
    return [ComparedBacktestSchema.model_validate(row) for row in rows]
