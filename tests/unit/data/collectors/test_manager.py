import signal

import pytest

from data.collectors.config import CollectorConfig
from data.collectors.manager import HUNG_AFTER_S, CollectorManager, spread
from data.status import CollectorState, CollectorStatus
from tests.builders import START
from tests.fakes import InMemoryCollectorStatusRepository, InMemoryStore
from utils.clock import ManualClock
from utils.errors import ConfigError
from utils.supervision import RunningProcess, Service


def a_config(name: str = "spot", *symbols: str, **changes: object) -> CollectorConfig:
    given = {"name": name, "exchange": "okx", "instruments": symbols or ("A-B",), **changes}
    return CollectorConfig.model_validate(given)


def test_instruments_are_distributed_over_processes() -> None:
    parts = spread([a_config("spot", "A", "B", "C", processes=2), a_config("swap", "D-SWAP")])
    assert [(part.name, part.instruments) for part in parts] == [
        ("spot-1", ("A", "C")),
        ("spot-2", ("B",)),
        ("swap", ("D-SWAP",)),
    ]


def test_there_are_no_more_processes_than_instruments() -> None:
    assert [part.name for part in spread([a_config("spot", "A", processes=5)])] == ["spot"]


def test_processes_share_the_limits_of_their_exchange() -> None:
    one, two, alone = spread(
        [a_config("spot", "A", "B", processes=2), a_config("demo", "A", exchange="simulated")]
    )
    assert one.rest.rate_share == two.rest.rate_share == alone.rest.rate_share / 2
    assert one.feed.connects_per_s == alone.feed.connects_per_s / 2


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ([a_config(exchange="mtgox")], "must be one of okx, simulated, was 'mtgox'"),
        ([a_config("a", "A"), a_config("a", "B")], "a given more than once"),
        ([a_config("a", "A"), a_config("b", "B", "A")], "okx:A given more than once"),
    ],
)
def test_what_cannot_work_is_refused(configs: list[CollectorConfig], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        spread(configs)


class FakeProcess(RunningProcess):
    """A process that runs until it is killed."""

    ended: int | None = None
    pid = 4711
    sentinel = None

    def exit_code(self) -> int | None:
        return self.ended

    def stop(self) -> None:
        self.ended = 0

    def kill(self) -> None:
        self.ended = -9


class FakeService(Service):
    """A service whose processes are fakes, all kept."""

    def launch(self) -> RunningProcess:
        LAUNCHED.append(FakeProcess())
        return LAUNCHED[-1]

    def is_ready(self) -> bool:
        return True


LAUNCHED: list[FakeProcess] = []


class Harness:
    """A manager of one fake collector, whose clock moves as it waits."""

    def __init__(self, *, until_s: float) -> None:
        LAUNCHED.clear()
        self.memory = InMemoryStore()
        self.statuses = InMemoryCollectorStatusRepository(self.memory)
        self.clock = ManualClock(START)
        self.killed: list[int] = []
        self.until_s = until_s
        self.reports_until_s = 0.0
        self.down_until_s = 0.0
        self.jumps: dict[float, float] = {}
        self.manager = CollectorManager(
            [a_config()], lambda config: FakeService(name=config.name), self.statuses, self.clock,
            wait=self.wait, kill=self.kill,
        )  # fmt: skip

    def wait(self, _sentinels: object, _timeout_s: float) -> None:
        self.clock.advance(1)
        now_s = self.clock.monotonic_s()
        self.memory.available = True
        if now_s < self.reports_until_s:
            self.statuses.save([a_status(self.clock)])
        self.memory.available = now_s >= self.down_until_s
        self.clock.jump(self.jumps.pop(now_s, 0.0))
        if now_s >= self.until_s:
            self.manager.request_stop()

    def kill(self, pid: int, number: int) -> None:
        assert number == signal.SIGKILL
        self.killed.append(pid)
        LAUNCHED[-1].kill()


def a_status(clock: ManualClock) -> CollectorStatus:
    return CollectorStatus(
        name="spot", exchange="okx", endpoint="", state=CollectorState.LIVE, since=clock.now(),
        reported_at=clock.now(), pid=4711,
    )  # fmt: skip


HUNG_S = HUNG_AFTER_S


def test_a_collector_that_reports_is_left_alone() -> None:
    harness = Harness(until_s=5 * HUNG_S)
    harness.reports_until_s = 1e9
    harness.manager.run()
    assert harness.killed == []
    assert [status.name for status in harness.manager.states()] == ["spot"]


def test_a_collector_that_reports_nothing_is_ended_and_started_again() -> None:
    harness = Harness(until_s=1.8 * HUNG_S)
    harness.manager.run()
    assert harness.killed == [4711]
    assert len(LAUNCHED) == 2


def test_no_collector_is_ended_for_silence_while_the_store_is_down() -> None:
    harness = Harness(until_s=4.8 * HUNG_S)
    harness.down_until_s = 4 * HUNG_S
    harness.manager.run()
    assert harness.killed == []


@pytest.mark.parametrize("jump_s", [70.0, -70.0, 86_400.0 * 400])
def test_a_wall_clock_that_jumps_ends_no_healthy_collector(jump_s: float) -> None:
    harness = Harness(until_s=3 * HUNG_S)
    harness.reports_until_s = 1e9
    harness.jumps = {second: jump_s for second in (70.0, 71.0, 72.0, 73.0, 74.0)}
    harness.manager.run()
    assert harness.killed == []


def test_a_wall_clock_that_is_set_back_keeps_no_hung_collector() -> None:
    harness = Harness(until_s=3 * HUNG_S)
    harness.reports_until_s = HUNG_S
    harness.jumps = {HUNG_S + 2.0: -86_400.0}
    harness.manager.run()
    assert harness.killed == [4711]
