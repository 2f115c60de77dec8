"""The contract of telemetry repositories."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.stores import Stores
from utils.telemetry import HistoryPoint, ProcessRecord, ProcessReport, ProcessSnapshot, Sample
from utils.telemetry.sample import UnzonedTime

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LONG_AGO = NOON - 400 * 24 * HOUR


def a_sample(
    value: float, after: timedelta = timedelta(), subject: str = "host", name: str = "cpu_percent"
) -> Sample:
    return Sample(subject=subject, name=name, time=NOON + after, value=value)


def a_report(process: str = "bots", **other: object) -> ProcessReport:
    given = {
        "pid": 7,
        "started_at": NOON,
        "reported_at": NOON + MINUTE,
        "cpu_percent": 1.5,
        "rss_bytes": 100_000_000,
        "queues": {"writer": 3},
        "last_error": "it's 100 % wrong",
    }
    return ProcessReport(process=process, **given | other)  # type: ignore[arg-type]


def a_snapshot(process: str = "bots", **other: object) -> ProcessSnapshot:
    given = {"supervisor": "main", "state": "running", "since": NOON, "reported_at": NOON + MINUTE}
    return ProcessSnapshot(process=process, **given | other)  # type: ignore[arg-type]


def means(points: list[HistoryPoint]) -> list[float]:
    return [point.mean for point in points]


def test_nothing_is_known_at_first(stores: Stores) -> None:
    assert stores.telemetry.latest(LONG_AGO) == []
    assert stores.telemetry.processes() == []
    assert stores.telemetry.history("host", "cpu_percent", NOON, NOON + HOUR, 10) == []


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(UnzonedTime, match="host cpu"):
        Sample(subject="host", name="cpu", time=datetime(2026, 3, 1), value=1.0)  # noqa: DTZ001


def test_the_newest_sample_of_every_series_is_known(stores: Stores) -> None:
    stores.telemetry.record([a_sample(1), a_sample(2, SECOND), a_sample(9, name="load")])
    stores.again().telemetry.record([a_sample(3, 2 * SECOND), a_sample(8, subject="a:b")])
    stores.telemetry.record([a_sample(0, SECOND / 2)])
    assert stores.again().telemetry.latest(LONG_AGO) == [
        a_sample(8, subject="a:b"),
        a_sample(3, 2 * SECOND),
        a_sample(9, name="load"),
    ]


def test_series_without_recent_samples_are_left_out(stores: Stores) -> None:
    stores.telemetry.record([a_sample(1), a_sample(2, MINUTE, name="load")])
    assert stores.telemetry.latest(NOON + MINUTE) == [a_sample(2, MINUTE, name="load")]


def test_a_sample_is_stored_once(stores: Stores) -> None:
    stores.telemetry.record([a_sample(1)])
    stores.telemetry.record([a_sample(5), a_sample(6)])
    assert means(stores.telemetry.history("host", "cpu_percent", NOON, NOON + HOUR, 60)) == [1]


def test_a_history_is_cut_into_equal_chunks_with_the_empty_ones_left_out(stores: Stores) -> None:
    times = [0, 1, 14, 15, 40]
    stores.telemetry.record([a_sample(value, value * MINUTE) for value in times])
    assert stores.telemetry.history("host", "cpu_percent", NOON, NOON + 40 * MINUTE, 8) == [
        HistoryPoint(time=NOON, low=0, mean=0.5, high=1),
        HistoryPoint(time=NOON + 10 * MINUTE, low=14, mean=14, high=14),
        HistoryPoint(time=NOON + 15 * MINUTE, low=15, mean=15, high=15),
    ]


def test_wide_chunks_are_made_of_the_long_history(stores: Stores) -> None:
    stores.telemetry.record([a_sample(value, value * MINUTE) for value in range(40)])
    day = (NOON, NOON + 20 * HOUR)
    assert stores.telemetry.history("host", "cpu_percent", *day, 60) == []
    stores.telemetry.condense(NOON, NOON + HOUR)
    stores.telemetry.condense(NOON, NOON + HOUR)
    assert stores.telemetry.history("host", "cpu_percent", *day, 60) == [
        HistoryPoint(time=NOON, low=0, mean=9.5, high=19),
        HistoryPoint(time=NOON + 20 * MINUTE, low=20, mean=29.5, high=39),
    ]


def test_only_whole_chunks_are_condensed(stores: Stores) -> None:
    stores.telemetry.record([a_sample(value, value * MINUTE) for value in range(40)])
    stores.telemetry.condense(NOON + MINUTE, NOON + 21 * MINUTE)
    points = stores.telemetry.history("host", "cpu_percent", NOON, NOON + 10 * HOUR, 60)
    assert means(points) == [14.5, 24.5]


def test_what_is_pruned_stays_in_the_long_history(stores: Stores) -> None:
    stores.telemetry.record([a_sample(value, value * MINUTE) for value in range(30)])
    stores.telemetry.condense(NOON, NOON + HOUR)
    assert stores.telemetry.prune(NOON + 25 * MINUTE, LONG_AGO, limit=20) == 20
    assert stores.telemetry.prune(NOON + 25 * MINUTE, LONG_AGO, limit=20) == 5
    stores.telemetry.condense(NOON, NOON + HOUR)
    late = stores.telemetry.history("host", "cpu_percent", NOON, NOON + HOUR, 60)
    assert means(late) == [25, 26, 27, 28, 29]
    early = stores.telemetry.history("host", "cpu_percent", NOON, NOON + 25 * MINUTE, 25)
    assert [(point.low, point.mean, point.high) for point in early] == [
        (0, 4.5, 9),
        (10, 14.5, 19),
        (20, 24.5, 29),
    ]


def test_a_series_of_which_nothing_is_left_is_removed_and_may_come_back(stores: Stores) -> None:
    stores.telemetry.record([a_sample(1), a_sample(2, HOUR, name="load")])
    stores.telemetry.condense(NOON, NOON + 2 * HOUR)
    stores.again().telemetry.prune(NOON + MINUTE, NOON + 30 * MINUTE, limit=100)
    assert stores.telemetry.latest(LONG_AGO) == [a_sample(2, HOUR, name="load")]
    stores.telemetry.record([a_sample(3, 2 * HOUR)])
    assert stores.telemetry.latest(NOON + 2 * HOUR) == [a_sample(3, 2 * HOUR)]
    assert means(stores.telemetry.history("host", "cpu_percent", NOON, NOON + 3 * HOUR, 99)) == [3]


def test_a_month_of_samples_stays_bounded(stores: Stores) -> None:
    every, keep, keep_long = 30 * MINUTE, 4 * HOUR, 24 * HOUR
    for hours in range(0, 24 * 30, 12):
        day = NOON + hours * HOUR
        samples = [a_sample(n, hours * HOUR + n * every) for n in range(24)]
        stores.telemetry.record(samples)
        now = day + 12 * HOUR
        stores.telemetry.condense(day, now)
        stores.telemetry.prune(now - keep, now - keep_long, limit=1_000)
    end = NOON + 24 * 30 * HOUR
    all_time = (LONG_AGO, end)
    long = stores.telemetry.history("host", "cpu_percent", end - 99 * HOUR, end, 99 * 6)
    fine = stores.telemetry.history("host", "cpu_percent", end - 60 * HOUR, end, 60 * 12)
    assert (len(fine), len(long)) == (8, 48)
    assert len(stores.telemetry.latest(all_time[0])) == 1


def test_the_last_word_on_a_process_is_its_own_and_its_supervisors(stores: Stores) -> None:
    stores.telemetry.report(a_report(cpu_percent=99.0))
    stores.telemetry.report(a_report())
    stores.telemetry.save_snapshots(
        [a_snapshot(), a_snapshot("arbiter", state="waiting", restarts=2)]
    )
    assert stores.again().telemetry.processes() == [
        ProcessRecord(
            process="arbiter", snapshot=a_snapshot("arbiter", state="waiting", restarts=2)
        ),
        ProcessRecord(process="bots", report=a_report(), snapshot=a_snapshot()),
    ]


def test_a_process_without_recent_reports_is_removed(stores: Stores) -> None:
    stores.telemetry.report(a_report())
    stores.telemetry.report(a_report("old", reported_at=NOON - HOUR))
    stores.telemetry.save_snapshots([a_snapshot(reported_at=NOON - HOUR)])
    stores.telemetry.prune(NOON, NOON, limit=10)
    assert [record.process for record in stores.telemetry.processes()] == ["bots"]
