"""Check that the rows of a tape follow each other, and where the tape begins and ends. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heappop, heappush
from itertools import count as counter

import msgspec

from data.market.frame import TimeSpan
from data.market.hole import Hole, IdRange
from data.market.id_ranges import IdRanges
from data.market.tape import TapeRecord, TapeRow
from data.market.trade import Trade

KEPT_BREAKS = 1_000
"""Further ones are counted, but not kept."""

# A trade recovered late may lie this far from its neighbours in id, by the exchange's own clock.
DISORDER = timedelta(minutes=1)


class BreakKind(StrEnum):
    """How a row breaks the chain.

    REPEATED: its id was passed before: stored twice, or its time or id was altered. TIME_FALLS: its
    tape time is below that of the id before. MISSING: ids before it are missing without a declared
    hole. `START`, END: the tape does not start or end with the recorded row. MARK: it is marked
    as late where no hole is declared, or as on a tape that has not started. SEAL: it has changed
    since it was stored, or it lacks a seal.
    """

    REPEATED = "repeated"
    TIME_FALLS = "time_falls"
    MISSING = "missing"
    START = "start"
    END = "end"
    MARK = "mark"
    SEAL = "seal"


class ChainBreak(msgspec.Struct, frozen=True, kw_only=True):
    """A row that breaks the chain: its id and tape time, and the problem."""

    kind: BreakKind
    trade_id: int
    time: datetime
    problem: str

    def __str__(self) -> str:
        return f"{_named(self.trade_id, self.time)} {self.problem}"


class TapeChain:
    """Takes the stored rows around a span in id order, and collects the breaks of the chain.

    `record` and `holes` are read before the rows; no record: no tape has started. `from_first`:
    no row is stored before the first one given. `undeclared` are ids that are missing from the
    tape without a declared hole.
    """

    def __init__(
        self, record: TapeRecord | None, holes: Iterable[Hole], span: TimeSpan, *, from_first: bool
    ) -> None:
        self._record = record
        self._span = span
        dropped = record.dropped if record else ()
        self._absent = IdRanges([*(hole.ids for hole in holes), *(day.ids for day in dropped)])
        self._from_first = from_first
        self._previous: Trade | None = None
        self._previous_on_tape: Trade | None = None
        self._found_end = False
        self.breaks: list[ChainBreak] = []
        self.counts: Counter[BreakKind] = Counter()
        self.undeclared: list[IdRange] = []

    def follow(self, row: TapeRow) -> bool:
        """Check the next row; return False if its ids were passed before."""
        trade, previous = row.trade, self._previous
        self._check_mark(row)
        if previous is not None:
            if trade.first_id <= previous.trade_id:
                text = f"follows {_named_trade(previous)}, whose ids include it"
                self._add(BreakKind.REPEATED, trade, text)
                return False
            if trade.first_id > previous.trade_id + 1:
                self._check_gap(IdRange(previous.trade_id + 1, trade.first_id - 1), trade)
        if row.on_tape:
            self._check_place(trade)
            self._previous_on_tape = trade
        self._previous = trade
        return True

    def finish(self, record: TapeRecord | None) -> None:
        """Check the end, after the last row of the span. `record` is read after the rows.

        The tape may have gone on meanwhile, but must still hold its previous end.
        """
        before, last = self._record, self._previous_on_tape
        if before is None or record is None or self._span.end <= before.end.time:
            return
        if not self._found_end:
            text = "is recorded as the end of the tape, but is not stored on it"
            self.note(BreakKind.END, before.end.trade_id, before.end.time, text)
        if last is not None and last.cursor > record.end:
            text = f"is after the recorded end of the tape, trade {record.end.trade_id}"
            self.note(BreakKind.END, last.trade_id, last.time, text)

    def _check_mark(self, row: TapeRow) -> None:
        trade, record = row.trade, self._record
        if record is None and row.on_tape:
            self._add(BreakKind.MARK, trade, "is marked as on a tape that has no record")
        if record is None or row.on_tape or trade.trade_id < record.first.trade_id:
            return
        if not self._absent.cover(IdRange(trade.trade_id, trade.trade_id)):
            self._add(BreakKind.MARK, trade, "is marked as late, but no hole is declared there")

    def _check_gap(self, missing: IdRange, trade: Trade) -> None:
        if self._record is None or missing.first <= self._record.first.trade_id:
            return
        if not self._absent.cover(missing):
            text = f"follows the missing ids {missing}, for which no hole is declared"
            if self._add(BreakKind.MISSING, trade, text):
                self.undeclared.append(missing)

    def _check_place(self, trade: Trade) -> None:
        record, before = self._record, self._previous_on_tape
        if record is None:
            return
        if trade.cursor == record.end:
            self._found_end = True
        if before is not None:
            if trade.time < before.time:
                text = f"is earlier than {_named_trade(before)}: tape time decreases along ids"
                self._add(BreakKind.TIME_FALLS, trade, text)
        elif self._from_first or (
            self._previous and self._previous.trade_id < record.first.trade_id
        ):
            self._check_start(record, trade)

    def _check_start(self, record: TapeRecord, trade: Trade) -> None:
        first = record.first
        is_first = trade.first_id == first.trade_id and trade.time == first.time
        if is_first or self._is_dropped_before(first.trade_id, trade.first_id):
            return
        text = (
            f"is the first on the tape, but its recorded start is "
            f"{_named(first.trade_id, first.time)}"
        )
        self._add(BreakKind.START, trade, text)

    def _is_dropped_before(self, first_id: int, trade_id: int) -> bool:
        return first_id < trade_id and self._absent.cover(IdRange(first_id, trade_id - 1))

    def _add(self, kind: BreakKind, trade: Trade, problem: str) -> bool:
        """Record a break in the span; return whether it lies there."""
        behind = self._previous
        if trade.time < self._span.start:
            return False
        if trade.time >= self._span.end and (behind is None or behind.time >= self._span.end):
            return False
        self.note(kind, trade.trade_id, trade.time, problem)
        return True

    def note(self, kind: BreakKind, trade_id: int, time: datetime, problem: str) -> None:
        """Record a row that breaks the chain."""
        self.counts[kind] += 1
        if len(self.breaks) < KEPT_BREAKS:
            found = ChainBreak(kind=kind, trade_id=trade_id, time=time, problem=problem)
            self.breaks.append(found)


class IdOrder:
    """Sorts rows that come in time order by their ids, with a small look-ahead."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, TapeRow]] = []
        self._arrival = counter()

    def take(self, page: Iterable[TapeRow]) -> Iterator[TapeRow]:
        """Process the next rows; return those that no later row can precede."""
        waiting = self._waiting
        for row in page:
            heappush(waiting, (row.trade.trade_id, next(self._arrival), row))
            while row.trade.time - waiting[0][2].trade.time > DISORDER:
                yield heappop(waiting)[2]

    def remaining(self) -> Iterator[TapeRow]:
        """Return the remaining rows."""
        while self._waiting:
            yield heappop(self._waiting)[2]


def in_id_order(pages: Iterable[list[TapeRow]]) -> Iterator[TapeRow]:
    """Sort rows that come in time order by their ids, with a small look-ahead."""
    order = IdOrder()
    for page in pages:
        yield from order.take(page)
    yield from order.remaining()


def _named_trade(trade: Trade) -> str:
    return _named(trade.trade_id, trade.time)


def _named(trade_id: int, time: datetime) -> str:
    return f"trade {trade_id} at {time.isoformat()}"
