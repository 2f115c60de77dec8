"""What a form says becomes the configuration of a backtest, or is refused at the field. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backtesting.config import BacktestConfig, read_config
from dashboard.backtests.form import config_fields
from dashboard.config_door import (
    Problem,
    asked_parameters,
    chosen_strategy,
    left_out,
    other_than_usual,
    parameter_problems,
    problem_of,
)
from dashboard.config_form import config_values
from strategies.status import StrategyFile
from utils.errors import ConfigError

NEEDED = ("instrument", "start", "end")


@dataclass(frozen=True, slots=True)
class Checked:
    """A configuration, or what keeps the form from being one."""

    config: BacktestConfig | None
    problems: list[Problem]


def check_form(given: Mapping[str, str], files: Iterable[StrategyFile]) -> Checked:
    """Check all that a form says."""
    chosen = chosen_strategy(given, files)
    if isinstance(chosen, Problem):
        return Checked(None, [chosen])
    asked = asked_parameters(chosen)
    missing = left_out(given, NEEDED)
    problems = [*missing, *parameter_problems(given, asked)]
    if missing:
        return Checked(None, problems)
    values = config_values(given, {**config_fields(), **asked})
    values["parameters"] = other_than_usual(values.get("parameters", {}), asked)
    try:
        config = read_config(values)
        config.account_with(config.exits or chosen.own_exits())
    except ConfigError as error:
        return Checked(None, [*problems, problem_of(error)])
    return Checked(None if problems else config, problems)
