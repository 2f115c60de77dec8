from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.forming_candle import FormingCandle
from dashboard.live.protocol import bar_of
from data import Timeframe, aggregate, merge_candles
from tests.builders import BTC, START, a_candle, a_trade, an_exchange_candle

OPEN = int(START.timestamp())


def test_a_forming_candle_follows_its_trades() -> None:
    forming = FormingCandle(BTC, Timeframe.M1, None)
    assert forming.candle is None
    forming.add(a_trade(1, price="100", at_s=1), unbroken=True)
    forming.add(a_trade(2, price="103", at_s=2), unbroken=True)
    candle = forming.candle
    assert candle is not None
    assert bar_of(candle) == (OPEN, 100.0, 103.0, 100.0, 103.0, 2.0)


def test_it_goes_on_from_a_seed_of_any_source() -> None:
    seed = an_exchange_candle(0, ohlc=("100", "110", "90", "105"), volume="3")
    forming = FormingCandle(BTC, Timeframe.M1, seed)
    assert forming.add(a_trade(9, price="120", at_s=30), unbroken=True) == []
    candle = forming.candle
    assert candle is not None
    assert bar_of(candle) == (OPEN, 100.0, 120.0, 90.0, 120.0, 4.0)


def test_a_trade_of_a_later_bucket_makes_the_old_one_final() -> None:
    forming = FormingCandle(BTC, Timeframe.M1, a_candle(0))
    final = forming.add(a_trade(4, price="107", at_s=61), unbroken=True)
    assert final == [(OPEN, 100.0, 110.0, 90.0, 105.0, 3.0)]
    candle = forming.candle
    assert candle is not None
    assert bar_of(candle)[:2] == (OPEN + 60, 107.0)


def test_buckets_that_a_trade_proves_empty_are_flat() -> None:
    forming = FormingCandle(BTC, Timeframe.M1, a_candle(0))
    final = forming.add(a_trade(4, at_s=190), unbroken=True)
    assert [bar[0] for bar in final] == [OPEN, OPEN + 60, OPEN + 120]
    assert final[-1] == (OPEN + 120, 105.0, 105.0, 105.0, 105.0, 0.0)


def test_nothing_is_known_of_buckets_behind_missing_trades() -> None:
    forming = FormingCandle(BTC, Timeframe.M1, a_candle(0))
    assert len(forming.add(a_trade(40, at_s=190), unbroken=False)) == 1


@given(
    steps=st.lists(st.integers(min_value=0, max_value=90), min_size=1, max_size=40),
    cut=st.integers(min_value=0, max_value=39),
)
def test_it_shows_what_the_store_will_hold(steps: list[int], cut: int) -> None:
    seconds = [sum(steps[: at + 1]) for at in range(len(steps))]
    trades = [
        a_trade(at + 1, price=str(100 + at % 7), at_s=second) for at, second in enumerate(seconds)
    ]
    seeded = trades[: min(cut, len(trades) - 1)]
    seed = FormingCandle(BTC, Timeframe.M1, None)
    for trade in seeded:
        seed.add(trade, unbroken=True)
    forming = FormingCandle(BTC, Timeframe.M1, seed.candle)
    final = [bar for trade in trades[len(seeded) :] for bar in forming.add(trade, unbroken=True)]
    closed = aggregate(BTC, [Timeframe.M1], [*trades, a_trade(999, at_s=seconds[-1] + 120)])
    candle = forming.candle
    assert candle is not None
    assert bar_of(candle) == bar_of(closed[-1])
    stored = {bar_of(each)[0]: bar_of(each) for each in closed}
    assert all(stored.get(bar[0], bar) == bar for bar in final)
    assert merge_candles([candle], Timeframe.M1).close == closed[-1].close
