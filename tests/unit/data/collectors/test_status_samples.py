"""Metrics of collectors, holes, signals and bots."""

from datetime import timedelta

import msgspec

from data import HoleState, TapeBatch
from data.collectors.status_samples import CollectorStats, HoleStats
from data.status import CollectorState, StreamState
from tests.alert_world import NOON, a_status
from tests.builders import BTC, a_hole, trades_at
from tests.fakes import (
    InMemoryCollectorStatusRepository,
    InMemoryHoleRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)
from utils.telemetry import Sample

LATER = NOON + timedelta(seconds=10)


def values(samples: list[Sample], subject: str) -> dict[str, float]:
    return {one.name: one.value for one in samples if one.subject == subject}


def test_a_collector_and_its_streams_are_reported_at_the_time_of_their_status() -> None:
    statuses = InMemoryCollectorStatusRepository(InMemoryStore())
    status = a_status()
    stale = msgspec.structs.replace(status.streams[0], state=StreamState.STALE)
    statuses.save([msgspec.structs.replace(status, streams=[stale], clock_offset_ms=-40.0)])
    samples = CollectorStats(statuses).read(LATER)
    collector = values(samples, "collector:okx-spot-1")
    assert {one.time for one in samples} == {NOON}
    assert (collector["live"], collector["unreachable"]) == (1, 0)
    assert (collector["clock_offset_ms"], collector["clock_error_ms"]) == (-40, 40)
    assert values(samples, f"stream:{BTC}")["stale"] == 1
    assert "frames_per_s" not in collector


def test_rates_are_counted_from_one_status_to_the_next_of_the_same_process() -> None:
    statuses = InMemoryCollectorStatusRepository(InMemoryStore())
    stats, status = CollectorStats(statuses), a_status()
    more = [msgspec.structs.replace(one, trades=one.trades + 50) for one in status.streams]
    statuses.save([status])
    stats.read(NOON)
    statuses.save([msgspec.structs.replace(status, reported_at=LATER, frames=30, streams=more)])
    samples = stats.read(LATER)
    assert values(samples, "collector:okx-spot-1")["frames_per_s"] == 3
    assert values(samples, f"stream:{BTC}")["trades_per_s"] == 5
    statuses.save([msgspec.structs.replace(status, reported_at=LATER, pid=8)])
    assert "frames_per_s" not in values(stats.read(LATER), "collector:okx-spot-1")


def test_a_stopped_collector_is_left_out() -> None:
    statuses = InMemoryCollectorStatusRepository(InMemoryStore())
    statuses.save([msgspec.structs.replace(a_status(), state=CollectorState.STOPPED)])
    assert CollectorStats(statuses).read(LATER) == []


def test_holes_are_counted_by_state() -> None:
    store = InMemoryStore()
    writer = InMemoryTradeRepository(store).open_writer()
    writer.claim([BTC])
    holes = [a_hole(2, 3, state=HoleState.DEFERRED), a_hole(5, 6, state=HoleState.VERIFIED)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(0), holes=holes)])
    assert values(HoleStats(InMemoryHoleRepository(store)).read(NOON), f"stream:{BTC}") == {
        "holes_open": 0,
        "holes_deferred": 1,
        "holes_filled": 1,
        "holes_unrecoverable": 0,
    }
