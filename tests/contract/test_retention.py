"""The contract of every RetentionRepository."""

from datetime import timedelta

import msgspec
import pytest

from data import Cursor, TapeBatch, Timeframe, TimeSpan
from data.ports import TapeWriter
from data.retention import DayDeletion, DropReason, StoredSeries, StoredTape, TapeDay
from tests.builders import BTC, ETH, START, a_candle, a_trade, an_exchange_candle, at, ids_of
from tests.contract.stores import Stores

DAY = timedelta(days=1)
DAY_S = 86_400.0
NOW = START + 9 * DAY
BY_AGE = DayDeletion(at=NOW, reason=DropReason.AGE)


@pytest.fixture
def two_days(writer: TapeWriter) -> None:
    """Five trades of BTC and one of ETH on the first day, one of BTC on the second."""
    seconds = [0, 1, 1, 2, DAY_S - 0.001, DAY_S]
    trades = [a_trade(1 + n, at_s=second, price="7.10") for n, second in enumerate(seconds)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades)])
    writer.commit([TapeBatch(instrument=ETH, trades=[a_trade(9, instrument=ETH)])])


def summarized(stores: Stores) -> TapeDay:
    day = stores.retention.summarize_day(BTC, START, NOW)
    assert day is not None
    return day


def ids(stores: Stores) -> list[int]:
    return ids_of(stores.trades.latest(BTC, 99))


@pytest.mark.usefixtures("two_days")
def test_tapes_are_returned_from_their_first_stored_trade_to_their_end(stores: Stores) -> None:
    assert stores.retention.tapes() == [
        StoredTape(instrument=BTC, first_time=START, end=Cursor(at(DAY_S), 6)),
        StoredTape(instrument=ETH, first_time=START, end=Cursor(START, 9)),
    ]


@pytest.mark.usefixtures("two_days")
def test_a_day_is_counted_and_its_tape_has_a_digest(stores: Stores) -> None:
    day = summarized(stores)
    assert (day.rows, day.on_tape, day.first_trade_id, day.last_trade_id) == (5, 5, 1, 5)
    # The same in every store.
    assert day.digest == "b1d693f213efae5ac389918369c0d6c34f67457dd13512f5c427facf0ff7c1d9"
    assert stores.retention.summarize_day(BTC, START - DAY, NOW) is None


def test_late_trades_count_and_leave_the_digest(stores: Stores, writer: TapeWriter) -> None:
    writer.commit([TapeBatch(instrument=BTC, trades=[a_trade(1), a_trade(4, at_s=3)])])
    before = summarized(stores)
    stores.trades.add_late([a_trade(2, at_s=1)])
    after = summarized(stores)
    assert (after.rows, after.on_tape, after.digest) == (3, 2, before.digest)


@pytest.mark.usefixtures("two_days")
def test_what_is_noted_of_a_day_is_kept_and_replaced(stores: Stores) -> None:
    day = msgspec.structs.replace(summarized(stores), problem="2 candles missing")
    stores.retention.note(day)
    assert stores.retention.days() == [day]
    good = msgspec.structs.replace(day, problem="")
    stores.retention.note(good)
    assert stores.again().retention.days() == [good]


@pytest.mark.usefixtures("two_days")
def test_a_dropped_day_is_gone_and_noted_and_no_other_is_touched(stores: Stores) -> None:
    day = summarized(stores)
    assert stores.retention.drop_day(day, BY_AGE) == 5
    assert ids(stores) == [6]
    assert ids_of(stores.trades.latest(ETH, 9)) == [9]
    assert stores.retention.days() == [msgspec.structs.replace(day, dropped=BY_AGE)]
    assert stores.trades.end(BTC) == Cursor(at(DAY_S), 6)
    assert stores.retention.tapes()[0].first_time == at(DAY_S)


@pytest.mark.usefixtures("two_days")
def test_a_day_dropped_for_all_is_gone_for_all(stores: Stores) -> None:
    other = stores.retention.summarize_day(ETH, START, NOW)
    assert other is not None
    forced = DayDeletion(at=NOW, reason=DropReason.DISK, forced="required by bots")
    day = summarized(stores)
    stores.retention.drop_chunk([day, other])
    assert [stores.retention.drop_day(each, forced) for each in (day, other)] == [5, 1]
    assert ids(stores) == [6]
    assert stores.trades.latest(ETH, 9) == []
    assert [day.dropped for day in stores.retention.days()] == [forced, forced]


@pytest.mark.usefixtures("two_days")
def test_dropping_again_drops_nothing_more(stores: Stores) -> None:
    day = summarized(stores)
    stores.retention.drop_day(day, BY_AGE)
    stores.retention.drop_day(day, BY_AGE)
    assert ids(stores) == [6]


@pytest.mark.usefixtures("two_days")
def test_the_tape_goes_on_behind_what_was_dropped(stores: Stores, writer: TapeWriter) -> None:
    stores.retention.drop_day(summarized(stores), BY_AGE)
    writer.commit([TapeBatch(instrument=BTC, trades=[a_trade(7, at_s=DAY_S + 1)])])
    assert ids(stores) == [6, 7]


@pytest.mark.usefixtures("two_days")
def test_trades_behind_a_time_are_counted(stores: Stores) -> None:
    assert stores.retention.rows_after(BTC, at(2)) == 3
    assert stores.retention.bytes_per_trade() > 0


def test_series_are_returned_from_oldest_to_newest(stores: Stores) -> None:
    stores.candles.save([a_candle(0), a_candle(120), a_candle(0, Timeframe.H1)])
    assert stores.retention.series() == [
        StoredSeries(instrument=BTC, timeframe=Timeframe.M1, oldest=at(0), newest=at(120)),
        StoredSeries(instrument=BTC, timeframe=Timeframe.H1, oldest=at(0), newest=at(0)),
    ]


def test_dropped_candles_are_unknown_and_never_taken_for_empty(
    stores: Stores, writer: TapeWriter
) -> None:
    trades = [a_trade(1), a_trade(2, at_s=600)]
    candles = [a_candle(60 * minute, ids=(1, 1)) for minute in range(10)]
    hours = [a_candle(0, Timeframe.H1)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades, candles=candles + hours)])
    stores.candles.add_coverage(BTC, Timeframe.M1, [TimeSpan(at(-600), at(0))])
    stores.candles.save([an_exchange_candle(0)])
    assert stores.retention.drop_candles(BTC, Timeframe.M1, at(300)) == 5
    span = (BTC, Timeframe.M1, at(-600), at(600))
    assert [candle.open_time for candle in stores.candles.best(*span)] == [
        at(60 * minute) for minute in range(5, 10)
    ]
    assert stores.candles.versions(*span) == []
    assert stores.candles.coverage(*span) == [TimeSpan(at(300), at(600))]
    assert stores.candles.coverage(BTC, Timeframe.H1, at(0), at(600)) == [TimeSpan(at(0), at(600))]
    # What is downloaded again is covered again.
    stores.candles.add_coverage(BTC, Timeframe.M1, [TimeSpan(at(0), at(120))])
    assert stores.candles.coverage(*span)[0] == TimeSpan(at(0), at(120))


def test_versions_that_a_better_one_outdoes_go_and_the_best_stays(stores: Stores) -> None:
    torn = a_candle(0, complete=False)
    exchange_candle = an_exchange_candle(0)
    stores.candles.save([torn, exchange_candle, an_exchange_candle(0, volume="4"), a_candle(60)])
    stores.candles.save([an_exchange_candle(60)])
    span = (BTC, Timeframe.M1, at(0), at(600))
    before = stores.candles.best(*span)
    assert stores.retention.drop_versions(at(0)) == 0
    assert stores.retention.drop_versions(at(600)) == 2
    assert stores.candles.best(*span) == before
    assert stores.candles.versions(*span) == [an_exchange_candle(0, volume="4")]
    assert stores.candles.announced(*span) == [torn, a_candle(60)]
