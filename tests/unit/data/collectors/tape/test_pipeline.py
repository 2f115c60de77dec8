import pytest

from data import CandleAggregator, Cursor, HoleState, IdRange, Timeframe
from data.collectors.tape.pipeline import TapePipeline
from data.errors import TapeReset
from tests.builders import BTC, a_trade, at, ids_of, trades_at

NOW = at(1000)


def a_pipeline(last: Cursor | None = None) -> TapePipeline:
    return TapePipeline(BTC, last, CandleAggregator(BTC, [Timeframe.M1]))


def test_settled_trades_and_the_candles_they_close_are_taken_together() -> None:
    pipeline = a_pipeline()
    assert pipeline.take() is None
    assert pipeline.receive(trades_at(0, 30, 61)) == 3
    batch = pipeline.take()
    assert batch is not None
    assert ids_of(batch.trades) == [1, 2, 3]
    assert [candle.last_trade_id for candle in batch.candles] == [2]
    assert pipeline.take() is None


def test_a_stored_end_and_a_first_received_id_show_what_is_missing() -> None:
    pipeline = a_pipeline(Cursor(at(0), 10))
    assert pipeline.receive([a_trade(15, at_s=5)]) == 0
    assert pipeline.missing == IdRange(11, 14)
    assert pipeline.held == 1


def test_a_listing_fills_what_it_holds() -> None:
    pipeline = a_pipeline(Cursor(at(0), 10))
    pipeline.receive([a_trade(15, at_s=5)])
    assert pipeline.fill([a_trade(i, at_s=4) for i in (13, 14, 15)], NOW) == 0
    assert pipeline.missing == IdRange(11, 12)
    assert pipeline.fill([a_trade(i, at_s=3) for i in (10, 11, 12, 13)], NOW) == 5
    assert pipeline.missing is None
    assert pipeline.fill([a_trade(9)], NOW) == 0


def test_ids_between_two_rows_of_a_listing_never_existed() -> None:
    pipeline = a_pipeline(Cursor(at(0), 10))
    pipeline.receive([a_trade(15, at_s=5)])
    pipeline.fill([a_trade(13, at_s=4), a_trade(15, at_s=5)], NOW)
    assert pipeline.missing == IdRange(11, 12)
    assert pipeline.fill([a_trade(10), a_trade(13, at_s=4)], NOW) == 2
    batch = pipeline.take()
    assert batch is not None
    assert ids_of(batch.trades) == [13, 15]
    holes = [(hole.ids, hole.state, hole.detected_at) for hole in batch.holes]
    assert holes == [
        (IdRange(11, 12), HoleState.VERIFIED, NOW),
        (IdRange(14, 14), HoleState.VERIFIED, NOW),
    ]


def test_a_verified_hole_leaves_candles_complete_and_another_does_not() -> None:
    for state in (HoleState.VERIFIED, HoleState.DEFERRED):
        pipeline = a_pipeline()
        pipeline.receive(trades_at(-1, 0, 1))
        pipeline.receive([a_trade(9, at_s=2)])
        pipeline.give_up(state, NOW)
        pipeline.receive([a_trade(10, at_s=60)])
        batch = pipeline.take()
        assert batch is not None
        _, candle = batch.candles
        assert (candle.first_trade_id, candle.last_trade_id) == (2, 9)
        assert candle.complete is state.harmless
        (hole,) = batch.holes
        assert (hole.after_time, hole.before_time) == (at(1), at(2))


def test_giving_up_nothing_declares_nothing() -> None:
    pipeline = a_pipeline()
    pipeline.receive(trades_at(0))
    assert pipeline.give_up(HoleState.DEFERRED, NOW) == 0
    batch = pipeline.take()
    assert batch is not None
    assert batch.holes == []


def test_a_hole_never_ends_before_it_begins() -> None:
    pipeline = a_pipeline(Cursor(at(0.03), 10))
    pipeline.receive([a_trade(15, at_s=0)])
    pipeline.give_up(HoleState.DEFERRED, NOW)
    batch = pipeline.take()
    assert batch is not None
    (hole,) = batch.holes
    assert hole.after_time == hole.before_time == at(0.03)


def test_a_renumbered_feed_is_refused() -> None:
    with pytest.raises(TapeReset):
        a_pipeline(Cursor(at(0), 10)).receive([a_trade(1, at_s=60)])
