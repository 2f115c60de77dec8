"""Every store detects and reports data altered outside the platform."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from data import EPOCH, CandleAggregator, HoleState, TapeBatch, Timeframe, TimeSpan, Trade
from data.imports.candle_store import build_candles
from data.ports import TapeWriter
from data.retention import DayDeletion, DropReason
from data.verification.candle_differences import CandleDifference, DifferenceKind, check_seal
from data.verification.candle_rebuild import CandleRebuild
from data.verification.seal_backfill import SealBackfill
from data.verification.tape_chain import BreakKind, ChainBreak
from data.verification.tape_check import TapeCheck, TapeCheckStats
from database import Database, SqlTradeRepository
from tests.builders import BTC, START, a_hole, a_trade, at
from tests.contract.stores import Stores, sql_stores
from tests.fakes import InMemoryTradeRepository

TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5)
SPAN = TimeSpan(at(-3_600), at(36_000))
DAY = timedelta(days=1)


class Verified:
    """The result of verifying a store."""

    def __init__(self, stores: Stores, span: TimeSpan = SPAN) -> None:
        rebuild = CandleRebuild(stores.trades, stores.holes, BTC, span)
        check = TapeCheck(stores.candles, stores.trades, stores.holes, rebuild, BTC)
        self.differences: list[CandleDifference] = [
            found for found in check.differences(TIMEFRAMES, span) if found.kind.is_fault
        ]
        self.checked: TapeCheckStats = check.checked
        self.breaks = rebuild.chain.breaks

    @property
    def faults(self) -> list[object]:
        return [*self.breaks, *self.differences]

    def named(self, kind: BreakKind) -> list[int]:
        return [found.trade_id for found in self.breaks if found.kind is kind]


def tape_batches() -> list[TapeBatch]:
    """Six minutes of trades in commits of up to five; three ids come late."""
    trades = [
        a_trade(n, at_s=7.3 * n, price=f"{100 + n % 5}.50", size="0.10", match_count=1)
        for n in range(1, 50)
        if not 20 <= n < 23
    ]
    fold = CandleAggregator(BTC, TIMEFRAMES)
    batches = []
    for first in (0, 5, 10, 15, 19, 24, 29, 34, 39, 44):
        part = trades[first : 19 if first == 15 else first + 5]
        holes = [a_hole(20, 22, state=HoleState.FILLED)] if part[0].trade_id == 23 else []
        if holes:
            fold.break_off()
        candles = fold.add_all(part)
        batches.append(TapeBatch(instrument=BTC, trades=part, candles=candles, holes=holes))
    return batches


def late() -> list[Trade]:
    return [a_trade(n, at_s=7.3 * n, price="101.5") for n in range(20, 23)]


def collect(stores: Stores) -> None:
    """Store all batches and late rows, with three writers in turn; then rebuild the candles."""
    batches = tape_batches()
    for part in (batches[:3], batches[3:7], batches[7:]):
        writer = stores.trades.open_writer()
        writer.claim([BTC])
        for batch in part:
            writer.commit([batch])
        writer.close()
    stores.trades.add_late([late()[1]])
    stores.trades.add_late(late())
    rebuild(stores)


def rebuild(stores: Stores) -> None:
    rebuilt = CandleRebuild(stores.trades, stores.holes, BTC, SPAN)
    build_candles(stores.candles, BTC, TIMEFRAMES, rebuilt)


def remove_seals(stores: Stores) -> None:
    """Leave rows and candles as they were stored before seals existed."""
    if isinstance(stores.trades, InMemoryTradeRepository):
        store = stores.trades._store
        tape = store.tape(BTC)
        tape.sealer, tape.links, tape.late_seals, tape.sealed = None, {}, {}, False
        for series in store.candles.values():
            series.digests.clear()
        return
    assert isinstance(stores.trades, SqlTradeRepository)
    with stores.trades._database.session("forgetting seals") as session:
        for statement in REMOVE_SEALS:
            session.execute(text(statement))


REMOVE_SEALS = (
    "DELETE FROM tape_seal",
    "DELETE FROM late_seal",
    "UPDATE tape_end SET seal_after_id = NULL, seal_previous = NULL, seal_digest = NULL",
    "UPDATE candle SET digest = NULL",
    "UPDATE candle_check SET digest = NULL",
    "UPDATE instrument SET sealed = false",
)


@pytest.fixture
def collected(stores: Stores) -> Stores:
    collect(stores)
    return stores


def test_what_the_platform_stored_is_verified(collected: Stores) -> None:
    found = Verified(collected)
    assert found.faults == []
    assert found.checked.is_verified
    assert found.checked.sealed_rows == 49


def test_links_end_with_each_minute_and_with_the_tape(collected: Stores) -> None:
    links = collected.trades.seals(BTC, SPAN.start, SPAN.end).links
    ends = [link.trade_id for link in links]
    assert {8, 16, 24, 32, 41, 49} <= set(ends)
    assert ends == sorted(ends)
    assert [link.after_id for link in links] == [0, *ends[:-1]]
    assert all(b.previous == a.digest for a, b in pairwise(links))
    one = collected.trades.seals(BTC, at(60), at(120))
    assert [link.trade_id for link in one.links if link.time < at(120)] == [
        end for end in ends if 8 < end <= 16
    ]


def test_a_part_of_the_tape_is_verified_by_itself(collected: Stores) -> None:
    found = Verified(collected, TimeSpan(at(60), at(240)))
    assert found.faults == []
    assert found.checked.sealed_rows == 24


def test_the_seal_of_a_price_does_not_depend_on_how_it_is_written(
    stores: Stores, writer: TapeWriter
) -> None:
    prices = ("1E+3", "1E-20", "0.10", "12345678901234567890.123456789")
    trades = [a_trade(n, at_s=n, price=price) for n, price in enumerate(prices, 1)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades)])
    found = Verified(stores)
    assert (found.breaks, found.checked.sealed_rows) == ([], 4)


def test_imported_chunks_are_sealed_as_collected_ones(stores: Stores) -> None:
    for batch in tape_batches():
        stores.trades.import_tape(batch)
        stores.candles.save(batch.candles)
    for batch in tape_batches()[2:4]:
        stores.trades.import_tape(batch)
    found = Verified(stores)
    assert (found.breaks, found.checked.sealed_rows) == ([], 46)
    stores.trades.import_tape(TapeBatch(instrument=BTC, trades=late()))
    rebuild(stores)
    found = Verified(stores)
    assert (found.faults, found.checked.sealed_rows) == ([], 49)


def test_a_tape_that_begins_takes_late_rows_over_with_their_seals(
    stores: Stores, writer: TapeWriter
) -> None:
    trades = [a_trade(n, at_s=n) for n in range(1, 9)]
    stores.trades.add_late(trades[:6])
    writer.commit([TapeBatch(instrument=BTC, trades=trades[3:])])
    found = Verified(stores)
    assert (found.breaks, found.checked.sealed_rows) == ([], 8)


def test_what_retention_leaves_keeps_its_seals(stores: Stores, writer: TapeWriter) -> None:
    trades = [a_trade(n, at_s=20_000 * n) for n in range(1, 9)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades[:1] + trades[2:])])
    stores.trades.add_late(trades[1:2])
    day = stores.retention.summarize_day(BTC, START, at(0))
    assert day is not None
    stores.retention.drop_day(day, DayDeletion(at=at(0), reason=DropReason.AGE))
    whole = TimeSpan(START, START + 3 * DAY)
    found = Verified(stores, whole)
    assert (found.breaks, found.checked.sealed_rows) == ([], 4)
    stores.trades.add_late(trades[:4])
    found = Verified(stores, whole)
    assert (found.named(BreakKind.SEAL), found.checked.sealed_rows) == ([], 8)


def test_rows_from_before_there_were_seals_are_consistent_until_they_are_sealed(
    collected: Stores,
) -> None:
    old = collected
    remove_seals(old)
    found = Verified(old)
    assert found.faults == []
    assert not found.checked.is_verified
    assert found.checked.unsealed_rows == 49
    assert found.checked.unsealed_candles > 10
    more = [a_trade(n, at_s=7.3 * n) for n in range(50, 60)]
    writer = old.trades.open_writer()
    writer.claim([BTC])
    writer.commit([TapeBatch(instrument=BTC, trades=more)])
    writer.close()
    rebuild(old)
    found = Verified(old)
    assert found.faults == []
    assert (found.checked.sealed_rows, found.checked.unsealed_rows) == (10, 49)
    assert old.seals.unsealed() == [BTC]
    sealed = SealBackfill(old.trades, old.seals, lambda _: None).seal(BTC)
    assert (sealed.rows, sealed.candles) == (46, found.checked.unsealed_candles)
    assert old.seals.unsealed() == []
    found = Verified(old)
    assert found.faults == []
    assert found.checked.is_verified
    assert found.checked.sealed_rows == 59
    assert old.trades.seals(BTC, EPOCH, EPOCH).complete


# Where a database stores rows they can be altered, one column after the other.

TRADE_COLUMNS = {
    "time": "time + interval '1 ms'",
    "trade_id": "1000 + trade_id",
    "exchange_time": "exchange_time + interval '1 us'",
    "match_count": "match_count + 1",
    "side": "-side",
    "exchange_source": "exchange_source + 1",
    "on_tape": "NOT on_tape",
    "price": "price + 0.00000001",
    "size": "size + 0.00000001",
}
# The last row of a link, and the first late row, identify the rows around an alteration.
PLACES = {1: 8, 27: 32, 49: 49, 21: 20}
COPIES = {
    "under the same id at another time": "trade_id, time + interval '65 s'",
    "under the next id": "trade_id + 1, time + interval '1 ms'",
    "in a hole": "20, time",
}
CANDLE_COLUMNS = {
    "open_time": "open_time - interval '1 week'",
    "trade_count": "trade_count + 1",
    "first_trade_id": "first_trade_id + 1",
    "last_trade_id": "last_trade_id + 1",
    "source": "3 - source",
    "complete": "NOT complete",
    "open": "low + (high - low) * 0.31",
    "high": "high + 0.5",
    "low": "low - 0.5",
    "close": "low + (high - low) * 0.31",
    "volume": "volume + 0.00000001",
    "digest": "NULL",
}


class Alterations:
    """Statements run on a sealed store, each reverted before the next one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stores = sql_stores(database)
        self.run("CREATE TABLE kept_trade AS TABLE trade; CREATE TABLE kept_candle AS TABLE candle")

    def run(self, statement: str) -> None:
        with self.database.session("altering rows") as session:
            session.execute(text("SET LOCAL synchronous_commit = off"))
            session.execute(text(statement))

    def restore(self) -> None:
        self.run("DELETE FROM trade; INSERT INTO trade TABLE kept_trade")
        self.run("DELETE FROM candle; INSERT INTO candle TABLE kept_candle")

    def breaks_after(self, statement: str) -> list[ChainBreak]:
        self.run(statement)
        rebuild = CandleRebuild(self.stores.trades, self.stores.holes, BTC, SPAN)
        rebuild.check_chain()
        self.restore()
        return rebuild.chain.breaks

    def seal_named(self, statement: str, trade_id: int) -> bool:
        breaks = self.breaks_after(statement)
        return (BreakKind.SEAL, trade_id) in [(found.kind, found.trade_id) for found in breaks]


@pytest.fixture
def alterations(empty_database: Database) -> Iterator[Alterations]:
    collect(sql_stores(empty_database))
    altered = Alterations(empty_database)
    yield altered
    altered.run("DROP TABLE kept_trade, kept_candle")


@pytest.mark.integration
def test_every_column_of_a_sealed_row_is_sealed(alterations: Alterations) -> None:
    assert alterations.breaks_after("SELECT") == []
    unseen = [
        (column, trade_id)
        for column, value in TRADE_COLUMNS.items()
        for trade_id, named in PLACES.items()
        if not alterations.seal_named(
            f"UPDATE trade SET {column} = {value} WHERE trade_id = {trade_id}", named
        )
    ]
    assert unseen == []


@pytest.mark.integration
def test_a_row_that_is_deleted_or_copied_is_named(alterations: Alterations) -> None:
    for trade_id, named in PLACES.items():
        assert alterations.seal_named(f"DELETE FROM trade WHERE trade_id = {trade_id}", named)
    columns = (
        "exchange_time, instrument_id, match_count, side, exchange_source, on_tape, price, size"
    )
    for name, place in COPIES.items():
        for trade_id in (1, 27, 49):
            copy = (
                f"INSERT INTO trade (trade_id, time, {columns}) "
                f"SELECT {place}, {columns} FROM trade WHERE trade_id = {trade_id}"
            )
            assert alterations.breaks_after(copy), (name, trade_id)


@pytest.mark.integration
@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_every_column_of_the_first_candle_is_sealed(
    alterations: Alterations, timeframe: Timeframe
) -> None:
    first = alterations.stores.candles.announced(BTC, timeframe, EPOCH, SPAN.end)[0]
    for column, value in CANDLE_COLUMNS.items():
        alterations.run(
            f"UPDATE candle SET {column} = {value} WHERE timeframe_s = {timeframe.seconds} "
            f"AND open_time = '{first.open_time.isoformat()}'"
        )
        stored = alterations.stores.candles.stored(BTC, timeframe, EPOCH, SPAN.end)
        faults = [check_seal(one, complete=True) for one in stored]
        assert [fault.kind for fault in faults if fault is not None] == [
            DifferenceKind.UNSEALED if column == "digest" else DifferenceKind.ALTERED
        ], column
        alterations.restore()
