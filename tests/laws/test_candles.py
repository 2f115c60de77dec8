"""Law 1: candles(merge of parts) = merge of candles(parts); coarse = fold of fine; sums add up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import cycle, groupby, islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from data import Candle, CandleAggregator, CandleSource, Timeframe, Trade, merge_candles
from tests.laws.tapes import LAW, tapes

LAWFULLY = settings(max_examples=60, deadline=None)
PAIRS = [(fine, coarse) for coarse in Timeframe for fine in Timeframe if fine.divides(coarse)]
timeframe_sets = st.sets(st.sampled_from(Timeframe), min_size=1)


def model(trades: Sequence[Trade], timeframe: Timeframe) -> list[Candle]:
    """Compute the candles of these trades in the simplest way, including the last one."""
    candles = []
    for open_time, group in groupby(trades, lambda trade: timeframe.floor(trade.time)):
        rows = list(group)
        prices = [row.price for row in rows]
        candles.append(
            Candle(
                instrument=LAW,
                timeframe=timeframe,
                open_time=open_time,
                open=prices[0],
                high=max(prices),
                low=min(prices),
                close=prices[-1],
                volume=sum(row.size for row in rows),  # type: ignore[arg-type]
                trade_count=sum(row.match_count for row in rows),
                first_trade_id=rows[0].first_id,
                last_trade_id=rows[-1].trade_id,
                complete=open_time != timeframe.floor(trades[0].time),
                source=CandleSource.TRADES,
            )
        )
    return candles


def fold(candles: Iterable[Candle], timeframe: Timeframe) -> list[Candle]:
    """Merge candles that share a bucket."""
    return [
        merge_candles(parts, timeframe)
        for _, parts in groupby(candles, lambda candle: timeframe.floor(candle.open_time))
    ]


def run(aggregator: CandleAggregator, trades: Iterable[Trade]) -> list[Candle]:
    return [candle for trade in trades for candle in aggregator.add(trade)]


def everything(aggregator: CandleAggregator, trades: Iterable[Trade]) -> list[Candle]:
    """Return the closed candles, then the forming ones."""
    closed = run(aggregator, trades)
    forming = [aggregator.forming(timeframe) for timeframe in Timeframe]
    return closed + [candle for candle in forming if candle is not None]


def only(candles: Iterable[Candle], timeframe: Timeframe) -> list[Candle]:
    return [candle for candle in candles if candle.timeframe is timeframe]


@LAWFULLY
@given(tapes(), timeframe_sets)
def test_the_aggregator_folds_what_the_plain_model_folds(
    trades: list[Trade], timeframes: set[Timeframe]
):
    aggregator = CandleAggregator(LAW, timeframes)
    closed = run(aggregator, trades)
    for timeframe in timeframes:
        assert only(closed, timeframe) == model(trades, timeframe)[:-1]
        assert aggregator.forming(timeframe) == model(trades, timeframe)[-1]


@LAWFULLY
@given(tapes(), timeframe_sets, st.lists(st.integers(1, 40), min_size=1))
def test_lots_of_any_size_fold_like_single_trades_digit_for_digit(
    trades: list[Trade], timeframes: set[Timeframe], sizes: list[int]
):
    one_by_one, by_lots = CandleAggregator(LAW, timeframes), CandleAggregator(LAW, timeframes)
    rest, size, closed = iter(trades), cycle(sizes), list[Candle]()
    while lot := list(islice(rest, next(size))):
        closed += by_lots.add_all(lot)
    # As text: equal numbers may be written with different zeros.
    assert repr(closed) == repr(run(one_by_one, trades))
    assert repr(by_lots.state) == repr(one_by_one.state)


@LAWFULLY
@given(tapes(), st.data())
def test_candles_of_a_merged_tape_are_the_merged_candles_of_its_parts(
    trades: list[Trade], data: st.DataObject
):
    cut = data.draw(st.integers(0, len(trades)))
    parts = [part for part in (trades[:cut], trades[cut:]) if part]
    for timeframe in Timeframe:
        of_parts = [candle for part in parts for candle in model(part, timeframe)]
        merged = fold(of_parts, timeframe)
        whole = model(trades, timeframe)
        assert [_without_completeness(c) for c in merged] == [
            _without_completeness(c) for c in whole
        ]


@LAWFULLY
@given(tapes(), timeframe_sets, st.data())
def test_a_fold_stopped_and_resumed_anywhere_is_one_fold(
    trades: list[Trade], timeframes: set[Timeframe], data: st.DataObject
):
    cut = data.draw(st.integers(0, len(trades)))
    whole = CandleAggregator(LAW, timeframes)
    expected = run(whole, trades)
    first = CandleAggregator(LAW, timeframes)
    before = run(first, trades[:cut])
    second = CandleAggregator(LAW, timeframes, first.state)
    assert before + run(second, trades[cut:]) == expected
    assert second.state == whole.state


@LAWFULLY
@given(tapes())
def test_every_coarse_candle_is_the_fold_of_every_finer_one_that_divides_it(trades: list[Trade]):
    candles = everything(CandleAggregator(LAW, Timeframe), trades)
    for fine, coarse in PAIRS:
        assert fold(only(candles, fine), coarse) == only(candles, coarse)


@LAWFULLY
@given(tapes())
def test_volumes_and_counts_add_up_to_the_tape(trades: list[Trade]):
    candles = everything(CandleAggregator(LAW, Timeframe), trades)
    volume = sum(trade.size for trade in trades)
    count = sum(trade.match_count for trade in trades)
    for timeframe in Timeframe:
        mine = only(candles, timeframe)
        assert sum(candle.volume for candle in mine) == volume
        assert sum(candle.trade_count or 0 for candle in mine) == count


@LAWFULLY
@given(tapes())
def test_candles_follow_each_other_and_name_trades_in_a_row(trades: list[Trade]):
    candles = everything(CandleAggregator(LAW, Timeframe), trades)
    for timeframe in Timeframe:
        mine = only(candles, timeframe)
        for candle in mine:
            assert candle.low <= candle.open <= candle.high
            assert candle.low <= candle.close <= candle.high
            assert candle.trade_count is not None
            assert candle.first_trade_id is not None
            assert candle.last_trade_id == candle.first_trade_id + candle.trade_count - 1
        for earlier, later in pairwise(mine):
            assert earlier.close_time <= later.open_time
            assert earlier.last_trade_id is not None
            assert later.first_trade_id == earlier.last_trade_id + 1


@LAWFULLY
@given(tapes(min_size=3), st.data())
def test_merging_is_associative(trades: list[Trade], data: st.DataObject):
    seconds = model(trades, Timeframe.S1)
    week = Timeframe.W1.floor(seconds[0].open_time)
    parts = [c for c in seconds if Timeframe.W1.floor(c.open_time) == week]
    cut = data.draw(st.integers(1, len(parts)))
    left, right = parts[:cut], parts[cut:]
    at_once = merge_candles(parts, Timeframe.W1)
    assert merge_candles([merge_candles(left, Timeframe.W1), *right], Timeframe.W1) == at_once


@LAWFULLY
@given(tapes(min_size=2), st.data())
def test_a_candle_is_complete_unless_the_tape_begins_or_breaks_in_it(
    trades: list[Trade], data: st.DataObject
):
    broken_before = data.draw(st.sets(st.integers(1, len(trades) - 1), max_size=3))
    aggregator = CandleAggregator(LAW, Timeframe)
    candles: list[Candle] = []
    for index, trade in enumerate(trades):
        if index in broken_before:
            aggregator.break_off()
        candles += aggregator.add(trade)
    doubtful = [trades[0].time]
    doubtful += [trades[index + side].time for index in broken_before for side in (-1, 0)]
    for candle in candles:
        assert candle.complete is not any(_holds(candle, time) for time in doubtful)


def _holds(candle: Candle, time: datetime) -> bool:
    return candle.open_time <= time < candle.close_time


def _without_completeness(candle: Candle) -> tuple[object, ...]:
    return (
        candle.open_time, candle.open, candle.high, candle.low, candle.close, candle.volume,
        candle.trade_count, candle.first_trade_id, candle.last_trade_id,
    )  # fmt: skip
