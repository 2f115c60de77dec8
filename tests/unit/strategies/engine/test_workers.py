"""Who gets a worker, and when one is ended: with scripted processes, by clock and CPU meter."""

from collections.abc import Hashable
from pathlib import Path

import pytest

from data import Timeframe
from strategies.engine.questions import Failed, Look, Prepare, Prepared, Spec, StrategyName
from strategies.engine.workers import Done, Job, ProcessWorkers
from tests.builders import START
from tests.fakes.cpu import ManualCpuMeter, ScriptedProcess, ScriptedProcesses
from utils.clock import ManualClock
from utils.supervision import WorkState

BUDGET_S, WALL_S = 2.0, 30.0


class Office:
    """Workers with a budget of 2 s of CPU time for each job, and 20 s for preparing."""

    def __init__(self, most: int = 3) -> None:
        self.clock = ManualClock(START)
        self.meter = ManualCpuMeter()
        self.processes = ScriptedProcesses()
        self.workers = ProcessWorkers(
            self.processes.launch, self.clock, self.meter, most=most, loading_s=20.0
        )

    def submit(self, name: Hashable, *, suspect: bool = False, ready: str = "") -> None:
        spec = Spec(StrategyName(ready, "v1", Path("mine.py")), "{}")
        self.workers.submit(
            Job(
                name,
                Look(Path(str(name))),
                BUDGET_S,
                ready=(spec, Timeframe.M1) if ready else None,
                suspect=suspect,
            )
        )
        self.workers.collect()

    def running(self) -> dict[str, ScriptedProcess]:
        """Take what was sent to the workers since; return who is at which job."""
        found = {}
        for process in self.processes.living:
            # The thread that sends is another.
            while process.channel.poll(0.02):
                question = process.channel.recv()
                name = "prepare" if isinstance(question, Prepare) else str(question.path)
                found[name] = process
        return found

    def pass_time(self, seconds: float) -> list[Done]:
        """Let time pass, in which nobody uses the CPU, and look at the limits."""
        done = []
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            done += self.workers.collect()
        return done

    def answer(self, process: ScriptedProcess) -> list[Done]:
        """Let a worker answer."""
        process.channel.send(Prepared())
        return self.workers.collect()


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_spinning_strategy_is_ended_by_its_cpu_time(office: Office) -> None:
    office.submit("spins")
    process = office.running()["spins"]
    # Two threads, so two seconds of it in one.
    office.meter.use(process.pid, 2.1)
    (done,) = office.pass_time(1)
    assert done.answer == Failed("used more than 2 s of CPU time and was ended", WorkState.OVER_CPU)
    assert process.killed


def test_a_loaded_machine_refuses_nobody(office: Office) -> None:
    office.submit("honest")
    process = office.running()["honest"]
    office.meter.use(process.pid, 1.5)
    assert office.pass_time(WALL_S - 1) == []
    (done,) = office.answer(process)
    assert done.answer == Prepared()


def test_what_waits_is_tried_three_times_in_fresh_workers_then_refused(office: Office) -> None:
    office.submit("sleeps")
    tried = []
    for _ in range(2):
        tried.append(office.running()["sleeps"])
        assert office.pass_time(WALL_S) == []
    tried.append(office.running()["sleeps"])
    (done,) = office.pass_time(WALL_S)
    assert isinstance(done.answer, Failed)
    assert done.answer.exceeded is WorkState.WAITING
    assert len({process.pid for process in tried}) == 3
    assert all(process.killed for process in tried)


def test_an_attempt_is_repeated_in_a_worker_that_ran_nothing(office: Office) -> None:
    used = []
    for name in "abc":
        office.submit(name)
        used.append(office.running()[name])
    office.submit("sleeps")
    for process in used:
        office.answer(process)
    assert office.running()["sleeps"] in used
    office.pass_time(WALL_S + 1)
    assert office.running()["sleeps"] not in used


def test_what_worked_before_the_wall_limit_counts_as_load(office: Office) -> None:
    office.submit("starved")
    done = []
    for _ in range(3):
        office.meter.use(office.running()["starved"].pid, 1.8)
        done += office.pass_time(WALL_S)
    (only,) = done
    assert isinstance(only.answer, Failed)
    assert only.answer.exceeded is WorkState.LOADED


@pytest.mark.parametrize("most", [1, 3])
def test_others_are_answered_while_what_waits_is_tried_again(most: int) -> None:
    office = Office(most)
    for number in range(2 * most):
        office.submit(f"sleeps {number}")
    office.pass_time(WALL_S + 1)
    office.running()
    for number in range(10):
        office.submit(f"honest {number}")
        office.pass_time(2 * BUDGET_S)
        running = office.running()
        assert f"honest {number}" in running
        assert office.answer(running[f"honest {number}"])[0].job.name == f"honest {number}"


def test_slow_ones_give_way_to_others_once_and_are_then_tried_in_turn() -> None:
    office = Office(1)
    office.submit("slow 0")
    office.pass_time(BUDGET_S)
    office.submit("slow 1")
    office.pass_time(BUDGET_S)
    office.running()
    office.submit("honest")
    office.pass_time(1)
    running = office.running()
    assert "honest" in running
    office.answer(running["honest"])
    office.pass_time(1)
    slow = office.running()["slow 0"]
    # Its first attempt was none of its fault, and is not counted.
    assert [done.job.name for done in office.answer(slow)] == ["slow 0"]


def test_no_more_than_twice_as_many_processes_and_the_surplus_ends(office: Office) -> None:
    for number in range(20):
        office.submit(number)
        office.pass_time(1)
    office.pass_time(WALL_S)
    assert len(office.processes.living) == 6
    running = office.running()
    for _ in range(40):
        for process in running.values():
            if not process.killed:
                office.answer(process)
        office.pass_time(1)
        running = office.running()
    assert len(office.processes.living) <= 3


def test_preparing_has_a_budget_of_its_own(office: Office) -> None:
    office.submit("imports", ready="Mine")
    process = office.running()["prepare"]
    office.meter.use(process.pid, 15)
    assert office.pass_time(20) == []
    office.answer(process)
    assert office.running()["imports"] is process
    office.meter.use(process.pid, 1.5)
    assert office.pass_time(5) == []
    assert len(office.answer(process)) == 1


def test_what_cannot_be_prepared_is_asked_within_its_budget_next_time(office: Office) -> None:
    for prepared in (True, False):
        office.submit("spins", ready="Mine")
        office.workers.keep_ready(
            [(Spec(StrategyName("Mine", "v1", Path("mine.py")), "{}"), Timeframe.M1)]
        )
        running = office.running()
        assert ("prepare" in running) is prepared
        for process in office.processes.living:
            office.meter.use(process.pid, 21)
        (done,) = office.pass_time(10)
        limit_s = 20 if prepared else 2
        assert done.answer.problem == f"used more than {limit_s} s of CPU time and was ended"


def test_workers_that_cannot_start_are_launched_ever_later_and_what_waits_is_answered() -> None:
    office = Office()
    office.processes.ends_at_once = True
    office.submit("a")
    done = office.pass_time(5)
    assert [(one.job.name, one.answer.exceeded) for one in done] == [("a", WorkState.LOADED)]
    office.submit("b")
    office.pass_time(300)
    assert len(office.processes.launched) < 60
    office.processes.ends_at_once = False
    office.submit("c")
    office.pass_time(60)
    office.answer(office.running()["c"])
    assert office.workers.patience_s() is None
