"""The listed instruments of the simulated exchange: names, steps and contract values."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np

from data.simulator.market.prng import Ints


class InstrumentType(StrEnum):
    """The exchange's own names for the kinds of instruments."""

    SPOT = "SPOT"
    SWAP = "SWAP"
    FUTURES = "FUTURES"


class ListingChange(StrEnum):
    """The changes of a listed instrument."""

    SUSPEND = "suspend"
    TICK_SIZE = "tick_size"
    DELIST = "delist"
    NEW_LISTING = "new_listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInstrument:
    """One instrument. Prices and sizes move in steps of 10 to the minus `.._decimals`.

    `contract_value` is in base currency; 1 for spot, where sizes are in base currency already.
    """

    inst_id: str
    kind: InstrumentType
    base: str
    quote: str
    price_decimals: int
    size_decimals: int
    min_lots: int = 1
    contract_value: Decimal = Decimal(1)
    code: int = 0

    @property
    def is_contract(self) -> bool:
        """Return whether sizes count contracts."""
        return self.kind is not InstrumentType.SPOT

    @property
    def contract_decimals(self) -> int:
        """Return the decimals of the contract value."""
        return max(0, -int(self.contract_value.as_tuple().exponent))

    @property
    def price_step(self) -> str:
        """Return the price step as the exchange writes it."""
        return decimal_text(1, self.price_decimals)

    @property
    def size_step(self) -> str:
        """Return the size step as the exchange writes it."""
        return decimal_text(1, self.size_decimals)

    def price_texts(self, ticks: Ints) -> list[str]:
        """Format many prices."""
        return decimal_texts(ticks, self.price_decimals)

    def size_texts(self, lots: Ints) -> list[str]:
        """Format many sizes."""
        return decimal_texts(lots, self.size_decimals)

    def price_text(self, ticks: int) -> str:
        """Format a price without trailing zeros."""
        return decimal_text(ticks, self.price_decimals)

    def size_text(self, lots: int) -> str:
        """Format a size without trailing zeros."""
        return decimal_text(lots, self.size_decimals)


def decimal_text(value: int, decimals: int) -> str:
    """Format a whole number of steps of 10 to the minus `decimals`, without trailing zeros."""
    if decimals == 0:
        return str(value)
    digits = str(value).zfill(decimals + 1)
    fraction = digits[-decimals:].rstrip("0")
    return f"{digits[:-decimals]}.{fraction}" if fraction else digits[:-decimals]


def decimal_texts(values: Ints, decimals: int) -> list[str]:
    """Format many numbers of steps, each as `decimal_text` does."""
    if decimals == 0:
        return [str(value) for value in values.tolist()]
    whole, fraction = np.divmod(values, 10**decimals)
    form = f"%d.%0{decimals}d"
    return [
        (form % parts).rstrip("0").rstrip(".")
        for parts in zip(whole.tolist(), fraction.tolist(), strict=True)
    ]
