from collections.abc import Iterable

import pytest

from data import CandleAggregator, Cursor, Hole, HoleState, IdRange, InstrumentId, Timeframe, Trade
from data.collectors.backfill.hole_repair import HoleRepairer
from data.collectors.config import RepairRules
from data.collectors.tape.pipeline import TapePipeline
from tests.builders import BTC, START, a_trade, at, ids_of
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

RULES = RepairRules(retry_s=1, hold_s=60, hold_ids=1000)


def ledger(ids: Iterable[int]) -> list[Trade]:
    return [a_trade(trade_id, at_s=trade_id / 10) for trade_id in ids]


async def repaired(
    exchange: FakeExchange, received: Iterable[int], rules: RepairRules = RULES, last: int = 10
) -> tuple[list[int], list[Hole]]:
    clock = ManualClock(START)
    pipeline = TapePipeline(BTC, Cursor(at(last / 10), last), CandleAggregator(BTC, [Timeframe.M1]))
    pipeline.receive(ledger(received))
    settled: list[int] = []
    await HoleRepairer(exchange, rules, clock, settled.append).repair(pipeline)
    batch = pipeline.take()
    assert batch is not None
    assert sum(settled) == len(batch.trades)
    return ids_of(batch.trades), batch.holes


async def test_a_small_hole_is_filled_by_the_newest_trades_alone() -> None:
    exchange = FakeExchange(ledger(range(1, 16)))
    assert await repaired(exchange, [15]) == (list(range(11, 16)), [])
    assert exchange.requests == ["recent"]


async def test_a_larger_hole_is_paged_backwards_with_one_id_of_overlap() -> None:
    exchange = FakeExchange(ledger(range(1, 31)))
    assert await repaired(exchange, [30]) == (list(range(11, 31)), [])
    assert exchange.requests == ["recent", "before 27", "before 24", "before 21", "before 18",
                              "before 15"]  # fmt: skip


async def test_ids_that_never_existed_are_verified() -> None:
    exchange = FakeExchange(ledger([*range(1, 13), *range(20, 31)]))
    ids, holes = await repaired(exchange, [30])
    assert ids == [11, 12, *range(20, 31)]
    assert [(hole.ids, hole.state) for hole in holes] == [(IdRange(13, 19), HoleState.VERIFIED)]


async def test_a_hole_wider_than_a_page_that_never_existed_is_verified() -> None:
    exchange = FakeExchange(ledger([*range(1, 11), 100]))
    ids, holes = await repaired(exchange, [100])
    assert ids == [100]
    assert [(hole.ids, hole.state) for hole in holes] == [(IdRange(11, 99), HoleState.VERIFIED)]


async def test_what_the_exchange_no_longer_has_is_unrecoverable() -> None:
    exchange = FakeExchange(ledger(range(1, 31)), oldest_id=20)
    ids, holes = await repaired(exchange, [30])
    assert ids == list(range(20, 31))
    assert [(hole.ids, hole.state) for hole in holes] == [
        (IdRange(11, 19), HoleState.UNRECOVERABLE)
    ]


async def test_an_empty_page_is_requested_again() -> None:
    class EmptyOnce(FakeExchange):
        async def trades_before(self, instrument: InstrumentId, trade_id: int) -> list[Trade]:
            page = await super().trades_before(instrument, trade_id)
            return [] if len(self.requests) == 2 else page

    assert await repaired(EmptyOnce(ledger(range(1, 31))), [30]) == (list(range(11, 31)), [])


async def test_empty_pages_again_and_again_mean_that_it_is_gone() -> None:
    exchange = FakeExchange(ledger(range(1, 31)), oldest_id=1000)
    ids, holes = await repaired(exchange, [30])
    assert ids == [30]
    assert [hole.state for hole in holes] == [HoleState.UNRECOVERABLE]


async def test_a_listing_that_lags_verifies_nothing() -> None:
    class Lagging(FakeExchange):
        def _answer(self, request: str) -> None:
            super()._answer(request)
            self.listed = 12 if len(self.requests) < 6 else None

    ids, holes = await repaired(Lagging(ledger([*range(1, 15), 30])), [30])
    assert ids == [*range(11, 15), 30]
    assert [(hole.ids, hole.state) for hole in holes] == [(IdRange(15, 29), HoleState.VERIFIED)]


@pytest.mark.parametrize("rows", [3, 30])
async def test_the_exchange_is_queried_until_it_answers(rows: int) -> None:
    exchange = FakeExchange(ledger(range(1, 31)), recent=rows)
    exchange.failures = iter([True, True, False, True])
    assert await repaired(exchange, [30]) == (list(range(11, 31)), [])


async def test_a_hole_beyond_the_limit_of_ids_is_deferred_without_paging() -> None:
    exchange = FakeExchange(ledger(range(1, 3001)))
    ids, holes = await repaired(exchange, [3000])
    assert ids == list(range(2996, 3001))
    assert [(hole.ids, hole.state) for hole in holes] == [(IdRange(11, 2995), HoleState.DEFERRED)]
    assert exchange.requests == ["recent"]


async def test_a_hole_that_cannot_be_filled_in_time_is_deferred() -> None:
    exchange = FakeExchange(ledger(range(1, 31)))
    exchange.failures = iter([True] * 100)
    ids, holes = await repaired(exchange, [30])
    assert ids == [30]
    assert [(hole.ids, hole.state) for hole in holes] == [(IdRange(11, 29), HoleState.DEFERRED)]
    assert len(exchange.requests) == RULES.hold_s / RULES.retry_s + 1


async def test_merged_rows_are_filled_with_single_ones_around_them() -> None:
    exchange = FakeExchange(ledger(range(1, 31)))
    pipeline = TapePipeline(BTC, Cursor(at(1), 10), CandleAggregator(BTC, [Timeframe.M1]))
    pipeline.receive([a_trade(20, match_count=3, at_s=2), a_trade(30, match_count=2, at_s=3)])
    await HoleRepairer(exchange, RULES, ManualClock(START), lambda _: None).repair(pipeline)
    batch = pipeline.take()
    assert batch is not None
    assert ids_of(batch.trades) == [*range(11, 18), 20, *range(21, 29), 30]
    assert batch.holes == []
