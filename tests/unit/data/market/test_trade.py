from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from data import Cursor, Trade, require_utc
from data.errors import InvalidValue
from tests.builders import START, a_trade, at

NAIVE = datetime(2025, 1, 6)  # noqa: DTZ001 - the naive time is what is refused
IN_PARIS = datetime(2025, 1, 6, tzinfo=timezone(timedelta(hours=1)))


def test_a_trade_covers_as_many_ids_as_it_merges_and_is_named_by_the_last():
    assert a_trade(7).first_id == 7
    assert a_trade(7, match_count=3).first_id == 5


def test_the_first_id_of_all_may_be_zero():
    assert a_trade(0).first_id == 0
    assert a_trade(2, match_count=3).first_id == 0


def test_the_place_of_a_trade_is_its_tape_time_and_id():
    assert a_trade(7, at_s=3).cursor == Cursor(at(3), 7)


@pytest.mark.parametrize("bad", ["0", "-0.1", "NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("name", ["price", "size"])
def test_price_and_size_must_be_finite_and_above_zero(name: str, bad: str):
    with pytest.raises(InvalidValue, match=r"trade 7 of okx:BTC-USDT: .* must be above 0"):
        msgspec.structs.replace(a_trade(7), **{name: Decimal(bad)})


@pytest.mark.parametrize(("trade_id", "match_count"), [(-1, 1), (1, 3), (5, 0), (5, -1)])
def test_a_trade_covers_at_least_one_id_and_none_below_zero(trade_id: int, match_count: int):
    with pytest.raises(InvalidValue, match="ids that it covers must not be negative"):
        a_trade(trade_id, match_count=match_count)


@pytest.mark.parametrize("name", ["time", "exchange_time"])
@pytest.mark.parametrize("time", [NAIVE, IN_PARIS])
def test_times_must_be_aware_utc(name: str, time: datetime):
    with pytest.raises(InvalidValue, match=f"{name} must be an aware UTC time"):
        msgspec.structs.replace(a_trade(), **{name: time})


def test_another_zone_without_an_offset_is_utc_too():
    assert require_utc(datetime(2025, 1, 6, tzinfo=timezone(timedelta(0))), "time") is None
    assert require_utc(datetime(2025, 1, 6, tzinfo=UTC), "time") is None


def test_cursors_sort_by_time_and_then_by_id():
    cursors = [Cursor(at(1), 5), Cursor(at(0), 9), Cursor(at(1), 4)]
    assert sorted(cursors) == [Cursor(at(0), 9), Cursor(at(1), 4), Cursor(at(1), 5)]


def test_a_cursor_requires_an_aware_utc_time():
    with pytest.raises(InvalidValue, match="cursor time must be an aware UTC time"):
        Cursor(NAIVE, 1)


def test_a_trade_cannot_be_changed():
    trade: Trade = a_trade()
    with pytest.raises(AttributeError):
        trade.time = START  # type: ignore[misc]
