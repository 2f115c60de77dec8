from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.protocol import bar_of
from dashboard.live.tape_view import FormingCandle, TapeView
from dashboard.views import TRADES_SHOWN, Seed
from data import Timeframe, Trade, aggregate, merge_candles
from data.topics import TapeAdvanced
from tests.builders import BTC, START, a_candle, a_trade, an_exchange_candle, trades_at

OPEN = int(START.timestamp())


def an_event(trades: Sequence[Trade], *, keep: int | None = None) -> TapeAdvanced:
    """Return the message of these trades, which holds only the newest `keep`."""
    return TapeAdvanced(
        instrument=BTC,
        first=trades[0].cursor,
        last=trades[-1].cursor,
        previous_id=trades[0].first_id - 1 or None,
        count=len(trades),
        trades=list(trades if keep is None else trades[len(trades) - keep :]),
    )


def a_view(end: Trade | None = None) -> TapeView:
    view = TapeView(BTC)
    seed = Seed(end.cursor if end else None, [end] if end else [], {})
    view.start(seed, [Timeframe.M1])
    view.take_bars(Timeframe.M1)
    view.take_trades()
    return view


def test_a_notification_that_joins_on_moves_bar_and_tape() -> None:
    view = a_view(a_trade(1))
    assert view.add_trades(an_event([a_trade(2, price="101", at_s=5)]))
    assert view.take_bars(Timeframe.M1) == ([(OPEN, 101.0, 101.0, 101.0, 101.0, 1.0)], False)
    assert [row[0] for row in view.take_trades()] == [2, 1]


def test_nothing_is_taken_twice() -> None:
    view = a_view(a_trade(1))
    event = an_event([a_trade(2, at_s=5)])
    assert view.add_trades(event)
    assert view.add_trades(event)
    bars, _ = view.take_bars(Timeframe.M1)
    assert bars[0][5] == 1.0
    assert view.take_bars(Timeframe.M1) == ([], False)
    assert view.take_trades()
    assert view.take_trades() == []


def test_a_notification_that_leaves_trades_out_is_refused() -> None:
    view = a_view(a_trade(1))
    assert not view.add_trades(an_event([a_trade(3, at_s=5)]))


def test_a_notification_cut_to_its_newest_trades_is_refused_if_one_of_ours_is_missing() -> None:
    trades = trades_at(1, 2, 3, 4, first_id=2)
    assert not a_view(a_trade(1)).add_trades(an_event(trades, keep=2))
    assert a_view(a_trade(4, at_s=3)).add_trades(an_event(trades, keep=2))


def test_a_notification_over_a_declared_hole_joins_on() -> None:
    view = a_view(a_trade(1))
    event = TapeAdvanced(
        instrument=BTC,
        first=a_trade(50, at_s=70).cursor,
        last=a_trade(50, at_s=70).cursor,
        previous_id=1,
        count=1,
        trades=[a_trade(50, at_s=70)],
    )
    assert view.add_trades(event)


def test_the_first_trade_ever_starts_a_view_without_a_past() -> None:
    view = a_view()
    assert not view.add_trades(an_event([a_trade(7)]))
    assert view.add_trades(an_event([a_trade(1)]))


def test_the_stores_own_candle_wins_over_the_fold() -> None:
    view = a_view(a_trade(1))
    view.add_trades(an_event([a_trade(2, at_s=5), a_trade(3, at_s=65)]))
    view.add_closed([a_candle(0, ohlc=("1", "9", "1", "5"), volume="77")])
    bars, final = view.take_bars(Timeframe.M1)
    assert final
    assert bars[0] == (OPEN, 1.0, 9.0, 1.0, 5.0, 77.0)
    assert bars[1][0] == OPEN + 60


def test_candles_that_are_not_watched_are_ignored() -> None:
    view = a_view(a_trade(1))
    view.add_closed([a_candle(0, Timeframe.H1)])
    assert view.take_bars(Timeframe.M1) == ([], False)
    assert view.take_bars(Timeframe.H1) == ([], False)


def test_only_the_newest_trades_are_kept() -> None:
    view = a_view(a_trade(1))
    view.add_trades(an_event([a_trade(number, at_s=1) for number in range(2, 50)]))
    rows = view.take_trades()
    assert len(rows) == TRADES_SHOWN
    assert rows[0][0] == 49


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


def test_buckets_that_a_later_trade_passes_are_flat() -> None:
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
