"""Folds are taken up where the tape ends; that they equal whole ones is the business of law 2."""

import msgspec

from data import (
    Candle,
    CandleAggregator,
    CandleSource,
    HoleState,
    IdRange,
    TapeBatch,
    Timeframe,
    Trade,
)
from data.collectors.store import CollectorStore
from data.collectors.tape.resume import FoldResumer
from data.market.hole import Hole
from tests.builders import BTC, at, trades_at
from tests.fakes import InMemoryStore
from tests.fakes.collectors import collector_store

MARKET = trades_at(*range(-60, 600, 7))


def stored(
    trades: list[Trade], frames: list[Timeframe], holes: list[Hole] | None = None
) -> CollectorStore:
    store = collector_store(InMemoryStore())
    fold = CandleAggregator(BTC, frames)
    candles = [candle for trade in trades for candle in fold.add(trade)]
    writer = store.trades.open_writer()
    writer.claim([BTC])
    writer.commit([TapeBatch(instrument=BTC, trades=trades, candles=candles, holes=holes or [])])
    writer.close()
    return store


def resumed(store: CollectorStore, frames: list[Timeframe]) -> dict[Timeframe, Candle]:
    resumer = FoldResumer(store.trades, store.candles, store.holes)
    state = resumer.resume(BTC, frames, store.trades.end(BTC)).state
    return {candle.timeframe: candle for candle in state}


def test_an_empty_tape_begins_in_the_middle() -> None:
    store = collector_store(InMemoryStore())
    resumer = FoldResumer(store.trades, store.candles, store.holes)
    assert resumer.resume(BTC, [Timeframe.M1], None).state == []


def test_what_was_gathered_is_gathered_again() -> None:
    frames = [Timeframe.M1, Timeframe.M5]
    fold = CandleAggregator(BTC, frames)
    for trade in MARKET:
        fold.add(trade)
    assert list(resumed(stored(MARKET, frames), frames).values()) == fold.state


def test_a_timeframe_whose_parts_were_never_stored_is_incomplete() -> None:
    store = stored(MARKET, [Timeframe.M1, Timeframe.M5])
    frames = [Timeframe.S1, Timeframe.M1, Timeframe.M5]
    state = resumed(store, frames)
    assert state[Timeframe.S1].complete
    assert not state[Timeframe.M1].complete
    assert state[Timeframe.M5].complete  # so far: its last minute will make it incomplete


def test_parts_that_the_exchange_reported_do_not_count() -> None:
    frames = [Timeframe.M1, Timeframe.M5]
    store = stored(MARKET, frames)
    exchange_candles = [
        msgspec.structs.replace(
            candle, source=CandleSource.EXCHANGE, first_trade_id=None, last_trade_id=None
        )
        for candle in store.candles.announced(BTC, Timeframe.M1, at(300), at(600))
    ]
    other = stored(MARKET, [Timeframe.M5])
    other.candles.save(exchange_candles)
    assert not resumed(other, frames)[Timeframe.M5].complete


def test_a_hole_in_the_bucket_tears_it_also_when_it_was_filled_since() -> None:
    frames = [Timeframe.M1]
    last = MARKET[-1]
    for state, whole in [
        (HoleState.VERIFIED, True), (HoleState.FILLED, False), (HoleState.DEFERRED, False),
        (HoleState.UNRECOVERABLE, False),
    ]:  # fmt: skip
        hole = Hole(
            instrument=BTC, ids=IdRange(9_000, 9_001), state=state, after_time=last.time,
            before_time=last.time, detected_at=at(0),
        )  # fmt: skip
        assert resumed(stored(MARKET, frames, [hole]), frames)[Timeframe.M1].complete is whole
