"""A sweep's form: ranges are given as text at the parameters, and errors appear there."""

import pytest

from backtesting.search import SearchKind
from dashboard.features.sweeps.form import suggested_range, sweep_fields
from dashboard.features.sweeps.validation import MAX_POINTS, CheckedSweep, check_sweep
from tests.dashboard_signals import library_files

FORM = {
    "instrument": "okx:BTC-USDT",
    "timeframe": "1h",
    "start": "2026-01-01T00:00",
    "end": "2026-02-01T00:00",
    "strategy": "EmaCrossover",
    "parameters.fast": "7",
    "parameters.slow": "30",
}


def check(**more: str) -> CheckedSweep:
    given = {name.replace("__", "."): text for name, text in more.items()}
    return check_sweep(FORM | given, library_files())


def refused(**more: str) -> dict[str, str]:
    checked = check(**more)
    assert checked.config is None
    return {problem.field: problem.text for problem in checked.problems}


def test_a_form_becomes_a_backtest_and_what_varies_of_it() -> None:
    checked = check(vary__parameters__fast="5..20:5", sweep__search="random", sweep__trials="3")
    assert checked.problems == []
    config = checked.config
    assert config is not None
    assert (config.vary, config.search, config.trials) == (["fast=5..20:5"], SearchKind.RANDOM, 3)
    assert config.backtest.parameters == {"slow": 30}
    assert (checked.points, checked.values) == (3, {"parameters.fast": 4})


def test_exits_vary_as_the_strategys_own() -> None:
    checked = check(
        vary__exits__stop_loss_bps="none,100,200",
        vary__parameters__fast="5,10",
        exits__take_profit_bps="300",
        exits__stop_loss_bps="50",
    )
    config = checked.config
    assert config is not None
    assert config.vary == ["exits.stop_loss_bps=none,100,200", "fast=5,10"]
    assert config.backtest.exits is None
    assert config.backtest.parameters["exits"] == {
        "take_profit_bps": 300,
        "trailing_stop_bps": None,
    }
    assert checked.points == 6


def test_a_size_by_risk_may_vary_the_stop_it_requires() -> None:
    risk = {"sizing__rule": "risk_per_trade", "sizing__amount": "0.01"}
    assert check(vary__exits__stop_loss_bps="100..300:100", **risk).config is not None
    assert "sizing.rule" in refused(vary__parameters__fast="5,6", **risk)


@pytest.mark.parametrize(
    ("ranges", "problem"),
    [
        ("a..b", "must be a whole number, was 'a'"),
        ("9..5", "not below"),
        ("0..5", "must be at least 1"),
        ("5..9999", "at most 999"),
        ("5..9:0", "step above 0"),
        ("5,5", "each of them once"),
    ],
)
def test_invalid_ranges_are_refused_at_the_parameter(ranges: str, problem: str) -> None:
    assert problem in refused(vary__parameters__fast=ranges)["parameters.fast"]


def test_what_does_not_vary_of_another_strategy_is_refused() -> None:
    assert "there are" in refused(vary__parameters__width="1..3")["parameters.width"]


def test_an_empty_sweep_names_the_fields_to_fill() -> None:
    assert "5..50:5" in refused()[""]


def test_too_many_combinations_are_refused() -> None:
    problems = refused(vary__parameters__fast="1..500", vary__parameters__slow="2..500")
    assert "249,500 combinations are too many" in problems["sweep.search"]
    many = {"sweep__search": "tpe", "sweep__trials": str(MAX_POINTS + 1)}
    assert "at most 20,000" in refused(vary__parameters__fast="1..500", **many)["sweep.trials"]


def test_a_grid_has_steps() -> None:
    given = {"strategy": "BollingerReversion", "vary__parameters__width": "1..3"}
    form = {name: text for name, text in FORM.items() if not name.startswith("parameters.")}
    problems = {name.replace("__", "."): text for name, text in given.items()}
    checked = check_sweep(form | problems, library_files())
    assert [(problem.field, problem.text) for problem in checked.problems] == [
        ("parameters.width", "requires a step in a grid, such as 1..3:0.5")
    ]
    by_chance = check_sweep(form | problems | {"sweep.search": "random"}, library_files())
    assert by_chance.config is not None


def test_an_objective_is_a_metric_of_which_more_or_less_is_better() -> None:
    problems = refused(vary__parameters__fast="5,6", sweep__objective="round_trips")
    assert "neither a higher nor a lower" in problems["sweep.objective"]
    choices = next(f["choices"] for f in sweep_fields() if f["name"] == "sweep.objective")
    assert "sharpe" in choices
    assert "round_trips" not in choices


def test_the_backtest_is_checked_as_well() -> None:
    assert "above 0" in refused(vary__parameters__fast="5,6", capital="-1")["capital"]


def test_a_range_is_suggested_around_the_default_and_within_bounds() -> None:
    field = {"type": "integer", "default": 12, "minimum": 1, "maximum": 20}
    assert suggested_range(field) == "6..20:2"
    field = {"type": "number", "default": 2.0, "minimum": None, "maximum": None}
    assert suggested_range(field) == "1..4:0.5"
    assert suggested_range({"type": "choice", "default": "a"}) == ""


def test_faults_of_the_backtest_the_ranges_and_the_search_are_reported_at_once() -> None:
    problems = refused(
        vary__parameters__fast="x..y", sweep__seed="-1", sweep__objective="luck", capital="-5"
    )
    assert sorted(problems) == ["capital", "parameters.fast", "sweep.objective", "sweep.seed"]
