"""What processes count, time and report of themselves."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

from tests.fakes import InMemoryStore, InMemoryTelemetryRepository
from utils.clock import ManualClock, SystemClock
from utils.errors import ServiceUnavailable
from utils.isolation import Isolation, ItemFailures
from utils.supervision import ProcessState, ProcessStatus
from utils.telemetry import Sample, TelemetryRepository, samples_of, snapshot_samples
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.host import HostStats, seconds_until_full
from utils.telemetry.meters import Meters
from utils.telemetry.process import snapshots_of
from utils.telemetry.reporter import ProcessReporter, Vitals
from utils.telemetry.source import Sampler, SampleSource

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_counts_stay_and_timings_are_reported_once() -> None:
    meters = Meters()
    meters.watch("queue_writer", lambda: 3)
    for milliseconds in range(1, 101):
        meters.count("trades", 2)
        meters.time("commit", milliseconds)
    assert meters.values() == {
        "trades": 200,
        "queue_writer": 3,
        "commit_p50_ms": 51,
        "commit_p95_ms": 96,
        "commit_max_ms": 100,
    }
    assert meters.values() == {"trades": 200, "queue_writer": 3}


def test_a_loop_lags_by_the_longest_turn_since_the_last_read() -> None:
    clock = ManualClock(NOON)
    reporter = Heartbeat(clock, expected_s=1)
    for pause_s in (1, 4, 1):
        clock.advance(pause_s)
        reporter.beat()
    assert reporter.lag_ms() == 3_000
    assert reporter.lag_ms() == 0


def test_a_loop_that_hangs_lags_more_and_more() -> None:
    clock = ManualClock(NOON)
    reporter = Heartbeat(clock, expected_s=1)
    clock.advance(11)
    assert reporter.lag_ms() == 10_000
    clock.advance(10)
    assert reporter.lag_ms() == 20_000


def test_a_process_reports_its_meters_its_last_error_and_those_it_supervises() -> None:
    store = InMemoryStore()
    telemetry = InMemoryTelemetryRepository(store)
    meters = Meters()
    meters.count("signals", 5)
    meters.watch("queue_work", lambda: 2)
    status = ProcessStatus(name="child", state=ProcessState.RUNNING, since=NOON, restarts=1)
    vitals = Vitals(
        process="engine",
        meters=meters,
        heartbeat=Heartbeat(SystemClock(), 1),
        snapshots=lambda: snapshots_of("engine", [status], NOON),
    )
    reporter = ProcessReporter(vitals, telemetry, SystemClock())
    with reporter.running(every_s=60):
        logging.getLogger("truetape.engine").error("it broke", extra={"secret": "canary"})
        wait_for(lambda: has_reported_an_error(telemetry, vitals))
    child, engine = telemetry.processes()
    assert engine.report is not None
    assert (engine.report.queues, engine.report.metrics) == ({"work": 2}, {"signals": 5})
    assert engine.report.last_error == "engine: it broke"
    assert engine.report.rss_bytes > 1_000_000
    assert child.snapshot is not None
    assert (child.snapshot.state, child.snapshot.restarts) == ("running", 1)
    names = {(one.subject, one.name) for one in telemetry.latest(NOON - SECOND)}
    assert ("process:engine", "queue_work") in names
    assert ("process:child", "restarts") in names


def has_reported_an_error(telemetry: TelemetryRepository, vitals: Vitals) -> bool:
    vitals.changed.set()
    reports = [record.report for record in telemetry.processes() if record.report]
    return any(report.last_error for report in reports)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.01)


def test_a_store_that_is_away_does_not_disturb_a_process() -> None:
    store = InMemoryStore(available=False)
    reporter = ProcessReporter(
        Vitals(process="engine"), InMemoryTelemetryRepository(store), SystemClock()
    )
    with reporter.running(every_s=60):
        Event().wait(0.01)
    store.available = True
    assert InMemoryTelemetryRepository(store).processes() == []


def test_before_its_first_start_a_process_is_not_down() -> None:
    def down(state: ProcessState, restarts: int) -> float:
        status = ProcessStatus(name="x", state=state, since=NOON, restarts=restarts)
        (shown,) = snapshots_of("main", [status], NOON)
        return {one.name: one.value for one in snapshot_samples(shown)}["down"]

    assert down(ProcessState.WAITING, 0) == 0
    assert down(ProcessState.WAITING, 1) == 1
    assert down(ProcessState.STARTING, 1) == 0


def test_what_is_not_known_or_not_finite_is_no_sample() -> None:
    metrics = {"a": 1, "b": None, "c": float("nan"), "d": float("inf")}
    assert samples_of("x", NOON, metrics) == (Sample(subject="x", name="a", time=NOON, value=1.0),)


def test_sources_are_read_when_they_are_due_whatever_others_do() -> None:
    def fail(_: datetime) -> list[Sample]:
        raise ServiceUnavailable("away")

    def one(now: datetime) -> tuple[Sample, ...]:
        return samples_of("x", now, {"a": 1})

    def raise_anything(_: datetime) -> list[Sample]:
        raise OverflowError("too large")

    failures = ItemFailures()
    sampler = Sampler(
        [
            SampleSource(name="broken", read=fail),
            SampleSource(name="worse", read=raise_anything),
            SampleSource(name="often", read=one),
            SampleSource(name="seldom", read=one, every=60 * SECOND),
        ],
        Isolation("health", ManualClock(NOON), failures),
    )
    times = [0, 30, 60, 10]  # the clock is set back at the end
    counts = [len(sampler.gather(NOON + seconds * SECOND)) for seconds in times]
    assert counts == [2, 1, 2, 2]
    assert failures.problems() == {"health samples of worse": "OverflowError: too large"}


def test_a_disk_that_fills_is_full_where_the_line_through_it_ends() -> None:
    falling = [(NOON + n * 60 * SECOND, 1_000.0 - n) for n in range(100)]
    full_in_s = seconds_until_full(falling)
    assert full_in_s is not None
    assert abs(full_in_s - 60 * 901) < 1
    assert seconds_until_full(falling[:9]) is None
    assert seconds_until_full([(time, 5.0) for time, _ in falling]) is None
    assert seconds_until_full([(NOON, 5.0 - n) for n in range(20)]) is None


def test_the_machine_reports_that_its_clock_jumped(tmp_path: object) -> None:
    clock = ManualClock(NOON)
    host = HostStats(tmp_path, clock, lambda _: (7.0, 70.0))  # type: ignore[arg-type]
    clock.advance(10)
    first = {one.name: one.value for one in host.read(clock.now())}
    later = {one.name: one.value for one in host.read(clock.now() + 3_600 * SECOND)}
    assert (first["clock_jump_s"], later["clock_jump_s"]) == (0, 3_600)
    assert (first["disk_free_bytes"], first["disk_free_share"]) == (7, 0.1)
