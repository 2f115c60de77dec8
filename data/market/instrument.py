"""Instruments: names, kinds, states and steps."""

import re
from decimal import Decimal
from enum import StrEnum

import msgspec

from data.errors import InvalidValue

_PARTS = re.compile("[-/_]")


class InstrumentId(msgspec.Struct, frozen=True, order=True, cache_hash=True):
    """The name of an instrument: exchange and the exchange's own symbol."""

    exchange: str
    symbol: str

    def __post_init__(self) -> None:
        for part in (self.exchange, self.symbol):
            if not part or not part.isprintable() or ":" in part or part != part.strip():
                raise InvalidValue(f"instrument name {part!r} must be plain text without ':'")

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}"

    @property
    def base(self) -> str:
        """Return the base, the first part of the symbol."""
        return _PARTS.split(self.symbol)[0]

    @property
    def quote(self) -> str:
        """Return the quote currency, the second part of a symbol as in `BTC-USDT-SWAP`; else ""."""
        return next(iter(_PARTS.split(self.symbol)[1:]), "")

    @classmethod
    def parse(cls, text: str) -> "InstrumentId":
        """Parse the form `exchange:symbol` that `str` writes. Raises InvalidValue."""
        exchange, colon, symbol = text.partition(":")
        if not colon:
            raise InvalidValue(f"instrument {text!r} must look like okx:BTC-USDT")
        return cls(exchange, symbol)


class InstrumentKind(StrEnum):
    """What is traded: the asset itself, or a contract on it."""

    SPOT = "spot"
    SWAP = "swap"
    FUTURES = "futures"
    OPTION = "option"


class InstrumentState(StrEnum):
    """Whether it trades now. DELISTED: gone from the exchange's list; its history is kept."""

    LIVE = "live"
    SUSPENDED = "suspended"
    PREOPEN = "preopen"
    DELISTED = "delisted"


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument and its steps of price and size.

    `contract_value` is the amount of one contract, in `contract_currency`; None for spot.
    `size` of trades is in base currency for spot and in contracts otherwise.
    """

    id: InstrumentId
    kind: InstrumentKind
    state: InstrumentState
    base: str
    quote: str
    price_step: Decimal
    size_step: Decimal
    min_size: Decimal
    contract_value: Decimal | None = None
    contract_currency: str | None = None
    inverse: bool = False

    def __post_init__(self) -> None:
        for name in ("price_step", "size_step", "min_size"):
            value = getattr(self, name)
            if not value.is_finite() or value <= 0:
                raise InvalidValue(f"{self.id}: {name} must be above 0, was {value}")
