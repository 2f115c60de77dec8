from data import Timeframe, TimeSpan
from data.collectors.backfill.candle_pages import PAGE_CANDLES, request_candles
from tests.builders import BTC, at, trades_at
from tests.fakes.exchange import FakeExchange

M1 = Timeframe.M1
MINUTES = 1000


def an_exchange() -> FakeExchange:
    """Return an exchange with a trade in each of a thousand minutes."""
    return FakeExchange(trades_at(*(minute * 60 for minute in range(MINUTES + 1))))


def span(first_minute: int, last_minute: int) -> TimeSpan:
    return TimeSpan(at(first_minute * 60), at(last_minute * 60))


async def test_candles_are_requested_newest_first_page_by_page():
    exchange = an_exchange()
    pages = [page async for page in request_candles(exchange, BTC, M1, span(0, MINUTES))]
    assert [len(candles) for _, candles in pages] == [300, 300, 300, 100]
    assert [known for known, _ in pages] == [
        span(700, 1000), span(400, 700), span(100, 400), span(0, 100),
    ]  # fmt: skip
    assert PAGE_CANDLES == 300


async def test_only_the_span_is_requested():
    pages = [page async for page in request_candles(an_exchange(), BTC, M1, span(10, 20))]
    assert [(known, len(candles)) for known, candles in pages] == [(span(10, 20), 10)]


async def test_what_is_not_finished_stays_unknown():
    (known, candles), *_ = [
        page async for page in request_candles(an_exchange(), BTC, M1, span(990, 1010))
    ]
    assert known == span(990, 1000)
    assert len(candles) == 10


async def test_before_the_first_candle_of_all_everything_is_known_to_be_empty():
    exchange = an_exchange()
    pages = [page async for page in request_candles(exchange, BTC, M1, span(-50, 5))]
    assert [known for known, _ in pages] == [span(0, 5), span(-50, 0)]
    assert len(exchange.requests) == 4


async def test_candles_that_are_all_older_than_a_span_cover_none_of_it():
    exchange = an_exchange()
    assert [page async for page in request_candles(exchange, BTC, M1, span(1010, 1020))] == []
    assert len(exchange.requests) == 1
