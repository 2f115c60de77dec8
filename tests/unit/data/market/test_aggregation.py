from collections.abc import Iterable
from decimal import Decimal

import pytest

from data import Candle, CandleAggregator, Timeframe, Trade, aggregate, parents_of
from data.errors import InvalidValue
from tests.builders import BTC, a_candle, a_trade, an_exchange_candle, at, trades_at

S1, M1, M3, M5, M15 = Timeframe.S1, Timeframe.M1, Timeframe.M3, Timeframe.M5, Timeframe.M15


def closed_by(aggregator: CandleAggregator, trades: Iterable[Trade]) -> list[Candle]:
    return [candle for trade in trades for candle in aggregator.add(trade)]


def opened(candles: Iterable[Candle]) -> list[tuple[Timeframe, float]]:
    return [(candle.timeframe, (candle.open_time - at(0)).total_seconds()) for candle in candles]


def test_every_timeframe_is_folded_from_the_coarsest_that_divides_it():
    assert parents_of(Timeframe) == {
        Timeframe.S1: None,
        Timeframe.M1: Timeframe.S1,
        Timeframe.M3: Timeframe.M1,
        Timeframe.M5: Timeframe.M1,
        Timeframe.M15: Timeframe.M5,
        Timeframe.M30: Timeframe.M15,
        Timeframe.H1: Timeframe.M30,
        Timeframe.H2: Timeframe.H1,
        Timeframe.H4: Timeframe.H2,
        Timeframe.H6: Timeframe.H2,
        Timeframe.H12: Timeframe.H6,
        Timeframe.D1: Timeframe.H12,
        Timeframe.W1: Timeframe.D1,
    }


def test_timeframes_without_a_divisor_are_folded_from_the_trades():
    assert parents_of({M5, M3}) == {M3: None, M5: None}


def test_a_candle_holds_the_values_of_its_trades():
    trades = [
        a_trade(1, at_s=-1),
        a_trade(5, price="100", size="0.1", at_s=0, match_count=4),
        a_trade(6, price="103", size="0.2", at_s=20),
        a_trade(7, price="98", size="0.3", at_s=40),
        a_trade(8, price="101", size="0.4", at_s=59.999999),
        a_trade(9, at_s=60),
    ]
    assert aggregate(BTC, [M1], trades)[1] == a_candle(
        0, M1, ohlc=("100", "103", "98", "101"), volume="1.0", ids=(2, 8)
    )


def test_a_candle_is_final_at_the_first_trade_of_a_later_bucket_and_only_then():
    aggregator = CandleAggregator(BTC, [M1])
    assert closed_by(aggregator, trades_at(0, 30, 59.9)) == []
    assert opened(aggregator.add(a_trade(4, at_s=60))) == [(M1, 0)]


def test_buckets_without_a_trade_get_no_candle():
    candles = aggregate(BTC, [M1], trades_at(0, 600, 1200))
    assert opened(candles) == [(M1, 0), (M1, 600)]


def test_one_trade_may_close_candles_of_many_timeframes_finest_first():
    closed = aggregate(BTC, Timeframe, trades_at(0, 3600))
    assert opened(closed) == [(t, 0) for t in Timeframe if t.duration.total_seconds() <= 3600]


def test_the_first_candle_of_each_timeframe_began_in_the_middle():
    closed = aggregate(BTC, [M1, M5], trades_at(30, 60, 120, 300, 600))
    assert [(c.timeframe, c.complete) for c in closed] == [
        (M1, False), (M1, True), (M1, True), (M5, False), (M1, True), (M5, True),
    ]  # fmt: skip


def test_a_coarse_candle_is_the_fold_of_the_fine_ones():
    trades = [
        a_trade(i, price=Decimal(100 + i * 37 % 11), size="0.1", at_s=i * 13) for i in range(1, 300)
    ]
    alone = aggregate(BTC, [M15], trades)
    together = [c for c in aggregate(BTC, Timeframe, trades) if c.timeframe is M15]
    assert alone == together
    assert len(alone) > 3


def test_several_timeframes_without_a_common_part_are_folded_side_by_side():
    trades = trades_at(*range(0, 1800, 25))
    both = aggregate(BTC, [M3, M5], trades)
    for timeframe in (M3, M5):
        alone = aggregate(BTC, [timeframe], trades)
        assert [c for c in both if c.timeframe is timeframe] == alone


def test_the_forming_candle_stands_after_the_last_trade_and_is_not_closed():
    aggregator = CandleAggregator(BTC, [S1, M1, M5])
    assert aggregator.forming(M5) is None
    closed_by(aggregator, [a_trade(i, price=Decimal(99 + i), at_s=i * 30) for i in range(1, 9)])
    forming = aggregator.forming(M5)
    assert forming is not None
    assert (forming.open_time, forming.open, forming.close) == (at(0), 100, 107)
    assert (forming.volume, forming.trade_count) == (8, 8)
    assert (forming.first_trade_id, forming.last_trade_id) == (1, 8)


def test_the_forming_candle_of_every_timeframe_equals_the_one_folded_alone():
    trades = trades_at(*range(0, 5000, 7))
    together = CandleAggregator(BTC, Timeframe)
    alone = {timeframe: CandleAggregator(BTC, [timeframe]) for timeframe in Timeframe}
    for trade in trades:
        together.add(trade)
        for aggregator in alone.values():
            aggregator.add(trade)
    for timeframe, aggregator in alone.items():
        assert together.forming(timeframe) == aggregator.forming(timeframe)


@pytest.mark.parametrize("cut", [1, 2, 17, 100, 250])
def test_a_fold_goes_on_from_its_state_as_if_never_stopped(cut: int):
    trades = trades_at(*range(0, 3000, 11))
    whole = aggregate(BTC, Timeframe, trades)
    first = CandleAggregator(BTC, Timeframe)
    closed_before = closed_by(first, trades[:cut])
    second = CandleAggregator(BTC, Timeframe, first.state)
    assert closed_before + closed_by(second, trades[cut:]) == whole


def test_a_timeframe_missing_in_the_state_begins_in_the_middle():
    before = CandleAggregator(BTC, [M1])
    closed_by(before, trades_at(-60, 0))
    with_seconds = CandleAggregator(BTC, [S1, M1], before.state)
    candles = closed_by(with_seconds, trades_at(0.5, 1, 2, first_id=3))
    assert [(c.timeframe, c.complete) for c in candles] == [(S1, False), (S1, True)]


def test_a_timeframe_of_no_interest_in_a_state_is_left_alone():
    before = CandleAggregator(BTC, Timeframe)
    closed_by(before, trades_at(0, 1))
    seconds_only = CandleAggregator(BTC, [S1], before.state)
    assert opened(closed_by(seconds_only, trades_at(2, first_id=3))) == [(S1, 1)]
    assert [candle.timeframe for candle in seconds_only.state] == [S1]


def test_only_candles_from_trades_are_a_state():
    with pytest.raises(InvalidValue, match="only a candle folded from trades can be continued"):
        CandleAggregator(BTC, [M1], [an_exchange_candle()])


def test_after_a_break_the_candles_on_both_sides_are_incomplete():
    aggregator = CandleAggregator(BTC, [M1, M5])
    candles = closed_by(aggregator, trades_at(-300, -299, 0, 60, 120))
    aggregator.break_off()
    candles += closed_by(aggregator, trades_at(900, 960, 1020, 1200, 1500, first_id=50))
    incomplete = [(t, s) for (t, s), c in zip(opened(candles), candles, strict=True)
                  if not c.complete]  # fmt: skip
    assert incomplete == [(M1, -300), (M5, -300), (M1, 120), (M5, 0), (M1, 900), (M5, 900)]


def test_a_break_inside_a_candle_leaves_only_that_candle_incomplete():
    aggregator = CandleAggregator(BTC, [M1])
    candles = closed_by(aggregator, trades_at(-60, 0))
    aggregator.break_off()
    candles += closed_by(aggregator, trades_at(30, 60, 120, first_id=50))
    assert [c.complete for c in candles] == [False, False, True]


def test_a_break_before_the_first_trade_changes_nothing():
    aggregator = CandleAggregator(BTC, [M1])
    aggregator.break_off()
    assert [c.complete for c in closed_by(aggregator, trades_at(0, 60, 120))] == [False, True]
