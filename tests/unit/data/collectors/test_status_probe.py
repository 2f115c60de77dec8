from datetime import datetime, timedelta

import msgspec
import pytest

from data.collectors.status_probe import FRESH_FOR, CollectorsProbe
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from tests.builders import BTC, ETH, START, at
from tests.fakes import InMemoryCollectorStatusRepository, InMemoryStore
from utils.clock import ManualClock
from utils.probes import HealthReport, examine

HEALTHY = {StreamState.LIVE, StreamState.DELISTED}
LIVE = CollectorStatus(
    name="okx-spot",
    exchange="okx",
    endpoint="wss://ws.example:8443",
    state=CollectorState.LIVE,
    since=START,
    reported_at=START,
    pid=7,
    trades_committed=1234,
    streams=[StreamStatus(instrument=BTC, state=StreamState.LIVE, last_trade_time=at(-3))],
)


def report_of(*statuses: CollectorStatus, after: timedelta = timedelta(0)) -> HealthReport:
    repository = InMemoryCollectorStatusRepository(InMemoryStore())
    repository.save(statuses)
    return examine([CollectorsProbe(repository, ManualClock(START + after))])


def test_a_live_collector_with_live_streams_is_healthy():
    report = report_of(LIVE)
    assert report.healthy
    assert [(finding.part, finding.detail) for finding in report.findings] == [
        ("collector okx-spot", "live, 1 streams, 1,234 trades committed, 0 reconnects"),
        ("stream okx:BTC-USDT", "live, last trade 3 s ago"),
    ]


def test_a_silent_collector_is_unhealthy():
    assert report_of(LIVE, after=FRESH_FOR).healthy
    report = report_of(LIVE, after=FRESH_FOR + timedelta(seconds=1))
    assert not report.healthy
    assert [finding.detail for finding in report.findings] == ["no report for 16 s"]


@pytest.mark.parametrize(
    "state",
    [s for s in CollectorState if s not in (CollectorState.LIVE, CollectorState.STOPPED)],
)
def test_a_collector_in_any_other_state_is_not(state: CollectorState):
    status = msgspec.structs.replace(LIVE, state=state, problem="the cable is out")
    finding = report_of(status).findings[0]
    assert not finding.healthy
    assert finding.detail.startswith(str(state))
    assert finding.detail.endswith("the cable is out")


def test_a_delisted_instrument_is_named_and_harms_no_neighbour():
    ended = StreamStatus(instrument=ETH, state=StreamState.DELISTED, problem="it is delisted")
    report = report_of(msgspec.structs.replace(LIVE, streams=[*LIVE.streams, ended]))
    assert report.healthy
    assert report.findings[2].detail == "delisted, it is delisted"


@pytest.mark.parametrize("state", sorted(set(StreamState) - HEALTHY))
def test_each_stream_must_be_live(state: StreamState):
    stream = StreamStatus(instrument=BTC, state=state, problem="refused", holes_open=2)
    report = report_of(msgspec.structs.replace(LIVE, streams=[*LIVE.streams, stream]))
    assert [finding.healthy for finding in report.findings] == [True, True, False]
    assert report.findings[2].detail == f"{state}, 2 holes open, refused"


@pytest.mark.parametrize("jump_s", [60, 3_600, -60, -3_600])
def test_a_wall_clock_that_jumps_makes_no_collector_silent_and_none_alive(jump_s: float):
    repository = InMemoryCollectorStatusRepository(InMemoryStore())
    repository.save([LIVE])
    clock = ReportingClock(START + timedelta(seconds=jump_s), repository)
    assert examine([CollectorsProbe(repository, clock)]).healthy
    repository.save([LIVE])
    silent = ManualClock(START + timedelta(seconds=jump_s))
    assert not examine([CollectorsProbe(repository, silent)]).healthy


class ReportingClock(ManualClock):
    """A clock during whose pauses a collector reports."""

    def __init__(self, start: datetime, repository: InMemoryCollectorStatusRepository) -> None:
        super().__init__(start)
        self._repository = repository

    def pause(self, seconds: float) -> None:
        super().pause(seconds)
        self._repository.save([msgspec.structs.replace(LIVE, reported_at=self.now())])


def test_no_collector_at_all_is_unhealthy():
    assert [f.detail for f in report_of().findings] == ["none has reported yet"]


def test_stopped_collectors_count_only_if_all_stopped():
    gone = msgspec.structs.replace(LIVE, name="old", state=CollectorState.STOPPED)
    assert report_of(LIVE, gone).healthy
    report = report_of(gone)
    assert not report.healthy
    assert [finding.detail for finding in report.findings] == ["all are stopped"]
