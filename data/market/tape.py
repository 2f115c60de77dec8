"""One instrument's tape: the batch of a commit, its rows, and its records."""

from typing import NamedTuple

import msgspec

from data.errors import InvalidValue
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.hole import Hole, IdRange
from data.market.instrument import InstrumentId
from data.market.trade import Cursor, Trade


class TapeBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The next trades of one tape, in id order, with the candles they close and the new holes.

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
        """Return the cursor of the first trade."""
        return self.trades[0].cursor

    @property
    def last(self) -> Cursor:
        """Return the cursor of the last trade: the tape's end after the commit."""
        return self.trades[-1].cursor


class TapeRow(NamedTuple):
    """A stored trade. `on_tape` is false for one recovered after the tape went on."""

    trade: Trade
    on_tape: bool


class DroppedDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day whose rows retention deleted: its span, and the ids that it held on the tape."""

    span: TimeSpan
    ids: IdRange


class TapeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tape began and ends, and what retention deleted, as recorded beside its rows.

    `first` holds the first id that the tape's first row covers. `dropped` is in time order.
    """

    first: Cursor
    end: Cursor
    dropped: tuple[DroppedDay, ...] = ()
