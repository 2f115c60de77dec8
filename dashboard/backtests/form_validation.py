"""Validates the form of a backtest: returns its configuration, or problems at its fields. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backtesting.config import BacktestConfig, read_config
from dashboard.backtests.form import config_fields
from dashboard.forms.config_form import config_values
from dashboard.forms.validation import (
    Problem,
    chosen_strategy,
    missing_fields,
    non_default_parameters,
    parameter_fields_by_name,
    parameter_problems,
    problem_of,
)
from strategies.status import StrategyFile
from utils.errors import ConfigError

REQUIRED_FIELDS = ("instrument", "start", "end")


@dataclass(frozen=True, slots=True)
class CheckedBacktest:
    """A configuration, or the problems of the form."""

    config: BacktestConfig | None
    problems: list[Problem]


def check_form(given: Mapping[str, str], files: Iterable[StrategyFile]) -> CheckedBacktest:
    """Validate the whole form."""
    chosen = chosen_strategy(given, files)
    if isinstance(chosen, Problem):
        return CheckedBacktest(None, [chosen])
    fields = parameter_fields_by_name(chosen)
    missing = missing_fields(given, REQUIRED_FIELDS)
    problems = [*missing, *parameter_problems(given, fields)]
    if missing:
        return CheckedBacktest(None, problems)
    values = config_values(given, {**config_fields(), **fields})
    values["parameters"] = non_default_parameters(values.get("parameters", {}), fields)
    try:
        config = read_config(values)
        config.account_with(config.exits or chosen.default_exits())
    except ConfigError as error:
        return CheckedBacktest(None, [*problems, problem_of(error)])
    return CheckedBacktest(None if problems else config, problems)
