"""Repeats the reports of collectors and processes, as running ones do."""

import threading
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from data.status import COLLECTORS, CollectorState, CollectorStatus
from tests.background import repeating
from tests.fakes import InMemoryCollectorStatusRepository, InMemoryTelemetryRepository
from tests.fakes.bus import InMemoryBus
from utils.errors import ServiceUnavailable

# The dashboard treats a collector as gone after 20 s without a report.
EVERY_S = 5.0


class StatusReporter:
    """Stores and publishes the status of collectors, once or repeatedly."""

    def __init__(
        self,
        collectors: InMemoryCollectorStatusRepository,
        telemetry: InMemoryTelemetryRepository,
        bus: InMemoryBus,
    ) -> None:
        self._collectors = collectors
        self._telemetry = telemetry
        self._bus = bus
        self._lock = threading.RLock()

    def publish(self, status: CollectorStatus) -> None:
        """Store the status of a collector, and publish it."""
        with self._lock:
            self._collectors.save([status])
            self._bus.publish(COLLECTORS, status.name, status)

    def reporting(self) -> AbstractContextManager[None]:
        """Repeat the last reports of collectors and processes every few seconds."""
        return repeating(self._report_all, EVERY_S)

    def _report_all(self) -> None:
        with suppress(ServiceUnavailable):
            self._publish_all(datetime.now(UTC))

    def _publish_all(self, now: datetime) -> None:
        for record in self._telemetry.processes():
            if record.report is not None:
                self._telemetry.report(replace(record.report, reported_at=now))
        with self._lock:
            for status in self._collectors.all():
                if status.state is not CollectorState.STOPPED:
                    self.publish(_refreshed(status, now))


def _refreshed(status: CollectorStatus, now: datetime) -> CollectorStatus:
    passed = now - status.reported_at
    streams = [
        replace(
            stream,
            last_received_at=_later(stream.last_received_at, passed),
            last_trade_time=_later(stream.last_trade_time, passed),
        )
        for stream in status.streams
    ]
    return replace(status, reported_at=now, streams=streams)


def _later(time: datetime | None, passed: timedelta) -> datetime | None:
    return time and time + passed
