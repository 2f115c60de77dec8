"""Requests and responses of `/api/v1/bots`.

Rows and orders hold floats in quote currency, made to be shown; times are in Unix seconds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from bot_manager.domain.config import BotConfig
from bot_manager.domain.lifecycle import COMMANDS, BotState, LifecycleEvent
from dashboard.features.bots.verification import BotVerificationResult
from dashboard.forms.validation import CheckedForm
from dashboard.rest.config_schemas import BotConfigSchema
from dashboard.rest.form_schemas import (
    FormProblemSchema,
    FormRequest,
    FormSectionSchema,
    StrategyChoiceSchema,
)
from dashboard.rest.result_schemas import EquityCurveSchema, RoundTripSchema
from dashboard.rest.schema_types import BigInteger, Line, RequestModel, ResponseModel
from data import Side

MAX_REASON_LENGTH = 500


def _command(name: object) -> LifecycleEvent:
    if not isinstance(name, str) or name not in COMMANDS:
        raise ValueError(f"must be one of {', '.join(COMMANDS)}")
    return LifecycleEvent(name)


Reason = Annotated[str, Field(max_length=MAX_REASON_LENGTH)]
CommandName = Annotated[
    LifecycleEvent,
    PlainValidator(_command),
    WithJsonSchema({"type": "string", "enum": [rule.value for rule in COMMANDS]}),
]
"""A command that a user can request."""


class BotFormRequest(FormRequest):
    """A filled-in form, and why it is stored.

    `is_new`: it is checked for a new bot, whose name must be free.
    """

    reason: Reason = ""
    is_new: Annotated[bool, Field(strict=True)] = False


class BotCommandRequest(RequestModel):
    """Request a command for these bots; `all_bots`: for all that allow it when it is applied."""

    command: CommandName
    names: list[str] = Field(default_factory=list)
    all_bots: Annotated[bool, Field(strict=True)] = False
    reason: Reason = ""


class VerifyBotRequest(RequestModel):
    """Replay a bot, by its name."""

    name: Line


class BotVerificationSchema(ResponseModel):
    """The result of a replay: identical to what was stored, or the first difference as text.

    `cause`: data, config, command or code, where something differs.
    """

    bot: str
    verified_at: datetime
    identical: bool
    orders: int
    marks: int
    digest: str
    cause: str
    difference: str


class BotSchema(ResponseModel):
    """A bot: its state, its configuration in short, and its account at the newest price.

    `desired_state`: the state once all commands are applied. `next_version`: of the configuration
    that applies from the next start. `next_step`: what happens next without a command.
    """

    name: str
    state: BotState
    desired_state: BotState
    since: float
    started_at: float | None
    reason: str
    version: int
    next_version: int | None
    allowed_commands: list[LifecycleEvent]
    is_active: bool
    strategy: str
    parameters: str
    instrument: str
    currency: str
    timeframe: str
    drawdown_limit: float | None
    fills_today: int
    last_event: str
    last_event_detail: str
    last_event_at: float | None
    degraded_reason: str
    next_step: str
    halted: str
    price: float | None
    capital: float
    equity: float
    position: float
    exposure: float
    entry: float | None
    entry_at: float | None
    stop: float | None
    target: float | None
    unrealised: float
    realised: float
    fees: float
    profit_today: float
    return_today: float | None
    total_profit: float
    total_return: float | None
    drawdown: float


class BotRowSchema(BotSchema):
    """A bot in the list of all: also its last replay, and its closed round trips."""

    verification: BotVerificationSchema | None
    round_trips: int
    win_rate: float | None


class CurrencyTotalsSchema(ResponseModel):
    """The sums of the bots of one quote currency."""

    currency: str
    bots: int
    equity: float
    profit_today: float
    total_profit: float
    exposure: float


class BotTotalsSchema(ResponseModel):
    """All bots that are not archived: how many are in which state, and their money by currency.

    `drawdown` is that of the worst bot.
    """

    bots: int
    running: int
    warming_up: int
    paused: int
    stopped: int
    degraded: int
    failed: int
    money: list[CurrencyTotalsSchema]
    drawdown: float
    worst_bot: str


class BotsResponse(ResponseModel):
    """All bots, which live frames continue: `epoch` and `number` of the last frame."""

    epoch: str
    number: int
    rows: list[BotRowSchema]
    totals: BotTotalsSchema


class ConfigChangeSchema(ResponseModel):
    """A field that a version changed: its values before and after, as texts."""

    field: str
    before: str
    after: str


class ConfigVersionSchema(ResponseModel):
    """A version of a configuration: who stored it and why, and its fields as texts."""

    number: int
    actor: str
    reason: str
    time: float
    values: dict[str, str]
    changes: list[ConfigChangeSchema]


class TransitionSchema(ResponseModel):
    """A change of state: by which rule, by whom and why, and after which trade of the tape."""

    number: int
    time: float
    before: BotState
    after: BotState
    rule: LifecycleEvent
    actor: str
    reason: str
    trade_id: BigInteger | None


class JournalEntrySchema(ResponseModel):
    """A decision, and its position on the tape; a negative `trade_id`: before the first trade."""

    number: int
    time: float
    tape_time: float
    trade_id: BigInteger
    decision: str
    actor: str
    reason: str


class BotCommandSchema(ResponseModel):
    """A command, and when it was answered; `refusal`: why it was not applied."""

    number: int
    time: float
    command: LifecycleEvent
    actor: str
    reason: str
    answered_at: float | None
    refusal: str


class BotOrderSchema(ResponseModel):
    """An order: filled by the trade `trade_id`, or refused. `position`, `equity`: afterwards."""

    number: int
    time: float
    side: Side
    filled: bool
    kind: Literal["limit", "market"]
    reason: str
    refusal: str
    size: float
    price: float
    fee: float
    realised: float
    position: float
    equity: float
    trade_id: BigInteger


class BotDetailResponse(ResponseModel):
    """One bot, which live frames continue: `epoch` and `number` of the last frame.

    Lists are newest first. `orders` are the newest of `order_count`. `values`: the newest
    configuration as the texts of a form. `groups`: whose signals it trades. `daily_before`: until
    then only the equity at the end of each day is stored.
    """

    epoch: str
    number: int
    row: BotSchema
    created_at: float
    price_decimals: int
    price_step: float
    size_decimals: int
    warnings: list[str]
    config: BotConfigSchema
    values: dict[str, str]
    versions: list[ConfigVersionSchema]
    transitions: list[TransitionSchema]
    journal: list[JournalEntrySchema]
    groups: list[str]
    commands: list[BotCommandSchema]
    orders: list[BotOrderSchema]
    order_count: int
    closed_round_trips: list[RoundTripSchema]
    won: int
    curve: EquityCurveSchema
    max_drawdown: float | None
    daily_before: float | None
    verification: BotVerificationSchema | None


class BotCatalogResponse(ResponseModel):
    """The form of a bot: sections, strategies and instruments.

    `without_steps`: instruments that cannot be traded, since their steps are not stored.
    """

    sections: list[FormSectionSchema]
    strategies: list[StrategyChoiceSchema]
    instruments: list[str]
    without_steps: list[str]


class BotValuesResponse(ResponseModel):
    """The texts of a bot's form, and what of a backtest could not be copied."""

    values: dict[str, str]
    warnings: list[str]


class CheckedBotResponse(ResponseModel):
    """The configuration of a form, or the problems of its fields."""

    config: BotConfigSchema | None
    problems: list[FormProblemSchema]


class StoredBotResponse(ResponseModel):
    """The version of a bot's configuration that was stored."""

    bot: str
    version: int


class RequestedCommandsResponse(ResponseModel):
    """The bots for which a command was stored; none for a command to all bots."""

    requested: list[str]


def bots_response(position: Mapping[str, Any], bots: Mapping[str, Any]) -> BotsResponse:
    """Return all bots as a response; `position` is that of live frames."""
    return BotsResponse.model_validate({**position, **bots}, from_attributes=True)


def bot_detail_response(position: Mapping[str, Any], bot: Mapping[str, Any]) -> BotDetailResponse:
    """Return one bot as a response; `position` is that of live frames."""
    return BotDetailResponse.model_validate({**position, **bot}, from_attributes=True)


def checked_bot_response(checked: CheckedForm[BotConfig]) -> CheckedBotResponse:
    """Return a checked form as a response."""
    return CheckedBotResponse.model_validate(checked, from_attributes=True)


def bot_verification_schema(result: BotVerificationResult) -> BotVerificationSchema:
    """Return the result of a replay as a part of a response."""
    return BotVerificationSchema.model_validate(result, from_attributes=True)
