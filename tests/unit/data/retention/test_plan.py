"""Which days of which tapes go, and which stay."""

from datetime import datetime, timedelta

from data import Cursor, InstrumentId
from data.retention import (
    DayDeletion,
    DropReason,
    StorageState,
    StoredTape,
    TapeDay,
    TapeRules,
    plan_drops,
)
from data.retention.plan import RetentionPlan
from tests.builders import BTC, ETH, START

DAY = timedelta(days=1)
NOW = START + 10 * DAY
RULES = TapeRules(keep=7 * DAY, max_bytes=1e12, min_free_bytes=100)
FREE = StorageState(bytes_per_trade=1)


def a_day(number: int, instrument: InstrumentId = BTC, **facts: object) -> TapeDay:
    """Return a verified day, `number` days after START, of 10 trades."""
    return TapeDay(
        **{
            "instrument": instrument,
            "day": START + number * DAY,
            "rows": 10,
            "on_tape": 10,
            "first_trade_id": 1,
            "last_trade_id": 10,
            "digest": "d",
            "verified_at": NOW,
            **facts,
        }  # type: ignore[arg-type]
    )


def a_tape(instrument: InstrumentId = BTC, end: datetime = NOW) -> StoredTape:
    return StoredTape(instrument=instrument, first_time=START, end=Cursor(end, 99))


TEN_DAYS = [a_day(number) for number in range(10)]


def planned(
    days: list[TapeDay] = TEN_DAYS,
    *,
    tapes: list[StoredTape] | None = None,
    needed: dict[InstrumentId, Cursor] | None = None,
    rules: TapeRules = RULES,
    storage: StorageState = FREE,
) -> RetentionPlan:
    return plan_drops(tapes or [a_tape()], days, needed or {}, rules, storage, NOW)


def gone(plan: RetentionPlan) -> list[int]:
    return [(drop.day.day - START).days for drop in plan.drops]


def held(plan: RetentionPlan) -> list[int]:
    return [(day.day - START).days for day, _ in plan.held]


def test_days_older_than_the_rule_go() -> None:
    plan = planned()
    assert gone(plan) == [0, 1, 2]
    assert {drop.reason for drop in plan.drops} == {DropReason.AGE}


def test_the_oldest_days_pay_for_what_is_too_large() -> None:
    rules = TapeRules(keep=30 * DAY, max_bytes=75, min_free_bytes=0)
    plan = planned(rules=rules, storage=StorageState(bytes_per_trade=1, newest_rows=5))
    assert gone(plan) == [0, 1, 2]
    assert {drop.reason for drop in plan.drops} == {DropReason.SIZE}


def test_days_of_all_tapes_go_by_age() -> None:
    days = [a_day(0, ETH), a_day(1), a_day(0), a_day(1, ETH)]
    rules = TapeRules(keep=30 * DAY, max_bytes=25, min_free_bytes=0)
    plan = planned(days, tapes=[a_tape(), a_tape(ETH)], rules=rules)
    assert [drop.day.instrument for drop in plan.drops] == [BTC, ETH]
    assert gone(plan) == [0, 0]


def test_an_archive_stays_whatever_its_age_and_size() -> None:
    old = a_tape(end=START + 2 * DAY)
    rules = TapeRules(keep=7 * DAY, max_bytes=1, min_free_bytes=0)
    assert gone(planned(tapes=[old], rules=rules)) == []


def test_a_tape_is_never_deleted_past_what_is_still_read() -> None:
    plan = planned(needed={BTC: Cursor(START + 1.5 * DAY, 15)})
    assert gone(plan) == [0]
    assert held(plan) == [1, 2]
    assert "required by bots from 2025-01-07 12:00:00Z" in plan.held[0][1]


def test_a_requirement_of_another_tape_holds_nothing() -> None:
    assert gone(planned(needed={ETH: Cursor(START, 1)})) == [0, 1, 2]


def test_a_day_that_could_not_be_verified_stays() -> None:
    days = [a_day(0, problem="2 candles missing"), *TEN_DAYS[1:]]
    plan = planned(days)
    assert gone(plan) == [1, 2]
    assert plan.held == [(days[0], "not verified: 2 candles missing")]


def test_a_full_disk_takes_days_that_are_required_and_reports_it() -> None:
    storage = StorageState(bytes_per_trade=1, free_bytes=85)
    plan = planned(needed={BTC: Cursor(START, 1)}, storage=storage)
    assert gone(plan) == [0, 1]
    assert {drop.reason for drop in plan.drops} == {DropReason.DISK}
    assert all("required by bots" in drop.forced for drop in plan.drops)
    assert held(plan) == [2]


def test_a_full_disk_takes_first_what_is_not_required() -> None:
    storage = StorageState(bytes_per_trade=1, free_bytes=85)
    plan = planned(storage=storage)
    assert gone(plan) == [0, 1, 2]
    assert [drop.forced for drop in plan.drops] == ["", "", ""]


def test_the_disk_forces_once_a_day_because_deleted_rows_free_unseen_space() -> None:
    lately = DayDeletion(at=NOW - timedelta(hours=23), reason=DropReason.DISK)
    days = [a_day(0, dropped=lately), *TEN_DAYS[1:]]
    storage = StorageState(bytes_per_trade=1, free_bytes=0)
    assert gone(planned(days, needed={BTC: Cursor(START, 1)}, storage=storage)) == []
    long_ago = DayDeletion(at=NOW - timedelta(hours=25), reason=DropReason.DISK)
    days = [a_day(0, dropped=long_ago), *TEN_DAYS[1:]]
    assert gone(planned(days, needed={BTC: Cursor(START, 1)}, storage=storage)) == list(
        range(1, 10)
    )


def test_dropped_days_are_not_dropped_again() -> None:
    done = DayDeletion(at=NOW, reason=DropReason.AGE)
    assert gone(planned([a_day(0, dropped=done), a_day(1)])) == [1]
