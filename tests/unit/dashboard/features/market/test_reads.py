from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from dashboard.features.market.reads import MarketReads, gaps_of
from data import Candle, CandleFrame, Hole, TapeBatch, Timeframe, TimeSpan, Trade, aggregate
from data.errors import InstrumentMissing
from tests.builders import (
    BTC,
    ETH,
    START,
    a_candle,
    a_hole,
    a_trade,
    an_exchange_candle,
    an_instrument,
    at,
)
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryInstrumentRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)

TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5, Timeframe.H1, Timeframe.D1)


class MemoryMarket:
    """A store in memory and the reads over it."""

    def __init__(self, timeframes: tuple[Timeframe, ...] = TIMEFRAMES) -> None:
        store = InMemoryStore()
        self.trades = InMemoryTradeRepository(store)
        self.candles = InMemoryCandleRepository(store)
        instruments = InMemoryInstrumentRepository(store)
        instruments.save([an_instrument()])
        self.timeframes = timeframes
        self.reads = MarketReads(instruments, self.trades, self.candles, timeframes)

    def tape(self, trades: list[Trade], holes: Iterable[Hole] = ()) -> None:
        """Store a tape with all the candles that it closes."""
        writer = self.trades.open_writer()
        writer.claim([BTC])
        candles: list[Candle] = aggregate(BTC, self.timeframes, trades)
        batch = TapeBatch(instrument=BTC, trades=trades, candles=candles, holes=list(holes))
        writer.commit([batch])
        writer.close()


@pytest.fixture
def market() -> MemoryMarket:
    return MemoryMarket()


def every(seconds: float, count: int, *, first_id: int = 1, start_s: float = 0) -> list[Trade]:
    return [
        a_trade(first_id + n, price=str(100 + n % 9), at_s=start_s + n * seconds)
        for n in range(count)
    ]


def test_the_newest_candle_is_the_forming_one(market: MemoryMarket) -> None:
    trades = every(7, 100)
    market.tape(trades)
    history = market.reads.newest(BTC, Timeframe.M1, 1000)
    whole = aggregate(BTC, [Timeframe.M1], [*trades, a_trade(999, at_s=7200)])
    assert history.frame.close.tolist() == [float(candle.close) for candle in whole]
    assert history.frame.volume.sum() == 100
    assert history.begins
    assert history.gaps == []


def test_without_anything_there_is_an_empty_frame(market: MemoryMarket) -> None:
    history = market.reads.newest(BTC, Timeframe.M1, 10)
    assert len(history.frame) == 0
    assert history.begins
    assert market.reads.quote(BTC) is None
    assert market.reads.seed(BTC, [Timeframe.M1], trade_limit=5).forming == {}


def test_a_tape_without_a_closed_candle_shows_the_forming_one(market: MemoryMarket) -> None:
    market.tape(every(1, 3))
    assert len(market.reads.newest(BTC, Timeframe.M1, 10).frame) == 1


def test_quiet_minutes_before_the_forming_candle_are_flat(market: MemoryMarket) -> None:
    market.tape([*every(10, 12), a_trade(13, price="150", at_s=600)])
    frame = market.reads.newest(BTC, Timeframe.M1, 100).frame
    assert len(frame) == 11
    assert frame.flat.tolist() == [False] * 2 + [True] * 8 + [False]
    assert frame.close[-1] == 150


def test_a_span_of_which_nothing_is_known_is_a_gap(market: MemoryMarket) -> None:
    late = every(10, 12, first_id=500, start_s=600)
    hole = msgspec.structs.replace(a_hole(13, 499), after_time=at(110), before_time=at(600))
    market.tape([*every(10, 12), *late], holes=[hole])
    history = market.reads.newest(BTC, Timeframe.M1, 100)
    assert history.gaps == [TimeSpan(at(120), at(600))]
    assert not history.frame.flat.any()


def test_older_candles_come_in_full_pages_until_the_store_begins(market: MemoryMarket) -> None:
    market.tape(every(30, 120))
    page = market.reads.older(BTC, Timeframe.M1, at(59 * 60), 25)
    assert len(page.frame) == 25
    assert not page.begins
    rest = market.reads.older(BTC, Timeframe.M1, at(20 * 60), 25)
    assert len(rest.frame) == 20
    assert rest.begins


def test_a_page_reaches_over_a_gap(market: MemoryMarket) -> None:
    market.candles.save([a_candle(60 * n) for n in (0, 1, 2, 500, 501)])
    page = market.reads.older(BTC, Timeframe.M1, at(60 * 502), 4)
    assert len(page.frame) == 4
    assert page.gaps == [TimeSpan(at(180), at(60 * 500))]


def test_the_forming_day_is_folded_from_the_coarsest_whole_candles(market: MemoryMarket) -> None:
    trades = every(61, 200)
    market.tape(trades)
    seed = market.reads.seed(BTC, [Timeframe.D1, Timeframe.M1], trade_limit=3)
    day = seed.forming[Timeframe.D1]
    assert day.volume == 200
    assert (day.open, day.close) == (trades[0].price, trades[-1].price)
    assert day.high == max(trade.price for trade in trades)
    assert seed.end == trades[-1].cursor
    assert [trade.trade_id for trade in seed.trades] == [198, 199, 200]


def test_an_incomplete_candle_is_replaced_by_its_finer_ones(market: MemoryMarket) -> None:
    market.candles.save([an_exchange_candle(60 * n, volume="2") for n in range(60)])
    market.candles.save([a_candle(0, Timeframe.H1, volume="1", complete=False)])
    market.tape([a_trade(1, price="100", at_s=3700)])
    day = market.reads.seed(BTC, [Timeframe.D1], trade_limit=0).forming[Timeframe.D1]
    assert day.volume == 60 * 2 + 1


def test_a_forming_week_begins_on_monday_and_requires_nothing_that_divides_it() -> None:
    market = MemoryMarket((Timeframe.W1,))
    market.tape(every(3600, 80))
    week = market.reads.seed(BTC, [Timeframe.W1], trade_limit=0).forming[Timeframe.W1]
    assert week.open_time == START
    assert week.volume == 80


def test_a_quote_covers_the_day_before_the_last_trade(market: MemoryMarket) -> None:
    trades = every(600, 300)
    market.tape(trades)
    quote = market.reads.quote(BTC)
    assert quote is not None
    assert quote.last == trades[-1].price
    assert quote.full_day
    assert quote.since >= trades[-1].time - timedelta(days=1)
    within = [trade for trade in trades if trade.time >= quote.since]
    assert quote.volume == float(sum(trade.size for trade in within))
    assert quote.high == float(max(trade.price for trade in within))


def test_a_recent_quote_reports_since_when(market: MemoryMarket) -> None:
    market.tape(every(60, 30))
    quote = market.reads.quote(BTC)
    assert quote is not None
    assert not quote.full_day
    assert quote.since == START


def test_a_quote_of_imported_candles_requires_no_trades(market: MemoryMarket) -> None:
    market.candles.save([an_exchange_candle(60 * n) for n in range(10)])
    quote = market.reads.quote(BTC)
    assert quote is not None
    assert quote.last == Decimal("105")


def test_gaps_lie_between_rows_only() -> None:
    frame = CandleFrame.from_candles(BTC, Timeframe.M1, [a_candle(0), a_candle(180)])
    assert gaps_of(frame) == [TimeSpan(at(60), at(180))]
    assert gaps_of(frame.take(slice(0, 1))) == []


def test_what_is_imported_without_its_facts_is_shown_by_its_candles(market: MemoryMarket) -> None:
    with pytest.raises(InstrumentMissing, match=str(ETH)):
        market.reads.instrument(ETH)
    ohlc = ("0.105", "0.11", "0.09", "0.1")
    market.candles.save([an_exchange_candle(0, ohlc=ohlc, instrument=ETH)])
    shown = market.reads.instrument(ETH)
    assert (shown.price_step, shown.size_step) == (Decimal("0.001"), 1)
