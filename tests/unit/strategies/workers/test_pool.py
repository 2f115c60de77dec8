"""Which job gets a worker, and when one is ended: with scripted processes, clock and CPU meter."""

from collections.abc import Hashable
from pathlib import Path

import pytest

from data import Timeframe
from strategies.workers.pool import CompletedJob, ProcessWorkers, WorkerJob
from strategies.workers.queries import (
    InspectFile,
    PrepareStrategy,
    QueryFailure,
    StrategyName,
    StrategyPrepared,
    StrategySpec,
)
from tests.builders import START
from tests.fakes.cpu import ManualCpuMeter, ScriptedProcess, ScriptedProcesses
from utils.clock import ManualClock
from utils.supervision import WorkState

BUDGET_S, WALL_S = 2.0, 30.0


class WorkerHarness:
    """Workers with a budget of 2 s of CPU time for each job, and 20 s for preparing."""

    def __init__(self, most: int = 3) -> None:
        self.clock = ManualClock(START)
        self.meter = ManualCpuMeter()
        self.processes = ScriptedProcesses()
        self.workers = ProcessWorkers(
            self.processes.launch, self.clock, self.meter, most=most, loading_s=20.0
        )

    def submit(self, name: Hashable, *, suspect: bool = False, ready: str = "") -> None:
        spec = StrategySpec(StrategyName(ready, "v1", Path("mine.py")), "{}")
        self.workers.submit(
            WorkerJob(
                name,
                InspectFile(Path(str(name))),
                BUDGET_S,
                ready=(spec, Timeframe.M1) if ready else None,
                suspect=suspect,
            )
        )
        self.workers.collect()

    def running(self) -> dict[str, ScriptedProcess]:
        """Receive the queries sent since the last call; return the process of each job."""
        found = {}
        for process in self.processes.alive:
            # Another thread sends.
            while process.pipe.poll(0.02):
                query = process.pipe.recv()
                name = "prepare" if isinstance(query, PrepareStrategy) else str(query.path)
                found[name] = process
        return found

    def pass_time(self, seconds: float) -> list[CompletedJob]:
        """Advance the clock without using the CPU, and check the limits."""
        done = []
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            done += self.workers.collect()
        return done

    def complete(self, process: ScriptedProcess) -> list[CompletedJob]:
        """Send the result of a worker, and collect it."""
        process.pipe.send(StrategyPrepared())
        return self.workers.collect()


@pytest.fixture
def harness() -> WorkerHarness:
    return WorkerHarness()


def test_a_spinning_strategy_is_ended_by_its_cpu_time(harness: WorkerHarness) -> None:
    harness.submit("spins")
    process = harness.running()["spins"]
    # Two threads, so two seconds of it in one.
    harness.meter.use(process.pid, 2.1)
    (done,) = harness.pass_time(1)
    assert done.result == QueryFailure(
        "used more than 2 s of CPU time and was stopped", WorkState.OVER_CPU
    )
    assert process.killed


def test_a_loaded_machine_refuses_no_strategy(harness: WorkerHarness) -> None:
    harness.submit("honest")
    process = harness.running()["honest"]
    harness.meter.use(process.pid, 1.5)
    assert harness.pass_time(WALL_S - 1) == []
    (done,) = harness.complete(process)
    assert done.result == StrategyPrepared()


def test_what_waits_is_tried_three_times_in_fresh_workers_then_refused(
    harness: WorkerHarness,
) -> None:
    harness.submit("sleeps")
    tried = []
    for _ in range(2):
        tried.append(harness.running()["sleeps"])
        assert harness.pass_time(WALL_S) == []
    tried.append(harness.running()["sleeps"])
    (done,) = harness.pass_time(WALL_S)
    assert isinstance(done.result, QueryFailure)
    assert done.result.exceeded is WorkState.WAITING
    assert len({process.pid for process in tried}) == 3
    assert all(process.killed for process in tried)


def test_an_attempt_is_repeated_in_a_worker_that_ran_nothing(harness: WorkerHarness) -> None:
    used = []
    for name in "abc":
        harness.submit(name)
        used.append(harness.running()[name])
    harness.submit("sleeps")
    for process in used:
        harness.complete(process)
    assert harness.running()["sleeps"] in used
    harness.pass_time(WALL_S + 1)
    assert harness.running()["sleeps"] not in used


def test_what_worked_before_the_wall_limit_counts_as_load(harness: WorkerHarness) -> None:
    harness.submit("starved")
    done = []
    for _ in range(3):
        harness.meter.use(harness.running()["starved"].pid, 1.8)
        done += harness.pass_time(WALL_S)
    (only,) = done
    assert isinstance(only.result, QueryFailure)
    assert only.result.exceeded is WorkState.LOADED


@pytest.mark.parametrize("most", [1, 3])
def test_others_are_answered_while_what_waits_is_tried_again(most: int) -> None:
    harness = WorkerHarness(most)
    for number in range(2 * most):
        harness.submit(f"sleeps {number}")
    harness.pass_time(WALL_S + 1)
    harness.running()
    for number in range(10):
        harness.submit(f"honest {number}")
        harness.pass_time(2 * BUDGET_S)
        running = harness.running()
        assert f"honest {number}" in running
        assert harness.complete(running[f"honest {number}"])[0].job.name == f"honest {number}"


def test_slow_ones_give_way_to_others_once_and_are_then_tried_in_turn() -> None:
    harness = WorkerHarness(1)
    harness.submit("slow 0")
    harness.pass_time(BUDGET_S)
    harness.submit("slow 1")
    harness.pass_time(BUDGET_S)
    harness.running()
    harness.submit("honest")
    harness.pass_time(1)
    running = harness.running()
    assert "honest" in running
    harness.complete(running["honest"])
    harness.pass_time(1)
    slow = harness.running()["slow 0"]
    # Its first attempt was ended for others, and is not counted.
    assert [done.job.name for done in harness.complete(slow)] == ["slow 0"]


def test_no_more_than_twice_as_many_processes_and_the_surplus_ends(harness: WorkerHarness) -> None:
    for number in range(20):
        harness.submit(number)
        harness.pass_time(1)
    harness.pass_time(WALL_S)
    assert len(harness.processes.alive) == 6
    running = harness.running()
    for _ in range(40):
        for process in running.values():
            if not process.killed:
                harness.complete(process)
        harness.pass_time(1)
        running = harness.running()
    assert len(harness.processes.alive) <= 3


def test_preparing_has_a_budget_of_its_own(harness: WorkerHarness) -> None:
    harness.submit("imports", ready="Mine")
    process = harness.running()["prepare"]
    harness.meter.use(process.pid, 15)
    assert harness.pass_time(20) == []
    harness.complete(process)
    assert harness.running()["imports"] is process
    harness.meter.use(process.pid, 1.5)
    assert harness.pass_time(5) == []
    assert len(harness.complete(process)) == 1


def test_what_cannot_be_prepared_is_tried_within_its_budget_next_time(
    harness: WorkerHarness,
) -> None:
    for prepared in (True, False):
        harness.submit("spins", ready="Mine")
        harness.workers.keep_ready(
            [(StrategySpec(StrategyName("Mine", "v1", Path("mine.py")), "{}"), Timeframe.M1)]
        )
        running = harness.running()
        assert ("prepare" in running) is prepared
        for process in harness.processes.alive:
            harness.meter.use(process.pid, 21)
        (done,) = harness.pass_time(10)
        limit_s = 20 if prepared else 2
        assert done.result.problem == f"used more than {limit_s} s of CPU time and was stopped"


def test_workers_that_cannot_start_are_launched_ever_later_and_what_waits_is_answered() -> None:
    harness = WorkerHarness()
    harness.processes.ends_at_once = True
    harness.submit("a")
    done = harness.pass_time(5)
    assert [(one.job.name, one.result.exceeded) for one in done] == [("a", WorkState.LOADED)]
    harness.submit("b")
    harness.pass_time(300)
    assert len(harness.processes.launched) < 60
    harness.processes.ends_at_once = False
    harness.submit("c")
    harness.pass_time(60)
    harness.complete(harness.running()["c"])
    assert harness.workers.timeout_s() is None
