"""Importing is a fold, too: files in any order, split anywhere, repeated, give one tape."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from data import Timeframe, Trade, aggregate
from data.imports.candle_store import build_candles
from data.imports.trade_store import TradeImporter
from data.market.timeframe import EPOCH
from data.verification.candle_rebuild import CandleRebuild, touched_by
from data.verification.tape_check import TapeCheck
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryHoleRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)
from tests.laws.tapes import LAW, tapes

LAWFULLY = settings(max_examples=60, deadline=None)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5, Timeframe.H1, Timeframe.D1, Timeframe.W1)


def import_file(store: InMemoryStore, trades: list[Trade]) -> None:
    """Import a checked file as the command does."""
    repository, holes = InMemoryTradeRepository(store, page_rows=7), InMemoryHoleRepository(store)
    done = TradeImporter(repository, holes, LAW).store(trades, NOW)
    assert done.first is not None
    assert done.last is not None
    span = touched_by(repository, LAW, done.first.time, done.last.time)
    rebuild = CandleRebuild(repository, holes, LAW, span)
    build_candles(InMemoryCandleRepository(store), LAW, TIMEFRAMES, rebuild)


@st.composite
def files(draw: st.DrawFn, trades: list[Trade]) -> list[list[Trade]]:
    """Split a tape into files that may overlap, in any order, some of them twice."""
    cuts = draw(st.lists(st.integers(0, len(trades)), max_size=4).map(sorted))
    bounds = list(zip([0, *cuts], [*cuts, len(trades)], strict=True))
    margin = draw(st.integers(0, 3))
    whole = [trades[max(0, first - margin) : last + margin] for first, last in bounds]
    again = draw(st.lists(st.sampled_from(whole), max_size=2))
    return [file for file in draw(st.permutations([*whole, *again])) if file]


@LAWFULLY
@given(tapes(max_size=30), st.data())
def test_files_in_any_order_leave_the_tape_that_one_file_leaves(
    trades: list[Trade], data: st.DataObject
):
    store = InMemoryStore()
    for file in data.draw(files(trades)):
        import_file(store, file)
    tape = store.tape(LAW)
    assert sorted((tape.on_tape | tape.late).values(), key=lambda t: t.trade_id) == trades
    assert all(hole.state.harmless for hole in tape.holes.values())


@LAWFULLY
@given(tapes(max_size=30), st.data())
def test_files_in_any_order_leave_the_candles_of_the_whole(
    trades: list[Trade], data: st.DataObject
):
    store = InMemoryStore()
    for file in data.draw(files(trades)):
        import_file(store, file)
    candles = InMemoryCandleRepository(store)
    expected = aggregate(LAW, TIMEFRAMES, trades)
    for timeframe in TIMEFRAMES:
        best = candles.best(LAW, timeframe, EPOCH, NOW)
        assert best == [candle for candle in expected if candle.timeframe is timeframe]


@LAWFULLY
@given(tapes(min_size=2, max_size=30), st.data())
def test_whatever_is_imported_its_candles_are_verified_by_its_trades(
    trades: list[Trade], data: st.DataObject
):
    store = InMemoryStore()
    for file in data.draw(files(trades)):
        kept = data.draw(st.lists(st.sampled_from(file), min_size=1, unique_by=id))
        import_file(store, sorted(kept, key=lambda trade: trade.trade_id))
    repository, holes = InMemoryTradeRepository(store), InMemoryHoleRepository(store)
    first = repository.first_at_or_after(LAW, EPOCH)
    assert first is not None
    span = touched_by(repository, LAW, first.time, trades[-1].time)
    rebuild = CandleRebuild(repository, holes, LAW, span)
    check = TapeCheck(InMemoryCandleRepository(store), repository, holes, rebuild, LAW)
    faults = [d for d in check.differences(TIMEFRAMES, span) if d.kind.is_fault]
    assert faults == []
    assert rebuild.chain.breaks == []
