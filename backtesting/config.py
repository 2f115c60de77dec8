"""Configuration of a backtest: everything that decides its outcome besides data and code."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from bot_manager.domain.account_config import (
    AccountPart,
    CostsConfig,
    EnterOnStart,
    ProtectionsConfig,
    SizingConfig,
    account_parameters,
)
from bot_manager.trading import AccountParameters
from data import Gaps, Instrument, InstrumentId, InstrumentKind, InstrumentState, Timeframe
from strategies import Exits
from strategies.parameters import build_model
from strategies.strategy_handle import ConfiguredStrategy
from utils.bounds import (
    BoundedDecimal,
    ClassName,
    InstrumentName,
    Milliseconds,
    Step,
    check_time,
)


class BacktestResolution(StrEnum):
    """What moves the account: the strategy's own candles, minutes, or every stored trade."""

    BARS = "bars"
    MINUTES = "1m"
    TRADES = "trades"


class StepsConfig(AccountPart):
    """Steps of a spot instrument that no exchange has described, as for imported data."""

    price_step: Step
    size_step: Step
    min_size: Step

    def instrument(self, name: InstrumentId) -> Instrument:
        """Return a spot instrument with these steps; its symbol names base and quote."""
        return Instrument(
            id=name,
            kind=InstrumentKind.SPOT,
            state=InstrumentState.LIVE,
            base=name.base,
            quote=name.quote,
            **self.model_dump(),
        )


class BacktestConfig(AccountPart):
    """One backtest. `start` is inclusive, `end` exclusive, both aware; kept in UTC.

    Two configurations that mean the same have the same digest, however they were written.
    """

    later_fields: ClassVar[frozenset[str]] = frozenset({"enter_on_start"})

    instrument: InstrumentName = Field(description="Such as okx:BTC-USDT")
    timeframe: Timeframe = Timeframe.H1
    start: datetime
    end: datetime
    strategy: ClassName = Field(description="Class name")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Those that differ from the defaults"
    )
    capital: BoundedDecimal = Field(default=Decimal(10_000), description="Quote currency")
    sizing: SizingConfig = SizingConfig()
    costs: CostsConfig = CostsConfig()
    exits: Exits | None = Field(default=None, description="Replace the strategy's own")
    protections: ProtectionsConfig = ProtectionsConfig()
    leverage: BoundedDecimal = Decimal(1)
    min_notional: BoundedDecimal = Decimal(0)
    latency_ms: Milliseconds = Field(default=0, description="From a candle's close to the order")
    enter_on_start: EnterOnStart = False
    resolution: BacktestResolution = BacktestResolution.BARS
    drill_down: bool = Field(
        default=True, description="Resolve ambiguous candles with intrabar data"
    )
    gaps: Gaps | None = Field(default=None, description="None: as declared by the strategy")
    max_missing: float = Field(
        default=0.05, ge=0, le=1, description="Share of the span that may be unknown"
    )
    risk_free: float = Field(default=0.0, ge=0, le=1, description="Yearly rate")
    steps: StepsConfig | None = Field(
        default=None, description="Price and size steps, if the instrument's are not stored"
    )

    @field_validator("instrument")
    @classmethod
    def _names_an_instrument(cls, value: str) -> str:
        return str(InstrumentId.parse(value))

    @field_validator("start", "end")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return check_time(value.replace(tzinfo=UTC) if value.tzinfo is None else value)

    @model_validator(mode="after")
    def _can_be_run(self) -> Self:
        problems = []
        if self.start >= self.end:
            problems.append(
                f"start ({self.start.isoformat()}) must be before end ({self.end.isoformat()})"
            )
        if self.resolution is BacktestResolution.MINUTES and not Timeframe.M1.divides(
            self.timeframe
        ):
            problems.append(f"resolution 1m cannot move an account on {self.timeframe} candles")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def instrument_id(self) -> InstrumentId:
        """Return the instrument's name."""
        return InstrumentId.parse(self.instrument)

    def account(self, strategy: ConfiguredStrategy) -> AccountParameters:
        """Return the account's parameters. Raises ConfigError, naming the field."""
        return self.account_with(strategy.exits if self.exits is None else self.exits)

    def account_with(self, exits: Exits) -> AccountParameters:
        """Return the account's parameters with these exits. Raises ConfigError."""
        return account_parameters(self, exits)

    def with_parameters(self, strategy: ConfiguredStrategy) -> "BacktestConfig":
        """Return the configuration with all parameters of the strategy written out."""
        return self.model_copy(update={"parameters": dict(strategy.parameters)})

    def digest(self) -> str:
        """Return a digest of the configuration; call it with every parameter written out."""
        values = _plain(self.model_dump(exclude=self.outside_digest()))
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def read_config(values: dict[str, Any]) -> BacktestConfig:
    """Validate a configuration. Raises ConfigError, naming field, value and bound."""
    return build_model(BacktestConfig, values, source="backtest")


def _plain(value: Any) -> Any:
    """Convert a value to canonical JSON, with 10, 10.0 and 1E+1 written alike."""
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case datetime():
            return value.isoformat()
        case _:
            return value
