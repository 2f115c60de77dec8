"""Trades in memory."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from data import (
    Cursor,
    DroppedDay,
    IdRange,
    InstrumentId,
    TapeBatch,
    TapeRecord,
    TapeRow,
    TimeSpan,
    Trade,
)
from data.errors import InvalidValue, RepositoryError, RepositoryUnavailable, TapeTaken
from data.market.seals import GENESIS, LateSeal, TapeSealer, TapeSeals, late_seals
from data.ports import TapeWriter, TradeRepository
from tests.fakes.candles import store_candle
from tests.fakes.store import InMemoryStore, SharedDict, StoredTape

NUMBER = 1
"""The number of every instrument: seals are not compared between instruments."""


class InMemoryTradeRepository(TradeRepository):
    """Trades in dictionaries."""

    def __init__(self, store: InMemoryStore, *, page_rows: int = 10_000) -> None:
        self._store = store
        self._page_rows = page_rows

    def open_writer(self) -> TapeWriter:
        self._store.require()
        return InMemoryTapeWriter(self._store)

    def end(self, instrument: InstrumentId) -> Cursor | None:
        return self._store.tape(instrument).end

    def between(
        self, instrument: InstrumentId, start: datetime, end: datetime, *, on_tape: bool = False
    ) -> Iterator[list[Trade]]:
        for page in self.rows(instrument, start, end):
            trades = [row.trade for row in page if row.on_tape or not on_tape]
            if trades:
                yield trades

    def rows(
        self, instrument: InstrumentId, start: datetime, end: datetime
    ) -> Iterator[list[TapeRow]]:
        tape = self._store.tape(instrument)
        rows = [TapeRow(trade, True) for trade in tape.on_tape.values()]
        rows += [TapeRow(trade, False) for trade in tape.late.values()]
        inside = [row for row in rows if start <= row.trade.time < end]
        inside.sort(key=lambda row: row.trade.cursor)
        for first in range(0, len(inside), self._page_rows):
            yield inside[first : first + self._page_rows]

    def record(self, instrument: InstrumentId) -> TapeRecord | None:
        tape = self._store.tape(instrument)
        if tape.first is None or tape.end is None:
            return None
        days = sorted(self._store.days.values(), key=lambda day: day.day)
        dropped = tuple(
            DroppedDay(
                span=TimeSpan(day.day, day.end), ids=IdRange(day.first_trade_id, day.last_trade_id)
            )
            for day in days
            if day.instrument == instrument and day.dropped is not None and day.on_tape
        )
        return TapeRecord(first=tape.first, end=tape.end, dropped=dropped)

    def seals(self, instrument: InstrumentId, start: datetime, end: datetime) -> TapeSeals:
        tape = self._store.tape(instrument)
        links = [link for _, link in sorted(tape.links.items())]
        if tape.sealer is not None:
            links.append(tape.sealer.open)
        behind = [link for link in links if link.time >= end]
        last_id = behind[0].trade_id if behind else links[-1].trade_id if links else 0
        return TapeSeals(
            number=NUMBER,
            links=[x for x in links if x.time >= start and x.trade_id <= last_id],
            late={time: s for time, s in tape.late_seals.items() if start <= time < end},
            complete=tape.sealed,
        )

    def after(self, instrument: InstrumentId, cursor: Cursor, limit: int) -> list[Trade]:
        rows = _ordered(self._store.tape(instrument).on_tape)
        return [trade for trade in rows if trade.cursor > cursor][:limit]

    def latest(self, instrument: InstrumentId, limit: int) -> list[Trade]:
        return _all(self._store.tape(instrument))[-limit:]

    def first_at_or_after(self, instrument: InstrumentId, time: datetime) -> Cursor | None:
        rows = _all(self._store.tape(instrument))
        return next((trade.cursor for trade in rows if trade.time >= time), None)

    def add_late(self, trades: Sequence[Trade]) -> int:
        for trade in trades:
            end = self._store.tape(trade.instrument).end
            if end is not None and trade.trade_id > end.trade_id:
                raise RepositoryError(
                    f"{trade.instrument}: {trade.trade_id} is after the end of the tape"
                )
        return sum(_add(self._store.tape(trade.instrument), trade) for trade in trades)

    def import_tape(self, batch: TapeBatch) -> int:
        for before, trade in pairwise(batch.trades):
            if trade.first_id <= before.trade_id or trade.time < before.time:
                raise InvalidValue(f"{batch.instrument}: trade {trade.trade_id} is out of order")
        tape = self._store.tape(batch.instrument)
        if tape.writer is not None:
            raise TapeTaken(f"{batch.instrument}: another process writes this tape")
        ahead = [t for t in batch.trades if tape.end is None or t.trade_id > tape.end.trade_id]
        behind = [trade for trade in batch.trades if trade not in ahead]
        if ahead:
            _require_behind_end(tape, ahead[0])
            _append(tape, ahead)
        for hole in batch.holes:
            tape.holes.setdefault(hole.ids, hole)
        return len(ahead) + sum(_add(tape, trade) for trade in behind)


class InMemoryTapeWriter(TapeWriter):
    """The only writer of some tapes in memory."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._claimed: set[InstrumentId] = set()
        self._failed = False

    def claim(self, instruments: Iterable[InstrumentId]) -> None:
        self._require_working()
        for instrument in instruments:
            tape = self._tape(instrument)
            if tape.writer not in (None, self):
                raise self._failure(TapeTaken(f"{instrument}: another process writes this tape"))
            tape.writer = self
            self._claimed.add(instrument)

    def end(self, instrument: InstrumentId) -> Cursor | None:
        self._require_working()
        return self._tape(instrument).end

    def commit(self, batches: Sequence[TapeBatch]) -> None:
        self._require_working()
        places: dict[InstrumentId, Cursor | None] = {}
        for batch in batches:
            tape = self._tape(batch.instrument)
            if batch.instrument not in self._claimed:
                raise self._failure(RepositoryError(f"{batch.instrument} must be claimed"))
            end = places.get(batch.instrument, tape.end)
            if not _follows(batch.trades[0], end):
                raise self._failure(_out_of_order(batch.trades[0], end))
            places[batch.instrument] = batch.last
        for batch in batches:
            self._store_batch(batch)

    def close(self) -> None:
        for instrument in self._claimed:
            self._store.tapes[instrument].writer = None
        self._claimed.clear()

    def _store_batch(self, batch: TapeBatch) -> None:
        tape = self._tape(batch.instrument)
        _append(tape, batch.trades)
        tape.holes.update({hole.ids: hole for hole in batch.holes})
        for candle in batch.candles:
            store_candle(self._store, candle)

    def _tape(self, instrument: InstrumentId) -> StoredTape:
        try:
            return self._store.tape(instrument)
        except RepositoryUnavailable as error:
            raise self._failure(error) from None

    def _require_working(self) -> None:
        if self._failed:
            raise RepositoryUnavailable("this writer failed before; open another")

    def _failure(self, error: Exception) -> Exception:
        self._failed = True
        self.close()
        return error


def _append(tape: StoredTape, trades: Sequence[Trade]) -> None:
    if tape.first is None:
        first_id = trades[0].first_id
        tape.first = Cursor(trades[0].time, first_id)
        gone = [trade for key, trade in tape.late.items() if key >= first_id]
        tape.late = SharedDict(row for row in tape.late.items() if row[0] < first_id)
        _seal_late(tape, gone, sign=-1)
    tape.on_tape.update({trade.trade_id: trade for trade in trades})
    tape.end = trades[-1].cursor
    tape.sealer = tape.sealer or TapeSealer(NUMBER, GENESIS, None)
    tape.sealer.add(trades)
    tape.links.update({link.trade_id: link for link in tape.sealer.take_closed()})


def _add(tape: StoredTape, trade: Trade) -> bool:
    if trade.trade_id in tape.on_tape or trade.trade_id in tape.late:
        return False
    tape.late[trade.trade_id] = trade
    _seal_late(tape, [trade])
    return True


def _seal_late(tape: StoredTape, trades: Sequence[Trade], sign: int = 1) -> None:
    for minute, seal in late_seals(trades, NUMBER).items():
        old = tape.late_seals.get(minute, LateSeal(rows=0, digest=0))
        new = old.plus(LateSeal(rows=sign * seal.rows, digest=sign * seal.digest))
        tape.late_seals[minute] = new
        if not new.rows and not new.digest:
            del tape.late_seals[minute]


def _follows(trade: Trade, end: Cursor | None) -> bool:
    return end is None or (trade.first_id > end.trade_id and trade.time >= end.time)


def _require_behind_end(tape: StoredTape, trade: Trade) -> None:
    if not _follows(trade, tape.end):
        raise _out_of_order(trade, tape.end)


def _out_of_order(trade: Trade, end: Cursor | None) -> RepositoryError:
    return RepositoryError(f"{trade.instrument}: trade {trade.trade_id} does not follow {end}")


def _ordered(trades: dict[int, Trade]) -> list[Trade]:
    return sorted(trades.values(), key=lambda trade: trade.cursor)


def _all(tape: StoredTape) -> list[Trade]:
    return _ordered(tape.on_tape | tape.late)
