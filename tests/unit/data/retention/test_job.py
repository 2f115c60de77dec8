"""A pass of retention over a store in memory."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from data import CandleAggregator, Cursor, InstrumentId, TapeBatch, Timeframe
from data.errors import RepositoryError, RepositoryUnavailable
from data.retention import CandleRules, DropReason, TapeRules
from data.retention.day_verification import DayVerifier
from data.retention.job import RetentionJob
from data.retention.values import DayDeletion, TapeDay
from tests.builders import BTC, ETH, START, a_candle, a_trade, at, ids_of
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryHoleRepository,
    InMemoryRetentionRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)
from utils.clock import ManualClock
from utils.isolation import Isolation, ItemFailures

DAY = timedelta(days=1)
DAYS = 5
NOW = START + DAYS * DAY
RULES = TapeRules(keep=3 * DAY, min_free_bytes=100)
TIMEFRAMES = frozenset({Timeframe.S1, Timeframe.M1, Timeframe.D1, Timeframe.W1})


@pytest.fixture
def store() -> InMemoryStore:
    """Return a store with five days of trades, two each, and their candles."""
    store = InMemoryStore()
    write_days(store, BTC)
    return store


def write_days(store: InMemoryStore, instrument: InstrumentId) -> None:
    writer = InMemoryTradeRepository(store).open_writer()
    writer.claim([instrument])
    trades = [
        a_trade(2 * day + n + 1, at_s=86_400 * day + 3_600 * (n + 1), instrument=instrument)
        for day in range(DAYS)
        for n in range(2)
    ]
    aggregator = CandleAggregator(instrument, TIMEFRAMES)
    candles = [candle for trade in trades for candle in aggregator.add(trade)]
    writer.commit([TapeBatch(instrument=instrument, trades=trades, candles=candles)])
    writer.close()


def retention(
    store: InMemoryStore,
    required: Mapping[InstrumentId, Cursor] | None = None,
    *,
    rules: TapeRules = RULES,
    candles: CandleRules | None = None,
    free_bytes: float | None = None,
    repository: InMemoryRetentionRepository | None = None,
    failures: ItemFailures | None = None,
) -> RetentionJob:
    repository = repository or InMemoryRetentionRepository(store)
    verifier = DayVerifier(
        repository,
        InMemoryTradeRepository(store),
        InMemoryHoleRepository(store),
        InMemoryCandleRepository(store),
    )
    return RetentionJob(
        repository,
        verifier,
        rules,
        candles or CandleRules(),
        lambda: required or {},
        lambda: free_bytes,
        Isolation("retention", ManualClock(NOW), failures or ItemFailures()),
    )


def ids(store: InMemoryStore, instrument: InstrumentId = BTC) -> list[int]:
    return ids_of(InMemoryTradeRepository(store).latest(instrument, 99))


class BrokenInstrument(InMemoryRetentionRepository):
    """A store in which one step fails for ETH, as with a damaged page or locked rows."""

    step = ""
    error: type[Exception] = RepositoryError

    def _require(self, step: str, instrument: InstrumentId) -> None:
        if instrument == ETH and step == self.step:
            raise self.error(f"{step}: invalid page in block 7")

    def summarize_day(
        self, instrument: InstrumentId, day: datetime, now: datetime
    ) -> TapeDay | None:
        self._require("verifying", instrument)
        return super().summarize_day(instrument, day, now)

    def rows_after(self, instrument: InstrumentId, time: datetime) -> int:
        self._require("counting", instrument)
        return super().rows_after(instrument, time)

    def drop_day(self, day: TapeDay, dropped: DayDeletion) -> int:
        self._require("deleting", day.instrument)
        return super().drop_day(day, dropped)

    def drop_candles(self, instrument: InstrumentId, timeframe: Timeframe, before: datetime) -> int:
        self._require("candles", instrument)
        return super().drop_candles(instrument, timeframe, before)


def test_every_day_that_is_over_is_verified_and_old_ones_go(store: InMemoryStore) -> None:
    report = retention(store).apply(NOW)
    assert report.verified == DAYS - 1
    assert [(day.day, day.trades, day.reason) for day in report.days] == [
        (START, 2, DropReason.AGE),
        (START + DAY, 2, DropReason.AGE),
    ]
    assert report.held == []
    assert ids(store) == [5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize(
    ("broken", "step", "left"),
    [
        ("verifying", "verifying okx:ETH-USDT", 10),
        ("counting", "counting trades of okx:ETH-USDT", 6),
        ("deleting", f"deleting {START:%F} of okx:ETH-USDT", 10),
        ("candles", "deleting 1s candles of okx:ETH-USDT", 6),
    ],
)
@pytest.mark.parametrize("error", [RepositoryError, RepositoryUnavailable, OverflowError])
def test_an_instrument_that_fails_delays_no_other_and_is_named(
    store: InMemoryStore, broken: str, step: str, left: int, error: type[Exception]
) -> None:
    write_days(store, ETH)
    repository, failures = BrokenInstrument(store), ItemFailures()
    repository.step, repository.error = broken, error
    candles = CandleRules(keep={Timeframe.S1: 3 * DAY})
    job = retention(store, candles=candles, repository=repository, failures=failures)
    report = job.apply(NOW)
    assert [one.step for one in report.failed] == [step]
    assert "invalid page in block 7" in report.failed[0].problem
    assert list(failures.problems()) == [f"retention {step}"]
    assert len(ids(store)) == 6
    assert len(ids(store, ETH)) == left
    assert min(store.series(BTC, Timeframe.S1).announced) >= START + 2 * DAY
    described = {(one.instrument, one.day) for one in report.days}
    assert ((str(ETH), START) in described) == (left == 6)
    repository.step = ""
    assert job.apply(NOW).failed == []
    assert failures.problems() == {}
    assert (len(ids(store)), len(ids(store, ETH))) == (6, 6)


def test_a_store_that_cannot_be_reached_ends_the_pass(store: InMemoryStore) -> None:
    class Lost(InMemoryRetentionRepository):
        def summarize_day(
            self, instrument: InstrumentId, day: datetime, now: datetime
        ) -> TapeDay | None:
            store.available = False
            return super().summarize_day(instrument, day, now)

    with pytest.raises(RepositoryUnavailable):
        retention(store, repository=Lost(store)).apply(NOW)


def test_a_second_pass_does_nothing(store: InMemoryStore) -> None:
    retention(store).apply(NOW)
    report = retention(store).apply(NOW)
    assert (report.verified, report.days, ids(store)) == (0, [], [5, 6, 7, 8, 9, 10])


def test_a_dry_run_changes_nothing(store: InMemoryStore) -> None:
    job = retention(store)
    assert job.preview(NOW).days == []
    job.apply(NOW - 2 * DAY)
    assert [day.day for day in job.preview(NOW).days] == [START, START + DAY]
    assert ids(store) == list(range(1, 11))


def test_days_verify_also_when_the_day_before_them_is_gone(store: InMemoryStore) -> None:
    retention(store).apply(NOW)
    later = NOW + 6 * DAY
    store.tapes[BTC].end = Cursor(later, 10)
    report = retention(store).apply(later)
    assert len(report.days) == 3
    assert all(not day.problem for day in store.days.values())


def test_a_day_whose_candles_disagree_stays_and_is_reported(
    store: InMemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    del store.series(BTC, Timeframe.M1).announced[at(86_400 + 3_600)]
    with caplog.at_level(logging.WARNING, "truetape.retention"):
        report = retention(store).apply(NOW)
    assert [day.day for day in report.held] == [START + DAY]
    assert "1 candles missing" in report.held[0].why
    assert report.unverified == 1
    assert ids(store) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert {record.message for record in caplog.records} == {
        "day of tape not verified",
        "expired day of tape kept",
    }


def test_candles_that_were_made_later_or_are_kept_shorter_are_not_missed(
    store: InMemoryStore,
) -> None:
    InMemoryRetentionRepository(store).drop_candles(BTC, Timeframe.S1, START + 2 * DAY)
    report = retention(store).apply(NOW)
    assert (report.unverified, len(report.days)) == (0, 2)


def test_what_the_disk_forces_is_stored_and_logged(
    store: InMemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    required = {BTC: Cursor(START, 0)}
    with caplog.at_level(logging.CRITICAL, "truetape.retention"):
        report = retention(store, required, free_bytes=50).apply(NOW)
    assert [day.day for day in report.days] == [START]
    noted = store.days[BTC, START].dropped
    assert noted is not None
    assert noted.reason is DropReason.DISK
    assert "required by bots" in noted.forced
    assert [record.message for record in caplog.records] == [
        "disk nearly full; tape deleted that is still required"
    ]
    assert report.forced_lately == 1
    again = retention(store, required, free_bytes=50).apply(NOW + timedelta(hours=1))
    assert again.days == []


def test_candles_go_by_timeframe_and_others_stay(store: InMemoryStore) -> None:
    rules = CandleRules(keep={Timeframe.S1: 2 * DAY})
    report = retention(store, candles=rules).apply(NOW)
    assert [(one.timeframe, one.before) for one in report.candles] == [
        (Timeframe.S1, START + 3 * DAY)
    ]
    assert min(store.series(BTC, Timeframe.S1).announced) >= START + 3 * DAY
    assert min(store.series(BTC, Timeframe.M1).announced) == at(3_600)


def test_candles_that_are_no_longer_written_are_an_archive(store: InMemoryStore) -> None:
    InMemoryCandleRepository(store).save([a_candle(0, Timeframe.M5)])
    rules = CandleRules(keep={Timeframe.M5: DAY})
    assert retention(store, candles=rules).apply(NOW).candles == []
