"""Retention in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from data import EPOCH, Candle, InstrumentId, Timeframe, TimeSpan, Trade
from data.market.seals import SIDE_CODES
from data.retention import DayDeletion, StoredSeries, StoredTape, TapeDay
from data.retention.digest import line_of
from data.retention.ports import RetentionRepository
from data.retention.values import DAY, needed_from
from tests.fakes.candles import best_of
from tests.fakes.spans import without
from tests.fakes.store import InMemoryStore, SharedDict
from tests.fakes.store import StoredTape as TapeInMemory


class InMemoryRetentionRepository(RetentionRepository):
    """Deletes everything at once, without limits."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def tapes(self) -> list[StoredTape]:
        self._store.require()
        return [
            StoredTape(
                instrument=instrument,
                first_time=min(trade.time for trade in _all(tape)),
                end=tape.end,
            )
            for instrument, tape in sorted(self._store.tapes.items(), key=lambda one: str(one[0]))
            if tape.end is not None and _all(tape)
        ]

    def days(self) -> list[TapeDay]:
        self._store.require()
        return sorted(self._store.days.values(), key=lambda day: (day.day, str(day.instrument)))

    def summarize_day(
        self, instrument: InstrumentId, day: datetime, now: datetime
    ) -> TapeDay | None:
        tape = self._store.tape(instrument)
        rows = [trade for trade in _all(tape) if day <= trade.time < day + DAY]
        if not rows:
            return None
        on_tape = sorted(
            (trade for trade in rows if trade.trade_id in tape.on_tape), key=lambda t: t.cursor
        )
        return TapeDay(
            instrument=instrument,
            day=day,
            rows=len(rows),
            on_tape=len(on_tape),
            first_trade_id=on_tape[0].first_id if on_tape else 0,
            last_trade_id=on_tape[-1].trade_id if on_tape else 0,
            digest=sha256(b"".join(map(_line_of_trade, on_tape))).hexdigest(),
            verified_at=now,
        )

    def note(self, day: TapeDay) -> None:
        self._store.require()
        self._store.days[day.key] = day

    def drop_chunk(self, days: Sequence[TapeDay]) -> None:
        self._store.require()
        assert len({day.day for day in days}) <= 1, "a chunk is of one day"

    def drop_day(self, day: TapeDay, dropped: DayDeletion) -> int:
        tape = self._store.tape(day.instrument)
        tape.on_tape = _outside(tape.on_tape, day)
        tape.late = _outside(tape.late, day)
        inside = [key for key, seal in tape.links.items() if day.day <= seal.time < day.end]
        for key in sorted(inside)[:-1]:
            del tape.links[key]
        for minute in [time for time in tape.late_seals if day.day <= time < day.end]:
            del tape.late_seals[minute]
        self.note(msgspec.structs.replace(day, dropped=dropped))
        return day.rows

    def bytes_per_trade(self) -> float:
        return 130.0

    def rows_after(self, instrument: InstrumentId, time: datetime) -> int:
        return sum(trade.time >= time for trade in _all(self._store.tape(instrument)))

    def series(self) -> list[StoredSeries]:
        self._store.require()
        return [
            StoredSeries(
                instrument=instrument,
                timeframe=timeframe,
                oldest=min(stored.announced),
                newest=max(stored.announced),
                needed_from=needed_from(self._followed_to(instrument, timeframe), timeframe),
            )
            for (instrument, timeframe), stored in sorted(
                self._store.candles.items(), key=lambda one: (str(one[0][0]), one[0][1].seconds)
            )
            if stored.announced
        ]

    def drop_candles(self, instrument: InstrumentId, timeframe: Timeframe, before: datetime) -> int:
        stored = self._store.series(instrument, timeframe)
        gone = [time for time in stored.announced if time < before]
        for time in gone:
            del stored.announced[time]
        stored.versions = [one for one in stored.versions if one.open_time >= before]
        stored.covered = without(stored.covered, TimeSpan(EPOCH, before))
        stored.dropped_before = max(before, stored.dropped_before or before)
        return len(gone)

    def drop_versions(self, before: datetime) -> int:
        dropped = 0
        for stored in self._store.candles.values():
            kept = [one for one in stored.versions if one.open_time >= before]
            kept += _unbeaten(stored.announced, [v for v in stored.versions if v not in kept])
            dropped += len(stored.versions) - len(kept)
            stored.versions = [one for one in stored.versions if one in kept]
        return dropped

    def _followed_to(self, instrument: InstrumentId, timeframe: Timeframe) -> datetime | None:
        requested = {status.group for status in self._store.requests.values()}
        return min(
            (
                stored.evaluated_to
                for group, stored in self._store.groups.items()
                if group in requested
                and (group.instrument, group.timeframe) == (instrument, timeframe)
            ),
            default=None,
        )


def _all(tape: TapeInMemory) -> list[Trade]:
    return list((tape.on_tape | tape.late).values())


def _outside(trades: Mapping[int, Trade], day: TapeDay) -> SharedDict[int, Trade]:
    rows = trades.items()
    return SharedDict(row for row in rows if not day.day <= row[1].time < day.end)


def _unbeaten(announced: Mapping[datetime, Candle], versions: list[Candle]) -> list[Candle]:
    def rivals(version: Candle) -> list[Candle]:
        time = version.open_time
        first = [announced[time]] if time in announced else []
        return first + [other for other in versions if other.open_time == time]

    return [version for version in versions if best_of(rivals(version)) is version]


def _line_of_trade(trade: Trade) -> bytes:
    """Return the line of a trade."""
    return line_of(
        trade.trade_id,
        (trade.time - EPOCH) // timedelta(microseconds=1),
        (trade.exchange_time - EPOCH) // timedelta(microseconds=1),
        trade.match_count,
        SIDE_CODES[trade.side],
        trade.exchange_source,
        trade.price,
        trade.size,
    )
