import pytest

from data import CandleSource, Timeframe, TimeSpan
from data.downloads.candle_downloader import CandleDownloader
from data.errors import TemporaryFeedError
from tests.builders import BTC, a_candle, at, trades_at
from tests.fakes import InMemoryCandleRepository, InMemoryStore
from tests.fakes.exchange import FakeExchange

M1, M5 = Timeframe.M1, Timeframe.M5
MINUTES = 1000


def an_exchange() -> FakeExchange:
    """Return an exchange with a trade in each of a thousand minutes."""
    return FakeExchange(trades_at(*(minute * 60 for minute in range(MINUTES + 1))))


def span(first_minute: int, last_minute: int) -> TimeSpan:
    return TimeSpan(at(first_minute * 60), at(last_minute * 60))


def a_download(
    store: InMemoryStore, exchange: FakeExchange, seen: list[float] | None = None
) -> CandleDownloader:
    on_progress = (lambda _: None) if seen is None else seen.append
    return CandleDownloader(InMemoryCandleRepository(store), exchange, BTC, M1, on_progress)


async def test_downloading_stores_candles_and_what_is_known():
    store, seen = InMemoryStore(), list[float]()
    download = a_download(store, an_exchange(), seen)
    await download.run(span(0, MINUTES))
    candles = InMemoryCandleRepository(store)
    assert download.downloaded.new == MINUTES
    assert len(candles.best(BTC, M1, at(0), at(10**6))) == MINUTES
    assert candles.coverage(BTC, M1, at(0), at(10**6)) == [span(0, MINUTES)]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


async def test_what_is_known_is_not_requested_again():
    store, exchange = InMemoryStore(), an_exchange()
    await a_download(store, exchange).run(span(100, 200))
    await a_download(store, exchange).run(span(300, 400))
    exchange.requests.clear()
    download = a_download(store, exchange)
    assert download.uncovered(span(0, 500)) == [span(400, 500), span(200, 300), span(0, 100)]
    await download.run(span(0, 500))
    assert len(exchange.requests) == 3
    await a_download(store, exchange).run(span(0, 500))
    assert len(exchange.requests) == 3


async def test_a_download_broken_off_goes_on_where_it_was():
    store, exchange = InMemoryStore(), an_exchange()
    exchange.failures = iter([False, False, True])
    with pytest.raises(TemporaryFeedError):
        await a_download(store, exchange).run(span(0, MINUTES))
    assert a_download(store, exchange).uncovered(span(0, MINUTES)) == [span(0, 400)]
    await a_download(store, exchange).run(span(0, MINUTES))
    assert a_download(store, exchange).uncovered(span(0, MINUTES)) == []


async def test_coarser_candles_are_folded_from_what_is_known():
    store = InMemoryStore()
    download = a_download(store, an_exchange())
    await download.run(span(3, 61))
    download.fold(tuple(Timeframe), span(0, 120))
    candles = InMemoryCandleRepository(store)
    fives = candles.best(BTC, M5, at(0), at(7200))
    assert [(c.open_time - at(0)).total_seconds() / 60 for c in fives] == list(range(5, 60, 5))
    assert {(c.volume, c.source, c.complete) for c in fives} == {(5, CandleSource.EXCHANGE, True)}
    assert candles.coverage(BTC, M5, at(0), at(7200)) == [span(5, 60)]
    assert candles.best(BTC, Timeframe.S1, at(0), at(7200)) == []
    again = a_download(store, an_exchange())
    again.fold(tuple(Timeframe), span(0, 120))
    assert again.downloaded.folded == 0


async def test_what_is_folded_from_our_own_trades_is_left_to_their_fold():
    store = InMemoryStore()
    candles = InMemoryCandleRepository(store)
    candles.save([a_candle(minute * 60) for minute in range(5)])
    candles.add_coverage(BTC, M1, [span(0, 5)])
    download = a_download(store, an_exchange())
    download.fold([M5], span(0, 5))
    assert candles.best(BTC, M5, at(0), at(300)) == []
