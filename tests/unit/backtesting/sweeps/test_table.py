"""The table of a sweep, and what figures are drawn from."""

from itertools import product
from math import nextafter

import numpy as np
import pytest

from backtesting.metrics import METRICS, EquityCurve, MetricInput
from backtesting.search import Point, parse_space
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.selection_bias import (
    MOMENTS,
    selection_bias_of,
    selection_bias_of_trial,
    trials_of,
)
from backtesting.sweeps.table import SweepRow, SweepTable
from backtesting.sweeps.trial import SweepTrial
from strategies.library import EmaCrossover
from strategies.strategy_handle import LocalType

SPACE = parse_space(
    LocalType(EmaCrossover), ["fast=2,4", "slow=10,20", "exits.stop_loss_bps=none,100"]
)


def row(point: Point, sharpe: float | None) -> SweepRow:
    return SweepRow(point, SweepTrial(parameters=str(point), metrics={"sharpe": sharpe}))


def table() -> SweepTable:
    points = list(product((2, 4), (10, 20), (None, 100)))
    sharpes = [0.1, 0.2, None, None, 0.5, 0.4, -1.0, None]
    return SweepTable.of(
        SPACE, [row(point, sharpe) for point, sharpe in zip(points, sharpes, strict=True)][::-1]
    )


def test_the_order_of_arrival_changes_nothing() -> None:
    rows = table().rows
    assert SweepTable.of(SPACE, rows[::-1]) == SweepTable.of(SPACE, rows) == table()
    with pytest.raises(ValueError, match="order of its space"):
        SweepTable(SPACE, rows[::-1])


def test_the_digest_notices_the_last_bit() -> None:
    rows = list(table().rows)
    assert SweepTable.of(SPACE, rows).digest() == table().digest()
    rows[0] = row(rows[0].point, nextafter(0.1, 1))
    assert SweepTable.of(SPACE, rows).digest() != table().digest()


def test_a_heat_map_shows_the_best_over_what_is_not_shown() -> None:
    heat = table().heat_map(Objective(), "fast", "slow")
    assert (heat.columns, heat.rows) == ((2, 4), (10, 20))
    assert heat.values == ((0.2, 0.5), (None, -1.0))


def test_a_heat_map_of_what_should_be_little_shows_the_least() -> None:
    rows = [
        SweepRow(point, SweepTrial(parameters="", metrics={"max_drawdown": value}))
        for point, value in (((2, 10, None), 0.3), ((2, 10, 100), 0.1))
    ]
    heat = SweepTable.of(SPACE, rows).heat_map(Objective("max_drawdown"), "slow", "fast")
    assert heat.values == ((0.1,),)


def test_parallel_coordinates_are_the_trials_with_a_value() -> None:
    coordinates = table().parallel_coordinates(Objective())
    assert coordinates.axes == ("fast", "slow", "exits.stop_loss_bps", "sharpe")
    assert coordinates.lines[0] == (2, 10, None, 0.1)
    assert len(coordinates.lines) == 5


def test_of_equals_the_first_in_the_space_is_the_best() -> None:
    rows = [row((4, 10, None), 1.0), row((2, 10, None), 1.0)]
    assert SweepTable.of(SPACE, rows).best(Objective())[0].point == (2, 10, None)


def test_the_more_were_tried_the_less_the_best_is_worth() -> None:
    random = np.random.Generator(np.random.PCG64(1))
    equity = 100 * np.multiply.accumulate(1 + random.normal(0.001, 0.01, 300))
    run = MetricInput(curve=EquityCurve(np.arange(300, dtype=np.int64) * 86_400_000_000, equity))
    few, many = (selection_bias_of(run, [-1.0, 0.0, 1.0] * count) for count in (1, 100))
    assert (few.trials, many.trials) == (3, 300)
    assert (many.deflated_sharpe or 0) < (few.deflated_sharpe or 0)
    assert (many.best_by_chance or 0) > (few.best_by_chance or 0)
    assert few.probabilistic_sharpe == many.probabilistic_sharpe


def test_the_variance_of_trials_is_of_daily_ratios() -> None:
    trials = trials_of([365**0.5, None, -(365**0.5), 0.0])
    assert trials is not None
    assert (trials.count, trials.sharpe_variance) == (4, pytest.approx(1.0))


def test_one_trial_is_no_choice() -> None:
    assert trials_of([1.0]) is None
    assert trials_of([None, None]) is None


def test_a_stored_trial_is_evaluated_as_its_run_is() -> None:
    random = np.random.Generator(np.random.PCG64(1))
    equity = 100 * np.multiply.accumulate(1 + random.normal(0.001, 0.01, 300))
    run = MetricInput(curve=EquityCurve(np.arange(300, dtype=np.int64) * 86_400_000_000, equity))
    measured = {name: METRICS[name](run) for name in MOMENTS}
    for sharpes in ([-1.0, 0.0, 1.0], [1.0]):
        bias, exact = selection_bias_of_trial(measured, sharpes), selection_bias_of(run, sharpes)
        assert bias is not None
        for name in exact.__struct_fields__:
            assert getattr(bias, name) == pytest.approx(getattr(exact, name), abs=1e-12)


def test_a_trial_that_was_measured_for_less_is_not_evaluated() -> None:
    assert selection_bias_of_trial({"sharpe": 1.0}, [1.0, 2.0]) is None
