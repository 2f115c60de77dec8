"""Configurations of bots, backtests and sweeps in responses."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from backtesting.config import BacktestResolution
from backtesting.search import SearchKind
from dashboard.rest.schema_types import DecimalText, ResponseModel
from data import Gaps, Timeframe


class SizingSchema(ResponseModel):
    """The size of an entry: `amount` in quote currency, or as a fraction of equity."""

    rule: Literal["quote_amount", "equity_fraction", "risk_per_trade"]
    amount: DecimalText


class CostsSchema(ResponseModel):
    """Fees as fractions of the traded value, and the slippage of market orders."""

    maker_fee: DecimalText
    taker_fee: DecimalText
    slippage_bps: DecimalText


class ExitsSchema(ResponseModel):
    """Distances from the entry price in basis points; null: no such exit."""

    stop_loss_bps: int | None = None
    take_profit_bps: int | None = None
    trailing_stop_bps: int | None = None


class ProtectionsSchema(ResponseModel):
    """Limits at which the account stops itself, as fractions of equity; null: no limit."""

    max_drawdown: DecimalText | None
    daily_loss: DecimalText | None
    cool_down_s: float


class AccountSchema(ResponseModel):
    """A strategy on an instrument, and the account it trades with. Money is in quote currency."""

    instrument: str
    timeframe: Timeframe
    strategy: str
    parameters: Annotated[dict[str, JsonValue], Field(description="As the strategy defines them.")]
    capital: DecimalText
    sizing: SizingSchema
    costs: CostsSchema
    protections: ProtectionsSchema
    leverage: DecimalText
    min_notional: DecimalText
    latency_ms: int
    enter_on_start: bool = False


class PromotedBotSchema(AccountSchema):
    """The part of a bot's configuration that a backtest has, too."""

    name: str
    exits: ExitsSchema


class BotConfigSchema(PromotedBotSchema):
    """The configuration of a bot."""

    allow_unverified: bool


class StepsSchema(ResponseModel):
    """The steps of an instrument that no exchange has described."""

    price_step: DecimalText
    size_step: DecimalText
    min_size: DecimalText


class BacktestConfigSchema(AccountSchema):
    """The configuration of a backtest. `exits` and `gaps`: null for those of the strategy.

    `max_missing`: the share of the span that may be unknown; `risk_free`: a yearly rate.
    """

    start: datetime
    end: datetime
    exits: ExitsSchema | None
    resolution: BacktestResolution
    drill_down: bool
    gaps: Gaps | None
    max_missing: float
    risk_free: float
    steps: StepsSchema | None


class SweepConfigSchema(ResponseModel):
    """The configuration of a sweep: `vary` holds texts such as `fast=5..50:5`."""

    backtest: BacktestConfigSchema
    vary: list[str]
    search: SearchKind
    objective: str
    trials: int
    seed: int
