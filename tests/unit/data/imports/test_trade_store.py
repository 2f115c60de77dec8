from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from data import (
    Cursor,
    Hole,
    HoleState,
    IdRange,
    InstrumentId,
    Side,
    TapeBatch,
    Trade,
)
from data.errors import InvalidValue
from data.imports.batches import BATCH_TRADES, split_batches
from data.imports.trade_store import TradeImporter
from data.market.trade import NUMBERED
from tests.builders import BTC, a_hole, a_trade, at, ids_of, trades_at
from tests.fakes import InMemoryHoleRepository, InMemoryStore, InMemoryTradeRepository
from tests.unit.data.imports.files import TRADE_HEADER, a_trade_row, ignore, trade_file, write

NOW = at(86_400)


def holes_of(batches: Sequence[TapeBatch]) -> list[IdRange]:
    return [hole.ids for batch in batches for hole in batch.holes]


def batches(trades: Sequence[Trade], end: Cursor | None = None) -> list[TapeBatch]:
    return list(split_batches(BTC, trades, end, NOW))


def an_importer(store: InMemoryStore) -> TradeImporter:
    return TradeImporter(InMemoryTradeRepository(store), InMemoryHoleRepository(store), BTC)


def stored_ids(store: InMemoryStore, instrument: InstrumentId = BTC) -> list[int]:
    tape = store.tape(instrument)
    return sorted(tape.on_tape | tape.late)


def test_trades_in_a_row_are_one_chunk_without_a_hole():
    (batch,) = batches(trades_at(0, 1, 2, first_id=5))
    assert ids_of(batch.trades) == [5, 6, 7]
    assert batch.holes == []


def test_many_trades_are_cut_into_chunks():
    cut = batches([a_trade(i, at_s=i) for i in range(1, BATCH_TRADES + 3)])
    assert [len(batch.trades) for batch in cut] == [BATCH_TRADES, 2]


def test_no_trades_are_no_chunk():
    assert batches([]) == []


def test_ids_missing_inside_the_file_are_holes_to_be_filled_later():
    (batch,) = batches([a_trade(5, at_s=1), a_trade(8, at_s=3), a_trade(9, at_s=4)])
    assert batch.holes == [
        Hole(
            instrument=BTC,
            ids=IdRange(6, 7),
            state=HoleState.DEFERRED,
            after_time=at(1),
            before_time=at(3),
            detected_at=NOW,
        )
    ]


def test_a_hole_between_two_chunks_is_declared_once():
    trades = [a_trade(i, at_s=i) for i in range(1, 2 * BATCH_TRADES) if i != BATCH_TRADES + 1]
    assert holes_of(batches(trades)) == [IdRange(BATCH_TRADES + 1, BATCH_TRADES + 1)]


def test_tape_times_never_fall_across_chunks():
    trades = [a_trade(i, at_s=i) for i in range(1, BATCH_TRADES + 1)]
    trades.append(a_trade(BATCH_TRADES + 1, at_s=BATCH_TRADES - 0.5))
    last = batches(trades)[-1].trades[-1]
    assert last.time == at(BATCH_TRADES)
    assert last.exchange_time == at(BATCH_TRADES - 0.5)


def test_a_chunk_behind_the_tape_continues_it():
    (batch,) = batches(trades_at(9.9, 11, first_id=11), Cursor(at(10), 10))
    assert [trade.time for trade in batch.trades] == [at(10), at(11)]
    assert batch.holes == []


def test_ids_between_the_tape_and_the_file_are_a_hole():
    assert holes_of(batches(trades_at(11, first_id=14), Cursor(at(10), 10))) == [IdRange(11, 13)]


def test_a_file_that_overlaps_the_tape_is_cut_at_its_end():
    cut = batches(trades_at(8, 9, 9.9, 9.95, first_id=9), Cursor(at(10), 10))
    assert [ids_of(batch.trades) for batch in cut] == [[9, 10], [11, 12]]
    assert [trade.time for trade in cut[1].trades] == [at(10), at(10)]
    assert holes_of(cut) == []


def test_ids_that_the_tape_has_at_the_cut_are_no_hole():
    trades = [a_trade(7, at_s=7), a_trade(13, at_s=13)]
    assert holes_of(batches(trades, Cursor(at(10), 10))) == [IdRange(11, 12)]


def test_a_file_wholly_before_the_tapes_end_leaves_it_alone():
    (batch,) = batches(trades_at(1, 2, first_id=3), Cursor(at(10), 10))
    assert ids_of(batch.trades) == [3, 4]


def test_storing_twice_is_storing_once():
    store = InMemoryStore()
    trades = [a_trade(5), a_trade(6, at_s=1), a_trade(9, at_s=2)]
    first = an_importer(store).store(trades, NOW)
    again = an_importer(store).store(trades, NOW)
    assert (first.offered, first.new, first.holes, first.filled) == (3, 3, 1, 0)
    assert (again.offered, again.new) == (3, 0)
    assert (first.first, first.last) == (Cursor(at(0), 5), Cursor(at(2), 9))
    assert stored_ids(store) == [5, 6, 9]


def test_an_import_broken_off_is_completed_by_the_next():
    store = InMemoryStore()
    trades = [a_trade(i, at_s=i) for i in range(1, 21)]
    an_importer(store).store(trades[:12], NOW)
    assert an_importer(store).store(trades, NOW).new == 8
    assert stored_ids(store) == list(range(1, 21))
    assert store.tape(BTC).holes == {}


def test_a_file_that_fills_a_hole_is_reported():
    store = InMemoryStore()
    an_importer(store).store([a_trade(1), a_trade(5, at_s=4)], NOW)
    done = an_importer(store).store(trades_at(1, 2, 3, first_id=2), NOW)
    assert (done.new, done.filled) == (3, 1)
    assert store.tape(BTC).holes[IdRange(2, 4)].state is HoleState.FILLED


def test_a_hole_filled_in_part_stays_a_hole():
    store = InMemoryStore()
    an_importer(store).store([a_trade(1), a_trade(5, at_s=4)], NOW)
    assert an_importer(store).store([a_trade(3, at_s=2)], NOW).filled == 0
    assert store.tape(BTC).holes[IdRange(2, 4)].state is HoleState.DEFERRED


def test_ids_missing_in_the_file_that_the_store_has_are_no_hole_for_long():
    store = InMemoryStore()
    an_importer(store).store(trades_at(0, 1, 2, 3, first_id=1), NOW)
    done = an_importer(store).store([a_trade(1), a_trade(4, at_s=3)], NOW)
    assert (done.new, done.filled) == (0, 1)
    assert store.tape(BTC).holes[IdRange(2, 3)].state is HoleState.FILLED


def test_holes_outside_the_file_are_not_read():
    store = InMemoryStore()
    store.tape(BTC).holes[IdRange(900, 901)] = a_hole(900, 901)
    assert an_importer(store).store(trades_at(0, 1), NOW).filled == 0


@pytest.mark.parametrize(
    "rows",
    [
        [a_trade_row(11, -3_600_000)],
        [a_trade_row(9, 3_600_000)],
    ],
)
def test_a_file_that_contradicts_the_stored_tape_is_refused(tmp_path: Path, rows: list[str]):
    store = InMemoryStore()
    an_importer(store).store([a_trade(10)], NOW)
    survey = trade_file(write(tmp_path, [TRADE_HEADER, *rows])).check(ignore)
    with pytest.raises(InvalidValue, match="contradicts the stored tape of okx:BTC-USDT"):
        an_importer(store).refuse_another_feed(survey)


def test_a_file_that_agrees_with_the_tape_is_welcome(tmp_path: Path):
    store = InMemoryStore()
    rows = [a_trade_row(9, -1_000), a_trade_row(10), a_trade_row(11, -30)]
    survey = trade_file(write(tmp_path, [TRADE_HEADER, *rows])).check(ignore)
    an_importer(store).refuse_another_feed(survey)
    an_importer(store).store([a_trade(10)], NOW)
    an_importer(store).refuse_another_feed(survey)


HOUR = 3600


@pytest.mark.parametrize(
    "trades",
    [
        [a_trade(5, at_s=5, price="101")],
        [a_trade(5, at_s=5, size="2")],
        [a_trade(5, at_s=5, side=Side.SELL)],
        [msgspec.structs.replace(a_trade(5, at_s=5), exchange_source=NUMBERED)],
        [a_trade(i, at_s=i - HOUR) for i in range(1, 50)],
        [a_trade(i, at_s=i + 200) for i in range(1, 400)],
    ],
    ids=["price", "size", "side", "made up", "an hour earlier", "minutes later"],
)
def test_the_same_ids_with_other_values_or_times_are_refused(trades: list[Trade]):
    store = InMemoryStore()
    importer = an_importer(store)
    tape = [a_trade(i, at_s=i) for i in range(1, 1000)]
    importer.store(tape, NOW)
    with pytest.raises(InvalidValue, match=r"of the file contradicts trade .* nothing is imported"):
        importer.refuse_contradictions(trades)
    importer.refuse_contradictions(tape)
    importer.refuse_contradictions([*tape[5:20], *tape[700:], a_trade(1000, at_s=1000)])


def test_nothing_contradicts_an_empty_store():
    an_importer(InMemoryStore()).refuse_contradictions([a_trade(1)])


def test_trades_that_fill_a_hole_contradict_nothing():
    importer = an_importer(InMemoryStore())
    tape = [a_trade(i, at_s=i * 40) for i in range(1, 100)]
    importer.store([*tape[:20], *tape[60:]], NOW)
    importer.refuse_contradictions(tape[15:70])
    importer.refuse_contradictions(tape[20:60])
