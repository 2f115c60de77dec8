"""Compare the rows of a tape with their seals, as they are read. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from data.market.frame import TimeSpan
from data.market.hole import IdRange
from data.market.seals import GENESIS, LateSeal, Seal, TapeSeals, chain_digest, late_seals
from data.market.tape import DroppedDay, TapeRow
from data.market.timeframe import Timeframe
from data.market.trade import Trade
from data.verification.tape_chain import BreakKind, TapeChain

_MINUTE = Timeframe.M1


class SealCheck:
    """Takes the rows around a span in id order; records in `chain` what differs from its seal.

    `seals` are read before the rows. Links and minutes that lie completely in the span are
    compared, except those of `dropped` days: `sealed` and `unsealed` count their rows. Rows
    without a seal are a fault only where all rows have one.
    """

    def __init__(
        self,
        seals: TapeSeals,
        chain: TapeChain,
        span: TimeSpan,
        dropped: Sequence[DroppedDay] = (),
    ) -> None:
        self._dropped = dropped
        self._seals = seals
        self._chain = chain
        self._span = span
        self._links = iter(seals.links)
        self._link = next(self._links, None)
        self._rows: list[Trade] = []
        self._late: defaultdict[datetime, list[Trade]] = defaultdict(list)
        self._before: Seal | None = None
        self.sealed = 0
        self.unsealed = 0

    def follow(self, row: TapeRow) -> None:
        """Process the next row."""
        trade = row.trade
        if not self._span.start <= trade.time < self._span.end:
            return
        if not row.on_tape:
            self._late[_MINUTE.floor(trade.time)].append(trade)
            return
        while self._link is not None and trade.trade_id > self._link.trade_id:
            self._close(self._link)
        if self._link is None:
            # A row after the last link was stored after the seals were read.
            if not self._seals.links:
                self._lacks_seal(trade)
        elif trade.trade_id > self._link.after_id:
            self._rows.append(trade)
        else:
            self._lacks_seal(trade)

    def finish(self, seals: TapeSeals) -> None:
        """Compare the rest. `seals` are read again, because late rows may have been added."""
        while self._link is not None:
            self._close(self._link)
        minutes = self._late.keys() | {time for time in self._seals.late if self._is_whole(time)}
        for minute in sorted(filter(self._is_whole, minutes)):
            before, behind = self._seals.late.get(minute), seals.late.get(minute)
            self._compare_late(minute, before, behind)

    def _close(self, link: Seal) -> None:
        rows, before = self._rows, self._before
        self._rows, self._before, self._link = [], link, next(self._links, None)
        if not self._is_inside(link.time):
            return
        ids = IdRange(link.after_id + 1, link.trade_id)
        if chain_digest(link.previous, rows, self._seals.number) == link.digest:
            self.sealed += len(rows)
        else:
            text = f"ends the sealed rows {ids}, which were changed after they were stored"
            self._chain.note(BreakKind.SEAL, link.trade_id, link.time, text)
        if before is not None and not self._follows(before, link):
            text = f"ends the sealed rows {ids}, whose seal does not follow {before.trade_id}'s"
            self._chain.note(BreakKind.SEAL, link.trade_id, link.time, text)

    def _follows(self, before: Seal, link: Seal) -> bool:
        """Return whether two links are neighbours; a chain may restart, once, after old rows."""
        if link.after_id != before.trade_id:
            return not self._seals.complete
        return link.previous in (before.digest, GENESIS)

    def _compare_late(
        self, minute: datetime, before: LateSeal | None, behind: LateSeal | None
    ) -> None:
        rows = self._late.get(minute, [])
        found = late_seals(rows, self._seals.number).get(minute)
        if found in (before, behind):
            self.sealed += len(rows)
        elif not self._seals.complete and len(rows) > (before.rows if before else 0):
            self.unsealed += len(rows)
        elif before is None and behind is None:
            for trade in rows:
                self._lacks_seal(trade)
        else:
            text = (
                "is the first of the late rows of its minute, which were changed after "
                "they were stored"
            )
            trade_id, time = (rows[0].trade_id, rows[0].time) if rows else (0, minute)
            self._chain.note(BreakKind.SEAL, trade_id, time, text)

    def _lacks_seal(self, trade: Trade) -> None:
        self.unsealed += 1
        if self._seals.complete:
            self._chain.note(BreakKind.SEAL, trade.trade_id, trade.time, "has no seal")

    def _is_inside(self, time: datetime) -> bool:
        """Return whether the rows of the link that ends there lie in the span and are stored."""
        inside = self._span.start <= _MINUTE.floor(time) and time < self._span.end
        return inside and not any(day.span.start <= time < day.span.end for day in self._dropped)

    def _is_whole(self, minute: datetime) -> bool:
        return self._span.start <= minute and minute + _MINUTE.duration <= self._span.end
