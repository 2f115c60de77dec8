from datetime import timedelta

import pytest

from data import CandleSource, TapeBatch, Timeframe, TimeSpan, Trade
from data.collectors.backfill.candle_backfiller import CandleBackfiller
from data.collectors.store import CollectorStore
from data.errors import TemporaryFeedError
from tests.builders import BTC, ETH, START, a_trade, at
from tests.fakes import InMemoryStore
from tests.fakes.collectors import an_isolation, collector_store
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

FRAMES = (Timeframe.M1, Timeframe.H1, Timeframe.D1)
DAY_S = 86_400
DAYS, HOURS = (BTC, Timeframe.D1), (BTC, Timeframe.H1)
LISTED_DAYS = 400
TAPE_START_S = LISTED_DAYS * DAY_S + 30_000
"""When the tape begins: 400 days and some hours behind the first trade of all."""


def market() -> list[Trade]:
    """Return three trades a day from START on, until the tape begins and a bit."""
    times = [n * DAY_S / 3 for n in range(3 * LISTED_DAYS + 2)] + [TAPE_START_S, TAPE_START_S + 5]
    return [a_trade(n, at_s=time_s, price=str(100 + n % 7)) for n, time_s in enumerate(times)]


@pytest.fixture
def store() -> CollectorStore:
    store = collector_store(InMemoryStore())
    writer = store.trades.open_writer()
    writer.claim([BTC])
    tape = [trade for trade in market() if trade.time >= at(TAPE_START_S)]
    writer.commit([TapeBatch(instrument=BTC, trades=tape)])
    writer.close()
    return store


@pytest.fixture
def exchange() -> FakeExchange:
    return FakeExchange(market())


def requested_history(store: CollectorStore, exchange: FakeExchange) -> CandleBackfiller:
    return CandleBackfiller(
        store, exchange, ManualClock(at(TAPE_START_S + 5)), FRAMES, an_isolation()
    )


def known(store: CollectorStore, timeframe: Timeframe) -> list[TimeSpan]:
    return store.candles.coverage(BTC, timeframe, at(-1_000 * DAY_S), at(TAPE_START_S))


async def test_without_requests_no_history_is_downloaded(
    store: CollectorStore, exchange: FakeExchange
) -> None:
    await requested_history(store, exchange).complete_requested([BTC], days=3650)
    assert exchange.requests == []


async def test_the_very_timeframe_is_requested_newest_first(
    store: CollectorStore, exchange: FakeExchange
) -> None:
    store.history_requests.replace({DAYS: at(DAY_S)})
    await requested_history(store, exchange).complete_requested([BTC], days=3650)
    assert exchange.requests == ["candles 1d before 10 00:00", "candles 1d before 16 00:00"]
    days = store.candles.announced(BTC, Timeframe.D1, START, at(TAPE_START_S))
    assert [candle.open_time for candle in days] == [at(n * DAY_S) for n in range(1, LISTED_DAYS)]
    assert {candle.source for candle in days} == {CandleSource.EXCHANGE}
    assert known(store, Timeframe.D1) == [TimeSpan(at(DAY_S), at(LISTED_DAYS * DAY_S))]


async def test_what_is_known_is_not_requested_again(
    store: CollectorStore, exchange: FakeExchange
) -> None:
    store.history_requests.replace({HOURS: at(TAPE_START_S - 5 * DAY_S)})
    store.candles.add_coverage(
        BTC, Timeframe.H1, [TimeSpan(at(TAPE_START_S - DAY_S), at(TAPE_START_S))]
    )
    await requested_history(store, exchange).complete_requested([BTC], days=3650)
    assert exchange.requests == ["candles 1h before 09 09:00"]
    await requested_history(store, exchange).complete_requested([BTC], days=3650)
    assert len(exchange.requests) == 1


async def test_it_may_be_interrupted_anywhere(store: CollectorStore) -> None:
    exchange = FakeExchange(market(), failures=iter([False, True]))
    store.history_requests.replace({DAYS: at(0)})
    with pytest.raises(TemporaryFeedError):
        await requested_history(store, exchange).complete_requested([BTC], days=3650)
    assert known(store, Timeframe.D1) == [TimeSpan(at(100 * DAY_S), at(LISTED_DAYS * DAY_S))]
    await requested_history(store, exchange).complete_requested([BTC], days=3650)
    assert known(store, Timeframe.D1) == [TimeSpan(at(0), at(LISTED_DAYS * DAY_S))]


async def test_before_its_listing_an_instrument_has_no_candles_and_that_is_known(
    store: CollectorStore, exchange: FakeExchange
) -> None:
    store.history_requests.replace({DAYS: at(-300 * DAY_S)})
    await requested_history(store, exchange).complete_requested([BTC], days=3650)
    assert known(store, Timeframe.D1) == [TimeSpan(at(-300 * DAY_S), at(LISTED_DAYS * DAY_S))]
    assert store.candles.announced(BTC, Timeframe.D1, at(-300 * DAY_S), START) == []


async def test_no_request_reaches_further_back_than_is_allowed(
    store: CollectorStore, exchange: FakeExchange
) -> None:
    store.history_requests.replace({DAYS: at(0)})
    await requested_history(store, exchange).complete_requested([BTC], days=20)
    (span,) = known(store, Timeframe.D1)
    assert span.end - span.start == timedelta(days=19)


async def test_what_is_not_collected_is_nobodys_business(
    store: CollectorStore, exchange: FakeExchange
) -> None:
    store.history_requests.replace({(BTC, Timeframe.H4): at(0), (ETH, Timeframe.D1): at(0)})
    await requested_history(store, exchange).complete_requested([BTC, ETH], days=3650)
    assert exchange.requests == []
