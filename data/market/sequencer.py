"""Sequence one instrument's trades, from any number of unreliable feeds, into its tape.

Pure: the sequencer returns which ids are missing; the caller fetches them, or gives them up.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush

import msgspec

from data.errors import TapeReset
from data.market.hole import Hole, HoleState, IdRange
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH
from data.market.trade import Cursor, Trade

# On exchanges time falls by some 30 ms along ids; an old id this much newer than the tape's end is
# no duplicate but a renumbered feed.
RESET_TOLERANCE = timedelta(seconds=5)


class Sequencer:
    """Drops duplicates, holds early trades, releases in id order with tape times.

    `last` is the last trade already on the tape; None starts the tape at the first trade offered.
    Nothing downstream ever receives a trade late, twice or out of order.
    """

    def __init__(self, instrument: InstrumentId, last: Cursor | None = None) -> None:
        self.instrument = instrument
        # `last` in two parts: building a cursor for each trade would cost more than all the rest.
        self._next_id = None if last is None else last.trade_id + 1
        self._last_time = EPOCH if last is None else last.time
        self.duplicates = 0
        self.overlaps = 0
        self._held: dict[int, Trade] = {}
        self._order: list[int] = []

    @property
    def last(self) -> Cursor | None:
        """Return the last trade on the tape."""
        return None if self._next_id is None else Cursor(self._last_time, self._next_id - 1)

    @property
    def held(self) -> int:
        """Return the number of trades that wait behind missing ids."""
        return len(self._held)

    @property
    def missing(self) -> IdRange | None:
        """Return the ids that keep the held trades from the tape, or None if none are held."""
        if self._next_id is None or not self._order:
            return None
        return IdRange(self._next_id, self._order[0] - 1)

    @property
    def first_held(self) -> Trade | None:
        """Return the trade right after the missing ids."""
        return self._held[self._order[0]] if self._order else None

    def hole(self, state: HoleState, detected_at: datetime) -> Hole | None:
        """Return the missing ids as a hole, or None if no trade is held."""
        missing, behind, last = self.missing, self.first_held, self.last
        if missing is None or behind is None or last is None:
            return None
        return Hole(
            instrument=self.instrument,
            ids=missing,
            state=state,
            after_time=last.time,
            before_time=max(last.time, behind.time),
            detected_at=detected_at,
        )

    def accept(self, trades: Iterable[Trade]) -> list[Trade]:
        """Process trades as a feed delivers them; return those that can now go on the tape.

        Raises TapeReset if ids went back while time went on.
        """
        released: list[Trade] = []
        for trade in trades:
            # Nearly every trade is the next one: it is recognized without a call.
            if trade.trade_id - trade.match_count + 1 == self._next_id or self._next_id is None:
                self._release(trade, released)
            elif trade.trade_id < self._next_id:
                self._drop(trade)
            else:
                self._hold(trade)
            if self._order:
                self._drain(released)
        return released

    def fill(self, trades: Iterable[Trade]) -> list[Trade]:
        """Process single trades fetched for the missing ids, in any order; return what is released.

        Rows outside the missing ids are ignored: a feed's merged row and the fetched single rows
        may share an id but never a size.
        """
        missing = self.missing
        if missing is None:
            return []
        missing_trades = (
            trade for trade in trades if trade.first_id in missing and trade.trade_id in missing
        )
        return self.accept(sorted(missing_trades, key=lambda trade: trade.trade_id))

    def skip(self) -> list[Trade]:
        """Give the missing ids up and continue after them; return what is released."""
        released: list[Trade] = []
        if self._order:
            self._release(self._held.pop(heappop(self._order)), released)
            self._drain(released)
        return released

    def _release(self, trade: Trade, released: list[Trade]) -> None:
        if trade.time < self._last_time:
            trade = msgspec.structs.replace(trade, time=self._last_time)
        self._next_id, self._last_time = trade.trade_id + 1, trade.time
        released.append(trade)

    def _drop(self, trade: Trade) -> None:
        assert self._next_id is not None
        if trade.exchange_time > self._last_time + RESET_TOLERANCE:
            raise TapeReset(
                f"{self.instrument}: trade {trade.trade_id} at {trade.exchange_time.isoformat()} "
                f"comes after trade {self._next_id - 1} at {self._last_time.isoformat()}"
            )
        self.duplicates += 1

    def _hold(self, trade: Trade) -> None:
        if trade.first_id in self._held:
            self.duplicates += 1
            return
        self._held[trade.first_id] = trade
        heappush(self._order, trade.first_id)

    def _drain(self, released: list[Trade]) -> None:
        assert self._next_id is not None
        while self._order and self._order[0] <= self._next_id:
            trade = self._held.pop(heappop(self._order))
            if trade.first_id == self._next_id:
                self._release(trade, released)
            elif trade.trade_id < self._next_id:
                self.duplicates += 1
            else:
                # A merged row that partly repeats what is on the tape cannot be cut: its other ids
                # count as missing and come as single rows.
                self.overlaps += 1
