from decimal import Decimal

import msgspec
import pytest

from data import Candle, Timeframe
from data.verification.candle_differences import (
    Bucket,
    DifferenceKind,
    check_exchange,
    check_stored,
)
from tests.builders import a_candle, an_exchange_candle, at

OURS = a_candle(0)


def a_bucket(rebuilt: Candle | None, *stored: Candle) -> Bucket:
    return Bucket(
        open_time=at(0),
        rebuilt=rebuilt,
        announced=stored[0] if stored else None,
        versions=stored[1:],
    )


def test_candles_that_agree_are_no_difference():
    assert check_stored(a_bucket(OURS, OURS)) is None
    assert check_exchange(OURS, an_exchange_candle(0)) is None


def test_a_candle_that_is_not_stored_is_missing():
    difference = check_stored(a_bucket(OURS))
    assert difference is not None
    assert (difference.kind, difference.timeframe, difference.open_time) == (
        DifferenceKind.MISSING,
        Timeframe.M1,
        at(0),
    )
    (whole,) = difference.fields
    assert (whole.ours, whole.theirs) == ("100 110 90 105 3 in 3 trades", "absent")


def test_the_exchanges_candle_does_not_stand_for_ours():
    difference = check_stored(a_bucket(OURS, an_exchange_candle(0)))
    assert difference is not None
    assert difference.kind is DifferenceKind.MISSING


def test_a_candle_that_the_trades_do_not_make_is_surplus():
    difference = check_stored(a_bucket(None, OURS))
    assert difference is not None
    assert difference.kind is DifferenceKind.SURPLUS
    assert check_stored(a_bucket(None, an_exchange_candle(0))) is None


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("open", Decimal("100.1"), "100.1"),
        ("high", Decimal(111), "111"),
        ("low", Decimal(89), "89"),
        ("close", Decimal(104), "104"),
        ("volume", Decimal("3.00000001"), "3.00000001"),
        ("trade_count", 4, "4"),
        ("first_trade_id", 0, "0"),
        ("last_trade_id", 4, "4"),
        ("complete", False, "False"),
    ],
)
def test_a_stored_candle_must_agree_in_every_field(field: str, value: object, shown: str):
    stored = msgspec.structs.replace(OURS, **{field: value})
    difference = check_stored(a_bucket(OURS, stored))
    assert difference is not None
    assert difference.kind is DifferenceKind.DIFFERENT
    (only,) = difference.fields
    assert (only.field, only.ours, only.theirs) == (field, str(getattr(OURS, field)), shown)


def test_trailing_zeros_are_no_difference():
    assert check_stored(a_bucket(OURS, a_candle(0, volume="3.000"))) is None


def test_a_version_that_came_later_is_a_revision_and_no_fault():
    announced = a_candle(0, volume="2", ids=(1, 2), complete=False)
    difference = check_stored(a_bucket(OURS, announced, an_exchange_candle(0), OURS))
    assert difference is not None
    assert difference.kind is DifferenceKind.REVISED
    assert not difference.kind.is_fault
    assert [f.field for f in difference.fields] == [
        "volume", "trade_count", "last_trade_id", "complete",
    ]  # fmt: skip


def test_a_version_beside_the_exchanges_announced_one_is_no_revision():
    assert check_stored(a_bucket(OURS, an_exchange_candle(0), OURS)) is None


def test_of_several_wrong_versions_the_newest_complete_one_is_shown():
    versions = [
        a_candle(0, volume="1"),
        a_candle(0, volume="2"),
        a_candle(0, volume="9", complete=False),
    ]
    difference = check_stored(a_bucket(OURS, *versions))
    assert difference is not None
    assert [f.theirs for f in difference.fields] == ["2"]


def test_the_exchange_is_compared_in_the_fields_it_has():
    assert check_exchange(OURS, an_exchange_candle(0, trade_count=3)) is None
    difference = check_exchange(OURS, an_exchange_candle(0, trade_count=4, volume="3.1"))
    assert difference is not None
    assert difference.kind is DifferenceKind.EXCHANGE
    assert [f.field for f in difference.fields] == ["volume", "trade_count"]


def test_an_incomplete_candle_may_differ_from_the_exchange():
    assert check_exchange(a_candle(0, complete=False), an_exchange_candle(0, volume="9")) is None


def test_a_traded_minute_of_the_exchange_of_which_we_have_no_trade_is_a_difference():
    difference = check_exchange(None, an_exchange_candle(0))
    assert difference is not None
    assert difference.fields[0].ours == "absent"
    flat = an_exchange_candle(0, ohlc=("5", "5", "5", "5"), volume="0")
    assert check_exchange(None, flat) is None
