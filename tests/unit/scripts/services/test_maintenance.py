"""A maintenance pass that fails stops no other pass, and is recorded by name."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from config import load_settings
from scripts.services.maintenance import MaintenanceScheduler
from utils.clock import ManualClock
from utils.isolation import ItemFailures
from utils.telemetry.meters import Meters


def test_the_back_up_is_made_whatever_retention_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_KEEP", "0")

    def apply(_now: datetime) -> Any:
        raise OverflowError("date value out of range")

    meters, failures = Meters(), ItemFailures()
    maintenance: Any = SimpleNamespace(apply=apply)
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    MaintenanceScheduler(load_settings(None), maintenance, clock, meters, failures).work()
    assert meters.values() == {"retention_failed": 1, "backup_failed": 0}
    assert set(failures.problems()) == {"pass retention"}
