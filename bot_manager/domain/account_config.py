"""Configuration of an account in files and forms: one schema for bots and backtests."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from bot_manager.trading import EquityFraction, QuoteAmount, RiskPerTrade, Sizing
from utils.bounds import BoundedDecimal, BoundedModel, Seconds

Rate = Annotated[BoundedDecimal, Field(description="Fraction of the traded value, 0.001 is 10 bps")]
EnterOnStart = Annotated[
    bool,
    Field(
        description="Act at the first print on the target in force at the start; "
        "else wait for a different one"
    ),
]
Share = Annotated[
    BoundedDecimal | None, Field(description="Fraction of equity; none: no such limit")
]


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
        default=Decimal(0), description="Of market orders, against us"
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
        return kind(fraction=self.amount)


class ProtectionsConfig(AccountPart):
    """Limits at which the account stops itself."""

    max_drawdown: Share = None
    daily_loss: Share = None
    cool_down_s: Seconds = Field(default=0.0, description="After a losing round trip")
