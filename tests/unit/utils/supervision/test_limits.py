"""CPU time limits code, wall time ends attempts: by a clock and a meter that the test moves."""

import os

import pytest

from tests.builders import START
from tests.fakes.cpu import ManualCpuMeter
from utils.clock import ManualClock
from utils.supervision import LimitedWork, WorkLimits, WorkState

PID = 7


class Bench:
    """A work item with 2 s of CPU and 30 s of wall time for each attempt."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.meter = ManualCpuMeter()
        self.work = LimitedWork(WorkLimits.of(2.0), self.meter, self.clock)

    def attempt(self, *, used_s: float, wall_s: float, starved_s: float = 0.0) -> WorkState:
        """Make one attempt and return the message at its end."""
        self.work.begin(PID)
        self.clock.advance(wall_s)
        self.meter.use(PID, used_s, starved_s=starved_s)
        return self.work.check()


def test_code_is_evaluated_by_its_cpu_time_alone() -> None:
    assert Bench().attempt(used_s=2.1, wall_s=0.6) is WorkState.OVER_CPU
    assert Bench().attempt(used_s=1.9, wall_s=29) is WorkState.RUNNING
    assert (
        Bench().work.problem(WorkState.OVER_CPU) == "used more than 2 s of CPU time and was stopped"
    )


def test_what_was_used_before_does_not_count() -> None:
    bench = Bench()
    bench.meter.use(PID, 500)
    assert bench.attempt(used_s=1.9, wall_s=5) is WorkState.RUNNING


def test_what_never_uses_the_cpu_waits() -> None:
    bench = Bench()
    assert bench.attempt(used_s=0.1, wall_s=30) is WorkState.RETRY
    assert bench.attempt(used_s=0.1, wall_s=30) is WorkState.RETRY
    assert bench.attempt(used_s=0.1, wall_s=30) is WorkState.WAITING
    assert "waited for 30 s, 3 times" in bench.work.problem(WorkState.WAITING)


@pytest.mark.parametrize("used", [(1.9, 1.9, 1.9), (1.6, 0.1, 0.1), (0.1, 0.1, 1.6)])
def test_what_worked_in_some_attempt_ran_on_a_loaded_machine(used: tuple[float, ...]) -> None:
    bench = Bench()
    states = [bench.attempt(used_s=used_s, wall_s=30) for used_s in used]
    assert states == [WorkState.RETRY, WorkState.RETRY, WorkState.LOADED]
    assert "the machine is overloaded" in bench.work.problem(WorkState.LOADED)


def test_what_was_ready_to_run_and_did_not_is_not_called_waiting() -> None:
    bench = Bench()
    states = [bench.attempt(used_s=0.3, wall_s=30, starved_s=29) for _ in range(3)]
    assert states[-1] is WorkState.LOADED


def test_an_attempt_that_reports_nothing_is_not_counted() -> None:
    bench = Bench()
    bench.attempt(used_s=0.1, wall_s=5)
    bench.work.abandon()
    states = [bench.attempt(used_s=0.0, wall_s=30) for _ in range(3)]
    assert states == [WorkState.RETRY, WorkState.RETRY, WorkState.WAITING]


def test_the_meter_is_read_when_the_budget_may_be_used_up() -> None:
    bench = Bench()
    bench.work.begin(PID)
    assert bench.work.due_s == pytest.approx(2.0 / min(os.cpu_count() or 1, 20))
    assert not bench.work.is_slow
    bench.clock.advance(29.9)
    assert bench.work.check() is WorkState.RUNNING
    assert bench.work.due_s == pytest.approx(30.0)
    assert bench.work.is_slow


def test_a_process_that_ended_is_not_evaluated() -> None:
    bench = Bench()
    bench.work.begin(PID)
    bench.meter.end(PID)
    bench.clock.advance(100)
    assert bench.work.check() is WorkState.RUNNING


def test_a_wall_limit_below_fifteen_budgets_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 15 CPU budgets"):
        WorkLimits(2.0, 29.0)
