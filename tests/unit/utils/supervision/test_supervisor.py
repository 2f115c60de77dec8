"""The supervisor's rules, on fake processes and a clock that moves by waiting."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from utils.clock import ManualClock
from utils.errors import ConfigError, TruetapeError
from utils.supervision import (
    ProcessGaveUp,
    ProcessNotReady,
    ProcessState,
    ProcessStatus,
    RestartPolicy,
    RestartRequests,
    RunningProcess,
    Service,
    StopRequested,
    Supervisor,
)
from utils.supervision.child import EXIT_ORPHANED, end_after

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = RestartPolicy(first_s=1.0, cap_s=8.0, max_crashes=3, within_s=60.0)


class FakeProcess(RunningProcess):
    """Ends when killed, or on request if it accepts requests."""

    def __init__(self, pid: int, journal: list[str], *, stops_on_request: bool) -> None:
        self._pid, self._journal, self._stops_on_request = pid, journal, stops_on_request
        self.code: int | None = None

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def sentinel(self) -> int | None:
        return None

    def exit_code(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self._journal.append(f"stop {self._pid}")
        self.code = 0 if self._stops_on_request else None

    def kill(self) -> None:
        self._journal.append(f"kill {self._pid}")
        self.code = -9


@dataclass(frozen=True, kw_only=True)
class FakeService(Service):
    """Counts its launches; `ready_after` readiness checks return no, then yes."""

    journal: list[str]
    stops_on_request: bool = True
    lives_not: bool = False
    ready_after: int = 0
    launched: list[FakeProcess] = field(default_factory=list)
    checks: list[None] = field(default_factory=list)

    def launch(self) -> RunningProcess:
        self.journal.append(f"launch {self.name}")
        process = FakeProcess(
            len(self.journal), self.journal, stops_on_request=self.stops_on_request
        )
        process.code = 1 if self.lives_not else None
        self.launched.append(process)
        return process

    def is_ready(self) -> bool:
        self.checks.append(None)
        return len(self.checks) > self.ready_after

    def log_tail(self) -> str:
        return "out of cheese"

    def die(self, code: int) -> None:
        self.launched[-1].code = code


class Unlaunchable(Service):
    def launch(self) -> RunningProcess:
        raise TruetapeError("no room")

    def is_ready(self) -> bool:
        return False


@dataclass(frozen=True, kw_only=True)
class Unforkable(Service):
    """Cannot be launched: the machine has no process left."""

    attempts: list[None] = field(default_factory=list)

    def launch(self) -> RunningProcess:
        self.attempts.append(None)
        raise OSError(11, "Resource temporarily unavailable")

    def is_ready(self) -> bool:
        return False


class World:
    """A supervisor whose waiting moves the clock; things happen at the times they are set for."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.journal: list[str] = []
        self.changes: list[ProcessStatus] = []
        self.supervisor = Supervisor(
            clock=self.clock,
            wait=self._wait,
            on_change=self.changes.append,
            restart_requests=self._take_requests,
        )
        self.restarts: set[str] = set()
        self._planned: list[tuple[float, Callable[[], object]]] = []

    def service(self, name: str, **settings: Any) -> FakeService:
        return FakeService(name=name, journal=self.journal, **{"restart": POLICY, **settings})

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Call a function while the supervisor waits."""
        self._planned.append((self.clock.monotonic_s() + seconds, action))

    def run_for(self, seconds: float) -> None:
        """Run until that much time has passed; once in a test."""
        self.after(seconds, self.supervisor.request_stop)
        self.supervisor.run()

    def states(self) -> list[ProcessState]:
        return [status.state for status in self.supervisor.statuses()]

    def _take_requests(self, names: Collection[str]) -> Collection[str]:
        taken = self.restarts & set(names)
        self.restarts -= taken
        return taken

    def _wait(self, _sentinels: Collection[int], timeout_s: float) -> None:
        self.clock.advance(timeout_s)
        now_s = self.clock.monotonic_s()
        due = [action for time_s, action in self._planned if time_s <= now_s]
        self._planned = [planned for planned in self._planned if planned[0] > now_s]
        for action in due:
            action()


@pytest.fixture
def world() -> World:
    return World()


def test_services_start_in_order_and_stop_in_reverse(world: World) -> None:
    with world.supervisor as supervisor:
        supervisor.start(world.service("database"))
        supervisor.start(world.service("bus"))
        supervisor.start(world.service("collectors"))
    launches, stops = world.journal[:3], world.journal[3:]
    assert launches == ["launch database", "launch bus", "launch collectors"]
    assert stops == ["stop 3", "stop 2", "stop 1"]
    assert world.states() == [ProcessState.STOPPED] * 3


def test_start_returns_when_all_are_ready(world: World) -> None:
    slow = world.service("database", ready_after=5)
    world.supervisor.start(slow, world.service("bus"))
    assert world.states() == [ProcessState.RUNNING] * 2
    assert len(slow.checks) == 6


def test_a_service_that_never_gets_ready_is_an_error_with_its_last_output(world: World) -> None:
    never = world.service("database", ready_after=10**9, ready_within_s=5.0)
    with pytest.raises(ProcessNotReady, match=r"database was not ready within 5 s.*\n.*cheese"):
        world.supervisor.start(never)


def test_a_dead_process_waits_before_it_is_restarted(world: World) -> None:
    service = world.service("collectors")
    world.supervisor.start(service)
    service.die(-9)
    world.run_for(0.3)
    (status,) = world.supervisor.statuses()
    assert (status.state, status.last_exit_code, status.pid) == (ProcessState.WAITING, -9, None)
    assert len(service.launched) == 1


def test_a_restarted_process_is_watched_again_and_counted(world: World) -> None:
    service = world.service("collectors")
    world.supervisor.start(service)
    service.die(1)
    world.run_for(2.0)
    (status,) = world.supervisor.statuses()
    assert (status.state, status.restarts) == (ProcessState.RUNNING, 1)
    assert status.pid == service.launched[1].pid


def test_an_exit_without_a_request_counts_as_a_crash_whatever_its_code(world: World) -> None:
    service = world.service("collectors")
    world.supervisor.start(service)
    service.die(0)
    world.run_for(2.0)
    assert len(service.launched) == 2


def test_too_many_crashes_within_the_window_give_up(world: World) -> None:
    with pytest.raises(
        ProcessGaveUp, match=r"bus crashed 4 times \(last exit code 1\).*\n.*cheese"
    ):
        world.supervisor.start(world.service("bus", lives_not=True))
    assert world.states() == [ProcessState.FAILED]


def test_the_delays_between_attempts_grow(world: World) -> None:
    with pytest.raises(ProcessGaveUp):
        world.supervisor.start(world.service("bus", lives_not=True))
    assert world.clock.monotonic_s() >= (1 + 2 + 4) * 0.5


def test_crashes_far_apart_do_not_give_up(world: World) -> None:
    service = world.service("collectors")
    world.supervisor.start(service)
    for count in range(6):
        world.after(count * 61.0, lambda: service.die(1))
    world.run_for(6 * 61.0)
    assert len(service.launched) == 7


def test_a_long_life_makes_the_next_delay_short_again(world: World) -> None:
    service = world.service("collectors")
    world.supervisor.start(service)
    for count in range(3):
        world.after(count * 30.0, lambda: service.die(1))
    world.run_for(62.0)
    assert world.states() == [ProcessState.RUNNING]


def test_a_wrong_configuration_is_not_tried_again(world: World) -> None:
    service = world.service("collectors")
    world.supervisor.start(service)
    service.die(78)
    with pytest.raises(ProcessGaveUp, match="crashed 1 time "):
        world.run_for(1.0)


def test_a_process_that_outstays_its_grace_is_forced(world: World) -> None:
    with world.supervisor as supervisor:
        supervisor.start(world.service("stubborn", stops_on_request=False, grace_s=3.0))
        stopped_at_s = world.clock.monotonic_s()
    assert world.journal[-2:] == ["stop 1", "kill 1"]
    assert 3.0 <= world.clock.monotonic_s() - stopped_at_s < 3.5
    assert world.supervisor.statuses()[0].last_exit_code == -9


def test_services_that_start_together_are_given_their_grace_together(world: World) -> None:
    slow = {"stops_on_request": False, "grace_s": 3.0}
    with world.supervisor as supervisor:
        supervisor.start(world.service("database"))
        supervisor.start(world.service("collectors", **slow), world.service("page", **slow))
        stopped_at_s = world.clock.monotonic_s()
    assert world.journal[3:] == ["stop 3", "stop 2", "kill 3", "kill 2", "stop 1"]
    assert 3.0 <= world.clock.monotonic_s() - stopped_at_s < 3.5


def test_an_error_stops_everything_that_was_started(world: World) -> None:
    with pytest.raises(ProcessGaveUp), world.supervisor as supervisor:
        supervisor.start(world.service("database"), world.service("bus", lives_not=True))
    assert world.journal[-1] == "stop 1"
    assert world.states() == [ProcessState.STOPPED, ProcessState.FAILED]


def test_a_launch_that_fails_leaves_the_others_to_be_stopped(world: World) -> None:
    with pytest.raises(TruetapeError, match="no room"), world.supervisor as supervisor:
        supervisor.start(world.service("database"), Unlaunchable(name="bus"))
    assert world.journal == ["launch database", "stop 1"]


RETRIED = replace(POLICY, retry_s=300.0)


def test_a_service_that_is_given_up_ends_no_other_and_is_tried_again_later(world: World) -> None:
    bots = world.service("bots", lives_not=True, restart=RETRIED)
    with world.supervisor as supervisor:
        supervisor.start(world.service("collectors"))
        supervisor.start(bots)
        supervisor.start(world.service("maintenance"))
        world.run_for(60.0)
        assert world.states() == [ProcessState.RUNNING, ProcessState.FAILED, ProcessState.RUNNING]
        assert len(bots.launched) == POLICY.max_crashes + 1
    assert "stop 1" in world.journal


def test_what_was_given_up_is_given_one_attempt_at_a_time_until_it_lives(world: World) -> None:
    bots = world.service("bots", lives_not=True, restart=RETRIED)
    with world.supervisor as supervisor:
        supervisor.start(bots)
        world.after(950.0, lambda: object.__setattr__(bots, "lives_not", False))
        world.run_for(1_300.0)
        assert len(bots.launched) == POLICY.max_crashes + 1 + 4
        assert world.states() == [ProcessState.RUNNING]


def test_a_given_up_service_is_launched_at_once_on_request(world: World) -> None:
    bots = world.service("bots", restart=RETRIED)
    with world.supervisor as supervisor:
        supervisor.start(bots)
        bots.die(78)
        world.after(1.0, lambda: world.restarts.add("bots"))
        world.run_for(2.0)
        assert world.states() == [ProcessState.RUNNING]


def test_an_error_of_the_system_while_launching_is_a_crash_of_that_service_only(
    world: World,
) -> None:
    bots = Unforkable(name="bots", restart=RETRIED)
    with world.supervisor as supervisor:
        supervisor.start(world.service("collectors"), bots)
        world.run_for(30.0)
        assert world.states() == [ProcessState.RUNNING, ProcessState.FAILED]
        assert len(bots.attempts) == POLICY.max_crashes + 1


def test_an_error_of_the_system_while_launching_a_server_is_tried_again(world: World) -> None:
    database = Unforkable(name="database", restart=POLICY)
    with pytest.raises(ProcessGaveUp, match="database crashed 4 times"):
        world.supervisor.start(database)


def test_a_service_that_never_gets_ready_ends_no_other(world: World) -> None:
    page = world.service("page", ready_after=10**9, ready_within_s=5.0, restart=RETRIED)
    with world.supervisor as supervisor:
        supervisor.start(world.service("collectors"), page)
        world.run_for(60.0)
        assert world.states() == [ProcessState.RUNNING, ProcessState.FAILED]
        assert "kill 2" in world.journal


def test_a_readiness_check_that_fails_means_not_ready(world: World) -> None:
    class Doubtful(FakeService):
        def is_ready(self) -> bool:
            if not super().is_ready():
                raise UnicodeError("no such host")
            return True

    page = Doubtful(name="page", journal=world.journal, ready_after=3, restart=POLICY)
    world.supervisor.start(page)
    assert world.states() == [ProcessState.RUNNING]


def test_a_stop_requested_while_starting_ends_the_start(world: World) -> None:
    world.after(1.0, world.supervisor.request_stop)
    with pytest.raises(StopRequested), world.supervisor as supervisor:
        supervisor.start(world.service("database", ready_after=10**9))
    assert world.states() == [ProcessState.STOPPED]


def test_every_change_of_state_is_reported(world: World) -> None:
    service = world.service("collectors")
    with world.supervisor as supervisor:
        supervisor.start(service)
        service.die(1)
        world.run_for(2.0)
    states = [status.state.value for status in world.changes]
    assert states == [
        "starting",
        "running",
        "waiting",
        "starting",
        "running",
        "stopping",
        "stopped",
    ]


def test_a_restart_that_is_requested_is_no_crash_and_happens_at_once(world: World) -> None:
    with world.supervisor as supervisor:
        supervisor.start(world.service("page"), world.service("bots"))
        world.after(1.0, lambda: world.restarts.add("page"))
        world.run_for(2.0)
        assert world.journal == ["launch page", "launch bots", "stop 1", "launch page"]
        assert world.states() == [ProcessState.RUNNING, ProcessState.RUNNING]
        assert supervisor.statuses()[0].restarts == 0
    states = [status.state.value for status in world.changes if status.name == "page"]
    assert states[2:5] == ["stopping", "waiting", "starting"]


def test_requesting_many_restarts_never_gives_up(world: World) -> None:
    with world.supervisor as supervisor:
        supervisor.start(world.service("page"))
        for second in range(20):
            world.after(second * 0.5, lambda: world.restarts.add("page"))
        world.run_for(12.0)
        assert len([line for line in world.journal if line == "launch page"]) > POLICY.max_crashes
        assert world.states() == [ProcessState.RUNNING]


def test_a_process_that_does_not_stop_for_its_restart_is_forced(world: World) -> None:
    with world.supervisor as supervisor:
        supervisor.start(world.service("page", stops_on_request=False, grace_s=3.0))
        world.restarts.add("page")
        world.run_for(5.0)
        assert world.journal[:4] == ["launch page", "stop 1", "kill 1", "launch page"]
        assert supervisor.statuses()[0].last_exit_code == -9


def test_requests_are_taken_once_by_their_supervisor(tmp_path: Path) -> None:
    requests = RestartRequests(tmp_path / "restarts")
    assert requests.take(["page"]) == []
    requests.request_restart("page")
    requests.request_restart("okx-spot-1")
    assert requests.take(["page", "bots"]) == ["page"]
    assert requests.take(["page", "bots"]) == []
    assert requests.take({"okx-spot-1": 1}) == ["okx-spot-1"]
    for name in ("", "../page", "a/b", "A", "x" * 81):
        with pytest.raises(ConfigError, match="not a process name"):
            requests.request_restart(name)


def test_the_guard_leaves_when_the_parent_has_ended() -> None:
    events: list[object] = []
    end_after(lambda: events.append("parent ended"), events.append)
    assert events == ["parent ended", EXIT_ORPHANED]
