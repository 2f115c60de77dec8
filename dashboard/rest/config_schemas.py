"""Configurations of bots, backtests and sweeps in responses."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from dashboard.rest.schema_types import DecimalText, ResponseModel
from data import Timeframe


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


class BotConfigSchema(AccountSchema):
    """The configuration of a bot."""

    name: str
    exits: ExitsSchema
    allow_unverified: bool
