"""The form of a backtest: made from schemas, with errors at the field that name the bound."""

import pytest

from backtesting.config import BacktestResolution
from dashboard.forms.backtest_form import EXCLUDED, SECTIONS, check_form, config_fields, sections
from dashboard.forms.config_form import flat_values, label
from dashboard.forms.validation import Problem
from strategies.strategy_files import FileProblem, StrategyFile
from tests.builders import START
from tests.dashboard_signals import library_files

FILES = library_files()
FORM = {
    "instrument": "okx:BTC-USDT",
    "timeframe": "1h",
    "start": "2026-01-01T00:00",
    "end": "2026-02-01T00:00",
    "strategy": "EmaCrossover",
}


def test_the_form_has_every_field_of_a_configuration_once() -> None:
    listed = [name for _, names in SECTIONS for name in names]
    assert sorted(listed) == sorted(config_fields())
    assert not set(listed) & set(EXCLUDED)


def test_a_field_has_its_type_bounds_and_default() -> None:
    fields = {field["name"]: field for section in sections() for field in section["fields"]}
    assert (fields["start"]["type"], fields["start"]["label"]) == ("time", "Start, UTC")
    assert fields["timeframe"]["choices"][:2] == ["1s", "1m"]
    assert (fields["exits.stop_loss_bps"]["minimum"], fields["exits.stop_loss_bps"]["type"]) == (
        1,
        "integer",
    )
    assert fields["costs.taker_fee"]["default"] == "0.001"
    assert label("costs.slippage_bps") == "Slippage, bps"


def test_empty_fields_are_left_out_and_texts_become_values() -> None:
    given = {"exits.stop_loss_bps": "150", "drill_down": "false", "costs.maker_fee": "", "gaps": ""}
    config = check_form({**FORM, **given, "resolution": "trades"}, FILES).config
    assert config is not None
    assert config.exits is not None
    assert config.exits.stop_loss_bps == 150
    assert config.drill_down is False
    assert config.resolution is BacktestResolution.TRADES
    assert config.gaps is None
    assert config.steps is None


def test_only_parameters_other_than_the_defaults_are_part_of_the_configuration() -> None:
    given = {"parameters.fast": "12", "parameters.slow": "40"}
    config = check_form({**FORM, **given}, FILES).config
    assert config is not None
    assert config.parameters == {"slow": 40}


def test_a_number_of_a_strategy_is_a_number() -> None:
    given = {"strategy": "RsiReversion", "parameters.oversold": "25"}
    config = check_form({**FORM, **given}, FILES).config
    assert config is not None
    assert config.parameters == {"oversold": 25.0}


@pytest.mark.parametrize(
    ("given", "field", "bound"),
    [
        ({"parameters.fast": "0"}, "parameters.fast", "must be at least 1 and at most 999, was 0"),
        ({"parameters.fast": "2.5"}, "parameters.fast", "must be a whole number, was '2.5'"),
        ({"parameters.nope": "1"}, "parameters.nope", "is not a parameter of this strategy"),
        ({"strategy": "Nope"}, "strategy", "choose one of: EmaCrossover"),
        ({"capital": "0"}, "capital", "must be above 0, was 0"),
        ({"leverage": "5"}, "leverage", "must be above 0 and at most 1, was 5"),
        ({"costs.taker_fee": "0.5"}, "costs.taker_fee", "at most 0.1"),
        ({"sizing.amount": "2"}, "sizing.amount", "at most 1"),
        ({"sizing.rule": "risk_per_trade"}, "sizing.rule", "requires a stop_loss"),
        ({"exits.stop_loss_bps": "0"}, "exits.stop_loss_bps", "must be at least 1"),
        ({"protections.max_drawdown": "2"}, "protections.max_drawdown", "below 1"),
        ({"latency_ms": "-1"}, "latency_ms", "must be at least 0"),
        ({"instrument": "bitcoin"}, "instrument", "must look like okx:BTC-USDT"),
        ({"start": ""}, "start", "is required"),
        ({"end": "2025-01-01"}, "", "must be before end"),
    ],
)
def test_what_is_wrong_is_reported_at_the_field_with_the_bound(
    given: dict[str, str], field: str, bound: str
) -> None:
    checked = check_form({**FORM, **given}, FILES)
    assert checked.config is None
    result = {problem.field: problem.text for problem in checked.problems}
    assert bound in result[field]


def test_a_wrong_parameter_and_a_wrong_amount_are_reported_together() -> None:
    checked = check_form({**FORM, "parameters.slow": "1", "capital": "-5"}, FILES)
    assert [problem.field for problem in checked.problems] == ["parameters.slow", "capital"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"capital": "-5", "leverage": "abc", "costs.taker_fee": "7"},
        {"capital": "-5", "min_notional": "-1", "sizing.amount": "2", "end": ""},
        {"costs.maker_fee": "2", "costs.taker_fee": "0.5", "protections.max_drawdown": "2"},
        {"strategy": "Nope", "instrument": "bitcoin", "start": "soon", "latency_ms": "-1"},
        {"exits.stop_loss_bps": "0", "timeframe": "1x", "resolution": "x", "steps.min_size": "-1"},
    ],
)
def test_every_field_at_fault_is_reported_at_once(wrong: dict[str, str]) -> None:
    steps = {"steps.price_step": "1", "steps.size_step": "1"}
    problems = check_form(FORM | steps | {"steps.min_size": "1"} | wrong, FILES).problems
    assert sorted(problem.field for problem in problems) == sorted(wrong)


def test_a_fault_across_fields_does_not_hide_those_of_fields() -> None:
    given = {"end": "2025-01-01", "capital": "-5", "resolution": "1m", "timeframe": "1s"}
    problems = check_form({**FORM, **given}, FILES).problems
    assert [problem.field for problem in problems] == ["", "capital"]
    assert "must be before end" in problems[0].text
    assert "resolution 1m" in problems[0].text


def test_a_wrong_exit_is_no_fault_of_the_sizing_that_requires_one() -> None:
    given = {"sizing.rule": "risk_per_trade", "exits.stop_loss_bps": "x"}
    problems = check_form({**FORM, **given}, FILES).problems
    assert [problem.field for problem in problems] == ["exits.stop_loss_bps"]


def test_without_strategies_the_form_is_empty_with_a_note() -> None:
    assert check_form(FORM, []).problems == [Problem("strategy", "choose one of: none")]


def test_a_strategy_whose_file_is_broken_is_refused_with_the_fault_before_all_else() -> None:
    fault = FileProblem(line=3, message="SyntaxError: invalid syntax")
    broken = StrategyFile(path="mine.py", version="", seen_at=START, problems=(fault,))
    files = [*FILES[:1], broken]
    problem, *others = check_form({**FORM, "strategy": "Mine", "start": ""}, files).problems
    assert others == [Problem("start", "is required")]
    assert problem.field == "strategy"
    assert problem.text.endswith("; mine.py:3: SyntaxError: invalid syntax")
    (problem,) = check_form({**FORM, "strategy": ""}, files).problems
    assert "SyntaxError" not in problem.text


def test_the_form_of_a_kept_configuration_makes_the_same_one() -> None:
    given = {"parameters.fast": "7", "exits.take_profit_bps": "300", "capital": "2500.5"}
    config = check_form({**FORM, **given}, FILES).config
    assert config is not None
    again = check_form(flat_values(config.model_dump(mode="json")), FILES).config
    assert again is not None
    assert again.digest() == config.digest()
