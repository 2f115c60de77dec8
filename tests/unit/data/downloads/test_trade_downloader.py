import msgspec
import pytest

from data import HoleState, IdRange, TapeBatch, TimeSpan, Trade
from data.downloads.trade_downloader import TradeDownloader
from data.errors import TemporaryFeedError
from tests.builders import BTC, a_hole, a_trade, at, ids_of
from tests.fakes import InMemoryHoleRepository, InMemoryStore, InMemoryTradeRepository
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

LEDGER = [a_trade(i, at_s=i * 10) for i in range(100, 200)]
WHOLE = TimeSpan(at(0), at(10_000))


def ignore(_: float) -> None:
    """Watch nothing."""


def a_download(store: InMemoryStore, exchange: FakeExchange) -> TradeDownloader:
    trades, holes = InMemoryTradeRepository(store, page_rows=7), InMemoryHoleRepository(store)
    return TradeDownloader(trades, holes, exchange, BTC, ManualClock(at(9_999)), ignore)


def stored(store: InMemoryStore) -> list[Trade]:
    (*pages,) = InMemoryTradeRepository(store).between(BTC, at(-10_000), at(10_000))
    return [trade for page in pages for trade in page]


def has(store: InMemoryStore, *trades: Trade) -> None:
    """Store trades on the tape."""
    InMemoryTradeRepository(store).import_tape(TapeBatch(instrument=BTC, trades=list(trades)))


async def test_a_span_is_downloaded_in_id_order():
    store, exchange = InMemoryStore(), FakeExchange(LEDGER)
    download = a_download(store, exchange)
    await download.run(TimeSpan(at(1205), at(1500)))
    assert ids_of(stored(store)) == list(range(121, 150))
    assert download.downloaded.new == 29
    assert store.tape(BTC).end == a_trade(149, at_s=1490).cursor
    assert store.tape(BTC).holes == {}


async def test_the_start_is_found_with_a_handful_of_questions():
    ledger = [a_trade(i, at_s=i) for i in range(10_000)]
    exchange = FakeExchange(ledger)
    await a_download(InMemoryStore(), exchange).run(TimeSpan(at(7_777), at(7_780)))
    assert len(exchange.requests) < 30


async def test_what_is_stored_is_not_requested():
    store, exchange = InMemoryStore(), FakeExchange(LEDGER)
    has(store, *LEDGER[10:40])
    has(store, *LEDGER[60:100])
    download = a_download(store, exchange)
    await download.run(WHOLE)
    assert download.downloaded.new == 30
    assert ids_of(stored(store)) == list(range(100, 200))
    before = len(exchange.requests)
    again = a_download(store, exchange)
    await again.run(WHOLE)
    assert again.downloaded.new == 0
    assert len(exchange.requests) - before < 10


async def test_a_download_broken_off_goes_on_where_it_was():
    store = InMemoryStore()
    ledger = [a_trade(i, at_s=i / 10) for i in range(12_000)]
    exchange = FakeExchange(ledger, page=1000, failures=iter([*[False] * 12, True]))
    with pytest.raises(TemporaryFeedError):
        await a_download(store, exchange).run(WHOLE)
    done = len(stored(store))
    assert 0 < done < 12_000
    await a_download(store, exchange).run(WHOLE)
    assert ids_of(stored(store)) == list(range(12_000))


async def test_a_hole_that_is_filled_is_marked_so():
    store = InMemoryStore()
    has(store, *LEDGER[:10])
    has(store, *LEDGER[20:])
    store.tape(BTC).holes[IdRange(110, 119)] = msgspec.structs.replace(
        a_hole(110, 119), after_time=LEDGER[9].time, before_time=LEDGER[20].time
    )
    download = a_download(store, FakeExchange(LEDGER))
    await download.run(WHOLE)
    assert download.downloaded.filled == 1
    assert store.tape(BTC).holes[IdRange(110, 119)].state is HoleState.FILLED


async def test_ids_that_the_exchange_never_had_are_verified_holes():
    store = InMemoryStore()
    ledger = [trade for trade in LEDGER if trade.trade_id not in (130, 131)]
    download = a_download(store, FakeExchange(ledger))
    await download.run(WHOLE)
    (hole,) = store.tape(BTC).holes.values()
    assert (hole.ids, hole.state) == (IdRange(130, 131), HoleState.VERIFIED)
    assert download.downloaded.holes == 1


async def test_the_tape_is_continued_and_not_torn():
    store = InMemoryStore()
    has(store, *LEDGER[:10])
    await a_download(store, FakeExchange(LEDGER)).run(TimeSpan(at(1500), at(1600)))
    assert ids_of(stored(store)) == list(range(100, 160))
    assert store.tape(BTC).holes == {}


async def test_beside_a_collector_only_the_past_is_completed():
    store = InMemoryStore()
    has(store, *LEDGER[50:60])
    writer = InMemoryTradeRepository(store).open_writer()
    writer.claim([BTC])
    download = a_download(store, FakeExchange(LEDGER))
    await download.run(WHOLE)
    assert ids_of(stored(store)) == list(range(100, 160))
    assert download.downloaded.left_to_collector
    assert store.tape(BTC).end == LEDGER[59].cursor


async def test_tape_times_do_not_fall_and_stay_below_what_follows():
    ledger = [
        a_trade(1, at_s=10), a_trade(2, at_s=9.98), a_trade(3, at_s=12.01), a_trade(4, at_s=12),
    ]  # fmt: skip
    store = InMemoryStore()
    has(store, ledger[3])
    await a_download(store, FakeExchange(ledger)).run(WHOLE)
    assert [trade.time for trade in stored(store)] == [at(10), at(10), at(12), at(12)]


async def test_what_the_exchange_has_removed_is_not_waited_for():
    store = InMemoryStore()
    await a_download(store, FakeExchange(LEDGER, oldest_id=150)).run(WHOLE)
    assert ids_of(stored(store)) == list(range(150, 200))


async def test_an_exchange_without_a_trade_gives_none():
    download = a_download(InMemoryStore(), FakeExchange([]))
    await download.run(WHOLE)
    assert download.downloaded.span is None
