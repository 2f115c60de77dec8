from collections.abc import Sequence

import msgspec
import pytest

from data import HoleState, IdRange, TapeBatch, Timeframe, TimeSpan, Trade, aggregate
from data.imports.candle_store import build_candles
from data.verification.candle_rebuild import CandleRebuild
from tests.builders import BTC, a_hole, a_trade, at, trades_at
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryHoleRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)

M1, M5 = Timeframe.M1, Timeframe.M5


def a_store(*batches: Sequence[Trade]) -> InMemoryStore:
    """Return a store into which these chunks were imported, one after the other."""
    store = InMemoryStore()
    trades = InMemoryTradeRepository(store)
    for batch in batches:
        trades.import_tape(TapeBatch(instrument=BTC, trades=list(batch)))
    return store


def a_rebuild(store: InMemoryStore, start_s: float, end_s: float) -> CandleRebuild:
    trades = InMemoryTradeRepository(store, page_rows=3)
    return CandleRebuild(
        trades, InMemoryHoleRepository(store), BTC, TimeSpan(at(start_s), at(end_s))
    )


def opened(rebuild: CandleRebuild, timeframe: Timeframe = M1) -> list[tuple[float, bool]]:
    return [
        ((candle.open_time - at(0)).total_seconds(), candle.complete)
        for candle in rebuild.candles([timeframe])
    ]


def test_rebuilding_the_whole_tape_gives_what_the_fold_gave():
    trades = trades_at(*range(0, 2000, 17))
    rebuild = a_rebuild(a_store(trades), 0, 2000)
    assert list(rebuild.candles(Timeframe)) == aggregate(BTC, Timeframe, trades)
    assert rebuild.chain.undeclared == []
    assert rebuild.trades_read == len(trades)


def test_a_part_of_the_tape_is_folded_as_if_all_of_it_was():
    trades = trades_at(*range(0, 2000, 17))
    whole = aggregate(BTC, [M1, M5], trades)
    rebuild = a_rebuild(a_store(trades), 480, 900)
    inside = [candle for candle in whole if at(480) <= candle.open_time < at(900)]
    assert list(rebuild.candles([M1, M5])) == inside
    assert all(candle.complete for candle in inside)


def test_a_candle_that_closes_behind_the_span_is_closed_by_the_trade_behind_it():
    rebuild = a_rebuild(a_store(trades_at(0, 60, 100, 3600)), 60, 90)
    assert opened(rebuild) == [(60, True)]


def test_a_candle_that_nothing_closes_is_not_given():
    assert opened(a_rebuild(a_store(trades_at(0, 60, 100)), 0, 600)) == [(0, False)]


def test_the_trade_before_the_span_is_found_however_long_ago():
    long_ago = trades_at(-90 * 86_400, -50 * 86_400, 30, 60, 120)
    assert opened(a_rebuild(a_store(long_ago), 0, 120)) == [(0, True), (60, True)]


def test_where_the_tape_begins_the_candle_began_in_the_middle():
    assert opened(a_rebuild(a_store(trades_at(30, 60, 120)), 0, 120)) == [(0, False), (60, True)]


def test_an_empty_tape_gives_nothing():
    rebuild = a_rebuild(InMemoryStore(), 0, 600)
    assert opened(rebuild) == []
    assert list(rebuild.covered(M1)) == []


def test_missing_ids_leave_the_candles_on_both_sides_incomplete():
    store = a_store(trades_at(-60, 0, 60), trades_at(180, 240, 300, first_id=10))
    rebuild = a_rebuild(store, 0, 300)
    assert opened(rebuild) == [(0, True), (60, False), (180, False), (240, True)]
    assert rebuild.chain.undeclared == [IdRange(4, 9)]


@pytest.mark.parametrize(
    ("state", "complete"),
    [
        (HoleState.DEFERRED, False),
        (HoleState.UNRECOVERABLE, False),
        (HoleState.VERIFIED, True),
        (HoleState.FILLED, True),
    ],
)
def test_only_ids_that_never_were_may_be_missing_from_a_complete_candle(
    state: HoleState, complete: bool
):
    store = a_store(trades_at(-60, 0, 60), trades_at(180, 240, 300, first_id=10))
    for first, last in ((4, 6), (7, 9)):
        store.tape(BTC).holes[IdRange(first, last)] = a_hole(first, last, state=state)
    rebuild = a_rebuild(store, 0, 300)
    assert opened(rebuild) == [(0, True), (60, complete), (180, complete), (240, True)]
    assert rebuild.chain.undeclared == []


def test_a_hole_that_explains_only_a_part_explains_nothing():
    store = a_store(trades_at(0, 60), trades_at(180, first_id=10))
    store.tape(BTC).holes[IdRange(3, 5)] = a_hole(3, 5)
    store.tape(BTC).holes[IdRange(7, 9)] = a_hole(7, 9)
    rebuild = a_rebuild(store, 0, 300)
    opened(rebuild)
    assert rebuild.chain.undeclared == [IdRange(3, 9)]


def test_ids_missing_before_the_tape_begins_are_nobodys_fault():
    store = a_store(trades_at(600, 660, 720, first_id=50))
    InMemoryTradeRepository(store).add_late(trades_at(-60, 0, 60))
    rebuild = a_rebuild(store, 0, 720)
    assert opened(rebuild) == [(0, True), (60, False), (600, False), (660, True)]
    assert rebuild.chain.undeclared == []


def test_trades_recovered_late_take_their_place_by_id():
    store = a_store([a_trade(1, at_s=0), a_trade(2, at_s=61), a_trade(4, at_s=119.98)])
    late = [a_trade(3, at_s=120.01, price="7"), a_trade(5, at_s=180), a_trade(6, at_s=240)]
    trades = InMemoryTradeRepository(store)
    trades.import_tape(TapeBatch(instrument=BTC, trades=late[1:]))
    trades.add_late(late[:1])
    rebuild = a_rebuild(store, 0, 240)
    candles = list(rebuild.candles([M1]))
    assert [(c.first_trade_id, c.last_trade_id) for c in candles] == [
        (1, 1),
        (2, 2),
        (3, 4),
        (5, 5),
    ]
    assert all(candle.complete for candle in candles[1:])
    assert rebuild.chain.undeclared == []


def test_an_id_stored_twice_counts_once():
    store = a_store(trades_at(0, 1, 60, 120))
    again = msgspec.structs.replace(a_trade(2, at_s=1), time=at(2))
    store.tape(BTC).late[-2] = again
    (first, *_) = a_rebuild(store, 0, 120).candles([M1])
    assert first.trade_count == 2


def test_known_spans_end_where_the_tape_is_torn_and_where_the_fold_ends():
    store = a_store(trades_at(-30, 60, 130), trades_at(310, 500, 1000, first_id=10))
    rebuild = a_rebuild(store, 0, 590)
    list(rebuild.candles([M1]))
    assert list(rebuild.covered(M1)) == [
        TimeSpan(at(0), at(120)),
        TimeSpan(at(360), at(600)),
    ]
    assert list(rebuild.covered(M5)) == []


def test_building_stores_candles_and_returns_the_known_spans():
    store = a_store(trades_at(-30, 60, 130, 190, 400))
    candles = InMemoryCandleRepository(store)
    built = build_candles(candles, BTC, [M1, M5], a_rebuild(store, 0, 401))
    assert built == (4, 4)
    assert build_candles(candles, BTC, [M1, M5], a_rebuild(store, 0, 401)) == (4, 0)
    assert candles.coverage(BTC, M1, at(0), at(360)) == [TimeSpan(at(0), at(360))]
    assert [c.complete for c in candles.best(BTC, M5, at(0), at(360))] == [True]
