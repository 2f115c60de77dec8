"""What one commit adds to an instrument's tape."""

import msgspec

from data.errors import InvalidValue
from data.market.candle import Candle
from data.market.hole import Hole
from data.market.instrument import InstrumentId
from data.market.trade import Cursor, Trade


class TapeBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The next trades of one tape, in id order, with the candles they close and holes they show.

    All of it is committed together or not at all.
    """

    instrument: InstrumentId
    trades: list[Trade]
    candles: list[Candle] = []
    holes: list[Hole] = []

    def __post_init__(self) -> None:
        if not self.trades:
            raise InvalidValue(f"a batch of {self.instrument} must hold at least one trade")

    @property
    def first(self) -> Cursor:
        """Return the place of the first trade."""
        return self.trades[0].cursor

    @property
    def last(self) -> Cursor:
        """Return the place of the last trade: the tape's end after the commit."""
        return self.trades[-1].cursor
