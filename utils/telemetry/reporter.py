"""Report a process every few seconds, from a thread of its own."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread

import psutil

from utils.clock import Clock
from utils.errors import ExternalServiceError
from utils.isolation import Isolation, ItemFailures
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters
from utils.telemetry.ports import TelemetryRepository
from utils.telemetry.process import (
    ProcessReport,
    ProcessSnapshot,
    failure_samples,
    report_samples,
    snapshot_samples,
)
from utils.telemetry.sample import Sample

log = logging.getLogger("truetape.health")

_QUEUE = "queue_"
_FINAL_REPORT_TIMEOUT_S = 2.0
Snapshots = Callable[[], Sequence[ProcessSnapshot]]


def _no_snapshots() -> Sequence[ProcessSnapshot]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What is reported of a process: its meters, its loop lag, and snapshots of its children.

    Meters that begin with `queue_` are queue lengths. Set `changed` to report at once. Each item in
    `failures` is reported as a subject of its own, so that alerts name it.
    """

    process: str
    meters: Meters = field(default_factory=Meters)
    heartbeat: Heartbeat | None = None
    failures: ItemFailures = field(default_factory=ItemFailures)
    snapshots: Snapshots = _no_snapshots
    changed: Event = field(default_factory=Event)


class _LastError(logging.Handler):
    """Keeps the newest record of level ERROR: its message, not its facts, which may be secret."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.message = ""
        self.at: datetime | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.message = f"{record.name.removeprefix('truetape.')}: {record.getMessage()}"[:300]
        self.at = datetime.fromtimestamp(record.created, UTC)


class ProcessReporter:
    """Reports the process it runs in; errors of the store are ignored."""

    def __init__(self, vitals: Vitals, store: TelemetryRepository, clock: Clock) -> None:
        self._vitals = vitals
        self._store = store
        self._clock = clock
        self._process = psutil.Process()
        self._started_at = clock.now()
        self._errors = _LastError()
        self._cpu_s = time.process_time()
        self._reported_s = clock.monotonic_s()
        self._changed = vitals.changed
        self._over = False
        self._failing: set[str] = set()
        self._isolation = Isolation("report", clock, vitals.failures)

    @contextmanager
    def running(self, every_s: float) -> Iterator[None]:
        """Report from a thread until the end of the block; then store the snapshots once more."""
        root = logging.getLogger()
        root.addHandler(self._errors)
        thread = Thread(target=self._run, args=(every_s,), name="reporter", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over = True
            self._changed.set()
            thread.join(timeout=_FINAL_REPORT_TIMEOUT_S)
            root.removeHandler(self._errors)

    def report(self) -> None:
        """Report once."""
        report = self._describe()
        try:
            self._store.report(report)
            self._store.record([*report_samples(report), *self._failure_samples(report)])
        except ExternalServiceError as error:
            log.debug("report not stored", extra={"problem": str(error)})
        if snapshots := self._vitals.snapshots():
            self._store_snapshots(snapshots)

    def _failure_samples(self, report: ProcessReport) -> list[Sample]:
        """Return 1 for every item that fails, and 0 once for one that works again."""
        failing = set(self._vitals.failures.problems())
        recovered, self._failing = self._failing - failing, failing
        values = {**dict.fromkeys(recovered, 0.0), **dict.fromkeys(failing, 1.0)}
        return [
            sample
            for item, value in sorted(values.items())
            for sample in failure_samples(report.process, item, report.reported_at, value)
        ]

    def _store_snapshots(self, snapshots: Sequence[ProcessSnapshot]) -> None:
        try:
            self._store.save_snapshots(snapshots)
            self._store.record([one for each in snapshots for one in snapshot_samples(each)])
        except ExternalServiceError as error:
            log.debug("process snapshots not stored", extra={"problem": str(error)})

    def _run(self, every_s: float) -> None:
        while not self._over:
            with self._isolation.attempt("all"):
                self.report()
            self._changed.wait(every_s)
            self._changed.clear()
        if snapshots := self._vitals.snapshots():
            self._store_snapshots(snapshots)

    def _describe(self) -> ProcessReport:
        metrics, beat = self._vitals.meters.values(), self._vitals.heartbeat
        queues = {n.removeprefix(_QUEUE): v for n, v in metrics.items() if n.startswith(_QUEUE)}
        return ProcessReport(
            process=self._vitals.process,
            pid=os.getpid(),
            started_at=self._started_at,
            reported_at=self._clock.now(),
            cpu_percent=self._cpu_percent(),
            rss_bytes=self._process.memory_info().rss,
            loop_lag_ms=None if beat is None else beat.lag_ms(),
            queues={name: int(depth) for name, depth in queues.items()},
            metrics={n: v for n, v in metrics.items() if not n.startswith(_QUEUE)},
            last_error=self._errors.message,
            last_error_at=self._errors.at,
        )

    def _cpu_percent(self) -> float:
        cpu_s, now_s = time.process_time(), self._clock.monotonic_s()
        used_s, passed_s = cpu_s - self._cpu_s, now_s - self._reported_s
        self._cpu_s, self._reported_s = cpu_s, now_s
        return 100 * used_s / passed_s if passed_s > 0 else 0.0
