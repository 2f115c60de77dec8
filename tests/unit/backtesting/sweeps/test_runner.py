"""Sweeps: every trial once, stored at once, in one order, whatever happens."""

from collections.abc import Iterator, Sequence

import pytest

from backtesting.errors import SweepCancelled
from backtesting.monitor import RunMonitor
from backtesting.search import GridSearch, RandomSearch, parse_space
from backtesting.search.tpe import TpeSearch
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.trial import Parameters, SweepTrial, TrialResult
from backtesting.sweeps.worker_pool import SerialWorkerPool, WorkerPool
from strategies.library import EmaCrossover
from strategies.strategy_handle import LocalType
from tests.fakes.trials import InMemoryTrialRepository
from tests.sweep_world import SWEEP_KEY, crossing, evaluator, prepared, sweep
from utils.errors import ConfigError


class Backwards(WorkerPool):
    """Finishes the last first, two at a time, and counts."""

    def __init__(self, after: int = 10_000) -> None:
        self.sets: list[Parameters] = []
        self._after = after

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        for last in range(len(sets) - 1, -1, -2):
            pair = range(max(last - 1, 0), last + 1)
            if len(self.sets) >= self._after:
                raise KeyboardInterrupt
            self.sets += [sets[number] for number in pair]
            yield [(number, made_up(sets[number])) for number in pair]


def made_up(parameters: Parameters) -> TrialResult:
    if parameters["fast"] == 4:
        return TrialResult({}, "strategy EmaCrossover: broke at fast 4")
    others = dict.fromkeys(("total_return", "max_drawdown", "round_trips"), 1.0)
    return TrialResult({**others, "sharpe": float(parameters["fast"])})


def test_a_sweep_tries_every_allowed_combination_once() -> None:
    worker_pool, trials = Backwards(), InMemoryTrialRepository()
    outcome = sweep(trials).run(GridSearch(crossing()), worker_pool)
    assert (outcome.evaluated, outcome.invalid, outcome.from_store) == (20, 4, 0)
    assert len(worker_pool.sets) == len(trials.of(SWEEP_KEY)) == 20


def test_rows_are_in_the_order_of_the_space_whichever_finished_first() -> None:
    outcome = sweep(InMemoryTrialRepository()).run(GridSearch(crossing()), Backwards())
    points = [row.point for row in outcome.table.rows]
    assert points == list(GridSearch(crossing()).ask(100))


def test_a_trial_that_fails_is_a_row_with_its_problem() -> None:
    outcome = sweep(InMemoryTrialRepository()).run(GridSearch(crossing()), Backwards())
    assert outcome.failed == 6
    assert {row.trial.problem for row in outcome.table.rows if row.point[0] == 4} == {
        "strategy EmaCrossover: broke at fast 4"
    }
    assert [row.point[0] for row in outcome.table.best(Objective(), 2)] == [8, 8]


def test_a_sweep_that_was_stopped_goes_on_where_it_was() -> None:
    trials = InMemoryTrialRepository()
    with pytest.raises(KeyboardInterrupt):
        sweep(trials).run(GridSearch(crossing()), Backwards(after=8))
    assert len(trials.of(SWEEP_KEY)) == 8
    rest = Backwards()
    outcome = sweep(trials).run(GridSearch(crossing()), rest)
    assert (outcome.from_store, outcome.evaluated, len(rest.sets)) == (8, 12, 12)
    whole = sweep(InMemoryTrialRepository()).run(GridSearch(crossing()), Backwards())
    assert outcome.table.digest() == whole.table.digest()


def test_what_another_search_has_tried_is_not_tried_again() -> None:
    trials = InMemoryTrialRepository()
    sweep(trials).run(GridSearch(crossing()), Backwards())
    for searcher in (RandomSearch(crossing(), 9, seed=1), TpeSearch(crossing(), 9, seed=1)):
        outcome = sweep(trials).run(searcher, Backwards(after=0))
        assert (outcome.from_store, outcome.evaluated) == (9, 0)


def test_a_stored_trial_without_a_required_metric_is_tried_again() -> None:
    trials = InMemoryTrialRepository()
    sweep(trials).run(GridSearch(crossing()), Backwards())
    outcome = sweep(trials, ("sharpe", "calmar")).run(GridSearch(crossing()), Backwards())
    assert outcome.evaluated == 14


def test_a_cancelled_sweep_keeps_what_was_finished() -> None:
    trials = InMemoryTrialRepository()
    seen: list[float] = []
    monitor = RunMonitor(seen.append, lambda: len(seen) >= 3)
    with pytest.raises(SweepCancelled, match="run it again"):
        sweep(trials).run(GridSearch(crossing()), Backwards(), monitor)
    assert len(trials.of(SWEEP_KEY)) == 8


def test_progress_rises_to_the_end() -> None:
    seen: list[float] = []
    sweep(InMemoryTrialRepository()).run(
        GridSearch(crossing()), Backwards(), RunMonitor(seen.append)
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_model_based_search_is_the_same_again_from_the_store() -> None:
    trials = InMemoryTrialRepository()
    ranges = ["fast=2..60", "slow=70"]
    first = sweep(trials).run(TpeSearch(crossing(ranges), 90, seed=4), Backwards())
    again = sweep(trials).run(TpeSearch(crossing(ranges), 90, seed=4), Backwards(after=0))
    assert again.from_store == first.evaluated == len(first.table.rows)
    assert again.table.digest() == first.table.digest()


def test_what_a_sweep_finds_is_what_a_run_finds() -> None:
    outcome = sweep(InMemoryTrialRepository()).run(
        GridSearch(crossing()), SerialWorkerPool(evaluator())
    )
    for row in outcome.table.rows:
        strategy = outcome.table.space.strategy(row.point)
        assert row.trial.metrics == prepared().run(strategy).metrics(row.trial.metrics)
        assert SweepTrial(parameters=row.trial.parameters, metrics=row.trial.metrics) == row.trial


def test_parameters_that_the_account_refuses_are_a_problem_of_their_trial() -> None:
    found = evaluator()({"fast": 9, "slow": 3})
    assert found.metrics == {}
    assert "must be below slow" in found.problem


@pytest.mark.parametrize("metric", ["round_trips", "nonsense"])
def test_an_objective_is_a_metric_of_which_more_or_less_is_better(metric: str) -> None:
    with pytest.raises(ConfigError, match=metric):
        Objective(metric)


def test_less_drawdown_is_better() -> None:
    less, more = (
        SweepTrial(parameters="", metrics={"max_drawdown": value}) for value in (0.1, 0.3)
    )
    objective = Objective("max_drawdown")
    assert (objective.score(less) or 0) > (objective.score(more) or 0)


def test_a_search_in_a_space_that_allows_nothing_is_an_empty_table() -> None:
    space = parse_space(LocalType(EmaCrossover), ["fast=50..60", "slow=10"])
    outcome = sweep(InMemoryTrialRepository()).run(GridSearch(space), Backwards())
    assert (outcome.table.rows, outcome.invalid) == ((), 11)
