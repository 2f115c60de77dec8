"""One public trade of the market, and the cursor of a reader on its tape."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from data.errors import InvalidValue
from data.market.instrument import InstrumentId

_UTC_OFFSET = timedelta(0)
# Compared with a Decimal: an int would have to be converted first, at every trade.
_ZERO = Decimal(0)
NUMBERED = -1
"""The `exchange_source` of a trade whose id an import generated."""


def require_utc(time: datetime, name: str) -> None:
    """Refuse a time that is naive or not in UTC. Raises InvalidValue."""
    if time.utcoffset() != _UTC_OFFSET:
        raise InvalidValue(f"{name} must be an aware UTC time, was {time.isoformat()}")


class Side(StrEnum):
    """The taker's side."""

    BUY = "buy"
    SELL = "sell"


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One public market trade.

    `time` is the tape time: never falling along ids. It equals `exchange_time` unless the sequencer
    corrects it. `match_count` ids end at `trade_id` (1 unless the feed merges matches).
    `exchange_source` is the exchange's own code for where it came from, 0 where it has none;
    NUMBERED: an import numbered the rows of a file that has no ids of the exchange.
    """

    instrument: InstrumentId
    trade_id: int
    price: Decimal
    size: Decimal
    side: Side
    time: datetime
    exchange_time: datetime
    match_count: int = 1
    exchange_source: int = 0

    def __post_init__(self) -> None:
        # One line of C-level tests on the hot path; messages are built only on an error.
        price, size, time = self.price, self.size, self.time
        if not (
            price.is_finite()
            and size.is_finite()
            and price > _ZERO
            and size > _ZERO
            and self.trade_id >= self.match_count - 1 >= 0
            and (time.tzinfo is UTC or time.utcoffset() == _UTC_OFFSET)
            and (self.exchange_time is time or self.exchange_time.utcoffset() == _UTC_OFFSET)
        ):
            self._refuse()

    def _refuse(self) -> None:
        name = f"trade {self.trade_id} of {self.instrument}"
        require_utc(self.time, f"{name}: time")
        require_utc(self.exchange_time, f"{name}: exchange_time")
        raise InvalidValue(
            f"{name}: price {self.price}, size {self.size} and match_count {self.match_count} "
            "must be above 0, and the ids that it covers must not be negative"
        )

    @property
    def first_id(self) -> int:
        """Return the first of the ids that this row covers."""
        return self.trade_id - self.match_count + 1

    @property
    def cursor(self) -> "Cursor":
        """Return this trade's cursor on the tape."""
        return Cursor(self.time, self.trade_id)


class Cursor(msgspec.Struct, frozen=True, order=True):
    """A position on one instrument's tape: everything up to and including this trade."""

    time: datetime
    trade_id: int

    def __post_init__(self) -> None:
        require_utc(self.time, "cursor time")
