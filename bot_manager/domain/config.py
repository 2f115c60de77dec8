"""Configuration of a bot in files, forms and rows: one schema, frozen and validated.

Files in `config/bots` and rows of the database hold the same JSON.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from bot_manager.domain.account_config import (
    AccountPart,
    CostsConfig,
    EnterOnStart,
    ProtectionsConfig,
    SizingConfig,
    account_parameters,
)
from bot_manager.errors import UnknownInstrument
from bot_manager.trading import AccountParameters
from data import InstrumentId, Timeframe
from data.ports import InstrumentRepository
from strategies import Exits
from strategies.parameters import build_model
from strategies.requests import SignalRequest
from utils.bounds import BoundedDecimal, ClassName, InstrumentName, Milliseconds
from utils.errors import ConfigError
from utils.readers import read_json

BotName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,59}$",
        description="Lower-case letters, digits and dashes; each name is used once",
    ),
]


class BotConfig(AccountPart):
    """One bot: a strategy on an instrument, and the account it trades with.

    `exits` belong to the account, so they are separate from the strategy's parameters.
    """

    later_fields: ClassVar[frozenset[str]] = frozenset({"enter_on_start"})

    name: BotName
    instrument: InstrumentName = Field(description="Such as okx:BTC-USDT")
    timeframe: Timeframe = Timeframe.H1
    strategy: ClassName = Field(description="Class name")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Those that differ from the defaults"
    )
    capital: BoundedDecimal = Field(default=Decimal(10_000), description="Quote currency")
    sizing: SizingConfig = SizingConfig()
    costs: CostsConfig = CostsConfig()
    exits: Exits = Exits()
    protections: ProtectionsConfig = ProtectionsConfig()
    leverage: BoundedDecimal = Decimal(1)
    min_notional: BoundedDecimal = Decimal(0)
    latency_ms: Milliseconds = Field(default=0, description="From a candle's close to the order")
    enter_on_start: EnterOnStart = False
    allow_unverified: bool = Field(
        default=False, description="Run the strategy even if its verification failed"
    )

    @field_validator("instrument")
    @classmethod
    def _names_an_instrument(cls, value: str) -> str:
        return str(InstrumentId.parse(value))

    @field_validator("parameters")
    @classmethod
    def _are_plain(cls, value: dict[str, Any]) -> dict[str, Any]:
        if "exits" in value:
            raise ValueError("exits are a field of the configuration, not a parameter")
        return value

    @model_validator(mode="after")
    def _makes_an_account(self) -> Self:
        self.account()
        return self

    @property
    def instrument_id(self) -> InstrumentId:
        """Return the instrument's name."""
        return InstrumentId.parse(self.instrument)

    def account(self) -> AccountParameters:
        """Return the parameters of the account. Raises InvalidParameter, naming the field."""
        return account_parameters(self, self.exits)

    def request(self) -> SignalRequest:
        """Return the request to the strategy engine."""
        return SignalRequest(
            requester=requester_of(self.name),
            instrument=self.instrument_id,
            timeframe=self.timeframe,
            strategy=self.strategy,
            parameters=json.dumps(self.parameters, sort_keys=True),
            title=self.name,
            allow_unverified=self.allow_unverified,
        )


_SUBSTITUTES: dict[str, Any] = {"instrument": "unknown:unknown", "strategy": "Unknown"}


def requester_of(bot: str) -> str:
    """Return the requester name of a bot in the strategy engine."""
    return f"bot:{bot}"


def read_bot(values: dict[str, Any], *, source: str = "bot") -> BotConfig:
    """Validate a configuration. Raises ConfigError, naming field, value and bound."""
    return build_model(BotConfig, values, source=source)


def readable_part(
    name: str, values: dict[str, Any], *, source: str
) -> tuple[BotConfig, ConfigError | None]:
    """Read the valid part of a stored configuration; also return the first error, if any.

    Fields that are invalid under today's bounds are treated as absent.
    """
    first: ConfigError | None = None
    kept = dict(values)
    for _ in BotConfig.model_fields:
        try:
            return read_bot(kept, source=source), first
        except ConfigError as error:
            first = first or error
            field = error.field.partition(".")[0]
            if field in _SUBSTITUTES and field not in kept:
                kept[field] = _SUBSTITUTES[field]
            elif kept.pop(field, None) is None:
                break
    return BotConfig(name=name, **_SUBSTITUTES), first


def read_bot_json(text: str, *, source: str) -> BotConfig:
    """Parse a configuration from JSON. Raises ConfigError."""
    values = read_json(text, source=source)
    if not isinstance(values, dict):
        raise ConfigError(source, problem="must be one JSON object")
    return read_bot(values, source=source)


def require_instrument(config: BotConfig, instruments: InstrumentRepository) -> None:
    """Raise UnknownInstrument unless the instrument has its kind and steps stored."""
    if instruments.get(config.instrument_id) is None:
        raise UnknownInstrument(config.instrument)


def edit_config(config: BotConfig, given: Sequence[str]) -> BotConfig:
    """Return a configuration with FIELD=VALUE edits applied; nested fields use dots.

    A value is parsed as JSON, else used as text; an empty value removes a parameter. Raises
    ConfigError, naming the field.
    """
    values = config.model_dump(mode="json")
    for one in given:
        field, equals, text = one.partition("=")
        if not equals or not field:
            raise ConfigError("--set", problem=f"must have the form FIELD=VALUE, was {one!r}")
        _put(values, field.split("."), text, field)
    return read_bot(values, source=f"bot {config.name}")


def _put(values: dict[str, Any], path: Sequence[str], text: str, field: str) -> None:
    *parts, last = path
    for part in parts:
        inner = values.get(part)
        if not isinstance(inner, dict):
            raise ConfigError("bot", field=field, problem=f"{part} has no fields")
        values = inner
    if text:
        values[last] = _value(text)
    else:
        values.pop(last, None)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
