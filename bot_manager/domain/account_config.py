"""Configuration of an account in files and forms: one schema for bots and backtests."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Protocol

from pydantic import Field

from bot_manager.errors import InvalidParameter
from bot_manager.trading import (
    AccountParameters,
    Costs,
    EquityFraction,
    ExitLevels,
    Protections,
    QuoteAmount,
    RiskPerTrade,
    Sizing,
)
from strategies import Exits
from utils.bounds import BoundedDecimal, BoundedModel, Seconds

Rate = Annotated[BoundedDecimal, Field(description="Fraction of the traded value: 0.001 is 10 bps")]
EnterOnStart = Annotated[
    bool,
    Field(
        description="Trade the target in force at the start at the first print; "
        "else wait until the target changes"
    ),
]
Share = Annotated[BoundedDecimal | None, Field(description="Fraction of equity; none: no limit")]


class AccountPart(BoundedModel):
    """A frozen part of an account's configuration, bounded, without unknown keys.

    `later_fields` were added after configurations had been stored with digests.
    """

    later_fields: ClassVar[frozenset[str]] = frozenset()

    def outside_digest(self) -> set[str]:
        """Return the later fields that hold their defaults.

        Digests leave them out, so that a configuration stored before has the digest it had.
        """
        fields = type(self).model_fields
        return {name for name in self.later_fields if getattr(self, name) == fields[name].default}


class CostsConfig(AccountPart):
    """Fees and slippage."""

    maker_fee: Rate = Decimal("0.0008")
    taker_fee: Rate = Decimal("0.001")
    slippage_bps: BoundedDecimal = Field(
        default=Decimal(0), description="Of market orders, always adverse"
    )


class SizingConfig(AccountPart):
    """Size of an entry."""

    rule: Literal["quote_amount", "equity_fraction", "risk_per_trade"] = "equity_fraction"
    amount: BoundedDecimal = Field(
        default=Decimal(1), description="Quote currency, or a fraction of equity"
    )

    def sizing(self) -> Sizing:
        """Convert to the sizing rule of the account. Raises InvalidParameter."""
        if self.rule == "quote_amount":
            return QuoteAmount(amount=self.amount)
        kind = EquityFraction if self.rule == "equity_fraction" else RiskPerTrade
        try:
            return kind(fraction=self.amount)
        except InvalidParameter as error:
            # The account's name of it; the configuration has one field for every rule.
            raise InvalidParameter("sizing.amount", error.problem) from None


class ProtectionsConfig(AccountPart):
    """Limits at which the account stops itself."""

    max_drawdown: Share = None
    daily_loss: Share = None
    cool_down_s: Seconds = Field(default=0.0, description="After a losing round trip")


class AccountConfig(Protocol):
    """The account in the configurations of bots and of backtests."""

    @property
    def capital(self) -> Decimal: ...
    @property
    def sizing(self) -> SizingConfig: ...
    @property
    def costs(self) -> CostsConfig: ...
    @property
    def protections(self) -> ProtectionsConfig: ...
    @property
    def leverage(self) -> Decimal: ...
    @property
    def min_notional(self) -> Decimal: ...
    @property
    def latency_ms(self) -> float: ...


def account_parameters(config: AccountConfig, exits: Exits) -> AccountParameters:
    """Return the parameters of an account with these exits. Raises InvalidParameter."""
    return AccountParameters(
        capital=config.capital,
        sizing=config.sizing.sizing(),
        costs=Costs(**config.costs.model_dump()),
        exits=exit_levels(exits),
        protections=Protections(
            max_drawdown=config.protections.max_drawdown,
            daily_loss=config.protections.daily_loss,
            cool_down=timedelta(seconds=config.protections.cool_down_s),
        ),
        leverage=config.leverage,
        min_notional=config.min_notional,
        latency=timedelta(milliseconds=config.latency_ms),
    )


def exit_levels(exits: Exits) -> ExitLevels:
    """Convert exits in basis points to fractions."""
    return ExitLevels(
        stop_loss=_fraction(exits.stop_loss_bps),
        take_profit=_fraction(exits.take_profit_bps),
        trailing_stop=_fraction(exits.trailing_stop_bps),
    )


def _fraction(bps: int | None) -> Decimal | None:
    return None if bps is None else Decimal(bps) / 10_000
