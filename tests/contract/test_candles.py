"""The contract of every CandleRepository: versions and reads."""

import threading
from datetime import timedelta
from decimal import Decimal

import msgspec
import numpy as np
import pytest

from data import EPOCH, Candle, CandleFrame, Timeframe, TimeSpan, to_datetime64
from tests.builders import BTC, ETH, a_candle, an_exchange_candle, at
from tests.contract.stores import Stores
from utils.cancellation import WorkCancelled, cancelled_by

M1 = Timeframe.M1
DAY_S = 86_400.0
DAY = timedelta(days=1)

INCOMPLETE = a_candle(volume="1", complete=False)
COMPLETE = a_candle(volume="3")
EXCHANGE = an_exchange_candle(volume="2")


def announced(stores: Stores) -> list[Candle]:
    return stores.candles.announced(BTC, M1, at(0), at(DAY_S))


def best(stores: Stores) -> list[Candle]:
    return stores.candles.best(BTC, M1, at(0), at(DAY_S))


def versions(stores: Stores) -> list[Candle]:
    return stores.candles.versions(BTC, M1, at(0), at(DAY_S))


def assert_same(frame: CandleFrame, expected: CandleFrame) -> None:
    assert (frame.instrument, frame.timeframe) == (expected.instrument, expected.timeframe)
    for name, column in expected.columns().items():
        assert frame.columns()[name].dtype == column.dtype, name
        np.testing.assert_array_equal(frame.columns()[name], column, err_msg=name)


def test_nothing_is_stored_of_an_unknown_instrument(stores: Stores) -> None:
    assert announced(stores) == best(stores) == versions(stores) == []
    assert stores.candles.latest(BTC, M1, 5) == []
    assert len(stores.candles.frame(BTC, M1, at(0), at(DAY_S))) == 0


def test_a_read_that_was_cancelled_is_not_started(stores: Stores) -> None:
    flag = threading.Event()
    with cancelled_by(flag):
        assert stores.candles.latest(BTC, M1, 5) == []
        flag.set()
        with pytest.raises(WorkCancelled):
            stores.candles.latest(BTC, M1, 5)
    assert stores.candles.latest(BTC, M1, 5) == []


def test_the_span_of_what_is_stored_is_found(stores: Stores) -> None:
    assert stores.candles.stored_span(BTC, M1) is None
    stores.candles.save([a_candle(60), a_candle(86_400), an_exchange_candle(86_400)])
    assert stores.candles.stored_span(BTC, M1) == TimeSpan(at(60), at(86_460))
    stores.candles.save([a_candle(-604_800_000, Timeframe.W1)])
    start = at(-604_800_000)
    assert stores.candles.stored_span(BTC, Timeframe.W1) == TimeSpan(start, start + 7 * DAY)
    assert stores.candles.stored_span(ETH, M1) is None


def test_every_field_comes_back_as_it_was(stores: Stores) -> None:
    exact = ("0.00000000123456789", "12345678901234567890.123", "0.000000001", "7")
    candles = [a_candle(ohlc=exact, volume="1234567890.000000000001"), an_exchange_candle(60)]
    assert stores.candles.save(candles) == 2
    assert announced(stores) == best(stores) == candles


def test_candles_are_kept_apart_by_instrument_and_timeframe(stores: Stores) -> None:
    other = a_candle(instrument=ETH)
    longer = a_candle(timeframe=Timeframe.H1)
    assert stores.candles.save([COMPLETE, other, longer]) == 3
    assert announced(stores) == [COMPLETE]
    assert stores.candles.best(ETH, M1, at(0), at(60)) == [other]
    assert stores.candles.best(BTC, Timeframe.H1, at(0), at(60)) == [longer]


def test_a_span_holds_its_start_and_not_its_end_in_time_order(stores: Stores) -> None:
    candles = [a_candle(60.0 * minute) for minute in range(5)]
    stores.candles.save(candles[::-1])
    assert stores.candles.announced(BTC, M1, at(60), at(180)) == candles[1:3]
    assert stores.candles.best(BTC, M1, at(60), at(180)) == candles[1:3]


def test_saving_again_changes_nothing(stores: Stores) -> None:
    assert stores.candles.save([INCOMPLETE, a_candle(60)]) == 2
    assert stores.candles.save([INCOMPLETE, a_candle(60)]) == 0
    assert stores.candles.save([COMPLETE]) == 1
    assert stores.candles.save([COMPLETE]) == 0
    assert versions(stores) == [COMPLETE]


def test_an_exchange_candle_without_a_count_is_stored_once(stores: Stores) -> None:
    assert stores.candles.save([COMPLETE, EXCHANGE, EXCHANGE]) == 2
    assert stores.candles.save([EXCHANGE]) == 0
    assert versions(stores) == [EXCHANGE]


def test_equal_decimals_written_otherwise_are_no_new_version(stores: Stores) -> None:
    stores.candles.save([COMPLETE, EXCHANGE])
    again = [
        msgspec.structs.replace(c, volume=c.volume + Decimal("0.00")) for c in announced(stores)
    ]
    assert stores.candles.save(again) == 0


def test_the_first_version_stays_announced_and_the_others_are_kept_in_order(stores: Stores) -> None:
    stores.candles.save([INCOMPLETE])
    stores.candles.save([EXCHANGE, COMPLETE])
    assert announced(stores) == [INCOMPLETE]
    assert versions(stores) == [EXCHANGE, COMPLETE]


def test_two_versions_in_one_save_are_the_first_and_another(stores: Stores) -> None:
    assert stores.candles.save([EXCHANGE, COMPLETE, EXCHANGE]) == 2
    assert announced(stores) == [EXCHANGE]
    assert versions(stores) == [COMPLETE]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ([COMPLETE, EXCHANGE], COMPLETE),
        ([EXCHANGE, COMPLETE], COMPLETE),
        ([INCOMPLETE, EXCHANGE], EXCHANGE),
        ([EXCHANGE, INCOMPLETE], EXCHANGE),
        ([INCOMPLETE, EXCHANGE, COMPLETE], COMPLETE),
        ([COMPLETE, INCOMPLETE, EXCHANGE], COMPLETE),
    ],
)
def test_complete_from_trades_beats_the_exchanges_which_beats_incomplete(
    stores: Stores, stored: list[Candle], expected: Candle
) -> None:
    for candle in stored:
        stores.candles.save([candle])
    assert best(stores) == [expected]
    assert stores.candles.latest(BTC, M1, 1) == [expected]
    assert stores.candles.frame(BTC, M1, at(0), at(60)).volume.tolist() == [float(expected.volume)]


def test_of_equally_good_versions_the_newest_is_best(stores: Stores) -> None:
    better = a_candle(volume="5")
    for candle in (COMPLETE, a_candle(volume="4"), better, INCOMPLETE):
        stores.candles.save([candle])
    assert best(stores) == [better]


def test_the_latest_candles_come_oldest_first_and_may_end_earlier(stores: Stores) -> None:
    candles = [a_candle(60.0 * minute) for minute in (0, 1, 2, 7, 8)]
    stores.candles.save(candles)
    assert stores.candles.latest(BTC, M1, 2) == candles[-2:]
    assert stores.candles.latest(BTC, M1, 99) == candles
    assert stores.candles.latest(BTC, M1, 2, before=at(60 * 7)) == candles[1:3]
    assert stores.candles.latest(BTC, M1, 2, before=at(0)) == []


def test_a_version_that_is_saved_again_is_the_newest_again(stores: Stores) -> None:
    first, second, third = (an_exchange_candle(volume=str(volume)) for volume in (2, 3, 4))
    for candle, changed in [(first, 1), (second, 1), (third, 1)]:
        assert stores.candles.save([candle]) == changed
    for candle in (second, first, third, first):
        assert stores.candles.save([candle]) == 1
        assert best(stores) == [candle]
        assert stores.candles.save([candle]) == 0
        assert best(stores) == [candle]
    assert announced(stores) == [first]
    assert {candle.volume for candle in versions(stores)} == {2, 3, 4}


def test_what_a_save_would_replace_is_counted_before(stores: Stores) -> None:
    first, second = an_exchange_candle(volume="2"), an_exchange_candle(volume="3")
    assert stores.candles.count_replaced([first]) == 0
    stores.candles.save([first])
    assert stores.candles.count_replaced([first]) == 0
    assert stores.candles.count_replaced([second, an_exchange_candle(60)]) == 1
    stores.candles.save([second])
    assert stores.candles.count_replaced([second]) == 0
    assert stores.candles.count_replaced([first]) == 1
    stores.candles.save([COMPLETE])
    assert stores.candles.count_replaced([first]) == 0


def test_the_latest_candles_are_best_versions_too(stores: Stores) -> None:
    stores.candles.save([INCOMPLETE, a_candle(60)])
    stores.candles.save([COMPLETE])
    assert stores.candles.latest(BTC, M1, 2) == [COMPLETE, a_candle(60)]


def test_a_frame_holds_the_best_versions_as_columns(stores: Stores) -> None:
    prices = ("0.1", "0.30000000000000004", "0.1", "0.2")
    candles = [INCOMPLETE, a_candle(60, ohlc=prices, volume="0.123456789"), an_exchange_candle(120)]
    stores.candles.save(candles)
    stores.candles.save([COMPLETE])
    frame = stores.candles.frame(BTC, M1, at(0), at(DAY_S), gaps=None)
    assert_same(frame, CandleFrame.from_candles(BTC, M1, [COMPLETE, *candles[1:]]))
    assert frame.open_time[0] == to_datetime64(at(0))


def test_a_frames_columns_can_be_changed(stores: Stores) -> None:
    stores.candles.save([COMPLETE])
    frame = stores.candles.frame(BTC, M1, at(0), at(60))
    for column in frame.columns().values():
        assert column.flags.writeable
        assert column.flags.c_contiguous


def test_a_frame_fills_known_gaps_only(stores: Stores) -> None:
    minutes = (0, 2, 5)
    stores.candles.save([a_candle(60.0 * minute) for minute in minutes])
    stores.candles.add_coverage(BTC, M1, [TimeSpan(at(0), at(180))])
    frame = stores.candles.frame(BTC, M1, at(0), at(DAY_S))
    assert frame.open_time.tolist() == [
        to_datetime64(at(60 * minute)).item() for minute in (0, 1, 2, 3, 5)
    ]
    assert frame.flat.tolist() == [False, True, False, False, False]
    assert frame.unknown.tolist() == [False, False, False, True, False]
    assert frame.known_rows().volume.tolist() == [3.0, 0.0, 3.0, 3.0]
    skipping = stores.candles.frame(BTC, M1, at(0), at(DAY_S), gaps="skip")
    assert skipping.unknown.tolist() == [False, False, True, False]
    assert len(stores.candles.frame(BTC, M1, at(0), at(DAY_S), gaps=None)) == len(minutes)


def test_candles_long_ago_and_far_ahead_are_stored(stores: Stores) -> None:
    old = msgspec.structs.replace(COMPLETE, open_time=EPOCH)
    new = msgspec.structs.replace(COMPLETE, open_time=at(0) + timedelta(days=365 * 100))
    stores.candles.save([new, old])
    assert stores.candles.latest(BTC, M1, 2) == [old, new]
    frame = stores.candles.frame(BTC, M1, EPOCH, new.close_time, gaps=None)
    assert frame.open_time.tolist() == [
        to_datetime64(old.open_time).item(),
        to_datetime64(new.open_time).item(),
    ]


def test_many_candles_are_saved_at_once(stores: Stores) -> None:
    candles = [a_candle(60.0 * minute) for minute in range(2_500)]
    assert stores.candles.save(candles) == 2_500
    assert stores.candles.save([*candles, EXCHANGE]) == 1
    assert stores.candles.save([]) == 0
    assert len(stores.candles.frame(BTC, M1, at(0), at(10 * DAY_S), gaps="skip")) == 2_500
