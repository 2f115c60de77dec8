"""Conversion between decimals outside and integer units inside.

Price counts in 10^-p, size in 10^-q, money in 10^-(p+q+c), where c are the decimals of the amount
that one unit of size represents (contract value times multiplier; 1 for spot). So price x size x
contract is a whole number of money units, and input is never rounded.
"""

# Compiled into the kernel: an edit here recompiles it.

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation

import msgspec
import numpy as np
import numpy.typing as npt

from bot_manager.errors import DoesNotFit, UnsupportedInstrument
from data import EPOCH, Instrument, InstrumentKind

Int64s = npt.NDArray[np.int64]
Float64s = npt.NDArray[np.float64]

MONEY_LIMIT = 2**62
"""Money is below this in absolute value, else the account fails; also: never reached."""

DAY_US = 86_400_000_000

# Beyond 2^53 a float no longer represents every integer.
_EXACT_FLOAT = 2**53
EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
"""Context for exact sums and products; raises where they are not."""

_MICROSECOND = timedelta(microseconds=1)


class Scales(msgspec.Struct, frozen=True, kw_only=True):
    """The units of one account.

    `contract_units` is the amount that one unit of size represents, in 10^-contract_decimals.
    """

    price_decimals: int
    size_decimals: int
    contract_decimals: int = 0
    contract_units: int = 1

    @property
    def money_decimals(self) -> int:
        """Return the decimals of money: the most that a price times a size can have."""
        return self.price_decimals + self.size_decimals + self.contract_decimals

    @property
    def contract(self) -> Decimal:
        """Return the amount that one unit of size represents."""
        return from_units(self.contract_units, self.contract_decimals)

    def price_units(self, price: Decimal) -> int:
        """Convert a price. Raises DoesNotFit."""
        return to_units("price", price, self.price_decimals)

    def size_units(self, size: Decimal) -> int:
        """Convert a size. Raises DoesNotFit."""
        return to_units("size", size, self.size_decimals)

    def money_units(self, money: Decimal) -> int:
        """Convert an amount of quote currency. Raises DoesNotFit."""
        return to_units("amount", money, self.money_decimals)

    def price(self, units: int) -> Decimal:
        """Convert a price back."""
        return from_units(units, self.price_decimals)

    def size(self, units: int) -> Decimal:
        """Convert a size back."""
        return from_units(units, self.size_decimals)

    def money(self, units: int) -> Decimal:
        """Convert an amount of quote currency back."""
        return from_units(units, self.money_decimals)

    @classmethod
    def of(
        cls, instrument: Instrument, *, price_decimals: int = 0, size_decimals: int = 0
    ) -> "Scales":
        """Return scales with the decimals of the instrument, or of the data if finer.

        Raises UnsupportedInstrument for anything but spot and linear swaps.
        """
        contract = _contract_of(instrument)
        decimals = decimals_of(contract)
        return cls(
            price_decimals=max(price_decimals, decimals_of(instrument.price_step)),
            size_decimals=max(
                size_decimals, decimals_of(instrument.size_step), decimals_of(instrument.min_size)
            ),
            contract_decimals=decimals,
            contract_units=to_units("contract value", contract, decimals),
        )


def _contract_of(instrument: Instrument) -> Decimal:
    if instrument.kind is InstrumentKind.SPOT:
        return Decimal(1)
    if instrument.kind is not InstrumentKind.SWAP or instrument.inverse:
        kind = f"inverse {instrument.kind}" if instrument.inverse else instrument.kind
        raise UnsupportedInstrument(
            f"{instrument.id}: {kind} contracts are not supported: use spot or a linear swap"
        )
    if instrument.contract_value is None or instrument.contract_value <= 0:
        raise UnsupportedInstrument(
            f"{instrument.id}: the contract value is {instrument.contract_value}, "
            "so sizes have no value: update the instrument"
        )
    return instrument.contract_value


def decimals_of(value: Decimal) -> int:
    """Return the number of decimals that `value` needs."""
    exponent = value.normalize(EXACT).as_tuple().exponent
    return max(0, -int(exponent))


def to_units(name: str, value: Decimal, decimals: int) -> int:
    """Return `value` in units of 10^-decimals. Raises DoesNotFit, never rounds."""
    if not value.is_finite():
        raise DoesNotFit(name, value, problem="must be a finite number")
    if decimals_of(value) > decimals:
        raise DoesNotFit(name, value, problem=f"the account has {decimals} decimals: rescale it")
    units = int(value.scaleb(decimals, EXACT))
    if abs(units) >= MONEY_LIMIT:
        limit = from_units(MONEY_LIMIT, decimals)
        raise DoesNotFit(name, value, problem=f"must be below {limit} at {decimals} decimals")
    return units


def from_units(units: int, decimals: int) -> Decimal:
    """Convert units of 10^-decimals to a decimal."""
    return Decimal(int(units)).scaleb(-decimals, EXACT)


def column_units(name: str, values: Float64s, decimals: int) -> Int64s:
    """Convert floats to units of 10^-decimals. Raises DoesNotFit, never rounds.

    Exact for floats parsed from decimals: the quotient of two whole floats is the float nearest to
    the decimal, which is the float that the decimal was parsed to.
    """
    scale = float(10**decimals)
    units = np.rint(values * scale)
    wrong = ~((np.abs(units) <= _EXACT_FLOAT) & (units / scale == values))
    if wrong.any():
        problem = f"does not fit {decimals} decimals: rescale the account"
        raise DoesNotFit(name, values[int(np.argmax(wrong))], problem=problem)
    return units.astype(np.int64)


def to_us(time: datetime) -> int:
    """Convert an aware time to microseconds since the epoch."""
    return (time.astimezone(UTC) - EPOCH) // _MICROSECOND


def from_us(time_us: int) -> datetime:
    """Convert microseconds since the epoch to an aware time."""
    return EPOCH + timedelta(microseconds=int(time_us))
