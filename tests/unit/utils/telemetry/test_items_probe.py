"""What fails in a process is named by a check of its health."""

from datetime import UTC, datetime, timedelta

from tests.fakes import InMemoryStore
from tests.fakes.telemetry import InMemoryTelemetryRepository
from utils.clock import ManualClock
from utils.probes import examine
from utils.telemetry.items_probe import FailingItemsProbe
from utils.telemetry.process import failure_samples

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_items_that_fail_are_named_until_they_work_again_or_are_old() -> None:
    telemetry, clock = InMemoryTelemetryRepository(InMemoryStore()), ManualClock(NOON)
    probe = FailingItemsProbe(telemetry, clock)
    assert examine([probe]).healthy
    telemetry.record(failure_samples("bots", "bot alice", NOON, 1))
    telemetry.record(failure_samples("maintenance", "pass backup", NOON, 0))
    report = examine([probe])
    assert not report.healthy
    assert [(one.part, one.detail) for one in report.findings] == [
        ("item bots: bot alice", "failed; retried automatically; see the log of bots")
    ]
    telemetry.record(failure_samples("bots", "bot alice", NOON + timedelta(seconds=5), 0))
    assert examine([probe]).healthy
    telemetry.record(failure_samples("bots", "bot alice", NOON + timedelta(seconds=6), 1))
    clock.advance(300)
    assert examine([probe]).healthy
