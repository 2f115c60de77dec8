"""Parameters of an account as decimals; invalid values are refused."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from bot_manager.errors import InvalidParameter
from utils.bounds import check_decimal

_PPM_DECIMALS = 6
_LONGEST_WAIT = timedelta(days=366)


def _require(
    field: str,
    value: Decimal | None,
    *,
    above: str = "-Infinity",
    low: str = "-Infinity",
    high: str = "Infinity",
    below: str = "Infinity",
    decimals: int = _PPM_DECIMALS,
) -> None:
    """Raise InvalidParameter for a number out of bounds or with too many decimals."""
    if value is None:
        return
    if not value.is_finite():
        raise InvalidParameter(field, f"must be a number, was {value}")
    inside = Decimal(low) <= value <= Decimal(high) and Decimal(above) < value < Decimal(below)
    if not inside:
        floor = f"above {above}" if low == "-Infinity" else f"at least {low}"
        ceiling = f"below {below}" if high == "Infinity" else f"at most {high}"
        raise InvalidParameter(field, f"must be {floor} and {ceiling}, was {value}")
    if value != round(value, decimals):
        raise InvalidParameter(field, f"must have at most {decimals} decimals, was {value}")


def _require_positive(field: str, value: Decimal) -> None:
    """Raise InvalidParameter unless an amount is above 0 and countable."""
    if not (value.is_finite() and value > 0):
        raise InvalidParameter(field, f"must be above 0, was {value}")
    _require_countable(field, value)


def _require_countable(field: str, value: Decimal) -> None:
    """Raise InvalidParameter for an amount with more digits than any account can count."""
    try:
        check_decimal(value)
    except ValueError as error:
        raise InvalidParameter(field, f"{error}, was {value}") from None


def _require_wait(field: str, wait: timedelta) -> None:
    """Raise InvalidParameter for a wait that is negative or longer than 366 days."""
    if not timedelta(0) <= wait <= _LONGEST_WAIT:
        raise InvalidParameter(field, f"must be from 0 to {_LONGEST_WAIT.days} days, was {wait}")


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """Fees as fractions of the traded value (0.001 = 10 bps), and slippage in bps.

    Market orders pay the taker's fee and slippage; the resting take-profit pays the maker's fee,
    which may be a rebate (negative).
    """

    maker_fee: Decimal = Decimal(0)
    taker_fee: Decimal = Decimal(0)
    slippage_bps: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        _require("maker_fee", self.maker_fee, low="-0.01", high="0.1")
        _require("taker_fee", self.taker_fee, low="0", high="0.1")
        _require("slippage_bps", self.slippage_bps, low="0", high="1000", decimals=2)


class QuoteAmount(msgspec.Struct, frozen=True, kw_only=True, tag="quote_amount"):
    """Enter with the same amount of quote currency each time."""

    amount: Decimal

    def __post_init__(self) -> None:
        _require_positive("sizing.amount", self.amount)


class EquityFraction(msgspec.Struct, frozen=True, kw_only=True, tag="equity_fraction"):
    """Enter with a fraction of the equity, the fee included; 1 is all in."""

    fraction: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        _require("sizing.fraction", self.fraction, above="0", high="1")


class RiskPerTrade(msgspec.Struct, frozen=True, kw_only=True, tag="risk_per_trade"):
    """Enter so that a fill at the nearest stop loses a fraction of the equity, before costs."""

    fraction: Decimal

    def __post_init__(self) -> None:
        _require("sizing.fraction", self.fraction, above="0", high="1")


Sizing = QuoteAmount | EquityFraction | RiskPerTrade


class ExitLevels(msgspec.Struct, frozen=True, kw_only=True):
    """Exit levels that the account applies, as fractions of the entry price; None: none.

    The trailing stop keeps its distance from the best price since the entry.
    """

    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    trailing_stop: Decimal | None = None

    def __post_init__(self) -> None:
        _require("stop_loss", self.stop_loss, above="0", below="1")
        _require("take_profit", self.take_profit, above="0", high="100")
        _require("trailing_stop", self.trailing_stop, above="0", below="1")


class Protections(msgspec.Struct, frozen=True, kw_only=True):
    """Limits at which the account stops itself, as fractions of equity; None: none.

    `max_drawdown` is from the highest marked equity and holds until a user resumes; `daily_loss` is
    from the equity at UTC midnight and holds for the day. After a losing round trip no position is
    opened for `cool_down`.
    """

    max_drawdown: Decimal | None = None
    daily_loss: Decimal | None = None
    cool_down: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        _require("max_drawdown", self.max_drawdown, above="0", below="1")
        _require("daily_loss", self.daily_loss, above="0", below="1")
        _require_wait("cool_down", self.cool_down)


class AccountParameters(msgspec.Struct, frozen=True, kw_only=True):
    """All parameters of an account besides its instrument.

    `leverage` is the greatest value of a position as a fraction of equity. `latency` is the time
    from the close of the deciding candle to the first print that may act on it.
    """

    capital: Decimal
    sizing: Sizing = EquityFraction()
    costs: Costs = Costs()
    exits: ExitLevels = ExitLevels()
    protections: Protections = Protections()
    leverage: Decimal = Decimal(1)
    min_notional: Decimal = Decimal(0)
    latency: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        _require_positive("capital", self.capital)
        _require("leverage", self.leverage, above="0", high="1")
        _require_wait("latency", self.latency)
        if not (self.min_notional.is_finite() and self.min_notional >= 0):
            raise InvalidParameter("min_notional", f"must not be below 0, was {self.min_notional}")
        _require_countable("min_notional", self.min_notional)
        stops = (self.exits.stop_loss, self.exits.trailing_stop)
        if isinstance(self.sizing, RiskPerTrade) and stops == (None, None):
            raise InvalidParameter(
                "sizing", "risk_per_trade requires a stop_loss or a trailing_stop"
            )
