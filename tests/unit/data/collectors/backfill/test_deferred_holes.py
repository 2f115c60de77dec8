import pytest

from data import (
    Candle,
    CandleAggregator,
    Hole,
    HoleState,
    IdRange,
    TapeBatch,
    Timeframe,
    Trade,
)
from data.collectors.backfill.deferred_holes import DeferredHoleFiller
from data.collectors.config import RepairRules
from data.collectors.store import CollectorStore
from data.collectors.tape.candle_repair import CandleRepairer
from data.errors import TemporaryFeedError
from tests.builders import BTC, a_trade, at
from tests.fakes import InMemoryStore
from tests.fakes.collectors import collector_store
from tests.fakes.exchange import FakeExchange

RULES = RepairRules(chunk_ids=7)


def ledger(ids: list[int]) -> list[Trade]:
    return [a_trade(trade_id, at_s=trade_id * 10) for trade_id in ids]


def a_torn_tape(first: int, last: int, *, until: int) -> CollectorStore:
    """Return a store whose tape lacks the ids first..last."""
    store = collector_store(InMemoryStore())
    writer = store.trades.open_writer()
    writer.claim([BTC])
    before, behind = ledger(list(range(1, first))), ledger(list(range(last + 1, until + 1)))
    fold = CandleAggregator(BTC, [Timeframe.M1])
    candles: list[Candle] = [candle for trade in before for candle in fold.add(trade)]
    fold.break_off()
    candles += [candle for trade in behind for candle in fold.add(trade)]
    hole = Hole(
        instrument=BTC, ids=IdRange(first, last), state=HoleState.DEFERRED,
        after_time=before[-1].time, before_time=behind[0].time, detected_at=at(0),
    )  # fmt: skip
    batch = TapeBatch(instrument=BTC, trades=before + behind, candles=candles, holes=[hole])
    writer.commit([batch])
    writer.close()
    return store


async def completed(store: CollectorStore, exchange: FakeExchange) -> HoleState:
    rebuilder = CandleRepairer(store, [Timeframe.M1])
    await DeferredHoleFiller(store, exchange, RULES, rebuilder).fill_all(BTC)
    (hole,) = store.holes.of(BTC)
    return hole.state


def late_ids(store: CollectorStore) -> list[int]:
    on_tape = {t.trade_id for page in store.trades.between(BTC, at(0), at(9e6), on_tape=True)
               for t in page}  # fmt: skip
    stored = [t.trade_id for page in store.trades.between(BTC, at(0), at(9e6)) for t in page]
    return sorted(set(stored) - on_tape)


async def test_what_was_deferred_is_stored_late_and_its_candles_become_complete() -> None:
    store = a_torn_tape(10, 30, until=60)
    exchange = FakeExchange(ledger(list(range(1, 61))))
    assert await completed(store, exchange) is HoleState.FILLED
    assert late_ids(store) == list(range(10, 31))
    best = store.candles.best(BTC, Timeframe.M1, at(60), at(540))
    assert len(best) == 8
    assert all(candle.complete and candle.trade_count == 6 for candle in best)


async def test_what_never_existed_is_verified() -> None:
    store = a_torn_tape(10, 30, until=60)
    exchange = FakeExchange(ledger([*range(1, 10), *range(31, 61)]))
    assert await completed(store, exchange) is HoleState.VERIFIED
    assert late_ids(store) == []


async def test_what_is_partly_gone_is_unrecoverable_and_the_rest_is_stored() -> None:
    store = a_torn_tape(10, 30, until=60)
    exchange = FakeExchange(ledger(list(range(1, 61))), oldest_id=20)
    assert await completed(store, exchange) is HoleState.UNRECOVERABLE
    assert late_ids(store) == list(range(20, 31))


async def test_what_is_gone_up_to_the_hole_itself_is_whole() -> None:
    store = a_torn_tape(10, 30, until=60)
    exchange = FakeExchange(ledger(list(range(1, 61))), oldest_id=10)
    assert await completed(store, exchange) is HoleState.FILLED


async def test_a_history_that_lags_verifies_nothing() -> None:
    store = a_torn_tape(10, 30, until=60)
    exchange = FakeExchange(ledger(list(range(1, 61))), listed=15)
    with pytest.raises(TemporaryFeedError):
        await completed(store, exchange)
    assert late_ids(store) == list(range(10, 16))
    exchange.listed = None
    exchange.requests.clear()
    assert await completed(store, exchange) is HoleState.FILLED
    assert late_ids(store) == list(range(10, 31))


async def test_large_holes_are_downloaded_in_chunks() -> None:
    store = a_torn_tape(10, 50, until=60)
    exchange = FakeExchange(ledger([*range(1, 20), *range(40, 61)]))
    assert await completed(store, exchange) is HoleState.FILLED
    assert late_ids(store) == [*range(10, 20), *range(40, 51)]


async def test_an_exchange_without_any_history_leaves_it_unrecoverable() -> None:
    store = a_torn_tape(10, 30, until=60)
    exchange = FakeExchange(ledger(list(range(1, 61))), oldest_id=1000)
    with pytest.raises(TemporaryFeedError):
        await completed(store, exchange)
