from datetime import datetime, timedelta

import pytest

from data import Candle, CandleSource, InstrumentId, TapeBatch, Timeframe, TimeSpan, Trade
from data.collectors.backfill.candle_backfiller import CandleBackfiller
from data.collectors.store import CollectorStore
from data.errors import PermanentFeedError, TemporaryFeedError
from tests.builders import BTC, ETH, START, a_trade, at
from tests.fakes import InMemoryStore
from tests.fakes.collectors import an_isolation, collector_store
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

FRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5, Timeframe.H1)
NOW = START + timedelta(hours=3, minutes=7, seconds=30)


def market(instrument: InstrumentId = BTC) -> list[Trade]:
    """Return a trade each half minute from START on, until now and a bit."""
    return [
        a_trade(index, at_s=index * 30, price=str(100 + index % 7), instrument=instrument)
        for index in range(380)
    ]


def a_store(*, start_s: float = 11_230) -> CollectorStore:
    store = collector_store(InMemoryStore())
    begin_tape(store, BTC, start_s)
    return store


def begin_tape(store: CollectorStore, instrument: InstrumentId, start_s: float) -> None:
    writer = store.trades.open_writer()
    writer.claim([instrument])
    tape = [trade for trade in market(instrument) if trade.time >= at(start_s)]
    tape = [trade for trade in tape if trade.time <= NOW]
    writer.commit([TapeBatch(instrument=instrument, trades=tape)])
    writer.close()


def history(store: CollectorStore, exchange: FakeExchange) -> CandleBackfiller:
    return CandleBackfiller(store, exchange, ManualClock(NOW), FRAMES, an_isolation())


async def test_every_minute_before_the_tape_is_reported_and_coarser_ones_follow() -> None:
    store, exchange = a_store(), FakeExchange(market())
    assert await history(store, exchange).complete([BTC], days=0.1)
    minutes = store.candles.best(BTC, Timeframe.M1, START, NOW)
    assert [candle.open_time for candle in minutes] == [at(60 * m) for m in range(187)]
    assert {candle.source for candle in minutes} == {CandleSource.EXCHANGE}
    hours = store.candles.best(BTC, Timeframe.H1, START, NOW)
    assert [(candle.open_time, candle.volume) for candle in hours] == [
        (at(3600 * hour), 120) for hour in range(3)
    ]
    assert store.candles.coverage(BTC, Timeframe.H1, START, at(3 * 3600)) == [
        TimeSpan(START, at(3 * 3600))
    ]
    assert store.candles.best(BTC, Timeframe.S1, START, NOW) == []


async def test_a_second_round_requests_nothing() -> None:
    store, exchange = a_store(), FakeExchange(market())
    await history(store, exchange).complete([BTC], days=0.1)
    exchange.requests.clear()
    await history(store, exchange).complete([BTC], days=0.1)
    assert exchange.requests == []


async def test_it_may_be_interrupted_anywhere() -> None:
    store, exchange = a_store(), FakeExchange(market(), failures=iter([False, True]))
    with pytest.raises(TemporaryFeedError):
        await history(store, exchange).complete([BTC], days=2)
    await history(store, exchange).complete([BTC], days=2)
    known = store.candles.coverage(BTC, Timeframe.M1, at(-86_400), at(11_200))
    assert known == [TimeSpan(at(-86_400), at(11_200))]


async def test_candles_behind_the_tapes_end_are_not_stored() -> None:
    store, exchange = a_store(start_s=3_600), FakeExchange(market())
    await history(store, exchange).complete([BTC], days=0.1)
    assert store.candles.best(BTC, Timeframe.M1, START, NOW)[-1].close_time == at(3_600)


async def test_a_minute_that_is_not_confirmed_yet_is_requested_again() -> None:
    store, exchange = a_store(), FakeExchange(market(), listed=360)
    await history(store, exchange).complete([BTC], days=0.1)
    assert store.candles.best(BTC, Timeframe.M1, START, NOW)[-1].open_time == at(178 * 60)
    exchange.listed = None
    await history(store, exchange).complete([BTC], days=0.1)
    assert store.candles.best(BTC, Timeframe.M1, START, NOW)[-1].open_time == at(186 * 60)


async def test_instruments_take_turns_from_the_newest_day_backwards() -> None:
    store, exchange = a_store(), FakeExchange(market() + market(ETH))
    begin_tape(store, ETH, 11_230)
    await history(store, exchange).complete([BTC, ETH], days=1)
    first, second, *_ = exchange.requests
    assert first == second == "candles 1m before 06 03:07"


async def test_a_tape_without_trades_is_waited_for() -> None:
    store, exchange = collector_store(InMemoryStore()), FakeExchange(market())
    assert not await history(store, exchange).complete([BTC], days=1)
    assert exchange.requests == []


async def test_an_instrument_that_ended_long_ago_harms_no_neighbour() -> None:
    store, exchange = a_store(), FakeExchange(market())
    begin_tape(store, ETH, 0)
    clock = ManualClock(NOW + timedelta(days=30))
    assert await CandleBackfiller(store, exchange, clock, FRAMES, an_isolation()).complete(
        [ETH, BTC], days=1
    )


class RefusingExchange(FakeExchange):
    """An exchange that no longer lists one instrument."""

    async def candles_before(
        self, instrument: InstrumentId, timeframe: Timeframe, time: datetime, limit: int
    ) -> list[Candle]:
        if instrument == ETH:
            raise PermanentFeedError("51001: the instrument does not exist")
        return await super().candles_before(instrument, timeframe, time, limit)


async def test_an_instrument_that_the_exchange_refuses_harms_no_neighbour() -> None:
    store, exchange = a_store(), RefusingExchange(market())
    begin_tape(store, ETH, 11_230)
    assert await history(store, exchange).complete([ETH, BTC], days=0.1)
    assert len(store.candles.best(BTC, Timeframe.M1, START, NOW)) == 187
